"""What an ``on_delete`` handler does with the rows that it is given, without calling it."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from typing import Any, Literal

from django.db.models import Model, deletion

#: What the collector is told to do; ``skip`` leaves the rows to the database, ``unknown`` is up to the project's code.
Action = Literal["cascade", "protect", "restrict", "set", "skip", "unknown"]

#: ``DO_NOTHING``, and from Django 6.1 on the ``DB_`` handlers.
SKIPPED: frozenset[Any] = frozenset(getattr(deletion, "SKIP_COLLECTION", ())) | {deletion.DO_NOTHING}

_ACTIONS: dict[Any, Action] = {
    deletion.CASCADE: "cascade",
    deletion.PROTECT: "protect",
    deletion.RESTRICT: "restrict",
    deletion.SET_NULL: "set",
    deletion.SET_DEFAULT: "set",
    **dict.fromkeys(SKIPPED, "skip"),
}
_NAMES: dict[str, Action] = {handler.__name__: action for handler, action in _ACTIONS.items()}


def action_of(handler: Callable[..., Any]) -> Action:
    """The action of one of Django's handlers, or of a function of the project's own that hands on to one of them.

    A function that names several of them, or none, decides by itself: it is ``unknown``.
    """
    known = _ACTIONS.get(handler)
    if known is not None:
        return known
    if _made_by_set(handler):
        return "set"
    actions = {_NAMES[name] for name in _names(handler) if name in _NAMES}
    return actions.pop() if len(actions) == 1 else "unknown"


def is_lazy(handler: Callable[..., Any]) -> bool:
    """Whether it is given a queryset that has not been fetched (``Collector.collect``, ticket 33928)."""
    return bool(getattr(handler, "lazy_sub_objs", False))


def _made_by_set(handler: Callable[..., Any]) -> bool:
    """What ``SET()`` returns has a ``deconstruct`` that says so, for the migrations."""
    return getattr(handler, "__module__", "") == deletion.__name__ and hasattr(handler, "deconstruct")


def _names(handler: Callable[..., Any]) -> set[str]:
    """Names that its code uses, directly or through what it closes over."""
    while isinstance(handler, functools.partial):
        handler = handler.func
    if handler in _ACTIONS:
        return {handler.__name__}
    function = inspect.unwrap(getattr(handler, "__func__", handler))
    if not hasattr(function, "__code__"):
        function = vars(type(handler)).get("__call__", handler)
    code = getattr(function, "__code__", None)
    if code is None:
        return set()
    return {*code.co_names, *_closed_over(function)}


def _closed_over(function: Callable[..., Any]) -> Iterator[str]:
    for cell in getattr(function, "__closure__", None) or ():
        try:
            if cell.cell_contents in _ACTIONS:
                yield cell.cell_contents.__name__
        except (TypeError, ValueError):  # not hashable, or an empty cell
            continue


def value_set_by(foreign_key: Any) -> tuple[bool, Any]:
    """Whether it is known what its handler sets the key to, and the value. A callable is not called: it may well
    create what it returns."""
    handler = foreign_key.remote_field.on_delete
    if handler is deletion.SET_NULL:
        return True, None
    if handler is deletion.SET_DEFAULT:
        value = foreign_key.default if foreign_key.has_default() else None
    elif _made_by_set(handler):
        value = handler.deconstruct()[1][0]
    else:
        return False, None
    if callable(value):
        return False, None
    if isinstance(value, Model):
        value = getattr(value, foreign_key.foreign_related_fields[0].attname)
    return True, value
