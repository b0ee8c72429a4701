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
    name = encoding(data)
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        return universal_newlines(data.decode(name))
    except UnicodeDecodeError as error:
        before = _line_end.split(data[: error.start])
        raise Unreadable(len(before), _width(before[-1], name) + 1, f"not in {name}: {error.reason}") from None
    except (LookupError, ValueError, TypeError):
        raise Unreadable(1, 1, f"unknown encoding: {name}") from None


def _width(line: bytes, name: str) -> int:
    """How many characters there are, about."""
    try:
        return len(line.decode(name, "replace"))
    except ValueError:  # some codecs know no replacement
        return len(line)


def encoding(data: bytes) -> str:
    """The encoding that a Python file is in, by what it says; a byte order mark aside. Raises `Unreadable`."""
    name = _declared(data.removeprefix(codecs.BOM_UTF8))
    if name is None or name.lower().replace("_", "-") in ("utf-8", "utf8"):
        return "utf-8"
    if data.startswith(codecs.BOM_UTF8):
        raise Unreadable(1, 1, f"the file starts with a UTF-8 mark, but says that it is in {name}")
    return name


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
