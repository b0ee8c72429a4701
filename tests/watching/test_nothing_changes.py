"""Watching changes nothing: the same statements, rows, signals, order, exceptions, transactions, everywhere."""

from __future__ import annotations

import asyncio
import copy
import gc
import inspect
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from types import SimpleNamespace
from typing import Any

import django
import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import FieldError
from django.db import connections, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from django.db.models import Model, ProtectedError, QuerySet
from django.db.models.deletion import Collector
from django.db.models.signals import class_prepared, post_delete, pre_delete
from django.db.models.sql import DeleteQuery
from hypothesis import HealthCheck, given, settings

import delete_lint
from delete_lint.runtime.receivers import heard
from delete_lint.testing import assert_delete_cost
from delete_lint.watching.scopes import active, current, everywhere
from tests.graph.django_models import world
from tests.runtime.build_world import Zoo, build
from tests.runtime.deletes import target_of
from tests.runtime.observe import Observed, observe, restored
from tests.runtime.random_worlds import Delete, Plan, plans
from tests.runtime.rows import tables
from tests.watching.watched_shop import Story, connected, fill, shop

PATCHED = (
    (Collector, "collect"),
    (Collector, "delete"),
    (QuerySet, "_raw_delete"),
    (QuerySet, "adelete"),
    (Model, "adelete"),
    (Model, "from_db"),
    (DeleteQuery, "delete_batch"),
    (CursorWrapper, "_execute"),
    (CursorWrapper, "_executemany"),
    (BaseDatabaseWrapper, "_commit"),
    (BaseDatabaseWrapper, "run_and_clear_commit_hooks"),
)


def patched() -> list[object]:
    """All that a watch puts something in front of, as it is now."""
    methods: list[object] = [vars(owner)[name] for owner, name in PATCHED]
    return [*methods, type(pre_delete), type(post_delete), list(class_prepared.receivers), active.get(), [*everywhere]]


@pytest.fixture(autouse=True)
def _nothing_stays_patched() -> Iterator[None]:
    before = patched()
    yield
    assert patched() == before
    assert current.get() is None


@pytest.fixture
def here() -> Iterator[SimpleNamespace]:
    with shop() as made:
        yield made


# --- random models ---------------------------------------------------------------------------------------------------


def both_ways(plan: Plan, using: str) -> None:
    """The deletes of a plan unwatched and watched, and what the watch says of them."""
    with world() as made:
        zoo = build(made, plan)
        with tables(zoo, using):
            for delete in plan.deletes:
                with restored(using):
                    alone = done(zoo, delete, using)
                with restored(using), delete_lint.watch(quiet=True) as seen:
                    watched = done(zoo, delete, using)
                assert watched == alone
                if watched is not None:
                    told_right(seen.deletes, watched, zoo)


def done(zoo: Zoo, delete: Delete, using: str) -> Observed | None:
    ContentType.objects.clear_cache()
    objects = target_of(zoo, delete, using)
    if objects is None:
        return None
    options: dict[str, Any] = {"keep_parents": delete.keep_parents} if delete.instance else {}
    try:
        return observe(using, lambda: objects.delete(**options))
    except FieldError:
        return None


def told_right(deletes: tuple[Any, ...], happened: Observed, zoo: Zoo) -> None:
    (told,) = deletes
    content_types = ContentType._meta.label
    assert {label: rows for label, rows in told.rows_loaded.items() if label != content_types} == {
        label: each.rows for label, each in happened.loaded.items()
    }
    if content_types not in told.rows_loaded:
        for verb in ("SELECT", "UPDATE", "DELETE"):
            assert told.statements.get(verb, 0) == happened.count(verb)
    if happened.error is None:
        assert told.rows_deleted == happened.deleted
        by_table = Counter[str]()
        for table in told.tables:
            by_table[table.model] += table.rows
        assert +by_table == happened.deleted
        assert sum(table.statements for table in told.tables) == happened.count("DELETE")
    for cls in zoo.made:
        label = cls._meta.label
        if label in told.columns and label in happened.loaded:
            names = {each.attname: str(each.column) for each in cls._meta.concrete_fields}
            known = told.columns[label]
            loaded = {*names.values()} if known is None else {names[name] for name in known}
            assert loaded == happened.loaded[label].columns


#: A server makes tables slowly, and the statements are much the same.
EXAMPLES = {"sqlite": 50, "postgresql": 15, "mysql": 15}


@pytest.mark.filterwarnings("ignore:Calling select_related")
def test_random_deletes_are_the_same_and_are_told_as_they_were(alias: str) -> None:
    examples = EXAMPLES[connections[alias].vendor]

    @settings(max_examples=examples, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(plans())
    def each(plan: Plan) -> None:
        both_ways(plan, alias)

    each()


# --- receivers ----------------------------------------------------------------------------------------------------

DELETES: dict[str, Callable[[SimpleNamespace, str], Any]] = {
    "instance": lambda found, using: found.Customer.objects.using(using).get().delete(),
    "queryset": lambda found, using: found.Order.objects.using(using).all().delete(),
    "fast": lambda found, using: found.Line.objects.using(using).all().delete(),
    "single": lambda found, using: found.Line.objects.using(using).first().delete(),
    "raw": lambda found, using: found.Line.objects.using(using).all()._raw_delete(using),
    "sliced": lambda found, using: found.Line.objects.using(using).all()[:1].delete(),
    "nothing": lambda found, using: found.Line.objects.using(using).none().delete(),
}


@pytest.mark.parametrize("delete", DELETES.values(), ids=DELETES)
@pytest.mark.parametrize("trouble", [None, "raises", "guarded", "nested"])
def test_the_story_of_a_delete_is_the_same(alias: str, delete: Callable[..., Any], trouble: str | None) -> None:
    with shop(alias) as found:
        fill(found, alias)
        if trouble == "guarded":
            found.Guard.objects.using(alias).create(customer=found.Customer.objects.using(alias).get())

        def troubles(instance: Any, **kwargs: Any) -> None:
            if trouble == "raises":
                raise RuntimeError("no")
            found.Log.objects.using(alias).filter(order=None).delete()

        def told(watched: bool) -> list[str]:
            story = Story(alias)
            with ExitStack() as stack:
                stack.enter_context(connected(story.hears("pre"), found.Order, found.Note, before=True))
                if trouble in ("raises", "nested"):
                    stack.enter_context(connected(troubles, found.Note))
                stack.enter_context(connected(story.hears("post"), found.Order, found.Note, found.Customer))
                if watched:
                    stack.enter_context(delete_lint.watch(quiet=True))
                return story.of(lambda: delete(found, alias))

        alone = told(watched=False)
        assert told(watched=True) == alone
        assert len(alone) > 2


def test_what_send_answers_names_the_receivers_themselves(here: SimpleNamespace) -> None:
    answers: list[Any] = []

    def heard_of(**kwargs: Any) -> str:
        return "heard"

    def sends(instance: Any, **kwargs: Any) -> None:
        if type(instance) is here.Note:
            answers.extend(pre_delete.send(sender=here.Order, instance=instance, using="default", origin=instance))

    with connected(heard_of, here.Order, before=True), connected(sends, here.Note), delete_lint.watch(quiet=True):
        fill(here, orders=1, lines=1)
        here.Note.objects.all().delete()
        answers.extend(pre_delete.send(sender=here.Order, instance=None, using="default", origin=None))
    assert answers == [(heard_of, "heard")] * 2


def test_a_receiver_that_dies_while_it_is_watched_is_gone(here: SimpleNamespace) -> None:
    called: list[int] = []

    def connect() -> Callable[..., None]:
        def short_lived(**kwargs: Any) -> None:
            called.append(1)

        post_delete.connect(short_lived, sender=here.Note)
        return short_lived

    with delete_lint.watch(quiet=True):
        held = connect()
        fill(here, orders=1, lines=1)
        here.Note.objects.all().delete()
        del held
        gc.collect()
        assert not post_delete.has_listeners(here.Note)
        fill(here, orders=1, lines=1)
        here.Note.objects.all().delete()
    assert called == [1]


def test_receivers_connected_and_cut_off_meanwhile_are_heard_as_ever(here: SimpleNamespace) -> None:
    called: list[str] = []

    def late(**kwargs: Any) -> None:
        called.append("late")

    with delete_lint.watch(quiet=True) as seen:
        with connected(late, here.Note):
            fill(here, orders=1, lines=2)
            here.Note.objects.all().delete()
        fill(here, orders=1, lines=2)
        here.Note.objects.all().delete()
    assert called == ["late", "late"]
    assert [len(each.receivers) for each in seen.deletes] == [1, 0]


def test_who_asks_a_watched_signal_for_its_receivers_gets_them(here: SimpleNamespace) -> None:
    def listens(**kwargs: Any) -> None:
        pass

    with connected(listens, here.Note), delete_lint.watch(quiet=True):
        found = heard({id(here.Note): "zoo.Note"}, [here.Note])
        assert copy.copy(post_delete).has_listeners(here.Note)
        assert isinstance(post_delete, models.signals.ModelSignal)
    assert [each.function for each in found.connected if each.sender == "zoo.Note"] == [listens]
    assert not found.cached


def test_assertions_of_cost_hold_inside_and_around(here: SimpleNamespace) -> None:
    ada, grace = fill(here), fill(here)
    with delete_lint.watch(quiet=True) as seen, assert_delete_cost(max_queries=100) as inside:
        ada.delete()
    with assert_delete_cost(max_queries=100) as around, delete_lint.watch(quiet=True) as again:
        grace.delete()
    assert inside.queries == around.queries == seen.deletes[0].queries
    assert again.deletes[0].queries > around.queries  # the plan that was made inside asks questions too
    assert inside.rows_loaded == seen.deletes[0].rows_loaded


# --- the end of it --------------------------------------------------------------------------------------------------


def test_an_exception_leaves_nothing_patched(here: SimpleNamespace) -> None:
    before = patched()
    customer = fill(here)
    here.Guard.objects.create(customer=customer)
    with pytest.raises(ProtectedError), delete_lint.watch(quiet=True), delete_lint.watch(quiet=True, everywhere=True):
        customer.delete()
    assert patched() == before


def test_a_model_with_a_from_db_of_its_own_counts_though_it_was_made_meanwhile() -> None:
    class Loading:
        @classmethod
        def from_db(cls, db: Any, field_names: Any, values: Any, **options: Any) -> Any:
            return cls(*values)

    with delete_lint.watch(quiet=True) as seen, world() as into:
        made = into.model("Late", Loading, models.Model, title=models.TextField())
        with connections["default"].schema_editor() as editor:
            editor.create_model(made)
        try:
            made.objects.create(title="x")
            with connected(lambda **kwargs: None, made):
                pass
            Collector(using="default").collect([])
            post_delete.connect(_nothing, sender=made)
            made.objects.all().delete()
        finally:
            post_delete.disconnect(_nothing, sender=made)
            with connections["default"].schema_editor() as editor:
                editor.delete_model(made)
    assert [each.rows_loaded for each in seen.deletes] == [{"zoo.Late": 1}]


def _nothing(**kwargs: Any) -> None:
    pass


# --- async ----------------------------------------------------------------------------------------------------


def test_adelete_is_told_with_its_caller_and_is_still_a_coroutine_function(here: SimpleNamespace) -> None:
    ada = fill(here)

    async def purge() -> Any:
        await here.Log.objects.all().adelete()
        return await ada.adelete()

    with delete_lint.watch(quiet=True) as seen:
        assert inspect.iscoroutinefunction(QuerySet.adelete)
        assert inspect.iscoroutinefunction(Model.adelete)
        returned = async_to_sync(purge)()
    logs, customer = seen.deletes
    assert customer.rows_deleted == returned[1]
    assert [each.caller.function.rpartition(".")[2] for each in (logs, customer) if each.caller] == ["purge", "purge"]


def test_tasks_have_records_of_their_own(here: SimpleNamespace) -> None:
    fill(here, orders=3, lines=4)

    async def one(cls: Any) -> list[str]:
        with delete_lint.watch(quiet=True) as seen:
            await asyncio.sleep(0)
            await cls.objects.all().adelete()
            await asyncio.sleep(0)
        return [each.model for each in seen.deletes]

    async def several() -> list[list[str]]:
        return [*await asyncio.gather(one(here.Line), one(here.Note), one(here.Log))]

    assert async_to_sync(several)() == [["zoo.Line"], ["zoo.Note"], ["zoo.Log"]]


@pytest.mark.skipif(django.VERSION < (5, 0), reason="Django 4.2 never awaits receivers")
def test_async_receivers_that_take_turns_each_have_their_own_queries(here: SimpleNamespace) -> None:
    async def one(**kwargs: Any) -> None:
        await asyncio.sleep(0.002)
        await here.Log.objects.acount()
        await asyncio.sleep(0.002)

    async def three(**kwargs: Any) -> None:
        for _ in range(3):
            await here.Log.objects.acount()
            await asyncio.sleep(0.001)
        await here.Log.objects.filter(order=None).adelete()

    def sync(**kwargs: Any) -> None:
        here.Log.objects.exists()

    def run(watched: bool) -> tuple[list[str], Any]:
        story = Story()
        with (
            connected(one, here.Order),
            connected(sync, here.Order),
            connected(three, here.Order),
            delete_lint.watch(quiet=True) if watched else ExitStack() as seen,
        ):
            told = story.of(lambda: here.Customer.objects.get().delete())
        return told, seen

    fill(here)
    alone, _ = run(watched=False)
    told, seen = run(watched=True)
    assert Counter(told) == Counter(alone)
    *nested, outer = seen.deletes
    queries = {each.receiver.name.rpartition(".")[2]: (each.calls, each.queries) for each in outer.receivers}
    assert queries == {"one": (2, 2), "three": (2, 6 + sum(each.queries for each in nested)), "sync": (2, 2)}
    assert [each.inside.name.rpartition(".")[2] for each in nested] == ["three", "three"]
    assert [each.caller.function.rpartition(".")[2] for each in nested] == ["three", "three"]
    assert outer.queries == sum(outer.statements.values()) + sum(each.queries for each in outer.receivers)


@pytest.mark.skipif(django.VERSION < (5, 0), reason="Django 4.2 never awaits receivers")
def test_an_async_receiver_that_raises_or_is_called_off_ends_as_ever(here: SimpleNamespace) -> None:
    ended: list[str] = []

    async def fails(**kwargs: Any) -> None:
        await asyncio.sleep(0.001)
        raise RuntimeError("no")

    async def goes_on(**kwargs: Any) -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            ended.append("called off")
            raise

    def run() -> None:
        refused = pytest.raises(RuntimeError, match="no")
        with connected(fails, here.Note), connected(goes_on, here.Note), refused, transaction.atomic():
            here.Note.objects.all().delete()

    fill(here, orders=1, lines=1)
    run()
    alone, ended = ended, []
    with delete_lint.watch(quiet=True) as seen:
        run()
    assert ended == alone
    assert [each.error for each in seen.deletes] == ["RuntimeError"]
    assert here.Note.objects.count() == 1


def test_an_async_function_is_watched_until_it_has_been_awaited(here: SimpleNamespace) -> None:
    fill(here)
    seen = delete_lint.watch(quiet=True)

    @seen
    async def purge() -> None:
        await asyncio.sleep(0)
        await sync_to_async(here.Line.objects.all().delete)()

    assert inspect.iscoroutinefunction(purge)
    async_to_sync(purge)()
    assert [each.rows_deleted for each in seen.deletes] == [{"zoo.Line": 6}]
