"""A cascade reaches an unmanaged model (a view, another system's table) or one that is routed to another database."""

from __future__ import annotations

from collections.abc import Iterator

from delete_lint.findings import Finding, Severity
from delete_lint.graph.cascade import effect_of
from delete_lint.graph.describe import handler_name, model_name, relation_name
from delete_lint.graph.model import Model, Relation
from delete_lint.graph.project import ProjectGraph
from delete_lint.settings import Thresholds

SEVERITY: Severity = "warning"


def check(graph: ProjectGraph, thresholds: Thresholds) -> Iterator[Finding]:
    for relation in graph.relations:
        model = graph.models.get(relation.model)
        target = graph.models.get(graph.concrete(relation.target))
        if model is None or target is None or not model.own or model.abstract:
            continue
        place = relation.place or model.place
        trouble = _trouble(graph, relation, model, target)
        if place is None or trouble is None:
            continue
        yield Finding(
            place=place,
            message=trouble,
            help=f"use `on_delete=models.DO_NOTHING` on {relation_name(graph, relation)}, which changes no table"
            if relation.kind != "generic"
            else f"remove the {relation_name(graph, relation)}",
            identity=f"{relation.model}.{relation.field}",
            subjects=(model,),
        )


def _trouble(graph: ProjectGraph, relation: Relation, model: Model, target: Model) -> str | None:
    effect = effect_of(relation)
    elsewhere = model.database != target.database
    # The tables of two unmanaged models belong to the same other system.
    foreign = not model.managed and target.managed and effect in ("delete", "update")
    if effect == "database" or not (elsewhere or foreign):
        return None
    name, parent = model_name(graph, model.label), model_name(graph, target.label)
    if elsewhere:
        return (
            f"deleting a {parent} looks for {name} rows in the database of {parent}, but {name} lives in "
            f"{model.database or 'the default one'}: there the table is missing and the delete fails, or the wrong "
            "rows go"
        )
    does = "deletes" if effect == "delete" else "updates"
    return (
        f"deleting a {parent} {does} {name} rows ({handler_name(relation)}), but {name} is unmanaged: a view refuses "
        "that, or passes it on to the tables below it, and another system's table loses rows that are not ours"
    )
