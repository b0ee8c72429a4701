"""A model reached by a cascade is slow to delete only because of its GenericRelation."""

from __future__ import annotations

from collections.abc import Iterator

from delete_lint.findings import Finding, Note, Severity
from delete_lint.graph.collector import SlowReason, large_fields, why_slow
from delete_lint.graph.describe import besides, columns, listed, model_name, model_names
from delete_lint.graph.model import Relation
from delete_lint.graph.project import ProjectGraph
from delete_lint.graph.rows_behind import rows_behind
from delete_lint.settings import Thresholds

SEVERITY: Severity = "warning"


def check(graph: ProjectGraph, thresholds: Thresholds) -> Iterator[Finding]:
    for model in graph.own_models():
        if model.place is None or model.abstract or model.proxy or not graph.generic_relations(model.label):
            continue
        reasons: dict[SlowReason, None] = {}
        ways: list[Relation] = []
        for relation in graph.pointing_from(model.label):
            if relation.on_delete != "CASCADE" or relation.kind == "generic" or relation.target == model.label:
                continue
            slow = why_slow(graph.without_receivers_for_every_model, model.label, relation)
            if slow and all(reason.reason == "generic_relation" for reason in slow):
                reasons.update(dict.fromkeys(slow))
                ways.append(relation)
        if not reasons:
            continue
        name = model_name(graph, model.label)
        parents = [relation.target for relation in ways]
        wide = columns(graph, model.label, large_fields(graph, model.label))
        fields = [reason.relation for reason in reasons if reason.relation is not None]
        behind = f"every {name} row behind them{rows_behind(graph, model.label, ways)}"
        yield Finding(
            place=model.place,
            message=f"when {model_names(graph, parents)} rows are deleted, {behind} is loaded "
            f"whole{f', {wide} included' if wide else ''}, only because of its GenericRelation "
            + listed(f'"{field.field}"' for field in fields)
            + besides(graph),
            help=f"delete the {name} rows in batches of keys before their parent; a GenericRelation that is there for "
            f"queries alone can go, but then the {model_names(graph, [field.model for field in fields])} rows of a "
            f"deleted {name} stay behind",
            identity=model.label,
            subjects=(model,),
            notes=tuple(
                Note(field.place, f'the GenericRelation "{field.field}"') for field in fields if field.place is not None
            ),
        )
