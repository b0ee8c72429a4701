"""The graph in words: models, columns, receivers and deletes as findings name them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from delete_lint.graph.cascade import Cascade, Edge, WideLoad, edges_at
from delete_lint.graph.collector import SlowReason, all_fields
from delete_lint.graph.model import Field, Relation
from delete_lint.graph.project import ProjectGraph
from delete_lint.graph.receiver import Receiver
from delete_lint.graph.site import DeleteSite

#: What a column of a large field type holds, by what the name of the type contains.
_CONTENT = (
    ("JSON", "JSON"),
    ("HStore", "key-value"),
    ("Text", "text"),
    ("Binary", "binary"),
    ("Array", "array"),
    ("Vector", "vector"),
)

_LIBRARY = re.compile(r"^(?:.*[/\\])?(?:site|dist)-packages[/\\]")


def model_name(graph: ProjectGraph, label: str) -> str:
    """The class name where it is the only one in the project, else the label."""
    short = label.rpartition(".")[2]
    return short if graph.class_names[short] <= 1 else label


def model_names(graph: ProjectGraph, labels: Iterable[str], most: int = 5) -> str:
    return listed([model_name(graph, label) for label in labels], most)


def listed(words: Iterable[str], most: int = 5) -> str:
    """``a``, ``a and b``, ``a, b and c``, ``a, b and 7 more``."""
    named = list(dict.fromkeys(words))
    if len(named) > most:
        named = [*named[: most - 1], f"{len(named) - most + 1} more"]
    return " and ".join((", ".join(named[:-1]), named[-1])) if len(named) > 1 else "".join(named)


def counted(number: int, noun: str, plural: str = "") -> str:
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def column(field: Field) -> str:
    """For example ``JSON column "payload"``."""
    content = next((word for part, word in _CONTENT if part.lower() in field.type.lower()), "large")
    return f'{content} column "{field.name}"'


def columns(graph: ProjectGraph, label: str, names: Iterable[str]) -> str:
    """For example ``JSON column "payload" and text column "note"``."""
    wanted = set(names)
    return listed([column(field) for field in all_fields(graph, label) if field.name in wanted], 3)


def receiver_name(receiver: Receiver) -> str:
    """For example ``search.signals.reindex (shop/search/signals.py:31)``; a third-party one with its package, in whose
    folder its file is looked for."""
    name = f"{receiver.module}.{receiver.name}" if receiver.module else receiver.name
    place = str(receiver.place) if receiver.place is not None else ""
    if not receiver.own and receiver.package:
        name = f"{name} of the package {receiver.package}"
        place = _LIBRARY.sub("", place)
    return f"{name} ({place})" if place else name


def rows_heard(graph: ProjectGraph, receiver: Receiver) -> str:
    """What a receiver is called for, to follow "every deleted": ``Order``, ``row of Order and Invoice``."""
    if receiver.senders is None:
        return "row of the models it lets through" if receiver.sender_guard else "row of any model"
    if len(receiver.senders) == 1:
        return model_name(graph, receiver.senders[0])
    return f"row of {model_names(graph, receiver.senders)}" if receiver.senders else "row"


def besides(graph: ProjectGraph) -> str:
    """What to add to "only because": receivers for every model, which have a finding of their own."""
    return "" if graph.without_receivers_for_every_model is graph else ", the receivers for every model aside"


def relation_name(graph: ProjectGraph, relation: Relation) -> str:
    """For example ``OrderLine.order``; a ``GenericRelation`` with the model it stands on."""
    if relation.kind == "generic":
        return f"the GenericRelation {model_name(graph, relation.target)}.{relation.field}"
    return f"{model_name(graph, relation.model)}.{relation.field}"


def handler_name(relation: Relation) -> str:
    """``on_delete`` as it is written in a model."""
    return {"SET_VALUE": "SET(value)", "SET_CALLABLE": "SET(callable)"}.get(relation.on_delete, relation.on_delete)


def cause(graph: ProjectGraph, reason: SlowReason) -> str:
    """One reason for a slow delete, as it reads after "because of"."""
    if reason.receiver is not None:
        return f"the receiver {receiver_name(reason.receiver)}"
    if reason.reason == "parent":
        return f"multi-table inheritance from {model_name(graph, reason.by)}"
    relation = reason.relation
    if relation is None:
        return reason.by
    if relation.kind == "generic":
        return f'the GenericRelation "{relation.field}"'
    return f"{relation_name(graph, relation)} ({handler_name(relation)})"


def causes(graph: ProjectGraph, reasons: Iterable[SlowReason], most: int = 3) -> str:
    return listed([cause(graph, reason) for reason in reasons], most)


def wide_load(graph: ProjectGraph, wide: WideLoad) -> str:
    """For example ``OrderLine (JSON column "payload") is loaded whole because of …``."""
    rows = f"{model_name(graph, wide.model)} ({columns(graph, wide.model, wide.fields)})"
    receivers = [reason for reason in wide.because if reason.receiver is not None]
    if wide.edge is None:
        return f"{rows} is loaded whole, as the root of a delete always is"
    if receivers:
        return f"{rows} is loaded whole because of {causes(graph, receivers)}"
    if wide.edge.relation.kind == "generic":
        return f"{rows} is loaded whole because {relation_name(graph, wide.edge.relation)} reaches it"
    if wide.model != wide.edge.model:
        return f"{rows} is read again for each row of {model_name(graph, wide.edge.model)}, its multi-table child"
    return f"{rows} is loaded whole because of {causes(graph, wide.because)}"


def deletes_one(site: DeleteSite) -> bool:
    """Whether a call deletes one row of the model it is called for."""
    return site.kind == "instance" or (not site.unbounded and site.filter in ("pk", "unique"))


def subject(graph: ProjectGraph, site: DeleteSite, label: str) -> str:
    """What a call does, as the subject of a sentence: ``deleting one Product``."""
    name = model_name(graph, label)
    if deletes_one(site):
        return f"deleting one {name}"
    return f"deleting every {name}" if site.filter == "none" else f"deleting this queryset of {name}"


def way_down(cascade: Cascade) -> tuple[Edge, ...]:
    """The relations that lead from the root to one of the farthest models, nearest first."""
    above: dict[str, tuple[str, Edge]] = {}
    for target in cascade.level:
        for edge in edges_at(cascade.graph, target):
            if edge.effect == "delete" and edge.model in cascade.level and edge.model != cascade.root:
                above.setdefault(edge.model, (target, edge))
    farthest = [label for label in cascade.at(cascade.depth) if label in above and not above[label][1].auto_created]
    way: list[Edge] = []
    label = farthest[0] if farthest else cascade.root
    while label in above:
        label, edge = above[label]
        way.append(edge)
    return tuple(reversed(way))
