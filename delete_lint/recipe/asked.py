"""What can be asked of a recipe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from delete_lint.graph.project import ProjectGraph

Form = Literal["function", "command", "celery"]
FORMS: tuple[Form, ...] = get_args(Form)
BATCH_SIZE = 1000


def unwritable(graph: ProjectGraph, label: str, *, mute_receivers: bool = False) -> str | None:
    """Why there is no recipe for a model, in one line; None when there is."""
    from delete_lint.recipe.making import both_ways

    model = graph.models[label]
    if model.abstract:
        return f"{label} is abstract: it has no rows, take a model that inherits from it"
    if model.swapped:
        return f"{label} is swapped out for {model.swapped}: take that"
    for other, because in both_ways(graph, label, mute_receivers):
        return (
            f"there is no recipe for {label}: rows of {other} go by Django, with {because}, as well as by DB_CASCADE, "
            f"without, and which of them do so cannot be told batch by batch while rows that go by DB_CASCADE refer to "
            f"others by DO_NOTHING; make that DB_CASCADE, too"
        )
    return None
