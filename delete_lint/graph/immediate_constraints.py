"""What MySQL and MariaDB refuse to delete although Django's own check passes.

These databases check every statement at once. Django deletes children first where it can sort the classes; one edge
from a class to itself, or a circle, makes ``Collector.sort`` give up for the whole delete, and the root goes first:
error 1451.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator

from delete_lint.graph.model import Relation
from delete_lint.graph.project import ProjectGraph, once_per_graph
from delete_lint.graph.reachable import reachable

#: The vendors, as Django and as people name them.
IMMEDIATE = frozenset({"mysql", "mariadb"})


def self_references(graph: ProjectGraph) -> list[Relation]:
    """Keys to a model's own table that cannot be nulled first."""
    return [relation for relation in _dependencies(graph) if graph.concrete(relation.target) == relation.model]


def circles(graph: ProjectGraph, among: Callable[[Relation], bool] = lambda relation: True) -> Iterator[list[Relation]]:
    """Groups of relations that lead from model to model and back again, models that only refer to themselves left
    out. ``among`` tells which relations there are."""
    return _circles(graph, [relation for relation in _dependencies(graph) if among(relation)])


def _circles(graph: ProjectGraph, edges: list[Relation]) -> Iterator[list[Relation]]:
    ahead: dict[str, set[str]] = defaultdict(set)
    for relation in edges:
        ahead[relation.model].add(graph.concrete(relation.target))
    reach = {label: reachable(ahead, label) for label in ahead}
    done: set[str] = set()
    for label in sorted(ahead):
        together = {other for other in reach[label] if label in reach.get(other, ())}
        if label in done or len(together) < 2:
            continue
        done |= together
        circle = [r for r in edges if r.model in together and graph.concrete(r.target) in together - {r.model}]
        # Where every key restricts, nothing is collected and Django itself refuses.
        if any(relation.on_delete != "RESTRICT" for relation in circle):
            yield circle


def refused(graph: ProjectGraph, collected: Iterable[str]) -> tuple[tuple[Relation, ...], ...]:
    """Relations over which a delete that collects rows of these models may be refused: each a self-reference or the
    relations of a circle."""
    labels = {graph.concrete(label) for label in collected}
    by_model = _dependencies_by_model(graph, "")
    found = [pair for label in labels for pair in by_model.get(label, ()) if graph.concrete(pair[1].target) in labels]
    within = [relation for _, relation in sorted(found, key=lambda pair: pair[0])]
    selves = [(relation,) for relation in within if graph.concrete(relation.target) == relation.model]
    return (*selves, *map(tuple, _circles(graph, within)))


@once_per_graph
def _dependencies_by_model(graph: ProjectGraph, _: str) -> dict[str, list[tuple[int, Relation]]]:
    """`_dependencies` with their places in it, by the concrete model that they start at."""
    index: dict[str, list[tuple[int, Relation]]] = defaultdict(list)
    for number, relation in enumerate(_dependencies(graph)):
        index[graph.concrete(relation.model)].append((number, relation))
    return index


def _dependencies(graph: ProjectGraph) -> list[Relation]:
    """Relations for which Django notes that one class must go before another: keys that cannot be nulled first, and
    RESTRICT, which never is."""
    return [
        relation
        for relation in graph.relations
        if relation.kind != "generic" and relation.db_constraint
        if relation.on_delete == "RESTRICT"
        or (not relation.null and (relation.on_delete == "CASCADE" or relation.wraps_cascade))
    ]
