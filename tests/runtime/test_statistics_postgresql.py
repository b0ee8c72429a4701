"""What PostgreSQL knows is used for what it is worth: old and missing statistics, partitions, schemas, roles."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connections

from delete_lint.graph.row_counts import TableCounts
from delete_lint.runtime.statistics import read_statistics
from tests.runtime.counted_shop import CUSTOMERS, LINES, MOST_LINES, MOST_ORDERS, ORDERS, Shop, fill, shop


@pytest.fixture
def found(postgresql: str) -> Iterator[Shop]:
    with shop(postgresql) as made:
        for name in ("customer", "order", "line", "card", "tag"):
            made.execute(f"ALTER TABLE zoo_{name} SET (autovacuum_enabled = false)")
        yield made


def table(found: Shop, name: str) -> TableCounts:
    return read_statistics(found.using, found.models).tables[f"zoo.{name}"]


def analyse(found: Shop, table: str = "") -> None:
    """After what this session did has been taken note of: later it would look as if it was done since."""
    found.execute("SELECT pg_stat_force_next_flush()")
    found.execute(f"ANALYZE {table}")


def notes(found: Shop) -> list[str]:
    return list(read_statistics(found.using, found.models).notes)


def test_tables_that_were_never_analysed_are_counted_and_named(found: Shop) -> None:
    fill(found)
    assert table(found, "Order").rows == ORDERS
    assert table(found, "Order").per["customer"].worst == MOST_ORDERS
    assert "zoo.Order was never analysed, so it was counted" in notes(found)


def test_statistics_are_not_trusted_after_half_of_the_rows_have_gone(found: Shop) -> None:
    fill(found)
    analyse(found)
    assert not notes(found)
    found.rows("Line").filter(order_id=7)._raw_delete(found.using)
    found.execute("SELECT pg_stat_force_next_flush()")
    assert "zoo.Line has changed much since it was analysed, so it was counted" in notes(found)
    assert table(found, "Line").rows == LINES - MOST_LINES
    analyse(found, "zoo_line")
    assert not notes(found)
    assert table(found, "Line").rows == LINES - MOST_LINES


def test_an_analysed_table_is_not_read(found: Shop) -> None:
    fill(found)
    analyse(found)
    asked: list[str] = []

    def listen(execute: object, sql: str, *rest: object) -> object:
        asked.append(sql)
        return execute(sql, *rest)  # type: ignore[operator]

    with connections[found.using].execute_wrapper(listen):
        read_statistics(found.using, [found["Order"], found["Customer"], found["Customer_likes"]])
    assert not [sql for sql in asked if "COUNT(" in sql]
    assert not [sql for sql in asked if 'FROM "zoo_order"' in sql], "every column's width is known"


def test_a_role_that_may_only_select_is_enough(found: Shop) -> None:
    fill(found)
    analyse(found)
    everything = read_statistics(found.using, found.models)
    with reader(found):
        assert read_statistics(found.using, found.models).tables == everything.tables
        counted = read_statistics(found.using, found.models, count=True).tables
        assert counted["zoo.Order"].per["customer"].worst == MOST_ORDERS


def test_a_table_that_may_not_be_read_is_named_and_the_others_are_told(found: Shop) -> None:
    fill(found)
    analyse(found)
    with reader(found):
        found.execute("RESET ROLE")
        found.execute("REVOKE SELECT ON zoo_card FROM delete_lint_counts")
        found.execute("SET ROLE delete_lint_counts")
        read = read_statistics(found.using, found.models)
    assert read.tables["zoo.Card"] == TableCounts(rows=40, bytes=8), "PostgreSQL tells everybody how long it is"
    assert read.tables["zoo.Order"].rows == ORDERS
    assert "zoo.Card cannot be read: permission denied for table zoo_card" in read.notes


@contextmanager
def reader(found: Shop) -> Iterator[None]:
    """A role that may only select, as long as this lasts."""
    found.execute("CREATE ROLE delete_lint_counts")
    found.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO delete_lint_counts")
    found.execute("SET ROLE delete_lint_counts")
    try:
        yield
    finally:
        found.execute("RESET ROLE")
        found.execute("DROP OWNED BY delete_lint_counts")
        found.execute("DROP ROLE delete_lint_counts")


def replace_orders(found: Shop, create: str, *parts: str) -> None:
    """Other tables in place of the one of the orders, with the same rows."""
    fill(found)
    found.execute("ALTER TABLE zoo_order RENAME TO plain")
    found.execute(create)
    for part in parts:
        found.execute(part)


@pytest.fixture
def plain(found: Shop) -> Iterator[Shop]:
    yield found
    found.execute("DROP TABLE zoo_order CASCADE")
    found.execute("ALTER TABLE plain RENAME TO zoo_order")


def test_a_partitioned_table_is_the_sum_of_its_partitions(plain: Shop) -> None:
    replace_orders(
        plain,
        "CREATE TABLE zoo_order (LIKE plain) PARTITION BY RANGE (id)",
        "CREATE TABLE early PARTITION OF zoo_order FOR VALUES FROM (0) TO (1000)",
        "CREATE TABLE late PARTITION OF zoo_order FOR VALUES FROM (1000) TO (9000) PARTITION BY RANGE (id)",
        "CREATE TABLE later PARTITION OF late FOR VALUES FROM (1000) TO (9000)",
        "INSERT INTO zoo_order SELECT * FROM plain",
        "ANALYZE early",
        "ANALYZE later",
        "ANALYZE zoo_customer",
    )
    order = table(plain, "Order")
    assert order.rows == ORDERS
    assert order.per["customer"].worst == pytest.approx(MOST_ORDERS, rel=0.02), "who is in every partition"
    assert order.per["customer"].mean == pytest.approx(ORDERS / CUSTOMERS, rel=0.02)
    assert not [note for note in notes(plain) if "Order" in note]


def test_a_partition_that_was_never_analysed_has_the_table_counted(plain: Shop) -> None:
    replace_orders(
        plain,
        "CREATE TABLE zoo_order (LIKE plain) PARTITION BY RANGE (id)",
        "CREATE TABLE early PARTITION OF zoo_order FOR VALUES FROM (0) TO (1000)",
        "CREATE TABLE later PARTITION OF zoo_order FOR VALUES FROM (1000) TO (9000)",
        "INSERT INTO zoo_order SELECT * FROM plain",
        "ANALYZE early",
    )
    assert table(plain, "Order").rows == ORDERS
    assert "zoo.Order was never analysed, so it was counted" in notes(plain)


def test_rows_of_inheriting_tables_count(plain: Shop) -> None:
    replace_orders(
        plain,
        "CREATE TABLE zoo_order (LIKE plain)",
        "CREATE TABLE late () INHERITS (zoo_order)",
        "INSERT INTO zoo_order SELECT * FROM plain WHERE id < 1000",
        "INSERT INTO late SELECT * FROM plain WHERE id >= 1000",
        "ANALYZE zoo_order",
        "ANALYZE late",
    )
    assert table(plain, "Order").rows == ORDERS == plain.rows("Order").count()


def test_the_search_path_decides_which_table_is_meant(found: Shop) -> None:
    fill(found)
    found.execute("CREATE SCHEMA tenant")
    try:
        found.execute("CREATE TABLE tenant.zoo_customer (LIKE public.zoo_customer)")
        found.execute("INSERT INTO tenant.zoo_customer SELECT * FROM public.zoo_customer LIMIT 7")
        analyse(found)
        assert table(found, "Customer").rows == CUSTOMERS
        found.execute("SET search_path = tenant, public")
        assert table(found, "Customer").rows == 7
        assert table(found, "Order").rows == ORDERS
    finally:
        found.execute("RESET search_path")
        found.execute("DROP SCHEMA tenant CASCADE")


def test_values_that_are_all_alike_frequent_have_a_worst_case_too(found: Shop) -> None:
    fill(found)
    found.execute("UPDATE zoo_order SET customer_id = id % 250 + 1")
    analyse(found)
    assert table(found, "Order").per["customer"].worst == pytest.approx(ORDERS / 250, abs=2)
