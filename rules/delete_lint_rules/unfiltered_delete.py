"""A whole table is deleted through the slow path: every row becomes an instance first."""

from __future__ import annotations

from collections.abc import Iterator

from delete_lint.findings import Finding, Note, Severity
from delete_lint.graph.advice import only
from delete_lint.graph.collector import why_slow
from delete_lint.graph.describe import cause, causes, model_name
from delete_lint.graph.project import ProjectGraph
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
        name = model_name(seen, site.model)
        yield Finding(
            place=site.place,
            message=f"the whole table of {name} is loaded into memory before it is deleted, because of "
            f"{causes(seen, reasons)}",
            help="delete in batches: take the keys of a batch as a list, "
            f"`{name}.objects.filter(pk__in=keys){only(seen, site.model)}.delete()`, and repeat until none is left, "
            "each batch in a transaction of its own",
            identity=f"{site.scope}: {site.model}",
            notes=tuple(Note(reason.place, cause(seen, reason)) for reason in reasons[:3] if reason.place is not None),
        )
