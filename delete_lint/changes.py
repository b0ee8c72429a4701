"""What a change brings: the files are linted as they are and as they were, and what was there before is left out.

`lint_since` is for branches, `lint_changed` for the hook that runs before a commit. Both read the commits that they
compare with from git, and change nothing in it (`delete_lint.git`); the settings, the row counts and the version of
Django are today's on both sides, so that only the change in the code counts. The running project is not asked, for it
is only there as it is now.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from msgspec import Struct, structs

from delete_lint.baseline import Baseline, Entry, with_baseline
from delete_lint.cache.before import Before
from delete_lint.cache.remembered import remembered
from delete_lint.checkout import Checkout, Difference
from delete_lint.findings import Finding
from delete_lint.git import GitError, Repository
from delete_lint.graph.project import ProjectGraph
from delete_lint.progress import Progress, silent
from delete_lint.report import Report
from delete_lint.selection import selected_rules
from delete_lint.settings import Settings
from delete_lint.source.discover import Tree, discover, existing
from delete_lint.source.django_version import find_django_version
from delete_lint.source.facts import Known
from delete_lint.source.ignore import below
from delete_lint.source.layer import TODAY, Layer

#: Set by pre-commit when it is run for the commits between two others (``--from-ref``, before a push) and not for
#: what is about to be committed.
_FROM, _TO = "PRE_COMMIT_FROM_REF", "PRE_COMMIT_TO_REF"


def lint_since(
    paths: Sequence[str | Path],
    settings: Settings,
    cwd: Path,
    progress: Progress = silent,
    *,
    since: str,
    baseline: Baseline | None = None,
) -> Report:
    """The findings in ``paths`` that were not there where the working tree's history left ``since``, a revision.

    Files that git does not track count as changed. Raises `delete_lint.git.GitError` when there is nothing to compare
    with, and `delete_lint.source.discover.PathError` as `delete_lint.lint.lint` does.
    """
    tree = discover(paths, settings, cwd)
    checkout = Checkout.of(os.fspath(tree.common))
    commits = _merge_bases(checkout.repository, since)
    differences = tuple(checkout.difference(tree, commit) for commit in commits)
    change = _Change(tuple(paths), _of_source(settings), cwd, tree, differences)
    with remembered(settings) as cache:
        if baseline is None and (same := change.as_before(_Named(()), cache)) is not None:
            return same
        report = change.lint(cache, progress, baseline)
        caused = change.caused(report.findings, report, cache, progress)
    known = len(report.findings) - len(caused.findings)
    told = _there_before(known, "", f"{_short(commits[0])}, where this left {since}" if commits[0] else since)
    return change.told(
        report, caused.findings, change.touched, (told, _not_asked(settings), *caused.details), caused.warnings
    )


def lint_changed(
    files: Sequence[str | Path],
    settings: Settings,
    cwd: Path,
    progress: Progress = silent,
    *,
    baseline: Baseline | None = None,
) -> Report:
    """What a commit brings that changes ``files``: all findings in these, and those elsewhere that the change causes,
    which are not there in HEAD (or, when pre-commit is run for the commits between two others, at the first of them).

    The whole project around the files is linted, as without them: the folder of the settings file, else of the
    repository. What the settings leave out stays out though it is named. Files that git does not track are left out
    too, since they will not be in the commit, unless they are named; of other changed files that are not named nothing
    is said. Without ``files`` those are meant that changed, tracked or not. Raises as `lint_since` does.
    """
    named = _Named(tuple(existing(file, cwd) for file in files) or (os.fspath(cwd),))
    repository = Repository.of(named.folder)
    project = _project(named, settings, repository)
    checkout = Checkout.of(project)
    tree = discover([project], settings, cwd)
    today = TODAY
    if files:
        today = Layer(hidden=frozenset(path for path in checkout.untracked(tree) if path not in named))
        tree = discover([project], settings, cwd, today) if today.hidden else tree
    commits, against = _parents(repository)
    differences = tuple(checkout.difference(tree, commit, today) for commit in commits)
    change = _Change((project,), _of_source(settings), cwd, tree, differences)
    if not files:
        named = _Named(tuple(os.path.join(cwd, name) for name in change.touched))
    if change.is_idle(named):
        return change.idle()

    with remembered(settings) as cache:
        if baseline is None and (same := change.as_before(named, cache)) is not None:
            return same
        report = change.lint(cache, progress, baseline)
        inside = [each for each in report.findings if os.path.join(cwd, each.place.file) in named]
        touched = change.touched_or(named)
        reported = {id(each) for each in inside}
        others = [each for each in report.findings if id(each) not in reported and each.place.file not in touched]
        caused = change.caused(others, report, cache, progress)
    told = _there_before(len(others) - len(caused.findings), " elsewhere", against)
    return change.told(
        report, [*inside, *caused.findings], touched, (told, _not_asked(settings), *caused.details), caused.warnings
    )


class _Named(Struct, frozen=True):
    """Absolute paths of files and folders that somebody named; what is in such a folder is named too."""

    paths: tuple[str, ...]

    def __contains__(self, path: str) -> bool:
        return any(path == named or below(named, path) is not None for named in self.paths)

    @property
    def folder(self) -> str:
        """The one that all of them are in."""
        try:
            return os.path.commonpath([each if os.path.isdir(each) else os.path.dirname(each) for each in self.paths])
        except ValueError as error:  # different drives
            raise GitError(f"these files are in no one repository: {', '.join(self.paths)}") from error


class _Caused(Struct, frozen=True):
    findings: tuple[Finding, ...]
    details: tuple[str, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Change:
    """A tree of files, and how it differs from each of the commits that it is compared with. What none of them has is
    new."""

    paths: tuple[str | Path, ...]
    settings: Settings
    cwd: Path
    tree: Tree
    differences: tuple[Difference, ...]
    memories: dict[int, Before] = field(default_factory=dict, compare=False, repr=False)
    """By the ``id`` of the difference, which is held."""

    @property
    def touched(self) -> frozenset[str]:
        """The names of the files that none of the commits has as they are."""
        return frozenset.intersection(*(difference.changed for difference in self.differences))

    def touched_or(self, named: _Named) -> frozenset[str]:
        """The names of the files that changed or that somebody named."""
        return self.touched | {source.name for source in self.tree.files if os.fspath(source.path) in named}

    def is_idle(self, named: _Named) -> bool:
        """Whether nothing can be new, and none of the files is named that findings can stand in."""
        counts = self.settings.row_counts
        if counts is not None and os.path.abspath(counts.source) in named:
            return False
        measured = self.settings.measured
        if measured is not None and os.path.abspath(measured.source) in named:
            return False
        read = any(os.fspath(source.path) in named for source in (*self.tree.files, *self.tree.migrations))
        return not read and not all(difference.matters for difference in self.differences)

    def idle(self) -> Report:
        """The report when nothing needs to be read."""
        from delete_lint.lint import lint_tree

        report = lint_tree(structs.replace(self.tree, files=(), migrations=(), others=()), self.settings)
        details = ("no file that is linted changed", *report.details)
        return replace(report, findings=(), problems=(), details=details, changed=self.touched)

    def _memory(self, difference: Difference | None, known: Known) -> Before:
        """What is known of the files as they were, or with None of those of today."""
        found = self.memories.get(id(difference))
        if found is None:
            tree = self.tree
            if difference is not None:
                tree = difference.before(self.paths, self.settings, self.cwd)
            found = self.memories[id(difference)] = Before(tree, self.settings, known)
        return found

    def as_before(self, named: _Named, known: Known) -> Report | None:
        """The report when nothing can be new, since all files that changed say what they said to all that the commit
        was asked; None when that has to be found out. Those findings are told that stand in files that are named."""
        if len(self.differences) != 1 or not self.differences[0].matters or self.differences[0].unknown:
            return None
        (difference,) = self.differences
        memory = self._memory(difference, known)
        found = memory.found
        if found is None:
            return None
        inside = [each.finding for each in found.findings if os.path.join(self.cwd, each.place.file) in named]
        # This form shows what is not kept: the models and receivers of a finding, and what is suppressed.
        if self.settings.output_format == "sarif" and (inside or found.summary.suppressed):
            return None
        now = self._memory(None, known)
        if not memory.finds_the_same(now, found, in_place=bool(inside)):
            return None
        django = find_django_version(self.tree.common, self.settings)
        return Report(
            findings=tuple(sorted(inside, key=lambda finding: finding.sort_key)),
            changed=self.touched_or(named),
            rules=tuple(selected_rules(self.settings)),
            warnings=found.warnings,
            details=("the changed files say all that mattered of them before",),
            files=tuple(source.name for source in self.tree.files),
            summary=found.summary,
            sources=now.sources(inside),
            graph=ProjectGraph(os.fspath(self.tree.root), "static", django, {}, ()),
        )

    def lint(self, known: Known, progress: Progress, baseline: Baseline | None) -> Report:
        """The tree as it is."""
        from delete_lint.lint import lint_tree  # which takes long to import

        report = lint_tree(self.tree, self.settings, progress, known=known)
        memory = self._memory(None, known)
        if not report.problems and memory.found is None:  # by the next change it may be a commit
            memory.keep(report, _entries(Baseline.of(report.findings, self.cwd)))
        return report if baseline is None else with_baseline(report, baseline, self.settings, self.cwd, self.paths)

    def caused(self, findings: Sequence[Finding], report: Report, known: Known, progress: Progress) -> _Caused:
        """Those of the report's findings that no commit has. Commits are linted as long as that is open."""
        new = {id(finding) for finding in findings}
        problems: list[str] = []
        unknown: list[str] = []
        for difference in self.differences:
            if not difference.matters:
                new.clear()
            if not new:
                break
            before, failed = self._before(difference, known, progress)
            # All findings take part, so that each entry is taken by the one that it is really about.
            new &= {id(finding) for finding in before.sift((*report.findings, *report.baselined), self.cwd).kept}
            problems += failed
            unknown += difference.unknown
        return _Caused(
            tuple(finding for finding in findings if id(finding) in new),
            tuple(f"taken as it is now, for its commit of then is not here: {each}" for each in dict.fromkeys(unknown)),
            tuple(f"before the change, and so findings may pass for new: {each}" for each in dict.fromkeys(problems)),
        )

    def _before(self, difference: Difference, known: Known, progress: Progress) -> tuple[Baseline, tuple[str, ...]]:
        """The findings in the files as they were, and what kept some from being found. They depend on the commit, on
        the settings and on the paths alone."""
        memory = self._memory(difference, known)
        tree = memory.tree
        if not tree.files and not tree.migrations:
            return Baseline.of((), self.cwd), ()
        if (found := memory.found) is not None:
            return Baseline(self.cwd, tuple(Entry(*each) for each in found.entries)), ()
        from delete_lint.lint import lint_tree

        report = lint_tree(tree, self.settings, progress, known=known)
        baseline = Baseline.of(report.findings, self.cwd)
        # That there was no model is nothing to complain about.
        problems = report.problems if report.summary.models else ()
        if not problems:
            memory.keep(report, _entries(baseline))
        return baseline, problems

    def told(
        self,
        report: Report,
        findings: Sequence[Finding],
        touched: frozenset[str],
        details: tuple[str, ...],
        warnings: tuple[str, ...],
    ) -> Report:
        return replace(
            report,
            findings=tuple(sorted(findings, key=lambda finding: finding.sort_key)),
            changed=touched,
            details=(*filter(None, details), *report.details),
            warnings=(*report.warnings, *warnings),
        )


def _entries(baseline: Baseline) -> Iterator[tuple[str, str, str, str]]:
    return ((each.file, each.rule, each.what, each.statement) for each in baseline.entries)


def _of_source(settings: Settings) -> Settings:
    return replace(settings, django_settings=None)


def _not_asked(settings: Settings) -> str:
    name = settings.django_settings
    return f"{name} was not set up: the running project is only there as it is now" if name is not None else ""


def _merge_bases(repository: Repository, since: str) -> tuple[str | None, ...]:
    """Where the history of the working tree left a revision; while a merge is under way it has several. None when
    there is no commit yet."""
    first = repository.merge_base(since)
    bases = [first]
    for merged in repository.merged():
        try:
            bases.append(repository.merge_base(since, merged))
        except GitError:
            continue  # a history that has nothing to do with it, which is then all new
    return tuple(dict.fromkeys(bases))


def _parents(repository: Repository) -> tuple[tuple[str | None, ...], str]:
    """What a commit is compared with, and what to call it. While a merge is under way its other side is as good:
    what came from there was not brought by this commit."""
    revision = os.environ.get(_FROM)
    if revision:
        base = repository.merge_base(revision, os.environ.get(_TO) or "HEAD")
        return (base,), _short(base)
    head = repository.commit("HEAD")
    return (head, *repository.merged()), "HEAD"


def _project(named: _Named, settings: Settings, repository: Repository) -> str:
    """The folder of the settings, when it is one in the repository with all that is named in it, else of the
    repository."""
    folder = os.path.abspath(settings.file.parent) if settings.file is not None else repository.top
    inside = below(repository.top, folder) is not None
    return folder if inside and all(each == folder or below(folder, each) for each in named.paths) else repository.top


def _short(commit: str | None) -> str:
    return commit[:12] if commit is not None else "the first commit"


def _there_before(count: int, where: str, against: str) -> str:
    if not count:
        return ""
    return (
        f"1 finding{where} was there before, at {against}"
        if count == 1
        else (f"{count} findings{where} were there before, at {against}")
    )
