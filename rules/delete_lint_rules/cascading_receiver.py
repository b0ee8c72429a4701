"""A delete receiver deletes or loops over other rows, once for every deleted row."""

from __future__ import annotations

from collections.abc import Iterator

from delete_lint.findings import Finding, Severity, steps
from delete_lint.graph.collector import receiver_path
from delete_lint.graph.describe import listed, rows_heard
from delete_lint.graph.project import ProjectGraph
from delete_lint.graph.receiver import Work
from delete_lint.settings import Thresholds

SEVERITY: Severity = "warning"

_DOES = {"orm-bulk-delete": "deletes other rows", "orm-loop": "loops over other rows"}
_LAST = {"orm-bulk-delete": "deletes:", "orm-loop": "in a loop:"}


def check(graph: ProjectGraph, thresholds: Thresholds) -> Iterator[Finding]:
    for receiver in graph.running_receivers():
        if receiver.place is None or receiver.origin_guard:
            continue
        rounds = [work for work in receiver.work_in(_DOES) if not _is_fixed(work)]
        if not rounds:
            continue
        yield Finding(
            place=receiver.place,
            message=f"{receiver_path(receiver)} {_does(rounds)} once for every deleted {rows_heard(graph, receiver)}: "
            "a thousand deleted rows are a thousand such rounds, one after the other in one transaction",
            help="delete the other rows in batches before the delete, or hand the work to a task with "
            "`transaction.on_commit(partial(task.delay, …))`, the keys bound now; where the other rows point at the "
            "deleted one, leave them to the foreign key: `on_delete=models.CASCADE` collects those of all objects "
            "together",
            identity=receiver_path(receiver),
            subjects=(receiver,),
            notes=tuple(dict.fromkeys(note for work in rounds for note in steps(work.path, _LAST[work.category]))),
        )


def _is_fixed(work: Work) -> bool:
    """A loop over a list that is written out runs a fixed number of queries, however many rows there are."""
    return work.category == "orm-loop" and work.literal_loop


def _does(rounds: list[Work]) -> str:
    calls: dict[str, list[str]] = {}
    for work in rounds:
        calls.setdefault(work.category, []).append(work.call)
    return listed(f"{_DOES[category]} ({listed(names, 3)})" for category, names in calls.items())
