"""A delete receiver is connected for every model, so no model in the project can be fast-deleted."""

from __future__ import annotations

from collections.abc import Iterator

from delete_lint.findings import Finding, Note, Severity
from delete_lint.graph.collector import receiver_path, why_slow
from delete_lint.graph.describe import counted, listed, model_names, receiver_name
from delete_lint.graph.project import ProjectGraph
from delete_lint.graph.receiver import Receiver
from delete_lint.settings import Thresholds

SEVERITY: Severity = "error"


def check(graph: ProjectGraph, thresholds: Thresholds) -> Iterator[Finding]:
    senderless = [r for r in graph.receivers if r.senders is None and r.alive and not r.temporary]
    if not any(receiver.own for receiver in senderless):
        return
    slowed = _slowed(graph)
    for receiver in senderless:
        if not receiver.own or receiver.place is None:
            continue
        others = [receiver_name(other) for other in senderless if other is not receiver]
        yield Finding(
            place=receiver.place,
            message=_message(graph, receiver, slowed, others),
            help=_help(receiver),
            identity=receiver_path(receiver),
            notes=tuple(Note(registration.place, "connected here") for registration in receiver.registrations),
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
        own = sum(not (model.abstract or model.proxy or model.swapped) for model in graph.own_models())
        cause = listed(("it", *others), 4)
        cost += (
            f"; but for {cause}, {len(slowed)} of the project's {counted(own, 'table')} "
            f"({model_names(graph, slowed)}) would be deleted in one statement"
        )
    return f"{receiver_path(receiver)} is connected for every model: {cost}"


def _help(receiver: Receiver) -> str:
    advice = "connect it with `sender=` once for each model that it is about"
    if receiver.sender_guard:
        return f"{advice}; sorting out senders inside the receiver does not help, the rows have been loaded by then"
    return advice
