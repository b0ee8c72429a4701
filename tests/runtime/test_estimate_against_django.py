"""With counted rows the estimate for a whole table is what Django deletes, through the file and back."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from django.db import connection, models
from django.db.models.query import QuerySet
from hypothesis import given, settings
from hypothesis import strategies as st

from delete_lint.graph.cascade import Cascade, cascade
from delete_lint.graph.estimate import Amount, estimate
from delete_lint.graph.row_counts import RowCounts
from delete_lint.row_counts_file import read_row_counts, render
from delete_lint.runtime.statistics import read_statistics
from tests.graph.django_models import ModelClass, World, world


@dataclass(frozen=True)
class Branch:
    """A table that hangs on another one, the number of which is ``above``; the root is number 0."""

    above: int
    kind: str
    rows: int
    null: bool
    listened: bool


def branches(number: int) -> st.SearchStrategy[Branch]:
    return st.builds(
        Branch,
        above=st.integers(0, number),
        kind=st.sampled_from(["fk", "fk", "fk", "o2o", "m2m"]),
        rows=st.integers(0, 25),
        null=st.booleans(),
        listened=st.booleans(),
    )


Tree = tuple[Branch, ...]
trees: st.SearchStrategy[Tree] = st.integers(1, 5).flatmap(
    lambda size: st.tuples(*(branches(number) for number in range(size)))
)


@dataclass
class Grown:
    """A tree with its tables, and whom each row hangs on, by label of the table that points."""

    world: World
    classes: list[ModelClass]
    below: dict[str, list[Any]]

    @property
    def tables(self) -> list[ModelClass]:
        return self.world.all()


@contextmanager
def grown(tree: Tree, roots: int, seed: int) -> Iterator[Grown]:
    with world() as made:
        classes = [made.model("M0")]
        for number, branch in enumerate(tree, 1):
            classes.append(made.model(f"M{number}", link=_link(tree, number, classes[branch.above])))
            if branch.listened:
                made.listen(classes[-1])
        with connection.schema_editor() as editor:
            for cls in classes:
                editor.create_model(cls)
        try:
            yield Grown(made, classes, _fill(tree, classes, roots, random.Random(seed)))
        finally:
            with connection.schema_editor() as editor:
                for cls in reversed(classes):
                    editor.delete_model(cls)


def _link(tree: Tree, number: int, above: ModelClass) -> Any:
    branch = tree[number - 1]
    if branch.kind == "m2m":
        return models.ManyToManyField(above, related_name="+")
    kind = models.OneToOneField if branch.kind == "o2o" else models.ForeignKey
    # Below rows that hang on nothing there may be more than the mean, or less.
    leaf = all(other.above != number for other in tree)
    return kind(above, models.CASCADE, null=branch.null and leaf, related_name="+")


def _fill(tree: Tree, classes: list[ModelClass], roots: int, chance: random.Random) -> dict[str, list[Any]]:
    below: dict[str, list[Any]] = {}
    _insert(classes[0], [{}] * roots)
    for number, branch in enumerate(tree, 1):
        cls = classes[number]
        link: Any = cls._meta.get_field("link")
        above = list(QuerySet[Any](model=classes[branch.above]).values_list("pk", flat=True))
        if branch.kind == "o2o":
            links = chance.sample(above, min(branch.rows, len(above)))
        else:
            # Most of them hang on a few.
            links = [above[int(chance.random() ** 3 * len(above))] for _ in range(branch.rows if above else 0)]
        if branch.kind == "m2m":
            through = link.remote_field.through
            _insert(cls, [{"id": row} for row in range(1, len(links) + 1)])
            names = link.m2m_column_name(), link.m2m_reverse_name()
            _insert(through, [dict(zip(names, pair, strict=True)) for pair in enumerate(links, 1)])
            below[through._meta.label] = links
        else:
            if link.null:
                links = [None if chance.random() < 0.3 else key for key in links]
            _insert(cls, [{"link_id": key} for key in links])
            below[cls._meta.label] = links
    return below


def _insert(cls: ModelClass, rows: list[dict[str, Any]]) -> None:
    QuerySet[Any](model=cls).bulk_create(cls(**row) for row in rows)


def through_a_file(counts: RowCounts) -> RowCounts:
    with TemporaryDirectory() as folder:
        file = Path(folder, "counts.toml")
        file.write_text(render(counts, exact=True))
        return read_row_counts(file)


@given(tree=trees, roots=st.integers(0, 12), seed=st.integers(0, 999))
@settings(max_examples=60, deadline=None)
def test_a_whole_table_takes_as_many_rows_as_foreseen(tree: Tree, roots: int, seed: int) -> None:
    with grown(tree, roots, seed) as found:
        reached = counted(found)
        whole = estimate(reached, Amount(roots, roots), fetched=True)
        _, deleted = QuerySet[Any](model=found.classes[0]).delete()
    assert whole is not None
    assert not whole.uncounted
    there = {label: rows for label, rows in deleted.items() if rows}
    assert {label: round(rows.mean) for label, rows in whole.deleted.items() if round(rows.mean)} == there
    assert {label: round(rows.worst) for label, rows in whole.deleted.items() if round(rows.worst)} == there


@given(tree=trees, roots=st.integers(1, 12), seed=st.integers(0, 999))
@settings(max_examples=40, deadline=None)
def test_one_row_is_the_whole_table_shared_out_and_the_worst_child_is_known(tree: Tree, roots: int, seed: int) -> None:
    with grown(tree, roots, seed) as found:
        reached = counted(found)
        one = estimate(reached, Amount(1, 1))
        worst = {
            edge.model: max(Counter(key for key in found.below[edge.model] if key is not None).values(), default=0)
            for edge in reached.edges
            if edge.relation.target == reached.root
        }
        _, deleted = QuerySet[Any](model=found.classes[0]).delete()
    assert one is not None
    assert one.rows.mean * roots == pytest.approx(sum(deleted.values()))
    assert {label: one.deleted[label].worst for label in worst if worst[label]} == {
        label: most for label, most in worst.items() if most
    }


def counted(found: Grown) -> Cascade:
    counts = through_a_file(read_statistics("default", found.tables, count=True))
    return cascade(replace(found.world.graph(), row_counts=counts), "zoo.M0")
