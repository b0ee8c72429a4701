"""PostgreSQL: ``pg_class`` for rows, ``pg_stats`` for widths, NULLs and the most frequent value of a key.

A table is the sum of its partitions and of the tables that inherit from it; autovacuum analyses these, but not the
partitioned table itself. Most frequent values are compared in the database and never leave it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from delete_lint.runtime.statistics.known import ColumnStatistics, TableStatistics

#: Name, as Django quotes it, and kind of every table that is there; the search path is PostgreSQL's business.
_PARTS = """
WITH RECURSIVE part(name, oid) AS (
    SELECT wanted.name, to_regclass(wanted.name)::oid FROM unnest(%s::text[]) AS wanted(name)
    WHERE to_regclass(wanted.name) IS NOT NULL
  UNION ALL
    SELECT part.name, inherits.inhrelid FROM part JOIN pg_inherits AS inherits ON inherits.inhparent = part.oid
)
SELECT part.name, part.oid, class.relkind::text, class.reltuples, class.relpages,
       pg_relation_size(class.oid) / current_setting('block_size')::int, coalesce(activity.n_mod_since_analyze, 0)
FROM part
JOIN pg_class AS class ON class.oid = part.oid
LEFT JOIN pg_stat_all_tables AS activity ON activity.relid = part.oid
"""

_COLUMNS = """
WITH part(name, oid, rows) AS (SELECT * FROM unnest(%s::text[], %s::oid[], %s::float8[])),
stats AS (
    SELECT part.name, part.rows, s.attname, s.null_frac, s.avg_width, s.most_common_freqs,
           CASE WHEN s.attname = ANY(%s::text[]) THEN s.most_common_vals::text::text[] END AS most_common,
           CASE WHEN s.n_distinct < 0 THEN -s.n_distinct * part.rows ELSE s.n_distinct END AS values
    FROM part
    JOIN pg_class AS class ON class.oid = part.oid
    JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
    JOIN pg_stats AS s ON s.schemaname = namespace.nspname AND s.tablename = class.relname AND NOT s.inherited
),
frequent AS (
    SELECT name, attname, max(rows) AS rows FROM (
        SELECT name, attname, sum(frequency * rows) AS rows
        FROM stats, unnest(most_common, most_common_freqs) AS common(value, frequency)
        GROUP BY name, attname, value
    ) AS summed GROUP BY name, attname
)
SELECT stats.name, stats.attname::text,
       sum(stats.null_frac * stats.rows) / nullif(sum(stats.rows), 0),
       sum(stats.avg_width * (1 - stats.null_frac) * stats.rows)
           / nullif(sum((1 - stats.null_frac) * stats.rows), 0),
       greatest(max(frequent.rows), max((1 - stats.null_frac) * stats.rows / nullif(stats.values, 0)))
FROM stats LEFT JOIN frequent USING (name, attname)
GROUP BY stats.name, stats.attname
"""

_VIEWS = frozenset("vm")
_PARTITIONED = "p"


@dataclass(frozen=True, slots=True)
class _Part:
    """A table, or one of those that it is made of."""

    table: str
    oid: int
    kind: str
    tuples: float
    pages: int
    pages_now: int
    modified: int

    @property
    def rows(self) -> float | None:
        """What the planner takes for the number of rows, None when it is guesswork."""
        if self.tuples < 0 or (self.tuples == 0 and self.pages == 0 and self.pages_now > 0):
            return None
        if self.modified > _stale_after(self.tuples):
            return None
        return self.tuples / self.pages * self.pages_now if self.pages else self.tuples


def _stale_after(rows: float) -> float:
    """Twice the changed rows that wake autovacuum, as it is set by default."""
    return 2 * (50 + 0.1 * rows)


def table_statistics(connection: Any, tables: Collection[str], keys: Collection[str]) -> dict[str, TableStatistics]:
    """What is known of those tables that are there and no views; ``keys`` are the columns that point at others."""
    quoted = {connection.ops.quote_name(table): table for table in tables}
    with connection.cursor() as cursor:
        cursor.execute(_PARTS, [list(quoted)])
        parts = [_Part(quoted[name], *rest) for name, *rest in cursor.fetchall()]
        by_table: dict[str, list[_Part]] = defaultdict(list)
        for part in parts:
            by_table[part.table].append(part)
        there = {table: found for table, found in by_table.items() if found[0].kind not in _VIEWS}
        counted = {table: found for table, found in there.items() if all(_known(part) for part in found)}
        cursor.execute(_COLUMNS, [*_arrays(counted.values()), list(keys)])
        columns: dict[str, dict[str, ColumnStatistics]] = defaultdict(dict)
        for table, column, nulls, width, most in cursor.fetchall():
            columns[table][column] = ColumnStatistics(nulls, width, most)
    return {table: _statistics(found, columns.get(table, {})) for table, found in there.items()}


def _known(part: _Part) -> bool:
    return part.kind == _PARTITIONED or part.rows is not None


def _arrays(tables: Iterable[list[_Part]]) -> tuple[list[str], list[int], list[float]]:
    parts = [part for found in tables for part in found if part.kind != _PARTITIONED]
    return [part.table for part in parts], [part.oid for part in parts], [part.rows or 0.0 for part in parts]


def _statistics(parts: list[_Part], columns: Mapping[str, ColumnStatistics]) -> TableStatistics:
    unknown = [part for part in parts if not _known(part)]
    if unknown:
        never = any(part.tuples < 0 or not part.pages for part in unknown)
        why = "was never analysed" if never else "has changed much since it was analysed"
        return TableStatistics(note=why)
    return TableStatistics(
        rows=round(sum(part.rows or 0.0 for part in parts if part.kind != _PARTITIONED)), columns=columns
    )
