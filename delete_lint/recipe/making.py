"""From the project graph to the steps of a recipe."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Literal, TypeVar

from delete_lint.graph.cascade import effect_of
from delete_lint.graph.collector import parent_link, primary_key
from delete_lint.graph.model import Relation
from delete_lint.graph.project import ProjectGraph
from delete_lint.graph.receiver import Receiver
from delete_lint.recipe.steps import Generic, Parent, Pointer, Recipe, Setting

T = TypeVar("T")

_VALUES: dict[str, Literal["null", "default", "set"]] = {
    "SET_NULL": "null",
    "SET_DEFAULT": "default",
    "SET_VALUE": "set",
    "SET_CALLABLE": "set",
}


def recipe(graph: ProjectGraph, root: str, *, mute_receivers: bool = False) -> Recipe:
    """How to delete rows of this model in batches; with ``mute_receivers`` no signal is sent."""
    going = _going(graph, root)
    taken = dict.fromkeys(parent for label in going for parent in graph.ancestors(label))
    rows = {*going, *taken, *map(graph.concrete, going)}
    # What is held back by rows that go as well needs them gone first, and so what hangs on these.
    walked = dict.fromkeys((*going, *(each.model for label in going for each in _held(graph, label, rows))))
    found: dict[str, dict[str, list[Pointer]]] = {
        name: defaultdict(list) for name in ("cascades", "held", "protected", "restricted")
    }
    settings: dict[str, list[Setting]] = defaultdict(list)
    generic: dict[str, list[Generic]] = defaultdict(list)
    handlers: dict[str, Relation] = {}
    left: dict[str, Relation] = {}
    for label in walked:
        for relation in graph.candidate_relations(label):
            pointer = _pointer(graph, label, relation)
            path = f"{relation.model}.{relation.field}"
            effect = effect_of(relation)
            if relation.wraps_cascade or effect == "custom":
                handlers[path] = relation
            if effect == "delete":
                found["cascades"][label].append(pointer)
            elif effect == "update":
                settings[label].append(Setting(pointer=pointer, value=_VALUES[relation.on_delete]))
            elif relation.on_delete == "PROTECT":
                found["protected"][label].append(pointer)
            elif _holds(graph, relation, rows):
                found["held"][label].append(pointer)
                found["restricted"][label].append(pointer)
            elif relation.on_delete == "RESTRICT":
                found["restricted"][label].append(pointer)
            elif effect == "database":
                left[path] = relation
        generic[label] = [Generic(model=each.model, name=each.field) for each in graph.generic_relations(label)]
    for label in walked:
        # Children of multi-table inheritance last: the parent's own rows are all found while it is there.
        found["cascades"][label].sort(key=lambda pointer: pointer.relation.kind == "parent_link")
    parents = {label: tuple(_parents(graph, label)) for label in walked}
    signalled = [label for label in dict.fromkeys((*walked, *taken)) if not graph.models[label].auto_created]
    heard = [label for label in signalled if graph.receivers_of(label)]
    receivers = _each_once(receiver for label in heard for receiver in graph.receivers_of(label))
    return Recipe(
        graph=graph,
        root=root,
        cascades=_filled(found["cascades"]),
        generic=_filled(generic),
        held=_filled(found["held"]),
        settings=_filled(settings),
        protected=_filled(found["protected"]),
        restricted=_filled(found["restricted"]),
        parents=_filled(parents),
        heard=() if mute_receivers else tuple(heard),
        muted=receivers if mute_receivers else (),
        called=() if mute_receivers else receivers,
        overrides=tuple(
            label
            for label in signalled
            if graph.models[label].delete_override is not None or graph.models[label].inherits_delete
        ),
        own_handlers=tuple(handlers.values()),
        left=tuple(left.values()),
    )


def _going(graph: ProjectGraph, root: str) -> list[str]:
    """The models whose rows the collector comes to over their own relations, the root first."""
    found = {root: None}
    todo = [root]
    for label in todo:
        for relation in graph.pointing_at(label):
            if effect_of(relation) == "delete" and relation.model not in found:
                found[relation.model] = None
                todo.append(relation.model)
    return todo


def _held(graph: ProjectGraph, label: str, rows: set[str]) -> Iterable[Relation]:
    return (relation for relation in graph.candidate_relations(label) if _holds(graph, relation, rows))


def _holds(graph: ProjectGraph, relation: Relation, rows: set[str]) -> bool:
    """Whether rows that may go themselves have to go first for this relation's sake."""
    constrains = relation.on_delete == "DO_NOTHING" and relation.db_constraint
    if constrains and any(other.on_delete == "DB_CASCADE" for other in graph.pointing_from(relation.model)):
        return False  # they may go by the database's own cascade, which nobody can foresee
    return (relation.on_delete == "RESTRICT" or constrains) and relation.model in rows


def _pointer(graph: ProjectGraph, label: str, relation: Relation) -> Pointer:
    target = graph.concrete(relation.target)
    column = relation.to_field or _key_of(graph, label, target)
    return Pointer(model=relation.model, field=relation.field, column=column, relation=relation)


def _key_of(graph: ProjectGraph, label: str, ancestor: str) -> str:
    """The field of a model that holds the key of its own row in an ancestor's table: ``pk`` where both are one."""
    here = graph.concrete(label)
    while here != ancestor:
        key = primary_key(graph, here)
        links = ((parent, parent_link(graph, here, parent)) for parent in graph.parents(here))
        above = next((parent for parent, link in links if link is None or (link.field,) == key), None)
        if above is None:
            return primary_key(graph, ancestor)[0]
        here = above
    return "pk"


def _parents(graph: ProjectGraph, label: str) -> Iterable[Parent]:
    concrete = graph.concrete(label)
    for ancestor in reversed(graph.oldest_first(concrete)[:-1]):
        yield Parent(model=ancestor, column=_key_of(graph, label, ancestor))


def _filled(table: Mapping[str, Iterable[T]]) -> dict[str, tuple[T, ...]]:
    return {label: values for label, each in table.items() if (values := tuple(each))}


def _each_once(receivers: Iterable[Receiver]) -> tuple[Receiver, ...]:
    return tuple({(receiver.module, receiver.name): receiver for receiver in receivers}.values())
