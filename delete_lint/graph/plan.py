"""The delete plan of a model in symbols: which statements Django sends, their number as a function of row counts.

``n(shop.Line)`` is the number of rows of a model that are reached, ``b`` the number of keys that fit into one
statement. Numbers take a database; see `delete_lint.plan` in a running project.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from delete_lint.graph.batches import keys_in_words, keys_per_statement
from delete_lint.graph.cascade import Edge, edges_at
from delete_lint.graph.collector import SlowReason, receiver_path, relation_path, why_slow
from delete_lint.graph.count import ONE, Count, Sum, hundreds, rows
from delete_lint.graph.immediate_constraints import IMMEDIATE, refused
from delete_lint.graph.model import Relation
from delete_lint.graph.place import Place
from delete_lint.graph.project import ProjectGraph
from delete_lint.graph.receiver import Receiver

Verb = Literal["SELECT", "UPDATE", "DELETE"]
Call = Literal["queryset", "instance"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """Statements of one kind on one table; ``count`` says how many, for example ``ceil(n(shop.Line)/100)``.

    ``columns`` is for a SELECT: names of the fields that are read, None for all of them. With ``at_least`` there may
    be more: the rows whose keys stand in the statement are found in several steps, and each step asks anew.
    """

    verb: Verb
    table: str
    count: Count
    columns: tuple[str, ...] | None = ()
    because: str = ""
    at_least: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One relation at a model whose rows are collected, ``under``, and what is sent for the rows behind it.

    A relation that children of multi-table inheritance inherit is a way at each of them.
    """

    under: str
    edge: Edge
    statements: tuple[Statement, ...]

    @property
    def collects(self) -> bool:
        """Whether the rows behind it become instances that are deleted by primary key."""
        return self.edge.effect == "delete" and self.edge.loaded and not self.edge.fast_once_fetched


@dataclass(frozen=True, slots=True, kw_only=True)
class TablePlan:
    """What happens to the rows of one model: ``by`` are the relations over which they are reached.

    ``own`` are the statements that no way holds: the SELECT of the root and the DELETE of what was collected.
    ``child`` is set for a multi-table parent whose row goes with the one of this child.
    """

    label: str
    level: int
    by: tuple[str, ...]
    fast: bool
    slow_because: tuple[SlowReason, ...]
    statements: tuple[Statement, ...]
    own: tuple[Statement, ...] = ()
    child: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiverRun:
    """A receiver that is called for every deleted row of these models, inside the transaction, once for each signal
    it listens to."""

    receiver: Receiver
    models: tuple[str, ...]
    calls: Sum

    @property
    def name(self) -> str:
        return receiver_path(self.receiver)

    @property
    def place(self) -> Place | None:
        return self.receiver.place


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletePlan:
    """What ``Model.objects.filter(…).delete()`` or ``instance.delete()`` does, as far as the models tell.

    ``databases`` are the vendors for which it holds, none for any. ``keys_per_statement`` says in words how large
    ``b`` is. ``refused`` are relations over which MySQL and MariaDB may refuse the delete: each a key of a table to
    itself, or the keys of a circle.
    """

    root: str
    call: Call
    keep_parents: bool
    django: str
    databases: tuple[str, ...]
    fast: bool
    keys_per_statement: str
    tables: tuple[TablePlan, ...]
    ways: tuple[Way, ...]
    receivers: tuple[ReceiverRun, ...]
    refused: tuple[tuple[Relation, ...], ...]

    @property
    def statements(self) -> Iterator[Statement]:
        for table in self.tables:
            yield from table.own
        for way in self.ways:
            yield from way.statements

    def total(self, verb: Verb) -> Sum:
        return Sum.of(statement.count for statement in self.statements if statement.verb == verb)

    def at_least(self, verb: Verb) -> bool:
        """Whether the total may be larger."""
        return any(statement.at_least for statement in self.statements if statement.verb == verb)

    @property
    def loaded(self) -> Sum:
        """Rows that become model instances; all of them are held until ``delete()`` returns."""
        whole = [self.root] if not self.fast and self.call == "queryset" else []
        labels = dict.fromkeys([*whole, *(way.edge.model for way in self.ways if way.edge.loaded)])
        # A parent that is read row by row is an instance as well, one for each row of its child.
        parents = (way.edge.model for way in self.ways for _ in way.edge.row_reads)
        return Sum.of(map(rows, (*labels, *dict.fromkeys(parents))))

    @property
    def transaction(self) -> bool:
        """A single row that nothing refers to and nobody listens for is deleted without one."""
        return not (self.fast and self.call == "instance")


def delete_plan(graph: ProjectGraph, label: str, *, call: Call = "queryset", keep_parents: bool = False) -> DeletePlan:
    """The plan of deleting a queryset, or one instance, of this model. ``keep_parents`` is an argument of an
    instance's ``delete()``."""
    walk = _Walk(graph, label, call, keep_parents)
    tables = tuple(walk.tables())
    return DeletePlan(
        root=label,
        call=call,
        keep_parents=keep_parents,
        django=str(graph.django),
        databases=tuple(sorted(graph.databases)),
        fast=walk.fast,
        keys_per_statement=keys_in_words(graph),
        tables=tables,
        ways=tuple(walk.ways),
        receivers=tuple(_receivers(graph, tables)),
        refused=refused(graph, walk.collected) if not graph.databases or graph.databases & IMMEDIATE else (),
    )


class _Walk:
    """The way of the collector over the models, nearest first; each model's relations are followed once."""

    def __init__(self, graph: ProjectGraph, root: str, call: Call, keep_parents: bool) -> None:
        self.graph = graph
        self.root = root
        self.call = call
        self.reasons = why_slow(graph, root)
        self.fast = not self.reasons
        self.level = {root: 0}
        self.kept = set(graph.ancestors(root)) if keep_parents else set[str]()
        self.edges: dict[str, tuple[Edge, ...]] = {}
        todo = [root]
        for label in todo:
            self.edges[label] = tuple(self._followed(label))
            for edge in self.edges[label]:
                if edge.effect == "delete" and edge.model not in self.level:
                    self.level[edge.model] = self.level[label] + 1
                    todo.append(edge.model)
        self.again = self._collected_in_steps()
        self.met: set[int] = set()
        self.read: set[tuple[str, str]] = set()
        self.ways: list[Way] = []
        for label, edges in self.edges.items():
            self.ways += self._ways(label, edges)
        self.collected = dict.fromkeys(
            [*([] if self.fast else [root]), *(way.edge.model for way in self.ways if way.collects)]
        )

    def _followed(self, label: str) -> Iterator[Edge]:
        for edge in edges_at(self.graph, label):
            target = edge.relation.target
            # Before Django 6.0 a key to a proxy of the parent was followed all the same.
            parent = self.graph.concrete(target) if self.graph.django.at_least(6, 0) else target
            if label != self.root or edge.relation.kind == "generic" or parent not in self.kept:
                yield edge

    def _collected_in_steps(self) -> set[str]:
        """Models of which rows are found over several relations, or level by level where they refer to themselves:
        what hangs on them is asked for at every step."""
        below: dict[str, list[str]] = defaultdict(list)
        for label, edges in self.edges.items():
            below[label] += [edge.model for edge in edges if edge.effect == "delete" and edge.loaded]
        arrivals = Counter([self.root, *(model for models in below.values() for model in models)])
        again = {label for label, times in arrivals.items() if times > 1}
        todo = [*again]
        for label in todo:
            more = set(below[label]) - again
            again |= more
            todo += more
        return again

    def _rows(self, label: str, chunk: int | None, keys: int = 1) -> Count:
        return ONE if label == self.root and self.call == "instance" else Count(label, chunk, keys)

    def _batches(self, label: str, keys: int = 1) -> Count:
        """Statements that hold the keys of all rows of a model, ``keys`` times each."""
        chunk = keys_per_statement(self.graph, keys)
        return ONE if chunk == 0 else self._rows(label, chunk, keys if chunk is None else 1)

    # --- ways -----------------------------------------------------------------------------------------------------

    def _ways(self, label: str, edges: tuple[Edge, ...]) -> Iterator[Way]:
        # Foreign keys of one model to the same rows share a DELETE.
        shared = Counter(edge.model for edge in edges if edge.effect == "delete" and _shares(edge))
        done: set[str] = set()
        for edge in edges:
            statements: list[Statement] = []
            if edge.effect == "delete" and _shares(edge):
                if edge.model not in done:
                    done.add(edge.model)
                    count = self._batches(label, shared[edge.model])
                    statements.append(self._statement("DELETE", edge.model, count, label))
            elif edge.effect == "delete":
                statements += self._slow(label, edge)
            elif edge.effect == "update":
                statements += self._update(label, edge)
            elif edge.effect in ("refuse", "custom"):
                statements.append(self._select(label, edge))
            self.met.add(id(edge))
            yield Way(under=label, edge=edge, statements=tuple(statements))

    def _slow(self, label: str, edge: Edge) -> Iterator[Statement]:
        one = ONE if edge.relation.kind == "generic" else self._batches(label)
        if edge.loaded:
            yield self._select(label, edge)
        for table in self._read_first(edge):
            because = f"a row at a time, for the parent of each {edge.model}"
            yield Statement(verb="SELECT", table=table, count=rows(edge.model), columns=None, because=because)
        if edge.fast or edge.fast_once_fetched:
            yield self._statement("DELETE", edge.model, one, label)
        if self._is_nulled(edge):
            because = f"{relation_path(edge.relation)} is set to NULL before the delete"
            yield Statement(verb="UPDATE", table=edge.model, count=hundreds(edge.model), because=because)

    def _update(self, label: str, edge: Edge) -> Iterator[Statement]:
        if edge.loaded:
            yield self._select(label, edge)
        if self._met_first(edge):
            count = hundreds(edge.model) if edge.loaded else ONE
            because = "" if edge.loaded else "with every key in it"
            yield Statement(verb="UPDATE", table=edge.model, count=count, because=because)

    def _met_first(self, edge: Edge) -> bool:
        """A field is updated once for all, wherever its rows were found."""
        return id(edge) not in self.met

    def _read_first(self, edge: Edge) -> Iterator[str]:
        """A row is collected once, over whichever relation, and its parent read then."""
        for table in edge.row_reads:
            if (edge.model, table) not in self.read:
                self.read.add((edge.model, table))
                yield table

    def _is_nulled(self, edge: Edge) -> bool:
        nullable = edge.relation.null and edge.relation.kind != "generic"
        return edge.loaded and nullable and bool(self.graph.databases & IMMEDIATE) and self._met_first(edge)

    def _select(self, label: str, edge: Edge) -> Statement:
        because = ["again for each level of the tree"] if edge.relation.model == edge.relation.target else []
        if edge.columns is None:
            because.append(_why_wide(edge))
        count = ONE if edge.relation.kind == "generic" else self._batches(label)
        return self._statement("SELECT", edge.model, count, label, edge.columns, "; ".join(because))

    def _statement(
        self,
        verb: Verb,
        table: str,
        count: Count,
        under: str,
        columns: tuple[str, ...] | None = (),
        because: str = "",
    ) -> Statement:
        return Statement(
            verb=verb, table=table, count=count, columns=columns, because=because, at_least=under in self.again
        )

    # --- tables ---------------------------------------------------------------------------------------------------

    def tables(self) -> Iterator[TablePlan]:
        by: dict[str, list[Way]] = defaultdict(list)
        for way in self.ways:
            if way.edge.effect == "delete":
                by[way.edge.model].append(way)
        for label in self.level:
            yield self._root(by[label]) if label == self.root else self._reached(label, by[label])
        parents: dict[str, str] = {}
        for label in self.collected:
            if not (label == self.root and self.kept):
                for parent in self.graph.ancestors(label):
                    parents.setdefault(parent, label)
        for parent, child in parents.items():
            if parent not in self.level:
                yield self._parent(parent, child)

    def _root(self, ways: list[Way]) -> TablePlan:
        label = self.root
        if self.fast:
            own = [Statement(verb="DELETE", table=label, count=ONE)]
        else:
            own = [Statement(verb="DELETE", table=label, count=self._rows(label, 100))]
            if self.call == "queryset":
                fetched = "a queryset is fetched first"
                own.insert(0, Statement(verb="SELECT", table=label, count=ONE, columns=None, because=fetched))
        return _table(label, 0, ways, own, self.fast, self.reasons)

    def _reached(self, label: str, ways: list[Way]) -> TablePlan:
        collects = any(way.collects for way in ways) or label in self.collected
        own = [Statement(verb="DELETE", table=label, count=hundreds(label))] if collects else []
        reasons = {(each.reason, each.by): each for way in ways for each in way.edge.slow_because}
        fast = all(way.edge.fast for way in ways)
        return _table(label, self.level[label], ways, own, fast, tuple(reasons.values()))

    def _parent(self, label: str, child: str) -> TablePlan:
        count = self._rows(self.root, 100) if child == self.root else hundreds(label)
        own = [Statement(verb="DELETE", table=label, count=count)]
        return TablePlan(
            label=label,
            level=self.level[child],
            by=(child,),
            fast=False,
            slow_because=(SlowReason(reason="parent", by=child),),
            statements=tuple(own),
            own=tuple(own),
            child=child,
        )


def _table(
    label: str, level: int, ways: list[Way], own: list[Statement], fast: bool, reasons: tuple[SlowReason, ...]
) -> TablePlan:
    selects = [statement for statement in own if statement.verb == "SELECT"]
    return TablePlan(
        label=label,
        level=level,
        by=tuple(dict.fromkeys(relation_path(way.edge.relation) for way in ways)),
        fast=fast,
        slow_because=reasons,
        statements=(*selects, *(s for way in ways for s in way.statements), *own[len(selects) :]),
        own=tuple(own),
    )


def _shares(edge: Edge) -> bool:
    return edge.fast and edge.relation.kind != "generic"


def _why_wide(edge: Edge) -> str:
    if edge.relation.kind == "generic":
        return "what a GenericRelation finds is not narrowed"
    receivers = [reason.by for reason in edge.wide_because if reason.receiver is not None]
    return f"for {', '.join(receivers)}" if receivers else "nothing refers to these rows, so they are not narrowed"


def _receivers(graph: ProjectGraph, tables: Iterable[TablePlan]) -> Iterator[ReceiverRun]:
    """Receivers that are called. Signals are not sent for automatic many-to-many tables."""
    heard: dict[int, list[TablePlan]] = {}
    for table in tables:
        model = graph.models.get(table.label)
        if model is None or not model.auto_created:
            for receiver in graph.receivers_of(table.label):
                heard.setdefault(id(receiver), []).append(table)
    for receiver in graph.receivers:
        if called := heard.get(id(receiver)):
            counts = [_deleted(table) for table in called for _ in receiver.signals]
            yield ReceiverRun(receiver=receiver, models=tuple(table.label for table in called), calls=Sum.of(counts))


def _deleted(table: TablePlan) -> Count:
    """Rows of a table: as many as its DELETE by primary key is a function of."""
    counts = [statement.count for statement in table.own if statement.verb == "DELETE"]
    return rows(counts[0].of) if counts else rows(table.label)
