"""Colours, and text made safe for a terminal."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, TextIO

from delete_lint.findings import Severity
from delete_lint.inert import UNPRINTABLE

_UNPRINTABLE = re.compile(UNPRINTABLE)
#: What CI services obey wherever it stands in their logs: ``##[group]``, ``##vso[task.complete]``; its second ``#``.
_LOG_COMMAND = re.compile(r"(?<=#)#(?=\w*\[)")
#: What GitHub Actions obeys at the start of a line; its first colon.
_LINE_COMMAND = re.compile(r"\A(\s*):(?=:)")

Colour = Literal["bold", "dim", "red", "yellow", "blue", "green", "cyan"]
_CODES: dict[Colour, str] = {
    "bold": "1",
    "dim": "2",
    "red": "1;31",
    "yellow": "1;33",
    "blue": "1;34",
    "green": "32",
    "cyan": "36",
}
SEVERITY_COLOURS: dict[Severity, Colour] = {"error": "red", "warning": "yellow", "info": "blue"}


@dataclass(frozen=True, slots=True)
class Style:
    """Wraps text in escape sequences, or leaves it as it is. ``escape`` is what they begin with."""

    colour: bool = False
    escape: str = "\x1b"

    def __call__(self, text: str, colour: Colour) -> str:
        return f"{self.escape}[{_CODES[colour]}m{text}{self.escape}[0m" if self.colour and text else text


def wants_colour(stream: TextIO, asked: bool | None) -> bool:
    """Whether to colour what goes to the stream: as asked, else as the environment says, else on a terminal."""
    if asked is not None:
        return asked
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return os.environ.get("TERM") != "dumb" and stream.isatty()


def printable(text: str) -> str:
    """The text with control characters written out, so that a file's name or content cannot drive a terminal, and
    with nothing in it that a CI service would take for a command."""
    return without_commands(_UNPRINTABLE.sub(_written_out, text))


def without_commands(line: str) -> str:
    """A line for a log in which nothing but its start may be a command to a CI service."""
    return _LOG_COMMAND.sub(r"\\x23", line)


#: In place of the escape character while names that come from the source, and may hold one, stand in the same text.
_MARK = f"\x1b{os.urandom(8).hex()}"
_MARKED = re.compile(f"{_MARK}(\\[[0-9;]*m)")


def marked(colour: bool) -> Style:
    """A style for lines that `printable_lines` makes safe in the end."""
    return Style(colour, _MARK)


def printable_lines(lines: Iterable[str]) -> str:
    """The lines as one text, all made safe but for what a style of `marked` has put in."""
    return "\n".join(_LINE_COMMAND.sub(r"\1\\x3a", "".join(_safe_but_marked(line))) for line in lines)


def _safe_but_marked(line: str) -> Iterator[str]:
    for number, part in enumerate(_MARKED.split(line)):
        yield f"\x1b{part}" if number % 2 else printable(part)


def line_start(name: str) -> str:
    """A name made safe to start a line of a log with."""
    return _LINE_COMMAND.sub(r"\1\\x3a", printable(name))


def _written_out(match: re.Match[str]) -> str:
    code = ord(match[0])
    return {9: "\\t", 10: "\\n", 13: "\\r"}.get(code) or (f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}")
