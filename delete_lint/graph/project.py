"""The project graph: what every rule asks its question of."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property, wraps
from typing import Any, TypeVar

from delete_lint.graph.measured import Measured
from delete_lint.graph.model import Model, QuerySetClass, Relation
from delete_lint.graph.receiver import DeleteSignal, Receiver
from delete_lint.graph.row_counts import RowCounts
from delete_lint.graph.site import DeleteSite, EntryPoint, Mute

T = TypeVar("T")


@dataclass(frozen=True, slots=True, order=True)
class DjangoVersion:
    """A feature release of Django, for example 5.2, and where that was learnt (``settings``, ``pyproject.toml`` …).
    Not ``sure`` when the project may run on an older one besides."""

    major: int
    minor: int
    source: str = field(default="newest", compare=False)
    sure: bool = field(default=True, compare=False)

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}"

    def at_least(self, major: int, minor: int) -> bool:
        return (self.major, self.minor) >= (major, minor)


@dataclass(frozen=True)
class ProjectGraph:
    """Models, relations, receivers and delete sites of one project, from source or from the running project.

    ``databases`` are vendors as Django names them (``postgresql``, ``mysql``, ``sqlite`` …), empty when unknown.
    ``unheard`` are signals and labels for which a running project's ``has_listeners`` is False although the signal
    lists a receiver; ``problems`` say so, and what else is odd about it.
    ``unseen_listeners`` are packages that the source names, and that connect delete receivers which it does not show.
    """

    root: str
    source: str  # "static" or "runtime"
    django: DjangoVersion
    models: dict[str, Model]
    relations: tuple[Relation, ...]
    receivers: tuple[Receiver, ...] = ()
    deletes: tuple[DeleteSite, ...] = ()
    entry_points: tuple[EntryPoint, ...] = ()
    queryset_classes: tuple[QuerySetClass, ...] = ()
    mutes: tuple[Mute, ...] = ()
    databases: frozenset[str] = frozenset()
    files: int = 0
    row_counts: RowCounts | None = None
    measured: Measured | None = None
    unheard: frozenset[tuple[DeleteSignal, str]] = frozenset()
    problems: tuple[str, ...] = ()
    unseen_listeners: tuple[str, ...] = ()

    @cached_property
    def _by_target(self) -> dict[str, list[Relation]]:
        """Foreign keys by the concrete model they point at; a swapped-out or abstract model's have no table behind
        them."""
        index: dict[str, list[Relation]] = defaultdict(list)
        for relation in self.relations:
            if relation.kind != "generic" and self._has_table(relation.model):
                index[self.concrete(relation.target)].append(relation)
        return index

    @cached_property
    def _generic_by_owner(self) -> dict[str, list[Relation]]:
        index: dict[str, list[Relation]] = defaultdict(list)
        for relation in self.relations:
            if relation.kind == "generic" and (self.source == "runtime" or self._has_table(relation.model)):
                index[relation.target].append(relation)
        return index

    def is_installed(self, label: str) -> bool:
        """Whether rows of this model can be deleted: it is known, and neither abstract nor swapped out."""
        return label in self.models and self._has_table(label)

    def _has_table(self, label: str) -> bool:
        model = self.models.get(label)
        return model is None or not (model.abstract or model.swapped)

    @cached_property
    def _by_model(self) -> dict[str, list[Relation]]:
        index: dict[str, list[Relation]] = defaultdict(list)
        for relation in self.relations:
            index[relation.model].append(relation)
        return index

    @cached_property
    def _receivers_by_sender(self) -> dict[str | None, list[tuple[int, Receiver]]]:
        index: dict[str | None, list[tuple[int, Receiver]]] = defaultdict(list)
        for number, receiver in enumerate(self.receivers):
            if receiver.alive:
                for sender in (None,) if receiver.senders is None else dict.fromkeys(receiver.senders):
                    index[sender].append((number, receiver))
        return index

    @cached_property
    def answers(self) -> dict[Callable[..., Any], dict[str, Any]]:
        """What `once_per_graph` remembers, by question and label."""
        return defaultdict(dict)

    @cached_property
    def class_names(self) -> Counter[str]:
        """How many models have a class of this name."""
        return Counter(label.rpartition(".")[2] for label in self.models)

    def concrete(self, label: str) -> str:
        """Label of the concrete model behind a proxy, or the label itself."""
        model = self.models.get(label)
        return model.concrete if model is not None and model.proxy else label

    def ancestors(self, label: str) -> tuple[str, ...]:
        """Concrete multi-table parents, nearest first, all the way up."""
        concrete = self.concrete(label)
        line = {concrete: None}
        todo = deque([concrete])
        while todo:
            for parent in self._parents.get(todo.popleft(), ()):
                if parent not in line:
                    line[parent] = None
                    todo.append(parent)
        return tuple(line)[1:]

    def parents(self, label: str) -> tuple[str, ...]:
        """Direct multi-table parents of the concrete model behind this one."""
        return self._parents.get(self.concrete(label), ())

    @cached_property
    def _parents(self) -> dict[str, tuple[str, ...]]:
        return {
            label: tuple(map(self.concrete, model.parents)) for label, model in self.models.items() if model.parents
        }

    def pointing_at(self, label: str) -> list[Relation]:
        """Edges that deleting a row of this model follows, in Django's order: those that
        ``get_candidate_relations_to_delete`` lists, and generic relations after them.

        A proxy and its concrete model see the same foreign keys; a child of multi-table inheritance inherits
        those of its parents (which come first), but no parent links: neither its siblings' nor its own.
        A ``GenericRelation`` is seen by the class it stands on, by its children and by its proxies; one that
        stands on a proxy is not seen by the concrete model.
        """
        return [*self.candidate_relations(label), *self.generic_relations(label)]

    def candidate_relations(self, label: str) -> list[Relation]:
        """What ``get_candidate_relations_to_delete`` lists: `pointing_at` without the generic ones."""
        concrete = self.concrete(label)
        return [
            relation
            for owner in self.oldest_first(concrete)
            for relation in self._by_target.get(owner, ())
            if owner == concrete or relation.kind != "parent_link"
        ]

    def generic_relations(self, label: str) -> list[Relation]:
        """Generic relations of this model: its private fields with ``bulk_related_objects``, each name once.

        In a running project each class has its own copies of those it inherits, and lacks what its parents were given
        after it was made.
        """
        found: dict[str, Relation] = {}
        owners = (label,) if self.source == "runtime" else (label, self.concrete(label), *self.ancestors(label))
        for owner in dict.fromkeys(owners):
            for relation in self._generic_by_owner.get(owner, ()):
                found.setdefault(relation.field, relation)
        return list(found.values())

    def oldest_first(self, concrete: str) -> list[str]:
        """The model behind its multi-table ancestors, each after its own parents (``Options._get_fields``)."""
        line: list[str] = []
        reached = {concrete}
        above = self._parents
        below = [(concrete, iter(above.get(concrete, ())))]
        while below:
            label, parents = below[-1]
            parent = next((parent for parent in parents if parent not in reached), None)
            if parent is None:
                line.append(label)
                below.pop()
            else:
                reached.add(parent)
                below.append((parent, iter(above.get(parent, ()))))
        return line

    def pointing_from(self, label: str) -> list[Relation]:
        """Edges that start at this model: its own foreign keys, and generic relations through which its rows are
        found."""
        return list(self._by_model.get(label, ()))

    def receivers_of(self, label: str) -> list[Receiver]:
        """Live receivers that Django's ``has_listeners`` sees for exactly this class."""
        heard = [*self._receivers_by_sender.get(None, ()), *self._receivers_by_sender.get(label, ())]
        return [
            receiver
            for _, receiver in sorted(heard, key=lambda pair: pair[0])
            if not self.unheard or any((signal, label) not in self.unheard for signal in receiver.signals)
        ]

    def running_receivers(self) -> Iterable[Receiver]:
        """Receivers of the user's own code that are called. Before Django 5.0 an ``async def`` receiver is connected
        but never awaited."""
        awaits = self.django.at_least(5, 0)
        return (
            receiver
            for receiver in self.receivers
            if receiver.own and receiver.alive and (awaits or not receiver.is_async)
        )

    @cached_property
    def without_receivers_for_every_model(self) -> ProjectGraph:
        """What there is to say besides those: they slow every table down, and are told of once, where they are
        connected."""
        specific = tuple(r for r in self.receivers if r.senders is not None or not r.alive)
        return self if len(specific) == len(self.receivers) else replace(self, receivers=specific)

    def seen_by(self, site: DeleteSite) -> ProjectGraph:
        """The graph as the code of this delete meets it."""
        return self._in_migrations if site.historical else self

    @cached_property
    def _in_migrations(self) -> ProjectGraph:
        """Historical models are classes of their own: no receiver with a sender hears them, and they have neither
        methods nor private fields (``ModelState.from_model``)."""
        return replace(
            self,
            models={label: replace(model, delete_override=None) for label, model in self.models.items()},
            relations=tuple(relation for relation in self.relations if relation.kind != "generic"),
            receivers=tuple(receiver for receiver in self.receivers if receiver.senders is None),
        )

    def own_models(self) -> Iterable[Model]:
        return (model for model in self.models.values() if model.own)


def once_per_graph(question: Callable[[ProjectGraph, str], T]) -> Callable[[ProjectGraph, str], T]:
    """Remember the answers to a question about a model for as long as the graph lives."""

    @wraps(question)
    def asked(graph: ProjectGraph, label: str) -> T:
        known: dict[str, T] = graph.answers[question]
        if label not in known:
            known[label] = question(graph, label)
        return known[label]

    return asked
