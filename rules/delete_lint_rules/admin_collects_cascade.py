"""An admin or request-path delete of a large cascade root.

``contrib.admin.utils.NestedObjects`` switches fast deletes off and joins each row with its parent, which switches
``.only()`` off too: the confirmation page loads every related row, whole, before anyone confirms.
"""

from __future__ import annotations

from collections.abc import Iterator

from delete_lint.findings import Finding, Note, Severity
from delete_lint.graph.cascade import Cascade, cascade, is_large, loaded_wide
from delete_lint.graph.collector import large_fields
from delete_lint.graph.describe import (
    columns,
    counted,
    handler_name,
    listed,
    model_name,
    relation_name,
    way_down,
    wide_load,
)
from delete_lint.graph.estimate import ONE, Estimate, estimate, exceeds
from delete_lint.graph.project import ProjectGraph
from delete_lint.graph.site import EntryPoint
from delete_lint.graph.weight import about_bytes, about_rows, not_counted
from delete_lint.settings import Thresholds

SEVERITY: Severity = "warning"


def check(graph: ProjectGraph, thresholds: Thresholds) -> Iterator[Finding]:
    for entry in graph.entry_points:
        if entry.handled or entry.model not in graph.models:
            continue
        whole = cascade(graph, entry.model)
        weight = estimate(whole, ONE, whole=entry.kind == "admin") if whole.tables else None
        if not (is_large(whole, thresholds) if weight is None else exceeds(weight, thresholds)):
            continue
        yield Finding(
            place=entry.place,
            message=_on_the_page(graph, entry, whole, weight)
            if entry.kind == "admin"
            else _in_the_request(graph, entry, whole, weight),
            help=_help(graph, entry),
            identity=f"{entry.name}: {entry.model}",
            notes=tuple(
                Note(edge.relation.place, f"{relation_name(graph, edge.relation)} ({handler_name(edge.relation)})")
                for edge in way_down(whole)
                if edge.relation.place is not None
            ),
        )


def _reach(whole: Cascade, weight: Estimate | None) -> str:
    rows = f"{about_rows(weight.rows)} of " if weight is not None else ""
    return f"{rows}{counted(len(whole.models), 'model')} over {counted(whole.depth, 'level')}"


def _on_the_page(graph: ProjectGraph, entry: EntryPoint, whole: Cascade, weight: Estimate | None) -> str:
    wide = [
        f"{model_name(graph, label)} ({columns(graph, label, large)})"
        for label in whole.models
        if (large := large_fields(graph, label))
    ]
    named = f", {listed(wide, 3)} among them" if wide else ""
    if weight is not None:
        return (
            f"the delete page of {entry.name} loads {_reach(whole, weight)}, whole{named}, which is "
            f"{about_bytes(weight.bytes)}: to ask for confirmation, and again when it is confirmed"
            f"{not_counted(graph, weight)}"
        )
    return (
        f"the delete page of {entry.name} loads every related row of one {model_name(graph, entry.model)}, whole, from "
        f"{_reach(whole, None)}{named}: to ask for confirmation, and again when it is confirmed"
    )


def _in_the_request(graph: ProjectGraph, entry: EntryPoint, whole: Cascade, weight: Estimate | None) -> str:
    wide = loaded_wide(whole)
    named = f"; {wide_load(graph, wide[0])}" if wide else ""
    return (
        f"{entry.name} deletes one {model_name(graph, entry.model)} while the request waits: the delete reaches "
        f"{_reach(whole, weight)}" + (f", and holds {about_bytes(weight.bytes)}" if weight is not None else "") + named
    )


def _help(graph: ProjectGraph, entry: EntryPoint) -> str:
    name = model_name(graph, entry.model)
    if entry.kind == "admin":
        return (
            "let `has_delete_permission` return False and offer an action that marks the rows for a job, which deletes "
            f"what hangs on the {name} in batches, leaf first; or override `get_deleted_objects` to count instead of "
            "collect, and `delete_model` and `delete_queryset` to hand the delete to that job"
        )
    method = "form_valid" if entry.kind == "delete_view" else "perform_destroy"
    return (
        f"override `{method}`: mark the {name} as deleted and enqueue, on commit, a job that deletes what hangs on it "
        "in batches, leaf first"
    )
