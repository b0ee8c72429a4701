"""A delete receiver creates rows that point at what is being deleted: they break the delete or go with it.

Django sends ``pre_delete`` when it has collected everything already, and ``post_delete`` when the row is gone, so no
collected delete or update that goes by primary keys reaches the new row. Only those that go by the foreign key itself
do, and they run between the two signals: fast deletes and the lazy ``SET_NULL`` and ``SET(value)``.
"""

from __future__ import annotations

from collections.abc import Iterator

from delete_lint.findings import Finding, Severity, steps
from delete_lint.graph.collector import evaluates, fast_delete, relation_path
from delete_lint.graph.describe import handler_name, model_name, receiver_name, relation_name
from delete_lint.graph.model import Relation
from delete_lint.graph.project import ProjectGraph
from delete_lint.graph.receiver import Creation, Receiver
from delete_lint.settings import Thresholds

SEVERITY: Severity = "error"


def check(graph: ProjectGraph, thresholds: Thresholds) -> Iterator[Finding]:
    for receiver in graph.running_receivers():
        for creation in receiver.creations:
            if creation.through and (receiver.knows_origin or len(creation.path) > 1):
                continue  # who asks where the delete started, or writes far from here, may well do so for other deletes
            for relation in _relations(graph, receiver, creation):
                fate = _fate(graph, receiver, relation)
                if fate is None:
                    continue
                yield Finding(
                    place=creation.path[-1].place if creation.path else creation.place,
                    message=f"{receiver_name(receiver)} creates {model_name(graph, creation.model)} rows that point at "
                    f"the deleted {model_name(graph, relation.target)} through {relation_name(graph, relation)} "
                    f"({handler_name(relation)}): {fate}",
                    help="keep the key in a plain column (`BigIntegerField`, or text) instead of the foreign key, or "
                    f"leave {relation.field} empty",
                    identity=f"{receiver.name}: {relation_path(relation)}",
                    subjects=(receiver,),
                    notes=steps(creation.path) if len(creation.path) > 1 else (),
                )


def _relations(graph: ProjectGraph, receiver: Receiver, creation: Creation) -> Iterator[Relation]:
    """Foreign keys of the created row, known to the database, that are given the instance that is deleted."""
    for owner in (graph.concrete(creation.model), *graph.ancestors(creation.model)):
        for relation in graph.pointing_from(owner):
            if (
                {relation.field, f"{relation.field}_id"}.intersection(creation.fields)
                and relation.kind in ("fk", "o2o")
                and _deletes_target(graph, receiver, relation, creation.through)
            ):
                yield relation


def _deletes_target(graph: ProjectGraph, receiver: Receiver, relation: Relation, through: str) -> bool:
    """Whether the row that the relation points at goes when the receiver is called: the deleted row itself, or the one
    whose delete took it along."""
    if through:
        return any(
            key.field == through and key.target == relation.target and key.on_delete == "CASCADE"
            for sender in receiver.senders or ()
            for key in graph.pointing_from(graph.concrete(sender))
        )
    if receiver.senders is None:
        return True
    target = graph.concrete(relation.target)
    return any(target in (graph.concrete(sender), *graph.ancestors(sender)) for sender in receiver.senders)


def _orphaned(graph: ProjectGraph, receiver: Receiver, relation: Relation) -> str | None:
    """Without a constraint nothing fails; a row that Django was to remove stays behind all the same."""
    if relation.on_delete == "DO_NOTHING":
        return None
    if "post_delete" not in receiver.signals and fast_delete(graph, relation.model, relation):
        return None
    if "post_delete" not in receiver.signals and not evaluates(relation, graph.django):
        return None
    return "it comes too late to be collected, and no constraint of the database objects, so an orphan stays behind"


def _fate(graph: ProjectGraph, receiver: Receiver, relation: Relation) -> str | None:
    """What becomes of the new row and of the delete; None when all goes well."""
    if not relation.db_constraint:
        return _orphaned(graph, receiver, relation)
    if "post_delete" in receiver.signals:
        return (
            "it comes when the collected rows are gone already, nothing removes it, and the delete fails with "
            "IntegrityError at the commit at the latest"
        )
    if relation.on_delete == "DB_CASCADE" or fast_delete(graph, relation.model, relation):
        return "the same delete removes the new row again, nothing of it remains"
    if relation.on_delete == "DO_NOTHING":
        return "it stays behind, and the delete fails with IntegrityError at the commit at the latest"
    if evaluates(relation, graph.django):
        return (
            "it comes too late to be collected and stays behind, so the delete fails with IntegrityError at the commit "
            "at the latest"
        )
    return None
