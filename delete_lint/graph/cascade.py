"""What deleting rows of one model reaches, level by level, and at what price."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, wraps
from typing import Any, Concatenate, Literal, NamedTuple, ParamSpec, Protocol, TypeVar

from delete_lint.graph.collector import (
    SlowReason,
    large_fields,
    loaded_columns,
    referenced_columns,
    row_reads,
    why_slow,
)
from delete_lint.graph.model import SKIP_HANDLERS, Relation
from delete_lint.graph.project import ProjectGraph, once_per_graph

#: What happens to the rows behind a relation: the collector deletes or updates them, refuses, calls a function of the
#: project's own that does not cascade, or leaves them to the database.
Effect = Literal["delete", "update", "refuse", "custom", "database"]

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """One relation on the way of a cascade, and what the collector does with the rows of ``model`` behind it.

    ``columns`` are the fetched fields: None for whole rows, empty when none is fetched. ``wide_because`` names the
    reasons for whole rows. ``row_reads`` are tables from which one further row is read for each of them.
    ``fast_once_fetched`` when a function around ``CASCADE`` has the rows fetched, and they are fast-deleted then.
    """

    relation: Relation
    model: str
    effect: Effect
    fast: bool
    slow_because: tuple[SlowReason, ...] = ()
    columns: tuple[str, ...] | None = ()
    wide_because: tuple[SlowReason, ...] = ()
    row_reads: tuple[str, ...] = ()
    auto_created: bool = False
    fast_once_fetched: bool = False

    @property
    def loaded(self) -> bool:
        return self.columns is None or bool(self.columns)


@dataclass(frozen=True, slots=True, kw_only=True)
class WideLoad:
    """Rows with large columns that are fetched whole; ``edge`` is None for the root."""

    model: str
    fields: tuple[str, ...]
    because: tuple[SlowReason, ...]
    edge: Edge | None = None


@dataclass(frozen=True)
class Cascade:
    """What deleting rows of ``root`` reaches.

    ``edges`` holds every relation that is looked at, breadth first, each once; ``level`` the distance of every model
    whose rows the collector deletes, the root at 0; ``parents`` the multi-table parents that go with them, each with
    the child that takes it along. ``automatic`` are those of them that are tables of a ``ManyToManyField`` without a
    model of their own.
    """

    graph: ProjectGraph
    root: str
    slow_because: tuple[SlowReason, ...]
    edges: tuple[Edge, ...]
    level: dict[str, int]
    parents: dict[str, str]
    automatic: frozenset[str] = frozenset()

    @property
    def fast(self) -> bool:
        return not self.slow_because

    @cached_property
    def tables(self) -> tuple[str, ...]:
        """Labels of the concrete models whose rows go with the root's, many-to-many tables included, nearest first."""
        concrete = dict.fromkeys(map(self.graph.concrete, (*self.level, *self.parents)))
        concrete.pop(self.graph.concrete(self.root))
        return tuple(concrete)

    @cached_property
    def models(self) -> tuple[str, ...]:
        """`tables` without automatic many-to-many tables."""
        return tuple(label for label in self.tables if label not in self.automatic)

    @cached_property
    def depth(self) -> int:
        """The largest distance of a model; automatic many-to-many tables do not count."""
        return max((level for label, level in self.level.items() if label not in self.automatic), default=0)

    @cached_property
    def answers(self) -> dict[object, Any]:
        """What has been asked of it: see `once_per_cascade`."""
        return {}

    def by_effect(self, *effects: Effect) -> Iterator[Edge]:
        return (edge for edge in self.edges if edge.effect in effects)

    def at(self, level: int) -> tuple[str, ...]:
        """Labels at this distance from the root."""
        return tuple(label for label, distance in self.level.items() if distance == level)

    def reached_by(self, label: str) -> Edge | None:
        """The edge over which a model is reached first."""
        return self._first.get(label)

    @cached_property
    def _first(self) -> dict[str, Edge]:
        first: dict[str, Edge] = {}
        for edge in self.by_effect("delete"):
            first.setdefault(edge.model, edge)
        return first


def once_per_cascade(question: Callable[Concatenate[Cascade, P], T]) -> Callable[Concatenate[Cascade, P], T]:
    """Remember the answers to a question about a cascade for as long as it lives: a project has many delete sites, and
    most of them share the few roots from which everything is reached."""

    @wraps(question)
    def asked(cascade: Cascade, /, *args: P.args, **kwargs: P.kwargs) -> T:
        key = (question, args, tuple(kwargs.items()))
        if key not in cascade.answers:
            cascade.answers[key] = question(cascade, *args, **kwargs)
        found: T = cascade.answers[key]
        return found

    return asked


@once_per_graph
def cascade(graph: ProjectGraph, label: str) -> Cascade:
    """What deleting rows of this model reaches. The answer is remembered."""
    return reach(graph, label)


def reach(graph: ProjectGraph, label: str) -> Cascade:
    """`cascade` without remembering the answer, for a look at every model of a large project."""
    steps = _steps(graph, "")
    level = {label: 0}
    parents: dict[str, str] = {}
    automatic: set[str] = set()
    edges: list[Edge] = []
    todo = [label]
    for model in todo:
        step_edges, deletes, tables, ancestors = steps[model]
        edges += step_edges
        automatic |= tables
        for parent in ancestors:
            parents.setdefault(parent, model)
        below = level[model] + 1
        for child in deletes:
            if child not in level:
                level[child] = below
                todo.append(child)
    if parents:
        # An inherited relation has been met at several models of one line.
        edges = list({id(edge): edge for edge in edges}.values())
    return Cascade(
        graph=graph,
        root=label,
        slow_because=why_slow(graph, label),
        edges=tuple(edges),
        level=level,
        parents={parent: child for parent, child in parents.items() if parent not in level},
        automatic=frozenset(automatic),
    )


class _Step(NamedTuple):
    """All that the walk has to know about one model."""

    edges: tuple[Edge, ...]
    deletes: tuple[str, ...]
    tables: frozenset[str]
    ancestors: tuple[str, ...]


class _Steps(dict[str, _Step]):
    def __init__(self, graph: ProjectGraph) -> None:
        self.graph = graph

    def __missing__(self, label: str) -> _Step:
        edges = edges_at(self.graph, label)
        deletes = dict.fromkeys(edge.model for edge in edges if edge.effect == "delete")
        tables = frozenset(edge.model for edge in edges if edge.auto_created)
        self[label] = step = _Step(edges, tuple(deletes), tables, self.graph.ancestors(label))
        return step


@once_per_graph
def _steps(graph: ProjectGraph, _: str) -> _Steps:
    return _Steps(graph)


@once_per_graph
def edges_at(graph: ProjectGraph, label: str) -> tuple[Edge, ...]:
    """What the collector does with each relation that points at this model. A relation that is inherited by
    children of multi-table inheritance is the same `Edge` at each of them."""
    return tuple(_edges_from(graph, relation.model)[id(relation)] for relation in graph.pointing_at(label))


@once_per_graph
def _edges_from(graph: ProjectGraph, label: str) -> dict[int, Edge]:
    return {id(relation): _edge(graph, relation) for relation in graph.pointing_from(label)}


def _edge(graph: ProjectGraph, relation: Relation) -> Edge:
    slow = why_slow(graph, relation.model, relation)
    columns = loaded_columns(graph, relation.model, relation)
    because: tuple[SlowReason, ...] = ()
    if columns is None:
        receivers_alone = relation.kind != "generic" and referenced_columns(graph, relation.model)
        because = tuple(reason for reason in slow if reason.receiver) if receivers_alone else slow
    model = graph.models.get(relation.model)
    effect = effect_of(relation)
    return Edge(
        relation=relation,
        model=relation.model,
        effect=effect,
        fast=not slow,
        slow_because=slow,
        columns=columns,
        wide_because=because,
        row_reads=row_reads(graph, relation.model, columns) if effect == "delete" and columns else (),
        auto_created=model.auto_created if model is not None else relation.kind == "m2m_through",
        fast_once_fetched=relation.wraps_cascade and not why_slow(graph, relation.model),
    )


def effect_of(relation: Relation) -> Effect:
    """What a relation's ``on_delete`` does to the rows behind it."""
    handler = relation.on_delete
    if handler == "CASCADE" or relation.wraps_cascade:
        return "delete"
    if handler in SKIP_HANDLERS:
        return "database"
    if handler in ("PROTECT", "RESTRICT"):
        return "refuse"
    if handler in ("SET_NULL", "SET_DEFAULT", "SET_VALUE", "SET_CALLABLE"):
        return "update"
    return "custom"


class Limits(Protocol):
    """The thresholds of the settings, as far as a cascade is concerned."""

    @property
    def max_depth(self) -> int: ...

    @property
    def max_models(self) -> int: ...


def is_large(cascade: Cascade, thresholds: Limits) -> bool:
    """More than ``max_depth`` levels deep, or ``max_models`` models or more reached."""
    return cascade.depth > thresholds.max_depth or len(cascade.models) >= thresholds.max_models


@once_per_cascade
def loaded_wide(cascade: Cascade, *, root_is_fetched: bool = False) -> tuple[WideLoad, ...]:
    """Models with large columns whose rows are fetched whole, and by whose fault.

    ``root_is_fetched`` when a queryset of the root is deleted rather than an instance that is at hand already.
    """
    graph = cascade.graph
    found: list[WideLoad] = []
    if root_is_fetched and not cascade.fast:
        found.append(
            WideLoad(model=cascade.root, fields=large_fields(graph, cascade.root), because=cascade.slow_because)
        )
    for edge in cascade.edges:
        if edge.columns is None:
            found.append(
                WideLoad(model=edge.model, fields=large_fields(graph, edge.model), because=edge.wide_because, edge=edge)
            )
        for table in edge.row_reads:
            if table in graph.ancestors(edge.model):
                inherits = tuple(reason for reason in edge.slow_because if reason.reason == "parent")
                found.append(WideLoad(model=table, fields=large_fields(graph, table), because=inherits, edge=edge))
    return tuple(wide for wide in found if wide.fields)


@once_per_cascade
def leaf_first(cascade: Cascade) -> tuple[str, ...]:
    """The order in which to delete by hand: every model before those that it points at, the root last.

    Automatic many-to-many tables are left to the collector. Where models refer to each other in a circle, the one
    met last goes first.
    """

    def children(label: str) -> Iterator[str]:
        return (
            edge.model for edge in edges_at(cascade.graph, label) if edge.effect == "delete" and not edge.auto_created
        )

    order: dict[str, None] = {}
    entered = {cascade.root}
    path = [(cascade.root, children(cascade.root))]
    while path:
        label, rest = path[-1]
        child = next((child for child in rest if child not in entered), None)
        if child is None:
            order[label] = None
            path.pop()
        else:
            entered.add(child)
            path.append((child, children(child)))
    return tuple(order)
