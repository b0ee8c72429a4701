"""What the receivers of the running project do, read from their source."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from delete_lint.graph.project import ProjectGraph
from delete_lint.graph.receiver import Receiver
from delete_lint.runtime.callables import attribute, innermost, names
from delete_lint.runtime.code import RunningCode
from delete_lint.runtime.kept_bodies import bodies_of
from delete_lint.runtime.receivers import heard
from delete_lint.settings import Settings
from delete_lint.source.running import ClassName, Target


def with_bodies(graph: ProjectGraph, settings: Settings) -> ProjectGraph:
    """The graph of the running project with the bodies of its receivers, those of installed packages too.

    Only source is read, and nothing is run. A receiver without source, and one that never fires, keeps what it has.
    """
    connected = _connected()
    targets = {receiver: _target(graph, receiver, connected) for receiver in graph.receivers if receiver.alive}
    wanted = [target for target in targets.values() if target is not None]
    code = RunningCode(Path(graph.root), {target.module for target in wanted})
    bodies = bodies_of(wanted, code, settings, graph.django)

    def read(receiver: Receiver) -> Receiver:
        target = targets.get(receiver)
        body = bodies.get(target) if target is not None else None
        return body.of(receiver) if body is not None else receiver

    return replace(graph, receivers=tuple(map(read, graph.receivers)))


@dataclass(slots=True)
class _Connected:
    """What is connected under one name: the module of its code, and the classes whose methods it is connected as."""

    module: str = ""
    bound: dict[ClassName, None] = field(default_factory=dict)


def _connected() -> dict[tuple[str, str], _Connected]:
    found: dict[tuple[str, str], _Connected] = defaultdict(_Connected)
    for entry in heard({}, ()).connected:
        known = found[names(entry.function)]
        inner = innermost(entry.function)
        if inner is not None:
            known.module = str(inner.__globals__.get("__name__") or "")
        cls = _class_of_self(entry.function)
        if cls is not None:
            known.bound[ClassName(cls.__module__, cls.__qualname__)] = None
    return found


def _class_of_self(target: Callable[..., Any]) -> type | None:
    """The class of the object whose method something is; of a class method, the class."""
    while isinstance(target, functools.partial):
        target = target.func
    if attribute(target, "__func__") is not None:
        bound = attribute(target, "__self__")
        return bound if isinstance(bound, type) else type(bound)
    return None if attribute(target, "__code__") is not None else type(target)


def _target(graph: ProjectGraph, receiver: Receiver, connected: dict[tuple[str, str], _Connected]) -> Target | None:
    if receiver.place is None:
        return None
    known = connected.get((receiver.module, receiver.name), _Connected())
    return Target(
        module=known.module or receiver.module,
        name=receiver.name,
        file=Path(graph.root, receiver.place.file),
        line=receiver.place.line,
        senders=receiver.senders,
        bound=tuple(known.bound),
    )
