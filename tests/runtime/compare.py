"""A plan held against what Django did."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from django.db import models

from delete_lint.graph.exact_plan import ExactPlan
from tests.runtime.observe import Observed

_VERBS = ("SELECT", "UPDATE", "DELETE")

ModelClass = type[models.Model]
#: A statement's verb, table and whether it is one of many that read one row each.
_Sent = tuple[str, str, bool]


def differences(foretold: ExactPlan, happened: Observed, classes: dict[str, ModelClass]) -> Iterator[str]:
    """What the plan got wrong, in words; ``classes`` are all models by their label."""

    def unlike(what: str, plan: Any, django: Any) -> Iterator[str]:
        if plan != django:
            yield f"{what}: the plan says {plan}, Django {django}"

    yield from unlike("error", foretold.error, happened.error)
    yield from unlike("SELECTs", foretold.selects, happened.count("SELECT"))
    yield from unlike("UPDATEs", foretold.updates, happened.count("UPDATE"))
    yield from unlike("DELETEs", foretold.deletes, happened.count("DELETE"))
    yield from unlike("rows deleted", dict(foretold.rows_deleted), dict(happened.deleted))
    yield from unlike(
        "rows loaded", dict(foretold.rows_loaded), {label: each.rows for label, each in happened.loaded.items()}
    )
    yield from unlike("statements", _foretold_trace(foretold, classes), _trace(happened))
    if foretold.vendor == "sqlite":  # which alone sends BEGIN as a statement
        yield from unlike("transaction", foretold.transaction, happened.begun)
    if not happened.error:
        for verb in ("UPDATE", "DELETE"):
            planned: Counter[str] = Counter()
            for step in foretold.steps:
                if step.verb == verb:
                    planned[_table(classes[step.label])] += step.rows
            found: Counter[str] = Counter()
            for statement in happened.statements:
                if statement.verb == verb:
                    found[statement.table] += statement.rows
            yield from unlike(f"rows of {verb}s", dict(+planned), dict(+found))
    yield from _columns(foretold, happened, classes)


def _trace(happened: Observed) -> str:
    return _written([(each.verb, each.table, "LIMIT 21" in each.sql) for each in happened.statements])


def _foretold_trace(foretold: ExactPlan, classes: dict[str, ModelClass]) -> str:
    sent: list[_Sent] = []
    for step in foretold.steps:
        if step.verb in _VERBS:
            sent += [(step.verb, _table(classes[step.label]), "a row at a time" in step.because)] * step.count
    return _written(sent)


def _written(sent: list[_Sent]) -> str:
    """``S:table*2 D:table``. What is read row by row of several tables takes turns; here a table at a time."""
    words = []
    for single, run in groupby(sent, key=lambda each: each[2]):
        statements = [f"{verb[0]}:{table.removeprefix('zoo_')}" for verb, table, _ in run]
        for word, same in groupby(sorted(statements) if single else statements):
            number = len(list(same))
            words.append(f"{word}*{number}" if number > 1 else word)
    return " ".join(words)


def _columns(foretold: ExactPlan, happened: Observed, classes: dict[str, ModelClass]) -> Iterator[str]:
    """The columns of each SELECT, and those of the rows that became instances, those of joined models included."""
    planned = [
        (step, classes[step.label]) for step in foretold.steps if step.verb == "SELECT" for _ in range(step.count)
    ]
    selects = [each for each in happened.statements if each.verb == "SELECT"]
    if len(planned) == len(selects):
        wanted = Counter((_table(cls), _named(cls, step.columns)) for step, cls in planned)
        lineage = {_table(cls): _lineage(cls) for _, cls in planned}
        found = Counter(
            (each.table, frozenset(name for table, name in each.columns if table in lineage.get(each.table, ())))
            for each in selects
        )
        for table, columns in wanted - found:
            yield f"a SELECT of {table} that reads {sorted(columns)} was foretold, not seen"
        for table, columns in found - wanted:
            yield f"a SELECT of {table} that reads {sorted(columns)} was seen, not foretold"
    for label, loaded in happened.loaded.items():
        columns = _named(classes[label], foretold.columns.get(label, ()))
        if not loaded.columns <= columns:
            yield f"{label}: the plan reads {sorted(columns)}, Django {sorted(loaded.columns)}"


def _named(cls: ModelClass, columns: tuple[str, ...] | None) -> frozenset[str]:
    every = (each.column for each in cls._meta.concrete_fields)
    return frozenset(str(name) for name in (every if columns is None else columns))


def _lineage(cls: ModelClass) -> set[str]:
    return {_table(cls), *(_table(parent) for parent in cls._meta.get_parent_list())}


def _table(cls: ModelClass) -> str:
    return str(cls._meta.db_table)
