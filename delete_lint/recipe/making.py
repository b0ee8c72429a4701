"""From the project graph to the steps of a recipe."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Literal, TypeVar

from delete_lint.graph.cascade import effect_of
from delete_lint.graph.collector import all_fields, parent_link, primary_key
from delete_lint.graph.model import Relation
from delete_lint.graph.project import ProjectGraph
from delete_lint.graph.receiver import Receiver
from delete_lint.recipe.steps import Generic, Parent, Pointer, Recipe, Setting

T = TypeVar("T")

_VALUES: dict[str, Literal["null", "default", "set"]] = {
    "SET_NULL": "null",
    "DB_SET_NULL": "null",
    "SET_DEFAULT": "default",
    "SET_VALUE": "set",
    "SET_CALLABLE": "set",
}


def recipe(graph: ProjectGraph, root: str, *, mute_receivers: bool = False) -> Recipe:
    """How to delete rows of this model in batches; with ``mute_receivers`` no signal is sent."""
    going = _going(graph, root)
    followed = taken_along(graph, root)
    along = [label for label in followed if label not in going]
    taken = dict.fromkeys(parent for label in going for parent in graph.ancestors(label))
    rows = {*going, *along, *taken, *map(graph.concrete, going)}
    walked = _walked(graph, going, along, rows)
    # In a ring MySQL and MariaDB would not empty keys either, because they do not look.
    rings = any(_holds(graph, each, rows) for label in walked for each in graph.candidate_relations(label))
    found: dict[str, dict[str, list[Pointer]]] = {
        name: defaultdict(list) for name in ("cascades", "held", "protected", "restricted", "dangling")
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
            empties = rings and relation.on_delete == "DB_SET_NULL"
            if label in along and effect != "database":
                continue  # the collector never comes to these rows
            if relation.wraps_cascade or effect == "custom":
                handlers[path] = relation
            if effect == "delete" or (followed and relation.on_delete == "DB_CASCADE"):
                found["cascades"][label].append(pointer)
            elif effect == "update" or empties:
                settings[label].append(Setting(pointer=pointer, value=_VALUES[relation.on_delete]))
            elif relation.on_delete in ("PROTECT", "RESTRICT"):
                found["protected" if relation.on_delete == "PROTECT" else "restricted"][label].append(pointer)
            elif effect == "database" and not _holds(graph, relation, rows):
                left[path] = relation
            if _holds(graph, relation, rows):
                model = _going_as(graph, relation.model, going)
                found["held"][label].append(replace(pointer, model=model))
            if _dangles(graph, relation, rows):
                found["dangling"][label].append(pointer)
        if label not in along:
            generic[label] = [Generic(model=each.model, name=each.field) for each in graph.generic_relations(label)]
    for label in walked:
        # Children of multi-table inheritance last: the parent's own rows are all found while it is there.
        found["cascades"][label].sort(key=lambda pointer: pointer.relation.kind == "parent_link")
    parents = {label: tuple(_parents(graph, label)) for label in walked if label not in along}
    signalled = [
        label
        for label in dict.fromkeys((*walked, *taken))
        if label not in along and not graph.models[label].auto_created
    ]
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
        dangling=_filled(found["dangling"]),
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
        along=followed,
        untold=tuple(label for label in heard if graph.concrete(label) in _gone(graph, root)[1]),
    )


def _walked(graph: ProjectGraph, going: Sequence[str], along: Sequence[str], rows: set[str]) -> list[str]:
    """The models through whose rows a recipe walks. What is held back by rows that go as well needs them gone first,
    and so what hangs on these."""
    walked = dict.fromkeys((*going, *along))
    todo = [*walked]
    for label in todo:
        for relation in graph.candidate_relations(label):
            model = _going_as(graph, relation.model, going)
            if model not in walked and (_holds(graph, relation, rows) or effect_of(relation) == "delete"):
                walked[model] = None
                todo.append(model)
    return todo


def taken_along(graph: ProjectGraph, root: str) -> tuple[str, ...]:
    """The models whose rows the database takes along by DB_CASCADE, where a recipe has to find them itself: where one
    of them may hold another row by DO_NOTHING, or be held by one, that goes in another batch, or such rows may make a
    ring, for which MySQL and MariaDB forget about cascades as well as about checks. Else there are none."""
    gone, reached = _gone(graph, root)
    holding = any(
        relation.on_delete == "DO_NOTHING" and relation.db_constraint and relation.model in gone
        for label in gone
        for relation in graph.candidate_relations(label)
    )
    return reached if holding else ()


def _gone(graph: ProjectGraph, root: str) -> tuple[list[str], tuple[str, ...]]:
    """The models whose rows go by Django or by the database, and those of them that the database comes to."""
    gone = _going(graph, root, by_database=True)
    pointing = (relation for label in gone for relation in graph.pointing_at(label))
    return gone, tuple(dict.fromkeys(each.model for each in pointing if each.on_delete == "DB_CASCADE"))


def both_ways(graph: ProjectGraph, root: str, mute_receivers: bool) -> Iterator[tuple[str, str]]:
    """Models whose rows go by Django, with their receivers or generic rows, and whose rows the recipe also finds in the
    place of DB_CASCADE, which knows of neither."""
    along = taken_along(graph, root)
    for label in _going(graph, root) if along else ():
        if graph.concrete(label) in along:
            if graph.generic_relations(label):
                yield label, "its generic relations"
            elif graph.receivers_of(label) and not mute_receivers:
                yield label, "its receivers"


def _going(graph: ProjectGraph, root: str, *, by_database: bool = False) -> list[str]:
    """The models whose rows the collector comes to over their own relations, the root first; with ``by_database`` also
    those that DB_CASCADE takes along."""
    found = {root: None}
    todo = [root]
    for label in todo:
        for relation in graph.pointing_at(label):
            goes = effect_of(relation) == "delete" or (by_database and relation.on_delete == "DB_CASCADE")
            if goes and relation.model not in found:
                found[relation.model] = None
                todo.append(relation.model)
    return todo


def _holds(graph: ProjectGraph, relation: Relation, rows: set[str]) -> bool:
    """Whether rows that may go themselves have to go first for this relation's sake."""
    return relation.model in rows and (relation.on_delete == "RESTRICT" or _dangles(graph, relation, rows))


def _dangles(graph: ProjectGraph, relation: Relation, rows: set[str]) -> bool:
    """Whether the database looks at rows here that Django does not look at, and refuses when they stay.

    Where rows of DO_NOTHING do not go by another way that is nobody's knowledge: a migration may have told the database
    what to do with them.
    """
    if not relation.db_constraint or relation.on_delete.startswith("DB_"):
        return False
    if relation.on_delete == "DO_NOTHING":
        return relation.model in rows
    return graph.models[relation.model].base_manager_filters


def _going_as(graph: ProjectGraph, label: str, going: Sequence[str]) -> str:
    """The proxy as whose rows those of a model go that go as nothing else."""
    if label in going:
        return label
    return next((each for each in going if graph.concrete(each) == label), label)


def _pointer(graph: ProjectGraph, label: str, relation: Relation) -> Pointer:
    target = graph.concrete(relation.target)
    column = "*" if _is_foreign_object(graph, relation) else relation.to_field or _key_of(graph, label, target)
    return Pointer(model=relation.model, field=relation.field, column=column, relation=relation)


def _is_foreign_object(graph: ProjectGraph, relation: Relation) -> bool:
    """Whether it has no column of its own. Only a running project knows of such ones."""
    if graph.source != "runtime":
        return False
    return relation.field not in {field.name for field in all_fields(graph, relation.model)}


def _key_of(graph: ProjectGraph, label: str, ancestor: str) -> str:
    """The field of a model that holds the key of its own row in an ancestor's table: ``pk`` where both are one, else
    the link that leads there."""
    here, column = graph.concrete(label), "pk"
    for _ in graph.ancestors(label):
        if here == ancestor:
            break
        parent = next(each for each in graph.parents(here) if ancestor in (each, *graph.ancestors(each)))
        link = parent_link(graph, here, parent)
        if link is not None and (link.field,) != primary_key(graph, here):
            column = link.field
        here = parent
    return column


def _parents(graph: ProjectGraph, label: str) -> Iterable[Parent]:
    concrete = graph.concrete(label)
    for ancestor in reversed(graph.oldest_first(concrete)[:-1]):
        yield Parent(model=ancestor, column=_key_of(graph, label, ancestor))


def _filled(table: Mapping[str, Iterable[T]]) -> dict[str, tuple[T, ...]]:
    return {label: values for label, each in table.items() if (values := tuple(each))}


def _each_once(receivers: Iterable[Receiver]) -> tuple[Receiver, ...]:
    return tuple({(receiver.module, receiver.name): receiver for receiver in receivers}.values())
