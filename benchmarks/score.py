"""Score ``delete-lint graph PATH --format json`` against labels made by reading the code.

    python -m benchmarks.score LABELS.json GRAPH.json [LABELS.json GRAPH.json …] [--misses]

All pairs are scored together, one line a measure. Files are compared by the last three parts of their paths, senders
and deleted models by their class names, and what a cascade reaches by labels: three apps may each have a ``Line``.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, TypeAlias

# Labels and graphs are JSON documents; benchmarks/README.md and the README describe them.
Document: TypeAlias = dict[str, Any]
ReceiverKey: TypeAlias = tuple[str, str]

EXTERNAL = frozenset({"sleep", "http", "email", "subprocess", "storage", "search-index", "broker", "lock"})
DATABASE = frozenset({"orm-query", "orm-loop", "orm-bulk-delete"})
DELETE_SIGNALS = frozenset({"pre_delete", "post_delete"})


@dataclass(slots=True)
class Measure:
    """How many answers were right, of how many, and what was said where one was wrong."""

    right: int = 0
    total: int = 0
    misses: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.right}/{self.total} = {self.right / self.total if self.total else 1.0:.3f}"


@dataclass(slots=True)
class Score:
    """All measures over any number of projects, in the order in which they were first asked for."""

    measures: dict[str, Measure] = field(default_factory=dict)

    def add(self, name: str, right: bool, miss: str) -> None:
        measure = self.measures.setdefault(name, Measure())
        measure.right += right
        measure.total += 1
        if not right:
            measure.misses.append(miss)

    def add_sets(self, name: str, labelled: Collection[ReceiverKey], found: Collection[ReceiverKey]) -> None:
        """Recall: what part of the labelled was found. Precision: what part of the found is labelled."""
        for key in sorted(labelled):
            self.add(f"{name}, recall", key in found, f"not found: {_words(key)}")
        for key in sorted(found):
            self.add(f"{name}, precision", key in labelled, f"found, but not labelled: {_words(key)}")

    def lines(self, misses: bool) -> Iterator[str]:
        width = max(map(len, self.measures), default=0)
        for name, measure in self.measures.items():
            yield f"{name:<{width}}  {measure}"
            if misses:
                yield from (f"    {miss}" for miss in measure.misses)


def score_project(score: Score, labels: Document, graph: Document) -> None:
    """Add one project's answers to the score."""
    _score_receivers(score, labels["receivers"], graph["receivers"])
    _score_deletes(score, labels["deletes"], graph["deletes"])
    _score_cascades(score, labels["cascade"], graph["models"])


def _score_receivers(score: Score, labelled: Iterable[Document], found: Iterable[Document]) -> None:
    alive: dict[ReceiverKey, Document] = {}
    dead: set[ReceiverKey] = set()
    for label in labelled:
        if label["status"] not in ("active", "temporary"):
            dead.add(_receiver_key(label))
        elif label["file"]:
            alive[_receiver_key(label)] = label
    answers = {_receiver_key(receiver): receiver for receiver in found if DELETE_SIGNALS & set(receiver["signals"])}
    score.add_sets("receivers", alive, answers.keys() - dead)

    both = [(key, alive[key], answers[key]) for key in alive if key in answers]
    for key, label, answer in both:
        if not label["senders_dynamic"]:
            want, have = _class_names(label["senders"]), _class_names(answer["senders"])
            score.add("senders", want == have, f"{_words(key)}: {want}, but found {have}")
        signals = DELETE_SIGNALS & set(answer["signals"])
        score.add("signals", signals == set(label["signals"]), f"{_words(key)}: found {sorted(signals)}")
    _score_work(score, both)
    _score_dispatch(score, both)


def _score_work(score: Score, both: list[tuple[ReceiverKey, Document, Document]]) -> None:
    judged = [
        (key, set(label["category_names_within_4"]), {work["category"] for work in answer["blocking"]})
        for key, label, answer in both
        if label["blocking"] in (True, False)
    ]
    groups = {
        "blocking outside the database": EXTERNAL,
        "database work in a receiver": DATABASE,
        **{f"  {category}": frozenset({category}) for category in sorted(EXTERNAL | DATABASE)},
    }
    for name, group in groups.items():
        score.add_sets(
            name,
            {key for key, labelled, _ in judged if labelled & group},
            {key for key, _, found in judged if found & group},
        )


def _score_dispatch(score: Score, both: list[tuple[ReceiverKey, Document, Document]]) -> None:
    """A task enqueued by a function that the receiver calls is a fair answer, but not a required one."""
    labelled = {key for key, label, _ in both if label["dispatch"] is True}
    found = {
        key
        for key, label, answer in both
        if label["dispatch"] in (True, False)
        and not (label["dispatch_transitive"] and key not in labelled)
        and any(key in labelled or not dispatch["on_commit"] for dispatch in answer["dispatch"])
    }
    score.add_sets("dispatch before commit", labelled, found)


def _score_deletes(score: Score, labelled: Iterable[Document], found: Iterable[Document]) -> None:
    sites: dict[tuple[str, int], Document] = {}
    for site in found:
        sites.setdefault((_tail(site["file"]), site["line"]), site)
    for label in labelled:
        # A chain over several lines: the labels know both the line of `.delete` and the first line of the call.
        at = [(_tail(label["file"]), label[line]) for line in ("line", "call_start_line")]
        answer = next((sites[key] for key in at if key in sites), None)
        where = f"{label['file']}:{label['line']}"
        want = label["kind"] if label["kind"] in ("queryset", "instance") else "other"
        kind = answer["kind"] if answer else "other"
        score.add("delete() calls, kind", kind == want, f"{where}: {want}, but found {kind}")
        if want == "other" or not label["model"]:
            continue
        model = answer["model"] if answer else None
        right = model is not None and _class_name(model) == _class_name(label["model"])
        score.add("delete() calls, model", right, f"{where}: {label['model']}, but found {model}")
        if answer:
            right = answer["batched"] == label["batched"]
            score.add("delete() calls, batched", right, f"{where}: {label['batched']}, but found {answer['batched']}")


def _score_cascades(score: Score, labelled: dict[str, Document], models: Iterable[Document]) -> None:
    children: dict[str, set[str]] = defaultdict(set)
    for model in models:
        for relation in model["relations"]:
            if relation["on_delete"] == "CASCADE" and relation["kind"] in ("fk", "o2o"):
                children[model["label"]].add(relation["model"])
    for label, cascade in labelled.items():
        want, have = set(cascade["models"]), _reached(children, label)
        miss = f"{label}: missing {sorted(want - have)}, too many {sorted(have - want)}"
        score.add("models reached by CASCADE", have == want, miss)


def _reached(children: dict[str, set[str]], root: str) -> set[str]:
    reached: set[str] = set()
    todo = [root]
    while todo:
        new = children[todo.pop()] - reached - {root}
        reached |= new
        todo += new
    return reached


def _receiver_key(receiver: Document) -> ReceiverKey:
    return _tail(receiver["file"]), receiver["name"].split(".")[-1]


def _tail(path: str | None) -> str:
    return "/".join(PurePosixPath(path or "third-party").parts[-3:])


def _class_name(label: str) -> str:
    return label.rsplit(".", maxsplit=1)[-1].lower()


def _class_names(labels: list[str] | None) -> list[str] | None:
    return None if labels is None else sorted({_class_name(label) for label in labels})


def _words(key: ReceiverKey) -> str:
    return ":".join(key)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pairs", type=Path, nargs="+", metavar="LABELS GRAPH")
    parser.add_argument("--misses", action="store_true", help="list every wrong answer under its measure")
    arguments = parser.parse_args()
    if len(arguments.pairs) % 2:
        parser.error("LABELS and GRAPH come in pairs")
    score = Score()
    for labels, graph in zip(arguments.pairs[::2], arguments.pairs[1::2], strict=True):
        score_project(score, json.loads(labels.read_text()), json.loads(graph.read_text()))
    print("\n".join(score.lines(arguments.misses)))


if __name__ == "__main__":
    main()
