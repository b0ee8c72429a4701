"""Tables for the models of a random plan, and rows in them that are right in the eyes of the database."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import connections, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from delete_lint.runtime.foresee.shapes import concrete
from tests.graph.django_models import ModelClass
from tests.runtime.build_world import Zoo, code, key

#: A chain of rows that refer to the one before is never longer: Django follows it by recursion.
CHAIN = 20


@dataclass
class Row:
    """Values by attname of the columns of one table, and which rows of its parents' tables belong to it. A row can be
    the parent of rows in several tables, but no model's ``save()`` makes it so."""

    values: dict[str, Any]
    line: dict[ModelClass, Row] = field(default_factory=dict)
    has_child: bool = False


@contextmanager
def tables(zoo: Zoo, using: str) -> Iterator[None]:
    """The tables of a plan with their rows."""
    with created(zoo.tables, using):
        insert(filled(zoo, using), using)
        yield


@contextmanager
def created(classes: list[ModelClass], using: str) -> Iterator[None]:
    """Tables for these models. Content types are known, so that no delete asks for them."""
    connection = connections[using]
    ContentType.objects.clear_cache()
    connection.ensure_connection()
    connection.disable_constraint_checking()
    try:
        with connection.schema_editor() as editor:
            editor.create_model(ContentType)
            for cls in classes:
                if not cls._meta.auto_created:
                    editor.create_model(cls)  # and its many-to-many tables
        for cls in classes:
            ContentType.objects.db_manager(using).get_for_model(cls)
        yield
    finally:
        _drop(using)
        ContentType.objects.clear_cache()


def insert(rows: dict[ModelClass, list[Row]], using: str) -> None:
    """Rows that refer to each other in circles, too."""
    connection = connections[using]
    with connection.constraint_checks_disabled(), transaction.atomic(using):
        for cls, some in rows.items():
            _insert(cls, some, using)
    connection.enable_constraint_checking()


def _drop(using: str) -> None:
    connection = connections[using]
    if connection.vendor == "sqlite":
        # The wrapper's own close() keeps a database in memory alive.
        BaseDatabaseWrapper.close(connection)
        return
    with connection.constraint_checks_disabled(), connection.cursor() as cursor:
        names = [connection.ops.quote_name(name) for name in connection.introspection.table_names(cursor)]
        if names:
            cursor.execute(f"DROP TABLE {', '.join(names)} CASCADE")


def _insert(cls: ModelClass, rows: list[Row], using: str) -> None:
    if not rows:
        return
    connection = connections[using]
    fields = [each for each in cls._meta.local_concrete_fields if each.column is not None]
    quote = connection.ops.quote_name
    names, marks = ", ".join(quote(str(each.column)) for each in fields), ", ".join(["%s"] * len(fields))
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {quote(cls._meta.db_table)} ({names}) VALUES ({marks})",
            [[each.get_db_prep_save(row.values[each.attname], connection) for each in fields] for row in rows],
        )


def filled(zoo: Zoo, using: str) -> dict[ModelClass, list[Row]]:
    """As many rows as the plan asks for and the relations allow, parents of multi-table inheritance first."""
    chance, rows = _all_keyed(zoo)
    for cls in zoo.tables:
        for column in _columns(cls):
            if column.remote_field is not None and column not in cls._meta.parents.values():
                if column.remote_field.model is not ContentType:
                    _wire(cls, column, rows, chance)
    tag = zoo.made[-1]
    for row in rows[tag]:
        about = chance.choice([cls for cls in zoo.tables if cls is not tag])
        target = chance.choice(rows[about]).values if rows[about] else {}
        content_type = ContentType.objects.db_manager(using).get_for_model(about)
        row.values |= {"content_type_id": content_type.pk, "object_id": str(target.get(_pk(about).attname, 0))}
    for cls in zoo.tables:
        if cls._meta.auto_created:  # unique pairs
            pairs = {
                tuple(sorted((name, row.values[name]) for name in row.values if name != "id")): row for row in rows[cls]
            }
            rows[cls] = list(pairs.values())
    return rows


def _all_keyed(zoo: Zoo) -> tuple[random.Random, dict[ModelClass, list[Row]]]:
    numbers: dict[ModelClass, int] = {}
    while True:
        chance = random.Random(zoo.plan.wiring)
        rows: dict[ModelClass, list[Row]] = {}
        for number, cls in enumerate(zoo.tables):
            rows[cls] = _keyed(zoo, cls, number, numbers.get(cls, 0), rows, chance)
        found = {cls: len(rows[cls]) for cls in zoo.tables}
        if found == numbers:
            return chance, rows
        # Too few parents were to be had for some; those that point at them get by with fewer rows, too.
        numbers = _numbers(zoo, found if numbers else {})


def _columns(cls: ModelClass) -> list[Any]:
    return [*cls._meta.local_concrete_fields]


def _pk(cls: ModelClass) -> Any:
    return cls._meta.pk


def _numbers(zoo: Zoo, most: dict[ModelClass, int]) -> dict[ModelClass, int]:
    """How many rows each table can have: a key that is not null needs a row to point at, a unique one a row of its
    own."""
    numbers: dict[ModelClass, int] = {}
    for cls in zoo.tables:
        numbers[cls] = min(500, max([2, *(numbers.get(end, 0) for end in _ends(cls))]))
        if cls is zoo.made[-1]:
            numbers[cls] = zoo.plan.tags * 4
        elif cls in zoo.made:
            numbers[cls] = zoo.plan.blueprints[zoo.made.index(cls)].rows
        numbers[cls] = min(numbers[cls], most.get(cls, numbers[cls]))
    changed = True
    while changed:
        changed = False
        for cls in zoo.tables:
            for column in _columns(cls):
                if column.remote_field is None or column.null or column.remote_field.model is ContentType:
                    continue
                there = numbers[concrete(column.remote_field.model)]
                if column.target_field.null:
                    there -= there // 3  # rows without a code, see `code`
                possible = there if column.unique or not there else numbers[cls]
                if numbers[cls] > possible:
                    numbers[cls], changed = possible, True
    return numbers


def _ends(cls: ModelClass) -> list[ModelClass]:
    """The models that a table of a many-to-many relation ties together."""
    ends = [column.remote_field.model for column in _columns(cls) if column.remote_field]
    return [concrete(end) for end in ends if end is not ContentType]


def _keyed(
    zoo: Zoo, cls: ModelClass, number: int, count: int, rows: dict[ModelClass, list[Row]], chance: random.Random
) -> list[Row]:
    planned = zoo.made.index(cls) if cls in zoo.made else number + 50
    kind = zoo.plan.blueprints[planned].key if planned < len(zoo.plan.blueprints) else "auto"
    made = []
    for place, parents in enumerate(_parents(cls, count, rows, chance)):
        values: dict[str, Any] = (
            {"tenant": place % 2, "number": key(planned, place, "auto")} if kind == "composite" else {}
        )
        for column in _columns(cls):
            if column in cls._meta.parents.values():
                parent = parents[concrete(column.remote_field.model)]
                values[column.attname] = parent.values[column.target_field.attname]
            elif column.primary_key and column.column is not None:
                values[column.attname] = key(planned, place, kind)
            elif column.name.startswith("code"):
                values[column.attname] = code(planned, place)
            elif column.name.startswith("flag"):
                values[column.attname] = bool(place % 2)
            elif column.name.startswith("big"):
                values[column.attname] = f"{place} " * 5
        line = {above: row for parent in parents.values() for above, row in parent.line.items()}
        made.append(Row(values, line))
        made[-1].line |= {**parents, cls: made[-1]}
    return made


def _parents(
    cls: ModelClass, count: int, rows: dict[ModelClass, list[Row]], chance: random.Random
) -> Iterator[dict[ModelClass, Row]]:
    """For each row the rows of its parents, which are the same row where they have a parent in common."""
    parents: list[ModelClass] = [concrete(parent) for parent in cls._meta.parents if _links_to(cls, parent)]
    if not parents:
        yield from ({} for _ in range(count))
        return
    shuffled = {parent: list(rows[parent]) for parent in parents}
    if chance.random() < 0.5:
        for parent in parents:
            chance.shuffle(shuffled[parent])
    first, *others = parents
    shared = chance.random() < 0.2
    used: set[int] = set()
    given = 0
    for row in shuffled[first]:
        if row.has_child and not shared:
            continue
        together = {first: row}
        for other in others:
            for candidate in shuffled[other]:
                if id(candidate) not in used and _agree(row, candidate) and (shared or not candidate.has_child):
                    together[other] = candidate
                    used.add(id(candidate))
                    break
        if len(together) == len(parents) and given < count:
            given += 1
            for above in together.values():
                above.has_child = True
            yield together


def _links_to(cls: ModelClass, parent: type[models.Model]) -> bool:
    return cls._meta.parents[parent] in cls._meta.local_concrete_fields


def _agree(row: Row, other: Row) -> bool:
    return all(other.line[above] is there for above, there in row.line.items() if above in other.line)


def _wire(cls: ModelClass, column: Any, rows: dict[ModelClass, list[Row]], chance: random.Random) -> None:
    target: ModelClass = concrete(column.remote_field.model)
    name = column.target_field.attname
    there = [row.values[name] for row in rows[target] if row.values[name] is not None]
    own = target is cls
    emptiness = chance.choice((0.0, 0.3, 0.3, 0.9)) if column.null else 0.0
    choose = _chooser(there, len(rows[cls]), own, column.unique, chance)
    for place, row in enumerate(rows[cls]):
        value = choose(place) if there and chance.random() >= emptiness else None
        assert value is not None or column.null, (cls, column)
        row.values[column.attname] = value


def _chooser(there: list[Any], count: int, own: bool, unique: bool, chance: random.Random) -> Callable[[int], Any]:
    if unique:
        mixed = chance.sample(there, len(there))
        return lambda place: mixed[place] if place < len(mixed) else None
    style = chance.choice(("spread", "few", "chain" if own else "spread"))
    if style == "few":
        few = there[:2]
        return lambda place: chance.choice(few)
    if style == "chain":
        return lambda place: there[min(place, len(there) - 1) - (1 if place % CHAIN else 0)]
    if own and count > CHAIN:  # a tree
        return lambda place: there[chance.randrange(min(place, len(there) - 1) + 1)]
    return lambda place: chance.choice(there)
