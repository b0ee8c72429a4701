"""Writes suppression comments for what a run has found, so that a tree becomes green in one step.

A comment goes to the end of the last line of the statement, or of the header of a function or class: formatters leave
it there, whatever they do to the lines. Where one would wander off to another statement when a line is broken up, and
where there is no place for one, the file gets an ``ignore-file`` comment at its top.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import accumulate

from delete_lint.findings import Edit, Finding, Fix
from delete_lint.graph.place import Place
from delete_lint.report import Report
from delete_lint.rule import UNREADABLE, UNUSED
from delete_lint.source.file import SourceFile
from delete_lint.source.tokens import bracket_end, string_end
from delete_lint.suppression import Suppression, lines_of, suppressions_in

_COOKIE = re.compile(r"coding[:=]")
_DEFINITION = re.compile(r"\s*(?:async\s+)?(?:def|class)\b")
_COMPOUND = re.compile(
    r"\s*(?:async\s+)?(?:if|elif|else|for|while|try|except|finally|with|match|case|def|class)\b", re.ASCII
)
_OF_INTEREST = re.compile(r"""["'()\[\]{}#:;\\]|\blambda\b""")


class ReasonError(ValueError):
    """A reason that cannot stand in a comment; the message tells why."""


def ignores_for(report: Report, reason: str) -> list[Fix]:
    """The changes that suppress every finding of the report, one for each file. Raises `ReasonError`.

    A file that cannot be read, a suppression of no use, and what stands in no Python file are left to be put right.
    """
    reason = _checked(reason)
    by_file: dict[str, list[Finding]] = defaultdict(list)
    for finding in report.findings:
        if finding.rule not in (UNREADABLE, UNUSED):
            by_file[finding.place.file].append(finding)
    fixes: list[Fix] = []
    for name, findings in by_file.items():
        source = report.sources.get(name)
        if isinstance(source, SourceFile):
            comments = _Comments(source, reason)
            for finding in findings:
                comments.add(finding)
            noun = "finding" if len(findings) == 1 else "findings"
            fixes.append(Fix(name, f"suppress {len(findings)} {noun}", "safe", tuple(sorted(comments.edits()))))
    return fixes


def _checked(reason: str) -> str:
    reason = reason.strip()
    if not reason:
        raise ReasonError("a suppression needs a reason: say why these findings may stay")
    if not reason.isprintable():
        raise ReasonError("a reason must fit on one line of plain text")
    if "#" in reason:
        raise ReasonError("a reason must not contain `#`, which would start another comment")
    if _COOKIE.search(reason):
        raise ReasonError(
            "a reason must not contain `coding:` or `coding=`, which Python takes for the file's encoding"
        )
    return reason


@dataclass
class _Comments:
    """The comments that one file gets: those that are added to, new ones by line, and the rules of the whole file."""

    source: SourceFile
    reason: str
    extended: dict[Suppression, list[str]] = field(default_factory=dict)
    new: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    whole_file: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        found = [each for each in suppressions_in(self.source.name, self.source) if each.rules is not None]
        self._on_lines = [suppression for suppression in found if suppression.word == "ignore"]
        self._on_file = [suppression for suppression in found if suppression.word == "ignore-file"]
        self._starts = [0, *accumulate(len(line) + 1 for line in self.source.lines)]

    def add(self, finding: Finding) -> None:
        line = _line_for(self.source, finding.place, self._offset(finding.place.line, finding.place.column))
        speaking = lines_of(self.source, finding.place.line)
        existing = [suppression for suppression in self._on_lines if suppression.place.line in speaking]
        existing.sort(key=lambda suppression: suppression.place.line != line)
        if not existing and line is None:
            existing = self._on_file[:1]
        if existing:
            rules = self.extended.setdefault(existing[0], list(existing[0].rules or ()))
            if finding.rule not in rules:
                rules.append(finding.rule)
        elif line is not None:
            self.new[line].add(finding.rule)
        else:
            self.whole_file.add(finding.rule)

    def edits(self) -> Iterator[Edit]:
        for suppression, rules in self.extended.items():
            place = suppression.place
            begin, end = self._offset(place.line, place.column), self._offset(place.line, place.end_column)
            yield Edit(begin, end, _comment(suppression.word, rules, self._reason_with(suppression.reason)))
        for line, names in self.new.items():
            text = self.source.lines[line - 1]
            begin = self._offset(line, len(text.rstrip()) + 1)
            comment = _comment("ignore", sorted(names), self.reason)
            yield Edit(begin, self._offset(line, len(text) + 1), f"  {comment}")
        if self.whole_file:
            begin = self._offset(_top(self.source), 1)
            yield Edit(begin, begin, _comment("ignore-file", sorted(self.whole_file), self.reason) + "\n")

    def _reason_with(self, old: str) -> str:
        if not old:
            return self.reason
        return old if self.reason in old else f"{old}; {self.reason}"

    def _offset(self, line: int, column: int) -> int:
        return self._starts[line - 1] + column - 1


def _comment(word: str, rules: Iterable[str], reason: str) -> str:
    return f"# delete-lint: {word}[{', '.join(rules)}] {reason}"


def _top(source: SourceFile) -> int:
    """The line to put a comment about the whole file before: below the encoding, which must stand in the first two
    lines, and what else of comments the file starts with."""
    lines = source.lines
    line = 2 if len(lines) > 1 and lines[1].startswith("#") and _COOKIE.search(lines[1]) else 0
    while line < len(lines) - 1 and lines[line].startswith("#"):
        line += 1
    return line + 1


# --- where a comment stays ------------------------------------------------------------------------------------------


def _line_for(source: SourceFile, place: Place, offset: int) -> int | None:
    """The line whose end a comment about the place can be put to, if there is one."""
    first, last = source.logical_line(place.line)
    begin = offset - place.column + 1 - sum(len(line) + 1 for line in source.lines[first - 1 : place.line - 1])
    code = "\n".join(source.lines[first - 1 : last])
    if not code.strip() or code.endswith("\\"):
        return None
    joints = list(_joints(code))
    body = _body(code, joints)
    if any(mark == ";" and where > offset - begin for where, mark in joints):
        return None
    if body is None or offset - begin >= body:
        return last
    return _decorator_above(source, first) if _DEFINITION.match(code) else None


def _joints(code: str) -> Iterator[tuple[int, str]]:
    """Where the colons and semicolons of a logical line are that stand in no brackets, those of lambdas left out."""
    lambdas = position = 0
    while match := _OF_INTEREST.search(code, position):
        mark, position = match[0], match.end()
        if mark in "\"'":
            position = string_end(code, match.start()) or len(code)
        elif mark in "([{":
            position = bracket_end(code, match.start()) or len(code)
        elif mark == "#":
            end = code.find("\n", position)
            position = len(code) if end < 0 else end
        elif mark == "lambda":
            lambdas += 1
        elif mark == ":" and not code.startswith("=", position) and lambdas:
            lambdas -= 1
        elif mark == ";" or (mark == ":" and not code.startswith("=", position)):
            yield match.start(), mark


def _body(code: str, joints: Iterable[tuple[int, str]]) -> int | None:
    """Where the body starts of a compound statement that has it on the line of its header. A formatter will break the
    line there."""
    if not _COMPOUND.match(code):
        return None
    colon = next((where for where, mark in joints if mark == ":"), None)
    return colon + 1 if colon is not None and _is_code(code[colon + 1 :]) else None


def _is_code(text: str) -> bool:
    return any(line.strip() and not line.lstrip().startswith("#") for line in text.split("\n"))


def _decorator_above(source: SourceFile, line: int) -> int | None:
    """The last line of the decorator right above a function or class."""
    above = line - 1
    while above >= 1 and source.lines[above - 1].lstrip()[:1] in ("", "#"):
        above -= 1
    if above < 1:
        return None
    first, last = source.logical_line(above)
    return last if source.lines[first - 1].lstrip().startswith("@") else None
