"""The baseline: a file of findings that are known, so that a run fails because of new ones only.

    # delete-lint baseline 1: known findings, one a line, in any order

    ["shop/tasks.py", "unbatched_cascade", "forget_customers: shop.Customer", "0f4a52c1"]

An entry is the file (from the folder of the baseline on), the rule, what the finding is about and, in short, its
statement. Every line stands for itself, so that git can merge two branches that each add some; the empty lines between
files keep additions to neighbouring files apart.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from msgspec import Struct

from delete_lint import disk
from delete_lint.findings import Finding
from delete_lint.inert import UNPRINTABLE
from delete_lint.report import Report
from delete_lint.rule import UNREADABLE
from delete_lint.selection import known_rules
from delete_lint.settings import Settings
from delete_lint.whole_file import line_end, write_whole

VERSION = 1

_ANEW = "remove the file and write it anew with --write-baseline"

_HEADER = "# delete-lint baseline {}: known findings, one a line, in any order"
_FIRST_LINE = re.compile(r"# delete-lint baseline (\d+)\b")
_CONFLICT = re.compile(r"(?:<{7}|>{7}|\|{7}|={7})(?: |$)")

_ACTING = re.compile(rf"{UNPRINTABLE}|(?<=#)#")
_LABEL = re.compile(r"[a-z_]\w*\.([A-Z]\w*)(?:\.\w+)*")
_QUALIFIED = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")
_APP_LABEL = re.compile(r"\b(?:[a-z_]\w*\.)+(?=[A-Z])")


class BaselineError(Exception):
    """A baseline that cannot be read or written: where and why, in one line."""


class Entry(Struct, frozen=True, order=True):
    """A known finding; ``statement`` is that of `Finding`."""

    file: str
    rule: str
    what: str
    statement: str = ""

    @property
    def line(self) -> str:
        """The entry as it stands in the file."""
        values = [self.file, self.rule, self.what, self.statement]
        text = json.dumps(values if self.statement else values[:3], ensure_ascii=False)
        # Escaped within the strings, for whoever looks at the file in a terminal or in the log of a CI service.
        return _ACTING.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


class Sifted(Struct, frozen=True):
    """Findings that are new (``kept``) and known, and of the baseline's entries those that nobody found: ``gone``, in
    words, or ``unchecked``, as they stand in the file, where the run cannot tell."""

    kept: tuple[Finding, ...]
    known: tuple[Finding, ...] = ()
    gone: tuple[str, ...] = ()
    unchecked: tuple[str, ...] = ()


class Baseline(Struct, frozen=True):
    """The entries of a file; ``folder`` is the absolute path that their files are relative to."""

    folder: Path
    entries: tuple[Entry, ...]

    @classmethod
    def of(cls, findings: Iterable[Finding], cwd: Path) -> Baseline:
        """One without a file, of findings whose places are relative to ``cwd``."""
        return cls(cwd, tuple(_entry(finding, cwd, cwd) for finding in findings))

    def sift(
        self,
        findings: Iterable[Finding],
        cwd: Path | None = None,
        *,
        roots: Sequence[str | Path] = (".",),
        skipped_rules: Collection[str] = (),
        complete: bool = True,
    ) -> Sifted:
        """Tells the new findings from the known ones. Each entry stands for one finding.

        The places of the findings are relative to ``cwd``. What nobody found is gone only if the run was about all
        that the baseline is about: findings rest on other files than those that they stand in. So its files must be
        under ``roots``, the run ``complete``, no file newly unreadable, and the entry about none of the
        ``skipped_rules``.
        """
        cwd = Path.cwd() if cwd is None else cwd
        found = sorted(findings, key=lambda finding: finding.sort_key)
        candidates = [(_entry(finding, self.folder, cwd), finding) for finding in found]
        matching = _Matching(self.folder, list(self.entries), candidates)
        matching.run()
        known = {id(finding) for finding in matching.known}
        kept = tuple(finding for finding in found if id(finding) not in known)
        if any(finding.rule == UNREADABLE for finding in kept) or not self._is_covered(roots, cwd):
            complete = False
        gone = [entry for entry in matching.entries if complete and entry.rule not in skipped_rules]
        return Sifted(
            kept=kept,
            known=tuple(finding for finding in found if id(finding) in known),
            gone=tuple(f"{_relative(self.folder / entry.file, cwd)}: {entry.rule}: {entry.what}" for entry in gone),
            unchecked=tuple(entry.line for entry in matching.entries if not complete or entry.rule in skipped_rules),
        )

    def _is_covered(self, roots: Sequence[str | Path], cwd: Path) -> bool:
        """Whether all its files, so far as they are still there, are under these paths."""
        folders = [Path(os.path.abspath(cwd / root)) for root in roots]
        files = {Path(os.path.abspath(self.folder / entry.file)) for entry in self.entries}
        outside = (file for file in files if not any(file.is_relative_to(folder) for folder in folders))
        return not any(map(disk.is_there, outside))


def with_baseline(
    report: Report, baseline: Baseline, settings: Settings, cwd: Path, roots: Sequence[str | Path]
) -> Report:
    """The report of a run over ``roots`` with its known findings taken out."""
    skipped = known_rules(settings.plugins).keys() - {rule.name for rule, _ in report.rules}
    sifted = baseline.sift(report.findings, cwd, roots=roots, skipped_rules=skipped, complete=not report.problems)
    return replace(
        report,
        findings=sifted.kept,
        baselined=sifted.known,
        gone=sifted.gone,
        unchecked=sifted.unchecked,
        summary=replace(report.summary, baselined=len(sifted.known)),
    )


# --- the file -----------------------------------------------------------------------------------------------------


def read_baseline(path: Path) -> Baseline:
    """Raises `BaselineError`."""
    try:
        text = disk.read(path).decode("utf-8-sig")
    except FileNotFoundError as error:
        raise BaselineError(f"{path}: no such file: write it with --write-baseline {path}") from error
    except OSError as error:
        raise BaselineError(f"{path}: cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise BaselineError(f"{path}:{line}: not in UTF-8: {_ANEW}") from error
    lines = [line.strip() for line in text.split("\n")]
    version = _FIRST_LINE.match(lines[0])
    if version is None:
        raise BaselineError(
            f'{path}:1: not a baseline, which begins with "{_HEADER.format(VERSION)}": is the path right?'
        )
    if int(version[1]) != VERSION:
        raise BaselineError(
            f"{path}:1: version {version[1]} of the baseline, and this delete-lint knows version {VERSION}: "
            f"use the delete-lint that wrote it, or {_ANEW}"
        )
    entries = [
        _parsed(line, f"{path}:{number}") for number, line in enumerate(lines, 1) if line and not line.startswith("#")
    ]
    return Baseline(_folder(path), tuple(entries))


def write_baseline(path: Path, findings: Iterable[Finding], cwd: Path | None = None, keep: Iterable[str] = ()) -> int:
    """Writes the findings, whose places are relative to ``cwd``, and the lines to keep of the baseline that the file
    had before (`Sifted.unchecked`). Returns the number of entries. Raises `BaselineError`.

    The file is there whole, the old or the new one, whatever happens.
    """
    folder = _folder(path)
    entries = [_entry(finding, folder, Path.cwd() if cwd is None else cwd) for finding in findings]
    entries = sorted([*entries, *(_parsed(line, str(path)) for line in keep)])
    lines = [_HEADER.format(VERSION)]
    for number, entry in enumerate(entries):
        if number == 0 or entries[number - 1].file != entry.file:
            lines.append("")
        lines.append(entry.line)
    end = line_end(path)
    try:
        write_whole(path, "".join(f"{line}{end}" for line in lines).encode("utf-8"))
    except OSError as error:
        raise BaselineError(f"{path}: cannot be written: {error.strerror or error}") from error
    return len(entries)


def _parsed(line: str, where: str) -> Entry:
    if _CONFLICT.match(line):
        raise BaselineError(
            f"{where}: a merge conflict is left: keep the entries of both sides, in any order, or {_ANEW}"
        )
    try:
        values = json.loads(line)
    except ValueError:
        values = None
    if isinstance(values, list) and len(values) in (3, 4) and all(isinstance(value, str) for value in values):
        return Entry(*values)
    raise BaselineError(
        f'{where}: not an entry, which looks like ["file", "rule", "what it is about", "statement"]: '
        f"remove the line, or {_ANEW}"
    )


def _entry(finding: Finding, folder: Path, cwd: Path) -> Entry:
    return Entry(_relative(cwd / finding.place.file, folder), finding.rule, finding.identity, finding.statement)


def _folder(path: Path) -> Path:
    return Path(os.path.abspath(path)).parent


def _relative(path: Path, folder: Path) -> str:
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:  # another drive
        return path.as_posix()


# --- matching -----------------------------------------------------------------------------------------------------

_Key = Callable[[Entry], Hashable]
_Candidate = tuple[Entry, Finding]


@dataclass
class _Matching:
    """Pairs entries with findings, the surest pairs first; ``entries`` and ``candidates`` are those still without one.

    A finding that stays where it was may change its statement. To be recognised elsewhere, its old place (the file,
    and in it the function or class that it is about) must be no more, and what is found must be the same in all but
    the place: else a new finding could pass for one that was put right somewhere else.
    """

    folder: Path
    entries: list[Entry]
    candidates: list[_Candidate]
    known: list[Finding] = field(default_factory=list)
    _texts: dict[str, str | None] = field(default_factory=dict)
    _renamed: Counter[tuple[str, str]] = field(default_factory=Counter)

    def run(self) -> None:
        self._pair(lambda entry: entry)
        self._pair(lambda entry: (entry.file, entry.rule, entry.what))
        self._pair(lambda entry: _stated(entry, entry.file, _without_app(entry.what)))
        self._pair(_label, moved=True)
        self._pair(lambda entry: _stated(entry, "", entry.what), moved=True)
        self._pair(lambda entry: _stated(entry, "", _without_app(entry.what)), moved=True)
        self._pair(lambda entry: _stated(entry, entry.file, _tail(entry.what)), moved=True)
        self._pair(lambda entry: (entry.rule, _without_app(entry.what)), moved=True, within=self._is_renamed)

    def _pair(self, key: _Key, *, moved: bool = False, within: Callable[[Entry, Entry], bool] | None = None) -> None:
        groups: dict[Hashable, tuple[list[Entry], list[_Candidate]]] = defaultdict(lambda: ([], []))
        for entry in self.entries:
            if (known := key(entry)) is not None:
                groups[known][0].append(entry)
        for candidate in self.candidates:
            if (known := key(candidate[0])) in groups:
                groups[known][1].append(candidate)
        paired_entries: Counter[Entry] = Counter()
        # What is plain tells where files went to, which helps with the rest.
        for entries, candidates in sorted(groups.values(), key=lambda group: len(group[0]) * len(group[1])):
            pairs = self._moves(entries, candidates, within) if moved else zip(entries, candidates, strict=False)
            for entry, (new, finding) in list(pairs):
                paired_entries[entry] += 1
                self.known.append(finding)
                if moved and self._text(entry.file) is None:
                    self._renamed[entry.file, new.file] += 1
        paired = {id(finding) for finding in self.known}
        self.candidates = [candidate for candidate in self.candidates if id(candidate[1]) not in paired]
        self.entries = list((Counter(self.entries) - paired_entries).elements())

    def _moves(
        self, entries: list[Entry], candidates: list[_Candidate], within: Callable[[Entry, Entry], bool] | None
    ) -> Iterator[tuple[Entry, _Candidate]]:
        """Pairs of the same group, the nearest files first."""
        gone = [entry for entry in entries if self._is_no_more(entry)]
        possible = [
            (self._nearness(entry, candidate[0]), -first, -second)
            for first, entry in enumerate(gone)
            for second, candidate in enumerate(candidates)
            if within is None or within(entry, candidate[0])
        ]
        used: tuple[set[int], set[int]] = set(), set()
        for _, first, second in sorted(possible, reverse=True):
            if -first not in used[0] and -second not in used[1]:
                used[0].add(-first)
                used[1].add(-second)
                yield gone[-first], candidates[-second]

    def _nearness(self, old: Entry, new: Entry) -> tuple[int, ...]:
        before, after = old.file.split("/"), new.file.split("/")
        return (
            old.file == new.file,
            self._renamed[old.file, new.file],
            _common(reversed(before), reversed(after)),
            _common(before, after),
        )

    def _is_renamed(self, old: Entry, new: Entry) -> bool:
        """Whether a file, or the folder that it was in, seems to have been renamed."""
        if self._text(old.file) is not None:
            return False
        folder, _, name = old.file.rpartition("/")
        new_folder, _, new_name = new.file.rpartition("/")
        return self._renamed[old.file, new.file] > 0 or (
            name == new_name and folder != new_folder and not disk.is_folder(self.folder / folder)
        )

    def _is_no_more(self, entry: Entry) -> bool:
        """Whether the place of an entry is gone: its file, or the function or class in it."""
        text = self._text(entry.file)
        if text is None:
            return True
        return any(not re.search(rf"\b(?:def|class)[ \t]+{name}\b", text) for name in _definitions(entry.what))

    def _text(self, file: str) -> str | None:
        """The text of a file, None when there is none."""
        if file not in self._texts:
            try:
                self._texts[file] = disk.read(self.folder / file).decode("utf-8", "replace")
            except OSError:
                self._texts[file] = None
        return self._texts[file]


def _stated(entry: Entry, file: str, what: str) -> Hashable:
    return (file, entry.rule, what, entry.statement) if entry.statement and what else None


def _label(entry: Entry) -> Hashable:
    """A model, or a field of one, is known by its label alone, wherever it stands."""
    return (entry.rule, entry.what) if _LABEL.fullmatch(entry.what) else None


def _without_app(what: str) -> str:
    """Labels without their app, whose label goes with the name of its package: ``purge: shop.Order`` → ``purge:
    Order``."""
    return _APP_LABEL.sub("", what)


def _tail(what: str) -> str:
    """What is left when the function has another name: ``purge: shop.Order`` → ``shop.Order``."""
    return what.partition(": ")[2]


def _definitions(what: str) -> list[str]:
    """The functions and classes that lead to what an entry is about."""
    head = what.partition(": ")[0]
    if label := _LABEL.fullmatch(head):
        return [label[1]]
    return head.split(".") if _QUALIFIED.fullmatch(head) else []


def _common(one: Iterable[str], other: Iterable[str]) -> int:
    """How many parts are the same from the start on."""
    count = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        count += 1
    return count
