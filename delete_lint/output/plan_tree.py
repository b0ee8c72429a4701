"""The tree of a symbolic plan: one line for a relation, with what is sent for it, and why its rows are loaded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from delete_lint.graph.cascade import Edge
from delete_lint.graph.collector import SlowReason, large_fields, relation_path
from delete_lint.graph.count import Count, Sum
from delete_lint.graph.describe import counted, handler_name
from delete_lint.graph.plan import DeletePlan, Statement, TablePlan, Verb, Way
from delete_lint.graph.project import ProjectGraph
from delete_lint.output.plan_layout import Cell, TreeLine
from delete_lint.output.plan_words import listening_to_every_model, of_every_model, why_slow_in_short
from delete_lint.output.style import Colour

VERBS: tuple[Verb, ...] = ("SELECT", "UPDATE", "DELETE")

_EFFECTS = ("delete", "update", "refuse", "custom", "database")
#: From how many on relations that are much alike share a line.
_ALIKE = 4


@dataclass(frozen=True, slots=True)
class _Alike:
    """Relations of one model that share a line, and what they are called together."""

    name: str
    ways: tuple[Way, ...]
    named: bool = True


_Node = Way | TablePlan | _Alike


class PlanTree:
    """A model stands where it is met first, with all that it reaches; elsewhere an arrow points there."""

    def __init__(self, graph: ProjectGraph, plan: DeletePlan) -> None:
        self.graph = graph
        self.plan = plan
        self.tables = {table.label: table for table in plan.tables}
        self.home: dict[str, Way] = {}
        for ways in ([way for way in plan.ways if way.collects], plan.ways):
            for way in ways:
                if way.edge.effect == "delete" and way.edge.model != plan.root:
                    self.home.setdefault(way.edge.model, way)
        self.below: dict[str, list[_Node]] = defaultdict(list)
        for table in plan.tables:
            if table.child:
                self.below[table.child].append(table)
        under: dict[str, list[Way]] = defaultdict(list)
        again: dict[tuple[str, str], list[Way]] = defaultdict(list)
        met: set[int] = set()
        for way in plan.ways:
            if id(way.edge) in met and not self._is_home(way):
                again[way.under, graph.concrete(way.edge.relation.target)].append(way)
            else:
                met.add(id(way.edge))
                under[way.under].append(way)
        for label, ways in under.items():
            ways.sort(key=_order)
            self.below[label] += self._grouped(ways)
        for (label, parent), ways in again.items():
            inherited = counted(len(ways), "relation")
            self.below[label].append(_Alike(f"{inherited} inherited from {parent}", tuple(ways), named=False))

    def lines(self) -> Iterator[TreeLine]:
        """Depth first, without recursion: a cascade may be deeper than Python's stack."""
        yield self._root(self.tables[self.plan.root])
        shown = {self.plan.root}
        path: list[tuple[str, list[_Node]]] = [("", [*self.below.get(self.plan.root, ())])]
        while path:
            indent, rest = path[-1]
            if not rest:
                path.pop()
                continue
            node = rest.pop(0)
            fork, stem = (f"{indent}├─ ", f"{indent}│  ") if rest else (f"{indent}└─ ", f"{indent}   ")
            if isinstance(node, TablePlan):
                yield _parent(node, fork, stem)
            elif isinstance(node, _Alike):
                yield self._alike(node, fork, stem)
            elif self._is_home(node):
                below = self.below.get(node.edge.model, [])
                shown.add(node.edge.model)
                yield self._way(node, fork, f"{stem}{'│  ' if below else '   '}", "")
                path.append((stem, [*below]))
            else:
                yield self._way(node, fork, f"{stem}   ", self._arrow(node, shown))

    def _is_home(self, way: Way) -> bool:
        return self.home.get(way.edge.model) is way

    def _arrow(self, way: Way, shown: set[str]) -> str:
        if way.edge.effect != "delete" or not way.collects:
            return ""
        return "↑ above" if way.edge.model in shown else "↓ below"

    def _grouped(self, ways: list[Way]) -> Iterator[_Node]:
        """Where many relations have nothing of their own to say, one line stands for them."""
        alike: dict[str, list[Way]] = defaultdict(list)
        for way in ways:
            if not self._is_home(way):
                alike[_title(way)].append(way)
        for way in ways:
            together = alike.get(_title(way), [])
            if self._is_home(way) or len(together) < _ALIKE:
                yield way
            elif together[0] is way:
                yield _Alike(f"{len(together)} {_title(way)}", tuple(together))

    # --- lines ----------------------------------------------------------------------------------------------------

    def _root(self, table: TablePlan) -> TreeLine:
        fetched = any(statement.columns is None for statement in table.own)
        cells = (_speed(table.fast), *_statements(table.own), self._columns(table.label, None, fetched))
        stem = "│  " if self.below.get(table.label) else "   "
        return TreeLine("", stem, table.label, table.label, cells, _dim(self._why(table.slow_because)))

    def _way(self, way: Way, fork: str, stem: str, arrow: str) -> TreeLine:
        edge = way.edge
        name = relation_path(edge.relation)
        if edge.relation.kind == "generic":
            name = f"{edge.model} ({edge.relation.field})"
        own = self.tables[edge.model].own if self._is_home(way) else ()
        mine = [each for each in (*way.statements, *own) if each.verb != "SELECT" or each.table == edge.model]
        read = [each for each in way.statements if each not in mine]
        cells = (_fate(edge), *_statements(mine), self._columns(edge.model, edge.columns, edge.loaded, arrow))
        if not mine:
            cells = (_fate(edge), Cell(""), Cell(""), Cell(""), Cell(_nothing(edge), "dim"))
        why = (self._why(edge.slow_because), _whole(edge), self._unmanaged(edge.model))
        below = _dim("; ".join(filter(None, why))) if own or not arrow else ()
        if edge.effect not in ("delete", "custom"):
            below = ()
        below += tuple(Cell(f"SELECT {_symbol(each)} on {each.table}, {each.because}", "yellow") for each in read)
        return TreeLine(fork, stem, name, edge.model if name.startswith(edge.model) else "", cells, below)

    def _alike(self, node: _Alike, fork: str, stem: str) -> TreeLine:
        statements = [statement for way in node.ways for statement in way.statements]
        if not node.named:
            return TreeLine(fork, stem, node.name, cells=(Cell("again", "dim"), *_statements(statements)))
        names = [relation_path(way.edge.relation) for way in node.ways]
        if node.ways[0].edge.effect == "delete":
            names = [way.edge.model for way in node.ways]
        nothing = Cell("" if statements else _nothing(node.ways[0].edge), "dim")
        cells = (_fate(node.ways[0].edge), *_statements(statements), nothing)
        return TreeLine(fork, f"{stem}   ", node.name, "", cells, _dim(", ".join(dict.fromkeys(names))))

    def _why(self, reasons: Iterable[SlowReason]) -> str:
        """Receivers for every model are told of once, above the tree."""
        return why_slow_in_short(reason for reason in reasons if not of_every_model(reason))

    def _unmanaged(self, label: str) -> str:
        model = self.graph.models.get(label)
        return "not managed by Django: a view, or another system's table" if model and not model.managed else ""

    def _columns(self, label: str, columns: tuple[str, ...] | None, fetched: bool, arrow: str = "") -> Cell:
        if not fetched:
            return Cell(arrow, "dim")
        if columns is not None:
            return Cell(f"reads {', '.join(columns)}  {arrow}".rstrip())
        large = () if arrow else large_fields(self.graph, label)
        words = f"  {arrow}" if arrow else ""
        if large:
            words = f", {large[0]} is large" if len(large) == 1 else f", {len(large)} are large"
        return Cell(f"reads all columns{words}")


def _order(way: Way) -> tuple[int, str, str]:
    """Deletes first, then what else happens, each by name."""
    return _EFFECTS.index(way.edge.effect), way.edge.model, way.edge.relation.field


def _parent(table: TablePlan, fork: str, stem: str) -> TreeLine:
    cells = (Cell("parent", "red"), *_statements(table.own))
    return TreeLine(fork, f"{stem}   ", table.label, table.label, cells)


def _title(way: Way) -> str:
    """What relations that share a line are called together."""
    edge = way.edge
    if edge.effect == "delete":
        return "more, met elsewhere" if edge.fast or way.collects else ""
    return f"relations with {handler_name(edge.relation)}"


def _statements(statements: Iterable[Statement]) -> tuple[Cell, Cell, Cell]:
    """A column for each verb. On a line n are the rows of its model, p those of the model above it."""
    select, update, delete = (
        Cell(f"{verb} {together([each for each in statements if each.verb == verb])}".rstrip(), None) for verb in VERBS
    )
    empty = Cell("")
    return (
        select if select.text != "SELECT" else empty,
        update if update.text != "UPDATE" else empty,
        delete if delete.text != "DELETE" else empty,
    )


def together(statements: list[Statement]) -> str:
    """Their number, with n for the rows of their model and p for those of the one above it."""
    if not statements:
        return ""
    more = "≥" if any(each.at_least for each in statements) else ""
    counts = (Count(_letter(each.count), each.count.chunk, each.count.keys) for each in statements)
    return more + " + ".join(Sum.of(counts).short(str))


def _symbol(statement: Statement) -> str:
    return Count(_letter(statement.count), statement.count.chunk).short(str)


def _letter(count: Count) -> str:
    return "" if not count.of else "n" if count.chunk in (1, 100) else "p"


def _speed(fast: bool) -> Cell:
    return Cell("fast", "green") if fast else Cell("slow", "red")


def _fate(edge: Edge) -> Cell:
    if edge.effect == "delete":
        return _speed(edge.fast)
    if edge.effect == "custom":
        return Cell("own", "yellow")
    colours: dict[str, Colour] = {"update": "cyan", "database": "dim"}
    return Cell(handler_name(edge.relation), colours.get(edge.effect, "yellow"))


def _whole(edge: Edge) -> str:
    """Why whole rows are read where no receiver asks for them."""
    if edge.columns is not None or any(reason.receiver for reason in edge.wide_because):
        return ""
    generic = edge.relation.kind == "generic"
    return "whole rows, as for every GenericRelation" if generic else "whole rows, because nothing refers to them"


def _nothing(edge: Edge) -> str:
    """What to say of a relation for which nothing is sent."""
    if edge.effect == "delete":
        return "in the same DELETE"
    if edge.effect == "update":
        return "in the same UPDATE"
    if not edge.relation.db_constraint:
        return "stays as it is: there is no constraint"
    words = {"DB_CASCADE": "deleted by the database, without signals", "DO_NOTHING": "left to the constraint"}
    return words.get(edge.relation.on_delete, "updated by the database")


def _dim(text: str) -> tuple[Cell, ...]:
    return (Cell(text, "dim"),) if text else ()


def told_of_every_model(plan: DeletePlan) -> str:
    """The sentence about receivers for every model, and how many tables they alone make slow; empty without one."""
    slow = [table for table in plan.tables if table.slow_because]
    reasons = {reason.by: reason for table in slow for reason in table.slow_because if of_every_model(reason)}
    if not reasons:
        return ""
    freed = sum(all(map(of_every_model, table.slow_because)) for table in slow)
    gain = f"{counted(freed, 'table')} would be fast" if freed else ""
    return listening_to_every_model(list(reasons.values()), gain)
