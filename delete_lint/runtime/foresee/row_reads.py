"""Rows that Django reads one at a time while it collects: deferred columns, and the parents of narrow children."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import router
from django.db.models import Model

from delete_lint.runtime.foresee.joined import enter_joined
from delete_lint.runtime.foresee.ledger import Ledger
from delete_lint.runtime.foresee.limits import in_chunks
from delete_lint.runtime.foresee.shapes import Loaded, Row, Selection, Shape, selection_of


class MissingError(Exception):
    """``DoesNotExist``: a row that Django reads by itself is hidden by the base manager of its model."""

    def __init__(self, model: type[Model]) -> None:
        self.text = f"{model._meta.label}: its base manager hides a row that is read one by one"


@dataclass(frozen=True, slots=True)
class RowRead:
    """One SELECT for each of these rows."""

    selection: Selection
    keys: list[Any]
    because: str


class RowReads:
    def __init__(self, using: str, ledger: Ledger) -> None:
        self._using = using
        self._ledger = ledger

    def of_deferred(self, shape: Shape, loaded: Loaded, attname: str, rows: list[Row]) -> list[RowRead]:
        """A deferred column is read for each row, by ``refresh_from_db``; from now on it is at hand."""
        missing = loaded.column_to_read(attname)
        if missing is None:
            return []
        selection = selection_of(shape.model._base_manager.using(self._using).only(missing), self._using)
        for name in (missing, *selection.attnames):
            loaded.add(name)
        because = f"a row at a time, for the deferred {shape.model._meta.label}.{missing}"
        return [RowRead(selection, [shape.pk(row) for row in rows], because)]

    def enter(self, reads: list[RowRead]) -> None:
        """Enters reads that take turns, row by row, until a row is hidden by its base manager: `MissingError`."""
        shown = [self._shown(read) for read in reads]
        whole = min(shown, default=0)  # rows of which everything is read
        stopped = next((place for place, rows in enumerate(shown) if rows == whole < len(reads[place].keys)), None)
        for place, read in enumerate(reads):
            sent = whole + (stopped is not None and place <= stopped)
            self._enter(read, read.keys[:sent], loaded=whole + (stopped is not None and place < stopped))
        if stopped is not None:
            raise MissingError(reads[stopped].selection.model)

    def _shown(self, read: RowRead) -> int:
        """How many of these rows come before the first one that the base manager of their model hides."""
        queryset: Any = read.selection.model._base_manager.using(self._using).all()
        if not queryset.query.where:
            return len(read.keys)
        shown = {
            key for chunk in in_chunks(read.keys) for key in queryset.filter(pk__in=chunk).values_list("pk", flat=True)
        }
        return next((place for place, key in enumerate(read.keys) if key not in shown), len(read.keys))

    def _enter(self, read: RowRead, keys: list[Any], loaded: int) -> None:
        model, columns = read.selection.model, read.selection.columns
        label = model._meta.label
        reader = router.db_for_read(model)
        if reader != self._using and self._using == router.db_for_write(model):
            self._ledger.note(f"rows of {label} are read one by one; the router sends such reads to {reader!r}")
        self._ledger.select(label, len(keys), loaded, columns, read.because)
        self._ledger.load(label, columns and read.selection.attnames, loaded)
        rows: Any = model._base_manager.using(self._using)
        enter_joined(self._ledger, read.selection, *(rows.filter(pk__in=chunk) for chunk in in_chunks(keys[:loaded])))
