"""`delete_lint.plan`: the plan of this very delete, without doing it. How it compares with what Django does on random
models is in test_predicted_against_real.py."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any

import django
import pytest
from django.contrib.contenttypes.fields import GenericRelation
from django.contrib.contenttypes.models import ContentType
from django.db import NotSupportedError, connection, transaction
from django.db.models import (
    CASCADE,
    DO_NOTHING,
    PROTECT,
    RESTRICT,
    SET_NULL,
    CharField,
    ForeignKey,
    Manager,
    ManyToManyField,
    Model,
    TextField,
)
from django.db.models.query import QuerySet

from delete_lint import plan
from delete_lint.runtime.foresee.read_only import WriteRefusedError
from tests.graph.django_models import World, database, world
from tests.runtime.observe import observe, restored


@pytest.fixture
def zoo() -> Iterator[World]:
    with world() as made:
        yield made


def to(target: str, handler: Any = CASCADE, **options: Any) -> Any:
    return ForeignKey(f"zoo.{target}", handler, **options)


def shop(zoo: World) -> tuple[Any, Any, Any]:
    """Customer <- Order <- Line, with two orders of three lines each for every customer."""
    customer: Any = zoo.model("Customer", title=CharField(max_length=20), notes=TextField())
    order: Any = zoo.model("Order", customer=to("Customer"), payload=TextField())
    line: Any = zoo.model("Line", order=to("Order"))
    return customer, order, line


def fill(customer: Any, order: Any, line: Any, customers: int = 2) -> None:
    for _ in range(customers):
        one = customer.objects.create()
        for _ in range(2):
            two = order.objects.create(customer=one)
            for _ in range(3):
                line.objects.create(order=two)


def test_a_plan_changes_neither_rows_nor_the_queryset_nor_the_cache_of_content_types(zoo: World) -> None:
    tag = zoo.tag()
    post: Any = zoo.model("Post", tags=GenericRelation(tag))
    with database(zoo, 0):
        content_type = ContentType.objects.get_for_model(post)
        kept = post.objects.create()
        tag.objects.create(about=kept)
        ContentType.objects.clear_cache()
        queryset = post.objects.all()

        cold = plan(queryset)

        assert queryset._result_cache is None
        assert ContentType.objects._cache == {}  # type: ignore[attr-defined]
        assert post.objects.count() == tag.objects.count() == 1
        ContentType.objects.get_for_id(content_type.pk)
        assert cold.selects == plan(queryset).selects + 1


def test_a_write_that_hides_in_a_manager_is_refused(zoo: World) -> None:
    class Counting(Manager[Any]):
        def get_queryset(self) -> QuerySet[Any]:
            QuerySet(self.model.parent.field.related_model, using="default").update(title="seen")
            return super().get_queryset()

    zoo.model("Parent", title=CharField(max_length=20))
    parent: Any = zoo.apps.get_model("zoo", "Parent")
    zoo.model("Child", parent=to("Parent"), meta={"base_manager_name": "base"}, objects=Manager(), base=Counting())
    zoo.listen(zoo.apps.get_model("zoo", "Child"))
    with database(zoo, 0):
        parent.objects.create(title="new")
        with pytest.raises(WriteRefusedError, match="UPDATE"):
            plan(parent.objects.all())
        assert parent.objects.get().title == "new"


def test_what_delete_refuses_before_it_starts_the_plan_refuses_in_the_same_way(zoo: World) -> None:
    customer, _order, _ = shop(zoo)
    with database(zoo, 0):
        for refused in (customer.objects.all()[:1], customer.objects.values("pk")):
            with pytest.raises(TypeError) as foreseen:
                plan(refused)
            with pytest.raises(TypeError) as real:
                refused.delete()
            assert str(foreseen.value) == str(real.value)
        with pytest.raises(NotSupportedError):
            plan(customer.objects.all().union(customer.objects.all()))
        with pytest.raises(ValueError, match="can't be deleted"):
            plan(customer())
        with pytest.raises(TypeError, match="keep_parents"):
            plan(customer.objects.all(), keep_parents=True)
        with pytest.raises(TypeError, match="not 7"):
            plan(7)  # type: ignore[arg-type]


def test_managers_and_related_managers_are_planned_like_their_querysets(zoo: World) -> None:
    customer, order, line = shop(zoo)
    with database(zoo, 0):
        fill(customer, order, line)
        assert plan(order.objects) == plan(order.objects.all())
        assert plan(customer.objects.first().order_set).rows_deleted == {"zoo.Order": 2, "zoo.Line": 6}


def test_the_columns_and_rows_of_a_cascade_are_known_and_few_wide_ones_are_read(zoo: World) -> None:
    customer, order, line = shop(zoo)
    with database(zoo, 0):
        fill(customer, order, line)
        order.objects.bulk_create([order(customer=customer.objects.first()) for _ in range(1000)])
        wide: list[int] = []

        def note(execute: Any, sql: str, params: Any, *rest: Any) -> Any:
            if "payload" in sql or "notes" in sql:
                wide.append(len(params))
            return execute(sql, params, *rest)

        with connection.execute_wrapper(note):
            made = plan(customer.objects.filter(pk__gt=0))
            plan(order.objects.all())

    assert made.rows_deleted == {"zoo.Line": 12, "zoo.Order": 1004, "zoo.Customer": 2}
    assert made.rows_loaded == {"zoo.Order": 1004, "zoo.Customer": 2}
    assert made.columns == {"zoo.Customer": None, "zoo.Order": ("id",)}
    assert max(wide) <= 210, "more than a sample of the wide columns was read"


def test_a_protected_row_stops_the_plan_as_it_stops_the_delete(zoo: World) -> None:
    customer, order, _ = shop(zoo)
    invoice: Any = zoo.model("Invoice", order=to("Order", PROTECT))
    with database(zoo, 0):
        one = customer.objects.create()
        invoice.objects.create(order=order.objects.create(customer=one))

        made = plan(one)

    assert made.error == "ProtectedError"
    assert made.stopped_by == ("zoo.Invoice.order: 1 row",)
    assert made.rows_deleted == {}
    assert made.deletes == 0


def test_a_restricted_row_is_forgiven_when_the_cascade_takes_it_along(zoo: World) -> None:
    customer, order, _ = shop(zoo)
    invoice: Any = zoo.model("Invoice", order=to("Order", RESTRICT), customer=to("Customer"))
    with database(zoo, 0):
        one, two = customer.objects.create(), customer.objects.create()
        bought = order.objects.create(customer=one)
        invoice.objects.create(order=bought, customer=one)
        assert plan(one).error is None
        invoice.objects.create(order=bought, customer=two)
        assert (plan(one).error, plan(one).stopped_by) == ("RestrictedError", ("zoo.Invoice.order: 1 row",))


def test_rows_left_behind_do_nothing_fail_the_commit_and_inside_a_transaction_only_later(zoo: World) -> None:
    parent: Any = zoo.model("Parent")
    child: Any = zoo.model("Child", parent=to("Parent", DO_NOTHING))
    with database(zoo, 0):
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA foreign_keys = ON")
        one = parent.objects.create()
        child.objects.create(parent=one)
        assert plan(one).error == plan(parent.objects.all()).error == "IntegrityError"
        with restored("default"):
            assert observe("default", one.delete).error == "IntegrityError"
        with transaction.atomic():
            made = plan(one)
        assert made.error is None
        assert any("COMMIT will fail" in note for note in made.notes)


def test_more_keys_than_a_statement_takes_are_foreseen(zoo: World) -> None:
    parent: Any = zoo.model("Parent", text=TextField())
    child: Any = zoo.model("Child", parent=to("Parent", SET_NULL, null=True))
    with database(zoo, 0):
        for _ in range(40):
            child.objects.create(parent=parent.objects.create())
        limit = connection.connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 30)
        try:
            made = plan(parent.objects.all())
        finally:
            connection.connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, limit)
    assert made.error == "OperationalError"
    assert "40" in made.stopped_by[0]


def test_what_a_queryset_prefetches_is_counted_because_django_fetches_it(zoo: World) -> None:
    tag: Any = zoo.model("Tag")
    post: Any = zoo.model("Post", tags=ManyToManyField("zoo.Tag"))
    comment: Any = zoo.model("Comment", post=to("Post"))
    with database(zoo, 0):
        tags = [tag.objects.create(), tag.objects.create()]
        for _ in range(3):
            one = post.objects.create()
            one.tags.set(tags)
            comment.objects.create(post=one)
        queryset = post.objects.prefetch_related("tags", "comment_set__post")
        made = plan(queryset)
        with restored("default"):
            real = observe("default", queryset.delete)
    assert made.selects == real.count("SELECT")
    assert made.rows_loaded == {label: loaded.rows for label, loaded in real.loaded.items()}


def test_receivers_are_counted_once_for_each_row_and_signal(zoo: World) -> None:
    customer, order, line = shop(zoo)
    zoo.listen(order, name="reindex")
    with database(zoo, 0):
        fill(customer, order, line)
        made = plan(customer.objects.all())
        rows = plan(line.objects.all())
    assert [(each.name.rpartition(".")[2], each.calls) for each in made.receivers] == [("reindex", 4)]
    assert rows.receivers == ()


def test_a_leaf_instance_goes_without_a_transaction(zoo: World) -> None:
    customer, order, line = shop(zoo)
    with database(zoo, 0):
        fill(customer, order, line)
        one = line.objects.first()
        made = plan(one)
        assert (made.transaction, made.deletes, made.selects) == (False, 1, 0)
        line.objects.filter(pk=one.pk).delete()
        assert plan(one).rows_deleted == {}


def test_a_deferred_instance_is_read_again_and_stays_deferred(zoo: World) -> None:
    owner: Any = zoo.model("Owner", code=CharField(max_length=9, unique=True), big=TextField())
    thing: Any = zoo.model("Thing", owner=to("Owner", to_field="code"))
    with database(zoo, 0):
        owner.objects.create(code="a")
        thing.objects.create(owner_id="a")
        one = owner.objects.only("pk").get()

        made = plan(one)

        assert one.get_deferred_fields() == {"code", "big"}
        with restored("default"):
            real = observe("default", one.delete)
    assert made.selects == real.count("SELECT") == 1
    assert made.rows_loaded == {"zoo.Owner": 1}


@pytest.mark.skipif(django.VERSION < (5, 0), reason="refused by Django before 5.0")
def test_a_distinct_queryset_over_a_join_counts_each_row_once(zoo: World) -> None:
    customer, order, line = shop(zoo)
    with database(zoo, 0):
        fill(customer, order, line)
        joined = order.objects.filter(line__pk__gt=0)
        assert plan(joined).rows_loaded["zoo.Order"] == 12
        assert plan(joined.distinct()).rows_loaded["zoo.Order"] == 4


def test_a_custom_handler_that_decides_by_itself_is_told_of(zoo: World) -> None:
    def archive(collector: Any, field: Any, sub_objs: Any, using: str) -> None:
        raise AssertionError("handlers are not called")

    parent: Any = zoo.model("Parent")
    child: Any = zoo.model("Child", parent=to("Parent", archive))
    with database(zoo, 0):
        child.objects.create(parent=parent.objects.create())
        made = plan(parent.objects.all())
    assert any("zoo.Child.parent" in note and "archive" in note for note in made.notes)


def test_the_same_plan_comes_out_whatever_the_receiver_does_with_the_instance(zoo: World) -> None:
    made: list[Model] = []
    parent: Any = zoo.model("Parent")
    init = parent.__init__

    def counting(self: Model, *args: Any, **kwargs: Any) -> None:
        made.append(self)
        init(self, *args, **kwargs)

    with database(zoo, 0):
        zoo.listen(parent)
        parent.objects.create()
        parent.__init__ = counting
        plan(parent.objects.all())
    assert made == [], "an instance of the project's model was made for the plan"


def test_an_init_that_reads_what_was_not_loaded_is_named_since_its_queries_are_not_counted(zoo: World) -> None:
    def keep(self: Any, *values: Any, **named: Any) -> None:
        Model.__init__(self, *values, **named)
        self.before = self.payload

    author: Any = zoo.model("Author")
    book: Any = zoo.model("Book", author=to("Author"), payload=TextField(), __init__=keep)
    zoo.model("Page", book=to("Book"))
    with database(zoo, 0):
        one = author.objects.create()
        for _ in range(3):
            book.objects.create(author=one, payload="x")
        predicted = plan(one)
        assert any("zoo.Book: its __init__()" in note for note in predicted.notes)
        with restored("default"):
            seen = observe("default", one.delete)
        assert seen.count("SELECT") > predicted.selects
        assert plan(book.objects.all()).notes == (), "whole rows have nothing left to read"


def own_cascade(collector: Any, field: Any, sub_objs: Any, using: str) -> None:
    CASCADE(collector, field, sub_objs, using)


def test_rows_that_a_parent_and_its_child_lead_to_are_counted_once(zoo: World) -> None:
    place: Any = zoo.model("Place")
    cafe: Any = zoo.model("Cafe", place)
    menu: Any = zoo.model("Menu", place=to("Place", own_cascade))
    with database(zoo, 0):
        for _ in range(2):
            menu.objects.create(place=cafe.objects.create())
        predicted = plan(place.objects.all())
        with restored("default"):
            seen = observe("default", place.objects.all().delete)
    assert predicted.deletes == seen.count("DELETE")
    assert {label: rows for label, rows in predicted.rows_deleted.items() if rows} == dict(seen.deleted)
