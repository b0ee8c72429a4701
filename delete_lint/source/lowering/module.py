"""The whole way from a text to statements."""

from __future__ import annotations

import gc
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import libcst as cst
from libcst import native  # type: ignore[attr-defined]

from delete_lint.source import syntax
from delete_lint.source.lowering.complexity import TooComplex, check
from delete_lint.source.lowering.cursor import Cursor
from delete_lint.source.lowering.statements import Statements
from delete_lint.source.outline import line_starts
from delete_lint.source.tokens import tokens

_error_place = re.compile(r"error at (\d+):(\d+)")
_tokenizer_message = re.compile(r"tokenizer error: (.*)")


class NotParsed(Exception):  # noqa: N818 - it need not be the text's mistake
    """Where in the text the parser gave up, and why."""

    def __init__(self, line: int, column: int, message: str) -> None:
        super().__init__(message)
        self.line = line
        self.column = column
        self.message = message


def lower(text: str, origin: Sequence[int]) -> list[list[syntax.Stmt]]:
    """The statements of each line or compound statement at the top level of ``text``.

    ``origin`` gives for each line of the text the line that positions are to name. Raises `NotParsed`.
    """
    found = tokens(text)
    starts = line_starts(text)
    try:
        check(text, found)
    except TooComplex as error:
        line = bisect_right(starts, error.offset)
        raise NotParsed(line, error.offset - starts[line - 1] + 1, error.message) from None
    with _no_garbage_collection():
        module = _parse(text)
        walk = Statements(Cursor(found, starts, origin))
        return [walk.statements(node) for node in module.body]


def _parse(text: str) -> cst.Module:
    try:
        module: cst.Module = native.parse_module(text)
    except cst.ParserSyntaxError as error:
        message = _tokenizer_message.search(error.message)
        # `raw_line` is one too far for most errors of the parser; what its message says is right.
        place = _error_place.search(error.message)
        line, column = (int(place[1]), int(place[2])) if place else (error.raw_line, error.raw_column)
        raise NotParsed(line, column + 1, message[1] if message else "invalid syntax") from None
    except Exception as error:
        # The checks in libcst's nodes stumble over some of what its parser reads: ``[x async`` at the end of a line.
        raise NotParsed(1, 1, f"libcst cannot read this: {error}") from error
    return module


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """libcst's tree is very many objects and no cycle: looking for one takes a quarter of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
