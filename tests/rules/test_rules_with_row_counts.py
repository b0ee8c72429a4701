"""With row counts, rows and bytes decide: small tables are let be, large ones found however shallow the cascade is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from delete_lint.findings import Finding
from delete_lint.graph.model import Model, Relation
from delete_lint.graph.place import Place
from delete_lint.graph.project import ProjectGraph
from delete_lint.graph.receiver import Receiver
from delete_lint.graph.row_counts import FanOut, RowCounts, TableCounts
from delete_lint.graph.site import DeleteSite, EntryPoint, Loop
from tests.rules.hand_built import ask, edge, generic, graph, listener, model, said, site

SHOP: tuple[Model | Relation, ...] = (
    model("Customer"),
    model("Order"),
    model("Line", "payload"),
    model("Event"),
    edge("Order", "Customer"),
    edge("Line", "Order"),
    edge("Event", "Line"),
)


def table(rows: int, large: int = 0, **per: tuple[float, int]) -> TableCounts:
    return TableCounts(
        rows=rows,
        bytes=16,
        large={"payload": large} if large else {},
        per={name: FanOut(*fan_out) for name, fan_out in per.items()},
    )


SMALL = {
    "Customer": table(300),
    "Order": table(1_200, customer=(4, 30)),
    "Line": table(6_000, 2_000, order=(5, 40)),
    "Event": table(900, line=(0.15, 9)),
}
HUGE = {
    "Customer": table(12_000),
    "Order": table(120_000, customer=(10, 40_000)),
    "Line": table(1_200_000, 4_200, order=(10, 4_000)),
    "Event": table(1_800_000, line=(1.5, 9)),
}


def weighed(
    tables: dict[str, TableCounts], *parts: Model | Relation | Receiver | DeleteSite, **more: Any
) -> ProjectGraph:
    counts = RowCounts(tables={f"shop.{name}": counted for name, counted in tables.items()})
    return replace(graph(*parts, **more), row_counts=counts)


# --- unbatched_cascade --------------------------------------------------------------------------------------------


def test_a_deep_cascade_over_small_tables_is_let_be() -> None:
    assert ask("unbatched_cascade", graph(*SHOP, site("Customer", "instance")))
    assert not ask("unbatched_cascade", weighed(SMALL, *SHOP, site("Customer", "instance")))


def test_one_level_over_millions_of_rows_is_found() -> None:
    shallow = (model("Order"), model("Line"), edge("Line", "Order"))
    lines = {"Order": table(1_000), "Line": table(5_000_000, order=(5_000, 900_000))}
    assert not ask("unbatched_cascade", graph(*shallow, site("Order", "instance")))
    finding = said("unbatched_cascade", weighed(lines, *shallow, site("Order", "instance")))
    assert finding.message == ("deleting one Order deletes about 5,000 rows (worst: 900,000) over 1 level")


def test_rows_and_memory_of_the_mean_and_of_the_worst_customer_are_told() -> None:
    finding = said("unbatched_cascade", weighed(HUGE, *SHOP, listener("Line"), site("Customer", "instance")))
    assert finding.message.startswith(
        "deleting one Customer deletes about 260 rows (worst: 1 million) over 3 levels and holds about 1."
    )
    assert "(worst: 6" in finding.message
    assert 'Line (JSON column "payload") is loaded whole because of the receiver' in finding.message


def test_of_a_queryset_a_tenth_of_the_table_is_reckoned_with() -> None:
    finding = said("unbatched_cascade", weighed(HUGE, *SHOP, site("Customer")))
    assert "deletes about 310,000 rows (worst: 1.4 million) over 3 levels and holds about " in finding.message
    assert finding.message.endswith(", if a tenth of the table passes the filter")
    assert not ask("unbatched_cascade", weighed(HUGE, *SHOP, site("Customer")), max_rows=2_000_000)


def test_the_orders_of_one_customer_are_at_most_those_of_the_worst() -> None:
    few = {**HUGE, "Order": table(120_000, customer=(10, 30)), "Line": table(1_200_000, order=(10, 40))}
    of_one = site("Order", filter="fk")
    assert ask("unbatched_cascade", weighed(HUGE, *SHOP, of_one))
    assert not ask("unbatched_cascade", weighed(few, *SHOP, of_one))


def test_memory_alone_is_reason_enough() -> None:
    loud = weighed(SMALL, *SHOP, listener("Line"), site("Customer", "instance"))
    assert not ask("unbatched_cascade", loud)
    assert "holds about" in said("unbatched_cascade", loud, max_memory=100_000).message


def test_a_part_of_the_cascade_that_nobody_counted_is_named() -> None:
    partly = {name: counted for name, counted in HUGE.items() if name != "Event"}
    finding = said("unbatched_cascade", weighed(partly, *SHOP, site("Customer", "instance")))
    assert finding.message.endswith("; not counted: Event")


def test_a_root_that_nobody_counted_is_judged_by_its_cascade() -> None:
    partly = {name: counted for name, counted in SMALL.items() if name != "Customer"}
    finding = said("unbatched_cascade", weighed(partly, *SHOP, site("Customer", "instance")))
    assert "reaches 3 models over 3 levels" in finding.message


# --- other rules --------------------------------------------------------------------------------------------------


def admin(kind: str) -> EntryPoint:
    return EntryPoint(kind=kind, name="CustomerAdmin", model="shop.Customer", place=Place("a.py", 1))  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["admin", "delete_view", "drf_destroy"])
def test_a_page_that_deletes_little_is_let_be_and_one_that_deletes_much_tells_how_much(kind: str) -> None:
    assert not ask("admin_collects_cascade", weighed(SMALL, *SHOP, entry_points=(admin(kind),)))
    finding = said("admin_collects_cascade", weighed(HUGE, *SHOP, entry_points=(admin(kind),)))
    assert "about 260 rows (worst: 1 million) of 3 models over 3 levels" in finding.message


def test_the_admin_s_page_holds_more_than_the_delete() -> None:
    page = said("admin_collects_cascade", weighed(HUGE, *SHOP, entry_points=(admin("admin"),)))
    view = said("admin_collects_cascade", weighed(HUGE, *SHOP, entry_points=(admin("delete_view"),)))
    assert "GB)" in page.message
    assert "MB)" in view.message


def test_a_small_table_may_be_emptied() -> None:
    every = site("Order", filter="none")
    assert not ask("unfiltered_delete", weighed(SMALL, *SHOP[1:], every))
    finding = said("unfiltered_delete", weighed(HUGE, *SHOP, every))
    assert "the whole table of Order (about 120,000 rows, about " in finding.message
    assert not ask("unbatched_cascade", weighed(HUGE, *SHOP, every)), "it is told once"


def test_wide_rows_that_fit_into_memory_are_let_be() -> None:
    rows = site("Line")
    assert not ask("wide_rows_fetched", weighed(SMALL, *SHOP, rows))
    assert "; in all it holds about 1.8 GB" in said("wide_rows_fetched", weighed(HUGE, *SHOP, rows)).message


@pytest.mark.parametrize("handler", ["SET_NULL", "SET_DEFAULT"])
def test_one_row_with_millions_of_others_to_update_is_found(handler: str) -> None:
    parts = (model("Customer"), model("Order"), edge("Order", "Customer", handler, null=True))
    one = site("Customer", "instance")
    many = {"Customer": table(1_000), "Order": table(9_000_000, customer=(9_000, 3_000_000))}
    finding = said("set_null_fan_in", weighed(many, *parts, one))
    assert ": about 9,000 rows (worst: 3 million)" in finding.message
    assert not ask("set_null_fan_in", weighed(SMALL, *parts, one))


def test_a_statement_with_few_keys_that_updates_few_rows_is_let_be() -> None:
    parts = (model("Customer"), model("Order"), edge("Order", "Customer", "SET_NULL", null=True))
    old = site("Customer", filter="other")
    assert ask("set_null_fan_in", graph(*parts, old))
    assert not ask("set_null_fan_in", weighed(SMALL, *parts, old))
    assert ask("set_null_fan_in", weighed(SMALL, *parts, old), max_rows=29), "so many keys in one statement"
    assert ask("set_null_fan_in", weighed({"Customer": table(9)}, *parts, old)), "who knows how many orders"
    assert not ask("set_null_fan_in", weighed({"Customer": table(9)}, *parts, site("Customer", "instance")))


def test_a_loop_over_a_handful_is_let_be() -> None:
    loop = site("Order", "instance", in_loop=True, loop=Loop(Place("shop/views.py", 6), "shop.Order"))
    assert not ask("delete_in_loop", weighed({"Order": table(90)}, *SHOP, loop))
    assert said("delete_in_loop", weighed(HUGE, *SHOP, loop)).message.endswith("; there are about 120,000 of them")


def test_the_longest_table_that_a_receiver_for_every_model_costs_is_told() -> None:
    finding = said("senderless_receiver", weighed(HUGE, *SHOP, listener()))
    assert "(Event; Event alone has about 1.8 million rows)" in finding.message


# --- stale_row_counts ---------------------------------------------------------------------------------------------


def stale(tables: dict[str, TableCounts], *parts: Model | Relation, package: str | None = None) -> list[Finding]:
    labels = {name if "." in name else f"shop.{name}": counted for name, counted in tables.items()}
    lines: dict[tuple[str, ...], int] = {(label,): number for number, label in enumerate(labels, 2)}
    for number, (label, counted) in enumerate(labels.items(), 20):
        lines |= {(label, "per", name): number for name in counted.per}
    counts = RowCounts(tables=labels, source="counts.toml", lines=lines)
    return ask("stale_row_counts", replace(graph(*parts), row_counts=counts))


def test_a_file_that_fits_is_not_spoken_of() -> None:
    assert not stale(HUGE, *SHOP)
    assert not ask("stale_row_counts", graph(*SHOP))


def test_a_model_that_is_not_there_is_told_with_its_line_and_what_comes_nearest() -> None:
    (finding,) = stale({**HUGE, "Ordr": table(3)}, *SHOP)
    assert finding.place == Place("counts.toml", 6)
    assert finding.message == 'no model is called shop.Ordr (did you mean "Order"?)'


def test_a_field_that_is_not_there_is_told_with_its_line() -> None:
    wrong = {**HUGE, "Order": table(120_000, custommer=(10, 40_000))}
    gone, missing = stale(wrong, *SHOP)
    assert gone.place == Place("counts.toml", 21)
    assert gone.message == 'shop.Order has no relation custommer (did you mean "customer"?)'
    assert missing.message == "how many shop.Order hang on one row was not counted for customer"
    (column,) = stale({**HUGE, "Event": TableCounts(rows=1, large={"body": 9}, per={"line": FanOut(1, 1)})}, *SHOP)
    assert column.message == "shop.Event has no column body"


def test_tables_that_came_later_are_told_together() -> None:
    (finding,) = stale({"Customer": HUGE["Customer"], "Order": HUGE["Order"]}, *SHOP)
    assert finding.place == Place("counts.toml", 1)
    assert finding.message == "2 tables not counted, and taken for empty: shop.Line and shop.Event"


def test_another_project_s_tables_are_told_an_app_at_a_time() -> None:
    (finding,) = stale({**HUGE, "blog.Post": table(3), "blog.Comment": table(9)}, *SHOP)
    assert finding.message == "2 tables of the app blog, of which no model was seen: blog.Post and blog.Comment"


def test_tables_of_packages_and_many_to_many_tables_are_let_be() -> None:
    package = TableCounts(rows=3, package="django")
    assert not stale({**HUGE, "auth.User": package, "Order_tags": table(9, order=(1, 1), tag=(1, 1))}, *SHOP)


def test_generic_relations_are_no_news() -> None:
    tag = TableCounts(rows=5, per={"shop.Order.tags": FanOut(1, 2)})
    assert not stale({**HUGE, "Tag": tag}, *SHOP, model("Tag"), generic("Order", "Tag"))
