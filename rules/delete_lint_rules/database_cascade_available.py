"""On Django 6.1 this edge could be left to the database, and nothing would be lost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from delete_lint.findings import Finding, Severity
from delete_lint.graph.describe import listed, model_name, relation_name
from delete_lint.graph.model import SKIP_HANDLERS, Model, Relation
from delete_lint.graph.place import Place
from delete_lint.graph.project import ProjectGraph
from delete_lint.remedies import CascadeInDatabase, Remedy
from delete_lint.settings import Thresholds

SEVERITY: Severity = "info"


#: Models by label, each with its relations that may change.
Available = dict[str, list[Relation]]


def check(graph: ProjectGraph, thresholds: Thresholds) -> Iterator[Finding]:
    if not graph.django.at_least(6, 1):
        return
    fields = _Fields(graph)
    available = fields.that_may_change({model.label: _cascades(graph, model) for model in graph.own_models()})
    for label, cascades in available.items():
        for relation in cascades:
            if relation.place is None:
                continue
            name, target = model_name(graph, label), model_name(graph, relation.target)
            others = [relation_name(graph, other) for other in cascades if other is not relation]
            together = f" together with {listed(others)}, which Django wants of the same family" if others else ""
            unseen = listed(graph.unseen_listeners)
            yield Finding(
                place=relation.place,
                message=f"the database could delete the {name} rows of a deleted {target} itself, without a query from "
                "Django: nothing listens to them, and nothing else hangs on them",
                help=f"use `on_delete=models.DB_CASCADE`{together}; `makemigrations` writes the migration, which "
                "replaces the constraint and locks the table while it checks the rows"
                + (f"; make sure that {unseen} does not listen to these rows" if unseen else ""),
                identity=f"{label}.{relation.field}",
                subjects=(graph.models[label],),
                remedy=fields.remedy(relation, available) if graph.django.sure and not unseen else None,
            )


def _cascades(graph: ProjectGraph, model: Model) -> list[Relation]:
    """The cascades of a model that could be the database's, all of them or none."""
    keys = [relation for relation in graph.pointing_from(model.label) if relation.kind != "generic"]
    cascades = [relation for relation in keys if relation.on_delete == "CASCADE"]
    if not cascades or not _nothing_is_lost(graph, model):
        return []
    # One model cannot have both families of handlers (models.E050): all of its edges change, or none.
    every = all(_may_change(graph, model, r) if r.on_delete == "CASCADE" else _database(r) for r in keys)
    return cascades if every else []


class _Fields:
    """Fields, and the models that share them because an abstract class declares them."""

    def __init__(self, graph: ProjectGraph) -> None:
        self.sharing: dict[object, dict[str, Relation]] = defaultdict(dict)
        for relation in graph.relations:
            if graph.is_installed(relation.model):
                self.sharing[_field(relation)][relation.model] = relation

    def that_may_change(self, offered: Available) -> Available:
        """Without the models that share a field with one that has to keep it as it is."""
        available = {label: cascades for label, cascades in offered.items() if cascades}
        while kept := [label for label in available if not self._all_of_them(available[label], available)]:
            for label in kept:
                del available[label]
        return available

    def _all_of_them(self, cascades: list[Relation], available: Available) -> bool:
        return all(label in available for relation in cascades for label in self.sharing[_field(relation)])

    def remedy(self, relation: Relation, available: Available) -> Remedy | None:
        """This field, with all that have to change together with it: those of its model, and of the models that share
        one of them."""
        assert relation.place is not None
        places: dict[Place, None] = {relation.place: None}
        todo = dict.fromkeys(self.sharing[_field(relation)])
        done: set[str] = set()
        while todo:
            label, _ = todo.popitem()
            done.add(label)
            for other in available[label]:
                if other.place is None:
                    return None
                places[other.place] = None
                todo.update(dict.fromkeys(each for each in self.sharing[_field(other)] if each not in done))
        first, *others = places
        return CascadeInDatabase(first, tuple(sorted(others)))


def _field(relation: Relation) -> object:
    return (relation.place, relation.field) if relation.place is not None else (relation.model, relation.field)


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
