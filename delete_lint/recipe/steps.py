"""What has to be done with the rows that hang on those of one model, as data."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from delete_lint.graph.model import Relation
from delete_lint.graph.project import ProjectGraph
from delete_lint.graph.reachable import reachable
from delete_lint.graph.receiver import Receiver


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointer:
    """Rows of ``model`` whose ``field`` refers to the rows at hand: to their primary key when ``column`` is ``pk``,
    else to this field of theirs, which may be an inherited one."""

    model: str
    field: str
    column: str
    relation: Relation


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Rows that stay, with a key set: to NULL, to the field's default, or to what ``SET()`` was given."""

    pointer: Pointer
    value: Literal["null", "default", "set"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Generic:
    """Rows of ``model`` behind the ``GenericRelation`` that the model at hand has under this ``name``."""

    model: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Parent:
    """A multi-table ancestor, whose row goes with its child's; ``column`` is the child's field that holds its key."""

    model: str
    column: str


@dataclass(frozen=True)
class Recipe:
    """How to delete rows of ``root`` and what hangs on them; everything else is by the model whose rows are to go.

    ``cascades`` and ``generic`` lead to rows that go first. ``held`` are RESTRICT (and DO_NOTHING, where the database
    checks it) from models whose rows go by another way: they too go first, once it is known that all of them go.
    ``protected`` and ``restricted`` forbid the delete, ``restricted`` only by rows that stay.
    ``heard`` are the models that signals are sent for; ``muted`` receivers would have been called. ``checked`` are the
    models that have to be walked through before the first row goes.
    """

    graph: ProjectGraph
    root: str
    cascades: Mapping[str, tuple[Pointer, ...]]
    generic: Mapping[str, tuple[Generic, ...]]
    held: Mapping[str, tuple[Pointer, ...]]
    settings: Mapping[str, tuple[Setting, ...]]
    protected: Mapping[str, tuple[Pointer, ...]]
    restricted: Mapping[str, tuple[Pointer, ...]]
    parents: Mapping[str, tuple[Parent, ...]]
    heard: tuple[str, ...]
    muted: tuple[Receiver, ...]
    called: tuple[Receiver, ...]
    overrides: tuple[str, ...]
    own_handlers: tuple[Relation, ...]
    left: tuple[Relation, ...]

    @cached_property
    def models(self) -> tuple[str, ...]:
        """Every model that the recipe names, the root first."""
        found = {self.root: None}
        for table in (self.cascades, self.held, self.protected, self.restricted):
            for label, pointers in table.items():
                found |= {label: None} | {pointer.model: None for pointer in pointers}
        for label, relations in self.generic.items():
            found |= {label: None} | {relation.model: None for relation in relations}
        for label, settings in self.settings.items():
            found |= {label: None} | {setting.pointer.model: None for setting in settings}
        for label, parents in self.parents.items():
            found |= {label: None} | {parent.model: None for parent in parents}
        return tuple(found)

    @property
    def going(self) -> tuple[str, ...]:
        """The models whose rows go, the root first."""
        found = {self.root: None}
        for pointers in self.cascades.values():
            found |= {pointer.model: None for pointer in pointers}
        for relations in self.generic.values():
            found |= {relation.model: None for relation in relations}
        for parents in self.parents.values():
            found |= {parent.model: None for parent in parents}
        return tuple(found)

    @property
    def walked(self) -> tuple[str, ...]:
        """The models whose rows are found by what they refer to, the root first: `going` without what only goes as a
        parent."""
        found = {self.root: None}
        for table in (self.cascades, self.held):
            for pointers in table.values():
                found |= {pointer.model: None for pointer in pointers}
        for relations in self.generic.values():
            found |= {relation.model: None for relation in relations}
        return tuple(found)

    @cached_property
    def shared_tags(self) -> bool:
        """Whether a row of a multi-table parent that goes with its child may be one that is also reached by itself, and
        then has generic rows of its own to take along."""
        reached = [(label, pointer) for label, some in self.cascades.items() for pointer in some]
        return any(
            label == self.root or any(pointer.model == label and above != parent for above, pointer in reached)
            for label in self.walked
            for parent in self._tagged_parents(label)
        )

    def _tagged_parents(self, label: str) -> list[str]:
        return [each.model for each in self.parents.get(label, ()) if each.model in self.generic]

    @cached_property
    def given(self) -> tuple[Setting, ...]:
        """Rows that refer to the roots, are sure to stay, and are given another value than NULL: Django's own delete
        fails when that is one of the roots."""
        graph = self.graph
        rows = {graph.concrete(label) for label in (*self.walked, *self.going)}
        return tuple(
            setting
            for setting in self.settings.get(self.root, ())
            for relation in (setting.pointer.relation,)
            if setting.value != "null" and setting.pointer.column == "pk" and relation.db_constraint
            if graph.concrete(relation.target) == graph.concrete(self.root)
            if graph.concrete(relation.model) not in rows
            if all(other.on_delete != "DB_CASCADE" for other in graph.pointing_from(relation.model))
        )

    @cached_property
    def hiding(self) -> tuple[str, ...]:
        """Models whose rows go as a root or as a parent, and may refer to rows that go before them, unseen by Django's
        cascade."""
        graph = self.graph
        parents = (parent.model for some in self.parents.values() for parent in some)
        reached = {graph.concrete(pointer.model) for pointer in self._pointers()}
        return tuple(
            label
            for label in dict.fromkeys((graph.concrete(self.root), *parents))
            if label in reached and graph.models[label].base_manager_filters
        )

    @cached_property
    def unforeseen(self) -> tuple[Relation, ...]:
        """Relations that the database holds rows back by, from rows that it may itself take along by another one."""
        gone = dict.fromkeys(self.walked)
        todo = [*gone]
        found: dict[tuple[str, str], Relation] = {}
        for label in todo:
            for relation in self.graph.candidate_relations(label):
                others = {other.on_delete for other in self.graph.pointing_from(relation.model)}
                if relation.on_delete == "DO_NOTHING" and relation.db_constraint and "DB_CASCADE" in others:
                    found[relation.model, relation.field] = relation
                elif relation.on_delete == "DB_CASCADE" and relation.model not in gone:
                    gone[relation.model] = None
                    todo.append(relation.model)
        return tuple(found.values())

    @property
    def checks(self) -> bool:
        """Whether anything can forbid the delete."""
        return bool(self.protected or self.restricted)

    @cached_property
    def checked(self) -> frozenset[str]:
        """The models from which the walk comes to rows that may be protected, or that other rows may be restricted
        by."""
        wanted = {*self.protected, *self.restricted}
        wanted |= {pointer.model for pointers in self.held.values() for pointer in pointers}
        wanted |= {label for label, parents in self.parents.items() if any(each.model in wanted for each in parents)}
        ahead = self._ahead()
        return frozenset(label for label in self.models if wanted & {label, *reachable(ahead, label)})

    @cached_property
    def tangled(self) -> bool:
        """Whether rows may be come upon twice: in a circle, through a multi-table parent, or, before the first row is
        gone, by a second way."""
        if self.parents or self.held or any(each.relation.kind == "parent_link" for each in self._pointers()):
            return True
        ahead = self._ahead()
        if any(label in reachable(ahead, label) for label in tuple(ahead)):
            return True
        ways = [child for label in self.checked for child in self._children(label) if child in self.checked]
        return self.checks and len(ways) > len(set(ways))

    def _pointers(self) -> Iterable[Pointer]:
        return (pointer for pointers in self.cascades.values() for pointer in pointers)

    def _children(self, label: str) -> list[str]:
        pointers = (*self.cascades.get(label, ()), *self.held.get(label, ()))
        found = [pointer.model for pointer in pointers]
        owners = [label, *(self._tagged_parents(label) if self.shared_tags else ())]
        return found + [relation.model for owner in owners for relation in self.generic.get(owner, ())]

    def _ahead(self) -> dict[str, set[str]]:
        concrete = self.graph.concrete
        ahead: dict[str, set[str]] = defaultdict(set)
        for label in self.models:
            for child in self._children(label):
                # A proxy's rows are those of its concrete model.
                ahead[label] |= {child, concrete(child)}
                ahead[concrete(label)] |= {child, concrete(child)}
        return ahead
