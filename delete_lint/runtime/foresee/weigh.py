"""The memory of a delete that is being foreseen: the widths of its rows put to the account of what it loads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, QuerySet

from delete_lint.graph.loads import loads_of
from delete_lint.graph.memory import Sizes, peak_bytes
from delete_lint.graph.project import ProjectGraph
from delete_lint.runtime.foresee.collect import Foresight
from delete_lint.runtime.foresee.python_size import crowded_state
from delete_lint.runtime.foresee.widths import column_sizes, variable_columns

#: More keys than any statement has.
_MANY = 1_000_000


@dataclass(frozen=True, slots=True)
class Weight:
    """``peak`` is the most that is held at any time; ``held`` what the instances of each model hold in the end."""

    peak: int
    held: Mapping[str, int]


def weigh(found: Foresight, graph: ProjectGraph, root: type[Model], keep_parents: bool) -> Weight:
    """The memory of what was foreseen for a delete of this class."""
    loads = tuple(
        loads_of(
            graph,
            found.ledger.steps,
            _sizes(found),
            keys_per_statement=found.keys_per_statement(root, _MANY),
            keep_parents=keep_parents,
            crowded_state=crowded_state(),
        )
    )
    held: dict[str, float] = {}
    for load in loads:
        held[load.label] = held.get(load.label, 0) + load.held
    return Weight(peak_bytes(loads), {label: round(size) for label, size in held.items()})


def _sizes(found: Foresight) -> dict[str, Sizes]:
    """Of some of the rows that are loaded, or of any rows of a table whose rows are read one by one."""
    sizes: dict[str, Sizes] = {}
    for model in {*found.samples, *found.data}:
        read = found.ledger.columns.get(model._meta.label, ())
        wanted = [each.attname for each in model._meta.concrete_fields if read is None or each.column in read]
        if wanted:
            rows: Any = found.samples.get(model) or QuerySet(model=model, using=found.using)
            sizes[model._meta.label] = column_sizes(model, variable_columns(model, wanted), rows, found.using)
    return sizes
