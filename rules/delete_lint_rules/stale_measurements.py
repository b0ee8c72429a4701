"""The file of measurements speaks of receivers or models that are not there any more."""

from __future__ import annotations

from collections.abc import Iterator

from delete_lint.findings import Finding, Severity
from delete_lint.graph.measured import Measured, MeasuredDelete, MeasuredReceiver
from delete_lint.graph.named import did_you_mean
from delete_lint.graph.project import ProjectGraph
from delete_lint.settings import Thresholds

SEVERITY: Severity = "info"

_ANEW = "measure anew: `pytest --delete-lint`, the middleware, or `delete_lint.watch()` around what deletes"


def check(graph: ProjectGraph, thresholds: Thresholds) -> Iterator[Finding]:
    measured = graph.measured
    if measured is None:
        return
    yield from _receivers(graph, measured)
    yield from _models(graph, measured)


def _receivers(graph: ProjectGraph, measured: Measured) -> Iterator[Finding]:
    """Receivers that are gone from a file of which something is known; what tests connect is in none of these."""
    files = _known_files(graph)
    kept = {id(measured.of_receiver(receiver)) for receiver in graph.receivers}
    names = [receiver.name for receiver in graph.receivers if receiver.own]
    for each in measured.receivers:
        file = each.place.file if each.place is not None else ""
        if each.package is None and file in files and id(each) not in kept:
            message = f"{file} has no delete receiver {each.name}{did_you_mean(each.name, names)}"
            yield _finding(measured, each, message, each.title)


def _models(graph: ProjectGraph, measured: Measured) -> Iterator[Finding]:
    """Models of the project's own apps that nobody knows."""
    apps = {model.label.partition(".")[0] for model in graph.own_models()}
    told: set[str] = set()
    for each in measured.deletes:
        app, _, name = each.model.partition(".")
        through = any(each.model.startswith(f"{known}_") for known in graph.models)
        if app in apps and each.model not in graph.models and not through and each.model not in told:
            told.add(each.model)
            names = [model.name for model in graph.models.values() if model.label.startswith(f"{app}.")]
            message = f"no model is called {each.model}{did_you_mean(name, names)}"
            yield _finding(measured, each, message, each.model)


def _known_files(graph: ProjectGraph) -> set[str]:
    files = {site.place.file for site in graph.deletes} | {entry.place.file for entry in graph.entry_points}
    files |= {model.place.file for model in graph.models.values() if model.place is not None}
    return files | {receiver.place.file for receiver in graph.receivers if receiver.place is not None}


def _finding(measured: Measured, entry: MeasuredReceiver | MeasuredDelete, message: str, identity: str) -> Finding:
    return Finding(place=measured.entry_place(entry), message=message, help=_ANEW, identity=identity)
