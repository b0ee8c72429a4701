"""What was measured, as the page tells it."""

from __future__ import annotations

from functools import reduce
from operator import add

from delete_lint.graph.measured import Cost, Measured, MeasuredDelete, MeasuredReceiver, counted_exactly, duration
from delete_lint.graph.place import Place
from delete_lint.graph.receiver import Receiver
from delete_lint.output.document import JSON
from delete_lint.report_page.encoding import row


class Times:
    """Rows of the page's data: what one call took, in words and in seconds, the rest in words, whether that is slow;
    None for what was not measured."""

    def __init__(self, measured: Measured | None) -> None:
        self._measured = measured or Measured()
        self._by_model: dict[str, list[MeasuredDelete]] = {}
        for delete in self._measured.deletes:
            self._by_model.setdefault(delete.model, []).append(delete)

    def of_receiver(self, receiver: Receiver) -> JSON:
        found = self._measured.of_receiver(receiver)
        return None if found is None else _row(found, _most(found.cost))

    def of_model(self, label: str) -> JSON:
        """All deletes that began with rows of this model, from whatever line."""
        found = self._by_model.get(label)
        return None if found is None else _delete(reduce(add, found))

    def of_site(self, place: Place, model: str | None) -> JSON:
        found = self._measured.at(place, model)
        return None if found is None else _delete(found)


def _delete(delete: MeasuredDelete) -> JSON:
    deleted = sum(delete.rows_deleted.values())
    more = [_most(delete.cost), f"{counted_exactly(deleted, 'row')} deleted, at most {delete.most_deleted:,} at once"]
    if delete.refused:
        more.append(f"{delete.refused:,} ended in an exception")
    return _row(delete, "; ".join(more))


def _most(cost: Cost) -> str:
    queries = counted_exactly(cost.queries, "query").replace("querys", "queries")
    return f"at most {duration(cost.longest)}, {queries}"


def _row(entry: MeasuredReceiver | MeasuredDelete, more: str) -> JSON:
    return row(entry.told(), entry.cost.mean, more, entry.is_slow)
