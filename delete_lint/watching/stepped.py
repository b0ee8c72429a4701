"""Something awaited that has a value in a context variable, and nobody else has."""

from __future__ import annotations

from collections.abc import Awaitable, Generator
from contextvars import ContextVar
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Stepped(Generic[T]):
    """An awaitable that runs step by step with a variable set to its value.

    Django (6.1) has async receivers take turns in one context that they share, so the value is there for the steps of
    its own awaitable only. What a step hands to a thread takes it along.
    """

    def __init__(self, variable: ContextVar[T], value: T, awaited: Awaitable[Any]) -> None:
        self._variable = variable
        self._value = value
        self._awaited = awaited

    def __await__(self) -> Generator[Any, Any, Any]:
        steps: Any = self._awaited.__await__()
        answer: Any = None
        error: BaseException | None = None
        while True:
            before = self._variable.get()
            self._variable.set(self._value)
            try:
                waited_for = steps.send(answer) if error is None else steps.throw(error)
            except StopIteration as end:
                return end.value
            finally:
                self._variable.set(before)
            try:
                answer, error = (yield waited_for), None
            except BaseException as thrown:
                answer, error = None, thrown
