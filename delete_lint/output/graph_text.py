"""The project graph for people: one model's cascade as a tree, and the whole project at a glance."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from delete_lint.graph.cascade import Cascade, Edge, cascade, edges_at, reach
from delete_lint.graph.collector import (
    SlowReason,
    fast_delete,
    large_fields,
    receiver_path,
    relation_path,
    slow_only_by,
    slow_only_by_senderless,
)
from delete_lint.graph.describe import counted, handler_name, listed
from delete_lint.graph.model import Model
from delete_lint.graph.project import ProjectGraph
from delete_lint.graph.receiver import EXTERNAL_CATEGORIES, Receiver
from delete_lint.output.style import Colour, Style, marked, printable_lines

#: How many models the overview names as largest cascades, and how many reasons are given for one model.
_LARGEST = 10
_REASONS = 3

_DATABASE = {
    "DB_CASCADE": "the database deletes the rows, without signals",
    "DB_SET_NULL": "the database updates the rows",
    "DB_SET_DEFAULT": "the database updates the rows",
}


def graph_tree(graph: ProjectGraph, label: str, colour: bool = False) -> str:
    """What deleting rows of this model reaches: every relation, its ``on_delete``, fast or slow and why.

    What a model reaches stands once, at the level where a cascade meets it first; elsewhere ``↑ above`` or
    ``↓ below`` points there.
    """
    style = marked(colour)
    reached = cascade(graph, label)
    lines = [_root(reached, style)]
    lines += [f"   {line}" for line in _parents(reached, style)]
    lines += _branches(reached, style)
    lines += ["", _total(reached), *_problems(graph, style)]
    return printable_lines(lines)


def graph_overview(graph: ProjectGraph, colour: bool = False) -> str:
    """The whole project: models of each app, how many of them are fast to delete, the largest cascades, receivers."""
    style = marked(colour)
    lines = [*_apps(graph, style), "", *_largest(graph, style), "", *_receivers(graph, style), *_problems(graph, style)]
    return printable_lines(lines)


# --- one model ----------------------------------------------------------------------------------------------------


def _root(reached: Cascade, style: Style) -> str:
    return f"{style(reached.root, 'bold')}  {_speed(reached.fast, style)}{_because(reached.slow_because, style)}"


def _parents(reached: Cascade, style: Style) -> Iterator[str]:
    for parent, child in reached.parents.items():
        yield style(
            f"takes its parent's row in {parent} along"
            if child == reached.root
            else f"{child} takes its parent's row in {parent} along",
            "dim",
        )


def _branches(reached: Cascade, style: Style) -> Iterator[str]:
    """Depth first, without recursion: a cascade may be deeper than Python's stack."""
    graph = reached.graph
    shown = {reached.root}
    path: list[tuple[str, list[Edge]]] = [("", _sorted(graph, reached.root))]
    while path:
        indent, rest = path[-1]
        if not rest:
            path.pop()
            continue
        edge = rest.pop(0)
        fork, stem = ("├─", "│  ") if rest else ("└─", "   ")
        below = _sorted(graph, edge.model) if edge.effect == "delete" else []
        here = edge.model not in shown and reached.level[edge.model] == len(path) if below else False
        cut = f"  {'↑ above' if edge.model in shown else '↓ below'}" if below and not here else ""
        because = _because(edge.slow_because, style) if edge.effect == "delete" and not cut else ""
        yield f"{indent}{fork} {_branch(graph, edge, style)}{because}{style(cut, 'dim')}"
        if here:
            shown.add(edge.model)
            path.append((f"{indent}{stem}", below))


def _sorted(graph: ProjectGraph, label: str) -> list[Edge]:
    """Deletes first, then what else happens, each by name."""
    order = ("delete", "update", "refuse", "custom", "database")
    return sorted(edges_at(graph, label), key=lambda edge: (order.index(edge.effect), relation_path(edge.relation)))


def _branch(graph: ProjectGraph, edge: Edge, style: Style) -> str:
    relation = edge.relation
    if relation.kind == "generic":
        head = f"{style(edge.model, 'bold')}  GenericRelation {relation_path(relation)}"
    else:
        name = f"{style(relation.model, 'bold')}.{relation.field}"
        kind = {"parent_link": "  child table", "m2m_through": "  many-to-many table"}.get(relation.kind, "")
        head = f"{name}  {handler_name(relation)}{kind}"
    return f"{head}  {_fate(graph, edge, style)}"


def _fate(graph: ProjectGraph, edge: Edge, style: Style) -> str:
    if edge.effect == "database":
        return style(_DATABASE.get(edge.relation.on_delete, "left to the database's constraint"), "dim")
    if edge.effect == "refuse":
        return f"{style('refuses', 'yellow')} if a row is left, {_columns(graph, edge)}"
    if edge.effect == "custom":
        return f"{style('own function', 'yellow')}, {_columns(graph, edge)}"
    if edge.effect == "update":
        return f"updated, {_columns(graph, edge)}" if edge.loaded else "updated in one statement"
    if edge.fast:
        return _speed(True, style)
    reads = f", and reads one more row of {listed(edge.row_reads)} for each" if edge.row_reads else ""
    columns = f", {_columns(graph, edge)}" if edge.loaded else ""
    return f"{_speed(False, style)}{columns}{reads}"


def _columns(graph: ProjectGraph, edge: Edge) -> str:
    if edge.columns is not None:
        return f"loads {', '.join(edge.columns)}"
    large = large_fields(graph, edge.model)
    return f"loads every column ({', '.join(large)} too)" if large else "loads every column"


def _speed(fast: bool, style: Style) -> str:
    colour: Colour = "green" if fast else "red"
    return style("fast" if fast else "slow", colour)


def _because(reasons: tuple[SlowReason, ...], style: Style) -> str:
    if not reasons:
        return ""
    return style(f": {listed([reason_text(reason) for reason in reasons], _REASONS)}", "dim")


def reason_text(reason: SlowReason) -> str:
    """For example ``receiver shop.signals.reindex (shop/signals.py:12)``."""
    words = {
        "generic_relation": "GenericRelation",
        "parent": "child of",
        "custom_on_delete": "on_delete is the project's own function at",
        "not_cascade": "on_delete is not CASCADE at",
    }
    name = words.get(reason.reason, reason.reason if reason.reason == "receiver" else reason.reason.upper())
    return f"{name} {reason.by}{_whereabouts(reason.receiver)}"


def _whereabouts(receiver: Receiver | None) -> str:
    """Where a receiver stands, to follow its name; with the package that it comes from."""
    if receiver is None:
        return ""
    words = [f"package {receiver.package}"] if receiver.package is not None else []
    words += [str(receiver.place)] if receiver.place is not None else []
    return f" ({', '.join(words)})" if words else ""


def _total(reached: Cascade) -> str:
    models = counted(len(reached.models), "model")
    tables = len(reached.tables) - len(reached.models)
    many = f" and {counted(tables, 'many-to-many table')}" if tables else ""
    return f"Reaches {models}{many} over {counted(reached.depth, 'level')}."


# --- the project --------------------------------------------------------------------------------------------------


def _apps(graph: ProjectGraph, style: Style) -> Iterator[str]:
    apps: dict[str, list[Model]] = defaultdict(list)
    for model in graph.models.values():
        if not (model.abstract or model.swapped or model.auto_created):
            apps[model.label.rpartition(".")[0]].append(model)
    listening = Counter(app for receiver in graph.receivers if receiver.alive for app in _apps_of(receiver))
    rows = [("app", "models", "fast", "slow", "receivers")]
    for app, models in sorted(apps.items()):
        fast = sum(fast_delete(graph, model.label) for model in models)
        rows.append((app, str(len(models)), str(fast), str(len(models) - fast), str(listening[app])))
    width = max(len(row[0]) for row in rows)
    for number, (app, *numbers) in enumerate(rows):
        line = f"{app:{width}}  " + "  ".join(
            f"{value:>{len(title)}}" for value, title in zip(numbers, rows[0][1:], strict=True)
        )
        yield line if number else style(line, "bold")


def _apps_of(receiver: Receiver) -> set[str]:
    return {sender.rpartition(".")[0] for sender in receiver.senders or ()}


def _largest(graph: ProjectGraph, style: Style) -> Iterator[str]:
    cascades = [
        reach(graph, label)
        for label, model in graph.models.items()
        if not (model.abstract or model.swapped or model.auto_created or model.proxy)
    ]
    found = sorted(
        (each for each in cascades if each.models), key=lambda each: (-len(each.models), -each.depth, each.root)
    )
    yield style("largest cascades" if found else "no cascades", "bold")
    width = max((len(each.root) for each in found[:_LARGEST]), default=0)
    for each in found[:_LARGEST]:
        yield f"{each.root:{width}}  {counted(len(each.models), 'model')} over {counted(each.depth, 'level')}"


def _receivers(graph: ProjectGraph, style: Style) -> Iterator[str]:
    yield style("delete receivers" if graph.receivers else "no delete receivers", "bold")
    for receiver in sorted(graph.receivers, key=lambda each: (each.place is None, each.place, receiver_path(each))):
        senders = "every model" if receiver.senders is None else listed(sorted(receiver.senders))
        blocking = sorted({work.category for work in receiver.work if work.category in EXTERNAL_CATEGORIES})
        notes = [f"blocks: {', '.join(blocking)}"] if blocking else []
        if receiver.dead is not None:
            notes = [f"never fires: {receiver.dead}"]
        if costs := slow_only_by(graph, receiver):
            notes.append(f"without it {_would_be_fast(costs)}")
        note = f"  {style('; '.join(notes), 'red')}" if notes else ""
        yield (
            f"{receiver_path(receiver)}{_whereabouts(receiver)}  {' and '.join(receiver.signals)} of {senders}{note}"
        )
    yield from _for_every_model(graph, style)


def _for_every_model(graph: ProjectGraph, style: Style) -> Iterator[str]:
    """What several receivers without a sender cost together, each of which costs nothing while the others are there."""
    several = sum(receiver.senders is None and receiver.alive for receiver in graph.receivers)
    if several > 1 and (won := slow_only_by_senderless(graph)):
        yield style(f"without the {several} receivers of every model {_would_be_fast(won)}", "red")


def _would_be_fast(labels: Iterable[str]) -> str:
    named = sorted(labels)
    return f"{counted(len(named), 'model')} would be fast: {listed(named)}"


def _problems(graph: ProjectGraph, style: Style) -> Iterator[str]:
    if graph.problems:
        yield ""
        yield from (style(f"problem: {problem}", "yellow") for problem in graph.problems)
