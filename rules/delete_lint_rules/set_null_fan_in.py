"""Deleting a row updates an unbounded number of others.

With row counts, a number of rows is unbounded beyond ``max-rows``; without, always. ``SET_NULL`` and ``SET(value)`` are
collected lazily into one ``UPDATE`` whose ``WHERE`` holds every key that is deleted, never batched. ``SET_DEFAULT`` and
``SET(callable)`` load the rows from Django 5.1 on (ticket 35073).
"""

from __future__ import annotations

from collections.abc import Iterator

from delete_lint.findings import Finding, Note, Severity
from delete_lint.graph.advice import without
from delete_lint.graph.cascade import Cascade, Edge, cascade, edges_at, once_per_cascade
from delete_lint.graph.collector import evaluates, large_fields
from delete_lint.graph.describe import (
    columns,
    deletes_one,
    handler_name,
    listed,
    model_name,
    relation_name,
    subject,
)
from delete_lint.graph.estimate import Amount, Estimate
from delete_lint.graph.model import Relation
from delete_lint.graph.project import ProjectGraph, once_per_graph
from delete_lint.graph.site import DeleteSite
from delete_lint.graph.weight import about_bytes, about_rows, proviso, weigh
from delete_lint.settings import Thresholds

SEVERITY: Severity = "warning"


def check(graph: ProjectGraph, thresholds: Thresholds) -> Iterator[Finding]:
    for site in graph.deletes:
        if site.kind == "other" or site.model is None or site.method == "_raw_delete":
            continue
        if (
            site.batched
            or site.muted
            or site.override_super
            or site.historical
            or site.soft
            or site.model not in graph.models
        ):
            continue
        left = without(cascade(graph, site.model), site.leaf_first)
        weight = weigh(left, site)
        loading = _loading(left)
        listing = _listing(graph, site.model)
        if weight is None:
            listing = listing if _long(site) else []
        else:
            long = _long(site) and weight.deleted.get(graph.concrete(site.model), Amount()).worst > thresholds.max_rows
            loading = [edge for edge in loading if _many(edge, site, weight, thresholds)]
            listing = [edge for edge in listing if long or _many(edge, site, weight, thresholds)]
        if loading or listing:
            yield _finding(graph, site, site.model, loading, listing, weight)


def _many(edge: Edge, site: DeleteSite, weight: Estimate, thresholds: Thresholds) -> bool:
    """Whether so many rows are updated that it should not be done in one go. Where nobody has counted them, the rules
    are those without row counts."""
    rows = weight.updated.get(edge.model)
    if rows is None:
        return edge.model in weight.uncounted and (edge.loaded or _long(site))
    return rows.worst > thresholds.max_rows or (edge.loaded and weight.bytes.worst > thresholds.max_memory)


def _long(site: DeleteSite) -> bool:
    """Whether a statement with every deleted key in it can grow without bounds: one row is one key, keys that are at
    hand are few enough, and so are the rows of one parent."""
    return site.kind == "queryset" and site.unbounded and site.filter in ("none", "other", "unknown")


@once_per_cascade
def _loading(left: Cascade) -> list[Edge]:
    """Relations anywhere in the cascade whose rows are fetched and updated a hundred at a time."""
    if not left.graph.django.at_least(5, 1):
        return []
    return [edge for edge in left.by_effect("update") if evaluates(edge.relation, left.graph.django)]


@once_per_graph
def _listing(graph: ProjectGraph, label: str) -> list[Edge]:
    """Relations to the deleted rows themselves whose one UPDATE names every deleted key."""
    return [
        edge
        for edge in edges_at(graph, label)
        if edge.effect == "update" and not evaluates(edge.relation, graph.django)
    ]


def _finding(
    graph: ProjectGraph,
    site: DeleteSite,
    label: str,
    loading: list[Edge],
    listing: list[Edge],
    weight: Estimate | None,
) -> Finding:
    said: list[str] = []
    if listing:
        named = listed([_named(graph, edge.relation) for edge in listing])
        keys = "" if deletes_one(site) else " that holds the key of every deleted row"
        said.append(f"updates {named} in one statement{keys}")
    if loading:
        said.append(
            f"loads every row behind {listed([_loaded(graph, edge) for edge in loading])} and updates them a "
            "hundred at a time"
        )
    return Finding(
        place=site.place,
        message=f"{subject(graph, site, label)} {' and '.join(said)}{_updated(site, [*loading, *listing], weight)}",
        help=_help(graph, site, label, loading, listing),
        identity=f"{site.scope}: {label}",
        notes=tuple(
            Note(edge.relation.place, _named(graph, edge.relation))
            for edge in (*loading, *listing)[:5]
            if edge.relation.place is not None
        ),
    )


def _updated(site: DeleteSite, edges: list[Edge], weight: Estimate | None) -> str:
    if weight is None:
        return ""
    labels = dict.fromkeys(edge.model for edge in edges)
    rows = sum((weight.updated.get(label, Amount()) for label in labels), Amount())
    held = f", which holds {about_bytes(weight.bytes, site)}" if any(edge.loaded for edge in edges) else ""
    return f": {about_rows(rows, site)}{held}{proviso(site)}"


def _named(graph: ProjectGraph, relation: Relation) -> str:
    return f"{relation_name(graph, relation)} ({handler_name(relation)})"


def _loaded(graph: ProjectGraph, edge: Edge) -> str:
    wide = large_fields(graph, edge.model) if edge.columns is None else ()
    named = _named(graph, edge.relation)
    return f"{named}, {columns(graph, edge.model, wide)} included," if wide else named


def _help(graph: ProjectGraph, site: DeleteSite, label: str, loading: list[Edge], listing: list[Edge]) -> str:
    if not loading and deletes_one(site):
        relation = listing[0].relation
        return (
            "give the rows their new value before the delete, in batches of keys, each in a transaction of its own: "
            f"`{model_name(graph, relation.model)}.objects.filter(pk__in=keys).update({relation.field}=None)`"
        )
    if not loading:
        return (
            f"delete in batches: `{model_name(graph, label)}.objects.filter(pk__in=keys).delete()` keeps the statement "
            "short and the locks brief"
        )
    relation = loading[0].relation
    return (
        f"set `on_delete=models.PROTECT` on {relation_name(graph, relation)} and give the rows their new value before "
        f"the delete, in batches of keys: `{model_name(graph, relation.model)}.objects.filter(pk__in=keys)"
        f".update({relation.field}=replacement)`; or let it be `SET_NULL`, which loads nothing"
    )
