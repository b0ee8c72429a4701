"""How to delete what a cascade reaches without loading it all at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from delete_lint.graph.cascade import Cascade, Edge, cascade, edges_at, leaf_first, once_per_cascade
from delete_lint.graph.collector import all_fields, fast_delete, large_fields, primary_key
from delete_lint.graph.describe import deletes_one, listed, model_name, model_names
from delete_lint.graph.model import SKIP_HANDLERS
from delete_lint.graph.project import ProjectGraph
from delete_lint.graph.site import DeleteSite


def keys_referred_to(graph: ProjectGraph, label: str) -> tuple[str, ...]:
    """Fields besides the primary key whose values the collector reads off each row of this model."""
    key = primary_key(graph, label)
    return tuple(
        dict.fromkeys(
            relation.to_field
            for relation in graph.candidate_relations(label)
            if relation.to_field is not None and relation.to_field not in key
            if relation.on_delete not in SKIP_HANDLERS
        )
    )


def narrowing(graph: ProjectGraph, label: str) -> tuple[str, ...]:
    """What to give to ``.only()`` before a delete of this model; empty where it does not help.

    Nothing is fetched for a fast delete. A child of multi-table inheritance is read again row by row, and a receiver
    may read any column of its instance.
    """
    if fast_delete(graph, label) or graph.parents(label) or graph.receivers_of(label):
        return ()
    names = ("pk", *keys_referred_to(graph, label))
    fetched = {*primary_key(graph, label), *names}
    return names if any(field.name not in fetched for field in all_fields(graph, label)) else ()


def safe_narrowing(graph: ProjectGraph, label: str, of_parent: bool) -> tuple[str, ...]:
    """`narrowing`, where nothing that the graph knows of could miss a column: ``graph`` has all receivers, and
    ``of_parent`` says that the queryset may be that of a related manager, which reads the foreign key of each row
    before Django 6.1 (ticket 35442)."""
    model = graph.models.get(label)
    if of_parent and not graph.django.at_least(6, 1):
        return ()
    if model is None or model.loading_override or not model.own or is_polymorphic(graph, label):
        return ()
    return narrowing(graph, label)


def is_polymorphic(graph: ProjectGraph, label: str) -> bool:
    """Whether django-polymorphic reads the type of each row to load it again as what it is. A queryset of rows of
    several types cannot be deleted: the collector takes them all for rows of the first one's class."""
    return any(field.name == "polymorphic_ctype" for field in all_fields(graph, label))


def only(graph: ProjectGraph, label: str, of_parent: bool = False) -> str:
    """``.only("pk")`` where it helps, else nothing; ``of_parent`` as in `safe_narrowing`."""
    names = safe_narrowing(graph, label, of_parent)
    quoted = ", ".join(f'"{name}"' for name in names)
    return f".only({quoted})" if names else ""


def without(whole: Cascade, labels: Iterable[str]) -> Cascade:
    """What is left of a cascade once the rows of these models are gone."""
    graph = whole.graph
    gone = {graph.concrete(label) for label in labels}
    if not gone:
        return whole
    level = {whole.root: 0}
    edges: dict[int, Edge] = {}
    todo = [whole.root]
    for target in todo:
        for edge in edges_at(graph, target):
            if graph.concrete(edge.model) in gone:
                continue
            edges[id(edge)] = edge
            if edge.effect == "delete" and edge.model not in level:
                level[edge.model] = level[target] + 1
                todo.append(edge.model)
    parents = {parent: child for parent, child in whole.parents.items() if child in level}
    return replace(whole, edges=tuple(edges.values()), level=level, parents=parents)


def batched(graph: ProjectGraph, site: DeleteSite, label: str) -> str:
    """The way to make this delete small: batches of its rows, or, when it is a single row, of what hangs on it."""
    name = model_name(graph, label)
    count, children, hint = _leaf_first(cascade(graph, label))
    if deletes_one(site):
        return (
            "delete the rows that hang on it first, in batches of keys, each batch in a transaction of its own, "
            f"leaf first: {children}{hint}"
        )
    batches = (
        f"take the keys of a batch as a list, `{name}.objects.filter(pk__in=keys){only(graph, label)}.delete()`, and "
        "repeat until none is left, each batch in a transaction of its own"
    )
    if count < 3:
        return batches
    return f"{batches}; where one {name} alone reaches too much, leaf first: {children}{hint}"


@once_per_cascade
def _leaf_first(whole: Cascade) -> tuple[int, str, str]:
    """The number of models, the way through them, and what to load of them on it."""
    graph = whole.graph
    order = leaf_first(whole)
    children = f"{model_names(graph, order[:-1], 8)}, then {model_name(graph, whole.root)}"
    narrowed: dict[str, list[str]] = {}
    for child in order[:-1]:
        if large_fields(graph, child) and (narrow := only(graph, child)):
            narrowed.setdefault(narrow, []).append(model_name(graph, child))
    hints = [f"`{narrow}` on {listed(names, 4)}" for narrow, names in narrowed.items()]
    return len(order), children, f", with {listed(hints, 2)}" if hints else ""
