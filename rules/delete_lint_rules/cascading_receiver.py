"""A delete receiver deletes or loops over other rows, once for every deleted row."""

from __future__ import annotations

from collections.abc import Iterator

from delete_lint.findings import Finding, Severity, steps
from delete_lint.graph.cascade import cascade
from delete_lint.graph.collector import receiver_path
from delete_lint.graph.describe import listed, rows_heard
from delete_lint.graph.model import SKIP_HANDLERS, Relation
from delete_lint.graph.project import ProjectGraph
from delete_lint.graph.receiver import Receiver, Work
from delete_lint.remedies import Cleared, GuardByOrigin
from delete_lint.settings import Thresholds

SEVERITY: Severity = "warning"

_DOES = {"orm-bulk-delete": "deletes other rows", "orm-loop": "loops over other rows"}
#: ``on_delete`` values below rows that a receiver deletes, which leave the same rows behind if the cascade does it.
#: RESTRICT is refused or forgiven by what else is deleted at the same time, and a function may do anything.
_SAME_EITHER_WAY = SKIP_HANDLERS | {"CASCADE", "PROTECT", "SET_NULL", "SET_VALUE", "SET_DEFAULT"}
_LAST = {"orm-bulk-delete": "deletes:", "orm-loop": "in a loop:"}


def check(graph: ProjectGraph, thresholds: Thresholds) -> Iterator[Finding]:
    for receiver in graph.running_receivers():
        if receiver.place is None or receiver.origin_guard:
            continue
        rounds = [work for work in receiver.work_in(_DOES) if not _is_fixed(work)]
        if not rounds:
            continue
        yield Finding(
            place=receiver.place,
            message=f"{receiver_path(receiver)} {_does(rounds)} once for every deleted {rows_heard(graph, receiver)}: "
            "a thousand deleted rows are a thousand such rounds, one after the other in one transaction",
            help="delete the other rows in batches before the delete, or hand the work to a task with "
            "`transaction.on_commit(partial(task.delay, …))`, the keys bound now; where the other rows point at the "
            "deleted one, leave them to the foreign key: `on_delete=models.CASCADE` collects those of all objects "
            "together",
            identity=receiver.name,
            subjects=(receiver,),
            remedy=_guard(graph, receiver),
            notes=tuple(dict.fromkeys(note for work in rounds for note in steps(work.path, _LAST[work.category]))),
        )


def _is_fixed(work: Work) -> bool:
    """A loop over a list that is written out runs a fixed number of queries, however many rows there are."""
    return work.category == "orm-loop" and work.literal_loop


def _does(rounds: list[Work]) -> str:
    calls: dict[str, list[str]] = {}
    for work in rounds:
        calls.setdefault(work.category, []).append(work.call)
    return listed(f"{_DOES[category]} ({listed(names, 3)})" for category, names in calls.items())


def _guard(graph: ProjectGraph, receiver: Receiver) -> GuardByOrigin | None:
    """An early return, where all the receiver's rounds delete what goes by the cascade anyway."""
    if receiver.place is None or not receiver.senders:
        return None
    cleared: dict[Cleared, None] = {}
    for work in receiver.work:
        if work.category not in _DOES or _is_fixed(work):
            continue
        if len(work.path) > 1 or work.clears is None:
            return None
        ways = [_way(graph, sender, *work.clears) for sender in receiver.senders]
        if not all(way is not None and _is_all_that_happens(graph, way) for way in ways):
            return None
        by_primary_key = all(way is not None and way.to_field is None for way in ways)
        cleared[Cleared(work.place, work.clears[1], by_primary_key)] = None
    return GuardByOrigin(receiver.place, tuple(cleared))


def _way(graph: ProjectGraph, sender: str, label: str, key: str) -> Relation | None:
    """The relation over which a cascade from this sender deletes those rows."""
    for relation in graph.pointing_at(sender):
        if (relation.model, relation.field) == (label, key):
            by_database = relation.on_delete == "DB_CASCADE" and relation.db_constraint
            return relation if relation.on_delete == "CASCADE" or by_database else None
    return None


def _is_all_that_happens(graph: ProjectGraph, way: Relation) -> bool:
    """Whether nothing but rows is at stake below: nobody listens, no row is hidden from the cascade."""
    model, target = graph.models.get(way.model), graph.models.get(graph.concrete(way.target))
    if model is None or target is None or model.database != target.database:
        return False
    if model.delete_override is not None or model.base_manager_filters:
        return False
    labels = (way.model, *cascade(graph, way.model).tables)
    return not any(graph.receivers_of(label) for label in labels) and all(
        relation.on_delete in _SAME_EITHER_WAY for label in labels for relation in graph.candidate_relations(label)
    )
