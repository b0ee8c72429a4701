"""On Django 6.1 this edge could be left to the database, and nothing would be lost."""

from __future__ import annotations

from collections.abc import Iterator

from delete_lint.findings import Finding, Severity
from delete_lint.graph.describe import listed, model_name, relation_name
from delete_lint.graph.model import SKIP_HANDLERS, Model, Relation
from delete_lint.graph.project import ProjectGraph
from delete_lint.settings import Thresholds

SEVERITY: Severity = "info"


def check(graph: ProjectGraph, thresholds: Thresholds) -> Iterator[Finding]:
    if not graph.django.at_least(6, 1):
        return
    for model in graph.own_models():
        keys = [relation for relation in graph.pointing_from(model.label) if relation.kind != "generic"]
        cascades = [relation for relation in keys if relation.on_delete == "CASCADE"]
        if not cascades or not _nothing_is_lost(graph, model):
            continue
        # One model cannot have both families of handlers (models.E050): all of its edges change, or none.
        if not all(_may_change(graph, model, r) if r.on_delete == "CASCADE" else _database(r) for r in keys):
            continue
        for relation in cascades:
            if relation.place is None:
                continue
            name, target = model_name(graph, model.label), model_name(graph, relation.target)
            others = [relation_name(graph, other) for other in cascades if other is not relation]
            together = f" together with {listed(others)}, which Django wants of the same family" if others else ""
            yield Finding(
                place=relation.place,
                message=f"the database could delete the {name} rows of a deleted {target} itself, without a query from "
                "Django: nothing listens to them, and nothing else hangs on them",
                help=f"use `on_delete=models.DB_CASCADE`{together}; `makemigrations` writes the migration, which "
                "replaces the constraint and locks the table while it checks the rows",
                identity=f"{model.label}.{relation.field}",
                subjects=(model,),
            )


def _nothing_is_lost(graph: ProjectGraph, model: Model) -> bool:
    """Nothing in Python, and no rule of Django's checks, needs to hear of the rows of this model."""
    if model.abstract or model.proxy or model.auto_created or not model.managed or model.swapped:
        return False
    if model.delete_override is not None or any(field.is_file for field in model.fields):
        return False
    label = model.label
    if graph.parents(label) or graph.receivers_of(label) or graph.generic_relations(label):
        return False
    # A key of the Python family that points at a model with DB keys is fields.E323, an automatic many-to-many table
    # included; rows that the database removes are not seen by their Python handlers either way.
    return all(relation.on_delete in SKIP_HANDLERS for relation in graph.candidate_relations(label))


def _may_change(graph: ProjectGraph, model: Model, relation: Relation) -> bool:
    target = graph.models.get(graph.concrete(relation.target))
    if target is None or not relation.db_constraint or relation.kind == "parent_link":
        return False
    if not target.managed or target.database != model.database or graph.parents(target.label):
        return False
    # The content type of a generic foreign key cannot be DB_CASCADE (contenttypes.E006).
    if target.label == "contenttypes.ContentType":
        return False
    keys = [other for other in graph.pointing_from(target.label) if other.kind != "generic"]
    return all(_database(other) for other in keys)


def _database(relation: Relation) -> bool:
    """`DO_NOTHING` is of neither family."""
    return relation.on_delete in SKIP_HANDLERS
