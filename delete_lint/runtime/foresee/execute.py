"""``Collector.delete`` over keys: the statements that follow once everything is collected."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from django.db import DatabaseError
from django.db.models import Model, QuerySet
from django.db.models.sql.constants import GET_ITERATOR_CHUNK_SIZE

from delete_lint.runtime.foresee.collect import Foresight
from delete_lint.runtime.foresee.collected import FastDelete, Update
from delete_lint.runtime.foresee.constraints import Constraints
from delete_lint.runtime.foresee.database import DatabaseCascade
from delete_lint.runtime.foresee.handlers import value_set_by
from delete_lint.runtime.foresee.limits import TooManyParametersError, most_parameters
from delete_lint.runtime.foresee.shapes import concrete


def execute(found: Foresight) -> None:
    """Enters the statements of ``Collector.delete`` into the account. Raises `TooManyParametersError`, and
    `ConstraintError` when the statement that is refused has been entered."""
    ledger = found.ledger
    constraints = Constraints(found)
    order = in_order(found)
    if len(order) == 1 and len(found.data[order[0]]) == 1 and found.is_fast(order[0]):
        ledger.delete(order[0]._meta.label, 1, _existing(found, order[0]))
        constraints.delete(order[0], list(found.data[order[0]]))
        constraints.commit()
        return  # the short way, without a transaction and without signals
    ledger.mark("BEGIN")
    gone = _Gone(found)
    for fast in found.fast:
        statements, rows = gone.fast(fast)
        ledger.delete(fast.model._meta.label, statements, rows)
        constraints.fast(fast)
    for foreign_key, update in found.updates.items():
        constraints.update(foreign_key, update, _update(found, gone, foreign_key, update))
    for model in order:
        # Chunks go from the highest key down, the rows of one from the lowest up.
        chunks = [keys[::-1] for keys in _chunks(sorted(found.data[model], reverse=True))]
        rows = gone.slow(model, chunks)
        for keys in chunks:
            ledger.delete(model._meta.label, 1, 0)
            constraints.delete(model, keys)
        ledger.delete(model._meta.label, 0, rows)
    ledger.mark("COMMIT")
    constraints.commit()


def in_order(found: Foresight) -> list[type[Model]]:
    """The classes in the order in which their rows are deleted (``Collector.sort``); that of their discovery where
    they refer to each other in a circle."""
    order: list[type[Model]] = []
    done: set[type[Model]] = set()
    models = list(found.data)
    while len(order) < len(models):
        before = len(order)
        for model in models:
            if model not in order and not found.dependencies.get(concrete(model), set()) - done:
                order.append(model)
                done.add(concrete(model))
        if len(order) == before:
            return models
    return order


def _existing(found: Foresight, model: type[Model]) -> int:
    """An instance that is at hand may have been deleted already."""
    return QuerySet(model, using=found.using).filter(pk__in=list(found.data[model])).count()


def _chunks(keys: list[Any]) -> Iterator[list[Any]]:
    for start in range(0, len(keys), GET_ITERATOR_CHUNK_SIZE):
        yield keys[start : start + GET_ITERATOR_CHUNK_SIZE]


@dataclass
class _Gone:
    """Which rows of a table earlier statements have deleted already: a row counts for the first one that meets it.

    Where one relation alone leads to a table its batches cannot meet the same row, and a COUNT will do; else the keys
    have to be compared.
    """

    found: Foresight

    def __post_init__(self) -> None:
        ways: dict[type[Model], set[Any]] = defaultdict(set)
        for fast in self.found.fast:
            alone = (fast.source, fast.via) if fast.disjoint else fast
            ways[concrete(fast.model)].add(alone)
        for foreign_key in self.found.updates:
            if concrete(foreign_key.model) in ways:  # what was deleted fast is not there any more to be updated
                ways[concrete(foreign_key.model)].add(foreign_key)
        for model in self.found.data:
            ways[concrete(model)].add(model)
        self._keys: dict[type[Model], set[Any]] = {model: set() for model, by in ways.items() if len(by) > 1}
        self._cascade = DatabaseCascade(self.found.using)

    def fast(self, fast: FastDelete) -> tuple[int, int]:
        """How many statements (none where there is nothing to look for) and how many rows they delete."""
        parameters = most_parameters(self.found.using)
        before = self.found.questions.asked
        queryset: Any = fast.queryset.order_by()
        keys = self._keys.get(concrete(fast.model))
        try:
            if self._takes_its_own(fast.model):
                ordered = list(fast.queryset.order_by("pk").values_list("pk", flat=True))
                rows = self._cascade.counted(concrete(fast.model), [list(dict.fromkeys(ordered))])
            elif keys is None:
                rows = (queryset.values("pk").distinct() if fast.root else queryset).count()
            else:
                met = set(queryset.values_list("pk", flat=True)) - keys
                keys |= met
                rows = len(met)
        except DatabaseError as error:
            if "too many" in str(error).lower():
                raise TooManyParametersError(fast.model._meta.label, parameters + 1) from error
            raise
        return min(self.found.questions.asked - before, 1), rows

    def slow(self, model: type[Model], chunks: list[list[Any]]) -> int:
        if self._takes_its_own(model):
            return self._cascade.counted(concrete(model), chunks)
        mine = self.found.data[model].keys()
        keys = self._keys.get(concrete(model))
        if keys is None:
            return len(mine)
        met = mine - keys
        keys |= met
        return len(met)

    def _takes_its_own(self, model: type[Model]) -> bool:
        """Whether the database deletes rows of the very table that it is told to delete from."""
        return concrete(model) in self._cascade.tables(concrete(model))

    def left(self, model: type[Model], queryset: QuerySet[Any]) -> int:
        keys = self._keys.get(concrete(model))
        return queryset.count() if keys is None else len(set(queryset.values_list("pk", flat=True)) - keys)

    def left_of(self, model: type[Model], keys: Iterable[Any]) -> int:
        return len(set(keys) - self._keys.get(concrete(model), set()))


def _update(found: Foresight, gone: _Gone, foreign_key: Any, update: Update) -> int:
    """Enters the UPDATEs and returns the number of rows."""
    label = foreign_key.model._meta.label
    rows = 0
    if update.querysets:
        parameters = update.parameters + (value_set_by(foreign_key)[1] is not None)
        if parameters > most_parameters(found.using):
            raise TooManyParametersError(f"{label}.{foreign_key.name}", parameters)
        combined: QuerySet[Any] = reduce(or_, update.querysets)
        before = found.questions.asked
        rows = gone.left(foreign_key.model, combined.order_by())
        found.ledger.update(label, found.questions.asked - before, rows, update.because)
    if update.keys:
        statements = -(-len(update.keys) // GET_ITERATOR_CHUNK_SIZE)
        fetched = gone.left_of(foreign_key.model, update.keys)
        found.ledger.update(label, statements, fetched, update.because)
        rows += fetched
    return rows
