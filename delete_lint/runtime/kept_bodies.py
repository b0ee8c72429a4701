"""The bodies of the running project's receivers as they were read before, when nothing has changed since: neither a
file that was read for them nor what the project told of itself."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from delete_lint import disk
from delete_lint.cache.answers import Said, again
from delete_lint.graph.body import Body
from delete_lint.graph.project import DjangoVersion
from delete_lint.settings import Settings
from delete_lint.source.running import ClassName, RegisteredModel, Running, Target
from delete_lint.version import __version__

_encoder = msgspec.json.Encoder(order="deterministic")


def bodies_of(
    targets: Sequence[Target], running: Running, settings: Settings, django: DjangoVersion
) -> Mapping[Target, Body]:
    """The bodies of those targets that are where they should be, read anew unless the cache that the settings name
    has them."""
    if settings.cache_dir is None:
        return _read(targets, running, settings, django)
    asked = _question(targets, settings, django)
    said = again(asked, os.fspath(settings.cache_dir))
    if said is not None:
        bodies = _bodies(said.out, len(targets))
        if bodies is not None and _holds(said.before, running):
            return {target: body for target, body in zip(targets, bodies, strict=True) if body is not None}

    from delete_lint.cache.keeping import Kept

    telling = _Telling(running)
    with disk.watched() as looks:
        kept = Kept(asked, looks)
        found = _read(targets, telling, settings, django)
        out = _encoder.encode([found.get(target) for target in targets]).decode()
        said = Said(_encoder.encode(telling.told).decode(), out, "", 0)
        kept.keep(settings.cache_dir, said, settings.plugins)
    return found


def _read(
    targets: Sequence[Target], running: Running, settings: Settings, django: DjangoVersion
) -> Mapping[Target, Body]:
    # What reads source takes long to import.
    from delete_lint.cache.remembered import remembered
    from delete_lint.source.bodies import read_bodies

    with remembered(settings) as known:
        return read_bodies(targets, running, settings, django, known)


def _question(targets: Sequence[Target], settings: Settings, django: DjangoVersion) -> bytes:
    # What others weigh, and where the cache is, does not show in a body.
    asked = replace(settings, row_counts=None, measured=None, cache_dir=None, file=None)
    parts = ("bodies", __version__, sys.version, os.getcwd(), repr(django), repr(asked), repr(targets))
    return "\0".join(parts).encode("utf-8", "backslashreplace")


def _bodies(data: str, count: int) -> list[Body | None] | None:
    try:
        found = msgspec.json.decode(data, type=list[Body | None])
    except (msgspec.MsgspecError, ValueError):
        return None
    return found if len(found) == count else None


#: What was asked, and what the project told: the name of a method of `Running`, its argument, the answer.
_Told = tuple[str, Any, Any]


def _holds(data: str, running: Running) -> bool:
    """Whether the project tells the same again."""
    try:
        told = msgspec.json.decode(data, type=list[_Told])
        now = _Telling(running)
        return all(now.ask(name, argument) == answer for name, argument, answer in told)
    except (msgspec.MsgspecError, AttributeError, KeyError, TypeError, ValueError):
        return False


class _Telling:
    """A running project that remembers what it told, in a form that can be kept."""

    def __init__(self, running: Running) -> None:
        self._running = running
        self._told: dict[tuple[str, str], tuple[Any, Any]] = {}

    @property
    def told(self) -> list[_Told]:
        return [(name, argument, answer) for (name, _), (argument, answer) in self._told.items()]

    def ask(self, name: str, argument: Any) -> Any:
        """The answer in the form that is kept."""
        if name == "models":
            return _digest(self._running.models)
        if name == "subclasses":
            return [list(each) for each in self._running.subclasses(ClassName(*argument))]
        if name == "file_of":
            return _plain(self._running.file_of(argument))
        if name == "name_of":
            return self._running.name_of(Path(argument))
        if name in ("is_own", "setting", "app_label"):
            return getattr(self._running, name)(argument)
        raise KeyError(name)

    def _note(self, name: str, argument: Any) -> Any:
        key = (name, str(argument))
        if key not in self._told:
            self._told[key] = (argument, self.ask(name, argument))
        return self._told[key][1]

    @property
    def models(self) -> Mapping[str, RegisteredModel]:
        self._note("models", None)
        return self._running.models

    def file_of(self, module: str) -> Path | None:
        self._note("file_of", module)
        return self._running.file_of(module)

    def name_of(self, file: Path) -> str:
        self._note("name_of", os.fspath(file))
        return self._running.name_of(file)

    def is_own(self, module: str) -> bool:
        self._note("is_own", module)
        return self._running.is_own(module)

    def subclasses(self, cls: ClassName) -> Iterable[ClassName]:
        self._note("subclasses", list(cls))
        return self._running.subclasses(cls)

    def setting(self, name: str) -> str | None:
        self._note("setting", name)
        return self._running.setting(name)

    def app_label(self, module: str) -> str | None:
        self._note("app_label", module)
        return self._running.app_label(module)


def _plain(path: Path | None) -> str | None:
    return os.fspath(path) if path is not None else None


def _digest(models: Mapping[str, RegisteredModel]) -> str:
    return disk.digest_of(_encoder.encode(models)).hex()
