"""Real Django models for the tests: made on the spot in an app registry of their own, turned into a `ProjectGraph` by
their ``_meta``, filled with rows, and deleted while every statement is written down."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import django
from django.apps.registry import Apps
from django.contrib.contenttypes.fields import GenericForeignKey, GenericRelation
from django.contrib.contenttypes.models import ContentType
from django.db import connection, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.signals import post_delete, pre_delete
from django.test.utils import isolate_apps

from delete_lint.graph.model import Field, Model, Relation, RelationKind
from delete_lint.graph.place import Place
from delete_lint.graph.project import DjangoVersion, ProjectGraph
from delete_lint.graph.receiver import Receiver

ModelClass = type[models.Model]

APP = "tests.graph.zoo"
VERSION = DjangoVersion(*django.VERSION[:2], source="installed")


def own_cascade(collector: Any, field: Any, sub_objs: Any, using: str) -> None:
    models.CASCADE(collector, field, sub_objs, using)


def own_nothing(collector: Any, field: Any, sub_objs: Any, using: str) -> None:
    """A handler of the project's own that lets the rows be."""


def nobody() -> None:
    return None


#: Every ``on_delete`` of the installed Django, by the name the graph knows it by.
HANDLERS: dict[str, Any] = {
    "CASCADE": models.CASCADE,
    "PROTECT": models.PROTECT,
    "RESTRICT": models.RESTRICT,
    "SET_NULL": models.SET_NULL,
    "SET_DEFAULT": models.SET_DEFAULT,
    "SET_VALUE": models.SET(None),
    "SET_CALLABLE": models.SET(nobody),
    "DO_NOTHING": models.DO_NOTHING,
    "tests.graph.own_cascade": own_cascade,
    "tests.graph.own_nothing": own_nothing,
} | {name: getattr(models, name) for name in ("DB_CASCADE", "DB_SET_NULL", "DB_SET_DEFAULT") if hasattr(models, name)}


@dataclass
class World:
    """Models in a registry of their own, and the receivers connected for them."""

    apps: Apps
    receivers: list[tuple[Any, Callable[..., None], ModelClass | None]] = field(default_factory=list)

    def model(self, name: str, *bases: type, meta: dict[str, Any] | None = None, **body: Any) -> ModelClass:
        options = type("Meta", (), {"app_label": "zoo", **(meta or {})})
        make: Any = type(models.Model)
        made: ModelClass = make(name, bases or (models.Model,), {"__module__": APP, "Meta": options, **body})
        return made

    def tag(self, name: str = "Tag") -> ModelClass:
        """A model with a generic foreign key."""
        return self.model(
            name,
            content_type=models.ForeignKey(ContentType, models.CASCADE, related_name="+"),
            object_id=models.IntegerField(),
            about=GenericForeignKey(),
        )

    def listen(self, sender: ModelClass | None, signal: Any = post_delete, name: str = "listener") -> None:
        def listener(**kwargs: Any) -> None:
            pass

        listener.__name__ = listener.__qualname__ = name
        signal.connect(listener, sender=sender, weak=False)
        self.receivers.append((signal, listener, sender))

    def all(self) -> list[ModelClass]:
        return list(self.apps.get_models(include_auto_created=True))

    def graph(self, version: DjangoVersion = VERSION) -> ProjectGraph:
        classes = self.all()
        return ProjectGraph(
            root="",
            source="static",
            django=version,
            models={cls._meta.label: _model(cls) for cls in classes},
            relations=tuple(relation for cls in classes for relation in _relations(cls)),
            receivers=tuple(
                Receiver(
                    module="zoo.signals",
                    name=function.__name__,
                    place=Place("zoo/signals.py", number),
                    signals=("pre_delete",) if signal is pre_delete else ("post_delete",),
                    senders=None if sender is None else (sender._meta.label,),
                )
                for number, (signal, function, sender) in enumerate(self.receivers, start=1)
            ),
        )


@contextmanager
def world() -> Iterator[World]:
    with isolate_apps(APP) as apps:
        assert apps is not None
        new = World(apps)
        try:
            yield new
        finally:
            for signal, function, sender in new.receivers:
                signal.disconnect(function, sender=sender)


def _model(cls: ModelClass) -> Model:
    opts = cls._meta
    assert opts.concrete_model is not None
    return Model(
        label=opts.label,
        module=cls.__module__,
        name=cls.__qualname__,
        place=Place("zoo/models.py", 1),
        proxy=opts.proxy,
        concrete=opts.concrete_model._meta.label,
        auto_created=bool(opts.auto_created),
        managed=opts.managed,
        parents=() if opts.proxy else tuple(parent._meta.label for parent in opts.parents),
        fields=tuple(
            Field(
                name=column.name,
                column=column.column or column.attname,
                type=column.get_internal_type(),
                large=isinstance(column, models.TextField),
                primary_key=column.primary_key,
                null=column.null,
            )
            for column in opts.local_concrete_fields
        ),
    )


def _relations(cls: ModelClass) -> Iterator[Relation]:
    opts = cls._meta
    for column in opts.local_concrete_fields:
        if column.remote_field is None or column.remote_field.model is ContentType:
            continue
        target = column.remote_field.model._meta
        kind: RelationKind = "o2o" if column.one_to_one else "fk"
        if column in opts.parents.values():
            kind = "parent_link"
        elif opts.auto_created:
            kind = "m2m_through"
        yield Relation(
            model=opts.label,
            target=target.label,
            field=column.name,
            kind=kind,
            on_delete=handler_name(column.remote_field.on_delete),
            null=column.null,
            to_field=None if column.remote_field.field_name == target.pk.name else column.remote_field.field_name,
            wraps_cascade=column.remote_field.on_delete is own_cascade,
            place=Place("zoo/models.py", 2),
        )
    for private in opts.private_fields:
        if isinstance(private, GenericRelation) and not _inherited(cls, private):
            yield Relation(
                model=private.remote_field.model._meta.label,
                target=opts.label,
                field=private.name,
                kind="generic",
                on_delete="CASCADE",
                place=Place("zoo/models.py", 3),
            )


def _inherited(cls: ModelClass, relation: GenericRelation) -> bool:
    """Whether the graph can tell by itself that a model has this relation. It does not know who inherits from a
    proxy, so there the relation is named once more."""
    bases = [base for base in cls.__mro__[1:] if relation.name in vars(base) and issubclass(base, models.Model)]
    return relation.mti_inherited and not any(base._meta.proxy for base in bases)


def handler_name(handler: Any) -> str:
    for name, known in HANDLERS.items():
        if known is handler:
            return name
    (value,) = handler.deconstruct()[1]
    return "SET_CALLABLE" if callable(value) else "SET_VALUE"


@contextmanager
def database(world: World, rows: int) -> Iterator[None]:
    """Tables for all models of a world, with as many rows each; row *i* of a model points at row *i* of every other.

    Foreign keys are not enforced: what is asked here is what Django sends, not what the database makes of it.
    """
    ContentType.objects.clear_cache()
    connection.ensure_connection()
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA foreign_keys = OFF")
    try:
        tables: list[ModelClass] = [cls for cls in world.all() if not cls._meta.proxy]
        with connection.schema_editor() as editor:
            editor.create_model(ContentType)
            for cls in tables:
                if not cls._meta.auto_created:
                    editor.create_model(cls)  # and its many-to-many tables
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA foreign_keys = OFF")
        content_types = [ContentType.objects.get_for_model(cls) for cls in tables]
        for cls in tables:
            names = {column.name for column in cls._meta.local_concrete_fields}
            if {"content_type", "object_id"} <= names:
                _fill(cls, [(ct.pk, row) for ct in content_types for row in range(1, rows + 1)])
            else:
                _fill(cls, [(0, row) for row in range(1, rows + 1)])
        yield
    finally:
        # The wrapper's own close() keeps a database in memory alive.
        BaseDatabaseWrapper.close(connection)
        ContentType.objects.clear_cache()


def _fill(cls: ModelClass, rows: list[tuple[int, int]]) -> None:
    for number, (content_type, row) in enumerate(rows, start=1):
        values: dict[str, Any] = {}
        for column in cls._meta.local_concrete_fields:
            if column.name == "content_type":
                values[column.attname] = content_type
            elif column.name == "object_id":
                values[column.attname] = row
            elif column.primary_key:
                values[column.attname] = number
            elif isinstance(getattr(column, "target_field", column), models.CharField | models.TextField):
                values[column.attname] = f"c{row}"
            else:
                values[column.attname] = row
        cls(**values).save_base(raw=True, force_insert=True)


@dataclass(frozen=True)
class Select:
    """One SELECT of a delete: over which column rows were looked for, and which columns were fetched."""

    table: str
    by: tuple[str, ...]
    columns: frozenset[tuple[str, str]]
    single: bool


@contextmanager
def statements() -> Iterator[list[str]]:
    seen: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        seen.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield seen


_QUALIFIED = re.compile(r'(\w+)"?\."(\w+)"')


def selects(seen: list[str]) -> Iterator[Select]:
    for sql in seen:
        match = re.match(r'SELECT (?P<columns>.*?) FROM "(?P<table>\w+)"(?P<rest>.*)', sql, re.DOTALL)
        if match is None or match["table"] == ContentType._meta.db_table:
            continue
        where = match["rest"].partition(" WHERE ")[2]
        aliases = {alias: table for table, alias in re.findall(r'"(\w+)" "?(\w+)"? ON', match["rest"])}
        yield Select(
            table=match["table"],
            by=tuple(column for table, column in re.findall(r'"(\w+)"\."(\w+)" IN \(', where)),
            columns=frozenset(
                (aliases.get(table, table), column) for table, column in _QUALIFIED.findall(match["columns"])
            ),
            single="LIMIT 21" in where,
        )


def trace(seen: list[str]) -> str:
    """Statements in the short form of the specification: ``S:table D:table U:table``, without the app's prefix."""
    words = []
    for sql in seen:
        if "django_content_type" in sql.split(" WHERE ")[0]:
            continue
        if sql == "BEGIN":
            words.append("B")
            continue
        if table := re.search(r'(?:FROM|UPDATE) "(?:zoo_)?(\w+)"', sql):
            words.append(f"{sql[0]}:{table[1]}")
    return " ".join(words)
