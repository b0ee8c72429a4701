"""Findings for people: the place in the source, the way there, and the way out."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping

from delete_lint.findings import Finding
from delete_lint.graph.place import Place
from delete_lint.output.change import parts
from delete_lint.output.concise import headline
from delete_lint.output.style import SEVERITY_COLOURS, Style, printable, without_commands
from delete_lint.report import Report, SourceText

_WIDTH = 140
_WORD = re.compile(r"@?\w+")


def text(report: Report, style: Style) -> Iterator[str]:
    """The findings, a block of lines each, with an empty line behind it."""
    for title, findings in parts(report):
        if title:
            yield style(f"{title[0].upper()}{title[1:]}:", "bold")
            yield ""
        for finding in findings:
            yield from told(finding, report, style)
            yield ""


def told(finding: Finding, report: Report, style: Style) -> Iterator[str]:
    """One finding with all that there is to say about it."""
    yield headline(finding, style)
    yield from _snippet(finding, report.sources, style)
    for note in finding.notes:
        place = f"{printable(note.place.file)}:{note.place.line}"
        yield f"  {style('note', 'cyan')}: {place}: {printable(note.message)}"
    if finding.help:
        yield f"  {style('help', 'green')}: {printable(finding.help)}"
    if finding.fix is not None:
        option = "--fix" if finding.fix.safety == "safe" else "--fix --unsafe-fixes"
        yield f"  {style('fix', 'green')}: {printable(finding.fix.description)} ({option})"


def _snippet(finding: Finding, sources: Mapping[str, SourceText], style: Style) -> Iterator[str]:
    place = finding.place
    line = _line(sources, place)
    if line is None or not line.strip():
        return
    start = min(place.column - 1, len(line))
    end = _end(line, start, place)
    before, marked, after = _window(line, start, end)
    number = str(place.line)
    gutter = " " * len(number)
    bar = style("|", "dim")
    mark = style("^" * max(1, _width(marked)), SEVERITY_COLOURS[finding.severity])
    yield f"  {gutter} {bar}"
    yield without_commands(f"  {style(number, 'dim')} {bar} {before}{marked}{after}")
    yield f"  {gutter} {bar} {' ' * _width(before)}{mark}"


def _line(sources: Mapping[str, SourceText], place: Place) -> str | None:
    source = sources.get(place.file)
    line = source.line(place.line) if source is not None else None
    return line.rstrip() if line is not None else None


def _end(line: str, start: int, place: Place) -> int:
    """Where the mark ends in the line: with the place, with the line if that goes on, or with the word."""
    if place.end_line > place.line:
        return len(line)
    if place.end_line == place.line and place.end_column > place.column:
        return min(place.end_column - 1, len(line))
    word = _WORD.match(line, start)
    return word.end() if word is not None else start + 1


def _window(line: str, start: int, end: int) -> tuple[str, str, str]:
    """The line around the mark, in three pieces that are safe to print; a line that is too long is cut."""
    first = 0
    if len(line) > _WIDTH:
        first = max(0, min(start - _WIDTH // 3, len(line) - _WIDTH))
    last = min(len(line), first + _WIDTH)
    end = max(start, min(end, last))
    return (
        ("…" if first else "") + _shown(line[first:start]),
        _shown(line[start:end]),
        _shown(line[end:last]) + ("…" if last < len(line) else ""),
    )


def _shown(piece: str) -> str:
    return printable(piece.replace("\t", "    "))


def _width(piece: str) -> int:
    """Columns on a terminal: none for a combining character, two for a wide one."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in piece
    )
