"""The file of row counts speaks of models, relations or columns that are not there, or leaves some out."""

from __future__ import annotations

from collections.abc import Iterator

from delete_lint.findings import Finding, Severity
from delete_lint.graph.collector import all_fields
from delete_lint.graph.describe import counted, listed
from delete_lint.graph.model import Model
from delete_lint.graph.named import did_you_mean
from delete_lint.graph.project import ProjectGraph
from delete_lint.graph.row_counts import RowCounts, TableCounts, relation_key
from delete_lint.settings import Thresholds

SEVERITY: Severity = "info"

_ANEW = "run `manage.py delete_counts` anew, against a database whose sizes are those of production"


def check(graph: ProjectGraph, thresholds: Thresholds) -> Iterator[Finding]:
    counts = graph.row_counts
    if counts is None or not counts.lines:
        return  # none, or those of a database that is there
    apps = {model.label.partition(".")[0] for model in graph.own_models()}
    foreign: dict[str, list[str]] = {}
    for label, table in counts.tables.items():
        app = label.partition(".")[0]
        if label in graph.models:
            yield from _gone(graph, counts, label, table)
        elif table.package is not None or _is_through(graph, label):
            continue
        elif app in apps:
            names = [model.name for model in graph.models.values() if model.label.startswith(f"{app}.")]
            nearest = did_you_mean(label.partition(".")[2], names)
            yield _finding(counts, f"no model is called {label}{nearest}", label)
        else:
            foreign.setdefault(app, []).append(label)
    for app, labels in foreign.items():
        message = f"{counted(len(labels), 'table')} of the app {app}, of which no model was seen: {listed(labels)}"
        yield _finding(counts, message, labels[0])
    yield from _missing(graph, counts)


def _is_through(graph: ProjectGraph, label: str) -> bool:
    """A many-to-many table, which source alone does not show when the other model is a package's."""
    return any(label.startswith(f"{known}_") for known in graph.models)


def _gone(graph: ProjectGraph, counts: RowCounts, label: str, table: TableCounts) -> Iterator[Finding]:
    """Columns and relations of a model that it does not have; of an installed one, the source does not tell."""
    if not graph.models[label].own:
        return
    relations = [relation_key(relation) for relation in graph.pointing_from(label)]
    for name in table.per:
        # Where a generic relation is declared, its children have one too.
        if name not in relations and "." not in name and not _is_installed(graph, label, name):
            message = f"{label} has no relation {name}{did_you_mean(name, relations)}"
            yield _finding(counts, message, label, "per", name)
    columns = [field.name for field in all_fields(graph, label)]
    for name in table.large:
        if name not in columns:
            yield _finding(counts, f"{label} has no column {name}{did_you_mean(name, columns)}", label, "large", name)


def _is_installed(graph: ProjectGraph, label: str, name: str) -> bool:
    """A key to a model of a package, which the graph may know as a column only."""
    return any(field.name == name for field in all_fields(graph, label))


def _missing(graph: ProjectGraph, counts: RowCounts) -> Iterator[Finding]:
    models = [model.label for model in graph.own_models() if _has_table(model) and model.label not in counts.tables]
    if models:
        message = f"{counted(len(models), 'table')} not counted, and taken for empty: {listed(models)}"
        yield _finding(counts, message)
    for label, table in counts.tables.items():
        relations = [
            relation.field
            for relation in graph.pointing_from(label)
            if relation.kind != "generic" and graph.concrete(relation.target) in counts.tables
        ]
        missing = [name for name in relations if name not in table.per]
        if missing and graph.models[label].own:
            message = f"how many {label} hang on one row was not counted for {listed(missing)}"
            yield _finding(counts, message, label)


def _has_table(model: Model) -> bool:
    return model.managed and not (model.abstract or model.proxy or model.swapped) and model.database is None


def _finding(counts: RowCounts, message: str, *key: str) -> Finding:
    return Finding(place=counts.place(*key), message=message, help=_ANEW, identity=" ".join(key) or "not counted")
