"""What can be asked of a recipe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from delete_lint.graph.project import ProjectGraph

Form = Literal["function", "command", "celery"]
FORMS: tuple[Form, ...] = get_args(Form)
BATCH_SIZE = 1000


def unwritable(graph: ProjectGraph, label: str) -> str | None:
    """Why there is no recipe for a model, in one line; None when there is."""
    model = graph.models[label]
    if model.abstract:
        return f"{label} is abstract: it has no rows, take a model that inherits from it"
    if model.swapped:
        return f"{label} is swapped out for {model.swapped}: take that"
    return None
