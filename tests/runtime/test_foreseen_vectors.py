"""Deletes whose statements are known by heart: the plan says them in their order, and every database gets them so.

A trace is written ``S:table``, ``D:table``, ``U:table`` for SELECT, DELETE and UPDATE, ``B`` for BEGIN and ``C`` for
COMMIT. Every table has three rows; row *n* points at row *n*.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connections
from django.db.models import DO_NOTHING, SET_NULL, CharField, Model, QuerySet, TextField

from delete_lint.graph.exact_plan import ExactPlan
from delete_lint.runtime.foresee.plan import plan
from tests.graph.django_models import VERSION, ModelClass, World, world
from tests.graph.test_delete_vectors import ROOT, TAGGED, THREE, TWO, VECTORS, Vector, child, make, to
from tests.runtime.compare import differences
from tests.runtime.observe import observe, restored
from tests.runtime.rows import Row, created, insert

Call = Callable[[QuerySet[Any]], QuerySet[Any] | Model]


@contextmanager
def three_rows_each(zoo: World, using: str) -> Iterator[None]:
    tables = [cls for cls in zoo.all() if not cls._meta.proxy]
    with created(tables, using):
        content_types = [ContentType.objects.db_manager(using).get_for_model(cls).pk for cls in tables]
        rows = {cls: [Row(_values(cls, number)) for number in (1, 2, 3)] for cls in tables}
        for cls in tables:
            if "object_id" in (names := {column.attname for column in cls._meta.local_concrete_fields}):
                pairs = [(content_type, number) for content_type in content_types for number in (1, 2, 3)]
                about = [{"content_type_id": content_type, "object_id": number} for content_type, number in pairs]
                rows[cls] = [Row({"id": number, **each}) for number, each in enumerate(about, start=1)]
                assert names == {"id", "content_type_id", "object_id"}
        insert(rows, using)
        yield


def _values(cls: ModelClass, number: int) -> dict[str, Any]:
    return {
        column.attname: f"c{number}" if isinstance(_referred(column), CharField | TextField) else number
        for column in cls._meta.local_concrete_fields
    }


def _referred(column: Any) -> Any:
    return column.target_field if column.remote_field else column


@dataclass(frozen=True)
class Foreseen:
    """A vector with a call of its own on its root."""

    vector: Vector
    call: Call
    trace: str

    def __str__(self) -> str:
        return str(self.vector)


def everything(queryset: QuerySet[Any]) -> QuerySet[Any]:
    return queryset


def one(queryset: QuerySet[Any]) -> Model:
    found: Model = queryset.order_by("pk")[0]
    return found


def case(name: str, models: Any, root: str, call: Call, trace: str, /, **more: Any) -> Foreseen:
    return Foreseen(Vector(name, models, root, trace, **more), call, trace)


CODED = {
    "S": ("", lambda: {"code": CharField(max_length=9, unique=True), "big": TextField()}),
    "T": ("", lambda: {"s": to("S", to_field="code")}),
}
PROXY = type("Meta", (), {"proxy": True, "app_label": "zoo"})

CASES = [
    case("a leaf instance goes without a transaction", TWO, "C", one, "D:c"),
    case("a receiver gives a leaf instance a transaction", TWO, "C", one, "B D:c C", listeners=("C",)),
    case("an instance is not read again", THREE, "P", one, "S:c B D:g D:c D:p C"),
    case("DO_NOTHING leaves an instance alone", child(DO_NOTHING, db_constraint=False), "P", one, "D:p"),
    case("nothing is asked where nothing can be found", TWO, "P", lambda rows: rows.none(), "B C"),
    case("only the key is read with only", TWO, "P", lambda rows: rows.only("pk"), "S:p B D:c D:p C"),
    case(
        "only the key is not enough where others refer to another column",
        CODED,
        "S",
        lambda rows: rows.only("pk"),
        "S:s S:s S:s S:s B D:t D:s C",
    ),
    case(
        "a proxy does not hear the receivers of its model",
        {"Conc": ROOT, "Proxy": ("Conc", lambda: {"Meta": PROXY})},
        "Proxy",
        everything,
        "B D:conc C",
        listeners=("Conc",),
    ),
    case("a child of inheritance is read as a root", {"P": ROOT, "K": ("P", dict)}, "K", everything, "S:k B D:k D:p C"),
    case("a join in a fast delete is one statement", TWO, "C", lambda rows: rows.filter(p__pk__gt=0), "B D:c C"),
    case("generic rows of a root go in one statement", {"C": TAGGED, "P": ROOT}, "C", everything, "S:c B D:tag D:c C"),
    case(
        "two nullable ways to a child are two updates",
        {
            "P": ROOT,
            "C": ("", lambda: {"a": to("P", SET_NULL, null=True), "b": to("P", SET_NULL, null=True)}),
        },
        "P",
        everything,
        "S:p B U:c U:c D:p C",
    ),
    case(
        "two ways to a leaf are one delete",
        {"P": ROOT, "C": ("", lambda: {"a": to("P"), "b": to("P")})},
        "P",
        everything,
        "S:p B D:c D:p C",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_plan_of_a_call_is_what_the_database_gets(case: Foreseen, alias: str) -> None:
    with world() as zoo:
        make(zoo, case.vector)
        with three_rows_each(zoo, alias):
            foretold = _compared(zoo, case.vector.root, case.call, alias)
            assert steps(foretold, zoo) == case.trace


@pytest.mark.parametrize("vector", VECTORS, ids=str)
def test_the_plan_of_a_vector_is_what_the_database_gets(vector: Vector, alias: str) -> None:
    if not vector.since <= (VERSION.major, VERSION.minor) < vector.until:
        pytest.skip(f"not on Django {VERSION}")
    with world() as zoo:
        make(zoo, vector)
        with three_rows_each(zoo, alias):
            foretold = _compared(zoo, vector.root, everything, alias)
    if connections[alias].features.can_defer_constraint_checks and foretold.error != "IntegrityError":
        # What is read row by row of two tables takes turns; the plan says how often.
        assert sorted(steps(foretold, zoo).removesuffix(" C").split()) == sorted(vector.trace.split())
    assert (foretold.error == "ProtectedError") == vector.refused


def _compared(zoo: World, root: str, call: Call, using: str) -> ExactPlan:
    every: list[ModelClass] = [*zoo.all(), ContentType]
    classes = {cls._meta.label: cls for cls in every}
    objects = call(QuerySet(classes[f"zoo.{root}"], using=using))
    foretold = plan(objects, using=using, graph=zoo.graph())
    with restored(using):
        happened = observe(using, objects.delete)
    assert not list(differences(foretold, happened, classes))
    return foretold


def steps(foretold: ExactPlan, zoo: World) -> str:
    tables = {cls._meta.label: cls._meta.db_table.removeprefix("zoo_") for cls in zoo.all()}
    words = []
    for step in foretold.steps:
        words += [f"{step.verb[0]}:{tables[step.label]}" if step.label else step.verb[0]] * step.count
    return " ".join(words)
