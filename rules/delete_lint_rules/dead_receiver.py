"""A delete receiver is connected so that it never fires."""

from __future__ import annotations

from collections.abc import Iterator

from delete_lint.findings import Finding, Note, Severity
from delete_lint.graph.collector import receiver_path
from delete_lint.graph.describe import listed
from delete_lint.graph.place import Place
from delete_lint.graph.project import ProjectGraph
from delete_lint.graph.receiver import Receiver
from delete_lint.remedies import ConnectStrongly, Remedy
from delete_lint.settings import Thresholds

SEVERITY: Severity = "error"


def check(graph: ProjectGraph, thresholds: Thresholds) -> Iterator[Finding]:
    for receiver in graph.receivers:
        why = _why(graph, receiver)
        place = _place(receiver)
        if why is None or place is None or not receiver.own:
            continue
        yield Finding(
            place=place,
            message=f"{receiver_path(receiver)} never runs: {why}; what it is for is left undone{_when(receiver)}",
            help=_help(graph, receiver),
            identity=receiver.name,
            subjects=(receiver,),
            remedy=_remedy(graph, receiver),
            notes=tuple(
                Note(registration.place, "connected here")
                for registration in receiver.registrations
                if registration.place is not None
            ),
        )


def _why(graph: ProjectGraph, receiver: Receiver) -> str | None:
    if receiver.dead is not None:
        return receiver.dead
    if receiver.is_async and not graph.django.at_least(5, 0):
        return f"Django {graph.django} calls an `async def` receiver but never awaits it"
    return None


def _remedy(graph: ProjectGraph, receiver: Receiver) -> Remedy | None:
    """A strong connection, where a weak one is all that is wrong."""
    places = [registration.place for registration in receiver.registrations if registration.place is not None]
    if not places or not all(registration.gone for registration in receiver.registrations):
        return None
    if receiver.is_async and not graph.django.at_least(5, 0):
        return None
    first, *others = dict.fromkeys(places)
    return ConnectStrongly(first, tuple(others), receiver_path(receiver))


def _when(receiver: Receiver) -> str:
    senders = _models(receiver)
    return f" when rows of {listed(senders)} are deleted" if senders else ""


def _models(receiver: Receiver) -> list[str]:
    """Its senders, without what is no model class: the running project has a mark and an `id` for those."""
    return [label for label in receiver.senders or () if not label.startswith("?")]


def _place(receiver: Receiver) -> Place | None:
    if receiver.place is not None:
        return receiver.place
    return next((registration.place for registration in receiver.registrations if registration.place), None)


def _help(graph: ProjectGraph, receiver: Receiver) -> str:
    if receiver.dead is None:
        return "make it a plain `def`, or run on Django 5.0 or later, which awaits it inside the transaction"
    senders = [graph.models[label] for label in receiver.senders or () if label in graph.models]
    if any(model.abstract for model in senders):
        return "connect it once for each concrete model that inherits from it, for example from `__init_subclass__`"
    if any(model.auto_created for model in senders):
        return "give the many-to-many field a `through` model of your own, or connect to the models at its two ends"
    if receiver.senders is not None and not _models(receiver):  # a list is no sender
        return "connect it once for each model: `for model in (A, B): post_delete.connect(function, sender=model)`"
    return "connect a function that the module keeps, or pass `weak=False` and a `dispatch_uid`"
