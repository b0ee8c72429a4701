"""A delete receiver runs a query for every deleted row."""

from __future__ import annotations

from collections.abc import Iterator

from delete_lint.findings import Finding, Severity, steps
from delete_lint.graph.collector import receiver_path
from delete_lint.graph.describe import listed, rows_heard
from delete_lint.graph.project import ProjectGraph
from delete_lint.settings import Thresholds

SEVERITY: Severity = "info"

#: A receiver that does worse than a query is the business of `cascading_receiver`.
_WORSE = frozenset({"orm-bulk-delete", "orm-loop"})


def check(graph: ProjectGraph, thresholds: Thresholds) -> Iterator[Finding]:
    for receiver in graph.running_receivers():
        if receiver.place is None or receiver.origin_guard or receiver.work_in(_WORSE):
            continue
        queries = receiver.work_in(("orm-query",))
        if not queries:
            continue
        yield Finding(
            place=receiver.place,
            message=f"{receiver_path(receiver)} queries the database for every deleted {rows_heard(graph, receiver)} "
            f"({listed((query.call for query in queries), 3)}): a delete of many rows runs this for each of them, "
            "one after the other, with the rows locked",
            help="use columns of the instance where they do (`instance.parent_id` costs nothing), or do it for all "
            "rows at once in the code that deletes them",
            identity=receiver.name,
            subjects=(receiver,),
            notes=tuple(dict.fromkeys(note for query in queries for note in steps(query.path, "query:"))),
        )
