"""A model reached by a cascade is slow to delete only because a receiver listens to it."""

from __future__ import annotations

from collections.abc import Iterator

from delete_lint.findings import Finding, Note, Severity
from delete_lint.graph.collector import SlowReason, large_fields, why_slow
from delete_lint.graph.describe import cause, causes, columns, listed, model_name, model_names
from delete_lint.graph.model import Model, Relation
from delete_lint.graph.project import ProjectGraph
from delete_lint.graph.rows_behind import rows_behind
from delete_lint.settings import Thresholds

SEVERITY: Severity = "warning"


def check(graph: ProjectGraph, thresholds: Thresholds) -> Iterator[Finding]:
    for model in graph.own_models():
        if model.place is None or model.abstract or model.proxy or not any(map(_specific, _listening(graph, model))):
            continue
        reasons: dict[SlowReason, None] = {}
        ways: list[Relation] = []
        for relation in _cascades(graph, model):
            slow = why_slow(graph, model.label, relation)
            if slow and all(reason.reason == "receiver" for reason in slow):
                reasons.update(dict.fromkeys(slow))
                ways.append(relation)
        if reasons:
            wide = columns(graph, model.label, large_fields(graph, model.label))
            name = model_name(graph, model.label)
            parents = [relation.target for relation in ways]
            behind = f"every {name} row behind them{rows_behind(graph, model.label, ways)}"
            # Such a package may listen to this model, too, and then nothing is won by the receiver's going alone.
            unseen = f", unless {listed(graph.unseen_listeners)} listens as well" if graph.unseen_listeners else ""
            yield Finding(
                place=model.place,
                message=f"when {model_names(graph, parents)} rows are deleted, {behind} is loaded "
                f"whole{f', {wide} included' if wide else ''}, only because of {causes(graph, reasons)}; without "
                f"{'it' if len(reasons) == 1 else 'them'} one DELETE would do{unseen}",
                help=_help(graph, name, parents),
                identity=model.label,
                subjects=(model,),
                notes=tuple(Note(reason.place, cause(graph, reason)) for reason in reasons if reason.place is not None),
            )


def _listening(graph: ProjectGraph, model: Model) -> list[SlowReason]:
    return [reason for reason in why_slow(graph, model.label) if reason.reason == "receiver"]


def _specific(reason: SlowReason) -> bool:
    """A receiver for this model. One for every model is told of once, where it is connected; one that steps aside
    unless the delete started at its own instance was written with the cascade in mind; a temporary one is gone again.
    """
    receiver = reason.receiver
    return receiver is not None and not (receiver.senders is None or receiver.origin_guard or receiver.temporary)


def _cascades(graph: ProjectGraph, model: Model) -> Iterator[Relation]:
    for relation in graph.pointing_from(model.label):
        if relation.on_delete == "CASCADE" and relation.kind != "generic" and relation.target != model.label:
            yield relation


def _help(graph: ProjectGraph, name: str, parents: list[str]) -> str:
    return (
        "an early return in the receiver does not help, the rows are loaded before it is called: move its work to "
        f"where {model_names(graph, parents)} rows are deleted and disconnect it, or delete the {name} rows in batches "
        "of keys before their parent"
    )
