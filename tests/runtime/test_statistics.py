"""Row counts are those of the database, on every vendor, whatever it knows about itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connections, transaction

from delete_lint.graph.row_counts import FanOut, RowCounts
from delete_lint.runtime.statistics import read_statistics
from tests.runtime.counted_shop import CUSTOMERS, LINES, MOST_LINES, MOST_ORDERS, ORDERS, PAYLOAD, Shop, fill, shop


@pytest.fixture
def filled(alias: str) -> Iterator[Shop]:
    with shop(alias) as found:
        fill(found)
        yield found


def counted(found: Shop, **how: Any) -> RowCounts:
    return read_statistics(found.using, found.models, **how)


def exact(linked: int, above: int, most: int) -> FanOut:
    return FanOut(pytest.approx(linked / above, rel=0.05), most)  # type: ignore[arg-type]


@pytest.mark.parametrize("count", [True, False], ids=["counted", "statistics"])
def test_rows_and_the_customer_with_most_orders_are_known(filled: Shop, count: bool) -> None:
    analyse(filled)
    tables = counted(filled, count=count).tables
    near = 0 if count else 0.1
    rows = {"Customer": CUSTOMERS, "Order": ORDERS, "Line": LINES, "Card": 40, "Product": 10, "Manual": 4, "Tag": 15}
    for name, number in rows.items():
        # MariaDB takes wide rows for fewer than there are; what its index says puts that right.
        assert tables[f"zoo.{name}"].rows == pytest.approx(number, rel=near), name
    order = tables["zoo.Order"].per
    assert order["customer"].mean == pytest.approx(ORDERS / CUSTOMERS, rel=near + 0.001)
    assert order["customer"].worst == pytest.approx(MOST_ORDERS, rel=near)
    assert tables["zoo.Line"].per["order"].worst == pytest.approx(MOST_LINES, rel=near)
    assert order["before"].mean == pytest.approx(1 / 4, rel=near + 0.01)


@pytest.mark.parametrize("count", [True, False], ids=["counted", "statistics"])
def test_no_relation_is_forgotten(filled: Shop, count: bool) -> None:
    analyse(filled)
    tables = counted(filled, count=count).tables
    assert tables["zoo.Card"].per == {"owner": exact(30, CUSTOMERS, 1)}
    assert tables["zoo.Manual"].per == {"product_ptr": exact(4, 10, 1)}
    assert tables["zoo.Customer_likes"].per == {
        "customer": exact(100, CUSTOMERS, 1),
        "product": exact(100, 10, 50),
    }
    tags = {name: fan_out for name, fan_out in tables["zoo.Tag"].per.items() if name != "content_type"}
    assert tags == {
        "zoo.Product.tags": exact(13, 10, 12),
        "zoo.Manual.tags": exact(2, 4, 2),
        "zoo.Gift.tags": exact(13, 10, 12),
    }


def test_a_large_column_stands_apart_with_the_size_of_its_text(filled: Shop) -> None:
    analyse(filled)
    line = counted(filled).tables["zoo.Line"]
    # PostgreSQL keeps a pointer of 18 bytes in the row, and says that the column is that wide.
    assert line.large["payload"] == pytest.approx(PAYLOAD + 12, abs=4)
    assert line.large["remark"] == 20
    assert line.bytes == pytest.approx(24, abs=10)


def test_a_customer_s_name_is_part_of_its_row(filled: Shop) -> None:
    analyse(filled)
    assert 20 <= counted(filled).tables["zoo.Customer"].bytes <= 30


def test_empty_tables_are_empty_and_no_error(alias: str) -> None:
    with shop(alias) as found:
        for count in (True, False):
            tables = counted(found, count=count).tables
            assert {table.rows for label, table in tables.items()} == {0}
            assert all(fan_out == FanOut(0, 0) for table in tables.values() for fan_out in table.per.values())


def test_a_view_is_no_table_and_a_missing_table_is_named(filled: Shop) -> None:
    with connections[filled.using].schema_editor() as editor:
        editor.delete_model(filled["Card"])
    found = counted(filled)
    assert "zoo.Sales" not in found.tables
    assert "zoo.Card" not in found.tables
    assert [note for note in found.notes if "no table" in note] == ["no table on this database: zoo.Card"]
    with connections[filled.using].schema_editor() as editor:
        editor.create_model(filled["Card"])


def test_nothing_but_questions_is_asked(filled: Shop) -> None:
    asked: list[str] = []

    def listen(execute: Any, sql: str, *rest: Any) -> Any:
        asked.append(sql.split(maxsplit=1)[0])
        return execute(sql, *rest)

    with connections[filled.using].execute_wrapper(listen):
        for count in (True, False):
            counted(filled, count=count)
    assert set(asked) <= {"SELECT", "WITH", "SHOW"}


def test_a_callers_transaction_survives_what_cannot_be_read(filled: Shop) -> None:
    with transaction.atomic(using=filled.using):
        counted(filled)
        assert filled.rows("Order").count() == ORDERS


def test_mass_deletes_are_seen(filled: Shop) -> None:
    analyse(filled)
    filled.rows("Line").filter(order_id=7)._raw_delete(filled.using)
    filled.rows("Line").filter(order_id__lt=1_000)._raw_delete(filled.using)
    filled.rows("Order").update(before=None)
    filled.rows("Order").filter(pk__lt=1_000)._raw_delete(filled.using)
    analyse(filled)
    tables = counted(filled).tables
    assert tables["zoo.Order"].rows == pytest.approx(filled.rows("Order").count(), rel=0.1)
    assert tables["zoo.Line"].rows == pytest.approx(filled.rows("Line").count(), rel=0.1)
    assert tables["zoo.Line"].per["order"].worst == pytest.approx(1, abs=1)


def analyse(found: Shop) -> None:
    """What a database does by itself from time to time."""
    if connections[found.using].vendor == "mysql":
        with connections[found.using].cursor() as cursor:
            for model in found.models:
                if model._meta.managed:
                    cursor.execute(f"ANALYZE TABLE {model._meta.db_table}")
                    cursor.fetchall()
    else:
        found.execute("ANALYZE")
