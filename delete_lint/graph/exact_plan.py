"""The exact plan of one delete on one database, as `delete_lint.plan` makes it: numbers where `plan` has symbols."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from delete_lint.graph.collector import SlowReason
from delete_lint.graph.place import Place

#: What stops a delete: Django, a row that it misses, a constraint of the database, or a statement with more keys than
#: the database takes.
DeleteError = Literal["ProtectedError", "RestrictedError", "DoesNotExist", "IntegrityError", "OperationalError"]

StepVerb = Literal["SELECT", "BEGIN", "UPDATE", "DELETE", "COMMIT"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Statements of one kind that follow each other; ``columns`` are those that a SELECT reads, None for every one.

    ``rows`` are read, changed or deleted by all ``count`` statements together.
    """

    verb: StepVerb
    label: str = ""
    count: int = 1
    columns: tuple[str, ...] | None = ()
    rows: int = 0
    because: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableCost:
    """What a delete does to one model: ``by`` are the relations over which its rows are reached, none for the root.

    ``under`` is the model from which they are reached first, empty for the root; ``level`` is the distance from the
    root. ``columns`` are those that are read of rows that become instances, None for every one, empty when none is
    loaded. ``bytes`` is what these instances hold until ``delete()`` returns.
    ``rows_left`` are rows behind PROTECT, RESTRICT or an immediate constraint that stop the delete.
    """

    label: str
    level: int
    by: tuple[str, ...]
    fast: bool
    under: str = ""
    slow_because: tuple[SlowReason, ...] = ()
    selects: int = 0
    updates: int = 0
    deletes: int = 0
    rows_deleted: int = 0
    rows_loaded: int = 0
    rows_updated: int = 0
    rows_left: int = 0
    columns: tuple[str, ...] | None = ()
    bytes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiverCalls:
    """How often a receiver is called, inside the transaction, and for which models."""

    name: str
    place: Place | None
    package: str | None
    models: tuple[str, ...]
    calls: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ExactPlan:
    """What this very delete does on this database, found out by counting and without doing it.

    ``selects``, ``updates`` and ``deletes`` are numbers of statements; ``rows_deleted`` is what ``delete()`` returns by
    label, and ``rows_loaded`` are the rows that become model instances (the instance on which ``delete()`` is called is
    there already). Labels without rows are left out. ``columns`` holds the database columns that are read of each model
    that is fetched, None for every one. When an ``error`` stops the delete, no row goes; ``stopped_by`` says in words
    by what. ``peak_bytes`` is what Python holds at the peak for the collected rows.
    ``seconds`` is rough, and None unless it was asked for. ``notes`` tell what could not be foreseen.
    """

    root: str
    call: str  # "instance" or "queryset"
    django: str
    database: str
    vendor: str
    keep_parents: bool
    selects: int
    updates: int
    deletes: int
    rows_deleted: Mapping[str, int]
    rows_loaded: Mapping[str, int]
    rows_updated: Mapping[str, int]
    columns: Mapping[str, tuple[str, ...] | None]
    peak_bytes: int
    error: DeleteError | None
    stopped_by: tuple[str, ...]
    transaction: bool
    tables: tuple[TableCost, ...]
    receivers: tuple[ReceiverCalls, ...]
    steps: tuple[Step, ...]
    notes: tuple[str, ...] = ()
    seconds: float | None = None
