"""The sizes of large columns, learnt from a few rows: without them nobody knows what loading all of them would take."""

from __future__ import annotations

import json
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connections, models
from django.db.models.query import QuerySet

from delete_lint.graph.memory import Size
from delete_lint.runtime.foresee.python_size import deep_size, python_size
from delete_lint.runtime.foresee.read_only import only_questions
from delete_lint.runtime.foresee.widths import column_sizes, variable_columns
from tests.graph.django_models import ModelClass, world

DOCUMENT = {"title": "x" * 900, "numbers": [1_000.5] * 100, "deep": {"nested": ["λ" * 200, None, True, 7]}}


class SecretField(models.TextField):  # type: ignore[type-arg]
    """Like a field that decrypts what it reads."""

    def from_db_value(self, value: Any, *_: Any) -> Any:
        raise AssertionError("code of the project was run")


class SecretBytesField(models.BinaryField):  # type: ignore[type-arg]
    def from_db_value(self, value: Any, *_: Any) -> Any:
        raise AssertionError("code of the project was run")


class HidingManager(models.Manager[Any]):
    def get_queryset(self) -> QuerySet[Any]:
        raise AssertionError("a manager of the project was asked")


@contextmanager
def table(using: str, **columns: Any) -> Iterator[ModelClass]:
    with world() as made:
        model = made.model("Note", **columns)
        with connections[using].schema_editor() as editor:
            editor.create_model(model)
        try:
            yield model
        finally:
            with connections[using].schema_editor() as editor:
                editor.delete_model(model)


def rows(model: ModelClass, using: str) -> QuerySet[Any]:
    return QuerySet(model=model, using=using)


def add(model: ModelClass, using: str, *values: dict[str, Any]) -> None:
    rows(model, using).bulk_create([model(**each) for each in values], batch_size=100)


@contextmanager
def statements(using: str) -> Iterator[list[tuple[str, Any]]]:
    seen: list[tuple[str, Any]] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        seen.append((sql, params))
        return execute(sql, params, many, context)

    with connections[using].execute_wrapper(note):
        yield seen


def test_sizes_are_those_of_the_values_that_instances_would_hold(alias: str) -> None:
    columns = {
        "data": models.JSONField(),
        "text": models.TextField(),
        "greek": models.TextField(),
        "title": models.CharField(max_length=200),
        "blob": models.BinaryField(),
    }
    with table(alias, **columns) as model:
        values = {"text": "x" * 500, "greek": "λ" * 500, "title": "t" * 150, "blob": b"x" * 700}
        add(model, alias, *[{"data": DOCUMENT | {"number": number + 1_000}, **values} for number in range(20)])
        found = column_sizes(model, columns, rows(model, alias), alias)
        loaded = rows(model, alias)[0]
        assert found["data"].value == pytest.approx(deep_size(loaded.data), rel=0.1)
        assert found["data"].raw == pytest.approx(len(json.dumps(DOCUMENT)), rel=0.7)  # databases write it differently
        for name in ("text", "greek", "title", "blob"):
            assert found[name].raw == 0
            assert found[name].value == pytest.approx(sys.getsizeof(getattr(loaded, name)), rel=0.02)


def test_rows_without_a_value_count_as_nothing(alias: str) -> None:
    with table(alias, data=models.JSONField(null=True), text=models.TextField(null=True)) as model:
        full = {"data": ["x" * 1_000], "text": "x" * 1_000}
        add(model, alias, *[full if number % 4 == 0 else {} for number in range(40)])
        found = column_sizes(model, ["data", "text"], rows(model, alias), alias)
        assert found["text"].value == pytest.approx((1_000 + sys.getsizeof("")) / 4, rel=0.01)
        assert found["data"].raw == pytest.approx((1_000 + sys.getsizeof("")) / 4, rel=0.05)


def test_empty_tables_and_columns_without_a_value_are_no_error(alias: str) -> None:
    with table(alias, data=models.JSONField(null=True)) as model:
        assert column_sizes(model, ["data"], rows(model, alias), alias) == {}
        assert column_sizes(model, [], rows(model, alias), alias) == {}
        assert column_sizes(model, ["data"], [1, 2, 3], alias) == {}
        add(model, alias, {}, {})
        assert column_sizes(model, ["data"], rows(model, alias), alias) == {"data": Size(0, 0)}


def test_fields_and_managers_of_the_project_are_not_run(alias: str) -> None:
    columns = {"secret": SecretField(), "hidden": SecretBytesField()}
    with table(alias, **columns, objects=HidingManager()) as model:
        add(model, alias, *[{"secret": "s" * 400, "hidden": b"h" * 300}] * 10)
        found = column_sizes(model, columns, rows(model, alias), alias)
        # What they are turned into is not known, but that the stored values are held meanwhile.
        assert found["secret"].raw > 400
        assert found["secret"].value > 400
        assert found["hidden"].raw > 300


def test_a_field_of_the_project_that_stores_json_is_weighed_as_json() -> None:
    numbers = json.dumps([1_000.5] * 500)
    assert python_size(SecretField(), numbers).value > 3 * len(numbers)
    assert python_size(SecretField(), "{not json").value < 100


def test_only_a_few_rows_of_a_large_table_are_looked_at(alias: str) -> None:
    with table(alias, text=models.TextField()) as model:
        add(model, alias, *[{"text": "x" * (number // 10)} for number in range(3_000)])
        keys = list(rows(model, alias).values_list("pk", flat=True))
        for source in (keys, rows(model, alias)):
            with statements(alias) as seen, only_questions(alias):
                found = column_sizes(model, ["text"], source, alias)
            assert found["text"].value == pytest.approx(150 + sys.getsizeof(""), rel=0.15)
            assert len(seen) <= 11
            assert all("LIMIT 25" in sql or "COUNT" in sql or sql.count("%s") <= 200 for sql, _ in seen)


def test_huge_values_are_measured_but_not_read(alias: str) -> None:
    with table(alias, data=models.JSONField()) as model:
        add(model, alias, *[{"data": "x" * 100_000}] * 5, *[{"data": "y" * 6_000_000}] * 2)
        found = column_sizes(model, ["data"], rows(model, alias), alias)
        assert found["data"].value == pytest.approx((5 * 100_000 + 2 * 6_000_000) / 7, rel=0.02)
        rows(model, alias).filter(pk__lte=5).delete()
        found = column_sizes(model, ["data"], rows(model, alias), alias)
        assert found["data"].raw == pytest.approx(6_000_000, rel=0.01)


def test_keys_need_not_be_numbers(alias: str) -> None:
    with table(alias, id=models.UUIDField(primary_key=True, default=uuid.uuid4), text=models.TextField()) as model:
        add(model, alias, *[{"text": "x" * 1_000}] * 300)
        keys = list(rows(model, alias).values_list("pk", flat=True))
        for source in (keys, rows(model, alias)):
            found = column_sizes(model, ["text"], source, alias)
            assert found["text"].value == pytest.approx(1_000 + sys.getsizeof(""), rel=0.01)


def test_the_rows_of_a_queryset_are_meant_not_those_of_the_table(alias: str) -> None:
    with table(alias, group=models.IntegerField(), text=models.TextField()) as model:
        add(model, alias, *[{"group": number % 2, "text": "x" * (2_000 * (number % 2))} for number in range(600)])
        small, large = (
            column_sizes(model, ["text"], rows(model, alias).filter(group=group).order_by("text"), alias)["text"].value
            for group in (0, 1)
        )
        assert (small < 100, large > 2_000) == (True, True)


def test_a_table_that_is_not_there_leaves_the_sizes_unknown(alias: str) -> None:
    with world() as made:
        model = made.model("Missing", text=models.TextField())
        assert column_sizes(model, ["text"], [1], alias) == {}


def test_arrays_are_measured_by_their_elements(postgresql: str) -> None:
    from django.contrib.postgres.fields import ArrayField

    numbers: Any = ArrayField(models.IntegerField())
    words: Any = ArrayField(models.CharField(max_length=50))
    with table(postgresql, numbers=numbers, words=words) as model:
        add(model, postgresql, *[{"numbers": [*range(1_000, 1_300)], "words": ["x" * 40] * 100}] * 10)
        found = column_sizes(model, ["numbers", "words"], rows(model, postgresql), postgresql)
        loaded = rows(model, postgresql)[0]
        assert found["numbers"].value == pytest.approx(deep_size(loaded.numbers), rel=0.2)
        assert found["words"].value == pytest.approx(deep_size(loaded.words), rel=0.2)


def test_which_columns_are_worth_a_look() -> None:
    with world() as made:
        model = made.model(
            "Note",
            code=models.CharField(max_length=10),
            title=models.CharField(max_length=100),
            number=models.IntegerField(),
            when=models.DateTimeField(),
            data=models.JSONField(),
            text=models.TextField(),
            parent=models.ForeignKey("self", models.CASCADE),
        )
        assert variable_columns(model) == ["title", "data", "text"]
        assert variable_columns(model, ["id", "text"]) == ["text"]


def test_what_is_in_python_anyway_weighs_nothing() -> None:
    nothing = [None, True, 5, "x", ""]
    assert deep_size(nothing) == sys.getsizeof(nothing)
    word = "same key" * 10
    twice = [word, word]
    assert deep_size(twice) == sys.getsizeof(twice) + sys.getsizeof(word)
