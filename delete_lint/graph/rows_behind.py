"""How many rows of a model a delete may have to load, in words, where there are row counts."""

from __future__ import annotations

from collections.abc import Iterable

from delete_lint.graph.describe import listed, model_name
from delete_lint.graph.estimate import Amount, table_rows
from delete_lint.graph.memory import instance_bytes
from delete_lint.graph.model import Relation
from delete_lint.graph.project import ProjectGraph
from delete_lint.graph.weight import number, size


def rows_behind(graph: ProjectGraph, label: str, relations: Iterable[Relation] = ()) -> str:
    """To follow "every Line row behind them": `` (1.2 million rows, 4.1 GB in memory; up to 4,000 behind one Order)``.

    The relations are those over which the rows are reached. Empty without row counts.
    """
    counts = graph.row_counts
    rows = table_rows(graph, label)
    if counts is None or rows is None:
        return ""
    if rows == 0:
        return " (there is none so far)"
    held = size((Amount(rows, rows) * instance_bytes(graph, label, None)).mean)
    most = [
        f"{number(fan_out.worst)} behind one {model_name(graph, relation.target)}"
        for relation in relations
        if (fan_out := counts.fan_out(relation)) is not None and fan_out.worst
    ]
    one = f"; up to {listed(most)}" if most else ""
    return f" ({number(rows)} {'row' if rows == 1 else 'rows'}, {held} in memory{one})"
