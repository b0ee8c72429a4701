"""The project graph, or the cascade of one model, as nodes and arrows to be drawn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from delete_lint.graph.cascade import Edge, Effect, cascade, edges_at
from delete_lint.graph.collector import SlowReason, fast_delete, why_slow
from delete_lint.graph.describe import counted, handler_name, listed
from delete_lint.graph.project import ProjectGraph
from delete_lint.output.plan_words import of_every_model, why_slow_in_short

#: What becomes of a model's rows: deleted at once, loaded first, updated, in the way, left to the database.
Fate = Literal["fast", "slow", "updated", "refusing", "left"]

_FATES: dict[Effect, Fate] = {"update": "updated", "refuse": "refusing", "custom": "refusing", "database": "left"}
_WORDS: dict[Fate, str] = {
    "fast": "fast",
    "slow": "slow",
    "updated": "updated",
    "refusing": "may refuse",
    "left": "left to the database",
}
_FIELDS = 3


@dataclass(frozen=True, slots=True)
class Node:
    """One model; ``lines`` are what there is to say below its label."""

    label: str
    fate: Fate
    lines: tuple[str, ...]

    @property
    def app(self) -> str:
        return self.label.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Arrow:
    """All relations of one kind from a model to those whose rows refer to it."""

    start: str
    end: str
    label: str
    effect: Effect


@dataclass(frozen=True, slots=True)
class Chart:
    """``remarks`` are what holds for the whole of it."""

    title: str
    remarks: tuple[str, ...]
    nodes: tuple[Node, ...]
    arrows: tuple[Arrow, ...]


def chart(graph: ProjectGraph, label: str | None = None) -> Chart:
    """All models that have a table, or what deleting one of them reaches and touches."""
    nodes = dict(_all(graph) if label is None else _reached(graph, label))
    followed = nodes if label is None else {label, *cascade(graph, label).level}
    return Chart(
        title="all models" if label is None else f"what deleting {label} reaches",
        remarks=tuple(_remarks(graph)),
        nodes=tuple(nodes.values()),
        arrows=tuple(_arrows(graph, nodes, followed)),
    )


def _remarks(graph: ProjectGraph) -> Iterator[str]:
    yield f"Django {graph.django}"
    everywhere = [receiver.name for receiver in graph.receivers if receiver.alive and receiver.senders is None]
    if everywhere:
        yield f"{listed(everywhere)} {'listens' if len(everywhere) == 1 else 'listen'} to every model"


def _all(graph: ProjectGraph) -> Iterator[tuple[str, Node]]:
    for label in sorted(graph.models):
        model = graph.models[label]
        if graph.is_installed(label) and not model.auto_created and not model.proxy:
            fate: Fate = "fast" if fast_delete(graph, label) else "slow"
            yield label, _node(label, fate, why_slow(graph, label))


def _reached(graph: ProjectGraph, label: str) -> Iterator[tuple[str, Node]]:
    found = cascade(graph, label)
    yield label, _node(label, "fast" if found.fast else "slow", found.slow_because)
    for model in found.tables:
        edge = found.reached_by(model)
        fast = edge is not None and edge.fast
        yield model, _node(model, "fast" if fast else "slow", edge.slow_because if edge is not None else ())
    beside = dict.fromkeys(edge.model for edge in found.edges if edge.model not in found.tables and edge.model != label)
    for model in beside:
        fates = [_FATES[edge.effect] for edge in found.edges if edge.model == model and edge.effect in _FATES]
        yield model, Node(model, fates[0], (_WORDS[fates[0]],))


def _node(label: str, fate: Fate, reasons: tuple[SlowReason, ...]) -> Node:
    told = why_slow_in_short(reason for reason in reasons if not of_every_model(reason))
    first, *rest = told.split("; ")
    return Node(label, fate, (f"{_WORDS[fate]}: {first}" if first else _WORDS[fate], *rest))


def _arrows(graph: ProjectGraph, nodes: dict[str, Node], followed: set[str] | dict[str, Node]) -> Iterator[Arrow]:
    """What children of multi-table inheritance inherit is drawn at their parent."""
    arrows: dict[tuple[str, str, str], list[Edge]] = {}
    met: set[int] = set()
    for label in nodes:
        if label not in followed:
            continue
        for edge in edges_at(graph, label):
            if edge.model in nodes and id(edge) not in met:
                met.add(id(edge))
                arrows.setdefault((label, edge.model, _handler(edge)), []).append(edge)
    for (start, end, handler), edges in arrows.items():
        fields = [edge.relation.field for edge in edges]
        told = ", ".join(fields) if len(fields) <= _FIELDS else counted(len(fields), "field")
        yield Arrow(start, end, f"{handler} {told}", edges[0].effect)


def _handler(edge: Edge) -> str:
    return "GenericRelation" if edge.relation.kind == "generic" else handler_name(edge.relation)
