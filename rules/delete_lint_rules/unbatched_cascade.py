"""The root of a large cascade is deleted in one go.

With row counts, a cascade is large by the rows that it deletes and the memory that it holds. Without, by the depth and
the number of models that the settings name; or because it loads large columns, or rows in its middle whose large
columns the next receiver would make it load.
"""

from __future__ import annotations

from collections.abc import Iterator

from delete_lint.findings import Finding, Note, Severity
from delete_lint.graph.advice import batched, without
from delete_lint.graph.cascade import Cascade, WideLoad, cascade, edges_at, is_large, loaded_wide, once_per_cascade
from delete_lint.graph.collector import all_fields, large_fields
from delete_lint.graph.describe import (
    cause,
    columns,
    counted,
    handler_name,
    model_name,
    relation_name,
    subject,
    way_down,
    wide_load,
)
from delete_lint.graph.estimate import Estimate, exceeds
from delete_lint.graph.project import ProjectGraph
from delete_lint.graph.site import DeleteSite
from delete_lint.graph.weight import about_bytes, about_rows, not_counted, proviso, weigh
from delete_lint.settings import Thresholds

SEVERITY: Severity = "warning"

#: Bytes of memory that nobody would miss.
_WORTH_TELLING = 100_000


def check(graph: ProjectGraph, thresholds: Thresholds) -> Iterator[Finding]:
    for site in graph.deletes:
        if site.kind == "other" or site.model is None or site.method == "_raw_delete":
            continue
        if site.batched or site.muted or site.override_super or site.soft or site.model not in graph.models:
            continue
        if site.kind == "queryset" and site.filter == "pk-in" and not site.unbounded:
            continue  # one piece of limited length, as the way out has it
        seen = graph.seen_by(site).without_receivers_for_every_model
        left = cascade(seen, site.model)
        if site.leaf_first:
            left = without(left, site.leaf_first)
        # What the rows of the root themselves hold is for other rules.
        weight = weigh(left, site, fetched=False) if left.tables else None
        heavy = _heavy(left, site.historical) if left.depth > 1 and weight is None else []
        if weight is not None and (site.filter == "none" or not exceeds(weight, thresholds)):
            continue  # `unfiltered_delete` tells what a whole table comes to
        if weight is None and not heavy and not is_large(left, thresholds):
            continue
        wide = [load for load in loaded_wide(left) if load.edge is not None and load.edge.effect == "delete"]
        wide.sort(key=_receivers_first)
        yield Finding(
            place=site.place,
            message=_message(seen, site, left, wide, heavy)
            if weight is None
            else _weighed(seen, site, left, wide, weigh(left, site) or weight),
            help=batched(seen, site, left.root),
            identity=f"{site.scope}: {left.root}",
            notes=(*_path(seen, left), *_culprits(seen, wide)),
        )


@once_per_cascade
def _heavy(left: Cascade, historical: bool) -> list[str]:
    """Models with large columns whose rows are loaded whole, or would be with a receiver: rows in the middle of the
    cascade, which become instances anyway. No receiver with a sender ever hears of historical models."""
    return list(
        dict.fromkeys(
            edge.model
            for edge in left.by_effect("delete")
            if edge.loaded and edge.model != left.root and large_fields(left.graph, edge.model)
            if edge.columns is None or (not historical and _is_bulky(left, edge.model) and _leads_on(left, edge.model))
        )
    )


def _is_bulky(left: Cascade, label: str) -> bool:
    """Documents, vectors and bytes; a text column is as often a remark of a few words."""
    large = set(large_fields(left.graph, label))
    return any(field.name in large and "Text" not in field.type for field in all_fields(left.graph, label))


def _leads_on(left: Cascade, label: str) -> bool:
    return any(
        edge.effect == "delete" and not edge.auto_created and left.level.get(edge.model, 0) > left.level[label]
        for edge in edges_at(left.graph, label)
    )


def _receivers_first(wide: WideLoad) -> bool:
    return not any(reason.receiver for reason in wide.because)


def _message(graph: ProjectGraph, site: DeleteSite, left: Cascade, wide: list[WideLoad], heavy: list[str]) -> str:
    message = (
        f"{subject(graph, site, left.root)} reaches {counted(len(left.models), 'model')} over "
        f"{counted(left.depth, 'level')} and loads the rows of {_loaded(left) or 'none'} of them"
    )
    if not wide and heavy:
        name = model_name(graph, heavy[0])
        kept_out = columns(graph, heavy[0], large_fields(graph, heavy[0]))
        return f"{message}; only as long as no receiver listens to {name} do its rows come without their {kept_out}"
    return message + _wide(graph, wide)


@once_per_cascade
def _loaded(left: Cascade) -> int:
    """The number of models whose rows are loaded."""
    return len({edge.model for edge in left.by_effect("delete") if edge.loaded}.intersection(left.models))


def _weighed(graph: ProjectGraph, site: DeleteSite, left: Cascade, wide: list[WideLoad], weight: Estimate) -> str:
    holds = f" and holds {about_bytes(weight.bytes, site)}" if weight.bytes.worst > _WORTH_TELLING else ""
    return (
        f"{subject(graph, site, left.root)} deletes {about_rows(weight.rows, site)} over "
        f"{counted(left.depth, 'level')}{holds}{proviso(site)}{_wide(graph, wide)}{not_counted(graph, weight)}"
    )


def _wide(graph: ProjectGraph, wide: list[WideLoad]) -> str:
    if not wide:
        return ""
    others = {other.model for other in wide} - {wide[0].model}
    more = f", and {counted(len(others), 'more model')} with large columns" if others else ""
    return f"; {wide_load(graph, wide[0])}{more}"


def _path(graph: ProjectGraph, left: Cascade) -> Iterator[Note]:
    for edge in way_down(left):
        if edge.relation.place is not None:
            link = f"{relation_name(graph, edge.relation)} ({handler_name(edge.relation)})"
            yield Note(edge.relation.place, f"{link} leads to {model_name(graph, edge.model)}")


def _culprits(graph: ProjectGraph, wide: list[WideLoad]) -> Iterator[Note]:
    for load in wide[:3]:
        for reason in load.because:
            if reason.receiver is not None and reason.place is not None:
                yield Note(
                    reason.place, f"{cause(graph, reason)} makes {model_name(graph, load.model)} load whole rows"
                )
