"""The bytes of a delete: a wrong number starts a delete that gets the process killed, or scares people off."""

from __future__ import annotations

import sys
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from delete_lint.graph.exact_plan import Step
from delete_lint.graph.loads import loads_of
from delete_lint.graph.memory import (
    Column,
    Load,
    RowBytes,
    Size,
    instance_bytes,
    model_load,
    model_row_bytes,
    peak_bytes,
    row_bytes,
    set_bytes,
)
from delete_lint.graph.model import Field
from delete_lint.graph.project import ProjectGraph
from delete_lint.graph.row_counts import RowCounts, TableCounts
from tests.graph.small_graphs import KEY, PAYLOAD, graph, key, listener, model

NAME = Field(name="name", column="name", type="CharField")
OWNER = Field(name="owner", column="owner_id", type="ForeignKey")
NUMBER = Column("IntegerField")


def held(count: int, make: Callable[[], object]) -> float:
    """What `tracemalloc` sees of each of so many objects."""
    for _ in range(100):
        make()
    tracemalloc.start()
    kept: list[object] = [None] * count
    before = tracemalloc.get_traced_memory()[0]
    for number in range(count):
        kept[number] = make()
    found = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    return found / count


# --- rows ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("columns", [1, 5, 20, 27, 28, 29, 40, 60, 84, 85, 200])
def test_what_the_attributes_of_wide_and_narrow_rows_take(columns: int) -> None:
    """Python stops sharing the names of attributes between instances at some number; rows then cost twice as much."""

    class Instance:
        def __init__(self) -> None:
            self._state = None
            for number in range(columns):
                setattr(self, f"column{number}", None)

    values = [Column("BooleanField")] * columns
    nothing = [Column("BooleanField")]
    real = held(500, Instance)
    foreseen = row_bytes(values, all_columns=columns).held - row_bytes(nothing, all_columns=1).held + 90
    assert foreseen == pytest.approx(real, rel=0.15, abs=40)


@pytest.mark.parametrize("size", [0, 1, 4, 5, 100, 1_000, 4_914, 4_915, 20_000, 60_000, 100_000])
def test_the_set_in_which_the_collector_keeps_its_rows(size: int) -> None:
    grown: set[int] = set()
    grown.update(list(range(size)))
    table = sys.getsizeof(grown) - sys.getsizeof(set())
    assert set_bytes(size) == (table if size > 4 else 8 * 16)


def test_text_is_held_once_and_json_twice_while_it_is_parsed() -> None:
    """A 4 kB document takes three times its size at the peak: its text waits until every row has been parsed."""
    text = row_bytes([Column("TextField", text=4_000)], all_columns=1)
    document = row_bytes([Column("JSONField", text=4_000)], all_columns=1)
    assert text.read < 100
    assert 4_000 < document.read < 4_200
    assert document.held > 2 * text.held


def test_a_row_without_large_columns_is_small_change() -> None:
    narrow = row_bytes([NUMBER], all_columns=3).held
    assert 200 < narrow < 350
    assert row_bytes([NUMBER] * 20, all_columns=20).held < 5 * narrow


def test_measured_sizes_go_before_guesses() -> None:
    measured = Column("JSONField", text=4_000, size=Size(raw=10, value=20))
    assert (measured.raw, measured.value) == (10, 20)


def test_an_unknown_column_is_taken_for_a_short_text_unless_it_is_known_to_be_large() -> None:
    assert Column("PhoneNumberField").value < 100
    assert Column("PhoneNumberField", large=True).value > 1_000


def test_processes_that_made_instances_before_they_read_one_pay_more_for_each() -> None:
    plain, crowded = (row_bytes([NUMBER], all_columns=3, crowded_state=crowded).held for crowded in (False, True))
    assert crowded > 1.5 * plain


# --- the peak -----------------------------------------------------------------------------------------------------


def load(label: str = "shop.Order", rows: int = 1_000, held: float = 300, read: float = 50, **options: Any) -> Load:
    return Load(label=label, rows=rows, row=RowBytes(held, read), **options)


def test_nothing_loaded_is_nothing_held() -> None:
    assert peak_bytes([]) == 0


def test_raw_rows_of_one_select_are_gone_before_the_next() -> None:
    documents = [load("shop.A", held=1_000, read=4_000), load("shop.B", held=1_000, read=4_000)]
    assert peak_bytes(documents) == pytest.approx(1_000 * (2 * 1_000 + 4_000), rel=0.02)


def test_the_order_of_the_selects_counts() -> None:
    wide, narrow = load("shop.A", held=300, read=10_000), load("shop.B", rows=5_000)
    assert peak_bytes([narrow, wide]) > peak_bytes([wide, narrow]) + 1_000_000


def test_rows_read_one_by_one_are_held_but_their_raw_rows_are_not() -> None:
    together, single = (peak_bytes([load(read=4_000, at_once=at_once)]) for at_once in (None, 1))
    assert together > 4_000_000 > 500_000 > single > 300_000


def test_long_lists_of_keys_weigh_as_much_as_the_narrow_rows_they_are_of() -> None:
    short, long = (peak_bytes([load(rows=100_000, keys_deleted=keys)]) for keys in (500, 100_000))
    assert long > 1.5 * short


# --- models of a graph --------------------------------------------------------------------------------------------


def order_with(*fields: Field) -> ProjectGraph:
    return graph(model("Order", *fields), key("Order.owner", "Customer"), key("Line.order", "Order"))


def test_only_the_columns_that_are_read_are_held() -> None:
    shop = order_with(PAYLOAD, OWNER)
    narrow, whole = (model_row_bytes(shop, "shop.Order", columns) for columns in (("id",), None))
    assert (narrow.read < 100, whole.read > 1_000) == (True, True)
    assert whole.held > narrow.held + 1_000


@pytest.mark.parametrize("name", ["owner", "owner_id"])
def test_columns_are_known_by_their_field_and_by_their_attribute(name: str) -> None:
    shop = order_with(OWNER)
    assert model_row_bytes(shop, "shop.Order", ("id", name)) == model_row_bytes(shop, "shop.Order", None)


def test_measured_sizes_of_the_large_columns_are_used() -> None:
    sizes = {"payload": Size(raw=10_000, value=50_000)}
    found = model_row_bytes(order_with(PAYLOAD), "shop.Order", None, sizes)
    assert (found.held > 50_000, 10_000 < found.read < 10_100) == (True, True)


def test_row_counts_say_how_large_a_large_column_is() -> None:
    shop = order_with(PAYLOAD)
    counted = replace(
        shop, row_counts=RowCounts(tables={"shop.Order": TableCounts(rows=10, large={"payload": 40_000})})
    )
    assert instance_bytes(counted, "shop.Order", None) > 40_000 + 40_000
    assert instance_bytes(counted, "shop.Order", ("id",)) < 500
    assert instance_bytes(shop, "shop.Order", None) < 10_000


def test_row_counts_say_how_long_the_short_texts_are() -> None:
    shop = order_with(NAME, OWNER)
    short, long = (
        model_row_bytes(
            replace(shop, row_counts=RowCounts(tables={"shop.Order": TableCounts(rows=10, bytes=bytes_)})),
            "shop.Order",
            None,
        ).held
        for bytes_ in (30, 230)
    )
    assert long == short + 200


def test_foreign_keys_hold_what_they_refer_to() -> None:
    uuid = replace(KEY, type="UUIDField")
    by_number = order_with(OWNER)
    by_uuid = replace(
        by_number, models={**by_number.models, "shop.Customer": replace(model("Customer"), fields=(uuid,))}
    )
    numbers, uuids = (model_row_bytes(shop, "shop.Order", None).held for shop in (by_number, by_uuid))
    assert uuids == numbers + 64


def test_only_rows_that_something_refers_to_are_looked_for_by_their_keys() -> None:
    shop = graph(key("Order.owner", "Customer"), key("Line.order", "Order"), listener("log", "Line"))
    customers, orders, lines = (model_load(shop, f"shop.{name}", None, 900) for name in ("Customer", "Order", "Line"))
    assert (customers.keys_asked, customers.keys_deleted) == (900, 0)  # orders are slow
    assert (orders.keys_asked, orders.keys_deleted) == (900, 0)  # lines are slow by their receiver
    assert (lines.keys_asked, lines.keys_deleted) == (0, 0)
    assert model_load(order_with(), "shop.Order", None, 900, keys_per_statement=500).keys_deleted == 500


# --- steps of a plan ----------------------------------------------------------------------------------------------


def test_each_select_of_a_plan_is_a_load() -> None:
    steps = [
        Step(verb="SELECT", label="shop.Order", columns=("id",), rows=1_000, count=2),
        Step(verb="BEGIN"),
        Step(verb="DELETE", label="shop.Line", rows=5_000),
        Step(verb="SELECT", label="shop.Nobody", rows=3),
    ]
    [only] = loads_of(order_with(PAYLOAD), steps)
    assert (only.label, only.rows, only.at_once) == ("shop.Order", 1_000, 500)
    assert only.row == model_row_bytes(order_with(PAYLOAD), "shop.Order", ("id",))


def family() -> ProjectGraph:
    link = Field(name="place_ptr", column="place_ptr_id", type="OneToOneField", primary_key=True)
    return graph(
        model("Place", NAME),
        model("Hotel", link, parents=("Place",)),
        key("Hotel.place_ptr", "Place", kind="parent_link"),
        key("Room.hotel", "Hotel"),
    )


def test_parents_that_are_made_from_their_children_are_held_too() -> None:
    whole = Step(verb="SELECT", label="shop.Hotel", columns=None, rows=10)
    child, parent = loads_of(family(), [whole])
    assert (child.label, parent.label, parent.rows) == ("shop.Hotel", "shop.Place", 10)
    assert 200 < parent.row.held < child.row.held + 200
    assert len(list(loads_of(family(), [whole], keep_parents=True))) == 1


def test_parents_that_are_read_one_by_one_are_not_counted_twice() -> None:
    steps = [
        Step(verb="SELECT", label="shop.Hotel", columns=("place_ptr_id", "id"), rows=10),
        Step(verb="SELECT", label="shop.Place", columns=None, rows=10, count=10, because="a row at a time, for Hotel"),
    ]
    assert [(found.label, found.at_once) for found in loads_of(family(), steps)] == [
        ("shop.Hotel", None),
        ("shop.Place", 1),
    ]
