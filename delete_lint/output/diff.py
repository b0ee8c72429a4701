"""Changed files as a unified diff, in the form that ``ruff --diff`` prints and ``patch`` reads."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator

from delete_lint.output.style import Style, printable
from delete_lint.source.decoding import encoding

_line = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


def diff(name: str, before: bytes, after: bytes, style: Style) -> Iterator[str]:
    """The lines of one file's diff, without their ends; characters that a terminal obeys are written out."""
    shown = printable(name)
    old, new = _lines(before), _lines(after)
    for number, line in enumerate(difflib.unified_diff(old, new, shown, shown, lineterm="\n")):
        for text in _parts(line):
            yield _coloured(text, style, number < 2)
    yield ""


def _lines(data: bytes) -> list[str]:
    return _line.findall(data.decode(encoding(data), "replace"))


def _parts(line: str) -> Iterator[str]:
    text = line.rstrip("\r\n")
    # The carriage return of a line end does no harm, and `patch` wants it.
    kept = "\r" if line.endswith("\r\n") else ""
    yield "\t".join(printable(part) for part in text.split("\t")) + kept
    if not line.endswith(("\n", "\r")):
        yield r"\ No newline at end of file"


def _coloured(text: str, style: Style, head: bool) -> str:
    if head:
        return style(text, "bold")
    match text[:1]:
        case "+":
            return style(text, "green")
        case "-":
            return style(text, "red")
        case "@":
            return style(text, "cyan")
    return text
