"""`.delete()` on each object of a loop: one transaction and one collection for every object."""

from __future__ import annotations

from collections.abc import Iterator

from delete_lint.findings import Finding, Note, Severity
from delete_lint.graph.describe import counted, listed, model_name, receiver_name
from delete_lint.graph.estimate import table_rows
from delete_lint.graph.model import SKIP_HANDLERS
from delete_lint.graph.project import ProjectGraph
from delete_lint.graph.site import DeleteSite
from delete_lint.graph.weight import number
from delete_lint.settings import Thresholds

SEVERITY: Severity = "warning"

#: Django deletes so many rows at a time: one that is deleted by itself costs as much as these together.
_ROWS_A_STATEMENT = 100


def check(graph: ProjectGraph, thresholds: Thresholds) -> Iterator[Finding]:
    for site in graph.deletes:
        one = site.kind == "instance" or (site.kind == "queryset" and site.filter in ("pk", "unique"))
        if not site.in_loop or not one or site.batched or site.muted or site.override_super:
            continue
        if site.soft or site.historical:
            continue
        label = site.model or (site.loop.model if site.loop is not None else None)
        if label is None or _needs_the_loop(graph, label):
            continue
        rows = table_rows(graph, label)
        if rows is not None and rows * _ROWS_A_STATEMENT <= thresholds.max_rows:
            continue
        name = model_name(graph, label)
        yield Finding(
            place=site.place,
            message=f"each {name} of the loop is deleted by itself: {_cost(graph, label)}"
            + (f"; there are about {number(rows)} of them" if rows is not None else ""),
            help=_help(graph, site, label),
            identity=f"{site.scope}: {label}",
            notes=(Note(site.loop.place, "the loop"),) if site.loop is not None else (),
        )


def _needs_the_loop(graph: ProjectGraph, label: str) -> bool:
    """A `delete()` of the model's own is called for each object only by a loop."""
    model = graph.models.get(label)
    return model is not None and model.delete_override is not None


def _cost(graph: ProjectGraph, label: str) -> str:
    relations = [r for r in graph.candidate_relations(label) if r.on_delete not in SKIP_HANDLERS]
    if relations:
        return f"a transaction and a collection over {counted(len(relations), 'relation')} for every object"
    if graph.receivers_of(label):
        return "a transaction and a DELETE for every object"
    return "a DELETE for every object, where one could do for all"


def _help(graph: ProjectGraph, site: DeleteSite, label: str) -> str:
    name = model_name(graph, label)
    if site.loop is not None and site.loop.model == label:
        advice = f"delete the queryset of the loop, or, when it is long, `{name}.objects.filter(pk__in=keys).delete()` "
        advice += "in batches of keys"
    else:
        advice = f"gather the keys and delete `{name}.objects.filter(pk__in=keys)`, in batches when there are many"
    receivers = [] if site.historical else graph.receivers_of(label)
    bound = [receiver_name(r) for r in receivers if r.origin_guard]
    if bound:
        return f"{advice}; mind that {listed(bound)} does nothing unless the delete started at its own instance"
    return f"{advice}; receivers are called for each object all the same" if receivers else advice
