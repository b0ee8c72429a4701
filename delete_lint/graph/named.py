"""Names that people type: the model they mean, and what comes nearest to a name that nothing has."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from delete_lint.graph.project import ProjectGraph


class UnknownModelError(LookupError):
    """No model has this name, or several have; the message tells what there is."""


def named_model(graph: ProjectGraph, name: str) -> str:
    """The label that a name stands for: a label in any case, or a class name that only one model has."""
    if name in graph.models:
        return name
    labels = {label.lower(): label for label in graph.models}
    if name.lower() in labels:
        return labels[name.lower()]
    same = [label for label, model in graph.models.items() if model.name.lower() == name.lower()]
    if len(same) > 1:
        raise UnknownModelError(f'more than one model is called "{name}": {", ".join(sorted(same))}')
    if not same:
        names = graph.models if "." in name else {model.name: label for label, model in graph.models.items()}
        raise UnknownModelError(f'unknown model "{name}"{did_you_mean(name, names)}')
    return same[0]


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """What to add to a sentence about an unknown name; empty when nothing comes near."""
    # Hyphens for underscores, capitals and a forgotten letter are what people mistype.
    folded = {other.lower().replace("-", "_"): other for other in known}
    close = difflib.get_close_matches(name.lower().replace("-", "_"), folded, n=1)
    return f' (did you mean "{folded[close[0]]}"?)' if close else ""
