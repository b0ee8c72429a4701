"""`DB_CASCADE` with `db_constraint=False`: nothing cascades, the rows stay behind."""

from __future__ import annotations

from collections.abc import Iterator

from delete_lint.findings import Finding, Severity
from delete_lint.graph.describe import model_name, relation_name
from delete_lint.graph.project import ProjectGraph
from delete_lint.settings import Thresholds

SEVERITY: Severity = "error"

#: What is expected of the database, and does not happen.
_PROMISES = {
    "DB_CASCADE": "are not deleted",
    "DB_SET_NULL": "are not set to NULL",
    "DB_SET_DEFAULT": "are not given the default",
}


def check(graph: ProjectGraph, thresholds: Thresholds) -> Iterator[Finding]:
    for relation in graph.relations:
        if relation.db_constraint or relation.on_delete not in _PROMISES:
            continue
        model = graph.models.get(relation.model)
        if model is None or not model.own or relation.place is None:
            continue
        name, target = model_name(graph, relation.model), model_name(graph, relation.target)
        python = relation.on_delete.removeprefix("DB_")
        yield Finding(
            place=relation.place,
            message=f"`{relation.on_delete}` with `db_constraint=False` does nothing: when a {target} is deleted, its "
            f"{name} rows {_PROMISES[relation.on_delete]} and point at a row that is gone; no system check tells",
            help=f"remove `db_constraint=False` from {relation_name(graph, relation)}, so that the database has a "
            f"constraint to act on, or use `on_delete=models.{python}`; clean up the rows that already point nowhere "
            "first, or the migration that adds the constraint fails",
            identity=f"{relation.model}.{relation.field}",
            subjects=(model,),
        )
