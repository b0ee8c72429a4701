"""What a stretch of code really does: its statements, the instances that it loads, the memory that it takes.

Django is listened to where every database access goes through, for as long as somebody measures. Whoever measures is
known by the context (`contextvars`), not by the thread: `adelete` and the like do their work in a thread of their own
choice, in a copy of the caller's context, while other threads go their way unseen.
"""

from __future__ import annotations

import re
import threading
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, TypeVar
from weakref import WeakSet

from django.db.backends.utils import CursorWrapper
from django.db.models import Model
from django.db.models.deletion import Collector

Function = TypeVar("Function", bound=Callable[..., Any])

#: Statements that neither read nor change rows; how many there are depends on the database and on what is around.
_CONTROL = frozenset(
    ("BEGIN", "START", "COMMIT", "END", "ROLLBACK", "SAVEPOINT", "RELEASE", "SAVE", "SET", "PRAGMA", "LOCK")
)
_WORD = re.compile(r"[\s(]*([A-Za-z]+)")
_TABLE = re.compile(r'\b(?:FROM|INTO|UPDATE)\s+((?:["`\[]?\w[\w$]*["`\]]?\.)*)["`\[]?(\w[\w$]*)', re.IGNORECASE)


@dataclass
class Meter:
    """What was measured. ``statements`` are counted by verb and table, ``rows_loaded`` by label.

    ``peak_bytes`` is what all of Python held at the peak besides what it held before; 0 unless ``memory`` is asked for.
    ``on_delete`` is called with the origin of each delete before it begins, and is not measured.
    """

    using: str | None = None
    memory: bool = False
    on_delete: Callable[[Any, str, bool], None] | None = None
    statements: Counter[tuple[str, str]] = field(default_factory=Counter)
    rows_loaded: Counter[str] = field(default_factory=Counter)
    deletes: int = 0
    peak_bytes: int = 0
    _before: int = 0

    @property
    def queries(self) -> int:
        return sum(self.statements.values())


_active: ContextVar[tuple[Meter, ...]] = ContextVar("delete_lint_meters", default=())
_lock = threading.Lock()


@contextmanager
def measuring(meter: Meter) -> Iterator[Meter]:
    """Measures what runs inside, in this context and in those that are copied from it."""
    with _listening():
        _active.set((*_active.get(), meter))
        try:
            if meter.memory:
                _memory.begin(meter)
            try:
                yield meter
            finally:
                if meter.memory:
                    _memory.end(meter)
        finally:
            # Not by a token: a fixture may be left in another context than it was entered in.
            _active.set(tuple(other for other in _active.get() if other is not meter))


@contextmanager
def unmeasured() -> Iterator[None]:
    """Leaves out what runs inside."""
    meters = _active.get()
    _active.set(())
    try:
        with _memory.standing_aside([meter for meter in meters if meter.memory]):
            yield
    finally:
        _active.set(meters)


# --- memory -------------------------------------------------------------------------------------------------------


class _Memory:
    """`tracemalloc` has one peak for all: it is shared out whenever somebody begins, ends or stands aside."""

    def __init__(self) -> None:
        self._measured: list[Meter] = []
        self._started = False
        self._lock = threading.RLock()

    def begin(self, meter: Meter) -> None:
        with self._lock:
            if not tracemalloc.is_tracing():
                tracemalloc.start()
                self._started = True
            self._share()
            self._measured.append(meter)
            meter._before = tracemalloc.get_traced_memory()[0]

    def end(self, meter: Meter) -> None:
        with self._lock:
            self._share()
            self._measured.remove(meter)
            if self._started and not self._measured:
                tracemalloc.stop()
                self._started = False

    @contextmanager
    def standing_aside(self, meters: list[Meter]) -> Iterator[None]:
        """What is held at the end of it was held before, as far as these are concerned."""
        if not meters:
            yield
            return
        with self._lock:
            self._share()
            before = tracemalloc.get_traced_memory()[0]
        try:
            yield
        finally:
            with self._lock:
                held = tracemalloc.get_traced_memory()[0] - before
                tracemalloc.reset_peak()
                for meter in meters:
                    meter._before += held

    def _share(self) -> None:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.reset_peak()
        for meter in self._measured:
            meter.peak_bytes = max(meter.peak_bytes, peak - meter._before)


_memory = _Memory()


# --- listening ----------------------------------------------------------------------------------------------------


class _Listeners:
    """What is put in front of Django's methods, and taken away when the last one has measured."""

    def __init__(self) -> None:
        self.count = 0
        self._kept: list[tuple[type, str, Any]] = []

    def put(self) -> None:
        self._replace(CursorWrapper, "execute", _counting_statements)
        self._replace(CursorWrapper, "executemany", _counting_statements)
        self._replace(Collector, "collect", _telling_of_deletes)
        for cls in loading_classes():
            self._replace(cls, "from_db", _counting_rows)

    def take_away(self) -> None:
        while self._kept:
            owner, name, kept = self._kept.pop()
            setattr(owner, name, kept)

    def _replace(self, owner: type, name: str, listening: Callable[[Any], Any]) -> None:
        kept = vars(owner)[name]
        self._kept.append((owner, name, kept))
        if isinstance(kept, classmethod):
            setattr(owner, name, classmethod(listening(kept.__func__)))
        else:
            setattr(owner, name, listening(kept))


_listeners = _Listeners()


@contextmanager
def _listening() -> Iterator[None]:
    with _lock:
        if _listeners.count == 0:
            _listeners.put()
        _listeners.count += 1
    try:
        yield
    finally:
        with _lock:
            _listeners.count -= 1
            if _listeners.count == 0:
                _listeners.take_away()


def loading_classes() -> list[type]:
    """`Model` and the classes with a ``from_db`` of their own, which need not call Django's."""
    classes: dict[type, None] = {Model: None}
    todo: list[type] = [Model]
    while todo:
        children: list[type] = type.__subclasses__(todo.pop())
        below = [cls for cls in children if cls not in classes]
        classes.update(dict.fromkeys(below))
        todo += below
    mixed_in = {base: None for cls in classes for base in cls.__mro__}
    return [cls for cls in mixed_in if isinstance(vars(cls).get("from_db"), classmethod)]


def _counting_statements(execute: Function) -> Any:
    @wraps(execute)
    def listening(self: Any, sql: Any, params: Any = None) -> Any:
        for meter in _active.get():
            if meter.using in (None, self.db.alias):
                statement = _statement(str(sql))
                if statement is not None:
                    with _lock:
                        meter.statements[statement] += 1
        return execute(self, sql, params)

    return listening


def _statement(sql: str) -> tuple[str, str] | None:
    word = _WORD.match(sql)
    verb = word[1].upper() if word is not None else sql.strip()[:20]
    if verb in _CONTROL:
        return None
    table = _TABLE.search(sql)
    return verb, table[2] if table is not None else ""


_loading: ContextVar[bool] = ContextVar("delete_lint_loading", default=False)


def _counting_rows(from_db: Function) -> Any:
    @wraps(from_db)
    def listening(cls: type[Model], db: str | None, *args: Any, **kwargs: Any) -> Any:
        meters = _active.get()
        if not meters or _loading.get():
            return from_db(cls, db, *args, **kwargs)
        # One that calls that of its parent loads one row.
        token = _loading.set(True)
        try:
            instance = from_db(cls, db, *args, **kwargs)
        finally:
            _loading.reset(token)
        for meter in meters:
            if meter.using in (None, db):
                with _lock:
                    meter.rows_loaded[cls._meta.label] += 1
        return instance

    return listening


_told: WeakSet[Collector] = WeakSet()


def _telling_of_deletes(collect: Function) -> Any:
    @wraps(collect)
    def listening(self: Any, *args: Any, **kwargs: Any) -> Any:
        # A collector collects once for whoever deletes, and then over and over for itself. A subclass of it, such as
        # the admin's, only looks.
        meters = _active.get()
        if meters and type(self) is Collector and self.origin is not None and self not in _told:
            _told.add(self)
            for meter in meters:
                _tell(meter, self.origin, self.using, bool(kwargs.get("keep_parents")))
        return collect(self, *args, **kwargs)

    return listening


def _tell(meter: Meter, origin: Any, using: str, keep_parents: bool) -> None:
    if meter.using not in (None, using):
        return
    meter.deletes += 1
    if meter.on_delete is not None:
        with unmeasured():
            meter.on_delete(origin, using, keep_parents)
