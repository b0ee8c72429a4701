"""Whoever asks why a model is slow is told all of it, by name and place."""

from __future__ import annotations

import pytest

from delete_lint.graph.collector import why_slow
from delete_lint.graph.place import Place
from tests.graph.small_graphs import graph, key, listener, model


def test_every_reason_is_named_not_only_the_first() -> None:
    seen = graph(
        model("Order", parents=("Document",)),
        key("Order.document_ptr", "Document", kind="parent_link"),
        key("Line.order", "Order"),
        key("Invoice.order", "Order", "PROTECT"),
        key("Note.tags", "Order", kind="generic"),
        listener("Registry.on_delete", "Order"),
        listener("audit"),
    )
    found = [(reason.reason, reason.by, reason.place) for reason in why_slow(seen, "shop.Order")]
    assert found == [
        ("receiver", "shop.signals.Registry.on_delete", Place("shop/signals.py", 7)),
        ("receiver", "shop.signals.audit", Place("shop/signals.py", 7)),
        ("parent", "shop.Document", Place("shop/models.py", 2)),
        ("cascade", "shop.Line.order", Place("shop/models.py", 2)),
        ("protect", "shop.Invoice.order", Place("shop/models.py", 2)),
        ("generic_relation", "shop.Order.tags", Place("shop/models.py", 2)),
    ]


@pytest.mark.parametrize(
    ("handler", "reason"),
    [
        ("CASCADE", "cascade"),
        ("PROTECT", "protect"),
        ("RESTRICT", "restrict"),
        ("SET_NULL", "set_null"),
        ("SET_DEFAULT", "set_default"),
        ("SET_VALUE", "set_value"),
        ("SET_CALLABLE", "set_callable"),
        ("shop.models.archive", "custom"),
    ],
)
def test_a_relation_is_blamed_under_the_name_of_its_handler(handler: str, reason: str) -> None:
    line = key("Line.order", "Order", handler)
    (why,) = why_slow(graph(line), "shop.Order")
    assert (why.reason, why.by, why.relation) == (reason, "shop.Line.order", line)


@pytest.mark.parametrize("handler", ["DO_NOTHING", "DB_CASCADE", "DB_SET_NULL", "DB_SET_DEFAULT"])
def test_what_the_collector_passes_over_is_not_blamed(handler: str) -> None:
    assert why_slow(graph(key("Line.order", "Order", handler)), "shop.Order") == ()


def test_a_function_around_cascade_is_blamed_at_the_model_it_reaches() -> None:
    line = key("Line.order", "Order", "shop.models.archive", wraps_cascade=True)
    assert [why.reason for why in why_slow(graph(line), "shop.Line", line)] == ["custom_on_delete"]
    assert why_slow(graph(line), "shop.Line") == ()


def test_a_child_is_not_slow_for_the_parent_it_is_reached_from() -> None:
    link = key("Order.document_ptr", "Document", kind="parent_link")
    other = key("Order.shop", "Shop")
    seen = graph(model("Order", parents=("Document",)), link, other)
    assert why_slow(seen, "shop.Order", link) == ()
    assert [why.by for why in why_slow(seen, "shop.Order", other)] == ["shop.Document"]
    assert [why.by for why in why_slow(seen, "shop.Order")] == ["shop.Document"]


def test_a_dead_receiver_is_not_blamed() -> None:
    assert why_slow(graph(model("Order"), listener("gone", "Order", dead="held weakly")), "shop.Order") == ()


def test_a_swapped_out_or_abstract_model_has_no_rows_to_cascade_to() -> None:
    seen = graph(
        model("User", swapped="shop.Person"),
        model("Base", abstract=True),
        key("User.city", "City"),
        key("Base.city", "City"),
    )
    assert why_slow(seen, "shop.City") == ()


def test_a_circle_of_parents_in_a_broken_tree_does_not_hang() -> None:
    seen = graph(model("A", parents=("B",)), model("B", parents=("A",)), key("C.a", "A"))
    assert [why.reason for why in why_slow(seen, "shop.A")] == ["parent", "cascade"]
    assert [why.reason for why in why_slow(seen, "shop.B")] == ["parent", "cascade"]
