"""What a delete comes to: the numbers that decide whether somebody's process is killed for its memory."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from delete_lint.graph.cascade import cascade
from delete_lint.graph.estimate import ONE, Amount, Estimate, estimate, exceeds
from delete_lint.graph.model import Model, Relation
from delete_lint.graph.project import ProjectGraph
from delete_lint.graph.receiver import Receiver
from delete_lint.graph.row_counts import FanOut, RowCounts, TableCounts
from delete_lint.settings import Thresholds
from tests.graph.small_graphs import PAYLOAD, graph, key, listener, model


def counts(**tables: dict[str, Any]) -> RowCounts:
    """``Order={"rows": 9, "customer": (1.5, 4)}``: what is no number of rows or bytes is a relation."""
    made: dict[str, TableCounts] = {}
    for name, given in tables.items():
        plain = {key: given[key] for key in ("rows", "bytes", "large") if key in given}
        per = {key: FanOut(*value) for key, value in given.items() if key not in plain}
        made[f"shop.{name}"] = TableCounts(**plain, per=per)
    return RowCounts(tables=made)


def weigh(
    label: str, found: RowCounts, *parts: Model | Relation | Receiver, start: Amount = ONE, **how: Any
) -> Estimate:
    result = estimate(cascade(weighed(found, *parts), f"shop.{label}"), start, **how)
    assert result is not None
    return result


def weighed(found: RowCounts, *parts: Model | Relation | Receiver) -> ProjectGraph:
    return replace(graph(*parts), row_counts=found)


CHAIN = (key("Order.customer", "Customer"), key("Line.order", "Order"), model("Line", PAYLOAD))
SHOP = counts(
    Customer={"rows": 1_000},
    Order={"rows": 8_000, "customer": (8, 3_000)},
    Line={"rows": 80_000, "large": {"payload": 4_000}, "order": (10, 500)},
)


def test_one_row_takes_the_mean_of_what_hangs_on_it() -> None:
    found = weigh("Customer", SHOP, *CHAIN)
    assert {label: rows.mean for label, rows in found.deleted.items()} == {
        "shop.Customer": 1,
        "shop.Order": 8,
        "shop.Line": 80,
    }


def test_the_worst_row_is_the_one_that_kills_the_process() -> None:
    found = weigh("Customer", SHOP, *CHAIN)
    assert found.deleted["shop.Order"].worst == 3_000
    assert found.deleted["shop.Line"].worst == 30_000


def test_the_row_with_most_on_it_may_lie_further_down() -> None:
    few = counts(
        Customer={"rows": 1_000},
        Order={"rows": 1_000, "customer": (1, 1)},
        Line={"rows": 80_000, "order": (80, 50_000)},
    )
    assert weigh("Customer", few, *CHAIN).deleted["shop.Line"].worst == 50_000


def test_no_more_rows_go_than_there_are() -> None:
    skewed = counts(
        Customer={"rows": 10},
        Order={"rows": 100, "customer": (10, 91)},
        Line={"rows": 1_000, "order": (10, 900)},
    )
    found = weigh("Customer", skewed, *CHAIN)
    assert found.deleted["shop.Order"].worst == 91
    assert found.deleted["shop.Line"].worst <= 1_000


def test_deleting_a_whole_table_takes_every_row_that_points_at_it() -> None:
    found = weigh("Customer", SHOP, *CHAIN, start=Amount(1_000, 1_000))
    assert {label: rows.mean for label, rows in found.deleted.items()} == {
        "shop.Customer": 1_000,
        "shop.Order": 8_000,
        "shop.Line": 80_000,
    }
    assert found.rows == Amount(89_000, 89_000)


def test_rounded_numbers_of_the_file_do_not_leave_half_rows_behind() -> None:
    found = weigh(
        "Customer",
        counts(Customer={"rows": 3}, Order={"rows": 10, "customer": (3.3, 5)}, Line={"rows": 33, "order": (3.3, 9)}),
        *CHAIN,
        start=Amount(3, 3),
    )
    assert found.deleted["shop.Order"].mean == 10
    assert found.deleted["shop.Line"].mean == 33


def test_rows_over_two_keys_are_not_counted_twice() -> None:
    both = (key("Order.customer", "Customer"), key("Order.payer", "Customer"))
    found = counts(Customer={"rows": 100}, Order={"rows": 500, "customer": (5, 5), "payer": (5, 5)})
    assert weigh("Customer", found, *both, start=Amount(100, 100)).deleted["shop.Order"].mean == 500
    assert weigh("Customer", found, *both).deleted["shop.Order"].mean == pytest.approx(10, abs=0.1)


def test_a_tree_in_one_table_is_followed_but_does_not_outgrow_it() -> None:
    tree = (key("Node.parent", "Node", null=True),)
    found = weigh("Node", counts(Node={"rows": 1_000, "parent": (0.999, 40)}), *tree)
    assert found.deleted["shop.Node"].mean < 20
    assert 40 < found.deleted["shop.Node"].worst <= 1_000
    assert weigh("Node", counts(Node={"rows": 7, "parent": (0.5, 3)}), *tree, start=Amount(7, 7)).rows == Amount(7, 7)


def test_rows_that_are_set_to_null_are_updated_and_not_deleted() -> None:
    found = weigh("Customer", SHOP, key("Order.customer", "Customer", "SET_NULL", null=True))
    assert found.updated == {"shop.Order": Amount(8, 3_000)}
    assert found.rows == ONE


def test_a_receiver_makes_the_wide_rows_count() -> None:
    quiet = weigh("Customer", SHOP, *CHAIN)
    heard = weigh("Customer", SHOP, *CHAIN, listener("log", "Line"))
    assert "shop.Line" not in quiet.loaded
    assert heard.loaded["shop.Line"] == heard.deleted["shop.Line"]
    assert heard.bytes.worst > 30_000 * 4_000 > quiet.bytes.worst


def test_a_queryset_of_slow_roots_is_held_as_well() -> None:
    assert "shop.Customer" not in weigh("Customer", SHOP, *CHAIN).loaded
    assert weigh("Customer", SHOP, *CHAIN, fetched=True).loaded["shop.Customer"] == ONE


def test_the_admin_s_page_holds_every_row() -> None:
    found = weigh("Customer", SHOP, *CHAIN, whole=True)
    assert found.loaded == found.deleted
    assert found.bytes.mean > 80 * 4_000


def test_parents_of_deleted_children_go_too() -> None:
    parts = (
        model("Document"),
        model("Invoice", parents=("Document",)),
        key("Invoice.document_ptr", "Document", kind="parent_link"),
        key("Invoice.customer", "Customer"),
    )
    found = counts(
        Customer={"rows": 10},
        Document={"rows": 100},
        Invoice={"rows": 20, "customer": (2, 9), "document_ptr": (0.2, 1)},
    )
    assert weigh("Customer", found, *parts).deleted["shop.Document"] == Amount(2, 9)
    assert weigh("Document", found, *parts, start=Amount(100, 100)).deleted["shop.Invoice"] == Amount(20, 20)


def test_what_nobody_counted_is_named() -> None:
    found = weigh("Customer", SHOP, *CHAIN, key("Note.line", "Line"))
    assert found.uncounted == ("shop.Note",)
    assert estimate(cascade(weighed(SHOP, key("Note.line", "Line")), "shop.Note"), ONE) is None


@pytest.mark.parametrize(
    ("limits", "large"),
    [({}, True), ({"max_rows": 40_000}, False), ({"max_rows": 40_000, "max_memory": 500_000}, True)],
    ids=str,
)
def test_rows_or_memory_make_a_delete_large(limits: dict[str, int], large: bool) -> None:
    assert exceeds(weigh("Customer", SHOP, *CHAIN), Thresholds(**limits)) is large
