"""A delete receiver sleeps, calls the network, sends mail, runs a process, touches storage or waits for a lock."""

from __future__ import annotations

from collections.abc import Iterator

from delete_lint.findings import Finding, Severity, steps
from delete_lint.graph.collector import receiver_path
from delete_lint.graph.describe import listed, rows_heard
from delete_lint.graph.project import ProjectGraph
from delete_lint.graph.receiver import EXTERNAL_CATEGORIES, Work
from delete_lint.settings import Thresholds

SEVERITY: Severity = "error"

_DOES = {
    "sleep": "sleeps",
    "http": "calls the network",
    "email": "sends mail",
    "subprocess": "runs a process",
    "storage": "touches file or object storage",
    "search-index": "updates a search index",
    "broker": "talks to a message broker",
    "lock": "waits for a lock",
}


def check(graph: ProjectGraph, thresholds: Thresholds) -> Iterator[Finding]:
    for receiver in graph.running_receivers():
        if receiver.place is None or receiver.origin_guard:
            continue
        waits = receiver.work_in(EXTERNAL_CATEGORIES)
        if not waits:
            continue
        yield Finding(
            place=receiver.place,
            message=f"{receiver_path(receiver)} {_does(waits)} for every deleted {rows_heard(graph, receiver)}, inside "
            "the transaction of the delete: the deleted rows stay locked that long, a failure takes the whole delete "
            "back, and what was done outside stays done when the delete is rolled back",
            help=_help(waits),
            identity=receiver.name,
            subjects=(receiver,),
            notes=tuple(dict.fromkeys(note for work in waits for note in steps(work.path))),
        )


def _help(waits: list[Work]) -> str:
    bound, why = "…", "with its arguments bound now, since the row is gone by then"
    if any(work.category == "storage" for work in waits):
        why = "with the file's name or key bound now, since the row is gone by then"
    return (
        f"put this into a task and enqueue it with `transaction.on_commit(partial(task.delay, {bound}))`: after the "
        f"commit, in another process, {why}"
    )


def _does(waits: list[Work]) -> str:
    calls: dict[str, list[str]] = {}
    for work in waits:
        calls.setdefault(work.category, []).append(work.call)
    return listed((f"{_DOES[category]} ({listed(names, 3)})" for category, names in calls.items()), len(calls))
