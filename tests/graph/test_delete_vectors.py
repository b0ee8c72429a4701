"""Deletes whose statements are known by heart: Django still sends them, and the graph foretells them.

A trace is written ``S:table``, ``D:table``, ``U:table`` for SELECT, DELETE and UPDATE and ``B`` for BEGIN. ``reads``
says what is read of a model on the way: ``*`` for every column, else names of fields; a model that is not named is not
read. Every table has three rows; row *n* points at row *n*.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

import django
import pytest
from django.contrib.contenttypes.fields import GenericRelation
from django.db.models import (
    CASCADE,
    DO_NOTHING,
    PROTECT,
    SET,
    SET_DEFAULT,
    SET_NULL,
    AutoField,
    CharField,
    ForeignKey,
    ManyToManyField,
    ProtectedError,
    TextField,
)

from delete_lint.graph.cascade import cascade
from delete_lint.graph.collector import fast_delete
from tests.graph.django_models import VERSION, World, database, nobody, own_cascade, statements, trace, world

Body = Callable[[], dict[str, Any]]
#: Its bases and its fields.
Recipe = tuple[str | tuple[str, ...], Body]


@dataclass(frozen=True)
class Vector:
    name: str
    models: Mapping[str, Recipe]
    root: str
    trace: str
    reads: dict[str, str] = field(default_factory=dict)
    again: tuple[str, ...] = ()
    listeners: tuple[str | None, ...] = ()
    refused: bool = False
    since: tuple[int, int] = (4, 2)
    until: tuple[int, int] = (99, 0)

    def __str__(self) -> str:
        return self.name.replace(" ", "_")


def to(target: str, handler: Any = CASCADE, **options: Any) -> Any:
    return ForeignKey(f"zoo.{target}", handler, related_name="+", **options)


ROOT: Recipe = ("", dict)
CHILD: Recipe = ("", lambda: {"p": to("P"), "big": TextField()})
GRANDCHILD: Recipe = ("", lambda: {"c": to("C")})
TWO = {"P": ROOT, "C": CHILD}
THREE = {**TWO, "G": GRANDCHILD}
TAGGED: Recipe = ("", lambda: {"p": to("P"), "big": TextField(), "tags": GenericRelation("zoo.Tag")})
OWN_KEY: Recipe = ("", lambda: {"b_id": AutoField(primary_key=True)})


def child(handler: Any, **options: Any) -> dict[str, Recipe]:
    return {"P": ROOT, "C": ("", lambda: {"p": to("P", handler, **options)})}


VECTORS = [
    Vector("a leaf is deleted unread", TWO, "P", "S:p B D:c D:p"),
    Vector("a child with children is read by its key", THREE, "P", "S:p S:c B D:g D:c D:p", {"C": "id"}),
    Vector(
        "a receiver has whole rows read",
        THREE,
        "P",
        "S:p S:c B D:g D:c D:p",
        {"C": "*"},
        listeners=("C",),
    ),
    Vector("a receiver has a leaf read", TWO, "P", "S:p S:c B D:c D:p", {"C": "*"}, listeners=("C",)),
    Vector(
        "a receiver of every model has all tables read",
        THREE,
        "P",
        "S:p S:c S:g B D:g D:c D:p",
        {"C": "*", "G": "*"},
        listeners=(None,),
    ),
    Vector("SET_NULL is one update", child(SET_NULL, null=True), "P", "S:p B U:c D:p"),
    Vector("SET to a value is one update", child(SET(None), null=True), "P", "S:p B U:c D:p"),
    Vector(
        "SET_DEFAULT reads no row before 5 1",
        child(SET_DEFAULT, null=True, default=None),
        "P",
        "S:p B U:c D:p",
        until=(5, 1),
    ),
    Vector(
        "SET_DEFAULT reads every row since 5 1",
        child(SET_DEFAULT, null=True, default=None),
        "P",
        "S:p S:c B U:c D:p",
        {"C": "*"},
        since=(5, 1),
    ),
    Vector(
        "SET to a callable reads no row before 5 1", child(SET(nobody), null=True), "P", "S:p B U:c D:p", until=(5, 1)
    ),
    Vector(
        "SET to a callable reads every row since 5 1",
        child(SET(nobody), null=True),
        "P",
        "S:p S:c B U:c D:p",
        {"C": "*"},
        since=(5, 1),
    ),
    Vector("PROTECT reads what is in the way", child(PROTECT), "P", "S:p S:c", {"C": "*"}, refused=True),
    Vector("DO_NOTHING keeps the parent fast", child(DO_NOTHING), "P", "B D:p"),
    Vector("a leaf root is one delete", TWO, "C", "B D:c"),
    Vector(
        "a many to many table goes unread",
        {"T": ROOT, "P": ("", lambda: {"tags": ManyToManyField("zoo.T", related_name="+")})},
        "P",
        "S:p B D:p_tags D:p",
    ),
    Vector(
        "a receiver of every model has a many to many table read",
        {"T": ROOT, "P": ("", lambda: {"tags": ManyToManyField("zoo.T", related_name="+")})},
        "P",
        "S:p S:p_tags B D:p_tags D:p",
        {"P_tags": "*"},
        listeners=(None,),
    ),
    Vector(
        "a column that others refer to is read along",
        {
            "R": ROOT,
            "S": ("", lambda: {"r": to("R"), "code": CharField(max_length=9, unique=True), "big": TextField()}),
            "T": ("", lambda: {"s": to("S", to_field="code")}),
        },
        "R",
        "S:r S:s B D:t D:s D:r",
        {"S": "id code"},
    ),
    Vector(
        "a GenericRelation has whole rows read",
        {"P": ROOT, "C": TAGGED},
        "P",
        "S:p S:c B D:tag D:c D:p",
        {"C": "*"},
    ),
    Vector(
        "a function around CASCADE has whole rows read",
        child(own_cascade),
        "P",
        "S:p S:c B D:c D:p",
        {"C": "*"},
    ),
    Vector(
        "a child of a child is read with a query for each parent",
        {"B": ("", lambda: {"big": TextField()}), "C": ("B", dict), "D": ("C", dict)},
        "B",
        "S:b S:c S:b S:b S:b B D:d D:c D:b",
        {"C": "b_ptr"},
        again=("B",),
    ),
    Vector("a leaf child goes unread with its parent", {"P": ROOT, "K": ("P", dict)}, "P", "S:p B D:k D:p"),
    Vector("a child as the root is read", {"P": ROOT, "K": ("P", dict)}, "K", "S:k B D:k D:p"),
    Vector(
        "parents are read one by one",
        {
            "O": ROOT,
            "P": ("", lambda: {"big": TextField()}),
            "N": ("", lambda: {"p": to("P")}),
            "K": ("P", lambda: {"o": to("O")}),
        },
        "O",
        "S:o S:k S:p S:p S:p B D:n D:k D:p D:o",
        {"K": "id p_ptr"},
        again=("P",),
    ),
    Vector(
        "a receiver spares the parents",
        {
            "O": ROOT,
            "P": ("", lambda: {"big": TextField()}),
            "N": ("", lambda: {"p": to("P")}),
            "K": ("P", lambda: {"o": to("O")}),
        },
        "O",
        "S:o S:k B D:n D:k D:p D:o",
        {"K": "*"},
        listeners=("K",),
    ),
    Vector(
        "a link that is not the key is read row by row",
        {"A": ROOT, "B": OWN_KEY, "AB": (("A", "B"), dict), "R": ("", lambda: {"ab": to("AB")})},
        "A",
        "S:a S:ab S:a S:a S:a S:ab S:b S:ab S:b S:ab S:b B D:r D:ab D:b D:a",
        {"AB": "a_ptr"},
        again=("A", "AB", "B"),
    ),
    Vector(
        "a nullable key lets the parent go first",
        child(CASCADE, null=True),
        "P",
        "S:p S:c B D:p D:c",
        {"C": "*"},
        listeners=("C",),
    ),
]

if django.VERSION >= (6, 1):
    from django.db.models import DB_CASCADE

    VECTORS += [
        Vector(
            "DB_CASCADE leaves all to the database",
            {"A": ROOT, "B": ("", lambda: {"a": to("A", DB_CASCADE)}), "C": ("", lambda: {"b": to("B", DB_CASCADE)})},
            "A",
            "B D:a",
            listeners=("B", "C"),
        ),
        Vector(
            "DB_CASCADE does not see a GenericRelation",
            {"A": ROOT, "B": ("", lambda: {"a": to("A", DB_CASCADE), "tags": GenericRelation("zoo.Tag")})},
            "A",
            "B D:a",
        ),
    ]


def make(zoo: World, vector: Vector) -> None:
    classes: dict[str, type] = {}
    for name, (bases, body) in vector.models.items():
        names = (bases,) if isinstance(bases, str) else bases
        classes[name] = zoo.model(name, *(classes[base] for base in names if base), **body())
    zoo.tag()
    for listener in vector.listeners:
        zoo.listen(None if listener is None else classes[listener])


@pytest.mark.parametrize("vector", VECTORS, ids=str)
def test_the_statements_are_the_foretold_ones(vector: Vector) -> None:
    if not vector.since <= (VERSION.major, VERSION.minor) < vector.until:
        pytest.skip(f"not on Django {VERSION}")
    with world() as zoo:
        make(zoo, vector)
        graph = zoo.graph()
        root = next(cls for cls in zoo.all() if cls.__name__ == vector.root)
        refusal = pytest.raises(ProtectedError) if vector.refused else nullcontext()
        with database(zoo, rows=3), statements() as seen, refusal:
            root._base_manager.all().delete()
    assert trace(seen) == vector.trace
    foretold = cascade(graph, f"zoo.{vector.root}")
    assert fast_delete(graph, foretold.root) == (not vector.trace.startswith("S:"))
    reads = {
        edge.model.removeprefix("zoo."): "*" if edge.columns is None else " ".join(edge.columns)
        for edge in foretold.edges
        if edge.loaded
    }
    assert reads == vector.reads
    again = {table.removeprefix("zoo.") for edge in foretold.edges for table in edge.row_reads}
    assert again == set(vector.again)


def test_the_version_of_django_decides_what_set_default_costs() -> None:
    with world() as zoo:
        make(zoo, Vector("", child(SET_DEFAULT, null=True, default=None), "P", ""))
        graphs = {version: zoo.graph(type(VERSION)(*version)) for version in ((5, 0), (5, 1))}
        loaded = {version: [edge.loaded for edge in cascade(graph, "zoo.P").edges] for version, graph in graphs.items()}
        assert loaded == {(5, 0): [False], (5, 1): [True]}


def test_a_receiver_of_the_concrete_model_is_not_heard_through_its_proxy() -> None:
    with world() as zoo:
        concrete = zoo.model("Conc")
        proxy = zoo.model("Proxy", concrete, meta={"proxy": True})
        zoo.listen(concrete)
        graph = zoo.graph()
        with database(zoo, rows=2), statements() as seen:
            proxy._base_manager.all().delete()
        assert trace(seen) == "B D:conc"
        assert fast_delete(graph, "zoo.Proxy")
        assert not fast_delete(graph, "zoo.Conc")


def test_a_tree_is_read_level_by_level() -> None:
    with world() as zoo:
        node: Any = zoo.model("N", p=to("N", null=True))
        graph = zoo.graph()
        with database(zoo, rows=4):
            for number in range(1, 5):
                node.objects.filter(pk=number).update(p=number - 1 or None)
            with statements() as seen:
                node.objects.filter(pk=1).delete()
        assert trace(seen) == "S:n S:n S:n S:n S:n B D:n"
        foretold = cascade(graph, "zoo.N")
        assert [edge.columns for edge in foretold.edges] == [("id",)]
        assert (foretold.depth, foretold.models) == (0, ())
