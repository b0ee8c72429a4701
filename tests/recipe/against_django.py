"""Random models with random rows, deleted from by Django and by a recipe, and the two databases held side by side."""

from __future__ import annotations

import random
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from types import ModuleType
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import FieldDoesNotExist, ObjectDoesNotExist
from django.db import DatabaseError, IntegrityError, connections, models, transaction
from django.db.models import ProtectedError, QuerySet, RestrictedError

from delete_lint.graph.project import ProjectGraph
from delete_lint.recipe.asked import unwritable
from delete_lint.recipe.text import recipe_text
from tests.graph.django_models import APP, ModelClass, world
from tests.runtime.build_world import Zoo, build
from tests.runtime.deletes import target_of
from tests.runtime.random_worlds import Blueprint, Delete, Plan
from tests.runtime.rows import tables

#: MariaDB and MySQL follow ``ON DELETE CASCADE`` over 14 rows that hang on each other, not over more.
_TOO_DEEP = "Got error 193"
#: What a recipe says when the database may refuse a batch.
_LEFT = re.compile(r"(DO_NOTHING|DB_\w+) leaves these to the database")
#: The rows of each table, as the database gives them.
State = dict[str, list[tuple[Any, ...]]]
#: Signal, label of the sender, key of the instance: how often.
Heard = Counter[tuple[str, str, Any]]


@dataclass
class Tally:
    """What has been compared, for the summary of a long run."""

    graphs: int = 0
    deletes: int = 0
    kills: int = 0
    rows: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)


class KilledError(Exception):
    """Thrown in place of a statement."""


def check(plan: Plan, using: str, tally: Tally | None = None) -> None:
    """Do the deletes of a plan in both ways; AssertionError where they differ."""
    tally = tally or Tally()
    tally.graphs += 1
    chance = random.Random(repr(plan))
    plan = replace(plan, blueprints=tuple(map(_linked, plan.blueprints)))
    with world() as made:
        zoo = build(made, plan)
        with importable(zoo), listening(zoo) as heard, tables(zoo, using):
            for delete in plan.deletes:
                _check(zoo, replace(delete, instance=False, narrow=()), using, heard, chance, tally)


def _linked(blueprint: Blueprint) -> Blueprint:
    """What Django makes of a parent link that protects depends on which of its two ends it comes to first."""
    return replace(blueprint, link_handler=None) if blueprint.link_handler in ("PROTECT", "RESTRICT") else blueprint


def _check(zoo: Zoo, delete: Delete, using: str, heard: Heard, chance: random.Random, tally: Tally) -> None:
    objects = target_of(zoo, delete, using)
    keys = list(dict.fromkeys(objects.order_by("pk").values_list("pk", flat=True)))
    cls = objects.model
    before = state(zoo, using)
    expected, error, by_django = django_does(zoo, cls, keys, using, heard)
    if error is not None and issubclass(error, (ObjectDoesNotExist, FieldDoesNotExist)):
        # It does not find a parent that a base manager hides; 4.2 does not find a parent's deferred key.
        tally.outcomes["Django stumbles over a parent"] += 1
        return
    if error is None and _leaves_orphans(zoo, before, expected, using):
        # A row that Django comes to as a child's parent first is not asked for its own generic relations any more.
        tally.outcomes["Django leaves tags of a parent behind"] += 1
        return
    graph = graph_of(zoo)
    if unwritable(graph, cls._meta.label):
        tally.outcomes["no recipe"] += 1
        return
    size = chance.choice((1, 2, 3, 5)) if sum(map(len, before.values())) < 150 else chance.choice((50, 100, 1000))
    text = recipe_text(graph, cls._meta.label, batch_size=size)
    run = function_of(text)
    told = f"{delete}, batches of {size}, keys {keys[:10]}\n{text}"
    if error is not None and not issubclass(error, (ProtectedError, RestrictedError)):
        _refused(zoo, run, keys, using, tally, told + repr(error))
        return
    heard.clear()
    tally.deletes += 1
    with bounded(using, size) as seen:
        try:
            run(keys, using=using)
            refusal = None
        except (ProtectedError, RestrictedError) as refused:
            refusal = type(refused)
        except Exception as mistake:
            said = "DB_SET_DEFAULT leaves these" in text or _extended_twice(zoo, before, text)
            if _TOO_DEEP in str(mistake) or (said and isinstance(mistake, IntegrityError)):
                tally.outcomes["refused batch by batch, as the recipe says"] += 1
                restore(zoo, before, using)
                return
            by_itself = error is RestrictedError and cls._meta.proxy
            if "goes as well or does not exist" in str(mistake) or (by_itself and "refers to them" in str(mistake)):
                assert state(zoo, using) == before, f"refused, but not before the first row went\n{told}"
                tally.outcomes["refused beforehand, as the recipe says"] += 1
                return
            raise AssertionError(f"{mistake!r}\n{told}") from mistake
    after = state(zoo, using)
    if error is RestrictedError and refusal is None and "Django refuses to delete rows as those of a proxy" in text:
        tally.outcomes["a proxy is restricted by itself"] += 1
        restore(zoo, before, using)
        return
    assert refusal is error, f"Django ends with {error}, the recipe with {refusal}\n{told}"
    if refusal is not None:
        assert after == before, f"refused, but not before the first row went\n{told}"
        tally.outcomes[refusal.__name__] += 1
        return
    assert after == expected, f"{difference(expected, after)}\n{told}"
    if cls._meta.proxy or "Receivers do not hear of rows of " in text:
        # Django tells of a row twice that it reaches as a proxy's and as the concrete model's.
        assert heard <= by_django, f"heard by the recipe alone {heard - by_django}\n{told}"
    else:
        assert heard == by_django, f"heard by Django {by_django - heard}, by the recipe {heard - by_django}\n{told}"
    assert not seen.large, f"{seen.large}\n{told}"
    tally.outcomes["deleted"] += 1
    tally.rows += sum(len(before[table]) - len(after[table]) for table in before)
    restore(zoo, before, using)
    place = chance.randrange(seen.statements) if seen.statements else 0
    with killed(using, place):
        try:
            run(keys, using=using)
        except KilledError:
            tally.kills += 1
    run(keys, using=using)
    again = state(zoo, using)
    assert again == expected, f"killed at statement {place}: {difference(expected, again)}\n{told}"
    restore(zoo, before, using)


def _refused(zoo: Zoo, run: Callable[..., None], keys: list[Any], using: str, tally: Tally, told: str) -> None:
    """The database refuses Django's delete: a recipe sees that beforehand, but for what is left to the database."""
    before = state(zoo, using)
    left = _LEFT.search(told) or _extended_twice(zoo, before, told)
    try:
        run(keys, using=using)
    except (DatabaseError, ObjectDoesNotExist):
        pass
    else:
        immediate = not connections[using].features.can_defer_constraint_checks
        assert immediate or left, f"refused by the database, but not in batches\n{told}"
        tally.outcomes["refused by the database, but not in batches"] += 1
        restore(zoo, before, using)
        return
    beforehand = state(zoo, using) == before
    assert beforehand or left, f"refused by the database, but not before the first row went\n{told}"
    tally.outcomes[f"refused by the database, {'beforehand' if beforehand else 'on its way'}"] += 1
    restore(zoo, before, using)


def _extended_twice(zoo: Zoo, before: State, text: str) -> bool:
    """Whether there is a row of a parent with rows of two models that extend it, and the recipe speaks of such ones."""
    if "extend one and the same row of" not in " ".join(text.split()):
        return False
    extended = Counter(
        (link.remote_field.model._meta.concrete_model, row[number])
        for cls in zoo.tables
        for number, link in enumerate(columns_of(cls))
        if link in cls._meta.parents.values()
        for row in before[cls._meta.label]
    )
    return max(extended.values(), default=0) > 1


def _leaves_orphans(zoo: Zoo, before: State, after: State, using: str) -> bool:
    parents = {parent for cls in zoo.tables for parent in cls._meta.get_parent_list()}
    tag = zoo.made[-1]
    names = [each.attname for each in columns_of(tag)]
    gone = {
        (ContentType.objects.db_manager(using).get_for_model(cls).pk, str(row[key]))
        for cls in parents
        for key in [columns_of(cls).index(cls._meta.pk)]
        for row in {*before[cls._meta.label]} - {*after[cls._meta.label]}
    }
    kind, key = names.index("content_type_id"), names.index("object_id")
    return any((row[kind], str(row[key])) in gone for row in after[tag._meta.label])


# --- Django's way -------------------------------------------------------------------------------------------------


def django_does(
    zoo: Zoo, cls: ModelClass, keys: list[Any], using: str, heard: Heard
) -> tuple[State, type[Exception] | None, Heard]:
    """The rows after Django's own delete, or what it ends with, and who heard of it. Nothing is left of it.

    Where MySQL and MariaDB refuse rows in the order in which Django deletes them, they are told not to look.
    """
    connection = connections[using]
    heard.clear()
    try:
        return _django_does(zoo, cls, keys, using), None, heard.copy()
    except (ProtectedError, RestrictedError) as refused:
        return {}, type(refused), Counter()
    except (
        DatabaseError,
        ObjectDoesNotExist,
        FieldDoesNotExist,
    ) as refused:  # a base manager may hide a parent from Django
        if connection.features.can_defer_constraint_checks or not isinstance(refused, IntegrityError):
            return {}, type(refused), Counter()
    heard.clear()
    try:
        with connection.constraint_checks_disabled():
            return _django_does(zoo, cls, keys, using), None, heard.copy()
    except (DatabaseError, ObjectDoesNotExist, FieldDoesNotExist) as refused:
        return {}, type(refused), Counter()


def _django_does(zoo: Zoo, cls: ModelClass, keys: list[Any], using: str) -> State:
    with transaction.atomic(using):
        try:
            QuerySet(cls, using=using).filter(pk__in=keys).delete()
            connections[using].check_constraints([each._meta.db_table for each in zoo.tables])
            return state(zoo, using)
        finally:
            transaction.set_rollback(True, using)


# --- the recipe ---------------------------------------------------------------------------------------------------


def graph_of(zoo: Zoo) -> ProjectGraph:
    """The graph with constraints and base managers as the models have them."""
    classes = {cls._meta.label: cls for cls in zoo.world.all()}
    graph = zoo.world.graph()
    return replace(
        graph,
        models={
            label: replace(each, base_manager_filters=bool(classes[label]._base_manager.all().query.where))
            for label, each in graph.models.items()
        },
        relations=tuple(
            each
            if each.kind == "generic"
            else replace(
                each,
                db_constraint=classes[each.model]._meta.get_field(each.field).db_constraint,  # type: ignore[union-attr]
            )
            for each in graph.relations
        ),
    )


def function_of(text: str) -> Callable[..., None]:
    """The function of a recipe: the first one that is defined."""
    module = ModuleType("recipe")
    sys.modules["recipe"] = module
    exec(compile(text, "recipe", "exec"), vars(module))
    found: Callable[..., None] = next(
        value for name, value in vars(module).items() if name.startswith("delete_") and name.endswith("_rows")
    )
    return found


@contextmanager
def importable(zoo: Zoo) -> Iterator[None]:
    """The models as names in the module that they say they are from."""
    module = ModuleType(APP)
    for cls in zoo.world.all():
        setattr(module, cls.__name__, cls)
    sys.modules[APP] = module
    try:
        yield
    finally:
        del sys.modules[APP]


# --- what happened ------------------------------------------------------------------------------------------------


@contextmanager
def listening(zoo: Zoo) -> Iterator[Heard]:
    """Who is called with what: one more receiver beside each of the world's own."""
    heard: Heard = Counter()
    ours = []
    for signal, _, sender in zoo.world.receivers:

        def note(sender: ModelClass, instance: models.Model, signal: Any, **_: Any) -> None:
            name = "pre" if signal is models.signals.pre_delete else "post"
            heard[name, sender._meta.label, instance.pk] += 1

        signal.connect(note, sender=sender, weak=False)
        ours.append((signal, note, sender))
    try:
        yield heard
    finally:
        for signal, note, sender in ours:
            signal.disconnect(note, sender=sender)


def state(zoo: Zoo, using: str) -> State:
    quote = connections[using].ops.quote_name
    found: State = {}
    with connections[using].cursor() as cursor:
        for cls in zoo.tables:
            columns = ", ".join(quote(str(each.column)) for each in columns_of(cls))
            cursor.execute(f"SELECT {columns} FROM {quote(cls._meta.db_table)}")
            found[cls._meta.label] = sorted(cursor.fetchall(), key=repr)
    return found


def columns_of(cls: ModelClass) -> list[Any]:
    return [each for each in cls._meta.local_concrete_fields if each.column is not None]


def restore(zoo: Zoo, rows: State, using: str) -> None:
    connection = connections[using]
    quote = connection.ops.quote_name
    with connection.constraint_checks_disabled(), transaction.atomic(using), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"TRUNCATE {', '.join(quote(cls._meta.db_table) for cls in zoo.tables)} CASCADE")
        else:
            for cls in zoo.tables:
                cursor.execute(f"DELETE FROM {quote(cls._meta.db_table)}")
        for cls in zoo.tables:
            names = [quote(str(each.column)) for each in columns_of(cls)]
            if rows[cls._meta.label]:
                marks = ", ".join(["%s"] * len(names))
                cursor.executemany(
                    f"INSERT INTO {quote(cls._meta.db_table)} ({', '.join(names)}) VALUES ({marks})",
                    rows[cls._meta.label],
                )
    connection.enable_constraint_checking()


def difference(expected: State, found: State) -> str:
    told = []
    for label, rows in expected.items():
        missing = [row for row in rows if row not in found[label]]
        more = [row for row in found[label] if row not in rows]
        if missing or more:
            told.append(f"{label}: Django leaves {missing[:5]}, the recipe {more[:5]}")
    return "\n".join(told)


@dataclass
class Seen:
    statements: int = 0
    large: list[str] = field(default_factory=list)


@contextmanager
def bounded(using: str, size: int) -> Iterator[Seen]:
    """Counts statements, and names those that hit or fetch more rows than one batch has."""
    seen = Seen()

    def look(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        result = execute(sql, params, many, context)
        if ContentType._meta.db_table not in sql and sql.split(" ", 1)[0] in ("SELECT", "UPDATE", "DELETE"):
            seen.statements += 1
            rows = context["cursor"].rowcount
            by_key = len(params or ()) <= 2 * size + 3  # a composite key has two
            if rows > size or not by_key:
                seen.large.append(f"{rows} rows, {len(params or ())} parameters: {sql[:300]}")
        return result

    with connections[using].execute_wrapper(look):
        yield seen


@contextmanager
def killed(using: str, place: int) -> Iterator[None]:
    """Throws `KilledError` in place of one statement, before or after the database has done it."""
    number = 0

    def kill(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal number
        if ContentType._meta.db_table not in sql and sql.split(" ", 1)[0] in ("SELECT", "UPDATE", "DELETE"):
            if number == place:
                if place % 2:
                    execute(sql, params, many, context)
                raise KilledError(sql)
            number += 1
        return execute(sql, params, many, context)

    with connections[using].execute_wrapper(kill):
        yield
