"""A `post_delete` receiver follows a foreign key of a row that a cascade deletes: a query each, and a parent gone."""

from __future__ import annotations

from collections.abc import Iterator

from delete_lint.findings import Finding, Severity
from delete_lint.graph.describe import model_name, receiver_name, relation_name, rows_heard
from delete_lint.graph.model import Relation
from delete_lint.graph.project import ProjectGraph
from delete_lint.graph.receiver import Receiver
from delete_lint.settings import Thresholds

SEVERITY: Severity = "info"


def check(graph: ProjectGraph, thresholds: Thresholds) -> Iterator[Finding]:
    for receiver in graph.running_receivers():
        if not receiver.parent_reads or receiver.origin_guard or "post_delete" not in receiver.signals:
            continue
        for read in receiver.parent_reads:
            relations = list(_cascades(graph, receiver, read.field))
            if not relations:
                continue
            yield Finding(
                place=read.place,
                message=f"{receiver_name(receiver)} reads `{read.field}` of every deleted "
                f"{rows_heard(graph, receiver)}: {_price(graph, relations)}",
                help=f"use the key, `{read.field}_id`, which costs no query and stays, or read what is needed in "
                "`pre_delete`, when every parent is still there",
                identity=f"{receiver.name}: {read.field}",
                subjects=(receiver,),
            )


def _cascades(graph: ProjectGraph, receiver: Receiver, field: str) -> Iterator[Relation]:
    """The foreign keys of that name over which a cascade comes to the rows of the receiver's senders."""
    for sender in receiver.senders or ():
        for owner in (graph.concrete(sender), *graph.ancestors(sender)):
            for relation in graph.pointing_from(owner):
                cascades = relation.on_delete == "CASCADE" or relation.wraps_cascade
                if relation.field == field and relation.kind in ("fk", "o2o") and cascades:
                    yield relation


def _price(graph: ProjectGraph, relations: list[Relation]) -> str:
    gone = next((relation for relation in relations if relation.null), None)
    if gone is None:
        return "a query for each, as the rows of a cascade come without their parents"
    return (
        f"a query for each, and when the delete started at {model_name(graph, gone.target)} its row may be gone "
        f"already ({relation_name(graph, gone)} is nullable, so Django need not delete it last): DoesNotExist, and the "
        "whole delete is rolled back"
    )
