"""A QuerySet class overrides `delete` without `queryset_only`, so its manager can empty the table.

``BaseManager._get_queryset_methods`` copies every public method of the QuerySet class to the manager, except those
marked ``queryset_only``. Django marks its own ``delete``; an override is a new function without the mark.
"""

from __future__ import annotations

from collections.abc import Iterator

from delete_lint.findings import Finding, Note, Severity
from delete_lint.graph.describe import model_names
from delete_lint.graph.model import QuerySetClass
from delete_lint.graph.project import ProjectGraph
from delete_lint.remedies import KeepOffManagers
from delete_lint.settings import Thresholds

SEVERITY: Severity = "error"


def check(graph: ProjectGraph, thresholds: Thresholds) -> Iterator[Finding]:
    for queryset in graph.queryset_classes:
        if queryset.queryset_only or queryset.exposed_by is None:
            continue
        yield Finding(
            place=queryset.delete,
            message=_message(graph, queryset),
            help=f"write `delete.queryset_only = True` below the method, in the body of {queryset.name}",
            identity=f"{queryset.name}.delete",
            subjects=tuple(graph.models[label] for label in queryset.models if label in graph.models),
            notes=(Note(queryset.exposed_by, f"{queryset.name} becomes a manager here"),),
            remedy=KeepOffManagers(queryset.delete),
        )


def _message(graph: ProjectGraph, queryset: QuerySetClass) -> str:
    lost = "`delete.queryset_only = True` is lost in the override"
    if not queryset.models:
        return f"{lost}: every manager made from {queryset.name} has a `delete()` that empties its table"
    first = model_names(graph, queryset.models[:1])
    others = model_names(graph, queryset.models[1:])
    return (
        f"{lost}: `{first}.objects.delete()` exists and empties the table, and `parent.children.delete()` deletes "
        f"every {first} of that parent" + (f"; the same holds for {others}" if others else "")
    )
