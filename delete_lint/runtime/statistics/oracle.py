"""Oracle: ``user_tables`` and ``user_tab_col_statistics``, as ``DBMS_STATS`` left them the night before.

Written from Oracle's documentation, not run.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from typing import Any

from delete_lint.runtime.statistics.known import ColumnStatistics, TableStatistics


def table_statistics(connection: Any, tables: Collection[str], keys: Collection[str]) -> dict[str, TableStatistics]:
    """What is known of those tables that are there; views are not in ``user_tables``."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT table_name, num_rows FROM user_tables")
        rows: dict[str, int | None] = dict(cursor.fetchall())
        cursor.execute("SELECT table_name, column_name, num_nulls, avg_col_len FROM user_tab_col_statistics")
        columns: dict[str, dict[str, ColumnStatistics]] = defaultdict(dict)
        for table, column, nulls, width in cursor.fetchall():
            if count := rows.get(table):
                columns[table][column.lower()] = ColumnStatistics((nulls or 0) / count, width)
    names = {table: connection.ops.quote_name(table).strip('"') for table in tables}
    return {
        table: TableStatistics(
            rows=rows[name],
            columns=columns.get(name, {}),
            note="" if rows[name] is not None else "has no statistics",
        )
        for table, name in names.items()
        if name in rows
    }
