"""The rows that a plan loads, statement by statement, as `delete_lint.graph.memory` wants them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from delete_lint.graph.collector import all_fields, row_reads
from delete_lint.graph.exact_plan import Step
from delete_lint.graph.memory import Load, Sizes, model_load
from delete_lint.graph.project import ProjectGraph

#: How the reason of a step begins whose rows Django reads each on its own.
ONE_BY_ONE = "a row at a time"


def loads_of(
    graph: ProjectGraph,
    steps: Iterable[Step],
    sizes: Mapping[str, Sizes] | None = None,
    *,
    keys_per_statement: int | None = None,
    keep_parents: bool = False,
    crowded_state: bool = False,
) -> Iterator[Load]:
    """What becomes instances, in the order of the SELECTs. ``sizes`` are those of the columns, by label.

    A parent of multi-table inheritance is made from its child, without a statement, if all of it is there; where it
    has to be read its own step says so.
    """
    for step in steps:
        if step.verb != "SELECT" or not step.rows or step.label not in graph.models:
            continue
        one_by_one = step.because.startswith(ONE_BY_ONE)
        whole = [(step.label, step.columns, step.rows // step.count if step.count > 1 else None)]
        if not keep_parents and not one_by_one:
            whole += [(parent, (), None) for parent in _made_parents(graph, step.label, step.columns)]
        for label, columns, at_once in whole:
            yield model_load(
                graph,
                label,
                columns,
                step.rows,
                (sizes or {}).get(label),
                keys_per_statement=keys_per_statement,
                at_once=1 if one_by_one else at_once,
                crowded_state=crowded_state,
            )


def _made_parents(graph: ProjectGraph, label: str, columns: tuple[str, ...] | None) -> Iterator[str]:
    names = columns
    if columns is not None:
        names = tuple(
            each.name for each in all_fields(graph, label) if not {each.name, each.column}.isdisjoint(columns)
        )
    read = row_reads(graph, label, names)
    for parent in graph.parents(label):
        if parent not in read:
            yield parent
            yield from _made_parents(graph, parent, None)
