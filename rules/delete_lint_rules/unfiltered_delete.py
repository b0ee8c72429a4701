"""A whole table is deleted through the slow path: every row becomes an instance first."""

from __future__ import annotations

from collections.abc import Iterator

from delete_lint.findings import Finding, Note, Severity
from delete_lint.graph.advice import only
from delete_lint.graph.cascade import cascade
from delete_lint.graph.collector import why_slow
from delete_lint.graph.describe import cause, causes, model_name
from delete_lint.graph.estimate import Estimate, exceeds, table_rows
from delete_lint.graph.project import ProjectGraph
from delete_lint.graph.weight import about_bytes, number, weigh
from delete_lint.settings import Thresholds

SEVERITY: Severity = "warning"


def check(graph: ProjectGraph, thresholds: Thresholds) -> Iterator[Finding]:
    for site in graph.deletes:
        if site.kind != "queryset" or site.filter != "none" or site.model is None or site.method == "_raw_delete":
            continue
        if site.batched or site.muted or site.override_super or site.historical:
            continue
        seen = graph.without_receivers_for_every_model
        reasons = why_slow(seen, site.model)
        if not reasons:
            continue
        weight = weigh(cascade(seen, site.model), site, fetched=True)
        if weight is not None and not exceeds(weight, thresholds):
            continue
        name = model_name(seen, site.model)
        yield Finding(
            place=site.place,
            message=f"the whole table of {name}{_rows(seen, site.model, weight)} is loaded into memory before it is "
            f"deleted, because of {causes(seen, reasons)}",
            help="delete in batches: take the keys of a batch as a list, "
            f"`{name}.objects.filter(pk__in=keys){only(seen, site.model)}.delete()`, and repeat until none is left, "
            "each batch in a transaction of its own",
            identity=f"{site.scope}: {site.model}",
            notes=tuple(Note(reason.place, cause(seen, reason)) for reason in reasons[:3] if reason.place is not None),
        )


def _rows(graph: ProjectGraph, label: str, weight: Estimate | None) -> str:
    rows = table_rows(graph, label)
    if weight is None or rows is None:
        return ""
    return f" (about {number(rows)} rows, {about_bytes(weight.bytes)} with what hangs on them)"
