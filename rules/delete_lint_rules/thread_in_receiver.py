"""A delete receiver starts a bare thread, which sees uncommitted data and dies with the process."""

from __future__ import annotations

from collections.abc import Iterator

from delete_lint.findings import Finding, Severity
from delete_lint.graph.describe import receiver_name, rows_heard
from delete_lint.graph.place import Place
from delete_lint.graph.project import ProjectGraph
from delete_lint.settings import Thresholds

SEVERITY: Severity = "info"


def check(graph: ProjectGraph, thresholds: Thresholds) -> Iterator[Finding]:
    seen: set[Place] = set()
    for receiver in graph.running_receivers():
        for thread in receiver.threads:
            if thread.place in seen:
                continue
            seen.add(thread.place)
            yield Finding(
                place=thread.place,
                message=f"{receiver_name(receiver)} starts a thread ({thread.call}) for every deleted "
                f"{rows_heard(graph, receiver)}: it does not hold the delete up, but it works on a connection of its "
                "own, where the row is still there until the commit and comes back if the delete is rolled back, and "
                "it is lost when the process ends",
                help="enqueue a task with `transaction.on_commit(partial(task.delay, instance.pk))`; a thread that has "
                "to stay is started from `transaction.on_commit` and closes its connection",
                identity=f"{receiver.name}: {thread.call}",
                subjects=(receiver,),
            )
