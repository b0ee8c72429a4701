"""A model reached by a cascade is slow only because `on_delete` is the project's own function around `CASCADE`."""

from __future__ import annotations

from collections.abc import Iterator

from delete_lint.findings import Finding, Severity
from delete_lint.graph.collector import large_fields, why_slow
from delete_lint.graph.describe import besides, columns, model_name, relation_name
from delete_lint.graph.project import ProjectGraph
from delete_lint.graph.rows_behind import rows_behind
from delete_lint.settings import Thresholds

SEVERITY: Severity = "warning"


def check(graph: ProjectGraph, thresholds: Thresholds) -> Iterator[Finding]:
    for relation in graph.relations:
        model = graph.models.get(relation.model)
        if not relation.wraps_cascade or model is None or not model.own or relation.place is None:
            continue
        slow = why_slow(graph.without_receivers_for_every_model, relation.model, relation)
        if any(reason.reason != "custom_on_delete" for reason in slow):
            continue
        name, target = model_name(graph, relation.model), model_name(graph, relation.target)
        wide = columns(graph, relation.model, large_fields(graph, relation.model))
        behind = f"every {name} row behind them{rows_behind(graph, relation.model, (relation,))}"
        yield Finding(
            place=relation.place,
            message=f"when {target} rows are deleted, {behind} is loaded whole"
            f"{f', {wide} included' if wide else ''}, only because `{relation.on_delete}` is not Django's CASCADE "
            f"itself{besides(graph)}: the collector compares the function, not what it does",
            help=f"use `on_delete=models.CASCADE` on {relation_name(graph, relation)} and do what "
            f"`{relation.on_delete.rpartition('.')[2]}` adds where a {target} is deleted; or delete the {name} rows in "
            "batches of keys before their parent",
            identity=f"{relation.model}.{relation.field}",
            subjects=(model,),
        )
