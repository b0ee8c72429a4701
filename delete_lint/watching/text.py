"""What was measured, as text: the slowest receivers and the costliest deletes."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from delete_lint.graph.measured import Measured, MeasuredDelete, MeasuredReceiver, counted_exactly, duration
from delete_lint.graph.place import Place
from delete_lint.watching.foreseen import Foreseen
from delete_lint.watching.record import costliest, slowest

#: How many receivers, deletes and tables a list shows.
_SHOWN = 10
_TABLES = 4


def report(measured: Measured, count: int, root: Path, foreseen: Foreseen | None = None, most: int = _SHOWN) -> str:
    """The report; files are named relative to ``root``. ``count`` is the number of deletes of this process."""
    return "".join(f"{line}\n" for line in _lines(measured, count, root, foreseen, most))


def _lines(measured: Measured, count: int, root: Path, foreseen: Foreseen | None, most: int) -> Iterator[str]:
    deletes, receivers = costliest(measured.deletes), slowest(measured.receivers)
    if not deletes:
        yield "delete-lint watched no delete"
        return
    calls = max(count, sum(each.cost.calls for each in deletes))
    rows = sum(sum(each.rows_deleted.values()) for each in deletes)
    yield (
        f"delete-lint watched {counted_exactly(calls, 'delete')} from {counted_exactly(len(deletes), 'place')}: "
        f"{counted_exactly(rows, 'row')} deleted, {counted_exactly(len(receivers), 'receiver')} called"
    )
    if receivers:
        yield ""
        yield "Slowest receivers:"
        yield "     total    a call   longest     calls   queries"
        for receiver in receivers[:most]:
            mark = foreseen.of_receiver(receiver) if foreseen is not None else ""
            yield from _receiver(receiver, root, mark)
        yield from _more(len(receivers), most)
    yield ""
    yield "Costliest deletes:"
    yield "     total  a delete   longest   deletes   queries"
    for delete in deletes[:most]:
        mark = foreseen.of_delete(delete) if foreseen is not None else ""
        yield from _delete(delete, root, mark)
    yield from _more(len(deletes), most)
    if foreseen is not None:
        yield from _hidden(measured, root, foreseen, most)


def _hidden(measured: Measured, root: Path, foreseen: Foreseen, most: int) -> Iterator[str]:
    """What is marked and too far down to be shown."""
    marked = [
        (f"{each.title}{_at(each.place, root)}", foreseen.of_receiver(each))
        for each in slowest(measured.receivers)[most:]
    ]
    marked += [
        (f"{each.model}{_at(each.place, root)}", foreseen.of_delete(each))
        for each in costliest(measured.deletes)[most:]
    ]
    told = [f"  {what}: {mark}" for what, mark in marked if mark]
    if told:
        yield ""
        yield "Further down:"
        yield from told[:most]
        yield from _more(len(told), most)


def _receiver(receiver: MeasuredReceiver, root: Path, mark: str) -> Iterator[str]:
    package = f" of the package {receiver.package}" if receiver.package is not None else ""
    place = "" if receiver.package is not None else _at(receiver.place, root)
    yield f"{_numbers(receiver)}  {receiver.title}{package}{place}"
    if mark:
        yield f"{'':50}  ^ {mark}"


def _delete(delete: MeasuredDelete, root: Path, mark: str) -> Iterator[str]:
    where = f"{_at(delete.place, root)}, {delete.function}" if delete.place is not None else " by Django itself"
    yield f"{_numbers(delete)}  {delete.model}{where}"
    refused = f"; {delete.refused:,} refused" if delete.refused else ""
    yield f"{'':50}  deleted {_rows(delete.rows_deleted.items())}; loaded {_rows(delete.rows_loaded.items())}{refused}"
    if mark:
        yield f"{'':50}  ^ {mark}"


def _numbers(each: MeasuredReceiver | MeasuredDelete) -> str:
    cost = each.cost
    times = "".join(f"{duration(seconds):>10}" for seconds in (cost.seconds, cost.mean, cost.longest))
    return f"{times}{cost.calls:>10,}{cost.queries:>10,}"


def _rows(rows: Iterable[tuple[str, int]]) -> str:
    most = sorted((each for each in rows if each[1]), key=lambda each: (-each[1], each[0]))
    if not most:
        return "nothing"
    told = [f"{count:,} {label}" for label, count in most[:_TABLES]]
    if len(most) > _TABLES:
        told.append(
            f"{sum(count for _, count in most[_TABLES:]):,} of {counted_exactly(len(most) - _TABLES, 'other model')}"
        )
    return ", ".join(told)


def _at(place: Place | None, root: Path) -> str:
    if place is None:
        return ""
    folder = os.path.join(os.path.abspath(root), "").replace(os.sep, "/")
    return f" ({place.file.removeprefix(folder)}:{place.line})"


def _more(count: int, most: int) -> Iterator[str]:
    if count > most:
        yield f"{'':50}  and {count - most:,} more"
