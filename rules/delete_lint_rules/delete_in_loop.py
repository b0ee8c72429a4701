"""`.delete()` on each object of a loop: one transaction and one collection for every object."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from delete_lint.findings import Finding, Note, Severity
from delete_lint.graph.advice import is_polymorphic, safe_narrowing
from delete_lint.graph.cascade import Cascade, cascade, is_large, loaded_wide
from delete_lint.graph.collector import large_fields
from delete_lint.graph.describe import counted, listed, model_name, receiver_name
from delete_lint.graph.estimate import exceeds, table_rows
from delete_lint.graph.immediate_constraints import IMMEDIATE, refused
from delete_lint.graph.model import SKIP_HANDLERS
from delete_lint.graph.project import ProjectGraph, once_per_graph
from delete_lint.graph.site import DeleteSite, FilterKind
from delete_lint.graph.weight import number, weigh
from delete_lint.remedies import DeleteAsQueryset
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
            remedy=_remedy(graph, site, label, thresholds),
        )


def _remedy(graph: ProjectGraph, site: DeleteSite, label: str, thresholds: Thresholds) -> DeleteAsQueryset | None:
    """One delete of the queryset, where it does what the loop does and is no burden of its own."""
    loop = site.loop
    if loop is None or loop.model != label or loop.whole is None or site.kind != "instance" or site.guessed:
        return None
    model = graph.models.get(label)
    if model is None or not model.own or model.inherits_delete or model.unread_base:
        return None  # there is, or there may be, a `delete()` where nobody looked
    seen = graph.without_receivers_for_every_model
    reached = cascade(seen, label)
    if _loop_decides(graph, label) or _is_a_burden(reached, site, loop.whole, thresholds):
        return None
    fields: tuple[str, ...] = ()
    if large_fields(seen, label) and not reached.fast and loop.whole not in ("pk", "unique", "pk-in"):
        fields = safe_narrowing(graph, label, loop.whole in ("fk", "unknown"))
        if not fields or graph.unseen_listeners:
            return None  # the loop may at least let go of each row before it takes the next
    return DeleteAsQueryset(loop.place, site.place, fields)


@once_per_graph
def _loop_decides(graph: ProjectGraph, label: str) -> bool:
    """Whether it matters that the objects are deleted one after the other: to receivers that look at `origin`, to the
    children of a multi-table parent with a `delete()` of their own or a type of their own, and to rows that protect
    each other."""
    reached = cascade(graph.without_receivers_for_every_model, label)
    labels = {*reached.level, *reached.parents}
    if any(receiver.origin_guard for label in labels for receiver in graph.receivers_of(label)):
        return True
    if is_polymorphic(graph, reached.root):
        return True
    if reached.root in _ancestors_of_overriding(graph, ""):
        return True
    if any(edge.model in labels for edge in reached.by_effect("refuse")):
        return True
    return bool(graph.databases & IMMEDIATE and refused(graph, labels))


@once_per_graph
def _ancestors_of_overriding(graph: ProjectGraph, _: str) -> frozenset[str]:
    """The multi-table ancestors of all models with a `delete()` of their own."""
    overriding = (model.label for model in graph.models.values() if model.delete_override)
    return frozenset(ancestor for label in overriding for ancestor in graph.ancestors(label))


def _is_a_burden(reached: Cascade, site: DeleteSite, narrowed: FilterKind, thresholds: Thresholds) -> bool:
    """Whether all the rows at once are too much: a whole table that must be loaded, or a large cascade."""
    if narrowed == "none" and not reached.fast:
        return True
    unbounded = narrowed not in ("pk", "unique")
    weight = weigh(reached, replace(site, kind="queryset", filter=narrowed, unbounded=unbounded))
    if weight is not None:
        return exceeds(weight, thresholds)
    return is_large(reached, thresholds) or any(load.edge is not None for load in loaded_wide(reached))


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
