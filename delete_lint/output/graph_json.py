"""The project graph as JSON, for other programs: `delete-lint graph PATH --format json`."""

from __future__ import annotations

from typing import Any

from delete_lint.graph.cascade import cascade
from delete_lint.graph.collector import (
    SlowReason,
    fast_delete,
    large_fields,
    slow_only_by,
    slow_only_by_senderless,
    why_slow,
)
from delete_lint.graph.model import BUILTIN_HANDLERS, Model, Relation
from delete_lint.graph.place import Place
from delete_lint.graph.project import ProjectGraph
from delete_lint.graph.receiver import Dispatch, Hop, Receiver, Work
from delete_lint.graph.site import DeleteSite

Json = dict[str, Any]


def graph_json(graph: ProjectGraph) -> Json:
    """The whole graph, the same for the same project whatever order its parts were found in.

    Swapped-out models are left out, as Django's registry leaves them out. An abstract model cannot be deleted, so it
    is neither fast nor slow for a reason.
    """
    return {
        "version": 1,
        "source": graph.source,
        "root": graph.root,
        "django": str(graph.django),
        "files": graph.files,
        "models": [
            _model(graph, graph.models[label]) for label in sorted(graph.models) if not graph.models[label].swapped
        ],
        "receivers": sorted((_receiver(graph, receiver) for receiver in _listed(graph)), key=_order),
        "deletes": sorted(map(_delete, graph.deletes), key=_order),
        "slow_only_by_senderless": sorted(slow_only_by_senderless(graph)),
        "problems": list(graph.problems),
    }


def graph_json_around(graph: ProjectGraph, label: str) -> Json:
    """The graph, of which only what a delete of one model has to do with."""
    labels = {label, *cascade(graph, label).tables}
    document = graph_json(graph)
    document["models"] = [model for model in document["models"] if model["label"] in labels]
    document["receivers"] = [
        receiver
        for receiver in document["receivers"]
        if receiver["senders"] is None or not labels.isdisjoint(receiver["senders"])
    ]
    document["deletes"] = [site for site in document["deletes"] if site["model"] in labels]
    return document


def _listed(graph: ProjectGraph) -> list[Receiver]:
    """From source, a package's function that the project connects has no file to be named; it still shows up among
    the reasons of the models it makes slow."""
    return [receiver for receiver in graph.receivers if receiver.place is not None or graph.source == "runtime"]


def place_json(place: Place | None) -> Json:
    return {"file": None, "line": None} if place is None else {"file": place.file, "line": place.line}


def reason_json(reason: SlowReason) -> Json:
    package = reason.receiver.package if reason.receiver is not None else None
    return {"reason": reason.reason, "by": reason.by, **place_json(reason.place), "package": package}


def handler_name(relation: Relation) -> str:
    """The ``__name__`` of the handler: what ``SET()`` returns is called ``set_on_delete``, and a function of the
    project's own goes without its module."""
    if relation.on_delete in ("SET_VALUE", "SET_CALLABLE"):
        return "set_on_delete"
    return relation.on_delete if relation.on_delete in BUILTIN_HANDLERS else relation.on_delete.rpartition(".")[2]


def _order(entry: Json) -> tuple[Any, ...]:
    return (
        entry["file"] or "",
        entry["line"] or 0,
        entry.get("column", 0),
        entry.get("module") or "",
        entry.get("name", ""),
        entry.get("signals") or [],
        entry.get("senders") or [],
    )


def _model(graph: ProjectGraph, model: Model) -> Json:
    label = model.label
    reasons = () if model.abstract else why_slow(graph, label)
    relations = [] if model.abstract else graph.pointing_at(label)
    known = [
        r for r in relations if graph.source == "static" and r.model in graph.models and not graph.models[r.model].own
    ]
    relations = [relation for relation in relations if relation not in known]
    return {
        "label": label,
        "module": model.module,
        "name": model.name,
        **place_json(model.place),
        "abstract": model.abstract,
        "proxy": model.proxy,
        "auto_created": model.auto_created,
        "managed": model.managed,
        "own": model.own,
        "package": model.package,
        "parents": list(model.parents),
        "fast_delete": not model.abstract and fast_delete(graph, label),
        "slow_because": sorted(map(reason_json, reasons), key=lambda entry: (entry["reason"], entry["by"])),
        "large_fields": list(large_fields(graph, label)) or list(model.large_fields),
        "delete_override": model.delete_override is not None,
        "relations": sorted(
            map(_relation, relations), key=lambda entry: (entry["model"], entry["field"], entry["kind"])
        ),
        # What installed packages bring, known from the catalog and not read from the source.
        "known_relations": sorted(
            map(_relation, known), key=lambda entry: (entry["model"], entry["field"], entry["kind"])
        ),
    }


def _relation(relation: Relation) -> Json:
    return {
        "model": relation.model,
        "field": relation.field,
        "on_delete": handler_name(relation),
        "handler": relation.on_delete,
        "kind": relation.kind,
        "null": relation.null,
        "to_field": relation.to_field,
        **place_json(relation.place),
    }


def _receiver(graph: ProjectGraph, receiver: Receiver) -> Json:
    places = [registration.place for registration in receiver.registrations if registration.place is not None]
    return {
        **place_json(receiver.place),
        "module": receiver.module or None,
        "name": receiver.name,
        "signals": sorted(receiver.signals),
        "senders": None if receiver.senders is None else sorted(receiver.senders),
        "registered": sorted(map(place_json, places), key=_order),
        "weak": any(registration.weak for registration in receiver.registrations),
        "is_async": receiver.is_async,
        "blocking": [_work(work) for work in receiver.work],
        "dispatch": [_dispatch(dispatch) for dispatch in receiver.dispatches],
        "dead": receiver.dead,
        "slow_only_by_it": sorted(slow_only_by(graph, receiver)),
        "temporary": receiver.temporary,
        "own": receiver.own,
        "package": receiver.package,
    }


def _work(work: Work) -> Json:
    return {"category": work.category, "call": work.call, "path": [_hop(hop) for hop in work.path]}


def _hop(hop: Hop) -> Json:
    return {**place_json(hop.place), "call": hop.call}


def _dispatch(dispatch: Dispatch) -> Json:
    return {
        **place_json(dispatch.place),
        "call": dispatch.call,
        "on_commit": dispatch.on_commit,
        "path": [_hop(hop) for hop in dispatch.path],
    }


def _delete(site: DeleteSite) -> Json:
    return {
        **place_json(site.place),
        "column": site.place.column,
        "kind": site.kind,
        "method": site.method,
        "model": site.model,
        "scope": site.scope,
        "batched": site.batched,
        "unbounded": site.unbounded,
        "in_loop": site.in_loop,
        "filter": site.filter,
    }
