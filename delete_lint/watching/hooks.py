"""What is put in front of Django's own methods for as long as somebody watches, and taken away by the last one.

Every hook calls the method that it stands for, once, with what it was given, and lets through what comes back and what
is raised. Where nobody watches in the context, that is all it does.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial, wraps
from time import perf_counter
from typing import Any
from weakref import WeakKeyDictionary

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from django.db.models import Model, QuerySet
from django.db.models.deletion import Collector
from django.db.models.signals import class_prepared
from django.db.models.sql import DeleteQuery

from delete_lint.runtime.measure import loading_classes
from delete_lint.watching.callers import awaiting
from delete_lint.watching.receivers import unwatch_signals, watch_signals
from delete_lint.watching.scopes import DeleteScope, boundaries, caller, current, records
from delete_lint.watching.stepped import Stepped

Hook = Callable[[Any], Any]

#: Statements that neither read nor change rows; how many there are depends on the database and on what is around.
_CONTROL = frozenset(
    ("BEGIN", "START", "COMMIT", "END", "ROLLBACK", "SAVEPOINT", "RELEASE", "SAVE", "SET", "PRAGMA", "LOCK")
)

#: Deletes that have looked for their rows and not begun to delete them.
_collected: WeakKeyDictionary[Any, DeleteScope] = WeakKeyDictionary()


# --- deletes --------------------------------------------------------------------------------------------------------


def _collecting(collect: Any) -> Any:
    @wraps(collect)
    def hook(self: Any, *args: Any, **kwargs: Any) -> Any:
        running = current.get()
        if type(running) is DeleteScope and running.owner == id(self):
            return collect(self, *args, **kwargs)  # for itself, over and over
        scope = _collected.get(self)
        if scope is None:
            if not (kept := records()):
                return collect(self, *args, **kwargs)
            scope = _collected[self] = DeleteScope(kept, _how(self), _label(self, args, kwargs), self.using, self)
            scope.caller = caller(1)
        try:
            return scope.collect(partial(collect, self, *args, **kwargs))
        except BaseException:
            # A subclass, such as the admin's, only looks, and may take a refusal for an answer.
            if type(self) is Collector:
                del _collected[self]
                scope.tell({})
            raise

    return hook


def _deleting(delete: Any) -> Any:
    @wraps(delete)
    def hook(self: Any, *args: Any, **kwargs: Any) -> Any:
        scope = _collected.pop(self, None)
        if scope is None:
            if not (kept := records()):
                return delete(self, *args, **kwargs)
            scope = DeleteScope(kept, _how(self), _label(self, (), {}), self.using, self)
            scope.caller = caller(1)
        scope.single = _is_single(self)
        return scope.delete(partial(delete, self, *args, **kwargs))

    return hook


def _is_single(collector: Any) -> bool:
    """Whether `Collector.delete` takes its short way: one row that is fast to delete. It asks the same right after."""
    if len(collector.data) != 1:
        return False
    (instances,) = collector.data.values()
    return len(instances) == 1 and bool(collector.can_fast_delete(next(iter(instances))))


def _deleting_raw(raw_delete: Any) -> Any:
    @wraps(raw_delete)
    def hook(self: Any, using: Any) -> Any:
        running = current.get()
        if type(running) is DeleteScope and running.is_deleting:
            before = running.queries
            rows = raw_delete(self, using)
            running.deleted(self.model._meta.label, True, rows or 0, running.queries - before)
            return rows
        if not (kept := records()):
            return raw_delete(self, using)
        scope = DeleteScope(kept, "_raw_delete", self.model._meta.label, using, self)
        scope.caller = caller(1)

        def delete() -> Any:
            rows = raw_delete(self, using)
            scope.deleted(scope.model, True, rows or 0, scope.queries)
            return rows

        return scope.delete(delete)

    return hook


def _deleting_batch(delete_batch: Any) -> Any:
    @wraps(delete_batch)
    def hook(self: Any, pk_list: Any, using: Any) -> Any:
        running = current.get()
        if type(running) is not DeleteScope:
            return delete_batch(self, pk_list, using)
        before = running.queries
        rows = delete_batch(self, pk_list, using)
        running.deleted(self.model._meta.label, running.single, rows or 0, running.queries - before)
        return rows

    return hook


def _awaited(adelete: Any) -> Any:
    @wraps(adelete)
    async def hook(self: Any, *args: Any, **kwargs: Any) -> Any:
        if not records():
            return await adelete(self, *args, **kwargs)
        return await Stepped(awaiting, caller(1), adelete(self, *args, **kwargs))

    return hook


def _how(collector: Any) -> str:
    origin = collector.origin
    if isinstance(origin, Model):
        return "Model.delete"
    return "QuerySet.delete" if isinstance(origin, QuerySet) else "Collector.delete"


def _label(collector: Any, args: Any, kwargs: Any) -> str:
    """The model that the delete began with."""
    objs = args[0] if args else kwargs.get("objs")
    model = getattr(objs if objs is not None else collector.origin, "model", None) or type(collector.origin)
    if not hasattr(model, "_meta"):
        first = next(iter(objs), None) if isinstance(objs, (list, tuple, set)) else None
        model = type(first) if first is not None else next(iter(collector.data), None)
    meta = getattr(model, "_meta", None)
    return meta.label if meta is not None else "?"


# --- statements, rows, transactions -----------------------------------------------------------------------------------


def _sending(execute: Any) -> Any:
    @wraps(execute)
    def hook(self: Any, sql: Any, params: Any = None, *rest: Any) -> Any:
        running = current.get()
        if running is None:
            return execute(self, sql, params, *rest)
        verb = _verb(sql)
        start = perf_counter()
        try:
            return execute(self, sql, params, *rest)
        finally:
            running.sent(verb, perf_counter() - start)

    return hook


def _verb(sql: Any) -> str | None:
    word = (str(sql).lstrip(" \t\r\n(")[:20].split(None, 1) or [""])[0].rstrip(";").upper()
    return None if word in _CONTROL else word


def _loading(from_db: Any) -> Any:
    @wraps(from_db)
    def hook(cls: Any, db: Any, field_names: Any, values: Any, *args: Any, **kwargs: Any) -> Any:
        running = current.get()
        if type(running) is not DeleteScope:
            return from_db(cls, db, field_names, values, *args, **kwargs)
        # One that calls that of its parent loads one row.
        if running.loading is cls:
            return from_db(cls, db, field_names, values, *args, **kwargs)
        before, running.loading = running.loading, cls
        try:
            instance = from_db(cls, db, field_names, values, *args, **kwargs)
        finally:
            running.loading = before
        running.row(cls, field_names)
        return instance

    return hook


def _committing(commit: Any) -> Any:
    @wraps(commit)
    def hook(self: Any) -> Any:
        running = current.get()
        if running is None:
            return commit(self)
        start = perf_counter()
        try:
            return commit(self)
        finally:
            running.sent(None, perf_counter() - start)

    return hook


def _committed(run_hooks: Any) -> Any:
    """What was put off until the commit is no part of the delete, and what it deletes is a delete of its own."""

    def hook(self: Any) -> Any:
        running = current.get()
        if running is None or not self.run_on_commit:
            return run_hooks(self)
        token = current.set(None)
        start = perf_counter()
        try:
            return run_hooks(self)
        finally:
            current.reset(token)
            running.spent_after_commit(perf_counter() - start)

    boundaries.add(id(hook.__code__))
    return wraps(run_hooks)(hook)


# --- putting and taking away ------------------------------------------------------------------------------------------


class _Hooks:
    def __init__(self) -> None:
        self._watching = 0
        self._lock = threading.Lock()
        self._put: list[tuple[type, str, Any, Any]] = []

    @contextmanager
    def __call__(self) -> Iterator[None]:
        self.enter()
        try:
            yield
        finally:
            self.leave()

    def enter(self) -> None:
        with self._lock:
            if self._watching == 0:
                try:
                    self._put_all()
                except BaseException:
                    self._take_away()
                    raise
            self._watching += 1

    def leave(self) -> None:
        with self._lock:
            self._watching -= 1
            if self._watching == 0:
                self._take_away()

    def _put_all(self) -> None:
        self._replace(Collector, "collect", _collecting)
        self._replace(Collector, "delete", _deleting)
        self._replace(QuerySet, "_raw_delete", _deleting_raw)
        self._replace(DeleteQuery, "delete_batch", _deleting_batch)
        self._replace(QuerySet, "adelete", _awaited)
        self._replace(Model, "adelete", _awaited)
        self._replace(CursorWrapper, "_execute", _sending)
        self._replace(CursorWrapper, "_executemany", _sending)
        self._replace(BaseDatabaseWrapper, "_commit", _committing)
        self._replace(BaseDatabaseWrapper, "run_and_clear_commit_hooks", _committed)
        for cls in loading_classes():
            self._replace(cls, "from_db", _loading)
        class_prepared.connect(self._prepared)
        watch_signals()

    def _prepared(self, sender: type, **kwargs: object) -> None:
        """A model that is made while somebody watches may have a ``from_db`` of its own, or inherit one."""
        known = {owner for owner, name, _, _ in self._put if name == "from_db"}
        for cls in sender.__mro__:
            if cls not in known and isinstance(vars(cls).get("from_db"), classmethod):
                self._replace(cls, "from_db", _loading)

    def _take_away(self) -> None:
        class_prepared.disconnect(self._prepared)
        unwatch_signals()
        while self._put:
            owner, name, kept, hook = self._put.pop()
            # What somebody else has put on top since stays; the hook below it does nothing any more.
            if vars(owner).get(name) is hook:
                setattr(owner, name, kept)

    def _replace(self, owner: type, name: str, hook: Hook) -> None:
        kept = vars(owner)[name]
        put = classmethod(hook(kept.__func__)) if isinstance(kept, classmethod) else hook(kept)
        self._put.append((owner, name, kept, put))
        setattr(owner, name, put)


watching = _Hooks()
