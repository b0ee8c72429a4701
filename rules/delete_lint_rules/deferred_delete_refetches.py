"""`.only()` or `.defer()` before a delete where Django then loads each row again.

The collector reads three things off the rows it is given: the columns that other models refer to, the row of each
multi-table parent, and, through the receivers, whatever these look at. What is deferred is fetched row by row.
"""

from __future__ import annotations

from collections.abc import Iterator

from delete_lint.findings import Finding, Note, Severity
from delete_lint.graph.advice import keys_referred_to
from delete_lint.graph.collector import all_fields, fast_delete, primary_key
from delete_lint.graph.describe import listed, model_name, model_names, receiver_name
from delete_lint.graph.project import ProjectGraph
from delete_lint.graph.receiver import Receiver
from delete_lint.graph.site import DeleteSite
from delete_lint.settings import Thresholds

SEVERITY: Severity = "warning"


def check(graph: ProjectGraph, thresholds: Thresholds) -> Iterator[Finding]:
    for site in graph.deletes:
        if not (site.only or site.defer) or site.kind == "other" or site.model is None:
            continue
        if site.method == "_raw_delete" or site.override_super or site.model not in graph.models:
            continue
        seen = graph.seen_by(site)
        if site.kind == "queryset" and fast_delete(seen, site.model):
            continue
        deferred = _deferred(seen, site, site.model)
        keys = tuple(name for name in keys_referred_to(seen, site.model) if name in deferred)
        parents = _parents_read_again(seen, site, site.model, deferred)
        receivers = _readers(seen, site, site.model, deferred)
        if keys or parents or receivers:
            yield _finding(seen, site, site.model, keys, parents, receivers, deferred)


def _deferred(graph: ProjectGraph, site: DeleteSite, label: str) -> frozenset[str]:
    """Names of the fields that the delete's rows come without."""
    key = primary_key(graph, label)
    # The columns of a model from a package may be unknown; a `to_field` is a column all the same.
    names = {*(field.name for field in all_fields(graph, label)), *keys_referred_to(graph, label)}
    # `only("owner_id")` loads `owner`.
    loaded = {*site.only, *(name.removesuffix("_id") for name in site.only), *key}
    left_out = {*site.defer, *(name.removesuffix("_id") for name in site.defer)}
    return frozenset(
        name for name in names if name not in key and (name in left_out or (site.only and name not in loaded))
    )


def _parents_read_again(graph: ProjectGraph, site: DeleteSite, label: str, deferred: frozenset[str]) -> tuple[str, ...]:
    if site.keep_parents:
        return ()
    return tuple(
        parent
        for parent in graph.parents(label)
        if not (fields := all_fields(graph, parent)) or any(field.name in deferred for field in fields)
    )


def _readers(graph: ProjectGraph, site: DeleteSite, label: str, deferred: frozenset[str]) -> tuple[Receiver, ...]:
    """Receivers that are given the narrowed instances and read a column that is not there."""
    if site.muted or not deferred:
        return ()
    return tuple(
        receiver
        for receiver in graph.receivers_of(label)
        if not deferred.isdisjoint({*receiver.reads, *(read.field for read in receiver.parent_reads)})
    )


def _finding(
    graph: ProjectGraph,
    site: DeleteSite,
    label: str,
    keys: tuple[str, ...],
    parents: tuple[str, ...],
    receivers: tuple[Receiver, ...],
    deferred: frozenset[str],
) -> Finding:
    name = model_name(graph, label)
    method = "`.only()`" if site.only else "`.defer()`"
    effect = "makes this delete slower" if keys or parents else "may make this delete slower, or fail"
    said: list[str] = []
    if keys:
        count = "a query for each row" if len(keys) == 1 else f"{len(keys)} queries for each row"
        said.append(f"other models refer to {listed(f'{name}.{key}' for key in keys)}, so Django runs {count}")
    if parents:
        said.append(
            f"{name} inherits from {model_names(graph, parents)}, whose row Django then reads with a query for each row"
        )
    if receivers:
        named = listed([receiver_name(receiver) for receiver in receivers], 2)
        said.append(
            f"{named} is given rows without {_left_out(deferred)}: "
            "to read one costs a query for each row in pre_delete and raises DoesNotExist in post_delete"
        )
    if parents or receivers:
        way_out = f"drop {method} and delete in batches of keys, `{name}.objects.filter(pk__in=keys).delete()`"
    elif site.only:
        loaded = ", ".join(f'"{key}"' for key in dict.fromkeys((*site.only, *keys)))
        way_out = f"load what others refer to as well: `.only({loaded})`"
    else:
        way_out = "do not defer " + listed(f'"{key}"' for key in keys)
    return Finding(
        place=site.place,
        message=f"{method} {effect}: {'; '.join(said)}",
        help=way_out,
        identity=f"{site.scope}: {label}",
        notes=tuple(
            Note(receiver.place, f"{receiver_name(receiver)} hears this delete")
            for receiver in receivers[:3]
            if receiver.place is not None
        ),
    )


def _left_out(deferred: frozenset[str]) -> str:
    return listed((f'"{name}"' for name in sorted(deferred)), 4)
