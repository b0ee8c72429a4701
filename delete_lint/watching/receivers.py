"""Delete signals whose receivers are timed while a delete sends them.

A watched signal is the same object of another class, so that what is copied of it, or held by others, stays what it
was. `Signal.send` itself runs as it is; it is handed stand-ins for the receivers and they are taken out of its answer.
Django 4.2 to 6.1 ask ``_live_receivers`` for them: for a list, or (from 5.0) for one of sync and one of async ones.
"""

from __future__ import annotations

import threading
from functools import partial
from inspect import iscoroutine
from time import perf_counter
from types import FunctionType, MethodType
from typing import Any

from django.db.models import signals
from django.dispatch import Signal

from delete_lint.runtime.callables import innermost, names
from delete_lint.watching.record import ReceiverName
from delete_lint.watching.scopes import DeleteScope, ReceiverScope, boundaries, current
from delete_lint.watching.stepped import Stepped


class _Sending(threading.local):
    """The delete that sends a signal and has not asked for its receivers yet."""

    scope: DeleteScope | None = None


_sending = _Sending()
#: By the ``id`` of the code, which is held, and for what is no plain function by its names too.
_names: dict[int | tuple[int, str, str], ReceiverName] = {}
_classes: dict[type, type] = {}


class _Watched(Signal):
    """What a watched signal's class has before that of the signal."""

    def send(self, sender: Any, **named: Any) -> Any:
        scope = current.get()
        if type(scope) is not DeleteScope:
            return super().send(sender, **named)
        _sending.scope = scope
        try:
            answers: Any = super().send(sender, **named)
        finally:
            _sending.scope = None
        return [(answer[0].args[1], answer[1]) for answer in answers] if answers else answers

    def _live_receivers(self, sender: Any) -> Any:
        live: Any = super()._live_receivers(sender)
        scope, _sending.scope = _sending.scope, None
        if scope is None:
            return live
        if isinstance(live, tuple):
            sync, waiting = live
            return [partial(_call, scope, each) for each in sync], [partial(_acall, scope, each) for each in waiting]
        return [partial(_call, scope, each) for each in live]


def watch_signals() -> None:
    """Gives both delete signals the class that times."""
    for signal in (signals.pre_delete, signals.post_delete):
        cls = type(signal)
        if issubclass(cls, _Watched):
            continue
        if cls not in _classes:
            _classes[cls] = type(cls.__name__, (_Watched, cls), {"__module__": cls.__module__})
        signal.__class__ = _classes[cls]


def unwatch_signals() -> None:
    """Gives them back the one they had."""
    for signal in (signals.pre_delete, signals.post_delete):
        for cls, watched in _classes.items():
            if type(signal) is watched:
                signal.__class__ = cls


def _call(scope: DeleteScope, receiver: Any, **named: Any) -> Any:
    running = ReceiverScope(scope, _name(receiver), _label(named["sender"]))
    token = current.set(running)
    result: Any = None
    start = perf_counter()
    try:
        result = receiver(**named)
        return result
    finally:
        seconds = perf_counter() - start
        current.reset(token)
        if not iscoroutine(result):  # Django 4.2 calls an ``async def`` and lets go of what it returns
            running.done(seconds)


async def _acall(scope: DeleteScope, receiver: Any, **named: Any) -> Any:
    running = ReceiverScope(scope, _name(receiver), _label(named["sender"]))
    start = perf_counter()
    try:
        return await Stepped(current, running, receiver(**named))
    finally:
        running.done(perf_counter() - start)


boundaries |= {id(_call.__code__), id(_acall.__code__)}


def _label(sender: Any) -> str:
    meta = getattr(sender, "_meta", None)
    return meta.label if meta is not None else str(sender)


def _name(receiver: Any) -> ReceiverName:
    """The one name of a receiver."""
    plain = receiver.__func__ if type(receiver) is MethodType else receiver
    is_plain = type(plain) is FunctionType and "__wrapped__" not in plain.__dict__
    if is_plain and (known := _names.get(id(plain.__code__))) is not None:
        return known
    inner = innermost(receiver)
    code = inner.__code__ if inner is not None else None
    module, name = names(receiver)
    return _names.setdefault(id(code) if is_plain else (id(code), module, name), ReceiverName(module, name, code))
