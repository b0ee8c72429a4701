"""From the text of blocks to the facts of `delete_lint.source.syntax`.

The running Python's own parser reads nearly everything. What it does not know, or does not tell exactly, goes to
libcst, which reads the syntax of newer versions as well: both give the same facts, whatever Python runs them.
"""

from __future__ import annotations

import gc
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from delete_lint.source import syntax
from delete_lint.source.lowering.by_builtin import lower_with_builtin
from delete_lint.source.lowering.complexity import TooComplex, check, is_surely_simple
from delete_lint.source.lowering.not_parsed import NotParsed
from delete_lint.source.lowering.places import GiveUp
from delete_lint.source.outline import line_starts
from delete_lint.source.tokens import Tokens, tokens

__all__ = ["NotParsed", "lower"]


def lower(text: str, origin: Sequence[int]) -> list[list[syntax.Stmt]]:
    """The statements of each line or compound statement at the top level of ``text``.

    ``origin`` gives for each line of the text the line that positions are to name. Raises `NotParsed`.
    """
    found = None if is_surely_simple(text) else _checked(text)
    with _no_garbage_collection():
        try:
            return lower_with_builtin(text, origin)
        except GiveUp:
            # A run in which nothing is odd has no need of libcst, which takes long to import.
            from delete_lint.source.lowering.by_libcst import lower_with_libcst

            return lower_with_libcst(text, origin, found or _checked(text))


def _checked(text: str) -> Tokens:
    found = tokens(text)
    try:
        check(text, found)
    except TooComplex as error:
        starts = line_starts(text)
        line = bisect_right(starts, error.offset)
        raise NotParsed(line, error.offset - starts[line - 1] + 1, error.message) from None
    return found


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """A parser's tree is very many objects and no cycle: looking for one takes a quarter of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
