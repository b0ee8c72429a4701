"""From offsets in a file's text, in which fixes are given, to lines and columns, in which other programs think."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate

from delete_lint.findings import Fix
from delete_lint.report import Report


@dataclass(frozen=True, slots=True)
class Replacement:
    """One edit of a fix. Lines and columns count from 1, the end is exclusive; equal ends insert."""

    line: int
    column: int
    end_line: int
    end_column: int
    text: str


def replacements(fix: Fix, report: Report) -> list[Replacement]:
    """The edits of a fix in the order of the text; none when the file is not to be had."""
    source = report.sources.get(fix.file)
    if source is None:
        return []
    starts = [0, *accumulate(len(line) + 1 for line in source.lines[:-1])]
    found: list[Replacement] = []
    for edit in sorted(fix.edits):
        line, end_line = bisect_right(starts, edit.begin), bisect_right(starts, edit.end)
        column, end_column = edit.begin - starts[line - 1] + 1, edit.end - starts[end_line - 1] + 1
        found.append(Replacement(line, column, end_line, end_column, edit.text))
    return found
