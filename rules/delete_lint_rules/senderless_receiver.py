"""A delete receiver is connected for every model, so no model in the project can be fast-deleted."""

from __future__ import annotations

from collections.abc import Iterator

from delete_lint.findings import Finding, Note, Severity
from delete_lint.graph.collector import receiver_path, why_slow
from delete_lint.graph.describe import counted, listed, model_name, model_names, receiver_name
from delete_lint.graph.estimate import table_rows
from delete_lint.graph.project import ProjectGraph
from delete_lint.graph.receiver import Receiver
from delete_lint.graph.weight import number
from delete_lint.settings import Thresholds

SEVERITY: Severity = "error"


def check(graph: ProjectGraph, thresholds: Thresholds) -> Iterator[Finding]:
    senderless = [r for r in graph.receivers if r.senders is None and r.alive and not r.temporary]
    installed = [receiver for receiver in senderless if not receiver.own]
    if not senderless or (installed == senderless and graph.source == "static"):
        return
    slowed = _slowed(graph)
    if installed and slowed and graph.source == "runtime":
        yield from _of_packages(graph, installed, slowed)
    for receiver in senderless:
        if not receiver.own or receiver.place is None:
            continue
        others = [receiver_name(other) for other in senderless if other is not receiver]
        yield Finding(
            place=receiver.place,
            message=_message(graph, receiver, slowed, others),
            help=_help(receiver),
            identity=receiver.name,
            subjects=(receiver,),
            notes=tuple(
                Note(registration.place, "connected here")
                for registration in receiver.registrations
                if registration.place is not None
            ),
        )


def _of_packages(graph: ProjectGraph, installed: list[Receiver], slowed: list[str]) -> Iterator[Finding]:
    """What packages cost the project's own tables. Nobody can tell from source alone what a package connects; the
    finding stands on the first of those tables, as it is about them."""
    models = [graph.models[label] for label in slowed]
    place = next((model.place for model in models if model.place is not None), None)
    if place is None:
        return
    one = len(installed) == 1
    packages = listed([receiver.package or receiver.module for receiver in installed])
    yield Finding(
        place=place,
        message=f"{_counted(graph, slowed)} would be deleted in one statement but for "
        f"{listed([receiver_name(receiver) for receiver in installed], 4)}, connected for every model: their rows are "
        "loaded, with all their columns, before they are deleted",
        help=f"see whether a setting or a newer version of {packages} connects {'it' if one else 'them'} to single "
        f"models; or disconnect {'it' if one else 'them'} in `AppConfig.ready()`, and connect "
        f"{'it' if one else 'them'} again with `sender=` for the models that need it",
        identity=" ".join(sorted(receiver_path(receiver) for receiver in installed)),
        subjects=tuple(models),
    )


def _slowed(graph: ProjectGraph) -> list[str]:
    """The project's own tables that could be deleted in one statement if no receiver were connected for every model;
    automatic many-to-many tables last."""
    found = [
        model
        for model in graph.own_models()
        if not (model.abstract or model.proxy or model.swapped) and _only_senderless(graph, model.label)
    ]
    return [model.label for model in sorted(found, key=lambda model: (model.auto_created, model.label))]


def _only_senderless(graph: ProjectGraph, label: str) -> bool:
    reasons = why_slow(graph, label)
    return all(reason.receiver is not None and reason.receiver.senders is None for reason in reasons)


def _message(graph: ProjectGraph, receiver: Receiver, slowed: list[str], others: list[str]) -> str:
    cost = "every model's rows are loaded, with all their columns, before they are deleted"
    if slowed:
        cause = listed(("it", *others), 4)
        cost += f"; but for {cause}, {_counted(graph, slowed)} would be deleted in one statement"
    return f"{receiver_path(receiver)} is connected for every model: {cost}"


def _counted(graph: ProjectGraph, slowed: list[str]) -> str:
    own = sum(not (model.abstract or model.proxy or model.swapped) for model in graph.own_models())
    return (
        f"{len(slowed)} of the project's {counted(own, 'table')} ({model_names(graph, slowed)}{_most(graph, slowed)})"
    )


def _most(graph: ProjectGraph, slowed: list[str]) -> str:
    """The longest of these tables, where it is long."""
    rows = {label: table_rows(graph, label) or 0 for label in slowed}
    label = max(rows, key=lambda label: rows[label])
    return f"; {model_name(graph, label)} alone has about {number(rows[label])} rows" if rows[label] > 1_000 else ""


def _help(receiver: Receiver) -> str:
    advice = "connect it with `sender=` once for each model that it is about"
    if receiver.sender_guard:
        return f"{advice}; sorting out senders inside the receiver does not help, the rows have been loaded by then"
    return advice
