"""Models of a running project as the graph has them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial, wraps
from typing import Any

import django
import pytest
from django.contrib.contenttypes.fields import GenericRelation
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import SearchVectorField
from django.db import connection, models
from django.db.models.deletion import Collector
from django.test import override_settings

from delete_lint.graph.cascade import cascade
from delete_lint.graph.collector import evaluates, fast_delete, large_fields, primary_key, referenced_columns
from delete_lint.graph.model import Relation
from delete_lint.graph.project import ProjectGraph
from delete_lint.output.graph_json import graph_json
from delete_lint.output.graph_text import graph_overview, graph_tree
from delete_lint.runtime.front import runtime_graph
from delete_lint.settings import Settings
from tests.command import ROOT
from tests.graph.django_models import ModelClass, World, world

FILE = "tests/runtime/test_registry.py"
Label = str


@pytest.fixture
def zoo() -> Iterator[World]:
    with world() as made:
        yield made


def graph_of(zoo: World, settings: Settings | None = None) -> ProjectGraph:
    """The graph; whatever the models are like, it can be shown, and Django agrees on what is fast."""
    graph = runtime_graph(ROOT, settings, registry=zoo.apps)
    for cls in zoo.all():
        django_says = Collector(using="default").can_fast_delete(cls._base_manager.all())
        assert fast_delete(graph, cls._meta.label) == django_says, cls
        assert graph_tree(graph, cls._meta.label)
    assert graph_json(graph)
    assert graph_overview(graph)
    return graph


def key(target: Any, handler: Any = models.CASCADE, **options: Any) -> Any:
    return models.ForeignKey(target, handler, related_name="+", **options)


def relation(graph: ProjectGraph, field: str) -> Relation:
    (found,) = (each for each in graph.relations if each.field == field)
    return found


# --- on_delete ----------------------------------------------------------------------------------------------------


def logged(function: Any) -> Any:
    @wraps(function)
    def wrapper(*args: Any) -> Any:
        return function(*args)

    return wrapper


def cascade_or_not(collector: Any, field: Any, rows: Any, using: str) -> None:
    if rows:
        models.CASCADE(collector, field, rows, using)


def by_another(collector: Any, field: Any, rows: Any, using: str) -> None:
    cascade_or_not(collector, field, rows, using)


def given(inner: Any, collector: Any, field: Any, rows: Any, using: str) -> None:
    inner(collector, field, rows, using)


def handing_on(inner: Any) -> Any:
    def handler(collector: Any, field: Any, rows: Any, using: str) -> None:
        inner(collector, field, rows, using)

    return handler


def nothing(collector: Any, field: Any, rows: Any, using: str) -> None:
    """Leaves the rows alone, whatever CASCADE would do."""


@wraps(models.SET_NULL)
def like_set_null(collector: Any, field: Any, rows: Any, using: str) -> None:
    models.SET_NULL(collector, field, rows, using)


class Guard:
    def __init__(self, action: Any) -> None:
        self.action = action

    def __call__(self, collector: Any, field: Any, rows: Any, using: str) -> None:
        self.action(collector, field, rows, using)


def nobody() -> None:
    return None


@pytest.mark.parametrize(
    ("handler", "name"),
    [
        (models.CASCADE, "CASCADE"),
        (models.PROTECT, "PROTECT"),
        (models.RESTRICT, "RESTRICT"),
        (models.SET_NULL, "SET_NULL"),
        (models.SET_DEFAULT, "SET_DEFAULT"),
        (models.DO_NOTHING, "DO_NOTHING"),
        (models.SET(3), "SET_VALUE"),
        (models.SET(None), "SET_VALUE"),
        (models.SET(nobody), "SET_CALLABLE"),
    ],
)
def test_handlers_of_django_are_known_by_identity(handler: Any, name: str, zoo: World) -> None:
    zoo.model("A")
    zoo.model("B", a=key("zoo.A", handler, null=True))
    found = relation(graph_of(zoo), "a")
    assert (found.on_delete, found.wraps_cascade, found.lazy) == (name, False, False)


@pytest.mark.parametrize(
    ("handler", "name", "wraps_cascade"),
    [
        (cascade_or_not, "cascade_or_not", True),
        (by_another, "by_another", True),
        (partial(given, models.CASCADE), "given", True),
        (partial(given, models.PROTECT), "given", False),
        (handing_on(models.CASCADE), "handing_on.<locals>.handler", True),
        (handing_on(models.SET_NULL), "handing_on.<locals>.handler", False),
        (Guard(models.CASCADE), "Guard", True),
        (Guard(models.PROTECT), "Guard", False),
        (logged(cascade_or_not), "cascade_or_not", True),
        (nothing, "nothing", False),
        (logged(nothing), "nothing", False),
        (lambda *args: (models.CASCADE, args), "<lambda>", True),
    ],
)
def test_a_function_of_ones_own_is_no_cascade_but_may_lead_to_it(
    handler: Any, name: str, wraps_cascade: bool, zoo: World
) -> None:
    zoo.model("A")
    zoo.model("B", a=key("zoo.A", handler))
    graph = graph_of(zoo)
    found = relation(graph, "a")
    assert (found.on_delete, found.wraps_cascade) == (f"{__name__}.{name}", wraps_cascade)
    assert ("zoo.B" in cascade(graph, "zoo.A").level) == wraps_cascade
    assert graph_json(graph)["models"][0]["relations"][0]["on_delete"] == name.rpartition(".")[2]


def test_cascade_behind_a_decorator_is_not_cascade_itself(zoo: World) -> None:
    zoo.model("A")
    zoo.model("B", a=key("zoo.A", logged(models.CASCADE)))
    found = relation(graph_of(zoo), "a")
    assert (found.on_delete, found.wraps_cascade) == ("django.db.models.deletion.CASCADE", True)


def test_a_handler_that_is_marked_lazy_has_no_rows_fetched(zoo: World) -> None:
    zoo.model("A")
    zoo.model("B", a=key("zoo.A", like_set_null, null=True), b=key("zoo.A", nothing))
    graph = graph_of(zoo)
    assert [evaluates(relation(graph, name), graph.django) for name in "ab"] == [False, True]


@pytest.mark.skipif(django.VERSION < (6, 1), reason="not in this Django")
@pytest.mark.parametrize("name", ["DB_CASCADE", "DB_SET_NULL", "DB_SET_DEFAULT"])
def test_what_is_left_to_the_database_is_known(name: str, zoo: World) -> None:
    zoo.model("A")
    zoo.model("B", a=key("zoo.A", getattr(models, name), null=True, db_default=None))
    assert relation(graph_of(zoo), "a").on_delete == name


# --- relations ----------------------------------------------------------------------------------------------------


def test_what_a_key_refers_to_and_whether_the_database_knows(zoo: World) -> None:
    zoo.model("A", code=models.CharField(max_length=9, unique=True))
    zoo.model(
        "B",
        plain=key("zoo.A"),
        coded=key("zoo.A", to_field="code", null=True),
        loose=key("zoo.A", db_constraint=False),
        single=models.OneToOneField("zoo.A", models.CASCADE, related_name="+"),
    )
    graph = graph_of(zoo)
    found = [relation(graph, name) for name in ("plain", "coded", "loose", "single")]
    assert [each.to_field for each in found] == [None, "code", None, None]
    assert [each.null for each in found] == [False, True, False, False]
    assert [each.db_constraint for each in found] == [True, True, False, True]
    assert [each.kind for each in found] == ["fk", "fk", "fk", "o2o"]
    assert referenced_columns(graph, "zoo.A") == ("id", "code")


def test_automatic_tables_have_both_keys_and_chosen_ones_are_models(zoo: World) -> None:
    zoo.model("Tag")
    zoo.model(
        "Post", tags=models.ManyToManyField("zoo.Tag"), read=models.ManyToManyField("zoo.Tag", "+", through="Read")
    )
    zoo.model("Read", post=key("zoo.Post"), tag=key("zoo.Tag"))
    graph = graph_of(zoo)
    kinds = {(each.model, each.field): each.kind for each in graph.relations}
    assert kinds == {
        ("zoo.Post_tags", "post"): "m2m_through",
        ("zoo.Post_tags", "tag"): "m2m_through",
        ("zoo.Read", "post"): "fk",
        ("zoo.Read", "tag"): "fk",
    }
    assert graph.models["zoo.Post_tags"].auto_created
    assert not graph.models["zoo.Read"].auto_created


def test_a_link_to_a_parent_is_one_whatever_its_name(zoo: World) -> None:
    parent = zoo.model("Parent")
    zoo.model("Implied", parent)
    zoo.model("Named", parent, base=models.OneToOneField(parent, models.CASCADE, parent_link=True))
    graph = graph_of(zoo)
    assert [(each.model, each.field, each.kind) for each in graph.relations] == [
        ("zoo.Implied", "parent_ptr", "parent_link"),
        ("zoo.Named", "base", "parent_link"),
    ]
    assert graph.models["zoo.Named"].parents == ("zoo.Parent",)
    assert primary_key(graph, "zoo.Named") == ("base",)


def test_keys_of_a_proxy_are_told_once(zoo: World) -> None:
    a = zoo.model("A")
    b = zoo.model("B", a=key(a))
    zoo.model("BProxy", b, meta={"proxy": True})
    aproxy = zoo.model("AProxy", a, meta={"proxy": True})
    zoo.model("C", a=key(aproxy))
    graph = graph_of(zoo)
    assert [(each.model, each.target) for each in graph.relations] == [("zoo.B", "zoo.A"), ("zoo.C", "zoo.AProxy")]
    assert len(graph.candidate_relations("zoo.A")) == len(graph.candidate_relations("zoo.AProxy")) == 2
    assert (graph.models["zoo.BProxy"].proxy, graph.models["zoo.BProxy"].concrete) == (True, "zoo.B")
    assert graph.models["zoo.BProxy"].fields == ()


def test_a_key_over_several_columns_is_followed(zoo: World) -> None:
    zoo.model("A", code=models.IntegerField(), part=models.IntegerField(), meta={"unique_together": [("code", "part")]})
    zoo.model(
        "B",
        code=models.IntegerField(),
        part=models.IntegerField(),
        a=models.ForeignObject("zoo.A", models.CASCADE, ["code", "part"], ["code", "part"], related_name="+"),
    )
    graph = graph_of(zoo)
    assert (relation(graph, "a").on_delete, relation(graph, "a").db_constraint) == ("CASCADE", False)
    assert [field.name for field in graph.models["zoo.B"].fields] == ["id", "code", "part"]


@override_settings(ZOO_USER="zoo.Person")
def test_keys_of_a_model_that_is_swapped_out_lead_nowhere(zoo: World) -> None:
    zoo.model("Group")
    zoo.model("User", group=key("zoo.Group"), meta={"swappable": "ZOO_USER"})
    zoo.model("Person", group=models.ForeignKey("zoo.Group", models.DO_NOTHING))
    graph = graph_of(zoo)
    assert [each.model for each in graph.relations] == ["zoo.Person"]
    assert fast_delete(graph, "zoo.Group")


def test_a_generic_relation_given_to_a_model_later_is_not_that_of_its_children(zoo: World) -> None:
    """As packages do that register models."""
    tag = zoo.tag()
    parent = zoo.model("Parent", tags=GenericRelation(tag, related_query_name="+"))
    child = zoo.model("Child", parent)
    GenericRelation(tag, related_query_name="+").contribute_to_class(parent, "late")
    graph = graph_of(zoo)
    assert [each.field for each in graph.generic_relations("zoo.Parent")] == ["tags", "late"]
    assert [each.field for each in graph.generic_relations("zoo.Child")] == ["tags"]
    assert {field.name for field in child._meta.private_fields} == {"tags"}


class Following(models.Field):  # type: ignore[type-arg]
    """Not a GenericRelation, but something that the collector asks for rows all the same."""

    def contribute_to_class(self, cls: Any, name: str, private_only: bool = False) -> None:
        super().contribute_to_class(cls, name, private_only=True)

    def bulk_related_objects(self, objs: Any, using: str = "default") -> list[Any]:
        return []

    def db_type(self, connection: Any) -> None:
        return None


def test_whatever_is_asked_for_related_rows_makes_its_model_slow(zoo: World) -> None:
    zoo.model("A", following=Following())
    graph = graph_of(zoo)
    (found,) = graph.generic_relations("zoo.A")
    assert (found.model, found.field) == ("?Following", "following")
    assert not fast_delete(graph, "zoo.A")


# --- columns ------------------------------------------------------------------------------------------------------


class Payload(models.JSONField):
    pass


class Note(models.TextField):  # type: ignore[type-arg]
    def get_internal_type(self) -> str:
        return "CharField"


class Blob(models.Field):  # type: ignore[type-arg]
    def db_type(self, connection: Any) -> str:
        return "blob"


def test_large_columns_are_known_by_their_class_and_those_above_it(zoo: World) -> None:
    zoo.model(
        "A",
        title=models.CharField(max_length=9),
        text=models.TextField(),
        payload=Payload(),
        note=Note(),
        data=models.BinaryField(),
        numbers=ArrayField(models.IntegerField()),
        words=SearchVectorField(),
        blob=Blob(db_column="b_l_o_b"),
        scan=models.FileField(),
        photo=models.ImageField(),
    )
    graph = graph_of(zoo)
    assert large_fields(graph, "zoo.A") == ("text", "payload", "note", "data", "numbers", "words")
    fields = {field.name: field for field in graph.models["zoo.A"].fields}
    assert [name for name, field in fields.items() if field.is_file] == ["scan", "photo"]
    assert (fields["blob"].column, fields["payload"].type, fields["id"].primary_key) == ("b_l_o_b", "Payload", True)
    for stand_in in ("TextField", "django.db.models.TextField"):
        told = graph_of(zoo, Settings(field_classes={f"{__name__}.Blob": stand_in}))
        assert "blob" in large_fields(told, "zoo.A")


@pytest.mark.skipif(django.VERSION < (5, 0), reason="not in this Django")
def test_a_generated_column_is_as_large_as_what_it_holds(zoo: World) -> None:
    def generated(output: Any) -> Any:
        twice: Any = models.F("id") * 2
        return models.GeneratedField(expression=twice, output_field=output, db_persist=True)

    zoo.model("A", number=generated(models.IntegerField()), text=generated(models.TextField()))
    assert large_fields(graph_of(zoo), "zoo.A") == ("text",)


@pytest.mark.skipif(django.VERSION < (5, 2), reason="not in this Django")
def test_a_key_of_several_columns_is_known(zoo: World) -> None:
    zoo.model("A", pk=models.CompositePrimaryKey("x", "y"), x=models.IntegerField(), y=models.IntegerField())
    graph = graph_of(zoo)
    assert primary_key(graph, "zoo.A") == ("x", "y")
    assert [field.name for field in graph.models["zoo.A"].fields] == ["x", "y"]


# --- delete(), managers, databases --------------------------------------------------------------------------------


class Deleting:
    def delete(self) -> None:  # the override
        pass


def line_of(text: str) -> int:
    with open(__file__, encoding="utf-8") as lines:
        return next(number for number, line in enumerate(lines, start=1) if line.rstrip().endswith(text))


def test_a_delete_of_ones_own_is_found_with_the_class_that_has_it(zoo: World) -> None:
    base: Any = zoo.model("Base", Deleting, models.Model, meta={"abstract": True})
    zoo.model("A", base)
    zoo.model("B")
    graph = graph_of(zoo)
    a, b = graph.models["zoo.A"], graph.models["zoo.B"]
    assert a.override_owner == "Deleting"
    assert str(a.delete_override) == f"{FILE}:{line_of('# the override')}"
    assert (b.override_owner, b.delete_override) == (None, None)


class LiveRows(models.QuerySet):  # type: ignore[type-arg]
    def live(self) -> Any:
        return self.filter(hidden=False)

    def by_key(self) -> Any:
        return self.order_by("pk")


class Live(models.Manager):  # type: ignore[type-arg]
    def get_queryset(self) -> Any:
        return super().get_queryset().filter(hidden=False)


class LiveByMethod(models.Manager.from_queryset(LiveRows)):  # type: ignore[misc]
    def get_queryset(self) -> Any:
        return super().get_queryset().live()


class Sorted(models.Manager.from_queryset(LiveRows)):  # type: ignore[misc]
    def get_queryset(self) -> Any:
        return super().get_queryset().by_key()


class Careless(models.Manager):  # type: ignore[type-arg]
    def get_queryset(self) -> Any:
        assert connection.cursor().execute("SELECT 1").fetchone()
        return super().get_queryset()


@pytest.mark.parametrize(
    ("manager", "filters"), [(Live, True), (LiveByMethod, True), (Sorted, False), (models.Manager, False)]
)
def test_a_base_manager_that_hides_rows_is_told_from_one_that_does_not(manager: Any, filters: bool, zoo: World) -> None:
    zoo.model("A", hidden=models.BooleanField(), some=manager(), meta={"base_manager_name": "some"})
    zoo.model("B", hidden=models.BooleanField(), some=Live())  # a default manager is no base manager
    graph = graph_of(zoo)
    a, b = graph.models["zoo.A"], graph.models["zoo.B"]
    assert (a.base_manager, a.base_manager_filters) == (manager.__qualname__, filters)
    assert (b.base_manager, b.base_manager_filters) == (None, False)


class Router:
    def db_for_write(self, model: type[models.Model], **hints: Any) -> str | None:
        if model.__name__ == "Broken":
            raise RuntimeError("no such shard")
        return "elsewhere" if model.__name__ == "Far" else None


@override_settings(DATABASE_ROUTERS=[f"{__name__}.Router"])
def test_models_of_another_database_are_told(zoo: World) -> None:
    for name in ("Near", "Far", "Broken"):
        zoo.model(name)
    graph = runtime_graph(ROOT, registry=zoo.apps)
    assert [graph.models[f"zoo.{name}"].database for name in ("Near", "Far", "Broken")] == [
        "default",
        "elsewhere",
        None,
    ]


def test_reading_the_models_asks_no_database(zoo: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*args: Any, **kwargs: Any) -> Any:
        raise AssertionError("a database was asked")

    monkeypatch.setattr(connection, "connect", refused)
    monkeypatch.setattr(connection, "cursor", refused)
    zoo.model("A", objects=Careless(), meta={"base_manager_name": "objects"})
    graph = runtime_graph(ROOT, registry=zoo.apps)
    assert graph_json(graph)
    assert "sqlite" in graph.databases


def test_the_installed_models_are_those_of_the_whole_project() -> None:
    graph = runtime_graph(ROOT)
    content_type = graph.models["contenttypes.ContentType"]
    assert (content_type.own, content_type.package) == (False, "django")
    assert content_type.place is not None
    assert (graph.source, str(graph.django), graph.django.source) == (
        "runtime",
        f"{django.VERSION[0]}.{django.VERSION[1]}",
        "the running project",
    )


def test_unmanaged_models_are_models(zoo: World) -> None:
    view: ModelClass = zoo.model("View", meta={"managed": False})
    zoo.model("A", view=key(view))
    graph = graph_of(zoo)
    assert not graph.models["zoo.View"].managed
    assert not fast_delete(graph, "zoo.View")
