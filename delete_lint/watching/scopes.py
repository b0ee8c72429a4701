"""What runs now: a delete, or a receiver that a delete has called, known by the context (`contextvars`).

`adelete` and the like do their work in a thread of their own choice, in a copy of the caller's context; other threads
have nothing to do with it. Numbers are added to everything that the running one is inside of.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextvars import ContextVar
from time import perf_counter
from typing import Any

from delete_lint.watching.callers import Caller, caller_of
from delete_lint.watching.record import Deletion, ReceiverCalls, ReceiverName, Record, TableDeleted

lock = threading.Lock()

#: The records that are kept in this context, a watch that was entered twice standing there twice.
active: ContextVar[tuple[Record, ...]] = ContextVar("delete_lint_records", default=())
#: Those that are kept of everything, whatever the context.
everywhere: list[Record] = []


def records() -> tuple[Record, ...]:
    """Where a delete that begins now is to be written down."""
    here = active.get()
    return tuple(dict.fromkeys((*here, *everywhere))) if here or everywhere else ()


class Scope:
    """Something that runs inside another scope."""

    __slots__ = ("after_commit", "database", "outer", "queries")

    def __init__(self, outer: Scope | None) -> None:
        self.outer = outer
        self.queries = 0
        self.database = 0.0
        self.after_commit = 0.0  # what ``on_commit`` ran is nobody's doing but its own

    def sent(self, verb: str | None, seconds: float) -> None:
        """A statement was sent; without a verb one that only begins, marks or ends a transaction."""
        scope: Scope | None = self
        with lock:
            while scope is not None:
                scope.queries += verb is not None
                scope.database += seconds
                scope = scope.outer

    def spent_after_commit(self, seconds: float) -> None:
        scope: Scope | None = self
        with lock:
            while scope is not None:
                scope.after_commit += seconds
                scope = scope.outer


current: ContextVar[Scope | None] = ContextVar("delete_lint_scope", default=None)


class DeleteScope(Scope):
    """A delete, from the first thing that it collects to its end."""

    __slots__ = (
        "caller",
        "collecting",
        "columns",
        "error",
        "field_names",
        "how",
        "is_deleting",
        "loaded",
        "loading",
        "model",
        "owner",
        "receivers",
        "records",
        "seconds",
        "single",
        "statements",
        "tables",
        "using",
    )

    def __init__(self, records: tuple[Record, ...], how: str, model: str, using: str, owner: object) -> None:
        super().__init__(current.get())
        self.records = records
        self.how = how
        self.model = model
        self.using = using
        self.owner = id(owner)
        self.caller: Caller | None = None
        self.collecting = 0.0
        self.seconds = 0.0
        self.is_deleting = False
        self.loading: type | None = None
        self.single = False
        self.error: str | None = None
        self.statements: dict[str, int] = {}
        self.loaded: dict[str, int] = {}
        self.columns: dict[str, dict[str, None] | None] = {}
        self.field_names: dict[type, Any] = {}
        self.tables: dict[tuple[str, bool], TableDeleted] = {}
        self.receivers: dict[int, ReceiverCalls] = {}  # by the ``id`` of the name, of which there is one

    def sent(self, verb: str | None, seconds: float) -> None:
        if verb is not None:
            with lock:
                self.statements[verb] = self.statements.get(verb, 0) + 1
        super().sent(verb, seconds)

    def row(self, cls: Any, field_names: Any) -> None:
        """A row became an instance."""
        label = cls._meta.label
        with lock:
            self.loaded[label] = self.loaded.get(label, 0) + 1
            if self.field_names.get(cls) is field_names:  # Django has one list for all rows of a query
                return
            self.field_names[cls] = field_names
            known = self.columns.setdefault(label, {})
            if len(field_names) == len(cls._meta.concrete_fields):
                self.columns[label] = None
            elif known is not None:
                known.update(dict.fromkeys(field_names))

    def deleted(self, model: str, fast: bool, rows: int, statements: int) -> None:
        """Rows of a table were deleted."""
        table = self.tables.setdefault((model, fast), TableDeleted(model, fast))
        table.rows += max(rows, 0)
        table.statements += statements

    def collect(self, call: Callable[[], Any]) -> Any:
        """Runs what looks for the rows."""
        try:
            return self._run(call)
        finally:
            self.collecting = self.seconds

    def delete(self, call: Callable[[], Any]) -> Any:
        """Runs what deletes, and tells of it however it ends."""
        self.is_deleting = True
        self.error = None
        rows: dict[str, int] = {}
        try:
            result = self._run(call)
            rows = self._returned(result)
            return result
        finally:
            self.tell(rows)

    def _run(self, call: Callable[[], Any]) -> Any:
        self.outer = current.get()
        token = current.set(self)
        start = perf_counter()
        try:
            return call()
        except BaseException as error:
            self.error = type(error).__name__
            raise
        finally:
            self.seconds += perf_counter() - start
            current.reset(token)

    def _returned(self, result: Any) -> dict[str, int]:
        if isinstance(result, tuple) and len(result) == 2 and isinstance(result[1], dict):
            return {label: rows for label, rows in result[1].items() if rows}
        return {self.model: result} if isinstance(result, int) and result > 0 else {}

    def tell(self, rows: dict[str, int]) -> None:
        deletion = Deletion(
            how=self.how,
            model=self.model,
            using=self.using,
            caller=self.caller,
            seconds=max(self.seconds - self.after_commit, 0.0),
            collecting=self.collecting,
            database=self.database,
            queries=self.queries,
            statements=dict(self.statements),
            rows_loaded=dict(self.loaded),
            columns={label: None if names is None else tuple(names) for label, names in self.columns.items()},
            rows_deleted=rows,
            tables=tuple(self.tables.values()),
            receivers=tuple(self.receivers.values()),
            error=self.error,
            inside=self.outer.calls.receiver if isinstance(self.outer, ReceiverScope) else None,
        )
        for record in self.records:
            record.add(deletion)


class ReceiverScope(Scope):
    """One call of a receiver."""

    __slots__ = ("calls", "model")

    def __init__(self, outer: DeleteScope, name: ReceiverName, model: str) -> None:
        super().__init__(outer)
        with lock:
            calls = outer.receivers.get(id(name))
            if calls is None:
                calls = outer.receivers[id(name)] = ReceiverCalls(name)
        self.calls = calls
        self.model = model

    def done(self, seconds: float) -> None:
        seconds = max(seconds - self.after_commit, 0.0)
        calls = self.calls
        with lock:
            calls.calls += 1
            calls.seconds += seconds
            calls.longest = max(calls.longest, seconds)
            calls.queries += self.queries
            calls.database += self.database
            calls.models[self.model] = calls.models.get(self.model, 0) + 1


#: The code, by ``id``, of what calls receivers and the like: what is above has not called what is below.
boundaries: set[int] = set()


def caller(depth: int) -> Caller | None:
    """Who called the function that is so many calls up."""
    return caller_of(depth + 1, boundaries)
