"""Task queues: which functions are tasks, and what calling one of their methods does; data in ``tasks.toml``."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Literal

from msgspec import Struct

from delete_lint.catalog.data import load

DispatchKind = Literal["dispatch", "dispatch_on_commit", "inline"]


class _Tasks(Struct, frozen=True):
    methods: Mapping[str, DispatchKind]
    gives_task: frozenset[str]
    decorators: Mapping[str, DispatchKind]
    attributes: frozenset[str]
    classes: frozenset[str]


def dispatch_kind(method: str) -> DispatchKind | None:
    """What a method of a task does, None when it neither enqueues nor runs it.

    It says something about tasks only: many other objects have a ``send`` or a ``schedule``.
    """
    return _tasks().methods.get(method)


def gives_task(method: str) -> bool:
    """Whether a method of a task gives the task again, with arguments or options: ``task.s(1).delay()``."""
    return method in _tasks().gives_task


def is_task_decorator(dotted: str) -> bool:
    """Whether a decorator makes a task of a function; any ``something.task`` counts, whatever the something is."""
    tasks = _tasks()
    owner, _, attribute = dotted.rpartition(".")
    return dotted in tasks.decorators or (owner != "" and attribute in tasks.attributes)


def plain_call(decorator: str) -> DispatchKind:
    """What a plain call of a function so decorated does: most queues run it, Huey and a few others enqueue it."""
    return _tasks().decorators.get(decorator, "inline")


def is_task_class(dotted: str) -> bool:
    """Whether instances of this class are tasks."""
    return dotted in _tasks().classes


@cache
def _tasks() -> _Tasks:
    data = load("tasks")
    methods = data["methods"]
    decorators = data["decorators"]
    kinds: tuple[DispatchKind, ...] = ("inline", "dispatch", "dispatch_on_commit")
    return _Tasks(
        methods={name: kind for kind in kinds for name in methods[kind]},
        gives_task=frozenset(methods["task"]),
        decorators={name: kind for kind in kinds for name in decorators[kind]},
        attributes=frozenset(decorators["attributes"]),
        classes=frozenset(data["classes"]["names"]),
    )
