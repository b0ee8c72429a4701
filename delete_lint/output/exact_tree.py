"""The tree of an exact plan: one line for a model, with its rows, statements and bytes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from delete_lint.graph.describe import counted, listed
from delete_lint.graph.exact_plan import ExactPlan, TableCost
from delete_lint.output.plan_layout import Cell, TreeLine
from delete_lint.output.plan_words import of_every_model, size, why_slow_in_short
from delete_lint.output.style import Colour

Fate = Literal["fast", "slow", "read", "updated", "stops", "empty"]

#: From how many on models without rows share a line, and how many of them are named.
_EMPTY = 3
_NAMED = 24

_COLOURS: dict[Fate, Colour] = {
    "fast": "green",
    "slow": "red",
    "read": "blue",
    "updated": "cyan",
    "stops": "yellow",
    "empty": "dim",
}


@dataclass(frozen=True, slots=True)
class _Column:
    """One column of numbers; `always` is shown even where it has none."""

    title: str
    of: Callable[[TableCost], int]
    always: bool = False
    show: Callable[[int], str] = "{:,}".format


_COLUMNS = (
    _Column("deleted", lambda table: table.rows_deleted, always=True),
    _Column("updated", lambda table: table.rows_updated),
    _Column("in the way", lambda table: table.rows_left),
    _Column("loaded", lambda table: table.rows_loaded, always=True),
    _Column("SELECT", lambda table: table.selects, always=True),
    _Column("UPDATE", lambda table: table.updates),
    _Column("DELETE", lambda table: table.deletes, always=True),
    _Column("memory", lambda table: table.bytes, show=size),
)


class ExactTree:
    """A model stands below the one from which its rows are reached first."""

    def __init__(self, plan: ExactPlan) -> None:
        self.plan = plan
        self.columns = [column for column in _COLUMNS if column.always or any(map(column.of, plan.tables))]
        self.below: dict[str, list[TableCost]] = defaultdict(list)
        for table in plan.tables:
            if table.label != plan.root:
                self.below[above(plan, table)].append(table)
        for tables in self.below.values():
            tables.sort(key=lambda table: (fate(plan, table) == "empty", table.label))

    @property
    def header(self) -> tuple[Cell, ...]:
        return (Cell(""), *(Cell(column.title, right=True) for column in self.columns), Cell(""))

    def lines(self) -> Iterator[TreeLine]:
        """Depth first, without recursion: a cascade may be deeper than Python's stack."""
        root = next((table for table in self.plan.tables if table.label == self.plan.root), None)
        if root is not None:
            yield self._line(root, "", "│  " if self.below.get(root.label) else "   ")
        path: list[tuple[str, list[TableCost]]] = [("", [*self.below.get(self.plan.root, ())])]
        while path:
            indent, rest = path[-1]
            if not rest:
                path.pop()
                continue
            if len(rest) >= _EMPTY and all(map(self._is_bare, rest)):
                yield self._empty(rest, indent)
                rest.clear()
                continue
            table = rest.pop(0)
            fork, stem = (f"{indent}├─ ", f"{indent}│  ") if rest else (f"{indent}└─ ", f"{indent}   ")
            below = self.below.get(table.label, [])
            yield self._line(table, fork, f"{stem}{'│  ' if below else '   '}")
            path.append((stem, [*below]))

    def total(self) -> TreeLine:
        return TreeLine("", "", "total", "total", (Cell(""), *self._numbers(self.plan.tables)))

    def _is_bare(self, table: TableCost) -> bool:
        return fate(self.plan, table) == "empty" and not self.below.get(table.label)

    def _line(self, table: TableCost, fork: str, stem: str) -> TreeLine:
        what = fate(self.plan, table)
        columns = "" if not table.rows_loaded else "all columns" if table.columns is None else listed(table.columns, 4)
        cells = (Cell(what, _COLOURS[what]), *self._numbers([table]), Cell(columns))
        words = ""
        if what == "slow":
            words = why_slow_in_short(each for each in table.slow_because if not of_every_model(each))
        elif what in ("stops", "updated"):
            words = f"over {listed(table.by)}"
        below = (Cell(words, "dim"),) if words else ()
        return TreeLine(fork, stem, table.label, table.label, cells, below)

    def _empty(self, tables: list[TableCost], indent: str) -> TreeLine:
        cells = (Cell("empty", "dim"), *self._numbers(tables))
        labels = [table.label for table in tables]
        more = [f"… {len(labels) - _NAMED} more"] if len(labels) > _NAMED else []
        names = Cell(", ".join((*labels[:_NAMED], *more)), "dim")
        name = f"{counted(len(tables), 'model')} without rows"
        return TreeLine(f"{indent}└─ ", f"{indent}      ", name, "", cells, (names,))

    def _numbers(self, tables: Iterable[TableCost]) -> Iterator[Cell]:
        tables = list(tables)
        for column in self.columns:
            number = sum(map(column.of, tables))
            yield Cell(column.show(number) if number else "", right=True)


def above(plan: ExactPlan, table: TableCost) -> str:
    """The model that a table stands below: the root for one whose way from there is not told."""
    under = {each.label: each.under for each in plan.tables}
    label, seen = table.under, {table.label}
    while label in under and label not in seen and label != plan.root:
        seen.add(label)
        label = under[label]
    return table.under if label == plan.root else plan.root


def fate(plan: ExactPlan, table: TableCost) -> Fate:
    """What happens to the rows of a model that are reached, in a word."""
    if table.rows_left:
        return "stops"
    if table.rows_updated and not table.rows_deleted:
        return "updated"
    # The instance on which delete() is called is not loaded, and stays when something stops it.
    at_hand = table.label == plan.root and plan.call == "instance"
    if table.rows_deleted or at_hand or (table.rows_loaded and plan.error is not None):
        return "fast" if table.fast else "slow"
    return "read" if table.rows_loaded else "empty"
