"""Where in the source something stands."""

from __future__ import annotations

from msgspec import Struct


class Place(Struct, frozen=True, order=True):
    """A span of source text; lines and columns count from 1, the end column is exclusive.

    ``end_line`` and ``end_column`` are 0 when only the start is known.
    """

    file: str
    line: int
    column: int = 1
    end_line: int = 0
    end_column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"
