"""What has to be done with the rows that hang on those of one model, as data."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from delete_lint.graph.collector import primary_key
from delete_lint.graph.model import Relation
from delete_lint.graph.project import ProjectGraph
from delete_lint.graph.reachable import reachable
from delete_lint.graph.receiver import Receiver


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointer:
    """Rows of ``model`` whose ``field`` refers to the rows at hand: to their primary key when ``column`` is ``pk``,
    else to this field of theirs, which may be an inherited one, or to several when it is ``*`` (a ForeignObject)."""

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

    ``cascades`` and ``generic`` lead to rows that go first. ``protected``, ``restricted`` and ``dangling`` forbid the
    delete, the last two only by rows that stay; ``dangling`` are rows that only the database looks at: DO_NOTHING, and
    what a base manager hides. ``held`` are those of the two whose models have rows that go by another way: they too go
    first, once it is known that all of them go. ``along`` are models whose rows the database would take along, but the
    recipe finds them itself; ``untold`` are those with receivers whose rows the database may come to first. ``heard``
    are the models that signals are sent for; ``muted`` receivers would have been called. ``checked`` are the models
    that have to be walked through before the first row goes.
    """

    graph: ProjectGraph
    root: str
    cascades: Mapping[str, tuple[Pointer, ...]]
    generic: Mapping[str, tuple[Generic, ...]]
    held: Mapping[str, tuple[Pointer, ...]]
    settings: Mapping[str, tuple[Setting, ...]]
    protected: Mapping[str, tuple[Pointer, ...]]
    restricted: Mapping[str, tuple[Pointer, ...]]
    dangling: Mapping[str, tuple[Pointer, ...]]
    parents: Mapping[str, tuple[Parent, ...]]
    heard: tuple[str, ...]
    muted: tuple[Receiver, ...]
    called: tuple[Receiver, ...]
    overrides: tuple[str, ...]
    own_handlers: tuple[Relation, ...]
    left: tuple[Relation, ...]
    along: tuple[str, ...]
    untold: tuple[str, ...]

    @cached_property
    def models(self) -> tuple[str, ...]:
        """Every model that the recipe names, the root first."""
        found = {self.root: None}
        for table in (self.cascades, self.held, self.protected, self.restricted, self.dangling):
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

    @cached_property
    def composite(self) -> bool:
        """Whether any key that is handed on has several columns."""
        return any(map(self._is_composite, self.walked))

    @property
    def composite_root(self) -> bool:
        return self._is_composite(self.root)

    def _is_composite(self, label: str) -> bool:
        return len(primary_key(self.graph, self.graph.concrete(label))) > 1

    @property
    def compares(self) -> bool:
        """Whether keys that are given are held against those that the database gives."""
        return self.tangled or bool(self.given) or self.composite

    @property
    def proxies(self) -> bool:
        """Whether rows may go as those of a proxy."""
        return any(self.graph.models[label].proxy for label in self.going)

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
    def given(self) -> dict[str, tuple[Setting, ...]]:
        """Rows that are given another value than NULL, by whose row goes: what they are set to has to stay."""
        found = {
            label: tuple(each for each in some if each.value != "null" and each.pointer.relation.db_constraint)
            for label, some in self.settings.items()
        }
        return {label: some for label, some in found.items() if some}

    @cached_property
    def values(self) -> tuple[str, ...]:
        """The models whose rows others may be set to, as far as rows of theirs go."""
        concrete = self.graph.concrete
        targets = {concrete(each.pointer.relation.target) for some in self.given.values() for each in some}
        return tuple(label for label in self.walked if {concrete(label), *self.graph.ancestors(label)} & targets)

    @cached_property
    def hidden(self) -> tuple[str, ...]:
        """Models of which a base manager hides rows that the database nonetheless looks at."""
        pointers = (pointer for some in self.dangling.values() for pointer in some)
        return tuple(
            dict.fromkeys(
                pointer.model for pointer in pointers if self.graph.models[pointer.model].base_manager_filters
            )
        )

    @cached_property
    def unexcused(self) -> tuple[str, ...]:
        """RESTRICT from rows that go as a proxy's, for which Django's own delete() does not excuse them."""
        proxied = {self.graph.concrete(label) for label in self.going if self.graph.models[label].proxy}
        return tuple(
            dict.fromkeys(
                f"{pointer.model}.{pointer.field}"
                for some in self.restricted.values()
                for pointer in some
                if pointer.model in proxied
            )
        )

    @cached_property
    def siblings(self) -> tuple[str, ...]:
        """Multi-table parents of a model whose rows go that other models extend as well."""
        graph = self.graph
        return tuple(
            dict.fromkeys(
                each.model
                for label, parents in self.parents.items()
                for each in parents
                if any(
                    relation.kind == "parent_link"
                    and graph.concrete(relation.target) == each.model
                    and relation.model not in (graph.concrete(label), *graph.ancestors(label))
                    for relation in graph.candidate_relations(each.model)
                )
            )
        )

    @cached_property
    def half_hidden(self) -> bool:
        """Whether Django sees to some of the rows that the database looks at, and a base manager hides the others."""
        return any(
            pointer.relation.on_delete not in ("DO_NOTHING", "RESTRICT")
            for table in (self.dangling, self.held)
            for some in table.values()
            for pointer in some
        )

    @property
    def checks(self) -> bool:
        """Whether anything can forbid the delete."""
        return bool(self.protected or self.restricted or self.dangling or self.given)

    @cached_property
    def checked(self) -> frozenset[str]:
        """The models from which the walk comes to rows that may be protected, that others may be held by, or that
        others are set to."""
        wanted = {*self.protected, *self.restricted, *self.dangling, *self.given, *self.values}
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
