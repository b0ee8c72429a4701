"""The account of a delete that is being foreseen: statements in their order, and what they do to each model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from delete_lint.graph.exact_plan import Step, StepVerb

Columns = tuple[str, ...] | None


@dataclass
class Load:
    """Rows of one model that are fetched with the same columns and become instances."""

    label: str
    attnames: tuple[str, ...] | None
    rows: int


@dataclass
class Ledger:
    """Counts by label of a model; ``columns`` is None for a model of which some SELECT reads every column."""

    steps: list[Step] = field(default_factory=list)
    loads: list[Load] = field(default_factory=list)
    columns: dict[str, Columns] = field(default_factory=dict)
    updated: Counter[str] = field(default_factory=Counter)
    deleted: Counter[str] = field(default_factory=Counter)
    left: Counter[str] = field(default_factory=Counter)
    notes: dict[str, None] = field(default_factory=dict)

    def note(self, text: str) -> None:
        self.notes[text] = None

    def select(self, label: str, count: int, rows: int, columns: Columns, because: str = "") -> None:
        if count:
            self.read(label, columns)
            self._step("SELECT", label, count, rows, columns, because)

    def read(self, label: str, columns: Columns) -> None:
        """These columns of a model are read; another SELECT may have read others of them."""
        known = self.columns.get(label, ())
        self.columns[label] = None if columns is None or known is None else tuple(dict.fromkeys((*known, *columns)))

    def load(self, label: str, attnames: Iterable[str] | None, rows: int) -> None:
        """Rows of a model become instances."""
        if rows:
            self.loads.append(Load(label, None if attnames is None else tuple(attnames), rows))

    def update(self, label: str, count: int, rows: int, because: str = "") -> None:
        if count:
            self.updated[label] += rows
            self._step("UPDATE", label, count, rows, (), because)

    def delete(self, label: str, count: int, rows: int, because: str = "") -> None:
        self.deleted[label] += rows
        if not count and self.steps and (self.steps[-1].verb, self.steps[-1].label) == ("DELETE", label):
            # The rows that statements deleted together are known when they have all been entered.
            self.steps[-1] = replace(self.steps[-1], rows=self.steps[-1].rows + rows)
        elif count:
            self._step("DELETE", label, count, rows, (), because)

    def mark(self, verb: StepVerb) -> None:
        self.steps.append(Step(verb=verb))

    def _step(self, verb: StepVerb, label: str, count: int, rows: int, columns: Columns, because: str) -> None:
        step = Step(verb=verb, label=label, count=count, columns=columns, rows=rows, because=because)
        last = self.steps[-1] if self.steps else None
        if last is not None and replace(last, count=0, rows=0) == replace(step, count=0, rows=0):
            self.steps[-1] = replace(last, count=last.count + count, rows=last.rows + rows)
        else:
            self.steps.append(step)

    def statements(self, verb: StepVerb, label: str | None = None) -> int:
        return sum(step.count for step in self.steps if step.verb == verb and label in (None, step.label))

    @property
    def rows_loaded(self) -> dict[str, int]:
        total: Counter[str] = Counter()
        for load in self.loads:
            total[load.label] += load.rows
        return dict(total)
