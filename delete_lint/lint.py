"""The core: paths and settings in, a report out. Everything that starts a run is a thin caller of it."""

from __future__ import annotations

import os
import re
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType

from delete_lint.baseline import Baseline, with_baseline
from delete_lint.cache.remembered import remembered
from delete_lint.findings import Finding, Fix
from delete_lint.fixes import with_fixes
from delete_lint.fixes.remembered import RememberedFixes
from delete_lint.graph.place import Place
from delete_lint.internal_errors import InternalError
from delete_lint.progress import Progress, silent
from delete_lint.reading import read
from delete_lint.recognition import recognisable
from delete_lint.remedies import Remedy
from delete_lint.report import Report, Summary, Suppressed, summarise
from delete_lint.rule import UNREADABLE, UNUSED, Rule
from delete_lint.selection import known_rules, selected_rules
from delete_lint.settings import Settings
from delete_lint.source.beside import Beside, checked_beside
from delete_lint.source.contents import Contents
from delete_lint.source.discover import SourcePath, Tree, discover
from delete_lint.source.facts import Known, Mistake
from delete_lint.source.file import SourceFile, Unreadable
from delete_lint.source.front import Reading
from delete_lint.source.ignore import Patterns
from delete_lint.source.layer import Layer
from delete_lint.source.mistakes import known_mistake
from delete_lint.suppression import MARK, Suppressions
from delete_lint.surviving import failed, surviving
from delete_lint.weighing import weighed

_IMPORTS_DJANGO = re.compile(rb"^[ \t]*(?:from|import)[ \t]+django\b", re.MULTILINE)


def lint(
    paths: Sequence[str | Path],
    settings: Settings,
    cwd: Path,
    progress: Progress = silent,
    *,
    baseline: Baseline | None = None,
    contents: Mapping[str, bytes] = MappingProxyType({}),
) -> Report:
    """Lints the paths. ``contents`` of files, by their names, go in place of what the disk has, if it has them at all.

    Raises `delete_lint.source.discover.PathError` when one of the paths is not there, and
    `delete_lint.runtime.setup.SetupError` when the project cannot be set up that the settings name.
    """
    watch = Watch()
    layer = Layer(put_back=frozenset(os.path.abspath(cwd / name) for name in contents))
    tree = discover(paths, settings, cwd, layer).with_contents(contents)
    watch.lap("finding files")
    with remembered(settings, contents.values()) as known:
        report = lint_tree(tree, settings, progress, watch, known)
    return report if baseline is None else with_baseline(report, baseline, settings, cwd, paths)


def lint_tree(
    tree: Tree,
    settings: Settings,
    progress: Progress = silent,
    watch: Watch | None = None,
    known: Known | None = None,
) -> Report:
    """Lints files that have been found. What is ``known`` of them is not read again, and what turns out is added to it.
    Where delete-lint fails at a file, that is a finding, and the run goes on without the file.

    Raises `delete_lint.runtime.setup.SetupError` as `lint` does."""
    laps = watch or Watch()
    facts = known if known is not None else Known()
    report, failures = surviving("linting", tree, lambda left: _lint_tree(left, settings, progress, laps, facts))
    return _with_failures(report, failures, settings) if failures else report


def _lint_tree(tree: Tree, settings: Settings, progress: Progress, watch: Watch, known: Known) -> Report:
    cwd = tree.root
    severities = {rule.name: severity for rule, severity in selected_rules(settings)}
    findings: list[Finding] = []
    with checked_beside(tree.files if UNREADABLE in severities and known.is_empty else ()) as beside:
        known.beside = beside
        reading = read(tree, settings, progress, known)
        watch.lap("reading")
        progress("checking files")
        if UNREADABLE in severities:
            unreadable = _unreadable(tree, reading, beside)
            findings += [finding.stamped(UNREADABLE, severities[UNREADABLE]) for finding in unreadable]
        failures = list(reading.failures)
        watch.lap("checking files")

        progress("rules")
        for rule, severity in selected_rules(settings):
            try:
                for finding in _ask(rule, reading, settings):
                    findings.append(_sound(finding).stamped(rule.name, severity))
            except BaseException as error:  # one broken rule must not hide what the others say
                failures.append(failed(f"the rule {rule.name}", error, tree, rule.package))
                findings.append(failures[-1].finding(_top(tree)).stamped(rule.name, severity))
        findings = weighed(findings, reading.graph, settings)
        watch.lap("rules")

        sieve = _Sieve(tree, reading, settings, cwd)
        sieve.add(findings)
        if UNUSED in severities:
            unused = sieve.suppressions.unused(known_rules(settings.plugins), severities)
            sieve.add(finding.stamped(UNUSED, severities[UNUSED]) for finding in unused)
        watch.lap("suppressions")

        def fix_failed(what: str, error: BaseException) -> None:
            failures.append(failed(what, error, tree))

        fixes = RememberedFixes(sieve.files, reading.contents, sieve.names)
        written = fixes.known(finding.remedy for finding in sieve.kept if finding.remedy is not None)
        failed_before = len(failures)
        written |= sieve.fixed(beside, written)
        kept = with_fixes(sieve.kept, sieve.sources, sieve.names, fix_failed, written)
        if len(failures) == failed_before:
            fixes.remember(kept)
        watch.lap("fixes")

    summary = summarise(reading.graph, len(tree.files), len(sieve.suppressed))
    problems = [*(failure.line for failure in failures), *_nothing_seen(tree, reading.contents, summary)]
    return Report(
        findings=tuple(sorted(kept, key=lambda finding: finding.sort_key)),
        suppressed=tuple(sorted(sieve.suppressed, key=lambda each: each.finding.sort_key)),
        rules=tuple(selected_rules(settings)),
        problems=tuple(problems),
        warnings=(*reading.graph.problems, *_models_missing(summary, problems)),
        details=(*_tracebacks(failures), *_details(tree, settings), *reading.notes, *known.details(), *watch.laps),
        files=tuple(source.name for source in tree.files),
        summary=summary,
        graph=reading.graph,
        sources=sieve.sources,
        record=None if problems or not summary.models else partial(_record, tree, reading.contents),
    )


def _record(
    tree: Tree,
    contents: Contents,
    whole: Collection[str],
    plain: Collection[str],
    told: Callable[[str], int],
    path_of: Callable[[str], str],
) -> bytes:
    from delete_lint.cache.alike import record

    return record(tree, contents, MARK, whole, plain, told, path_of)


def _with_failures(report: Report, failures: Sequence[InternalError], settings: Settings) -> Report:
    """The report with what delete-lint failed at, file by file."""
    severities = {rule.name: severity for rule, severity in selected_rules(settings)}
    found = [
        failure.finding().stamped(UNREADABLE, severities[UNREADABLE])
        for failure in failures
        if UNREADABLE in severities
    ]
    return replace(
        report,
        findings=tuple(sorted((*report.findings, *found), key=lambda finding: finding.sort_key)),
        problems=(*(failure.line for failure in failures), *report.problems),
        details=(*_tracebacks(failures), *report.details),
        record=None,
    )


def _tracebacks(failures: Iterable[InternalError]) -> Iterator[str]:
    return (line for failure in failures for line in failure.traceback)


def _sound(finding: object) -> Finding:
    """What a rule gave, if it is a finding. Raises `TypeError`."""
    if not isinstance(finding, Finding) or not isinstance(finding.place, Place):
        raise TypeError(f"not a finding with a place: {type(finding).__name__}")
    texts = (finding.place.file, finding.message, finding.help, finding.identity)
    if not all(isinstance(text, str) for text in texts) or not isinstance(finding.place.line, int):
        raise TypeError("a finding whose file, message, help or identity is no text, or whose line is no number")
    return finding


def _top(tree: Tree) -> str:
    """What a finding is about that is about no file."""
    return tree.files[0].name if tree.files else "."


def _ask(rule: Rule, reading: Reading, settings: Settings) -> Iterable[Finding]:
    return rule.check(reading.graph, settings.thresholds) if rule.check is not None else ()


def _unreadable(tree: Tree, reading: Reading, beside: Beside) -> Iterator[Finding]:
    """One finding for each file that cannot be read, whether or not the project led to it."""
    mistakes = {source.name: _mistake(source, reading.contents, beside) for source in reversed(tree.files)}
    read = {error.path: Mistake(error.line, error.column, error.message) for error in reversed(reading.errors)}
    for source in tree.files:
        mistake = mistakes[source.name] or read.get(source.name)
        if mistake is not None:
            yield Finding(
                place=Place(source.name, mistake.line, mistake.column),
                message=mistake.message,
                help="what stands there is missing from the picture: repair it, or leave it out with `extend-exclude`",
                identity=mistake.message,
            )
    for failure in reading.failures:
        yield failure.finding()
    for problem in tree.problems:
        yield Finding(
            place=Place(problem.name, 1),
            message=problem.message,
            help="what is in it is missing from the picture: make it readable, or leave it out with `extend-exclude`",
            identity=problem.message,
        )


def _mistake(source: SourcePath, contents: Contents, beside: Beside) -> Mistake | None:
    try:
        return known_mistake(contents.data(source), contents.facts(source), beside.python)
    except OSError as error:
        return Mistake(1, 1, f"cannot be read: {error.strerror or error}")


@dataclass
class _Sieve:
    """Lets through the findings that are about the files of the run and that nobody has waved off."""

    tree: Tree
    reading: Reading
    settings: Settings
    cwd: Path
    kept: list[Finding] = field(default_factory=list)
    suppressed: list[Suppressed] = field(default_factory=list)

    def __post_init__(self) -> None:
        # Delete sites in what a migration runs are findings, though the rest of the migration is not looked at.
        self._files: Mapping[str, SourcePath] = {
            source.name: source for source in (*self.tree.files, *self.tree.migrations)
        }
        base = self.settings.file.parent if self.settings.file is not None else self.cwd
        self._ignores = [
            (Patterns.from_lines(base, [pattern]), frozenset(rules))
            for pattern, rules in self.settings.per_file_ignores.items()
        ]
        folders = {problem.name for problem in self.tree.problems}
        counts = self.reading.graph.row_counts
        counted = {counts.source} if counts is not None else set()
        if self.reading.graph.measured is not None:
            counted.add(self.reading.graph.measured.source)
        self._places = {*folders, *counted, *self._files}
        self.sources = _Sources(self.reading, self._files)
        self.suppressions = Suppressions.read(self.sources, self._files_with_suppressions())

    @property
    def files(self) -> Mapping[str, SourcePath]:
        return self._files

    @property
    def names(self) -> Collection[str]:
        """The files that the run is about."""
        return self._files.keys()

    def fixed(self, beside: Beside, written: Collection[Remedy]) -> Mapping[Remedy, Fix | None]:
        """The fixes, besides those that are written, that a second process writes, if there is one."""
        remedies = (finding.remedy for finding in self.kept)
        wanted = [remedy for remedy in remedies if remedy is not None and remedy not in written]
        if beside.process is None or not wanted:
            return {}
        from delete_lint.fixes.elsewhere import fixes

        return fixes(wanted, self._files, self.reading.contents, self.names, beside)

    def _files_with_suppressions(self) -> Iterator[str]:
        for name, file in self._files.items():
            if MARK in _bytes(file, self.reading.contents) and name in self.sources:
                yield name

    def add(self, findings: Iterable[Finding]) -> None:
        inside = (finding for finding in findings if finding.place.file in self._places)
        wanted = sorted(inside, key=lambda finding: finding.sort_key)
        kept, suppressed = self.suppressions.split(
            recognisable([finding for finding in wanted if not self._ignored(finding)], self.sources)
        )
        self.kept += kept
        self.suppressed += suppressed

    def _ignored(self, finding: Finding) -> bool:
        # By its name: where the bytes of a file lie does not matter when a tree of another time is linted.
        path = str(self.cwd / finding.place.file)
        return any(finding.rule in rules and patterns.covers(path) for patterns, rules in self._ignores)


class _Sources(Mapping[str, SourceFile]):
    """The files that were read, and those that nobody has opened yet; what is no text is not among them."""

    def __init__(self, reading: Reading, files: Mapping[str, SourcePath]) -> None:
        self._opened = dict(reading.sources)
        self._contents = reading.contents
        self._files = files

    def __getitem__(self, name: str) -> SourceFile:
        if name not in self._opened:
            try:
                self._opened[name] = self._contents.open(self._files[name])
            except (OSError, Unreadable) as error:
                raise KeyError(name) from error
        return self._opened[name]

    def __iter__(self) -> Iterator[str]:
        return (name for name in self._files if name in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _bytes(source: SourcePath, contents: Contents) -> bytes:
    try:
        return contents.data(source)
    except OSError:
        return b""


def _nothing_seen(tree: Tree, contents: Contents, summary: Summary) -> Iterator[str]:
    """A run that saw no model where there should be some must not pass for a clean one."""
    if not tree.files:
        yield "no Python file to lint: is the path right?"
    elif summary.models == 0:
        count = sum(_IMPORTS_DJANGO.search(_bytes(source, contents)) is not None for source in tree.files)
        if count:
            files = "1 file that imports" if count == 1 else f"{count} files that import"
            yield f"no model found in {files} Django: is the path right? (name the folder of the whole project)"


def _models_missing(summary: Summary, problems: Collection[str]) -> Iterator[str]:
    """A file, or a folder of a project, that imports its models and nothing of Django."""
    if summary.models == 0 and summary.delete_sites and not problems:
        yield "no model found, so nothing can be said of what a delete reaches: name the folder of the whole project"


def _details(tree: Tree, settings: Settings) -> Iterator[str]:
    if settings.file is not None:
        yield f"settings from {settings.file}"
    if settings.row_counts is not None:
        yield f"row counts from {settings.row_counts.source}"
    if settings.measured is not None:
        yield f"measurements from {settings.measured.source}"
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
class Watch:
    """How long the parts of a run took."""

    start: float = field(default_factory=time.perf_counter)
    laps: list[str] = field(default_factory=list)

    def lap(self, what: str) -> None:
        now = time.perf_counter()
        self.laps.append(f"{what}: {now - self.start:.2f} s")
        self.start = now
