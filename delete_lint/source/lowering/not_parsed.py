"""What both ways of lowering say when they cannot."""

from __future__ import annotations


class NotParsed(Exception):  # noqa: N818 - it need not be the text's mistake
    """Where in the text the parser gave up, and why."""

    def __init__(self, line: int, column: int, message: str) -> None:
        super().__init__(message)
        self.line = line
        self.column = column
        self.message = message
