"""Fixes made in the files of a run, again and again until there is nothing left to fix."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import libcst as cst

from delete_lint.findings import Finding, Fix
from delete_lint.fixes.choice import Choice
from delete_lint.fixes.editing import NotEdited, edited
from delete_lint.fixes.writing import Disk
from delete_lint.report import Report, SourceText

_MOST_ROUNDS = 50


@dataclass(frozen=True, slots=True)
class Change:
    """A file's bytes before and after."""

    name: str
    before: bytes
    after: bytes


@dataclass(frozen=True, slots=True)
class Applied:
    """What was fixed. ``fixed`` counts findings by rule, ``problems`` tell what could not be fixed, a line each.

    ``report`` is about the files as they are now: what is left.
    """

    fixed: Mapping[str, int]
    changes: tuple[Change, ...]
    problems: tuple[str, ...]
    report: Report


def apply_fixes(report: Report, root: Path, again: Callable[[], Report], *, unsafe: bool) -> Applied:
    """Makes the fixes of a report in its files, whose names count from ``root``, then those of a run after that
    (``again``), until nothing is left to fix. A file that changed since it was read is left alone, and each file is
    replaced whole or not at all."""
    return _Rounds(Disk(root, report.files), unsafe).run(report, lambda contents: again())


def preview_fixes(
    report: Report, root: Path, again: Callable[[Mapping[str, bytes]], Report], *, unsafe: bool
) -> Applied:
    """What `apply_fixes` would come to, with nothing written: ``again`` lints with these contents of these files."""
    return _Rounds(_Memory(Disk(root, report.files)), unsafe).run(report, again)


def write_fixes(fixes: Iterable[Fix], report: Report, root: Path) -> Applied:
    """Makes these fixes in the files of a report, once. They do not overlap."""
    rounds = _Rounds(Disk(root, report.files), unsafe=True)
    by_file: dict[str, Choice] = {}
    for fix in fixes:
        by_file.setdefault(fix.file, Choice()).edits.update(fix.edits)
    for name, choice in by_file.items():
        rounds.change(name, choice, report)
    return rounds.applied(report)


class Store(Protocol):
    """Where files are read and written; both raise `NotEdited`."""

    def where(self, name: str) -> str: ...

    def read(self, name: str) -> bytes: ...

    def write(self, name: str, before: bytes, after: bytes) -> None: ...


class _Memory:
    """Writes nothing, and reads what would have been written."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        self._written: dict[str, bytes] = {}

    def where(self, name: str) -> str:
        return self._disk.where(name)

    def read(self, name: str) -> bytes:
        found = self._written.get(self.where(name))
        return self._disk.read(name) if found is None else found

    def write(self, name: str, before: bytes, after: bytes) -> None:
        self._written[self.where(name)] = after


class _Rounds:
    def __init__(self, store: Store, unsafe: bool) -> None:
        self._store = store
        self._unsafe = unsafe
        self._fixed: Counter[str] = Counter()
        self._changes: dict[str, Change] = {}
        self._problems: dict[str, None] = {}
        self._refused: set[str] = set()
        self._seen: set[tuple[str, bytes]] = set()

    def run(self, report: Report, again: Callable[[Mapping[str, bytes]], Report]) -> Applied:
        for _ in range(_MOST_ROUNDS):
            if not self._round(report):
                break
            report = again({name: change.after for name, change in self._changes.items()})
        else:
            self._problems[f"there was still something to fix after {_MOST_ROUNDS} rounds of fixing: run again"] = None
        return self.applied(report)

    def applied(self, report: Report) -> Applied:
        changes = sorted(self._changes.values(), key=lambda change: change.name)
        return Applied(dict(sorted(self._fixed.items())), tuple(changes), tuple(self._problems), report)

    def _round(self, report: Report) -> bool:
        """Whether something was fixed."""
        by_file: dict[str, list[Finding]] = {}
        for finding in report.findings:
            fix = finding.fix
            if fix is not None and (self._unsafe or fix.safety == "safe") and fix.file not in self._refused:
                by_file.setdefault(fix.file, []).append(finding)
        # A file of two names is changed under the first of them, and no longer what was read under the others.
        once = {self._store.where(name): name for name in sorted(by_file, reverse=True)}
        changed = [self.change(name, Choice.of(by_file[name]), report) for name in sorted(once.values())]
        return any(changed)

    def change(self, name: str, choice: Choice, report: Report) -> bool:
        """Changes one file. What keeps that from being done becomes a problem, and the file is left alone from then."""
        source = report.sources.get(name)
        try:
            before = self._store.read(name)
            if source is None:
                raise NotEdited("was not read")
            after = self._after(name, before, source, choice)
            if after == before:
                return False
            if (name, after) in self._seen:
                rules = " and ".join(sorted({finding.rule for finding in choice.findings}))
                raise NotEdited(f"the fixes of {rules} undo each other")
            self._store.write(name, before, after)
        except NotEdited as error:
            self._refused.add(name)
            self._problems[f"{name} is not fixed: {error}"] = None
            return False
        self._seen.add((name, before))
        first = self._changes[name].before if name in self._changes else before
        self._changes[name] = Change(name, first, after)
        self._fixed.update(finding.rule for finding in choice.findings)
        return True

    def _after(self, name: str, before: bytes, source: SourceText, choice: Choice) -> bytes:
        text = "\n".join(source.lines)
        after = edited(before, text, sorted(choice.edits))
        if _stays_python(name, before, after):
            return after
        if not _is_python(name, before):
            raise NotEdited("cannot be parsed: repair it first")
        broken = [finding for finding in choice.findings if not self._works_alone(name, before, text, finding)]
        rules = " and ".join(sorted({finding.rule for finding in broken or choice.findings}))
        raise NotEdited(f"the fix of {rules} would leave it with a syntax error, which is a mistake in delete-lint")

    def _works_alone(self, name: str, before: bytes, text: str, finding: Finding) -> bool:
        edits = sorted(finding.fix.edits) if finding.fix is not None else []
        return _stays_python(name, before, edited(before, text, edits))


def _stays_python(name: str, before: bytes, after: bytes) -> bool:
    """Whether a file can still be compiled; one in a Python too new for that can be parsed."""
    if _compiles(name, before):
        return _compiles(name, after)
    return _parses(before) and _parses(after)


def _is_python(name: str, data: bytes) -> bool:
    return _compiles(name, data) or _parses(data)


def _compiles(name: str, data: bytes) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(data, name, "exec", dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError, MemoryError, SystemError):
            return False
    return True


def _parses(data: bytes) -> bool:
    try:
        cst.parse_module(data)
    except (cst.ParserSyntaxError, RecursionError, ValueError, LookupError):
        return False
    return True
