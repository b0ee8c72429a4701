"""Down to which lines of its files a report names places: what stands below them may move."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass

from msgspec import Struct

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
        for each in _parts((findings, report.suppressed), set()):
            if isinstance(each, Place):
                self._note(each.file, max(each.line, each.end_line))
            else:
                texts.append(each)
        for match in _PLACE.finditer("\n".join(texts)):
            self._note(match[1], int(match[2]))

    def __call__(self, name: str) -> int:
        """0 when no line is named."""
        return self._last.get(name, 0) if _PLAIN_NAME.fullmatch(name) is not None else EVERY_LINE

    def _note(self, name: str, line: int) -> None:
        self._last[name] = max(self._last.get(name, 0), line)


def _parts(value: object, seen: set[int]) -> Iterator[Place | str]:
    """The places and texts that something is made of."""
    if isinstance(value, Place | str):
        yield value
    elif isinstance(value, tuple | frozenset):
        for each in value:
            yield from _parts(each, seen)
    elif id(value) not in seen:
        seen.add(id(value))  # which lives as long as the report
        names = [field.name for field in fields(value)] if is_dataclass(value) else ()
        for name in value.__struct_fields__ if isinstance(value, Struct) else names:
            yield from _parts(getattr(value, name), seen)
