"""Django's ``Collector`` restated over the project graph: which rows are fast-deleted, which are fetched, and which of
their columns.

The functions follow ``django/db/models/deletion.py`` step by step; ``via`` is the relation through which the rows are
reached, None for the root of a delete.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from delete_lint.graph.model import SKIP_HANDLERS, Field, Relation
from delete_lint.graph.place import Place
from delete_lint.graph.project import DjangoVersion, ProjectGraph, once_per_graph
from delete_lint.graph.receiver import Receiver

Reason = Literal[
    "receiver",
    "parent",
    "generic_relation",
    # A relation points at the model; named after the family of its handler.
    "cascade",
    "protect",
    "restrict",
    "set_null",
    "set_default",
    "set_value",
    "set_callable",
    "custom",
    # The model is reached through a handler that is not ``CASCADE`` itself.
    "not_cascade",
    "custom_on_delete",
]

_FAMILIES: dict[str, Reason] = {
    "CASCADE": "cascade",
    "PROTECT": "protect",
    "RESTRICT": "restrict",
    "SET_NULL": "set_null",
    "SET_DEFAULT": "set_default",
    "SET_VALUE": "set_value",
    "SET_CALLABLE": "set_callable",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SlowReason:
    """One reason why rows of a model cannot be deleted without being fetched.

    ``by`` is the receiver's qualified name, the ``Model.field`` of a relation, or the label of a multi-table parent.
    A ``GenericRelation`` is named by the model it stands on.
    """

    reason: Reason
    by: str
    place: Place | None = None
    receiver: Receiver | None = None
    relation: Relation | None = None


def fast_delete(graph: ProjectGraph, label: str, via: Relation | None = None) -> bool:
    """``Collector.can_fast_delete`` asked of a queryset of this model, or of the model and the field it comes by."""
    return not why_slow(graph, label, via)


def why_slow(graph: ProjectGraph, label: str, via: Relation | None = None) -> tuple[SlowReason, ...]:
    """Every reason for which ``Collector.can_fast_delete`` says no, in the order in which it asks; empty when fast.

    What a ``GenericRelation`` reaches is asked for like a root: ``bulk_related_objects`` is collected without
    telling the field it came from.
    """
    reasons = _standing_reasons(graph, label)
    if via is None:
        return reasons
    if via.kind == "parent_link":
        target = graph.concrete(via.target)
        reasons = tuple(reason for reason in reasons if reason.reason != "parent" or reason.by != target)
    if via.on_delete != "CASCADE":
        own_function = via.on_delete not in _FAMILIES and via.on_delete not in SKIP_HANDLERS
        handler = SlowReason(
            reason="custom_on_delete" if own_function else "not_cascade",
            by=relation_path(via),
            place=via.place,
            relation=via,
        )
        return (handler, *reasons)
    return reasons


@once_per_graph
def _standing_reasons(graph: ProjectGraph, label: str) -> tuple[SlowReason, ...]:
    """The reasons that do not depend on how the model is reached."""
    found = [
        SlowReason(reason="receiver", by=receiver_path(receiver), place=receiver.place, receiver=receiver)
        for receiver in _each_function_once(graph.receivers_of(label))
    ]
    for parent in graph.parents(label):
        link = parent_link(graph, label, parent)
        place = (link.place if link is not None else None) or graph.models[graph.concrete(label)].place
        found.append(SlowReason(reason="parent", by=parent, place=place, relation=link))
    found += [
        SlowReason(
            reason=_FAMILIES.get(relation.on_delete, "custom"),
            by=relation_path(relation),
            place=relation.place,
            relation=relation,
        )
        for relation in graph.candidate_relations(label)
        if relation.on_delete not in SKIP_HANDLERS
    ]
    found += [
        SlowReason(reason="generic_relation", by=relation_path(relation), place=relation.place, relation=relation)
        for relation in graph.generic_relations(label)
    ]
    return tuple(found)


def _each_function_once(receivers: Iterable[Receiver]) -> Iterable[Receiver]:
    """One function may be connected for every model and for this one besides; the wider reason is the one to name."""
    found: dict[tuple[str, Place | None], Receiver] = {}
    for receiver in receivers:
        known = found.setdefault((receiver_path(receiver), receiver.place), receiver)
        if known.senders is not None and receiver.senders is None:
            found[receiver_path(receiver), receiver.place] = receiver
    return found.values()


def slow_only_by(graph: ProjectGraph, receiver: Receiver) -> tuple[str, ...]:
    """The models that would be fast, as roots of a delete, if it were not for this receiver."""
    path = receiver_path(receiver), receiver.place
    labels = graph.models if receiver.senders is None else receiver.senders
    return tuple(
        label
        for label in labels
        if receiver.alive
        and graph.is_installed(label)
        and (reasons := why_slow(graph, label))
        and all((reason.by, reason.place) == path for reason in reasons)
    )


def slow_only_by_senderless(graph: ProjectGraph) -> tuple[str, ...]:
    """The models that would be fast if it were not for the receivers that are connected for every model."""
    without = graph.without_receivers_for_every_model
    if without is graph:
        return ()
    return tuple(
        label
        for label in graph.models
        if graph.is_installed(label) and not fast_delete(graph, label) and fast_delete(without, label)
    )


def receiver_path(receiver: Receiver) -> str:
    """Qualified name with its module, ``shop.signals.Registry.on_delete``."""
    return f"{receiver.module}.{receiver.name}" if receiver.module else receiver.name


def relation_path(relation: Relation) -> str:
    """``shop.Line.order``; for a ``GenericRelation`` the model it stands on and its own name."""
    return f"{relation.target if relation.kind == 'generic' else relation.model}.{relation.field}"


def parent_link(graph: ProjectGraph, label: str, parent: str) -> Relation | None:
    """The link from a child of multi-table inheritance to this direct parent."""
    for relation in graph.pointing_from(graph.concrete(label)):
        if relation.kind == "parent_link" and graph.concrete(relation.target) == parent:
            return relation
    return None


def evaluates(relation: Relation, django: DjangoVersion) -> bool:
    """Whether the handler of a relation is given fetched rows. Other handlers are lazy or are passed over.

    ``SET_DEFAULT`` and ``SET(callable)`` have not been lazy since Django 5.1 (ticket 35073).
    """
    if relation.on_delete in ("SET_DEFAULT", "SET_CALLABLE"):
        return django.at_least(5, 1)
    if relation.lazy:
        return False
    return relation.on_delete not in SKIP_HANDLERS and relation.on_delete not in ("SET_NULL", "SET_VALUE")


def is_loaded(graph: ProjectGraph, label: str, via: Relation | None = None) -> bool:
    """Whether rows of this model become instances when they are reached this way; of a root, when a queryset of it is
    deleted."""
    if fast_delete(graph, label, via):
        return False
    return via is None or via.kind == "generic" or evaluates(via, graph.django)


def loaded_columns(graph: ProjectGraph, label: str, via: Relation | None = None) -> tuple[str, ...] | None:
    """Names of the fields that are fetched for rows reached this way: None for all of them, empty when no row is.

    A cascade fetches only what other models refer to, and the primary key, unless a receiver listens, or nothing
    refers to the model at all: ``.only()`` without a name is no restriction. Roots and the rows behind a
    ``GenericRelation`` are always fetched whole.
    """
    if not is_loaded(graph, label, via):
        return ()
    if via is None or via.kind == "generic" or graph.receivers_of(label):
        return None
    return _narrow(graph, label) or None


@once_per_graph
def referenced_columns(graph: ProjectGraph, label: str) -> tuple[str, ...]:
    """Fields of this model, inherited ones included, that relations of any ``on_delete`` point to."""
    found: dict[str, None] = {}
    for relation in graph.candidate_relations(label):
        target = graph.concrete(relation.target)
        found.update(dict.fromkeys((relation.to_field,) if relation.to_field else primary_key(graph, target)))
    return tuple(found)


@once_per_graph
def _narrow(graph: ProjectGraph, label: str) -> tuple[str, ...]:
    referenced = referenced_columns(graph, label)
    if not referenced:
        return ()
    wanted = {*referenced, *primary_key(graph, label)}
    known = tuple(field.name for field in all_fields(graph, label) if field.name in wanted)
    return known + tuple(sorted(wanted.difference(known)))


@once_per_graph
def primary_key(graph: ProjectGraph, label: str) -> tuple[str, ...]:
    """Names of the fields that make up the primary key; in multi-table inheritance usually the link to the parent."""
    concrete = graph.concrete(label)
    model = graph.models.get(concrete)
    inherited = {field.name for parent in graph.ancestors(concrete) for field in all_fields(graph, parent)}
    own = [field for field in model.fields if field.name not in inherited] if model is not None else []
    key = tuple(field.name for field in own if field.primary_key)
    if key:
        return key
    for parent in graph.parents(concrete):
        link = parent_link(graph, concrete, parent)
        return (link.field if link is not None else f"{parent.rpartition('.')[2].lower()}_ptr",)
    return ("id",)


@once_per_graph
def all_fields(graph: ProjectGraph, label: str) -> tuple[Field, ...]:
    """The columns of a whole row, those of multi-table parents first, as ``_meta.concrete_fields``."""
    concrete = graph.concrete(label)
    found: dict[str, Field] = {}
    for owner in graph.oldest_first(concrete):
        model = graph.models.get(owner)
        for field in model.fields if model is not None else ():
            found.setdefault(field.name, field)
    return tuple(found.values())


@once_per_graph
def large_fields(graph: ProjectGraph, label: str) -> tuple[str, ...]:
    """Large columns of a whole row, those of multi-table parents included: they are joined when a child is read."""
    return tuple(field.name for field in all_fields(graph, label) if field.large)


def row_reads(graph: ProjectGraph, label: str, columns: tuple[str, ...] | None) -> tuple[str, ...]:
    """Tables from which one row is read for each collected row of a multi-table child, when just these columns of it
    were fetched.

    The collector takes the parent from the child. If a column of the parent is deferred, Django reads the parent;
    if the link itself is deferred, because it is neither the key nor referenced, it reads the child again first.
    """
    if columns is None:
        return ()
    concrete = graph.concrete(label)
    found: list[str] = []
    for parent in graph.parents(concrete):
        link = parent_link(graph, concrete, parent)
        if link is not None and link.field not in columns:
            found.append(concrete)
        if any(field.name not in columns for field in all_fields(graph, parent)):
            found.append(parent)
    return tuple(found)
