"""The receivers of ``pre_delete`` and ``post_delete``, as the signals hold them."""

from __future__ import annotations

import copy
import weakref
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.db.models import signals

from delete_lint.graph.place import Place
from delete_lint.graph.receiver import DeleteSignal, Receiver, Registration
from delete_lint.runtime.callables import Described, describe
from delete_lint.runtime.fields import ModelClass
from delete_lint.runtime.sources import Sources

SIGNALS: tuple[DeleteSignal, ...] = ("pre_delete", "post_delete")
_NONE = id(None)


@dataclass(frozen=True, slots=True)
class Connected:
    """One entry of a signal's list. ``sender`` is a label, None for every model, or ``?`` and an id that is none of a
    model's: a list given as sender, a class that is gone."""

    signal: DeleteSignal
    sender: str | None
    function: Any
    weak: bool


@dataclass(frozen=True, slots=True)
class Heard:
    """What the signals hold, and for which models ``has_listeners`` says something else than the list.

    The collector asks ``has_listeners``, which answers from a cache that not every change to the list empties.
    ``cached`` are receivers that only the cache has, ``unheard`` pairs of a signal and a label that only the list has.
    """

    connected: tuple[Connected, ...]
    cached: tuple[Connected, ...] = ()
    unheard: frozenset[tuple[DeleteSignal, str]] = frozenset()
    problems: tuple[str, ...] = ()


def heard(labels: dict[int, str], classes: Iterable[ModelClass]) -> Heard:
    """Reads both signals. ``labels`` are those of all model classes by their ``id``, ``classes`` the installed ones."""
    found = [_Listening(name, labels, classes) for name in SIGNALS]
    return Heard(
        connected=tuple(each for listening in found for each in listening.connected),
        cached=tuple(each for listening in found for each in listening.cached),
        unheard=frozenset((listening.signal, label) for listening in found for label in listening.unheard),
        problems=tuple(problem for listening in found for problem in listening.problems()),
    )


class _Listening:
    """One signal: who is in its list, and whom ``has_listeners`` sees."""

    def __init__(self, name: DeleteSignal, labels: dict[int, str], classes: Iterable[ModelClass]) -> None:
        self.signal = name
        probe = _probe(getattr(signals, name))
        listened = {cls: bool(probe.has_listeners(cls)) for cls in classes}  # takes what is dead out of the list
        self.connected = tuple(self._entries(probe, labels))
        senders = {each.sender for each in self.connected}
        self.cached: list[Connected] = []
        self.unheard: list[str] = []
        self.unlisted: list[str] = []
        for cls, is_listened in listened.items():
            label = cls._meta.label
            if is_listened and not senders & {None, label}:
                self.unlisted.append(label)
                self.cached += [Connected(name, label, function, weak=False) for function in _live(probe, cls)]
            elif not is_listened and senders & {None, label}:
                self.unheard.append(label)

    def _entries(self, signal: Any, labels: dict[int, str]) -> Iterator[Connected]:
        # Of an entry only the first two parts mean the same in every Django: the key and the (reference to the)
        # receiver. The second part of the key is the id of the sender.
        for entry in list(signal.receivers):
            (_, sender), receiver = entry[0], entry[1]
            weak = isinstance(receiver, weakref.ReferenceType)
            function = receiver() if weak else receiver
            if function is not None:
                label = None if sender == _NONE else labels.get(sender, f"?{sender}")
                yield Connected(self.signal, label, function, weak)

    def problems(self) -> Iterator[str]:
        if self.unlisted:
            yield (
                f"{self.signal} has no receiver in its list for {_some(self.unlisted)}, but has_listeners() says that "
                "there is one, so their rows are loaded before they are deleted: the list was changed by hand, which "
                "does not empty the signal's cache"
            )
        if self.unheard:
            yield (
                f"{self.signal} has a receiver in its list for {_some(self.unheard)}, but has_listeners() says that "
                "there is none, so it is not called: the list was changed by hand, which does not empty the signal's "
                "cache"
            )


def _probe(signal: Any) -> Any:
    """The signal with a cache of its own: to ask ``has_listeners`` is to fill the cache."""
    probe = copy.copy(signal)
    probe.sender_receivers_cache = copy.copy(signal.sender_receivers_cache)
    return probe


def _live(probe: Any, cls: ModelClass) -> Iterator[Any]:
    """What the cache holds for a model: a list of functions, or (from Django 5.0) one of sync and one of async ones."""
    found = probe._live_receivers(cls)
    yield from (function for part in found for function in part) if isinstance(found, tuple) else found


def _some(labels: list[str], most: int = 5) -> str:
    named = sorted(labels)
    return ", ".join(named[:most]) + (f" and {len(named) - most} more" if len(named) > most else "")


# --- receivers from what is connected ---------------------------------------------------------------------------


@dataclass(slots=True)
class _Function:
    """All that is connected of what stands at one place in the source under one name."""

    described: Described
    is_async: bool
    entries: list[Connected] = field(default_factory=list)


def receivers(found: Heard, sources: Sources, dead: dict[str, str]) -> Iterator[Receiver]:
    """One receiver for each function, in the order in which Django calls them.

    A function has several when its signals have different senders, when it is connected for every model and for one
    besides (it is called twice then), or when some of its senders never send: ``dead`` says of which models and why.
    """
    functions: dict[tuple[str, str, Place | None, bool], _Function] = {}
    for entry in (*found.connected, *found.cached):
        described = describe(entry.function, sources)
        is_async = bool(iscoroutinefunction(entry.function))
        key = (described.module, described.name, described.place, is_async)
        functions.setdefault(key, _Function(described, is_async)).entries.append(entry)
    for function in functions.values():
        yield from _of_one_function(function, dead)


def _of_one_function(function: _Function, dead: dict[str, str]) -> Iterator[Receiver]:
    described = function.described
    for signals_, senders, why in _groups(function.entries, dead):
        wanted = None if senders is None else set(senders)
        entries = [
            entry
            for entry in function.entries
            if entry.signal in signals_ and (entry.sender is None if wanted is None else entry.sender in wanted)
        ]
        yield Receiver(
            module=described.module,
            name=described.name,
            place=described.place,
            signals=signals_,
            senders=senders,
            registrations=tuple(
                Registration(None, (entry.signal,), None if entry.sender is None else (entry.sender,), entry.weak)
                for entry in entries
            ),
            own=described.origin.own,
            package=described.origin.package,
            dead=why,
            is_async=function.is_async,
        )


def _groups(
    entries: list[Connected], dead: dict[str, str]
) -> Iterator[tuple[tuple[DeleteSignal, ...], tuple[str, ...] | None, str | None]]:
    """Signals, the senders they have in common, and why these never send."""
    senders: dict[str | None, dict[DeleteSignal, dict[str | None, None]]] = defaultdict(lambda: defaultdict(dict))
    for entry in entries:
        senders[_why_dead(entry.sender, dead)][entry.signal][entry.sender] = None
    for why, by_signal in senders.items():
        for_all = tuple(signal for signal in SIGNALS if None in by_signal[signal])
        if for_all:
            yield for_all, None, why
        groups: dict[tuple[str, ...], list[DeleteSignal]] = defaultdict(list)
        for signal in SIGNALS:
            named = tuple(sorted(sender for sender in by_signal[signal] if sender is not None))
            if named:
                groups[named].append(signal)
        for named, together in groups.items():
            yield tuple(together), named, why


def _why_dead(sender: str | None, dead: dict[str, str]) -> str | None:
    if sender is not None and sender.startswith("?"):
        return "its sender is no model class that is installed: a list, an instance, or a class that is gone"
    return dead.get(sender) if sender is not None else None
