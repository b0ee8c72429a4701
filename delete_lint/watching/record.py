"""What was seen of deletes, one by one and all together."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import CellType, CodeType, FunctionType

from delete_lint.graph.measured import Cost, Measured, MeasuredDelete, MeasuredReceiver, summed
from delete_lint.graph.place import Place
from delete_lint.runtime.callables import module_origin
from delete_lint.runtime.distributions import origin
from delete_lint.runtime.sources import Sources
from delete_lint.watching.callers import Caller

#: How many deletes are kept one by one; what was before counts in the sums only.
KEPT = 1_000


@dataclass(frozen=True, slots=True)
class ReceiverName:
    """A receiver by its names and its code. The function itself is not held on to: signals hold it weakly, and what
    they lose must be lost."""

    module: str
    name: str
    code: CodeType | None

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"


@dataclass(slots=True)
class ReceiverCalls:
    """The calls of one receiver during one delete, with all that they did: the deletes that it started too. The fields
    are those of `Cost`; ``models`` are the labels that it was called for, and how often."""

    receiver: ReceiverName
    calls: int = 0
    seconds: float = 0.0
    longest: float = 0.0
    queries: int = 0
    database: float = 0.0
    models: dict[str, int] = field(default_factory=dict)

    @property
    def cost(self) -> Cost:
        return Cost(
            calls=self.calls,
            seconds=self.seconds,
            longest=self.longest,
            queries=self.queries,
            database=self.database,
        )

    def __str__(self) -> str:
        return str(self.receiver)


@dataclass(slots=True)
class TableDeleted:
    """Rows of one model that went in one way: ``fast`` when none of them was loaded, in ``statements`` DELETEs."""

    model: str
    fast: bool
    rows: int = 0
    statements: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Deletion:
    """One delete that really happened, or was refused.

    ``how`` is what was called: ``Model.delete``, ``QuerySet.delete``, ``_raw_delete``, ``Collector.delete``. ``caller``
    is None when no code but Django's was on the stack. ``seconds`` is all the time it took, receivers included and what
    ``on_commit`` ran left out; ``collecting`` the part before the transaction, ``database`` what the database took of
    it. ``queries`` are all statements, those of receivers too, ``statements`` by verb only what Django itself sent.
    ``rows_loaded`` became instances (those of receivers aside), ``columns`` are the attributes that any of them had
    loaded, None for all. ``rows_deleted`` is what ``delete()`` returned, ``tables`` tells in which way; rows that the
    database's own cascades took are in neither. ``error`` is the name of the exception that ended it; ``inside`` the
    receiver that started it.
    """

    how: str
    model: str
    using: str
    caller: Caller | None
    seconds: float
    collecting: float
    database: float
    queries: int
    statements: Mapping[str, int]
    rows_loaded: Mapping[str, int]
    columns: Mapping[str, tuple[str, ...] | None]
    rows_deleted: Mapping[str, int]
    tables: Sequence[TableDeleted]
    receivers: Sequence[ReceiverCalls]
    error: str | None = None
    inside: ReceiverName | None = None


class Record:
    """Deletes as they come in, from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._fresh: list[Deletion] = []
        self._kept: deque[Deletion] = deque(maxlen=KEPT)
        self._sums = Measured()
        self._sources = Sources(Path("/"))
        self.count = 0

    def add(self, deletion: Deletion) -> None:
        with self._lock:
            self._fresh.append(deletion)
            self._kept.append(deletion)
            self.count += 1
            if len(self._fresh) >= KEPT:
                self._fold()

    def add_measured(self, measured: Measured) -> None:
        """What was measured elsewhere: before, or in another process."""
        with self._lock:
            self._sums = self._sums + measured

    @property
    def deletes(self) -> tuple[Deletion, ...]:
        """The last thousand, a delete in a receiver before the one that called it."""
        with self._lock:
            return tuple(self._kept)

    @property
    def measured(self) -> Measured:
        """Everything in sums: by receiver, and by line, model and method."""
        with self._lock:
            self._fold()
            return self._sums

    def _fold(self) -> None:
        fresh, self._fresh = self._fresh, []
        receivers = (self._receiver(calls) for deletion in fresh for calls in deletion.receivers)
        self._sums = summed((*self._sums.receivers, *receivers), (*self._sums.deletes, *map(measured_delete, fresh)))

    def _receiver(self, calls: ReceiverCalls) -> MeasuredReceiver:
        receiver = calls.receiver
        return MeasuredReceiver(
            module=receiver.module,
            name=receiver.name,
            place=self._place(receiver),
            package=_package(receiver),
            cost=calls.cost,
            models=calls.models,
        )

    def _place(self, receiver: ReceiverName) -> Place | None:
        if receiver.code is None:
            return None
        # What stands for the function has its code and its module, and nothing of what it holds.
        cells = tuple(CellType() for _ in receiver.code.co_freevars)
        like = FunctionType(receiver.code, {"__name__": receiver.module}, receiver.code.co_name, None, cells)
        place = self._sources.function_place(like)
        return Place(_absolute(place.file), place.line) if place is not None else None


def _absolute(file: str) -> str:
    return file if os.path.isabs(file) else f"/{file}"


def _package(receiver: ReceiverName) -> str | None:
    if receiver.code is not None and not receiver.code.co_filename.startswith("<"):
        found = origin(os.path.abspath(receiver.code.co_filename))
    else:
        found = module_origin(receiver.module)
    return None if found.own else found.package or "python"


def measured_delete(deletion: Deletion) -> MeasuredDelete:
    """One delete as a sum of one."""
    caller = deletion.caller
    return MeasuredDelete(
        place=caller.place if caller is not None else None,
        function=caller.function if caller is not None else "",
        model=deletion.model,
        how=deletion.how,
        own=caller is not None and caller.own,
        cost=Cost(
            calls=1,
            seconds=deletion.seconds,
            longest=deletion.seconds,
            queries=deletion.queries,
            database=deletion.database,
        ),
        refused=int(deletion.error is not None),
        most_deleted=sum(deletion.rows_deleted.values()),
        rows_deleted=deletion.rows_deleted,
        rows_loaded=deletion.rows_loaded,
    )


def slowest(receivers: Iterable[MeasuredReceiver]) -> list[MeasuredReceiver]:
    """Most time first."""
    return sorted(receivers, key=lambda each: (-each.cost.seconds, each.key))


def costliest(deletes: Iterable[MeasuredDelete]) -> list[MeasuredDelete]:
    """Most time first."""
    return sorted(deletes, key=lambda each: (-each.cost.seconds, each.key))
