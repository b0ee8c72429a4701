"""Callables of every kind that can be connected to a signal. Their lines are looked up by the comments behind them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import lru_cache, partial, partialmethod, update_wrapper, wraps
from operator import methodcaller
from pathlib import Path
from typing import Any

FILE = "tests/runtime/callable_kinds.py"


def logged(function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return wrapper


def bare(function: Callable[..., Any]) -> Callable[..., Any]:
    def hiding(*args: Any, **kwargs: Any) -> Any:  # hiding
        return function(*args, **kwargs)

    return hiding


def plain(**kwargs: Any) -> None:  # plain
    pass


@logged
@logged
@lru_cache(
    maxsize=8,
)
def decorated(**kwargs: Any) -> None:  # decorated
    pass


@bare
def hidden(**kwargs: Any) -> None:
    pass


async def waited(**kwargs: Any) -> None:  # waited
    await asyncio.sleep(0)


class Registry:
    def method(self, extra: int = 0, **kwargs: Any) -> None:  # method
        pass

    @classmethod
    @logged
    def for_class(cls, **kwargs: Any) -> None:  # for_class
        pass

    @staticmethod
    def alone(**kwargs: Any) -> None:  # alone
        pass

    half = partialmethod(method, extra=1)

    def __private(self, **kwargs: Any) -> None:  # private
        pass

    def hand_out(self) -> Callable[..., None]:
        return self.__private


class Caller:
    def __call__(self, **kwargs: Any) -> None:  # call
        pass


class Heir(Caller):
    pass


class Wrapping:
    """A decorator that is a class."""

    def __init__(self, function: Callable[..., None]) -> None:
        update_wrapper(self, function)
        self.function = function

    def __call__(self, **kwargs: Any) -> None:
        self.function(**kwargs)


@Wrapping
def wrapped_by_class(**kwargs: Any) -> None:  # wrapped_by_class
    pass


class MadeByCall:  # made
    def __init__(self, **kwargs: Any) -> None:
        pass


class Contrary:
    """Asked for some of what it does not have, it raises what nobody expects."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(name) if name in ("__qualname__", "__wrapped__") else AttributeError(name)

    def __call__(self, **kwargs: Any) -> None:  # contrary
        pass


class Endless:
    """Every attribute of it is another one of its kind."""

    def __getattr__(self, name: str) -> Endless:
        return Endless()

    def __call__(self, **kwargs: Any) -> None:  # endless
        pass


def factory() -> Callable[..., None]:
    def inner(**kwargs: Any) -> None:  # inner
        pass

    return inner


nameless = lambda **kwargs: None  # noqa: E731  # nameless
executed: dict[str, Any] = {"__name__": __name__}
exec("def from_text(**kwargs): pass", executed)

#: Name → the callable, its ``__module__`` and ``__qualname__``, and the comment on its line (None for no line).
KINDS: dict[str, tuple[Any, str, str, str | None]] = {
    "function": (plain, __name__, "plain", "plain"),
    "lambda": (nameless, __name__, "<lambda>", "nameless"),
    "local function": (factory(), __name__, "factory.<locals>.inner", "inner"),
    "decorated": (decorated, __name__, "decorated", "decorated"),
    "decorated without a trace": (hidden, __name__, "bare.<locals>.hiding", "hiding"),
    "async": (waited, __name__, "waited", "waited"),
    "bound method": (Registry().method, __name__, "Registry.method", "method"),
    "class method": (Registry.for_class, __name__, "Registry.for_class", "for_class"),
    "static method": (Registry.alone, __name__, "Registry.alone", "alone"),
    "partial method": (Registry().half, __name__, "Registry.method", "method"),
    "private method": (Registry().hand_out(), __name__, "Registry.__private", "private"),
    "partial": (partial(partial(plain, a=1), b=2), __name__, "plain", "plain"),
    "partial of a method": (partial(Registry().method, 1), __name__, "Registry.method", "method"),
    "instance": (Caller(), __name__, "Caller.__call__", "call"),
    "instance of an heir": (Heir(), __name__, "Heir.__call__", "call"),
    "decorator class": (wrapped_by_class, __name__, "wrapped_by_class", "wrapped_by_class"),
    "class": (MadeByCall, __name__, "MadeByCall", "made"),
    "contrary": (Contrary(), __name__, "Contrary.__call__", "contrary"),
    "endless": (Endless(), __name__, "Endless.__call__", "endless"),
    "from text": (executed["from_text"], __name__, "from_text", None),
    "built-in": (print, "builtins", "print", None),
    "built-in method": ({}.update, "", "dict.update", None),
    "built-in instance": (methodcaller("save"), "operator", "methodcaller.__call__", None),
}


def line_of(comment: str) -> int:
    lines = Path(__file__).read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, start=1) if line.endswith(f"# {comment}"))
