"""Signals muted by emptying `receivers` around a delete: the rows are loaded all the same.

``ModelSignal.has_listeners`` answers from ``sender_receivers_cache``, which ``connect`` and ``disconnect`` clear and an
assignment to ``receivers`` does not.
"""

from __future__ import annotations

from collections.abc import Iterator

from delete_lint.findings import Finding, Note, Severity
from delete_lint.graph.cascade import cascade
from delete_lint.graph.describe import listed, model_name, receiver_name
from delete_lint.graph.project import ProjectGraph
from delete_lint.graph.receiver import Receiver
from delete_lint.graph.site import Mute
from delete_lint.settings import Thresholds

SEVERITY: Severity = "info"


def check(graph: ProjectGraph, thresholds: Thresholds) -> Iterator[Finding]:
    for mute in graph.mutes:
        if mute.kind != "receivers_emptied" or not mute.deletes:
            continue
        muted = _muted(graph, mute)
        if not muted:
            continue
        rows = f"the rows of {model_name(graph, mute.model)}" if mute.model is not None else "the rows"
        yield Finding(
            place=mute.place,
            message=f"`{mute.call}` silences {listed((receiver_name(r) for r in muted), 3)}, but Django's cache still "
            f"says that someone listens: {rows} deleted here, and what they cascade to, are loaded all the "
            "same",
            help="disconnect the receivers and connect them again in a `finally`, which clears the cache; where other "
            "threads delete at the same time, leave them on and delete in batches of keys",
            identity=f"{mute.scope}: {mute.call}: {mute.model}",
            notes=tuple(Note(r.place, f"listens to {' and '.join(r.signals)}") for r in muted if r.place is not None),
        )


def _muted(graph: ProjectGraph, mute: Mute) -> list[Receiver]:
    """Receivers that make the delete slow and that the mute does not get rid of."""
    heard = [r for r in graph.receivers if r.alive and (not mute.signals or set(r.signals) & set(mute.signals))]
    if mute.model is None:
        return heard
    reached = (mute.model, *cascade(graph, mute.model).tables)
    return [receiver for receiver in heard if any(receiver.hears(label) for label in reached)]
