"""Rules about models: what defeats fast deletes, what the database does on its own, and what it refuses."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from delete_lint.graph.model import Model, Relation
from delete_lint.graph.place import Place
from tests.rules.hand_built import ask, edge, generic, graph, listener, model, parent_link, said

ORDER, LINE = model("Order"), model("Line", "payload", line=12)
ORDERED = (ORDER, LINE, edge("Line", "Order"))


# --- what defeats fast deletes ------------------------------------------------------------------------------------


def test_a_receiver_that_alone_makes_a_model_slow_is_named_at_the_model() -> None:
    finding = said("receiver_defeats_fast_delete", graph(*ORDERED, listener("Line")))
    assert finding.place == Place("shop/models.py", 12)
    assert "when Order rows are deleted" in finding.message
    assert 'JSON column "payload" included' in finding.message
    assert "the receiver shop.signals.forget (shop/signals.py:31)" in finding.message


@pytest.mark.parametrize(
    "more",
    [
        (model("Event"), edge("Event", "Line"), listener("Line")),  # slow with or without the receiver
        (listener("Order"),),  # not on the model that is reached
        (listener(),),  # told of where it is connected
        (listener("Line", origin_guard=True),),
        (listener("Line", temporary=True),),
        (listener("Line", dead="a lambda"),),
    ],
    ids=str,
)
def test_a_model_that_is_not_slow_by_a_receiver_alone_is_left_alone(more: tuple[Any, ...]) -> None:
    assert not ask("receiver_defeats_fast_delete", graph(*ORDERED, *more))


def test_nobody_is_promised_a_fast_delete_where_a_package_may_listen_unseen() -> None:
    known = graph(*ORDERED, listener("Line"))
    assert said("receiver_defeats_fast_delete", known).message.endswith("one DELETE would do")
    unseen = replace(known, unseen_listeners=("simple_history",))
    message = said("receiver_defeats_fast_delete", unseen).message
    assert message.endswith("one DELETE would do, unless simple_history listens as well")


def test_a_model_that_no_cascade_reaches_may_have_receivers() -> None:
    project = graph(ORDER, LINE, edge("Line", "Order", "PROTECT"), listener("Line"))
    assert not ask("receiver_defeats_fast_delete", project)


def test_models_of_packages_are_causes_and_no_findings() -> None:
    foreign = (ORDER, model("Line", own=False), edge("Line", "Order"), listener("Line"))
    assert not ask("receiver_defeats_fast_delete", graph(*foreign))


def test_a_generic_relation_that_alone_makes_a_model_slow_is_found() -> None:
    tagged = (*ORDERED, model("Tag"), generic("Line", "Tag"))
    finding = said("generic_relation_defeats_fast_delete", graph(*tagged))
    assert 'only because of its GenericRelation "tags"' in finding.message
    assert "the Tag rows of a deleted Line stay behind" in finding.help
    assert not ask("generic_relation_defeats_fast_delete", graph(*tagged, listener("Line")))


INHERITED = (
    model("Customer"),
    model("Document", "note"),
    model("Contract", line=20, parents=("shop.Document",)),
    parent_link("Contract", "Document"),
    edge("Contract", "Customer"),
)


def test_a_leaf_of_multi_table_inheritance_is_loaded_whole() -> None:
    finding = said("inheritance_defeats_fast_delete", graph(*INHERITED))
    assert finding.place == Place("shop/models.py", 20)
    assert "joined with Document, only because of multi-table inheritance" in finding.message


def test_a_narrowed_child_costs_a_query_for_each_parent() -> None:
    project = graph(*INHERITED, model("Page"), edge("Page", "Contract"))
    assert "costs a query of its own for its Document row" in said("inheritance_defeats_fast_delete", project).message


def test_a_receiver_on_the_child_ends_the_queries_row_by_row() -> None:
    project = graph(*INHERITED, model("Page"), edge("Page", "Contract"), listener("Contract"))
    assert not ask("inheritance_defeats_fast_delete", project)


def custom(**more: Any) -> Relation:
    return edge("Line", "Order", "shop.models.cascade_and_log", **{"wraps_cascade": True, **more})


def test_a_function_around_cascade_is_found_at_the_field() -> None:
    finding = said("custom_on_delete_defeats_fast_delete", graph(ORDER, LINE, custom()))
    assert finding.place == Place("shop/models.py", 2)
    assert "only because `shop.models.cascade_and_log` is not Django's CASCADE itself" in finding.message


@pytest.mark.parametrize(
    "parts",
    [
        (custom(wraps_cascade=False),),
        (custom(), listener("Line")),
        (custom(), model("Event"), edge("Event", "Line")),
    ],
    ids=str,
)
def test_a_custom_handler_that_is_not_the_only_cause_is_left_alone(parts: tuple[Any, ...]) -> None:
    assert not ask("custom_on_delete_defeats_fast_delete", graph(ORDER, LINE, *parts))


# --- the database's own handlers ----------------------------------------------------------------------------------

BY_DATABASE = (ORDER, edge("Line", "Order", "DB_CASCADE"))


@pytest.mark.parametrize(
    ("parts", "loss"),
    [
        ((LINE, listener("Line")), "shop.signals.forget (shop/signals.py:31) is never called for them"),
        ((LINE, listener()), "is never called for them"),
        ((model("Line", delete_override=Place("shop/models.py", 14)),), "`Line.delete()` is never called for them"),
        ((LINE, model("Tag"), generic("Line", "Tag")), "the Tag rows that belong to them through a GenericRelation"),
        ((model("Line", "upload"),), "the file of Line.upload stay"),
    ],
    ids=["receiver", "senderless", "override", "generic", "file"],
)
def test_what_the_database_forgets_is_named(parts: tuple[Any, ...], loss: str) -> None:
    finding = said("database_cascade_skips_receiver", graph(*BY_DATABASE, *parts))
    assert finding.place == Place("shop/models.py", 2)
    assert loss in finding.message


@pytest.mark.parametrize("parts", [(LINE,), (LINE, listener("Order")), (LINE, listener(sender_guard=True))], ids=str)
def test_rows_that_nobody_cares_for_may_go_with_the_database(parts: tuple[Any, ...]) -> None:
    assert not ask("database_cascade_skips_receiver", graph(*BY_DATABASE, *parts))


def test_a_database_cascade_without_a_constraint_deletes_nothing() -> None:
    broken = graph(ORDER, LINE, edge("Line", "Order", "DB_CASCADE", db_constraint=False), listener("Line"))
    assert "its Line rows are not deleted" in said("database_cascade_without_constraint", broken).message
    assert not ask("database_cascade_skips_receiver", broken)
    assert not ask("database_cascade_without_constraint", graph(*BY_DATABASE, LINE))


def test_an_edge_that_loses_nothing_could_be_left_to_the_database() -> None:
    finding = said("database_cascade_available", graph(*ORDERED))
    assert finding.place == Place("shop/models.py", 2)
    assert "models.DB_CASCADE" in finding.help
    assert not ask("database_cascade_available", graph(*ORDERED, django=(6, 0)))


def test_both_edges_of_a_model_change_together() -> None:
    project = graph(*ORDERED, model("Box"), edge("Line", "Box", line=3))
    first, second = ask("database_cascade_available", project)
    assert "together with Line.box" in first.help
    assert "together with Line.order" in second.help


@pytest.mark.parametrize(
    "parts",
    [
        (*ORDERED, listener("Line")),
        (*ORDERED, listener()),
        (*ORDERED, model("Tag"), generic("Line", "Tag")),
        (*ORDERED, model("Event"), edge("Event", "Line")),  # fields.E323 on Event.line
        (*ORDERED, model("Event"), edge("Event", "Line", "PROTECT")),
        (*ORDERED, model("Customer"), edge("Order", "Customer", "SET_NULL")),  # fields.E323 on Line.order
        (*ORDERED, model("Customer"), edge("Line", "Customer", "SET_NULL")),  # models.E050
        (ORDER, model("Line", delete_override=Place("shop/models.py", 3)), edge("Line", "Order")),
        (ORDER, model("Line", "upload"), edge("Line", "Order")),
        (ORDER, LINE, edge("Line", "Order", db_constraint=False)),
        (ORDER, model("Line", managed=False), edge("Line", "Order")),
        (ORDER, model("Line", auto_created=True), edge("Line", "Order", kind="m2m_through")),
        INHERITED,
        (*INHERITED[1:4], LINE, edge("Line", "Contract")),
    ],
    ids=str,
)
def test_an_edge_that_django_or_somebody_needs_is_not_given_away(parts: tuple[Any, ...]) -> None:
    assert not ask("database_cascade_available", graph(*parts))


# --- base managers, unmanaged models ------------------------------------------------------------------------------

META = Place("shop/models.py", 15)


def hiding(**more: Any) -> Model:
    given = {"base_manager": "KeptManager", "base_manager_filters": True, "base_manager_place": META, **more}
    return model("Line", **given)


def test_a_base_manager_that_hides_rows_makes_the_parents_delete_fail() -> None:
    finding = said("base_manager_hides_rows", graph(ORDER, hiding(), edge("Line", "Order")))
    assert finding.place == META
    assert "a delete of Order does not see the hidden Line rows" in finding.message
    assert "at commit" in finding.message


def test_models_that_inherit_a_hiding_base_manager_are_told_of_together() -> None:
    cart = model("Cart", base_manager="KeptManager", base_manager_filters=True, base_manager_place=META)
    project = graph(ORDER, hiding(), cart, edge("Line", "Order"), edge("Cart", "Order"))
    assert "the hidden Line and Cart rows" in said("base_manager_hides_rows", project).message


@pytest.mark.parametrize(
    "parts",
    [
        (hiding(base_manager_filters=False), edge("Line", "Order")),
        (hiding(), edge("Line", "Order", "DO_NOTHING")),
        (hiding(), edge("Line", "Order", db_constraint=False)),
        (hiding(),),
    ],
    ids=str,
)
def test_a_base_manager_that_hides_nothing_from_a_cascade_is_right(parts: tuple[Any, ...]) -> None:
    assert not ask("base_manager_hides_rows", graph(ORDER, *parts))


def test_a_cascade_into_a_view_is_found_at_the_field() -> None:
    finding = said("cascade_into_unmanaged", graph(ORDER, model("Line", managed=False), edge("Line", "Order")))
    assert finding.place == Place("shop/models.py", 2)
    assert "Line is unmanaged" in finding.message
    assert "DO_NOTHING" in finding.help


def test_a_cascade_into_another_database_is_found() -> None:
    routed = graph(ORDER, model("Line", database="archive"), edge("Line", "Order", "PROTECT"))
    assert "Line lives in archive" in said("cascade_into_unmanaged", routed).message


@pytest.mark.parametrize(
    "parts",
    [
        (ORDER, model("Line", managed=False), edge("Line", "Order", "DO_NOTHING")),
        (ORDER, model("Line", managed=False), edge("Line", "Order", "PROTECT")),
        (model("Order", managed=False), model("Line", managed=False), edge("Line", "Order")),
        (model("Order", managed=False), LINE, edge("Line", "Order")),
        (model("Order", database="a"), model("Line", database="a"), edge("Line", "Order")),
    ],
    ids=str,
)
def test_a_relation_that_leaves_the_unmanaged_table_alone_is_right(parts: tuple[Any, ...]) -> None:
    assert not ask("cascade_into_unmanaged", graph(*parts))


# --- MySQL and MariaDB --------------------------------------------------------------------------------------------

MYSQL: dict[str, Any] = {"databases": frozenset({"mysql"})}
NODE = model("Node")
A, B = model("A"), model("B")


@pytest.mark.parametrize(
    "key",
    [edge("Node", "Node"), edge("Node", "Node", "RESTRICT"), edge("Node", "Node", "RESTRICT", null=True)],
    ids=str,
)
def test_a_tree_that_the_database_refuses_to_delete_is_found(key: Relation) -> None:
    finding = said("delete_fails_on_immediate_constraints", graph(NODE, key, **MYSQL))
    assert finding.place == Place("shop/models.py", 2)
    assert "error 1451" in finding.message


@pytest.mark.parametrize(
    "keys",
    [
        (edge("A", "B"), edge("B", "A", line=5)),
        (edge("A", "B", "RESTRICT", null=True), edge("B", "A", line=5)),
    ],
    ids=str,
)
def test_models_that_need_each_other_are_told_of_once(keys: tuple[Relation, ...]) -> None:
    finding = said("delete_fails_on_immediate_constraints", graph(A, B, *keys, **MYSQL))
    assert finding.place == Place("shop/models.py", 2)
    assert "deleting A and B rows that refer to each other" in finding.message
    assert [note.place.line for note in finding.notes] == [5]


@pytest.mark.parametrize(
    "parts",
    [
        (NODE, edge("Node", "Node", null=True)),
        (NODE, edge("Node", "Node", "SET_NULL", null=True)),
        (NODE, edge("Node", "Node", "PROTECT")),
        (NODE, edge("Node", "Node", db_constraint=False)),
        (A, B, edge("A", "B"), edge("B", "A", null=True)),
        (A, B, edge("A", "B", "RESTRICT"), edge("B", "A", "RESTRICT")),
        (A, B, edge("A", "B")),
        INHERITED,
    ],
    ids=str,
)
def test_a_delete_that_django_can_order_or_refuses_itself_is_left_alone(parts: tuple[Any, ...]) -> None:
    assert not ask("delete_fails_on_immediate_constraints", graph(*parts, **MYSQL))


def test_databases_that_check_at_commit_are_not_concerned() -> None:
    postgresql = frozenset({"postgresql"})
    assert not ask("delete_fails_on_immediate_constraints", graph(NODE, edge("Node", "Node")))
    assert not ask("delete_fails_on_immediate_constraints", graph(NODE, edge("Node", "Node"), databases=postgresql))
