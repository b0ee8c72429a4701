"""What a delete comes to in rows and bytes, by the row counts of a project: the mean and the worst case.

The mean follows the mean fan-outs. The worst case is a root that is, at the first step of each of its branches, the row
with most rows on it; from there on it goes on at the mean, or over the one row below that has most, whichever is more.
No more rows are reached than a table holds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from delete_lint.graph.cascade import Cascade, Edge, edges_at
from delete_lint.graph.memory import instance_bytes
from delete_lint.graph.project import ProjectGraph
from delete_lint.graph.row_counts import FanOut, RowCounts

#: A branch that comes back to its own table ends in the mean after so many turns: trees that are kept in a table are
#: broad and seldom deep. The worst case is the whole tree below a root of it.
_TURNS = 10
_MOST_TURNS = 200


@dataclass(frozen=True, slots=True)
class Amount:
    """So many rows or bytes: to be expected, and in the worst case."""

    mean: float = 0.0
    worst: float = 0.0

    def __add__(self, other: Amount) -> Amount:
        return Amount(self.mean + other.mean, self.worst + other.worst)

    def __mul__(self, factor: float) -> Amount:
        return Amount(self.mean * factor, self.worst * factor)

    def most(self, limit: float) -> Amount:
        return Amount(min(self.mean, limit), min(self.worst, limit))


ONE = Amount(1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """Rows by the label of their model, and the bytes that Python holds for those that become instances.

    ``uncounted`` are models that are reached but have no row counts; they count as empty.
    """

    deleted: Mapping[str, Amount]
    updated: Mapping[str, Amount]
    loaded: Mapping[str, Amount]
    bytes: Amount
    uncounted: tuple[str, ...] = ()

    @property
    def rows(self) -> Amount:
        """All deleted rows."""
        return sum(self.deleted.values(), Amount())

    @property
    def rows_updated(self) -> Amount:
        return sum(self.updated.values(), Amount())


class Budget(Protocol):
    """The thresholds of the settings, as far as rows and bytes are concerned."""

    @property
    def max_rows(self) -> int: ...

    @property
    def max_memory(self) -> int: ...


def exceeds(found: Estimate, budget: Budget) -> bool:
    """Whether so many rows are deleted, or so many bytes held, in the worst case, that it should not be done in one
    go."""
    return found.rows.worst > budget.max_rows or found.bytes.worst > budget.max_memory


def table_rows(graph: ProjectGraph, label: str) -> int | None:
    """How many rows the table of a model holds, None when that is not known."""
    counts = graph.row_counts
    table = counts.tables.get(graph.concrete(label)) if counts is not None else None
    return table.rows if table is not None else None


def estimate(reached: Cascade, start: Amount, *, fetched: bool = False, whole: bool = False) -> Estimate | None:
    """What deleting ``start`` rows of the cascade's root does; None when there are no row counts for the root.

    ``fetched`` when a queryset of the root is deleted rather than an instance that is at hand already. ``whole`` for
    the admin's pages, which load every row with all its columns.
    """
    counts = reached.graph.row_counts
    if counts is None or table_rows(reached.graph, reached.root) is None:
        return None
    return _Flow(reached, counts, whole).run(start, fetched)


@dataclass
class _Pool:
    """Rows of one table that were reached over some relations, as if these were independent of each other."""

    size: float
    mean: float = 0.0
    worst: float = 0.0

    def add(self, rows: Amount) -> Amount:
        """Reach these rows too; what is new among them."""
        before = Amount(self.mean, self.worst)
        free = 1 - self.mean / self.size if self.size else 0.0
        self.mean = min(self.size, self.mean + min(rows.mean, self.size) * free)
        self.worst = max(self.mean, min(self.size, self.worst + rows.worst))
        return Amount(self.mean - before.mean, max(0.0, self.worst - before.worst))

    @property
    def rows(self) -> Amount:
        return Amount(self.mean, self.worst)


class _Flow:
    """Rows that flow from the root down the relations, a level at a time."""

    def __init__(self, reached: Cascade, counts: RowCounts, whole: bool) -> None:
        self.reached = reached
        self.graph = reached.graph
        self.counts = counts
        self.whole = whole
        self.edges = {id(edge) for edge in reached.edges}
        self.deleted: dict[str, _Pool] = {}
        self.updated: dict[str, _Pool] = {}
        self.loaded: dict[str, _Pool] = {}
        self.columns: dict[str, tuple[str, ...] | None] = {}
        self.uncounted: dict[str, None] = {}

    def run(self, start: Amount, fetched: bool) -> Estimate:
        root = self.reached.root
        size = table_rows(self.graph, root) or 0
        start = start.most(max(size, 1))
        self._pool(self.deleted, root, max(size, 1)).add(start)
        if (fetched and not self.reached.fast) or self.whole:
            self._load(root, start, None)
        front = {root: start}
        turns = self.reached.depth + _TURNS
        for turn in range(_MOST_TURNS):
            front = self._level(front, mean=turn < turns)
            if not front:
                break
        self._add_parents()
        return Estimate(
            deleted=_rows(self.deleted),
            updated=_rows(self.updated),
            loaded=_rows(self.loaded),
            bytes=self._bytes(),
            uncounted=tuple(self.uncounted),
        )

    def _level(self, front: Mapping[str, Amount], mean: bool) -> dict[str, Amount]:
        """Go on from the rows that were new on one level to those that are new on the next."""
        new: dict[str, Amount] = defaultdict(Amount)
        for target, rows in front.items():
            for edge in edges_at(self.graph, target):
                if id(edge) not in self.edges or edge.effect not in ("delete", "update"):
                    continue
                below = self._behind(edge, rows if mean else Amount(0, rows.worst))
                if below is not None:
                    fresh = self._reach(edge, below)
                    if edge.effect == "delete":
                        new[edge.model] += fresh
        return {label: rows for label, rows in new.items() if rows.worst >= 0.5}

    def _behind(self, edge: Edge, rows: Amount) -> Amount | None:
        """Rows on so many rows of an edge's target; None when nobody has counted them."""
        relation = edge.relation
        fan_out = self.counts.fan_out(relation)
        size = table_rows(self.graph, edge.model)
        if fan_out is None or size is None:
            self.uncounted[edge.model] = None
            return None
        above = table_rows(self.graph, relation.target)
        linked = linked_rows(fan_out, above) if above is not None else size
        mean = linked / above if above else fan_out.mean
        # The one row that has most may be met once, the others are as usual.
        skewed = fan_out.worst + max(rows.mean - 1, 0) * mean
        return Amount(rows.mean * mean, max(rows.worst * mean, skewed if rows.mean else 0)).most(min(linked, size))

    def _reach(self, edge: Edge, rows: Amount) -> Amount:
        size = table_rows(self.graph, edge.model) or 0
        whole = self.whole and edge.effect == "delete"
        if edge.loaded or whole:
            self._load(edge.model, rows, None if whole else edge.columns)
        return self._pool(self.deleted if edge.effect == "delete" else self.updated, edge.model, size).add(rows)

    def _load(self, label: str, rows: Amount, columns: tuple[str, ...] | None) -> None:
        label = self.graph.concrete(label)
        self._pool(self.loaded, label, max(table_rows(self.graph, label) or 0, rows.mean)).add(rows)
        known = self.columns.get(label, ())
        self.columns[label] = None if columns is None or known is None else tuple(dict.fromkeys((*known, *columns)))

    def _add_parents(self) -> None:
        """The rows of multi-table parents go with their children, and become instances as these do."""
        for label, pool in list(self.deleted.items()):
            for parent in self.graph.ancestors(label):
                if parent in self.reached.level:
                    continue  # the children were reached from there, or it is its own branch of the cascade
                size = table_rows(self.graph, parent)
                if size is None:
                    self.uncounted[parent] = None
                    continue
                self._pool(self.deleted, parent, size).add(pool.rows)
                if label in self.loaded:
                    # Read row by row where columns of it are missing, else made from what the child has.
                    read = any(parent in edge.row_reads for edge in self.reached.edges if edge.model == label)
                    self._load(parent, self.loaded[label].rows, None if read else ())

    def _pool(self, pools: dict[str, _Pool], label: str, size: float) -> _Pool:
        concrete = self.graph.concrete(label)
        return pools.setdefault(concrete, _Pool(size))

    def _bytes(self) -> Amount:
        total = Amount()
        for label, pool in self.loaded.items():
            total += pool.rows * instance_bytes(self.graph, label, self.columns[label])
        return total


def linked_rows(fan_out: FanOut, above: int) -> int:
    """How many rows of a table point at any of ``above`` rows: a whole number, though the mean may be rounded."""
    return round(fan_out.mean * above)


def _rows(pools: Mapping[str, _Pool]) -> dict[str, Amount]:
    return {label: pool.rows for label, pool in pools.items() if pool.worst}
