"""A model reached by a cascade is slow to delete only because of multi-table inheritance, or costs a query a row.

The collector takes the parent's row from ``child.<parent>_ptr``. Where a cascade narrowed the child with ``.only()``,
the parent's columns are deferred, and Django reads the parent of every single row.
"""

from __future__ import annotations

from collections.abc import Iterator

from delete_lint.findings import Finding, Note, Severity
from delete_lint.graph.cascade import Edge, edges_at
from delete_lint.graph.describe import besides, handler_name, model_name, model_names, relation_name
from delete_lint.graph.model import Model
from delete_lint.graph.project import ProjectGraph
from delete_lint.graph.rows_behind import rows_behind
from delete_lint.settings import Thresholds

SEVERITY: Severity = "info"


def check(graph: ProjectGraph, thresholds: Thresholds) -> Iterator[Finding]:
    for model in graph.own_models():
        if model.place is None or model.abstract or model.proxy or not graph.parents(model.label):
            continue
        reached = list(_reached(graph.without_receivers_for_every_model, model))
        row_by_row = [edge for edge in reached if edge.row_reads]
        alone = [edge for edge in reached if _only_inheritance(edge)]
        if row_by_row or alone:
            yield Finding(
                place=model.place,
                message=_message(graph, model, row_by_row, alone),
                help=_help(graph, model, row_by_row),
                identity=model.label,
                subjects=(model,),
                notes=tuple(
                    Note(edge.relation.place, f"{relation_name(graph, edge.relation)} ({handler_name(edge.relation)})")
                    for edge in row_by_row or alone
                    if edge.relation.place is not None
                ),
            )


def _reached(graph: ProjectGraph, model: Model) -> Iterator[Edge]:
    """The cascades that arrive at the rows of this model."""
    for relation in graph.pointing_from(model.label):
        if relation.on_delete == "CASCADE" and relation.kind != "generic" and relation.target != model.label:
            yield from (edge for edge in edges_at(graph, relation.target) if edge.relation is relation)


def _only_inheritance(edge: Edge) -> bool:
    return bool(edge.slow_because) and all(reason.reason == "parent" for reason in edge.slow_because)


def _message(graph: ProjectGraph, model: Model, row_by_row: list[Edge], alone: list[Edge]) -> str:
    name = model_name(graph, model.label)
    if row_by_row:
        tables = dict.fromkeys(table for edge in row_by_row for table in edge.row_reads)
        targets = dict.fromkeys(edge.relation.target for edge in row_by_row)
        behind = rows_behind(graph, model.label, [edge.relation for edge in row_by_row])
        return (
            f"when {model_names(graph, targets)} rows are deleted, each {name} row behind them{behind} costs a "
            f"query of its own for its {model_names(graph, tables)} row: the cascade loads {name} without its parent's "
            "columns"
        )
    targets = dict.fromkeys(edge.relation.target for edge in alone)
    behind = rows_behind(graph, model.label, [edge.relation for edge in alone])
    return (
        f"when {model_names(graph, targets)} rows are deleted, every {name} row behind them{behind} is loaded "
        f"whole, joined with {model_names(graph, graph.ancestors(model.label))}, only because of multi-table "
        f"inheritance{besides(graph)}"
    )


def _help(graph: ProjectGraph, model: Model, row_by_row: list[Edge]) -> str:
    name = model_name(graph, model.label)
    batches = f"`{name}.objects.filter(pk__in=keys).delete()`"
    if row_by_row:
        return (
            f"delete the {name} rows before their parent, in batches of keys: {batches} reads whole rows, and no "
            "parent one by one; an abstract base class instead of a table would end it"
        )
    return (
        f"delete the {name} rows in batches of keys before their parent: {batches}, without `.only()`, which would "
        "read each parent one by one; an abstract base class instead of a table makes the delete fast"
    )
