"""`DB_CASCADE` removes rows whose receivers, overrides, generic relations or files will be forgotten."""

from __future__ import annotations

from collections.abc import Iterator

from delete_lint.findings import Finding, Note, Severity
from delete_lint.graph.describe import listed, model_name, model_names, receiver_name, relation_name
from delete_lint.graph.model import Model
from delete_lint.graph.project import ProjectGraph
from delete_lint.graph.receiver import Receiver
from delete_lint.settings import Thresholds

SEVERITY: Severity = "error"


def check(graph: ProjectGraph, thresholds: Thresholds) -> Iterator[Finding]:
    for relation in graph.relations:
        model = graph.models.get(relation.model)
        if relation.on_delete != "DB_CASCADE" or model is None or not model.own or relation.place is None:
            continue
        # Without the constraint the database removes nothing.
        if not relation.db_constraint:
            continue
        receivers = _receivers(graph, model)
        forgotten = _forgotten(graph, model, receivers)
        if not forgotten:
            continue
        name, target = model_name(graph, model.label), model_name(graph, relation.target)
        yield Finding(
            place=relation.place,
            message=f"the database removes the {name} rows of a deleted {target} behind Django's back: "
            f"{'; '.join(forgotten)}",
            help=f"use `on_delete=models.CASCADE` on {relation_name(graph, relation)}, which needs a migration; or do "
            f"that work where a {target} is deleted, before the delete",
            identity=f"{model.label}.{relation.field}",
            subjects=(model,),
            notes=(
                *(
                    Note(receiver.place, f"{receiver_name(receiver)} is not called")
                    for receiver in receivers
                    if receiver.place is not None
                ),
                *((Note(model.delete_override, f"`{name}.delete()` is not called"),) if model.delete_override else ()),
            ),
        )


def _receivers(graph: ProjectGraph, model: Model) -> list[Receiver]:
    """Receivers that would miss a row. One that sorts models out by itself may not care about this model."""
    return [
        receiver for receiver in graph.receivers_of(model.label) if not (receiver.sender_guard or receiver.temporary)
    ]


def _forgotten(graph: ProjectGraph, model: Model, receivers: list[Receiver]) -> list[str]:
    name = model_name(graph, model.label)
    said: list[str] = []
    if receivers:
        said.append(f"{listed([receiver_name(receiver) for receiver in receivers], 3)} is never called for them")
    if model.delete_override is not None:
        said.append(f"nor is `{name}.delete()`" if said else f"`{name}.delete()` is never called for them")
    generic = graph.generic_relations(model.label)
    if generic:
        said.append(
            f"the {model_names(graph, [relation.model for relation in generic])} rows that belong to them through a "
            "GenericRelation stay behind"
        )
    files = [f"{name}.{field.name}" for field in model.fields if field.is_file]
    if files:
        said.append(f"the {'file' if len(files) == 1 else 'files'} of {listed(files)} stay in storage")
    return said
