"""What a run has to say, as data: the outputs only put it into words."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from delete_lint.findings import Finding, Severity, at_least
from delete_lint.graph.place import Place
from delete_lint.graph.project import ProjectGraph
from delete_lint.rule import UNREADABLE, Rule


class SourceText(Protocol):
    """The text of a file, for showing places in it."""

    @property
    def lines(self) -> Sequence[str]:
        """Its lines, without their ends."""

    def line(self, number: int) -> str | None:
        """One of them, counted from 1; None when there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What was looked at; ``models`` are the project's own, without automatic tables and abstract classes."""

    files: int
    models: int
    receivers: int
    delete_sites: int
    django: str
    django_source: str
    suppressed: int = 0
    baselined: int = 0


@dataclass(frozen=True, slots=True)
class Suppressed:
    """A finding that a comment waves off, where the comment stands and the reason that it gives, if any."""

    finding: Finding
    comment: Place
    reason: str = ""


class MakesRecord(Protocol):
    """Makes the record of what a run has asked of its files (`delete_lint.cache.alike`)."""

    def __call__(
        self,
        whole: Collection[str],
        plain: Collection[str],
        told: Callable[[str], int],
        path_of: Callable[[str], str],
    ) -> bytes: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The findings of a run, sorted by place.

    ``baselined`` are those that the baseline knows, ``gone`` what it knows and nobody found, a line each;
    ``unchecked`` are its lines of which the run cannot tell, as it was about a part only.
    ``changed`` are the names of the files that a change touched, when the run was about a change: findings in other
    files are then what it causes elsewhere. ``rules`` are those that ran, with the severities of the settings.
    ``problems`` are what kept parts of the run from being done, one line each; with any of them a run is not clean.
    ``warnings`` are oddities of the running project that what is found rests on. ``record`` tells what was asked of
    the files, when that is all that the report hangs on.
    ``details`` tell what was skipped and how long things took. ``files`` are the names of those that were linted.
    """

    findings: tuple[Finding, ...]
    suppressed: tuple[Suppressed, ...] = ()
    baselined: tuple[Finding, ...] = ()
    gone: tuple[str, ...] = ()
    unchecked: tuple[str, ...] = ()
    changed: frozenset[str] | None = None
    rules: tuple[tuple[Rule, Severity], ...] = ()
    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    details: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    summary: Summary
    graph: ProjectGraph
    sources: Mapping[str, SourceText] = field(default_factory=dict)
    record: MakesRecord | None = field(default=None, repr=False, compare=False)

    def is_elsewhere(self, finding: Finding) -> bool:
        """Whether the run is about a change and the finding stands in a file that the change did not touch."""
        return self.changed is not None and finding.place.file not in self.changed

    @property
    def whole(self) -> frozenset[str]:
        """The names of the files that cannot be read: what is wrong with them is not among what the `record` has."""
        found = (*self.findings, *self.baselined, *(each.finding for each in self.suppressed))
        return frozenset(finding.place.file for finding in found if finding.rule == UNREADABLE)

    def exit_status(self, fail_level: Severity) -> int:
        """0 when nothing is at or above the level, 1 when something is, 2 when the run could not be done whole."""
        if self.problems:
            return 2
        return int(any(at_least(finding.severity, fail_level) for finding in self.findings))


def summarise(graph: ProjectGraph, files: int, suppressed: int) -> Summary:
    models = [model for model in graph.own_models() if not model.abstract and not model.auto_created]
    return Summary(
        files=files,
        models=len(models),
        receivers=sum(receiver.own for receiver in graph.receivers),
        delete_sites=sum(site.kind != "other" for site in graph.deletes),
        django=str(graph.django),
        django_source=graph.django.source,
        suppressed=suppressed,
    )
