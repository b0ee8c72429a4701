"""Rules about delete sites: they speak where a delete will hurt, name the cause, and give advice that holds there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from delete_lint.graph.model import Model, QuerySetClass, Relation
from delete_lint.graph.place import Place
from delete_lint.graph.project import ProjectGraph
from delete_lint.graph.receiver import ParentRead
from delete_lint.graph.site import EntryPoint, Loop
from tests.rules.hand_built import ask, edge, generic, graph, listener, model, parent_link, said, site, with_sites

SHOP: tuple[Model | Relation, ...] = (
    model("Customer"),
    model("Order"),
    model("Line", "payload"),
    model("Event"),
    edge("Order", "Customer"),
    edge("Line", "Order"),
    edge("Event", "Line"),
)

QUIET: list[dict[str, Any]] = [
    {"batched": True},
    {"muted": "muter"},
    {"override_super": True},
    {"kind": "other"},
]


# --- unbatched_cascade --------------------------------------------------------------------------------------------


def test_deleting_one_row_over_a_deep_cascade_tells_how_far_it_reaches() -> None:
    finding = said("unbatched_cascade", graph(*SHOP, site("Customer", "instance")))
    assert finding.place == Place("shop/views.py", 7)
    assert finding.message.startswith(
        "deleting one Customer reaches 3 models over 3 levels and loads the rows of 2 of them"
    )
    assert "leaf first: Event, Line and Order, then Customer" in finding.help
    assert [note.message.split(" ")[0] for note in finding.notes] == ["Order.customer", "Line.order", "Event.line"]


def test_the_receiver_that_makes_a_cascade_load_wide_rows_is_named() -> None:
    finding = said("unbatched_cascade", graph(*SHOP, listener("Line"), site("Customer", "instance")))
    assert (
        'Line (JSON column "payload") is loaded whole because of the receiver shop.signals.forget '
        "(shop/signals.py:31)" in finding.message
    )
    assert any(note.place == Place("shop/signals.py", 31) for note in finding.notes)


def test_advice_does_not_narrow_rows_that_a_receiver_may_read() -> None:
    heard = graph(*SHOP, listener("Line"), site("Customer", "instance"))
    assert '`.only("pk")` on Line' in said("unbatched_cascade", graph(*SHOP, site("Customer", "instance"))).help
    assert ".only(" not in said("unbatched_cascade", heard).help


def test_a_shallow_cascade_over_wide_rows_is_found() -> None:
    shallow = graph(*SHOP[1:], site("Order", "instance"))
    assert 'JSON column "payload"' in said("unbatched_cascade", shallow).message


def test_a_queryset_of_roots_is_to_be_deleted_in_batches_of_keys() -> None:
    finding = said("unbatched_cascade", graph(*SHOP, model("Note", "note"), site("Customer")))
    assert "deleting this queryset of Customer" in finding.message
    assert "`Customer.objects.filter(pk__in=keys).delete()`" in finding.help


@pytest.mark.parametrize("quiet", QUIET, ids=str)
def test_a_mass_delete_that_was_taken_care_of_is_left_alone(quiet: dict[str, Any]) -> None:
    assert not ask("unbatched_cascade", graph(*SHOP, site("Customer", **{"kind": "instance", **quiet})))


def test_a_root_is_free_to_go_once_what_hangs_on_it_was_deleted() -> None:
    assert not ask("unbatched_cascade", graph(*SHOP, site("Customer", "instance", leaf_first=("shop.Order",))))
    half = graph(*SHOP, site("Customer", "instance", leaf_first=("shop.Event",)))
    assert "2 models over 2 levels" in said("unbatched_cascade", half, max_depth=1).message


def test_a_small_cascade_is_no_finding_and_the_settings_say_what_is_small() -> None:
    project = graph(model("Cart"), model("Item"), edge("Item", "Cart"), site("Cart", "instance"))
    assert not ask("unbatched_cascade", project)
    assert ask("unbatched_cascade", project, max_models=1)


def test_a_migration_does_not_blame_a_receiver_that_it_cannot_wake() -> None:
    deep = graph(*SHOP, listener("Line"), site("Customer", "instance", historical=True))
    assert "shop.signals.forget" not in said("unbatched_cascade", deep).message


def test_a_model_that_refers_to_itself_does_not_hang_the_linter() -> None:
    project = graph(model("Node", "payload"), edge("Node", "Node"), site("Node", "instance"))
    assert not ask("unbatched_cascade", project)


# --- delete_in_loop -----------------------------------------------------------------------------------------------


def loop(name: str | None) -> dict[str, Any]:
    over = f"shop.{name}" if name else None
    return {"in_loop": True, "loop": Loop(Place("shop/views.py", 6), over)}


def test_deleting_each_object_of_a_loop_tells_what_every_turn_costs() -> None:
    finding = said("delete_in_loop", graph(*SHOP, site("Order", "instance", **loop("Order"))))
    assert "a transaction and a collection over 1 relation for every object" in finding.message
    assert "delete the queryset of the loop" in finding.help


def test_a_loop_over_rows_whose_class_is_known_by_the_loop_alone_is_found() -> None:
    assert said("delete_in_loop", graph(*SHOP, site(None, "instance", **loop("Order")))).message.startswith(
        "each Order"
    )


def test_a_loop_that_calls_a_delete_of_the_models_own_is_right() -> None:
    own = model("Invoice", delete_override=Place("shop/models.py", 9))
    assert not ask("delete_in_loop", graph(own, site("Invoice", "instance", **loop("Invoice"))))


def test_whoever_turns_a_loop_into_a_queryset_is_warned_of_receivers_that_would_fall_silent() -> None:
    project = graph(*SHOP, listener("Order", origin_guard=True), site("Order", "instance", **loop("Order")))
    assert "does nothing unless the delete started at its own instance" in said("delete_in_loop", project).help


@pytest.mark.parametrize("quiet", [*QUIET, {"kind": "queryset"}, {"in_loop": False}], ids=str)
def test_a_loop_that_does_something_else_is_left_alone(quiet: dict[str, Any]) -> None:
    given = {"kind": "instance", **loop("Order"), **quiet}
    assert not ask("delete_in_loop", graph(*SHOP, site("Order", **given)))


def test_a_loop_over_things_that_may_not_be_models_is_left_alone() -> None:
    assert not ask("delete_in_loop", graph(*SHOP, site(None, "instance", **loop(None))))


# --- unfiltered_delete, wide_rows_fetched -------------------------------------------------------------------------


def test_emptying_a_slow_table_is_found_with_the_reason() -> None:
    finding = said("unfiltered_delete", graph(*SHOP, site("Order", filter="none")))
    assert "the whole table of Order" in finding.message
    assert "Line.order (CASCADE)" in finding.message


def test_emptying_a_table_is_fine_when_it_is_one_statement() -> None:
    assert not ask("unfiltered_delete", graph(*SHOP, site("Event", filter="none")))
    assert not ask("unfiltered_delete", graph(*SHOP, site("Order")))


def test_emptying_a_table_in_a_migration_is_not_blamed_on_receivers_that_cannot_hear_it() -> None:
    assert ask("unfiltered_delete", graph(*SHOP, listener("Event"), site("Event", filter="none")))
    assert not ask("unfiltered_delete", graph(*SHOP, listener("Event"), site("Event", filter="none", historical=True)))


@pytest.mark.parametrize("rule", ["unfiltered_delete", "wide_rows_fetched"])
@pytest.mark.parametrize("quiet", [*QUIET, {"method": "_raw_delete"}, {"kind": "instance"}], ids=str)
def test_whole_tables_are_left_alone_where_nothing_is_loaded_at_once(rule: str, quiet: dict[str, Any]) -> None:
    assert not ask(rule, graph(*SHOP, site("Line", **{"filter": "none", **quiet})))


def test_wide_rows_of_a_root_are_found_and_only_is_the_way_out() -> None:
    finding = said("wide_rows_fetched", graph(*SHOP, site("Line")))
    assert 'JSON column "payload" of each Line is loaded just to delete the rows' in finding.message
    assert '`.only("pk")`' in finding.help


def test_only_is_told_to_keep_what_other_models_refer_to() -> None:
    project = graph(
        model("Line", "payload", "code"), model("Event"), edge("Event", "Line", to_field="code"), site("Line")
    )
    assert '`.only("pk", "code")`' in said("wide_rows_fetched", project).help


def test_only_is_not_advised_where_it_makes_things_worse() -> None:
    inherited = graph(
        model("Document", "note"),
        model("Contract", "payload", parents=("shop.Document",)),
        parent_link("Contract", "Document"),
        site("Contract"),
    )
    assert "multi-table" in said("wide_rows_fetched", inherited).help
    assert (
        "keeps columns from the receivers"
        in said("wide_rows_fetched", graph(*SHOP, listener("Line"), site("Line"))).help
    )


@pytest.mark.parametrize(
    "narrowed",
    [
        {"only": ("pk",)},
        {"defer": ("payload",)},
        {"unbounded": False, "filter": "pk"},
        {"filter": "pk-in"},
        {"historical": True},
    ],
    ids=str,
)
def test_rows_that_come_without_their_wide_columns_or_are_few_are_no_finding(narrowed: dict[str, Any]) -> None:
    assert not ask("wide_rows_fetched", graph(*SHOP, site("Line", **narrowed)))


def test_wide_rows_of_a_fast_model_are_never_loaded() -> None:
    assert not ask("wide_rows_fetched", graph(model("Line", "payload"), site("Line", filter="none")))


def test_wide_rows_behind_a_generic_relation_are_found() -> None:
    project = graph(model("Order"), model("Tag", "note"), generic("Order", "Tag"), listener("Tag"), site("Order"))
    finding = said("wide_rows_fetched", project)
    assert 'text column "note" of each Tag' in finding.message
    assert ".only(" not in finding.help


# --- set_null_fan_in ----------------------------------------------------------------------------------------------


def fan_in(handler: str, django: tuple[int, int] = (5, 2), kind: str = "queryset") -> ProjectGraph:
    parts = (model("Brand"), model("Product", "note"), edge("Product", "Brand", handler, null=True))
    return graph(*parts, site("Brand", kind), django=django)


@pytest.mark.parametrize("handler", ["SET_NULL", "SET_VALUE"])
def test_a_queryset_delete_puts_every_key_into_one_update(handler: str) -> None:
    assert (
        "in one statement that holds the key of every deleted row" in said("set_null_fan_in", fan_in(handler)).message
    )
    assert not ask("set_null_fan_in", fan_in(handler, kind="instance"))


@pytest.mark.parametrize("handler", ["SET_DEFAULT", "SET_CALLABLE"])
def test_one_row_loads_all_that_point_at_it_since_django_5_1(handler: str) -> None:
    finding = said("set_null_fan_in", fan_in(handler, kind="instance"))
    assert "loads every row behind Product.brand" in finding.message
    assert 'text column "note" included' in finding.message
    assert not ask("set_null_fan_in", fan_in(handler, django=(5, 0), kind="instance"))
    assert "one statement" in said("set_null_fan_in", fan_in(handler, django=(5, 0))).message


@pytest.mark.parametrize("few", [{"filter": "pk-in"}, {"filter": "fk"}, {"unbounded": False}], ids=str)
def test_an_update_with_few_keys_is_no_finding(few: dict[str, Any]) -> None:
    project = with_sites(fan_in("SET_NULL"), site("Brand", **few))
    assert not ask("set_null_fan_in", project)


def test_rows_that_were_deleted_before_are_not_loaded_to_be_updated() -> None:
    below = graph(*fan_in("SET_DEFAULT").models.values(), model("Maker"), edge("Brand", "Maker"), django=(5, 2))
    project = replace(below, relations=(*below.relations, *fan_in("SET_DEFAULT").relations))
    assert ask("set_null_fan_in", with_sites(project, site("Maker", "instance")))
    assert not ask("set_null_fan_in", with_sites(project, site("Maker", "instance", leaf_first=("shop.Brand",))))


def test_the_database_may_set_what_it_likes() -> None:
    assert not ask("set_null_fan_in", fan_in("DB_SET_NULL", django=(6, 1)))


def test_a_site_with_many_such_relations_is_told_once() -> None:
    project = fan_in("SET_NULL")
    more = graph(*project.models.values(), *project.relations, model("Ad"), edge("Ad", "Brand", "SET_NULL"))
    assert "Product.brand (SET_NULL) and Ad.brand (SET_NULL)" in (
        said("set_null_fan_in", with_sites(more, site("Brand"))).message
    )


# --- deferred_delete_refetches ------------------------------------------------------------------------------------

KEYED = (model("Line", "payload", "code"), model("Event"), edge("Event", "Line", to_field="code"))
INHERITED = (
    model("Document", "note"),
    model("Contract", "payload", parents=("shop.Document",)),
    parent_link("Contract", "Document"),
)


def test_deferring_a_column_that_others_refer_to_costs_a_query_for_each_row() -> None:
    finding = said("deferred_delete_refetches", graph(*KEYED, site("Line", only=("pk",))))
    assert "other models refer to Line.code" in finding.message
    assert finding.help == 'load what others refer to as well: `.only("pk", "code")`'
    assert said("deferred_delete_refetches", graph(*KEYED, site("Line", defer=("code",)))).help == 'do not defer "code"'


def test_a_receiver_that_is_known_to_read_a_deferred_key_is_named_whatever_else_is_loaded() -> None:
    reads = listener("Line", parent_reads=(ParentRead(Place("shop/signals.py", 33), "order"),))
    line = model("Line", "payload", "code", "order")
    project = graph(*SHOP, line, reads, site("Line", only=("pk", "code")))
    assert "shop.signals.forget" in said("deferred_delete_refetches", project).message


def test_narrowing_a_child_of_multi_table_inheritance_reads_each_parent() -> None:
    finding = said("deferred_delete_refetches", graph(*INHERITED, site("Contract", only=("pk",))))
    assert "inherits from Document" in finding.message
    assert "drop `.only()`" in finding.help
    assert ask("deferred_delete_refetches", graph(*INHERITED, site("Contract", defer=("note",))))
    assert not ask("deferred_delete_refetches", graph(*INHERITED, site("Contract", defer=("payload",))))


def test_a_receiver_is_given_rows_without_the_deferred_columns() -> None:
    finding = said(
        "deferred_delete_refetches", graph(*SHOP, listener("Line", reads=("payload",)), site("Line", only=("pk",)))
    )
    assert 'shop.signals.forget (shop/signals.py:31) is given rows without "payload"' in finding.message


@pytest.mark.parametrize(
    "project",
    [
        graph(*SHOP, site("Line", only=("pk",))),
        graph(*KEYED, site("Line", only=("pk", "code"))),
        graph(*KEYED, site("Line")),
        graph(model("Line", "payload"), site("Line", only=("pk",))),
        graph(*SHOP, listener("Line", reads=("payload",)), site("Line", only=("pk",), muted="disconnect")),
        graph(*SHOP, listener("Line", reads=("id",)), site("Line", only=("pk",))),
        graph(
            *KEYED, listener("Line", reads=("payload",)), model("Note"), site("Line", only=("pk", "code", "payload"))
        ),
        graph(*SHOP, listener("Line", reads=("payload",)), site("Line", only=("pk",), historical=True)),
        graph(*INHERITED, site("Contract", only=("pk",), keep_parents=True)),
    ],
)
def test_narrowing_that_does_no_harm_is_left_alone(project: ProjectGraph) -> None:
    assert not ask("deferred_delete_refetches", project)


# --- raw_delete_ignores_slice, manager_exposes_delete -------------------------------------------------------------


@pytest.mark.parametrize("narrowed", ["sliced", "distinct", "values"])
def test_a_raw_delete_that_empties_more_than_it_says_is_found(narrowed: str) -> None:
    given: dict[str, Any] = {"method": "_raw_delete", narrowed: True}
    project = graph(*SHOP, site("Event", **given))
    assert "every Event row that the filter matches is deleted" in said("raw_delete_ignores_slice", project).message


def test_a_raw_delete_of_a_plain_filter_is_right() -> None:
    assert not ask("raw_delete_ignores_slice", graph(*SHOP, site("Event", method="_raw_delete")))
    assert not ask("raw_delete_ignores_slice", graph(*SHOP, site("Event", sliced=True)))


def test_an_error_is_never_guessed() -> None:
    assert not ask(
        "raw_delete_ignores_slice", graph(*SHOP, site("Event", method="_raw_delete", sliced=True, guessed=True))
    )


def queryset_class(**more: Any) -> QuerySetClass:
    given = {"exposed_by": Place("shop/models.py", 20), "models": ("shop.Line",), **more}
    return QuerySetClass(module="shop.models", name="LineQuerySet", delete=Place("shop/models.py", 5), **given)


def test_a_manager_that_can_empty_its_table_is_found_at_the_override() -> None:
    finding = said("manager_exposes_delete", graph(*SHOP, queryset_classes=(queryset_class(),)))
    assert finding.place == Place("shop/models.py", 5)
    assert "`Line.objects.delete()` exists and empties the table" in finding.message


@pytest.mark.parametrize("safe", [{"queryset_only": True}, {"exposed_by": None}], ids=str)
def test_a_queryset_class_that_stays_one_may_override_delete(safe: dict[str, Any]) -> None:
    assert not ask("manager_exposes_delete", graph(*SHOP, queryset_classes=(queryset_class(**safe),)))


# --- bypassed_delete_override -------------------------------------------------------------------------------------

OVERRIDE = Place("shop/models.py", 40)
ORDERED = (
    model("Customer"),
    model("Order", delete_override=OVERRIDE, override_owner="Order"),
    edge("Order", "Customer"),
)


def test_a_queryset_that_skips_the_models_own_delete_is_found_at_the_call() -> None:
    finding = said("bypassed_delete_override", graph(*ORDERED, site("Order")))
    assert finding.place == Place("shop/views.py", 7)
    assert "`Order.delete()` is not called" in finding.message


def test_a_cascade_that_skips_it_is_found_once_at_the_override() -> None:
    twice = graph(*ORDERED, site("Customer", "instance"), site("Customer", line=30))
    finding = said("bypassed_delete_override", twice)
    assert finding.place == OVERRIDE
    assert "go with a Customer" in finding.message


def test_models_that_share_an_override_are_told_of_together() -> None:
    shared: dict[str, Any] = {"delete_override": OVERRIDE, "override_owner": "Kept"}
    project = graph(
        model("Customer"),
        model("Order", **shared),
        model("Cart", **shared),
        edge("Order", "Customer"),
        edge("Cart", "Customer"),
        site("Customer", "instance"),
    )
    assert "when Order and Cart rows go with a Customer" in said("bypassed_delete_override", project).message


def test_an_override_is_skipped_for_rows_below_in_a_tree() -> None:
    tree = model("Node", delete_override=OVERRIDE, override_owner="Node")
    assert ask("bypassed_delete_override", graph(tree, edge("Node", "Node"), site("Node", "instance")))


@pytest.mark.parametrize(
    "quiet",
    [
        {"override_super": True},
        {"historical": True},
        {"scope": "Order.delete"},
        {"kind": "instance"},
    ],
    ids=str,
)
def test_a_delete_that_goes_through_the_override_or_cannot_is_left_alone(quiet: dict[str, Any]) -> None:
    assert not ask("bypassed_delete_override", graph(*ORDERED, site("Order", **quiet)))


def test_a_queryset_class_with_a_delete_of_its_own_has_taken_care() -> None:
    cared = queryset_class(models=("shop.Order",))
    assert not ask("bypassed_delete_override", graph(*ORDERED, site("Order"), queryset_classes=(cared,)))


def test_an_override_that_no_delete_of_the_project_passes_by_is_left_alone() -> None:
    assert not ask("bypassed_delete_override", graph(*ORDERED))


def test_deleting_a_parent_calls_the_override_that_its_child_shares() -> None:
    own: dict[str, Any] = {"delete_override": OVERRIDE, "override_owner": "Document"}
    project = graph(
        model("Document", **own),
        model("Contract", parents=("shop.Document",), **own),
        parent_link("Contract", "Document"),
        site("Document", "instance"),
    )
    assert not ask("bypassed_delete_override", project)


def test_deleting_a_child_calls_the_override_of_its_parent() -> None:
    own: dict[str, Any] = {"delete_override": OVERRIDE, "override_owner": "Document"}
    project = graph(
        model("Document", **own),
        model("Contract", parents=("shop.Document",), **own),
        parent_link("Contract", "Document"),
        site("Contract", "instance"),
    )
    assert not ask("bypassed_delete_override", project)


# --- admin_collects_cascade ---------------------------------------------------------------------------------------


def entry(kind: Any = "admin", **more: Any) -> EntryPoint:
    return EntryPoint(kind=kind, name="CustomerAdmin", model="shop.Customer", place=Place("shop/admin.py", 5), **more)


def test_the_delete_page_of_a_large_root_is_found_with_the_columns_it_loads() -> None:
    finding = said("admin_collects_cascade", graph(*SHOP, entry_points=(entry(),)))
    assert finding.place == Place("shop/admin.py", 5)
    assert 'Line (JSON column "payload") among them' in finding.message


@pytest.mark.parametrize(("kind", "method"), [("delete_view", "form_valid"), ("drf_destroy", "perform_destroy")])
def test_a_view_that_deletes_while_the_request_waits_is_told_what_to_override(kind: str, method: str) -> None:
    finding = said("admin_collects_cascade", graph(*SHOP, entry_points=(entry(kind),)))
    assert "while the request waits" in finding.message
    assert method in finding.help


def test_an_entry_point_that_was_taken_care_of_or_deletes_little_is_left_alone() -> None:
    assert not ask("admin_collects_cascade", graph(*SHOP, entry_points=(entry(handled=True),)))
    assert not ask("admin_collects_cascade", graph(*SHOP, entry_points=(entry(),)), max_depth=3)
