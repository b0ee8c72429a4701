"""Down to which lines of its files a report names places: what stands below them may move."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass

from msgspec import Struct

from delete_lint.graph.model import Model
from delete_lint.graph.place import Place
from delete_lint.report import Report

#: A place in a text.
_PLACE = re.compile(r"([\w./-]+)(?::|, line )(\d+)", re.ASCII)
#: A name that is found whole in such a text.
_PLAIN_NAME = re.compile(r"[\w./-]+", re.ASCII)
#: Stands for the last line of a file.
EVERY_LINE = 1 << 60


class ToldLines:
    """The last line of each file that a report, or the ``text`` that was made of it, may name."""

    def __init__(self, report: Report, text: str = "") -> None:
        self._last: dict[str, int] = {}
        texts = [text, *report.warnings]
        findings = (*report.findings, *report.baselined, *(each.finding for each in report.suppressed))
        for finding in findings:
            texts += (finding.message, finding.help, *(note.message for note in finding.notes))
        for place in _places((findings, report.suppressed), set()):
            self._note(place.file, max(place.line, place.end_line))
        for match in _PLACE.finditer("\n".join(texts)):
            self._note(match[1], int(match[2]))

    def __call__(self, name: str) -> int:
        """0 when no line is named."""
        return self._last.get(name, 0) if _PLAIN_NAME.fullmatch(name) is not None else EVERY_LINE

    def _note(self, name: str, line: int) -> None:
        self._last[name] = max(self._last.get(name, 0), line)


def _places(value: object, seen: set[int]) -> Iterator[Place]:
    """The places that something is made of."""
    if isinstance(value, str | int):
        return
    if isinstance(value, Place):
        yield value
    elif isinstance(value, Model):  # of which only this is named
        yield from _places(value.place, seen)
    elif isinstance(value, tuple | frozenset):
        for each in value:
            yield from _places(each, seen)
    elif id(value) not in seen:
        seen.add(id(value))  # which lives as long as the report
        names = [field.name for field in fields(value)] if is_dataclass(value) else ()
        for name in value.__struct_fields__ if isinstance(value, Struct) else names:
            yield from _places(getattr(value, name), seen)
