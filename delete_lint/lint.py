"""The core: paths and settings in, a report out. Everything that starts a run is a thin caller of it."""

from __future__ import annotations

import re
import time
import traceback
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from delete_lint.findings import Finding
from delete_lint.graph.place import Place
from delete_lint.progress import Progress, silent
from delete_lint.reading import read
from delete_lint.report import Report, Summary, summarise
from delete_lint.rule import Rule
from delete_lint.selection import known_rules, selected_rules
from delete_lint.settings import Settings
from delete_lint.source.discover import SourcePath, Tree, discover
from delete_lint.source.file import SourceFile, Unreadable
from delete_lint.source.front import Reading
from delete_lint.source.ignore import Patterns
from delete_lint.source.mistakes import first_mistake, is_python
from delete_lint.suppression import MARK, UNUSED, Suppressions

UNREADABLE = "unreadable_file"

_IMPORTS_DJANGO = re.compile(rb"^[ \t]*(?:from|import)[ \t]+django\b", re.MULTILINE)


def lint(paths: Sequence[str | Path], settings: Settings, cwd: Path, progress: Progress = silent) -> Report:
    """Lints the paths. Raises `delete_lint.source.discover.PathError` when one of them is not there, and
    `delete_lint.runtime.setup.SetupError` when the project cannot be set up that the settings name."""
    watch = _Watch()
    tree = discover(paths, settings, cwd)
    watch.lap("finding files")
    reading = read(tree, settings, progress)
    watch.lap("reading")

    problems: list[str] = []
    details: list[str] = []
    severities = {rule.name: severity for rule, severity in selected_rules(settings)}
    progress("checking files")
    findings: list[Finding] = []
    if UNREADABLE in severities:
        findings += [finding.stamped(UNREADABLE, severities[UNREADABLE]) for finding in _unreadable(tree, reading)]
    watch.lap("checking files")
    progress("rules")
    for rule, severity in selected_rules(settings):
        try:
            findings += [finding.stamped(rule.name, severity) for finding in _ask(rule, reading, settings)]
        except Exception as error:  # one broken rule must not hide what the others say
            problems.append(f"the rule {rule.name} failed: {type(error).__name__}: {error}")
            details += traceback.format_exc().splitlines()
    watch.lap("rules")

    sieve = _Sieve(tree, reading, settings, cwd)
    sieve.add(findings)
    if UNUSED in severities:
        unused = sieve.suppressions.unused(known_rules(settings.plugins), severities)
        sieve.add(finding.stamped(UNUSED, severities[UNUSED]) for finding in unused)
    watch.lap("suppressions")

    summary = summarise(reading.graph, len(tree.files), len(sieve.suppressed))
    problems += _nothing_seen(tree, summary)
    return Report(
        findings=tuple(sorted(sieve.kept, key=lambda finding: finding.sort_key)),
        suppressed=tuple(sorted(sieve.suppressed, key=lambda finding: finding.sort_key)),
        problems=tuple(problems),
        warnings=reading.graph.problems,
        details=(*details, *_details(tree, settings), *reading.notes, *watch.laps),
        summary=summary,
        graph=reading.graph,
        sources=sieve.sources,
    )


def _ask(rule: Rule, reading: Reading, settings: Settings) -> Iterable[Finding]:
    return rule.check(reading.graph, settings.thresholds) if rule.check is not None else ()


def _unreadable(tree: Tree, reading: Reading) -> Iterator[Finding]:
    """One finding for each file that cannot be read, whether or not the project led to it."""
    read = {error.path: (error.line, error.column, error.message) for error in reversed(reading.errors)}
    for source in tree.files:
        mistake = _mistake(source, reading) or read.get(source.name)
        if mistake is not None:
            line, column, message = mistake
            yield Finding(
                place=Place(source.name, line, column),
                message=message,
                help="what stands there is missing from the picture: repair it, or leave it out with `extend-exclude`",
                identity=f"{source.name}: {message}",
            )
    for problem in tree.problems:
        yield Finding(
            place=Place(problem.name, 1),
            message=problem.message,
            help="what is in it is missing from the picture: make it readable, or leave it out with `extend-exclude`",
            identity=f"{problem.name}: {problem.message}",
        )


def _mistake(source: SourcePath, reading: Reading) -> tuple[int, int, str] | None:
    try:
        data = source.path.read_bytes()
        if is_python(data):
            return None
        found = first_mistake(reading.sources.get(source.name) or SourceFile(source.name, data))
    except OSError as error:
        return 1, 1, f"cannot be read: {error.strerror or error}"
    except Unreadable as error:
        found = error
    return None if found is None else (found.line, found.column, found.message)


@dataclass
class _Sieve:
    """Lets through the findings that are about the files of the run and that nobody has waved off."""

    tree: Tree
    reading: Reading
    settings: Settings
    cwd: Path
    kept: list[Finding] = field(default_factory=list)
    suppressed: list[Finding] = field(default_factory=list)
    _seen: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        # Delete sites in what a migration runs are findings, though the rest of the migration is not looked at.
        self._paths: Mapping[str, Path] = {
            source.name: source.path for source in (*self.tree.files, *self.tree.migrations)
        }
        base = self.settings.file.parent if self.settings.file is not None else self.cwd
        self._ignores = [
            (Patterns.from_lines(base, [pattern]), frozenset(rules))
            for pattern, rules in self.settings.per_file_ignores.items()
        ]
        folders = {problem.name: self.cwd / problem.name for problem in self.tree.problems}
        counts = self.reading.graph.row_counts
        counted = {counts.source: self.cwd / counts.source} if counts is not None else {}
        self._places = {**folders, **counted, **self._paths}
        self.sources = _Sources(self.reading.sources, self._paths)
        self.suppressions = Suppressions.read(self.sources, self._files_with_suppressions())

    def _files_with_suppressions(self) -> Iterator[str]:
        for name, path in self._paths.items():
            if MARK in _bytes(path) and name in self.sources:
                yield name

    def add(self, findings: Iterable[Finding]) -> None:
        inside = (finding for finding in findings if finding.place.file in self._places)
        wanted = sorted(inside, key=lambda finding: finding.sort_key)
        kept, suppressed = self.suppressions.split(
            [self._numbered(finding) for finding in wanted if not self._ignored(finding)]
        )
        self.kept += kept
        self.suppressed += suppressed

    def _ignored(self, finding: Finding) -> bool:
        path = str(self._places[finding.place.file])
        return any(finding.rule in rules and patterns.covers(path) for patterns, rules in self._ignores)

    def _numbered(self, finding: Finding) -> Finding:
        """Fingerprints are unique: of findings about the same thing the second and later ones are counted."""
        self._seen[finding.fingerprint] += 1
        count = self._seen[finding.fingerprint]
        if count == 1:
            return finding
        counted = replace(finding, identity=f"{finding.identity} ({count})")
        return counted.stamped(finding.rule, finding.severity)


class _Sources(Mapping[str, SourceFile]):
    """The files that were read, and those that nobody has opened yet; what is no text is not among them."""

    def __init__(self, opened: Mapping[str, SourceFile], paths: Mapping[str, Path]) -> None:
        self._opened = dict(opened)
        self._paths = paths

    def __getitem__(self, name: str) -> SourceFile:
        if name not in self._opened:
            try:
                self._opened[name] = SourceFile(name, self._paths[name].read_bytes())
            except (OSError, Unreadable) as error:
                raise KeyError(name) from error
        return self._opened[name]

    def __iter__(self) -> Iterator[str]:
        return (name for name in self._paths if name in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _nothing_seen(tree: Tree, summary: Summary) -> Iterator[str]:
    """A run that saw no model where there should be some must not pass for a clean one."""
    if not tree.files:
        yield "no Python file to lint: is the path right?"
    elif summary.models == 0:
        count = sum(_IMPORTS_DJANGO.search(_bytes(source.path)) is not None for source in tree.files)
        if count:
            files = "1 file that imports" if count == 1 else f"{count} files that import"
            yield f"no model found in {files} Django: is the path right? (name the folder of the whole project)"


def _details(tree: Tree, settings: Settings) -> Iterator[str]:
    if settings.file is not None:
        yield f"settings from {settings.file}"
    if settings.row_counts is not None:
        yield f"row counts from {settings.row_counts.source}"
    for skipped in tree.skipped:
        yield f"skipped {skipped.name}: {skipped.reason}"
    for what, sources, option in (
        ("test files", tree.others, "--include-tests"),
        ("migrations", tree.migrations, "--include-migrations"),
    ):
        if sources:
            yield f"{len(sources)} {what} not linted ({option} to lint them): {_folders(sources)}"


def _folders(sources: Sequence[SourcePath]) -> str:
    counts = Counter(source.name.rpartition("/")[0] or "." for source in sources)
    most = [folder for folder, _ in counts.most_common(3)]
    return ", ".join(most) + (f" and {len(counts) - 3} more folders" if len(counts) > 3 else "")


@dataclass
class _Watch:
    """How long the parts of a run took."""

    start: float = field(default_factory=time.perf_counter)
    laps: list[str] = field(default_factory=list)

    def lap(self, what: str) -> None:
        now = time.perf_counter()
        self.laps.append(f"{what}: {now - self.start:.2f} s")
        self.start = now
