"""Row counts of the running project, from what its database knows about itself; nothing is written.

What the statistics do not tell is counted, and widths that they do not tell are taken from a sample. Of no value more
than its length is read.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import nullcontext
from functools import partial
from typing import Any

from django.apps import apps
from django.db import DatabaseError, connections, transaction

from delete_lint.graph.describe import listed
from delete_lint.graph.row_counts import FanOut, RowCounts, TableCounts
from delete_lint.runtime.distributions import origin
from delete_lint.runtime.statistics import mysql, oracle, postgresql
from delete_lint.runtime.statistics.counting import Linked, all_rows, count_linked, count_rows, sample_widths
from delete_lint.runtime.statistics.keys import Key, ModelClass, foreign_keys, generic_keys
from delete_lint.runtime.statistics.known import TableStatistics
from delete_lint.runtime.statistics.widths import fixed_width, is_large

#: Not SQLite: it has statistics only where somebody ran ANALYZE, does not tell how old they are, and counts fast.
_VENDORS: Mapping[str, Callable[[Any, Collection[str], Collection[str]], dict[str, TableStatistics]]] = {
    "postgresql": postgresql.table_statistics,
    "mysql": mysql.table_statistics,
    "oracle": oracle.table_statistics,
}


def read_statistics(using: str, models: Iterable[ModelClass] | None = None, count: bool = False) -> RowCounts:
    """The row counts of a database: of all tables there that belong to installed models, or of some of them.

    With ``count`` rows and relations are counted, and exact; widths are estimates all the same. Views are left out.
    """
    found = apps.get_models(include_auto_created=True) if models is None else models
    return _Reader(using, count).read([model for model in dict.fromkeys(found) if not model._meta.proxy])


class _Reader:
    def __init__(self, using: str, count: bool) -> None:
        self.using = using
        self.count = count
        self.known: dict[ModelClass, TableStatistics] = {}
        self.rows: dict[ModelClass, int] = {}
        self.linked: list[tuple[Key, Linked]] = []
        self.notes: dict[str, None] = {}

    def read(self, models: list[ModelClass]) -> RowCounts:
        with self._savepoint():
            self.known = self._statistics(models)
        for model in self.known:
            self._try(model, partial(self._count, model))
        for key in self._generic_keys():
            self._try(key.model, partial(self._link, key))
        per = self._fan_outs()
        tables = {
            model._meta.label: TableCounts(
                rows=rows, **self._widths(model), per=per.get(model, {}), package=_package(model)
            )
            for model, rows in self.rows.items()
        }
        return RowCounts(tables=tables, source=f"the database {self.using}", notes=(*self.notes, *self._absent(models)))

    def _absent(self, models: list[ModelClass]) -> Iterator[str]:
        labels = sorted(model._meta.label for model in models if model not in self.known and model._meta.managed)
        if labels:
            yield f"no table on this database: {listed(labels)}"

    def _savepoint(self) -> Any:
        """A query that fails must not take the transaction of a caller with it; none is begun where there is none."""
        return transaction.atomic(using=self.using) if connections[self.using].in_atomic_block else nullcontext()

    def _try(self, model: ModelClass, question: Callable[[], None]) -> None:
        try:
            with self._savepoint():
                question()
        except DatabaseError as error:
            self.notes[f"{model._meta.label} cannot be read: {str(error).partition(chr(10))[0]}"] = None

    def _statistics(self, models: list[ModelClass]) -> dict[ModelClass, TableStatistics]:
        """What is known of those models whose tables are there, which may be nothing more than that."""
        connection: Any = connections[self.using]
        names = {model._meta.db_table for model in models}
        columns = {key.column for model in models for key in foreign_keys(model) if key.column is not None}
        found = _VENDORS.get(connection.vendor, _present)(connection, names, columns)
        return {model: found[model._meta.db_table] for model in models if model._meta.db_table in found}

    def _generic_keys(self) -> list[Key]:
        try:
            with self._savepoint():
                return generic_keys(self.rows, self.using)
        except DatabaseError:  # content types are on another database, and so are the rows that need them
            return []

    # --- rows and relations -------------------------------------------------------------------------------------

    def _count(self, model: ModelClass) -> None:
        known = self.known[model]
        if self.count or known.rows is None:
            rows = count_rows(model, self.using)
            if known.note and not self.count:
                self.notes[f"{model._meta.label} {known.note}, so it was counted"] = None
        else:
            rows = known.rows
        self.rows[model] = rows
        # Those first that are counted all the way, which tells the rows better than statistics do.
        for key in sorted(foreign_keys(model), key=lambda key: key.unique):
            self._link(key)

    def _link(self, key: Key) -> None:
        self.linked.append((key, self._spread(key)))

    def _spread(self, key: Key) -> Linked:
        rows = self.rows[key.model]
        if key.unique and not key.null:
            return Linked(rows, min(1, rows))
        column = self.known[key.model].columns.get(key.column or "") if not self.count else None
        if column is not None and column.nulls is not None and (key.unique or column.most is not None):
            linked = round(rows * (1 - column.nulls))
            most = 1 if key.unique else max(1, round(column.most or 0))
            return Linked(linked, min(most, linked))
        found = count_linked(all_rows(key.model, self.using).filter(**key.among), key.columns)
        if not key.null:
            self.rows[key.model] = found.rows
        return found

    def _fan_outs(self) -> dict[ModelClass, dict[str, FanOut]]:
        """By table and relation; a target that is not on this database has none."""
        found: dict[ModelClass, dict[str, FanOut]] = {}
        for key, linked in self.linked:
            above = self.rows.get(key.target)
            if above is not None:
                found.setdefault(key.model, {})[key.name] = FanOut(_mean(linked.rows, above), linked.most)
        return found

    # --- widths -------------------------------------------------------------------------------------------------

    def _widths(self, model: ModelClass) -> dict[str, Any]:
        """``bytes`` and ``large`` of a table."""
        columns = self.known[model].columns
        width = 0.0
        unknown: list[Any] = []
        for field in _columns(model):
            known = columns.get(field.column)
            fixed = fixed_width(field)
            if is_large(field):
                # What the database says is the width of what it stores, which may be a mere pointer.
                unknown.append(field)
            elif fixed is not None:
                width += fixed
            elif known is not None and known.width is not None:
                width += known.width * (1 - (known.nulls or 0))
            else:
                unknown.append(field)
        sampled: dict[str, float] = {}
        if unknown and self.rows[model]:
            self._try(model, lambda: sampled.update(sample_widths(model, self.using, unknown)))
        large = {field.name: round(sampled.pop(field.name, 0)) for field in unknown if is_large(field)}
        return {"bytes": round(width + sum(sampled.values())), "large": large}


def _columns(model: ModelClass) -> Iterator[Any]:
    """The columns of the table itself; a composite primary key is none."""
    return (field for field in model._meta.local_concrete_fields if field.column is not None)


def _present(connection: Any, tables: Collection[str], keys: Collection[str]) -> dict[str, TableStatistics]:
    """Those tables that are there and no views, of a database that is asked nothing else."""
    with connection.cursor() as cursor:
        found = connection.introspection.get_table_list(cursor)
    convert = connection.introspection.identifier_converter
    there = {convert(table.name) for table in found if table.type == "t"}
    return {name: TableStatistics() for name in tables if convert(name) in there}


def _mean(linked: int, above: int) -> float:
    """The shortest number that gives back ``linked`` when it is multiplied."""
    if not above:
        return float(linked)
    for digits in range(2, 17):
        mean = float(f"{linked / above:.{digits}g}")
        if round(mean * above) == linked:
            return mean
    return linked / above


def _package(model: ModelClass) -> str | None:
    """The distribution that a model comes from, None for the user's own."""
    file = getattr(sys.modules.get(model.__module__), "__file__", None)
    found = origin(file) if file else None
    return None if found is None or found.own else found.package or model.__module__.partition(".")[0]
