"""Who started a delete: the innermost frame of the user's own code, found by walking up the stack."""

from __future__ import annotations

import os
import sys
from collections.abc import Set
from contextvars import ContextVar
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from types import CodeType, FrameType
from typing import Literal

import django
from asgiref.sync import SyncToAsync

import delete_lint
from delete_lint.graph.place import Place
from delete_lint.runtime.callables import module_origin
from delete_lint.runtime.distributions import origin
from delete_lint.runtime.sources import Sources

#: ``machinery`` is Django, delete-lint, the standard library and what Django hands work to threads with.
Whose = Literal["own", "package", "machinery"]

#: Methods of Django's and DRF's classes that delete for a class of the user's, of which no frame is on the stack.
_FOR_A_CLASS = frozenset(("delete_model", "delete_queryset", "form_valid", "perform_destroy"))
_MACHINERY_PACKAGES = frozenset(("django", "asgiref"))
_MACHINERY_FOLDERS = tuple(
    os.path.join(os.path.dirname(os.path.abspath(module.__file__ or "")), "") for module in (django, delete_lint)
)


@dataclass(frozen=True, slots=True)
class Caller:
    """The line that started a delete. ``own`` when it is the user's own code; else it is the nearest to it that could
    be found. The file is absolute."""

    file: str
    line: int
    end_line: int
    function: str
    own: bool

    @property
    def place(self) -> Place:
        return Place(self.file, self.line, end_line=self.end_line)

    def __str__(self) -> str:
        return f"{self.file}:{self.line} ({self.function})"


#: Who called ``adelete()``, which has Django's ``delete()`` run on the stack of another thread.
awaiting: ContextVar[Caller | None] = ContextVar("delete_lint_awaiting", default=None)

#: What runs in a thread for ``sync_to_async``.
_IN_A_THREAD = getattr(getattr(SyncToAsync, "thread_handler", None), "__code__", None)

_whose: dict[str, Whose] = {}
#: By the ``id`` of the code, which is held, and the instruction in it: code itself takes long to hash.
_callers: dict[tuple[int, int], tuple[CodeType, Caller]] = {}
_sources = Sources(Path("/"))


def who_called(frame: FrameType | None, boundaries: Set[int]) -> Caller | None:
    """The caller of what this frame does. Above a frame whose code has its ``id`` among the ``boundaries`` begins what
    called a receiver, which is not asked: None when nobody's code but Django's is below it."""
    fallback: FrameType | None = None
    while frame is not None:
        code = frame.f_code
        if id(code) in boundaries:
            break
        if code is _IN_A_THREAD and (caller := awaiting.get()) is not None:
            return caller  # above is whoever lends the thread
        whose = _whose.get(code.co_filename) or _learnt(code.co_filename)
        if whose == "own":
            return _at(frame, own=True)
        if code.co_name in _FOR_A_CLASS and (known := _for_a_class(frame)) is not None:
            return known
        if fallback is None and whose == "package":
            fallback = frame
        frame = frame.f_back
    return _at(fallback, own=False) if fallback is not None else None


def _at(frame: FrameType, *, own: bool) -> Caller:
    code = frame.f_code
    key = (id(code), frame.f_lasti)
    known = _callers.get(key)
    if known is not None:
        return known[1]
    line = frame.f_lineno or code.co_firstlineno
    # Where a call over several lines counts as begun depends on the Python, where it ends does not.
    _, end, _, _ = next(islice(code.co_positions(), frame.f_lasti // 2, None), (None, None, None, None))
    file = os.path.abspath(code.co_filename) if not code.co_filename.startswith("<") else code.co_filename
    caller = Caller(file, line, max(line, end or line), code.co_qualname, own)
    _callers[key] = (code, caller)
    return caller


def _for_a_class(frame: FrameType) -> Caller | None:
    """The user's ``ModelAdmin``, view or viewset for which a class of a package deletes, by its ``class`` line."""
    names = frame.f_code.co_varnames
    cls = type(frame.f_locals.get(names[0])) if names else object
    if not module_origin(cls.__module__).own:
        return None
    place = _sources.class_place(cls)
    if place is None:
        return None
    file = place.file if os.path.isabs(place.file) else f"/{place.file}"
    return Caller(file, place.line, place.line, f"{cls.__qualname__}.{frame.f_code.co_name}", True)


def _learnt(file: str) -> Whose:
    whose = _whose[file] = _find_out(file)
    return whose


def _find_out(file: str) -> Whose:
    if file.startswith("<"):  # typed in, or made with `exec`, unless it is a module inside of Python
        return "machinery" if file.startswith("<frozen") else "own"
    file = os.path.abspath(file)
    if file.startswith(_MACHINERY_FOLDERS):
        return "machinery"
    found = origin(file)
    if found.own:
        return "own"
    return "package" if found.package and found.package not in _MACHINERY_PACKAGES else "machinery"


def caller_of(depth: int, boundaries: Set[int]) -> Caller | None:
    """`who_called`, from the frame that many calls up."""
    return who_called(sys._getframe(depth + 1), boundaries)
