"""On MySQL and MariaDB a delete of this model is refused by the database, because Django cannot order it."""

from __future__ import annotations

from collections.abc import Iterator

from delete_lint.findings import Finding, Note, Severity
from delete_lint.graph.describe import handler_name, listed, model_name, relation_name
from delete_lint.graph.immediate_constraints import IMMEDIATE, circles, self_references
from delete_lint.graph.model import Relation
from delete_lint.graph.project import ProjectGraph
from delete_lint.settings import Thresholds

SEVERITY: Severity = "error"


def check(graph: ProjectGraph, thresholds: Thresholds) -> Iterator[Finding]:
    if not graph.databases & IMMEDIATE:
        return
    for relation in self_references(graph):
        if _own(graph, relation):
            yield _itself(graph, relation)
    for circle in circles(graph):
        yield from _circle(graph, circle)


def _own(graph: ProjectGraph, relation: Relation) -> bool:
    model = graph.models.get(relation.model)
    return model is not None and model.own and relation.place is not None and not model.abstract


def _itself(graph: ProjectGraph, relation: Relation) -> Finding:
    assert relation.place is not None
    name = model_name(graph, relation.model)
    restrict = relation.on_delete == "RESTRICT"
    return Finding(
        place=relation.place,
        message=f"on MySQL and MariaDB deleting {name} rows that refer to each other fails with error 1451, though "
        f"Django's own check passes: {relation_name(graph, relation)} ({handler_name(relation)}) points at its own "
        "table, so Django cannot order the delete and the database refuses the first row that is still referred to",
        help=f"delete the rows level by level, the lowest first, each level in a call of its own; "
        f"{'or use `on_delete=models.CASCADE` with `null=True`' if restrict else 'or let the field be `null=True`'}, "
        "so that Django can clear it before the delete",
        identity=f"{relation.model}.{relation.field}",
        subjects=(graph.models[relation.model],),
    )


def _circle(graph: ProjectGraph, circle: list[Relation]) -> Iterator[Finding]:
    places = sorted((relation.place, relation.field) for relation in circle if _own(graph, relation) and relation.place)
    if not places:
        return
    place = places[0][0]
    models = sorted({model_name(graph, relation.model) for relation in circle})
    fields = [f"{relation_name(graph, relation)} ({handler_name(relation)})" for relation in circle]
    yield Finding(
        place=place,
        message=f"on MySQL and MariaDB deleting {listed(models)} rows that refer to each other fails with error 1451, "
        f"though Django's own check passes: {listed(fields)} lead in a circle, so Django cannot order the delete",
        help="let one of the keys be `null=True` with `on_delete=models.CASCADE` or `SET_NULL`, so that Django can "
        "clear it before the delete, or clear it yourself before deleting",
        identity=" ".join(sorted(f"{relation.model}.{relation.field}" for relation in circle)),
        subjects=tuple(graph.models[label] for label in dict.fromkeys(r.model for r in circle if _own(graph, r))),
        notes=tuple(
            Note(relation.place, field)
            for relation, field in zip(circle, fields, strict=True)
            if relation.place is not None and relation.place != place
        ),
    )
