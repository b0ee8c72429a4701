"""A place in the tokens of a text, moved along by the walk over its tree."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from delete_lint.source.tokens import Tokens

_REACH = 4096


class Cursor:
    """Hands out positions. ``origin`` gives, for each line of the text, the line to report."""

    def __init__(self, tokens: Tokens, line_starts: Sequence[int], origin: Sequence[int]) -> None:
        self._texts = tokens.texts
        self._offsets = tokens.offsets
        self._lines = tokens.lines
        self._line_starts = line_starts
        self._origin = origin
        self._line = 0
        self._index = 0
        self._pinned: tuple[int, int] | None = None

    def take(self, text: str) -> tuple[int, int]:
        """Move behind the next token with this text, and say where it starts."""
        index = self._index
        if self._pinned is not None:
            return self._pinned
        if self._texts[index] != text:
            try:
                index = self._texts.index(text, index, index + _REACH)
            except ValueError:
                return self._position(self._index)
        self._index = index + 1
        return self._position(index)

    def next(self) -> tuple[int, int]:
        """Where the next token starts."""
        return self._pinned or self._position(self._index)

    def last(self) -> tuple[int, int]:
        """Where the token taken last starts."""
        return self._pinned or self._position(max(self._index - 1, 0))

    def end_line(self) -> None:
        """Move to the next logical line, wherever the walk got to in this one: no slip lasts longer than a line."""
        if self._pinned is None and self._line < len(self._lines) - 1:
            self._line += 1
            self._index = self._lines[self._line]

    def pin(self, position: tuple[int, int] | None) -> tuple[int, int] | None:
        """From now on say this position for everything (None: no longer); gives what was pinned before."""
        before, self._pinned = self._pinned, position
        return before

    def _position(self, index: int) -> tuple[int, int]:
        offset = self._offsets[min(index, len(self._offsets) - 1)]
        line = bisect_right(self._line_starts, offset)
        return self._origin[line - 1], offset - self._line_starts[line - 1] + 1
