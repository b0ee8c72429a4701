"""The peak of a plan against what `tracemalloc` sees of the delete itself: somebody sizes a machine by it.

The model is right within a fifth as a rule (`benchmarks/memory.py`); here it has to be within a factor of two, on every
Python, Django and database.
"""

from __future__ import annotations

import gc
import json
import subprocess
import sys
import tracemalloc
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connections, models, transaction
from django.db.models.query import QuerySet

from delete_lint import plan
from delete_lint.graph.exact_plan import ExactPlan
from delete_lint.runtime.foresee.clock import round_trip, seconds
from delete_lint.runtime.foresee.read_only import only_questions
from tests.graph.django_models import ModelClass, World, world

ROWS = 2_000

KEYS = {f"key{number}": "x" * 95 for number in range(40)}
TEXTS: dict[str, Callable[[int], Any]] = {"text": lambda number: f"{number:010d}" * 100}


@contextmanager
def tables(made: World, alias: str) -> Iterator[None]:
    created = [cls for cls in made.all() if not cls._meta.auto_created]
    connection = connections[alias]
    with connection.schema_editor() as editor:
        for cls in created:
            editor.create_model(cls)
    try:
        yield
    finally:
        with connection.schema_editor() as editor:
            for cls in reversed(created):
                editor.delete_model(cls)


def cascade(made: World, **columns: Any) -> tuple[ModelClass, ModelClass, ModelClass]:
    """Root <- Row <- Leaf."""
    root = made.model("Root")
    row = made.model("Row", root=models.ForeignKey(root, models.CASCADE), **columns)
    leaf = made.model("Leaf", row=models.ForeignKey(row, models.CASCADE))
    return root, row, leaf


def fill(
    alias: str,
    cascaded: tuple[ModelClass, ModelClass, ModelClass],
    values: dict[str, Callable[[int], Any]],
    count: int = ROWS,
) -> Any:
    """One root, with many rows on it and a leaf on each; the root as it is read from the database."""
    root, row, leaf = cascaded
    one = _rows(root, alias).create()
    made = [row(root_id=one.pk, **{name: value(number) for name, value in values.items()}) for number in range(count)]
    if row._meta.parents:
        for instance in made:
            instance.save(using=alias)
    else:
        _rows(row, alias).bulk_create(made, batch_size=200)
    keys = list(_rows(row, alias).values_list("pk", flat=True))
    _rows(leaf, alias).bulk_create([leaf(row_id=key) for key in keys], batch_size=500)
    return _rows(root, alias).get()


def _rows(model: ModelClass, alias: str) -> QuerySet[Any]:
    return QuerySet(model=model, using=alias)


def peak_of_delete(objects: Any, alias: str) -> int:
    gc.collect()
    with transaction.atomic(using=alias):
        tracemalloc.start()
        before = tracemalloc.get_traced_memory()[0]
        objects.delete()
        peak = tracemalloc.get_traced_memory()[1] - before
        tracemalloc.stop()
        transaction.set_rollback(True, using=alias)
    return peak


def assert_foreseen(objects: Any, alias: str) -> ExactPlan:
    found = plan(objects, using=alias)
    peak = peak_of_delete(objects, alias)
    assert peak / 2 < found.peak_bytes < peak * 2
    return found


Columns = dict[str, tuple[Any, Callable[[int], Any]]]  # the class of a field, and its values

SHAPES: dict[str, Columns] = {
    "bare": {},
    "keys": {"data": (models.JSONField, lambda number: KEYS | {"number": number + 1_000})},
    "numbers": {"data": (models.JSONField, lambda number: [number + each for each in range(300, 700)])},
    "text": {"text": (models.TextField, TEXTS["text"])},
    "forty": {f"number{each}": (models.IntegerField, lambda number: number + 1_000) for each in range(40)},
}


def assert_cascade_is_foreseen(alias: str, shape: str, heard: str) -> None:
    columns = SHAPES[shape]
    with world() as made:
        cascaded = cascade(made, **{name: field() for name, (field, _) in columns.items()})
        with tables(made, alias):
            root = fill(alias, cascaded, {name: value for name, (_, value) in columns.items()})
            for model in cascaded:
                if model.__name__ == heard:
                    made.listen(model)
            found = assert_foreseen(root, alias)
            held = {table.label.removeprefix("zoo."): table.bytes for table in found.tables}
            assert (held["Row"] > 0, held["Leaf"] > 0, held["Root"]) == (True, heard == "Leaf", 0)


@pytest.mark.parametrize(("shape", "heard"), [("keys", ""), ("keys", "Row"), ("bare", "Leaf")])
def test_a_cascade_with_and_without_receivers(alias: str, shape: str, heard: str) -> None:
    assert_cascade_is_foreseen(alias, shape, heard)


@pytest.mark.parametrize(
    ("shape", "heard"),
    [("bare", ""), ("bare", "Row"), ("numbers", "Row"), ("text", "Row"), ("forty", ""), ("forty", "Row")],
)
def test_a_cascade_over_rows_of_other_shapes(shape: str, heard: str) -> None:
    assert_cascade_is_foreseen("default", shape, heard)


def test_the_rows_of_a_queryset(alias: str) -> None:
    with world() as made:
        cascaded = cascade(made, data=models.JSONField())
        with tables(made, alias):
            fill(alias, cascaded, {"data": lambda number: KEYS})
            rows = _rows(cascaded[1], alias)
            whole = assert_foreseen(rows.all(), alias)
            narrow = assert_foreseen(rows.only("pk"), alias)
            assert whole.peak_bytes > 10 * narrow.peak_bytes


def test_keys_that_are_no_numbers(alias: str) -> None:
    with world() as made:
        cascaded = cascade(made, id=models.UUIDField(primary_key=True, default=uuid.uuid4))
        with tables(made, alias):
            assert_foreseen(fill(alias, cascaded, {}), alias)


@pytest.mark.parametrize("heard", [False, True])
def test_multi_table_children_and_their_parents(heard: bool) -> None:
    """Without a receiver the parents are read one by one; with one they are made from the children."""
    with world() as made:
        root = made.model("Root")
        place = made.model("Place", root=models.ForeignKey(root, models.CASCADE), text=models.TextField())
        hotel = made.model("Hotel", place, stars=models.IntegerField(default=3))
        room = made.model("Room", row=models.ForeignKey(hotel, models.CASCADE))
        with tables(made, "default"), transaction.atomic():
            one = fill("default", (root, hotel, room), TEXTS, 500)
            if heard:
                made.listen(hotel)
            assert_foreseen(one, "default")


def test_the_time_is_a_guess_of_the_right_order(alias: str) -> None:
    """Not how well it guesses, which depends on what else the machine does: `benchmarks/memory.py` shows that."""
    with world() as made:
        cascaded = cascade(made)
        with tables(made, alias):
            root = fill(alias, cascaded, {})
            found = plan(root, using=alias)
            with only_questions(alias) as questions:
                guess = seconds(found, alias)
            assert questions.asked < 10
            assert 0.005 < guess < 20
            assert 0 < round_trip(alias) < 0.5
            nothing = plan(_rows(cascaded[2], alias).filter(pk=0), using=alias)
            assert seconds(nothing, alias) < guess / 5


def test_the_benchmark_compares_what_the_readme_speaks_of() -> None:
    command = [sys.executable, "-m", "benchmarks.memory", "--rows", "500", "--only", "JSON, one string", "--json"]
    found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    assert found["bytes"] / 2 < found["foreseen_bytes"] < found["bytes"] * 2
    assert found["bytes"] > 500 * 8_000
