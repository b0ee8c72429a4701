"""Where the nodes of the standard library's tree stand, as lowering reports it."""

from __future__ import annotations

import ast
import re
import sys
from bisect import bisect_right
from collections.abc import Sequence

from delete_lint.source.outline import line_starts
from delete_lint.source.tokens import string_end

_blank = re.compile(r"(?>(?:[ \t\f\n]|\\\n)*)")
_between_strings = re.compile(r"(?>(?:[ \t\f\n]|\\\n|#[^\n]*)*)")
_quote = re.compile(r"[A-Za-z]*(?=[\"'])")


class GiveUp(Exception):  # noqa: N818 - nothing is wrong: libcst is asked instead
    """The standard library's tree does not tell everything that is kept of this text, or not exactly."""


class Places:
    """Positions in a text: ``origin`` gives, for each of its lines, the line to report.

    The tree counts columns in UTF-8, lowering in characters.
    """

    def __init__(self, text: str, origin: Sequence[int]) -> None:
        self.text = text
        self.origin = origin
        self._wide = None if text.isascii() else text.split("\n")
        self._pinned: tuple[int, int] | None = None
        self._line_starts: Sequence[int] = ()

    def at(self, line: int, column: int) -> tuple[int, int]:
        """The place of a line of the text and an offset into it, as the tree has them."""
        if self._pinned is not None:
            return self._pinned
        if self._wide is not None:
            column = self._characters(line, column)
        return self.origin[line - 1], column + 1

    def start(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        return self.at(node.lineno, node.col_offset)

    def attribute(self, node: ast.Attribute) -> tuple[int, int]:
        """Where the name behind the dot starts."""
        if self._pinned is not None:
            return self._pinned
        line, end = _end(node)
        if self._wide is not None:
            end = self._characters(line, end)
        return self.origin[line - 1], end - len(node.attr) + 1

    def pin(self, position: tuple[int, int] | None) -> tuple[int, int] | None:
        """From now on say this position for everything (None: no longer); gives what was pinned before."""
        before, self._pinned = self._pinned, position
        return before

    def bracket_before_call(self, func: ast.expr) -> tuple[int, int]:
        """The last bracket that closes in front of the one of a call whose function has no name."""
        if self._pinned is not None:
            return self._pinned
        offset = self.offset(*_end(func))
        last = offset - 1
        while (position := self._skip(_blank, offset)) < len(self.text) and self.text[position] == ")":
            last = position
            offset = position + 1
        if not self.text.startswith("(", position) or self.text[last] not in ")]}":
            raise GiveUp
        line = bisect_right(self._starts, last)
        return self.origin[line - 1], last - self._starts[line - 1] + 1

    def string_parts(self, node: ast.JoinedStr) -> list[tuple[int, int]]:
        """Line and column in the tree's count of each of the strings that stand beside each other as one."""
        if self._pinned is not None:
            return [(node.lineno, node.col_offset)]
        offset = self.offset(node.lineno, node.col_offset)
        end = self.offset(*_end(node))
        parts: list[tuple[int, int]] = []
        while offset < end:
            quote = _quote.match(self.text, offset)
            stop = string_end(self.text, quote.end()) if quote else None
            if stop is None:
                raise GiveUp
            line = bisect_right(self._starts, offset)
            column = len(self.text[self._starts[line - 1] : offset].encode())
            parts.append((line, column))
            offset = self._skip(_between_strings, stop)
        if len(parts) > 1 and sys.version_info < (3, 12):
            raise GiveUp  # which of the strings a field is in is not told
        return parts

    def source(self, node: ast.expr) -> str:
        """The text of a node."""
        return self.text[self.offset(node.lineno, node.col_offset) : self.offset(*_end(node))]

    def offset(self, line: int, column: int) -> int:
        """The offset into the text."""
        if self._wide is not None:
            column = self._characters(line, column)
        return self._starts[line - 1] + column

    def is_continued(self, line: int) -> bool:
        """Whether a backslash ends the line."""
        end = self.text.find("\n", self._starts[line - 1])
        return self.text.endswith("\\", 0, end if end >= 0 else len(self.text))

    @property
    def _starts(self) -> Sequence[int]:
        if not self._line_starts:
            self._line_starts = line_starts(self.text)
        return self._line_starts

    def _characters(self, line: int, column: int) -> int:
        assert self._wide is not None
        text = self._wide[line - 1]
        return column if text.isascii() else len(text.encode()[:column].decode())

    def _skip(self, pattern: re.Pattern[str], offset: int) -> int:
        match = pattern.match(self.text, offset)
        return match.end() if match else offset


def _end(node: ast.expr) -> tuple[int, int]:
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    return node.end_lineno, node.end_col_offset
