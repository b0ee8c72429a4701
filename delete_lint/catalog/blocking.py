"""What third-party calls cost, by dotted name; the data are in ``blocking.toml``, which explains its own form."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

from msgspec import Struct

from delete_lint.catalog.data import load
from delete_lint.graph.receiver import EXTERNAL_CATEGORIES, ORM_CATEGORIES

#: Every category that a name can have. ``none`` is the answer for what is known not to block.
CATEGORIES = EXTERNAL_CATEGORIES | ORM_CATEGORIES | {"cache", "thread", "dispatch", "none"}

_DOTTED = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*(\.\*)?")
_NOTHING: Mapping[str, str] = MappingProxyType({})


class _Table(Struct, frozen=True):
    """``names`` maps dotted names, and ``prefix.*`` for what lies below a prefix, to categories.

    ``gives`` maps a name to the one its value is listed under: re-exports, and members that give another known thing.
    """

    names: Mapping[str, str]
    gives: Mapping[str, str]


def category(dotted: str, extra: Mapping[str, str] = _NOTHING) -> str | None:
    """The category of calling ``dotted``, None when nothing is known about it.

    ``extra`` is asked first and wins whatever the table says. Of several names that fit, the longest decides.
    """
    table = _table()
    holder, _, member = dotted.rpartition(".")
    canonical_holder = canonical(holder)
    call = f"{canonical_holder}.{member}" if holder else dotted
    if extra and (found := _user_category(dotted, extra) or _user_category(call, extra)):
        return found
    if (found := table.names.get(call)) is not None:
        return found
    for prefix in _prefixes(call):
        if (found := table.names.get(f"{prefix}.*")) is not None:
            return found
        if prefix in table.names:
            # The call of `prefix` has been judged; what is done with its result is not known to cost anything.
            return None
    return None


def canonical(dotted: str) -> str:
    """The name under which the table lists ``dotted``, with re-exports and known results of members replaced:
    ``pathlib.Path.unlink`` for ``pathlib.Path.cwd.parent.unlink``."""
    return _replace(dotted, _table().gives)


def _replace(dotted: str, gives: Mapping[str, str]) -> str:
    name = ""
    for part in dotted.split("."):
        name = f"{name}.{part}" if name else part
        name = gives.get(name, name)
    return name


class Catalog:
    """The table with a project's own names added, as ``blocking`` and ``not_blocking`` of the settings give them.

    A plain name stands for itself and for all that lies below it, ``name.*`` only for what lies below.
    """

    __slots__ = ("_extra",)

    def __init__(self, blocking: Mapping[str, str] = _NOTHING, not_blocking: Iterable[str] = ()) -> None:
        extra = {name: _checked_category(name, category) for name, category in blocking.items()}
        extra.update((name, "none") for name in not_blocking)
        for name in extra:
            if not _DOTTED.fullmatch(name):
                raise ValueError(f"{name!r} is not a dotted name: write `package.module.function` or `package.Class.*`")
        self._extra = extra

    def added(self, dotted: str) -> str | None:
        """The category that the project's settings give a name, which may be a function of its own."""
        return _user_category(dotted, self._extra)

    def category(self, dotted: str) -> str | None:
        """As `category`, with the project's own names before the table's."""
        return category(dotted, self._extra)


def _checked_category(name: str, category: str) -> str:
    if category in CATEGORIES:
        return category
    from difflib import get_close_matches

    near = get_close_matches(category, CATEGORIES, n=1, cutoff=0.0)[0]
    known = ", ".join(sorted(CATEGORIES))
    raise ValueError(
        f"blocking: {name!r} has the unknown category {category!r}; did you mean {near!r}? (known: {known})"
    )


def _user_category(dotted: str, extra: Mapping[str, str]) -> str | None:
    if (found := extra.get(dotted)) is not None:
        return found
    for prefix in _prefixes(dotted):
        if (found := extra.get(f"{prefix}.*") or extra.get(prefix)) is not None:
            return found
    return None


def _prefixes(dotted: str) -> Iterator[str]:
    """All prefixes but the whole, longest first."""
    while (dot := dotted.rfind(".")) > 0:
        dotted = dotted[:dot]
        yield dotted


@cache
def _table() -> _Table:
    return _build(load("blocking")["group"])


def _build(groups: Iterable[Mapping[str, Any]]) -> _Table:
    names: dict[str, str] = {}
    gives: dict[str, str] = {}
    aliases: dict[str, str] = {}
    heads: list[str] = []
    for group in groups:
        at = group.get("at", "")
        holders: list[str] = [at] if isinstance(at, str) else at
        heads += holders if at else ()
        for key, value in group.items():
            if key in CATEGORIES:
                for holder in holders:
                    for member in value:
                        _add(names, _join(holder, member), key)
            elif key == "also":
                aliases.update((other, holders[0]) for other in value)
            elif key == "same":
                gives.update((f"{holder}.{member}", holder) for holder in holders for member in value)
            elif key == "gives":
                for target, members in value.items():
                    gives.update((f"{holder}.{member}", target) for holder in holders for member in members)
            elif key != "at":
                raise ValueError(f"blocking.toml: unknown key {key!r} in the group {at!r}")
    for head in heads:
        names.setdefault(head, "none")
    gives |= aliases
    for name, target in list(gives.items()):
        # What holds `name` may have another name itself, and is replaced first.
        holder, _, member = name.rpartition(".")
        reached = f"{_replace(holder, gives)}.{member}" if holder else name
        gives[reached] = target
        if name in aliases:
            names.setdefault(reached, names[target])
    return _Table(names, gives)


def _join(holder: str, member: str) -> str:
    if member == "()":
        return holder
    return f"{holder}.{member}" if holder else member


def _add(names: dict[str, str], name: str, category: str) -> None:
    if names.setdefault(name, category) != category:
        raise ValueError(f"blocking.toml: {name} is both {names[name]} and {category}")
