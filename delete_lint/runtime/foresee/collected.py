"""What is collected for a delete, and what stops it meanwhile."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model, QuerySet

from delete_lint.runtime.foresee.shapes import Loaded, Row, Shape


class ProtectError(Exception):
    """``ProtectedError``: the relations that protect, with the number of rows behind each."""

    def __init__(self, rows: dict[str, int]) -> None:
        self.rows = rows


class RestrictError(Exception):
    """``RestrictedError``: the relations that restrict, with the number of rows behind each."""

    def __init__(self, rows: dict[str, int]) -> None:
        self.rows = rows


@dataclass
class Objects:
    """What is given to ``collect``: a queryset that may be fetched already, or the rows of objects in a list."""

    shape: Shape
    queryset: QuerySet[Any] | None = None
    rows: list[Row] | None = None
    loaded: Loaded | None = None

    @property
    def model(self) -> type[Model]:
        return self.shape.model


@dataclass(frozen=True, slots=True)
class FastDelete:
    """One ``DELETE … WHERE fk IN (…)``; ``via`` are the foreign keys by which the rows were found, from ``source``.

    ``disjoint`` when no other of the same source and foreign key can hold the same row. What an ``on_delete`` hands
    back to the collector may: it names the foreign key's target as the source, and a child of that leads to the same
    rows.
    """

    queryset: QuerySet[Any]
    source: type[Model] | None = None
    via: tuple[Any, ...] = ()
    root: bool = False
    disjoint: bool = False

    @property
    def model(self) -> type[Model]:
        return self.queryset.model


@dataclass
class Update:
    """Rows whose foreign key is set: querysets for one statement together, keys of fetched rows for batches."""

    querysets: list[QuerySet[Any]] = field(default_factory=list)
    parameters: int = 0
    keys: dict[Any, None] = field(default_factory=dict)
    because: str = ""


@dataclass
class Reach:
    """How a model is met: its distance from the root, the relations that lead to it, and the model ``under`` which it
    is met nearest to the root."""

    level: int
    by: dict[str, None] = field(default_factory=dict)
    under: str = ""


def name_of(foreign_key: Any) -> str:
    return f"{foreign_key.model._meta.label}.{foreign_key.name}"
