"""Models with rows and receivers of every kind, on any database, and the story of what deleting them does."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from django.db import connections, models, transaction
from django.db.models.signals import post_delete, pre_delete

from tests.graph.django_models import World, world


def make(into: World) -> SimpleNamespace:
    """Customer ← Order ← Line (fast), Note (slow by its receiver), Log (SET_NULL), Guard (PROTECT)."""
    customer = into.model("Customer", title=models.CharField(max_length=20))
    order = into.model("Order", customer=models.ForeignKey(customer, models.CASCADE), big=models.TextField(default="b"))
    line = into.model("Line", order=models.ForeignKey(order, models.CASCADE))
    note = into.model("Note", order=models.ForeignKey(order, models.CASCADE), text=models.TextField(default="n"))
    log = into.model("Log", order=models.ForeignKey(order, models.SET_NULL, null=True))
    guard = into.model("Guard", customer=models.ForeignKey(customer, models.PROTECT))
    made = (customer, order, line, note, log, guard)
    return SimpleNamespace(**{cls.__name__: cls for cls in made}, classes=made, world=into)


@contextmanager
def shop(using: str = "default", *others: str) -> Iterator[SimpleNamespace]:
    """The models with their tables in these databases."""
    with world() as into:
        made = make(into)
        for alias in (using, *others):
            with connections[alias].schema_editor() as editor:
                for cls in made.classes:
                    editor.create_model(cls)
        try:
            yield made
        finally:
            for alias in (using, *others):
                with connections[alias].schema_editor() as editor:
                    for cls in reversed(made.classes):
                        editor.delete_model(cls)


def fill(found: SimpleNamespace, using: str = "default", orders: int = 2, lines: int = 3) -> Any:
    """A customer with orders, each with so many lines, notes and logs."""
    customer = found.Customer.objects.using(using).create(title="Ada")
    for _ in range(orders):
        order = found.Order.objects.using(using).create(customer=customer)
        for cls in (found.Line, found.Note, found.Log):
            cls.objects.using(using).bulk_create(cls(order=order) for _ in range(lines))
    return customer


@contextmanager
def connected(receiver: Callable[..., Any], *senders: Any, before: bool = False) -> Iterator[None]:
    """A receiver, connected as most are: weakly."""
    signal = pre_delete if before else post_delete
    for sender in senders:
        signal.connect(receiver, sender=sender)
    try:
        yield
    finally:
        for sender in senders:
            signal.disconnect(receiver, sender=sender)


class Story:
    """What happened, in order: statements, signals, the end of the transaction, and what came out."""

    def __init__(self, using: str = "default") -> None:
        self.using = using
        self.told: list[str] = []

    def hears(self, signal: str) -> Callable[..., None]:
        def heard(sender: Any, instance: Any, origin: Any, **kwargs: Any) -> None:
            atomic = connections[self.using].in_atomic_block
            self.told.append(
                f"{signal} {sender.__name__} {instance.pk} {type(origin).__name__} {atomic} {sorted(kwargs)}"
            )

        return heard

    @contextmanager
    def told_of(self) -> Iterator[list[str]]:
        def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            self.told.append(re.sub(r"_x\d+", "", f"{sql} {params}"))  # the numbers of savepoints go up
            return execute(sql, params, many, context)

        with connections[self.using].execute_wrapper(note):
            yield self.told

    def of(self, delete: Callable[[], Any]) -> list[str]:
        """The story of one delete, in a transaction that is taken back, so that it can be told again."""
        with self.told_of(), transaction.atomic(self.using):
            self.told.append("begin")
            transaction.on_commit(lambda: self.told.append("committed"), using=self.using)
            try:
                with transaction.atomic(self.using):
                    self.told.append(f"returned {delete()!r}")
            except Exception as error:
                self.told.append(f"raised {type(error).__name__}: {error}")
            transaction.set_rollback(True, self.using)
        return self.told
