"""Django's system checks: what the rules say of the models and receivers of the running project.

They run at each reload of a development server: what takes long to import is imported where it is needed.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.apps import AppConfig, apps
from django.core import checks

from delete_lint.check_messages import Messages
from delete_lint.findings import Finding
from delete_lint.graph.measured import renamed
from delete_lint.graph.model import Model
from delete_lint.graph.project import ProjectGraph
from delete_lint.graph.receiver import Receiver
from delete_lint.output.style import line_start, printable
from delete_lint.project_settings import ProjectSettings, project_settings
from delete_lint.runtime.asked import asked_databases
from delete_lint.runtime.bodies import with_bodies
from delete_lint.runtime.front import runtime_graph
from delete_lint.selection import selected_rules
from delete_lint.settings import Settings
from delete_lint.source.ignore import Patterns
from delete_lint.suppression import MARK, Suppressions
from delete_lint.weighing import weighed

if TYPE_CHECKING:
    from delete_lint.source.file import SourceFile


def check(
    app_configs: Sequence[AppConfig] | None = None, databases: Iterable[str] | None = None, **kwargs: Any
) -> list[checks.CheckMessage]:
    """The messages of all rules about the models and receivers of these apps, or of all apps of the project's own.

    The whole project is looked at either way. Only the databases that ``--database`` names are asked how large their
    tables are; without it none is connected to. Whatever fails here is itself a message, and hides no other.
    """
    messages: list[checks.CheckMessage] = []
    with _surviving("the registries cannot be read", messages):
        project = project_settings()
        messages += map(_wrong_setting, project.problems)
        graph = _graph(project.settings, messages)
        messages += [
            checks.Warning(printable(problem), obj="signals", id="delete_lint.signals") for problem in graph.problems
        ]
        rules = list(selected_rules(project.settings))
        if asked := asked_databases(databases):
            with _surviving(f"the sizes of the tables in {' and '.join(asked)} cannot be read", messages):
                from delete_lint.runtime.sizes import read_sizes

                graph = replace(graph, row_counts=read_sizes(asked))
        findings: list[Finding] = []
        for rule, severity in rules:
            with _surviving(f"the rule {rule.name} failed", messages, rule.package):
                found = rule.check(graph, project.settings.thresholds) if rule.check is not None else ()
                findings += [finding.stamped(rule.name, severity) for finding in found]
        with _surviving("weighing what was found failed", messages):
            findings = weighed(findings, graph, project.settings)
        left = tuple(findings)
        with _surviving("looking for what is to be left out failed", messages):
            left = tuple(_left(findings, project, Path(graph.root)))
            left, problems = _new(left, project, Path(graph.root))
            messages += map(_wrong_setting, problems)
        labels = None if app_configs is None else {config.label for config in app_configs}
        words = Messages(project.settings.check_level)
        for finding in left:
            with _surviving(f"telling of {finding.rule} at {finding.place} failed", messages):
                subjects = [subject for subject in finding.subjects if labels is None or _app(subject) & labels]
                if subjects or (labels is None and not finding.subjects):
                    messages.append(words.about(finding, subjects[0] if subjects else None))
    return messages


def _graph(settings: Settings, messages: list[checks.CheckMessage]) -> ProjectGraph:
    graph = runtime_graph(settings=settings)
    measured = renamed(settings.measured, graph.root) if settings.measured is not None else None
    with _surviving("the receivers cannot be read", messages):
        graph = with_bodies(graph, settings)
    graph = replace(graph, row_counts=settings.row_counts, measured=measured)
    if not settings.third_party:
        return graph
    return replace(
        graph,
        models={label: replace(model, own=True) for label, model in graph.models.items()},
        receivers=tuple(replace(receiver, own=True) for receiver in graph.receivers),
    )


def _wrong_setting(problem: str) -> checks.CheckMessage:
    where, _, what = problem.partition(": ")
    return checks.Error(printable(what), obj=line_start(where), id="delete_lint.settings")


@contextmanager
def _surviving(what: str, messages: list[checks.CheckMessage], package: str = "delete_lint") -> Iterator[None]:
    """What fails inside is a message, and what comes after it goes on. An error would keep the project from running,
    for a fault that is none of its own."""
    try:
        yield
    except BaseException as error:
        from delete_lint.internal_errors import internal_error, is_failure

        if not is_failure(error):
            raise
        failure = internal_error(what, error, package=package)
        messages.append(
            checks.Warning(
                printable(f"{what}: {failure.error}"),
                hint=f"What delete-lint has to say is not complete: {failure.finding().help.partition(': ')[2]}.",
                obj="delete-lint",
                id="delete_lint.internal",
            )
        )
        if os.environ.get("DELETE_LINT_DEBUG"):
            from delete_lint.console import tell

            tell(failure.traceback)


def _app(subject: Model | Receiver) -> set[str]:
    """The app of a model; of a receiver the app whose package holds it, else those of the models that it hears."""
    if isinstance(subject, Model):
        return {subject.label.partition(".")[0]}
    config = apps.get_containing_app_config(subject.module)
    if config is not None:
        return {config.label}
    return {label.partition(".")[0] for label in subject.senders or ()}


def _left(findings: Iterable[Finding], project: ProjectSettings, root: Path) -> Iterator[Finding]:
    """What neither the settings nor a comment in the source waves off, in the order of the source."""
    settings = project.settings
    excluded = Patterns.from_lines(project.base, (*settings.exclude, *settings.extend_exclude))
    ignores = [
        (Patterns.from_lines(project.base, [pattern]), frozenset(rules))
        for pattern, rules in settings.per_file_ignores.items()
    ]
    wanted: list[Finding] = []
    for finding in sorted(findings, key=lambda finding: finding.sort_key):
        path = str(root / finding.place.file)
        if not excluded.covers(path) and not any(
            finding.rule in rules and patterns.covers(path) for patterns, rules in ignores
        ):
            wanted.append(finding)
    kept, _ = _suppressions({finding.place.file for finding in wanted}, root).split(wanted)
    return iter(kept)


def _new(
    findings: tuple[Finding, ...], project: ProjectSettings, root: Path
) -> tuple[tuple[Finding, ...], tuple[str, ...]]:
    """Those that the baseline does not know, and what is wrong with it. It is the same one as that of the command
    line, which finds more, so nothing is told of its entries that are not found here."""
    file = project.settings.baseline
    if file is None:
        return findings, ()
    from delete_lint.baseline import BaselineError, read_baseline

    try:
        return read_baseline(file).sift(findings, root).kept, ()
    except BaselineError as error:
        return findings, (str(error),)


def _suppressions(files: Collection[str], root: Path) -> Suppressions:
    marked: dict[str, bytes] = {}
    for name in files:
        with suppress(OSError):
            data = (root / name).read_bytes()
            if MARK in data:
                marked[name] = data
    sources: dict[str, SourceFile] = {}
    if marked:
        from delete_lint.source.file import SourceFile, Unreadable

        for name, data in marked.items():
            with suppress(Unreadable):
                sources[name] = SourceFile(name, data)
    return Suppressions.read(sources, sources)
