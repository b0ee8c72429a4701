"""`delete_lint.testing`: what its assertions count is what happens, and what they say tells why."""

from __future__ import annotations

import asyncio
import re
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.db import connection, connections, models, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models.deletion import Collector
from django.db.models.signals import post_delete
from django.test.utils import CaptureQueriesContext

from delete_lint.testing import DeleteAssertions, assert_delete_cost, assert_delete_plan
from tests.databases.connect import added
from tests.graph.django_models import World, world
from tests.runtime.small_project import Project

WIDE = "x" * 4_000


def shop(into: World) -> SimpleNamespace:
    """Customer ← Order ← Line, whose payload is wide; nobody listens."""
    customer = into.model("Customer", title=models.CharField(max_length=20))
    order = into.model("Order", customer=models.ForeignKey(customer, models.CASCADE))
    line = into.model("Line", order=models.ForeignKey(order, models.CASCADE), payload=models.TextField(default=WIDE))
    note = into.model("Note", customer=models.ForeignKey(customer, models.PROTECT))
    return SimpleNamespace(Customer=customer, Order=order, Line=line, Note=note, world=into)


@contextmanager
def tables(found: SimpleNamespace, using: str = "default") -> Iterator[None]:
    classes = [found.Customer, found.Order, found.Line, found.Note]
    with connections[using].schema_editor() as editor:
        for cls in classes:
            editor.create_model(cls)
    try:
        yield
    finally:
        with connections[using].schema_editor() as editor:
            for cls in reversed(classes):
                editor.delete_model(cls)


@pytest.fixture
def found() -> Iterator[SimpleNamespace]:
    with world() as into:
        made = shop(into)
        with tables(made):
            yield made


def customer(found: SimpleNamespace, orders: int = 2, lines: int = 3, using: str = "default") -> Any:
    made = found.Customer.objects.using(using).create(title="Ada")
    for _ in range(orders):
        order = found.Order.objects.using(using).create(customer=made)
        found.Line.objects.using(using).bulk_create(found.Line(order=order) for _ in range(lines))
    return made


def failure(block: Callable[[], object]) -> str:
    with pytest.raises(AssertionError) as caught:
        block()
    return str(caught.value)


# --- what is counted ------------------------------------------------------------------------------------------------


def test_a_delete_within_its_limits_passes_and_tells_what_it_cost(found: SimpleNamespace) -> None:
    ada = customer(found)
    with assert_delete_cost(max_queries=9, max_rows_loaded=2) as cost:
        ada.delete()
    assert cost.queries == sum(cost.statements.values())
    assert cost.statements["DELETE", "zoo_line"] == 1
    assert cost.rows_loaded == {"zoo.Order": 2}
    assert cost.deletes == 1
    assert not found.Customer.objects.exists()


def test_the_number_of_queries_is_the_same_on_every_database(alias: str) -> None:
    with world() as into:
        made = shop(into)
        with tables(made, alias):
            plain, guarded = customer(made, using=alias), customer(made, using=alias)
            with assert_delete_cost(max_queries=5, max_rows_loaded=2, using=alias):
                plain.delete()
            with transaction.atomic(alias), assert_delete_cost(max_queries=5) as cost, transaction.atomic(alias):
                guarded.delete()
            assert not made.Line.objects.using(alias).exists()
    assert cost.queries == 5
    assert cost.statements["DELETE", "zoo_line"] == 1


def test_one_query_too_many_fails_with_what_happened_and_the_plan(found: SimpleNamespace) -> None:
    def too_dear() -> None:
        with assert_delete_cost(max_queries=2, max_rows_loaded=1):
            ada.delete()

    ada = customer(found)
    message = failure(too_dear)
    headline, *_ = message.splitlines()
    assert headline == ("the delete made 5 queries, 2 at most are allowed, and loaded 2 rows, 1 at most are allowed")
    assert "       1 DELETE zoo_line" in message
    assert "Rows loaded: 2 zoo.Order" in message
    assert "The plan:\n" in message
    assert "zoo.Line" in message.partition("The plan:")[2]


def test_the_number_of_queries_does_not_depend_on_a_transaction_around(found: SimpleNamespace) -> None:
    """BEGIN and savepoints are no queries: TestCase has a transaction around everything, pytest's tests need not."""
    outside, inside = customer(found), customer(found)
    with assert_delete_cost(max_queries=5) as first:
        outside.delete()
    with transaction.atomic(), assert_delete_cost(max_queries=5) as second, transaction.atomic():
        inside.delete()
    assert first.statements == second.statements


def test_what_a_receiver_queries_and_loads_is_counted(found: SimpleNamespace) -> None:
    def look(sender: Any, instance: Any, **kwargs: Any) -> None:
        list(found.Line.objects.all())

    ada = customer(found, orders=1, lines=2)
    post_delete.connect(look, sender=found.Customer)
    try:
        with assert_delete_cost(max_queries=100) as cost:
            found.Note.objects.all().delete()
            ada.delete()
    finally:
        post_delete.disconnect(look, sender=found.Customer)
    assert cost.statements["SELECT", "zoo_line"] == 1


def test_rows_are_counted_for_models_that_load_themselves(found: SimpleNamespace) -> None:
    """`from_db` is documented as a way to change how rows are loaded; not all that do call Django's own."""

    def from_db(cls: Any, db: Any, names: Any, values: Any, **kwargs: Any) -> Any:
        instance = cls(*values)
        instance._state.adding, instance._state.db = False, db
        return instance

    base: Any = type("Base", (), {"from_db": classmethod(cast(Any, from_db))})
    box = found.world.model("Box", base, models.Model)
    with connection.schema_editor() as editor:
        editor.create_model(box)
    try:
        box.objects.bulk_create(box() for _ in range(3))
        with assert_delete_cost(max_rows_loaded=3) as cost:
            assert len(box.objects.all()) == 3
    finally:
        with connection.schema_editor() as editor:
            editor.delete_model(box)
    assert cost.rows_loaded == {"zoo.Box": 3}


def test_only_the_database_that_is_named_counts(found: SimpleNamespace, tmp_path: Path) -> None:
    where = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(tmp_path / "other.sqlite3")}
    with added("other", where) as other, tables(found, other):
        here, there = customer(found), customer(found, using=other)
        with assert_delete_cost(max_queries=5, using=other) as one:
            here.delete()
            there.delete()
        assert one.deletes == 1
        here, there = customer(found), customer(found, using=other)
        with assert_delete_cost(max_queries=10) as both:
            here.delete()
            there.delete()
    assert (one.queries, both.queries) == (5, 10)


def test_blocks_may_be_nested(found: SimpleNamespace) -> None:
    first, second = customer(found), customer(found)
    with assert_delete_cost(max_queries=10) as outer:
        first.delete()
        with assert_delete_cost(max_queries=5) as inner:
            second.delete()
    assert (outer.queries, inner.queries) == (10, 5)
    assert (outer.rows_loaded, inner.rows_loaded) == ({"zoo.Order": 4}, {"zoo.Order": 2})


def test_an_inner_block_that_fails_leaves_the_outer_one_counting(found: SimpleNamespace) -> None:
    first, second = customer(found), customer(found)

    def too_dear() -> None:
        with assert_delete_cost(max_queries=1):
            first.delete()

    with assert_delete_cost(max_queries=10) as outer:
        failure(too_dear)
        second.delete()
    assert outer.queries == 10


def test_other_threads_are_left_out(found: SimpleNamespace, tmp_path: Path) -> None:
    where = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(tmp_path / "other.sqlite3")}

    def delete_there() -> None:
        try:
            found.Customer.objects.using("other").all().delete()
        finally:
            connections["other"].close()

    with added("other", where) as other, tables(found, other):
        customer(found, using=other)
        ada = customer(found)
        with assert_delete_cost(max_queries=5) as cost:
            thread = threading.Thread(target=delete_there)
            thread.start()
            thread.join()
            ada.delete()
        assert not found.Customer.objects.using(other).exists()
    assert cost.queries == 5


def test_an_awaited_delete_is_counted_wherever_it_runs(found: SimpleNamespace, tmp_path: Path) -> None:
    async def in_a_block(ada: Any) -> Any:
        with assert_delete_cost(max_queries=5) as cost:
            await ada.adelete()
        return cost

    in_this_thread = async_to_sync(in_a_block)(customer(found))
    assert (in_this_thread.queries, in_this_thread.rows_loaded) == (5, {"zoo.Order": 2})
    where = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(tmp_path / "other.sqlite3")}
    with added("other", where) as other, tables(found, other):
        ada = customer(found, using=other)

        def close() -> None:
            connections[other].close()

        async def in_another_thread() -> Any:
            try:
                return await in_a_block(ada)
            finally:
                await sync_to_async(close)()

        elsewhere = asyncio.run(in_another_thread())
    assert (elsewhere.queries, elsewhere.rows_loaded) == (5, {"zoo.Order": 2})


def test_nothing_is_left_behind_in_django(found: SimpleNamespace) -> None:
    def methods() -> list[Any]:
        return [vars(CursorWrapper)["execute"], vars(Collector)["collect"], vars(models.Model)["from_db"]]

    before = methods()
    ada = customer(found)
    with assert_delete_cost(max_queries=5):
        ada.delete()
        assert methods() != before
    assert methods() == before


# --- in a project's own tests ---------------------------------------------------------------------------------------


def test_a_test_case_of_a_project_fails_with_the_plan_and_the_cause(tmp_path: Path) -> None:
    project = Project(
        tmp_path,
        ["shop"],
        {
            "shop/__init__.py": "",
            "shop/models.py": """
                from django.db import models
                from django.db.models.signals import post_delete


                class Order(models.Model):
                    number = models.CharField(max_length=20)


                class Line(models.Model):
                    order = models.ForeignKey(Order, models.CASCADE)


                def reindex(sender, instance, **kwargs):
                    pass


                post_delete.connect(reindex, sender=Line)
                """,
            "shop/tests.py": """
                from django.test import TestCase

                from delete_lint.testing import DeleteAssertions, assert_delete_cost
                from shop.models import Line, Order


                class OrderTests(DeleteAssertions, TestCase):
                    def setUp(self):
                        self.order = Order.objects.create(number="1")
                        Line.objects.bulk_create(Line(order=self.order) for _ in range(250))

                    def test_cheap(self):
                        with self.assertDeleteCost(max_queries=6, max_rows_loaded=250):
                            self.order.delete()

                    def test_dear(self):
                        with assert_delete_cost(max_queries=2):
                            self.order.delete()

                    async def test_awaited(self):
                        with assert_delete_cost(max_queries=2):
                            await self.order.adelete()
                """,
        },
    )
    done = project.manage("test")
    assert done.returncode == 1
    assert "Ran 3 tests" in done.stderr
    assert "FAILED (failures=2)" in done.stderr
    assert done.stderr.count("AssertionError: the delete made 5 queries, 2 at most are allowed\n") == 2
    assert done.stderr.count("       3 DELETE shop_line\n") == 2
    plan = done.stderr.partition("The plan:")[2]
    assert "shop.Line" in plan
    assert "shop.models.reindex" in plan
    assert "there is none so far" not in done.stderr, "the tables of a test database are not counted for the checks"


# --- memory ---------------------------------------------------------------------------------------------------------


def test_memory_is_what_the_rows_take_and_not_what_was_there_before(found: SimpleNamespace) -> None:
    def listener(sender: Any, **kwargs: Any) -> None:
        pass

    before = [WIDE + str(number) for number in range(5_000)]
    narrow, wide = customer(found, 1, 500), customer(found, 1, 500)
    with assert_delete_cost(max_memory=2_000_000) as fast:
        narrow.delete()
    post_delete.connect(listener, sender=found.Line)
    try:
        with assert_delete_cost(max_memory=20_000_000) as slow:
            wide.delete()
    finally:
        post_delete.disconnect(listener, sender=found.Line)
    assert not tracemalloc.is_tracing()
    assert len(before) == 5_000
    assert fast.peak_bytes < 1_000_000
    assert 500 * len(WIDE) < slow.peak_bytes < 2 * 500 * len(WIDE) + 2_000_000


def test_too_much_memory_fails(found: SimpleNamespace) -> None:
    def too_much() -> None:
        with assert_delete_cost(max_memory=100_000):
            assert len(list(found.Line.objects.all())) == 500
            ada.delete()

    ada = customer(found, 1, 500)
    assert "bytes of memory, 100,000 at most are allowed" in failure(too_much)


def test_nested_blocks_share_the_memory_out(found: SimpleNamespace) -> None:
    customer(found, 1, 500)
    with assert_delete_cost(max_memory=50_000_000) as outer:
        list(found.Line.objects.all())
        with assert_delete_cost(max_memory=50_000_000) as inner:
            list(found.Order.objects.all())
    assert outer.peak_bytes > 500 * len(WIDE) > inner.peak_bytes


# --- what is not to be counted, and what fails -----------------------------------------------------------------------


def test_planning_is_seen_by_nobody_else_who_counts(found: SimpleNamespace) -> None:
    ada, bob = customer(found), customer(found)
    with CaptureQueriesContext(connection) as alone:
        ada.delete()
    with CaptureQueriesContext(connection) as watched, assert_delete_cost(max_queries=5):
        bob.delete()
    assert len(watched) == len(alone)


def test_a_plan_that_cannot_be_made_hides_nothing(found: SimpleNamespace) -> None:
    """Here a manager that writes down who asked for rows, which no plan is allowed to do."""

    class Watched(models.Manager[Any]):
        def get_queryset(self) -> Any:
            found.Customer.objects.create(title="somebody asked for lines")
            return super().get_queryset()

    def too_dear() -> None:
        with assert_delete_cost(max_queries=0):
            ada.delete()

    ada = customer(found)
    found.Line.add_to_class("watched", Watched())
    found.Line._meta.base_manager_name = "watched"
    found.Line._meta._expire_cache()
    message = failure(too_dear)
    assert "0 at most are allowed" in message
    assert "(no plan of this delete: WriteRefusedError: " in message
    assert found.Customer.objects.filter(title="somebody asked for lines").exists()


def test_many_deletes_have_their_first_plans_shown(found: SimpleNamespace) -> None:
    def too_dear() -> None:
        with assert_delete_cost(max_queries=1):
            for each in list(found.Customer.objects.all()):
                each.delete()

    for _ in range(5):
        customer(found, orders=0)
    message = failure(too_dear)
    assert message.count("The plan:") == 3
    assert "(2 more deletes were made inside)" in message


def test_a_block_without_a_delete_fails() -> None:
    """It would pass for ever."""

    def nothing() -> None:
        with assert_delete_cost(max_queries=5):
            pass

    assert "nothing was deleted" in failure(nothing)


def test_a_delete_of_nothing_is_a_delete(found: SimpleNamespace) -> None:
    with assert_delete_cost(max_queries=1) as cost:
        found.Customer.objects.none().delete()
    assert (cost.deletes, cost.queries) == (1, 0)


def test_without_a_limit_there_is_nothing_to_assert(found: SimpleNamespace) -> None:
    with pytest.raises(TypeError, match="give at least one of max_queries, max_rows_loaded and max_memory"):
        assert_delete_cost()
    with pytest.raises(TypeError, match="give at least one"):
        assert_delete_plan(found.Customer.objects.all())


def test_what_the_delete_raises_is_not_replaced(found: SimpleNamespace) -> None:
    ada = customer(found)
    found.Note.objects.create(customer=ada)
    with pytest.raises(models.ProtectedError), assert_delete_cost(max_queries=1):
        ada.delete()


# --- the plan alone -------------------------------------------------------------------------------------------------


def test_a_plan_within_its_limits_passes_and_deletes_nothing(found: SimpleNamespace) -> None:
    ada = customer(found)
    plan = assert_delete_plan(ada, max_queries=5, max_rows_loaded=2)
    assert (plan.selects, plan.updates, plan.deletes) == (2, 0, 3)
    assert found.Line.objects.count() == 6
    with assert_delete_cost(max_queries=5) as cost:
        ada.delete()
    assert cost.queries == plan.selects + plan.updates + plan.deletes
    assert cost.rows_loaded == plan.rows_loaded


def test_a_plan_beyond_its_limits_fails_and_shows_itself(found: SimpleNamespace) -> None:
    customer(found)
    message = failure(lambda: assert_delete_plan(found.Customer.objects.all(), max_queries=1, max_rows_loaded=0))
    assert message.startswith("the delete would make 6 queries, 1 at most are allowed, and would load 3 rows, 0 at")
    assert "The plan:\n" in message
    assert found.Customer.objects.count() == 1


def test_a_plan_that_takes_too_much_memory_fails(found: SimpleNamespace) -> None:
    customer(found, 1, 500)
    plan = assert_delete_plan(found.Line.objects.all(), max_memory=100_000)
    assert plan.rows_loaded == {}, "one DELETE does it"

    def listener(sender: Any, **kwargs: Any) -> None:
        pass

    post_delete.connect(listener, sender=found.Line)
    try:
        message = failure(lambda: assert_delete_plan(found.Line.objects.all(), max_memory=100_000))
    finally:
        post_delete.disconnect(listener, sender=found.Line)
    assert re.match(r"the delete would take [\d,]+ bytes of memory, 100,000 at most are allowed\n", message)


def test_a_delete_that_would_be_refused_fails(found: SimpleNamespace) -> None:
    ada = customer(found)
    found.Note.objects.create(customer=ada)
    message = failure(lambda: assert_delete_plan(ada, max_queries=100))
    assert message.startswith("the delete is refused: ProtectedError (")
    assert "Note" in message.splitlines()[0]


def test_a_test_case_has_them_in_its_own_words(found: SimpleNamespace) -> None:
    ada = customer(found)
    case = DeleteAssertions()
    case.assertDeletePlan(ada, max_queries=5)
    with case.assertDeleteCost(max_queries=5) as cost:
        ada.delete()
    assert cost.queries == 5
