"""From the bytes of a file to its text, as PEP 263 has it."""

from __future__ import annotations

import codecs
import re

from delete_lint.source.tokens import universal_newlines

_cookie = re.compile(rb"^[ \t\f]*#[^\r\n]*?coding[:=][ \t]*([-\w.]+)")
_blank = re.compile(rb"^[ \t\f]*(?:#[^\r\n]*)?\Z")
_line_end = re.compile(rb"\r\n|\r|\n")


class Unreadable(Exception):  # noqa: N818 - it is kept and reported more often than raised
    """Why and where a file, or a block of it, cannot be read."""

    def __init__(self, line: int, column: int, message: str) -> None:
        super().__init__(message)
        self.line = line
        self.column = column
        self.message = message

    def __repr__(self) -> str:
        return f"Unreadable({self.line}, {self.column}, {self.message!r})"


def decode(data: bytes) -> str:
    r"""The text of a Python file, without byte order mark, and with ``\n`` as its line ends. Raises `Unreadable`."""
    has_mark = data.startswith(codecs.BOM_UTF8)
    if has_mark:
        data = data[len(codecs.BOM_UTF8) :]
    encoding = _declared(data)
    if encoding is None or encoding.lower().replace("_", "-") in ("utf-8", "utf8"):
        encoding = "utf-8"
    elif has_mark:
        raise Unreadable(1, 1, f"the file starts with a UTF-8 mark, but says that it is in {encoding}")
    try:
        return universal_newlines(data.decode(encoding))
    except UnicodeDecodeError as error:
        before = _line_end.split(data[: error.start])
        column = len(before[-1].decode(encoding, "replace")) + 1
        raise Unreadable(len(before), column, f"not in {encoding}: {error.reason}") from None
    except (LookupError, ValueError, TypeError):
        raise Unreadable(1, 1, f"unknown encoding: {encoding}") from None


def _declared(data: bytes) -> str | None:
    """What the comment in the first two lines says."""
    if b"coding" not in data[:1000]:
        return None
    lines = _line_end.split(data[:1000], maxsplit=2)
    for line in lines[:2]:
        if match := _cookie.match(line):
            return match[1].decode("ascii", "replace")
        if not _blank.match(line):
            return None
    return None
