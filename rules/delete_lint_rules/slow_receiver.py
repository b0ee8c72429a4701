"""A delete receiver was measured to be slow, and its code does not show why."""

from __future__ import annotations

from collections.abc import Iterator

from delete_lint.findings import Finding, Severity
from delete_lint.graph.describe import receiver_name, rows_heard
from delete_lint.graph.project import ProjectGraph
from delete_lint.settings import Thresholds

SEVERITY: Severity = "warning"


def check(graph: ProjectGraph, thresholds: Thresholds) -> Iterator[Finding]:
    measured = graph.measured
    if measured is None:
        return
    for receiver in graph.running_receivers():
        entry = measured.of_receiver(receiver)
        if receiver.place is None or entry is None or not entry.is_slow:
            continue
        if receiver.work or receiver.parent_reads:
            continue  # other rules say what it does, and are told what it took
        yield Finding(
            place=receiver.place,
            message=f"{receiver_name(receiver)} is slow for every deleted {rows_heard(graph, receiver)}, though "
            "nothing that takes time was seen in it",
            help="find out what it waits for; name the call under `blocking` in the settings so that it is known, and "
            "move the work to `transaction.on_commit` and a task",
            identity=f"{receiver.module}.{receiver.name}",
            subjects=(receiver,),
        )
