"""The delete plan of a model in symbols: which statements Django sends, their number as a function of row counts.

``n(shop.Line)`` is the number of rows of a model that are reached, ``b`` the number of keys that fit into one
statement. Numbers take a database; see `delete_lint.plan` in a running project.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from delete_lint.graph.cascade import Cascade, Edge, cascade
from delete_lint.graph.collector import SlowReason, receiver_path, relation_path, why_slow
from delete_lint.graph.model import Relation
from delete_lint.graph.place import Place
from delete_lint.graph.project import ProjectGraph

Verb = Literal["SELECT", "UPDATE", "DELETE"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """Statements of one kind on one table; ``count`` says how many, for example ``ceil(n(shop.Line)/100)``.

    ``columns`` is for a SELECT: names of the fields that are read, None for all of them.
    """

    verb: Verb
    table: str
    count: str
    columns: tuple[str, ...] | None = ()
    because: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TablePlan:
    """What happens to the rows of one model: ``by`` are the relations over which they are reached."""

    label: str
    level: int
    by: tuple[str, ...]
    fast: bool
    slow_because: tuple[SlowReason, ...]
    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiverRun:
    """A receiver that is called once for every deleted row of these models, inside the transaction."""

    name: str
    place: Place | None
    models: tuple[str, ...]
    count: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Untouched:
    """Rows behind a relation that are not deleted: updated, in the way of the delete, or left to the database."""

    relation: str
    on_delete: str
    place: Place | None
    effect: str
    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletePlan:
    """What ``Model.objects.filter(…).delete()`` does, as far as the models tell.

    ``keys_per_statement`` says in words how large ``b`` is.
    """

    root: str
    django: str
    fast: bool
    keys_per_statement: str
    tables: tuple[TablePlan, ...]
    updated: tuple[Untouched, ...]
    refusing: tuple[Untouched, ...]
    custom: tuple[Untouched, ...]
    left_to_database: tuple[Untouched, ...]
    receivers: tuple[ReceiverRun, ...]


def delete_plan(graph: ProjectGraph, label: str) -> DeletePlan:
    """The plan of deleting a queryset of this model."""
    reached = cascade(graph, label)
    tables = (
        _root(reached),
        *(_reached(reached, model) for model in reached.level if model != label),
        *(_parent(reached, parent) for parent in reached.parents),
    )
    return DeletePlan(
        root=label,
        django=str(graph.django),
        fast=reached.fast,
        keys_per_statement=_keys_per_statement(graph),
        tables=tables,
        updated=tuple(_updated(graph, edge) for edge in reached.by_effect("update")),
        refusing=tuple(_asked(edge, "refuses the delete if there is a row") for edge in reached.by_effect("refuse")),
        custom=tuple(_asked(edge, "is up to this function") for edge in reached.by_effect("custom")),
        left_to_database=tuple(_left(edge) for edge in reached.by_effect("database")),
        receivers=tuple(_receivers(graph, tables)),
    )


def _root(reached: Cascade) -> TablePlan:
    label = reached.root
    statements = [Statement(verb="SELECT", table=label, count="1", columns=None, because="a queryset is fetched first")]
    statements += _selects(reached, label)
    statements.append(Statement(verb="DELETE", table=label, count=_hundreds(label)))
    return TablePlan(
        label=label,
        level=0,
        by=(),
        fast=reached.fast,
        slow_because=reached.slow_because,
        statements=(Statement(verb="DELETE", table=label, count="1"),) if reached.fast else tuple(statements),
    )


def _reached(reached: Cascade, label: str) -> TablePlan:
    ways = [edge for edge in reached.by_effect("delete") if edge.model == label]
    deletes: dict[str, Statement] = {}
    for edge in ways:
        # Foreign keys of one model to the same target share a statement.
        # A function around ``CASCADE`` has the rows fetched; only then is it asked whether they could go fast.
        if not why_slow(reached.graph, label, None if edge.relation.wraps_cascade else edge.relation):
            count = "1" if edge.relation.kind == "generic" else _batches(edge.relation)
            deletes[edge.relation.target] = Statement(verb="DELETE", table=label, count=count)
        else:
            deletes[""] = Statement(verb="DELETE", table=label, count=_hundreds(label))
    return TablePlan(
        label=label,
        level=reached.level[label],
        by=tuple(relation_path(edge.relation) for edge in ways),
        fast=all(edge.fast for edge in ways),
        slow_because=tuple(dict.fromkeys(reason for edge in ways for reason in edge.slow_because)),
        statements=(*_selects(reached, label), *_nulled(reached.graph, ways), *deletes.values()),
    )


def _parent(reached: Cascade, label: str) -> TablePlan:
    child = reached.parents[label]
    return TablePlan(
        label=label,
        level=reached.level[child],
        by=(child,),
        fast=False,
        slow_because=(SlowReason(reason="parent", by=child),),
        statements=(Statement(verb="DELETE", table=label, count=_hundreds(label)),),
    )


def _selects(reached: Cascade, label: str) -> Iterator[Statement]:
    ways = [edge for edge in reached.by_effect("delete") if edge.model == label and edge.loaded]
    yield from map(_select, ways)
    for table in dict.fromkeys(table for edge in ways for table in edge.row_reads):
        because = f"a row at a time, for the parent of each {label}"
        yield Statement(verb="SELECT", table=table, count=f"n({label})", columns=None, because=because)


def _select(edge: Edge) -> Statement:
    because = ["again for each level of the tree"] if edge.relation.model == edge.relation.target else []
    if edge.columns is None:
        because.append(_why_wide(edge))
    return Statement(
        verb="SELECT",
        table=edge.model,
        count="1" if edge.relation.kind == "generic" else _batches(edge.relation),
        columns=edge.columns,
        because="; ".join(because),
    )


def _why_wide(edge: Edge) -> str:
    if edge.relation.kind == "generic":
        return "what a GenericRelation finds is not narrowed"
    receivers = [reason.by for reason in edge.wide_because if reason.receiver is not None]
    return f"for {', '.join(receivers)}" if receivers else "nothing refers to these rows, so they are not narrowed"


def _nulled(graph: ProjectGraph, ways: list[Edge]) -> Iterator[Statement]:
    """MySQL and MariaDB check constraints at once: slow children of nullable keys are set free first."""
    if "mysql" in graph.databases:
        for edge in ways:
            if edge.loaded and edge.relation.null and edge.relation.kind != "generic":
                yield Statement(
                    verb="UPDATE",
                    table=edge.model,
                    count=_hundreds(edge.model),
                    because=f"{relation_path(edge.relation)} is set to NULL before the delete",
                )


def _updated(graph: ProjectGraph, edge: Edge) -> Untouched:
    update = Statement(
        verb="UPDATE",
        table=edge.model,
        count=_hundreds(edge.model) if edge.loaded else "1",
        because="" if edge.loaded else "with every key in it",
    )
    effect = "is fetched and updated" if edge.loaded else "is updated"
    return _untouched(edge, effect, (_select(edge), update) if edge.loaded else (update,))


def _asked(edge: Edge, effect: str) -> Untouched:
    return _untouched(edge, effect, (_select(edge),))


def _left(edge: Edge) -> Untouched:
    effect = {
        "DB_CASCADE": "is deleted by the database, without signals",
        "DB_SET_NULL": "is updated by the database",
        "DB_SET_DEFAULT": "is updated by the database",
    }.get(edge.relation.on_delete, "stays: the database's own constraint decides")
    return _untouched(edge, effect, ())


def _untouched(edge: Edge, effect: str, statements: tuple[Statement, ...]) -> Untouched:
    return Untouched(
        relation=relation_path(edge.relation),
        on_delete=edge.relation.on_delete,
        place=edge.relation.place,
        effect=effect,
        statements=statements,
    )


def _receivers(graph: ProjectGraph, tables: tuple[TablePlan, ...]) -> Iterator[ReceiverRun]:
    """Receivers that are called. Signals are not sent for automatic many-to-many tables."""
    heard: dict[int, list[str]] = {}
    for table in tables:
        model = graph.models.get(table.label)
        if model is None or not model.auto_created:
            for receiver in graph.receivers_of(table.label):
                heard.setdefault(id(receiver), []).append(table.label)
    for receiver in graph.receivers:
        if labels := heard.get(id(receiver)):
            times = len(receiver.signals)
            count = " + ".join(f"n({label})" for label in labels)
            yield ReceiverRun(
                name=receiver_path(receiver),
                place=receiver.place,
                models=tuple(labels),
                count=f"{times} * ({count})" if times > 1 else count,
            )


def _hundreds(label: str) -> str:
    """Rows are deleted and updated by primary key a hundred at a time (``GET_ITERATOR_CHUNK_SIZE``)."""
    return f"ceil(n({label})/100)"


def _batches(relation: Relation) -> str:
    return f"ceil(n({relation.target})/b)"


def _keys_per_statement(graph: ProjectGraph) -> str:
    sizes = {
        "sqlite": "the connection's variable limit" if graph.django.at_least(6, 0) else "500 on SQLite",
        "oracle": "65535 on Oracle",
    }
    known = [sizes.get(vendor, "all of them") for vendor in sorted(graph.databases)]
    if known:
        return " or ".join(dict.fromkeys(known))
    return (
        f"all of them on PostgreSQL and MySQL, {sizes['sqlite']}{' on SQLite' if graph.django.at_least(6, 0) else ''}"
    )
