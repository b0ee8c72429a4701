"""Colours, and text made safe for a terminal."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import Literal, TextIO

from delete_lint.findings import Severity

#: Control characters, and the invisible ones that turn the direction of text around or end a line.
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
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
    """Wraps text in escape sequences, or leaves it as it is."""

    colour: bool = False

    def __call__(self, text: str, colour: Colour) -> str:
        return f"\x1b[{_CODES[colour]}m{text}\x1b[0m" if self.colour and text else text


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


def line_start(name: str) -> str:
    """A name made safe to start a line of a log with."""
    return _LINE_COMMAND.sub(r"\1\\x3a", printable(name))


def _written_out(match: re.Match[str]) -> str:
    code = ord(match[0])
    return {9: "\\t", 10: "\\n", 13: "\\r"}.get(code) or (f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}")
