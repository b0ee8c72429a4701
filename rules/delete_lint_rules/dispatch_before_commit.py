"""A delete receiver enqueues a task inside the transaction, which may still roll back."""

from __future__ import annotations

from collections.abc import Iterator

from delete_lint.findings import Finding, Note, Severity, steps
from delete_lint.graph.collector import receiver_path
from delete_lint.graph.describe import receiver_name, rows_heard
from delete_lint.graph.place import Place
from delete_lint.graph.project import ProjectGraph
from delete_lint.graph.receiver import Dispatch, Receiver
from delete_lint.remedies import DeferToCommit
from delete_lint.settings import Thresholds

SEVERITY: Severity = "warning"


def check(graph: ProjectGraph, thresholds: Thresholds) -> Iterator[Finding]:
    # Several receivers may reach the same call in a function that they share.
    reached: dict[Place, list[tuple[Receiver, Dispatch]]] = {}
    for receiver in graph.running_receivers():
        for dispatch in receiver.dispatches:
            if not dispatch.on_commit:
                reached.setdefault(_call(dispatch), []).append((receiver, dispatch))
    for place, pairs in reached.items():
        receiver, dispatch = pairs[0]
        yield Finding(
            place=place,
            message=f"{receiver_name(receiver)} enqueues {dispatch.call} for every deleted "
            f"{rows_heard(graph, receiver)} before the commit: a worker may start while the row is still there for it, "
            "and the task runs even if the delete is rolled back",
            help=_help(dispatch),
            identity=f"{receiver.name}: {dispatch.call}",
            subjects=(receiver,),
            notes=(*_way(dispatch), *_others(receiver, pairs)),
            # The instance has lost its key when the task is enqueued later.
            remedy=None if any(each.passes_instance for _, each in pairs) else DeferToCommit(place),
        )


def _call(dispatch: Dispatch) -> Place:
    """Where the task is enqueued, in the receiver or in a function that it calls."""
    return dispatch.path[-1].place if dispatch.path else dispatch.place


def _help(dispatch: Dispatch) -> str:
    advice = (
        f"`transaction.on_commit(partial({dispatch.call}, …))`, with the arguments bound now rather than in a lambda: "
        "`instance.pk` may be None when the callback runs"
    )
    if dispatch.passes_instance:
        return f"{advice}; pass the key and the values the task needs, not the instance, whose row is gone by then"
    return advice


def _way(dispatch: Dispatch) -> tuple[Note, ...]:
    """The calls that lead out of the receiver's own body; none when it enqueues the task itself."""
    return steps(dispatch.path) if len(dispatch.path) > 1 else ()


def _others(first: Receiver, pairs: list[tuple[Receiver, Dispatch]]) -> tuple[Note, ...]:
    others = {receiver_path(receiver): receiver.place for receiver, _ in pairs if receiver is not first}
    return tuple(Note(place, f"{name} gets there too") for name, place in others.items() if place is not None)
