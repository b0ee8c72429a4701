"""What deletes and receivers were measured to cost, by `delete_lint.watch`, and what that means.

Places are those of the time when it was measured. Code moves on, so a function is known by its file and name, and a
call besides by its line, where something is still deleted there.
"""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from msgspec import structs

from delete_lint.graph.place import Place
from delete_lint.graph.receiver import Receiver

#: A receiver whose calls take longer than this on average is slow, in seconds: a hundred rows are a second.
SLOW_CALL = 0.010
#: One none of whose calls takes longer than this is quick; fewer calls than `ENOUGH_CALLS` prove nothing.
QUICK_CALL = 0.001
ENOUGH_CALLS = 20
#: A delete that takes longer than this is slow, in seconds.
SLOW_DELETE = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What ``calls`` of one thing took together; times in seconds, ``longest`` is that of the slowest call.

    ``queries`` are the statements that were sent to a database, those that only begin and end transactions aside;
    ``database`` is how long the database took for all of them.
    """

    calls: int = 0
    seconds: float = 0.0
    longest: float = 0.0
    queries: int = 0
    database: float = 0.0

    def __add__(self, other: Cost) -> Cost:
        return Cost(
            calls=self.calls + other.calls,
            seconds=self.seconds + other.seconds,
            longest=max(self.longest, other.longest),
            queries=self.queries + other.queries,
            database=self.database + other.database,
        )

    @property
    def mean(self) -> float:
        return self.seconds / self.calls if self.calls else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredReceiver:
    """A receiver, its work in nested deletes included. ``name`` is qualified; ``place`` is its ``def`` line.

    ``package`` is the installed package that it comes from, None for the user's own. ``models`` are the labels that it
    was called for, and how often.
    """

    module: str
    name: str
    place: Place | None
    package: str | None = None
    cost: Cost = field(default_factory=Cost)
    models: Mapping[str, int] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str, str]:
        return (self.place.file if self.place is not None else "", self.module, self.name)

    @property
    def title(self) -> str:
        return f"{self.module}.{self.name}"

    @property
    def is_slow(self) -> bool:
        return self.cost.mean >= SLOW_CALL

    @property
    def is_quick(self) -> bool:
        return self.cost.calls >= ENOUGH_CALLS and self.cost.longest <= QUICK_CALL

    def told(self) -> str:
        """For example ``240 ms a call, 312 calls``."""
        return f"{duration(self.cost.mean)} a call, {counted_exactly(self.cost.calls, 'call')}"

    def __add__(self, other: MeasuredReceiver) -> MeasuredReceiver:
        return replace(other, cost=self.cost + other.cost, models=dict(Counter(self.models) + Counter(other.models)))


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredDelete:
    """All deletes of one model that one line started. ``place`` ends where the call ends; ``function`` is qualified.

    ``how`` is what was called: ``Model.delete``, ``QuerySet.delete``, ``_raw_delete``, ``Collector.delete``. ``own``
    when the line is the user's own code. ``rows_deleted`` and ``rows_loaded`` are by label, all calls together;
    ``most_deleted`` is the number of rows that the largest of them deleted. ``refused`` counts those that ended in an
    exception.
    """

    place: Place | None
    function: str
    model: str
    how: str
    own: bool = True
    cost: Cost = field(default_factory=Cost)
    refused: int = 0
    most_deleted: int = 0
    rows_deleted: Mapping[str, int] = field(default_factory=dict)
    rows_loaded: Mapping[str, int] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, int, str, str]:
        place = self.place
        return (place.file if place is not None else "", place.line if place is not None else 0, self.model, self.how)

    @property
    def is_slow(self) -> bool:
        return self.cost.longest >= SLOW_DELETE

    def told(self) -> str:
        """For example ``1.2 s a delete, 3 deletes, 1,200 rows loaded``."""
        loaded = sum(self.rows_loaded.values())
        return (
            f"{duration(self.cost.mean)} a delete, {counted_exactly(self.cost.calls, 'delete')}, "
            f"{counted_exactly(loaded, 'row')} loaded"
        )

    def __add__(self, other: MeasuredDelete) -> MeasuredDelete:
        return replace(
            other,
            cost=self.cost + other.cost,
            refused=self.refused + other.refused,
            most_deleted=max(self.most_deleted, other.most_deleted),
            rows_deleted=dict(Counter(self.rows_deleted) + Counter(other.rows_deleted)),
            rows_loaded=dict(Counter(self.rows_loaded) + Counter(other.rows_loaded)),
        )


@dataclass(frozen=True)
class Measured:
    """All that was measured. ``source`` is the name of the file that it was read from, ``lines`` are those of its
    entries, by their keys."""

    receivers: tuple[MeasuredReceiver, ...] = ()
    deletes: tuple[MeasuredDelete, ...] = ()
    source: str = ""
    lines: Mapping[tuple[object, ...], int] = field(default_factory=dict)

    def __add__(self, other: Measured) -> Measured:
        return summed((*self.receivers, *other.receivers), (*self.deletes, *other.deletes))

    def entry_place(self, entry: MeasuredReceiver | MeasuredDelete) -> Place:
        """Where an entry stands in the file."""
        return Place(self.source, self.lines.get(entry.key, 1))

    @cached_property
    def _receivers_by_name(self) -> Mapping[str, list[MeasuredReceiver]]:
        index: dict[str, list[MeasuredReceiver]] = defaultdict(list)
        for each in self.receivers:
            index[_plain(each.name)].append(each)
        return index

    def of_receiver(self, receiver: Receiver) -> MeasuredReceiver | None:
        """What this receiver was measured to cost: known by its name, and by its file or its module."""
        found = [each for each in self._receivers_by_name.get(_plain(receiver.name), ()) if _is_same(each, receiver)]
        if len(found) > 1 and receiver.place is not None:
            # Functions of one name in one file differ by where they stand only.
            line = receiver.place.line
            found.sort(key=lambda each: abs(each.place.line - line) if each.place is not None else line)
        return found[0] if found else None

    @cached_property
    def _deletes_by_file(self) -> Mapping[str, list[MeasuredDelete]]:
        index: dict[str, list[MeasuredDelete]] = defaultdict(list)
        for each in self.deletes:
            if each.place is not None:
                index[each.place.file].append(each)
        return index

    def at(self, place: Place, model: str | None = None) -> MeasuredDelete | None:
        """What was deleted by the call that spans this place, all models together unless one is named."""
        found = [
            each
            for each in self._deletes_by_file.get(place.file, ())
            if _overlap(each, place) and model in (None, each.model)
        ]
        total = found[0] if found else None
        for each in found[1:]:
            total = total + each if total is not None else each
        return total


def summed(receivers: Iterable[MeasuredReceiver], deletes: Iterable[MeasuredDelete]) -> Measured:
    """One entry for each receiver, and for each line, model and method."""
    by_name: dict[tuple[str, str, str], MeasuredReceiver] = {}
    for receiver in receivers:
        known = by_name.get(receiver.key)
        by_name[receiver.key] = known + receiver if known is not None else receiver
    by_line: dict[tuple[str, int, str, str], MeasuredDelete] = {}
    for delete in deletes:
        before = by_line.get(delete.key)
        by_line[delete.key] = before + delete if before is not None else delete
    return Measured(tuple(by_name.values()), tuple(by_line.values()))


def _overlap(delete: MeasuredDelete, place: Place) -> bool:
    """Whether lines are shared. Where a call begins depends on the Python that ran it, where it ends does not."""
    at = delete.place
    return at is not None and at.line <= max(place.line, place.end_line) and place.line <= max(at.line, at.end_line)


def _is_same(measured: MeasuredReceiver, receiver: Receiver) -> bool:
    if measured.place is not None and receiver.place is not None and measured.place.file == receiver.place.file:
        return True
    one, other = measured.module, receiver.module
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}")


def _plain(name: str) -> str:
    return name.replace(".<locals>", "")


def duration(seconds: float) -> str:
    """Two or three digits of a time: ``1.2 s``, ``240 ms``, ``0.03 ms``."""
    if seconds >= 100:
        return f"{seconds:,.0f} s"
    if seconds >= 1:
        return f"{seconds:.1f} s"
    milliseconds = seconds * 1_000
    if milliseconds >= 10:
        return f"{milliseconds:.0f} ms"
    return f"{milliseconds:.1f} ms" if milliseconds >= 1 else f"{milliseconds:.2f} ms"


def counted_exactly(number: int, noun: str) -> str:
    """A number with its thousands set apart, and what it counts."""
    return f"{number:,} {noun if number == 1 else noun + 's'}"


def renamed(measured: Measured, root: str) -> Measured:
    """The same measurements with places named as findings name them: relative to ``root`` where they are below it."""
    folder = os.path.join(os.path.abspath(root), "").replace(os.sep, "/")

    def named(place: Place | None) -> Place | None:
        return structs.replace(place, file=place.file.removeprefix(folder)) if place is not None else None

    receivers = tuple(replace(each, place=named(each.place)) for each in measured.receivers)
    deletes = tuple(replace(each, place=named(each.place)) for each in measured.deletes)
    keys: list[tuple[object, ...]] = [*_keys(measured.receivers, measured.deletes)]
    others: list[tuple[object, ...]] = [*_keys(receivers, deletes)]
    lines: dict[tuple[object, ...], int] = {
        new: measured.lines[old] for old, new in zip(keys, others, strict=True) if old in measured.lines
    }
    source = os.path.abspath(measured.source).replace(os.sep, "/").removeprefix(folder) if measured.source else ""
    return Measured(receivers, deletes, source, lines)


def _keys(receivers: Iterable[MeasuredReceiver], deletes: Iterable[MeasuredDelete]) -> Iterator[tuple[object, ...]]:
    yield from (each.key for each in receivers)
    yield from (each.key for each in deletes)
