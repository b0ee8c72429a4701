"""Row counts: how many rows the tables of a project have, how wide they are, and how many hang on one row of another.

They come from a file that `manage.py delete_counts` has written, or from a database that is there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from delete_lint.graph.model import Relation
from delete_lint.graph.place import Place


@dataclass(frozen=True, slots=True)
class FanOut:
    """How many rows point at one row of the target: on average over all its rows, and at the one that has most."""

    mean: float
    worst: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TableCounts:
    """One table. ``bytes`` is the mean size of a row without its large columns, whose mean sizes are in ``large``.

    ``per`` has the relations that start at this table, by `relation_key`. ``package`` is the installed package that the
    model comes from, None for the user's own.
    """

    rows: int
    bytes: int = 0
    large: Mapping[str, int] = field(default_factory=dict)
    per: Mapping[str, FanOut] = field(default_factory=dict)
    package: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RowCounts:
    """The tables that were counted, by the label of their model.

    ``source`` says where the numbers are from: the name of a file, or of a database. ``lines`` are those of the file,
    by label, key and name (``("shop.Line", "per", "order")``); there are none for a database. ``notes`` tell what could
    not be counted, and how well the rest is known.
    """

    tables: Mapping[str, TableCounts] = field(default_factory=dict)
    source: str = ""
    lines: Mapping[tuple[str, ...], int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def fan_out(self, relation: Relation) -> FanOut | None:
        """How many rows one row of the relation's target has on it, None when that was not counted."""
        table = self.tables.get(relation.model)
        return table.per.get(relation_key(relation)) if table is not None else None

    def place(self, *key: str) -> Place:
        """Where an entry stands; what is around it when it has no line of its own."""
        while key and key not in self.lines:
            key = key[:-1]
        return Place(self.source, self.lines.get(key, 1))


def relation_key(relation: Relation) -> str:
    """The name of a relation among those that start at the same table.

    Several models can have a ``GenericRelation`` of one name to the same table, so these are named by their owner too.
    """
    return f"{relation.target}.{relation.field}" if relation.kind == "generic" else relation.field
