"""Rows with large columns are loaded just to be deleted."""

from __future__ import annotations

from collections.abc import Iterator

from delete_lint.findings import Finding, Note, Severity
from delete_lint.graph.advice import only, safe_narrowing
from delete_lint.graph.cascade import cascade, edges_at
from delete_lint.graph.collector import large_fields, why_slow
from delete_lint.graph.describe import cause, causes, columns, model_name
from delete_lint.graph.project import ProjectGraph
from delete_lint.graph.site import DeleteSite
from delete_lint.graph.weight import about_bytes, proviso, weigh
from delete_lint.remedies import LoadOnly
from delete_lint.settings import Thresholds

SEVERITY: Severity = "warning"


def check(graph: ProjectGraph, thresholds: Thresholds) -> Iterator[Finding]:
    every_receiver = graph
    graph = graph.without_receivers_for_every_model
    for site in graph.deletes:
        if site.kind != "queryset" or site.model is None or site.method == "_raw_delete":
            continue
        # Whoever has a list of keys at hand has rows enough to hold; a migration runs once.
        if site.batched or site.muted or site.override_super or site.historical or site.filter == "pk-in":
            continue
        if not (site.unbounded or site.filter == "none"):
            continue
        reasons = why_slow(graph, site.model)
        if not reasons:
            continue
        root = _fetched(site, large_fields(graph, site.model))
        generic = _whole_behind(graph, site.model)
        if not root and not generic:
            continue
        weight = weigh(cascade(graph, site.model), site, fetched=bool(root))
        if weight is not None and weight.bytes.worst <= thresholds.max_memory:
            continue
        wide = {**({site.model: root} if root else {}), **generic}
        yield Finding(
            place=site.place,
            message=f"{_loads(graph, wide)} just to delete the rows, which Django loads because of "
            f"{causes(graph, reasons)}"
            + (f"; in all it holds {about_bytes(weight.bytes, site)}{proviso(site)}" if weight is not None else ""),
            help=_help(graph, site, site.model, bool(root)),
            identity=f"{site.scope}: {site.model}",
            notes=tuple(Note(reason.place, cause(graph, reason)) for reason in reasons[:3] if reason.place is not None),
            remedy=_remedy(every_receiver, site, site.model) if root and not generic else None,
        )


def _fetched(site: DeleteSite, large: tuple[str, ...]) -> tuple[str, ...]:
    """What `.only()` and `.defer()` leave of the large columns."""
    if site.only:
        large = tuple(name for name in large if name in site.only)
    return tuple(name for name in large if name not in site.defer)


def _whole_behind(graph: ProjectGraph, label: str) -> dict[str, tuple[str, ...]]:
    """Models right behind the root whose rows are loaded whole, with large columns: because a receiver listens to
    them, or because a GenericRelation reaches them. `.only()` on the root cannot narrow those."""
    return {
        edge.model: large
        for edge in edges_at(graph, label)
        if edge.effect == "delete" and edge.loaded and edge.columns is None and edge.model != label
        if (large := large_fields(graph, edge.model))
    }


def _remedy(graph: ProjectGraph, site: DeleteSite, label: str) -> LoadOnly | None:
    """What a receiver that is connected for every model reads of a row nobody knows."""
    if site.guessed or site.queryset_override or site.only or site.defer or site.values:
        return None
    model = graph.models.get(label)
    if model is None or model.unread_base or graph.unseen_listeners:
        return None  # it may be a child of a table, or be heard by a receiver, that nobody has seen
    fields = safe_narrowing(graph, label, site.of_parent or site.filter == "unknown")
    return LoadOnly(site.place, fields) if fields else None


def _loads(graph: ProjectGraph, wide: dict[str, tuple[str, ...]]) -> str:
    loads = [f"{columns(graph, label, names)} of each {model_name(graph, label)}" for label, names in wide.items()]
    return " and ".join(loads) + (" is loaded" if len(wide) == 1 else " are loaded")


def _help(graph: ProjectGraph, site: DeleteSite, label: str, root: bool) -> str:
    batch = f"`{model_name(graph, label)}.objects.filter(pk__in=keys).delete()` for batches of keys"
    narrowed = only(graph, label, site.of_parent)
    if not root:
        return f"delete in batches so that only a few of them are in memory at a time: {batch}"
    if narrowed:
        return f"put `{narrowed}` before `.delete()`, and delete in batches of keys when there are many rows"
    return f"delete in batches: {batch}; `.only()` is no way out here, it {_why_not(graph, site, label)}"


def _why_not(graph: ProjectGraph, site: DeleteSite, label: str) -> str:
    """What `.only()` would do instead of helping."""
    if graph.parents(label):
        return "reads each row of a multi-table child again"
    if graph.receivers_of(label):
        return "keeps columns from the receivers"
    if site.of_parent and not graph.django.at_least(6, 1):
        return "has the manager of a parent read the foreign key of each row again"
    return "leaves out what is read of each row as it is loaded"
