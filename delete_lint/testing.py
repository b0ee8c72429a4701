"""Assertions for tests: a delete stays within a number of queries, of rows that it loads, of bytes that they take.

With pytest or in Django's ``TestCase``::

    from delete_lint.testing import assert_delete_cost, assert_delete_plan

    def test_deleting_an_order_loads_no_lines(order):
        with assert_delete_cost(max_queries=5, max_rows_loaded=1):
            order.delete()

    def test_a_customer_can_be_deleted_at_once(customer):
        assert_delete_plan(customer, max_queries=12, max_rows_loaded=100)

The first one measures what the code inside really does, its receivers included; the second one foresees what a delete
would do, and deletes nothing. What fails shows what happened, and the plan that tells why.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import delete_lint
from delete_lint.graph.describe import counted, listed
from delete_lint.graph.exact_plan import ExactPlan

if TYPE_CHECKING:
    from django.db.models import Manager, Model, QuerySet

__all__ = ["DeleteAssertions", "DeleteCost", "assert_delete_cost", "assert_delete_plan"]

#: `unittest` leaves the frames of such modules out of its tracebacks, as pytest does for `__tracebackhide__`.
__unittest = True

#: How many kinds of statements, and how many plans, a message shows.
_SHOWN = 15
_PLANS = 3


@dataclass
class DeleteCost:
    """What happened inside `assert_delete_cost`; complete when its block is left.

    ``queries`` counts statements, those that only begin, mark and end transactions aside. ``statements`` has them by
    verb and table, ``rows_loaded`` the rows that became instances, by label. ``peak_bytes`` is what Python held at the
    peak besides what it held before, if ``max_memory`` is given. ``plans`` were made before the first deletes.
    """

    queries: int = 0
    statements: Mapping[tuple[str, str], int] = field(default_factory=dict)
    rows_loaded: Mapping[str, int] = field(default_factory=dict)
    peak_bytes: int = 0
    deletes: int = 0
    plans: list[ExactPlan] = field(default_factory=list)


def assert_delete_cost(
    *,
    max_queries: int | None = None,
    max_rows_loaded: int | None = None,
    max_memory: int | None = None,
    using: str | None = None,
) -> AbstractContextManager[DeleteCost]:
    """Fails unless what runs inside stays within all the limits that are given.

    Everything counts that is sent and loaded inside, on all databases or the one that is named, so a row is best
    fetched before. ``max_memory`` is in bytes; measuring it (with `tracemalloc`) makes the block several times slower.
    Other threads are not counted, ``adelete`` and what else is awaited inside is; blocks may be nested.
    """
    limits = _Limits(max_queries, max_rows_loaded, max_memory)
    return _measured(limits, using)


@contextmanager
def _measured(limits: _Limits, using: str | None) -> Iterator[DeleteCost]:
    from delete_lint.runtime.measure import Meter, measuring

    __tracebackhide__ = True
    planner = _Planner()
    cost = DeleteCost(plans=planner.plans)
    meter = Meter(using=using, memory=limits.memory is not None, on_delete=planner)
    with measuring(meter):
        yield cost
    cost.queries, cost.deletes, cost.peak_bytes = meter.queries, meter.deletes, meter.peak_bytes
    cost.statements, cost.rows_loaded = dict(meter.statements), dict(meter.rows_loaded)
    if not meter.deletes and not meter.statements:
        raise AssertionError("nothing was deleted, and no statement sent at all, so there is nothing to measure")
    exceeded = limits.exceeded(cost.queries, sum(cost.rows_loaded.values()), cost.peak_bytes)
    if exceeded:
        raise AssertionError(_joined(["the delete " + ", and ".join(exceeded), _happened(cost), *planner.texts()]))


def assert_delete_plan(
    queryset_or_instance: QuerySet[Any] | Manager[Any] | Model,
    *,
    max_queries: int | None = None,
    max_rows_loaded: int | None = None,
    max_memory: int | None = None,
    using: str | None = None,
    keep_parents: bool = False,
) -> ExactPlan:
    """Fails unless a delete would stay within all the limits that are given; deletes nothing and loads no row.

    What receivers do is not part of a plan, only how often they are called. Fails for a delete that would be refused.
    Returns the plan (`delete_lint.plan`), so that a test can look at more of it.
    """
    __tracebackhide__ = True
    limits = _Limits(max_queries, max_rows_loaded, max_memory)
    plan = delete_lint.plan(queryset_or_instance, using=using, keep_parents=keep_parents)
    queries = plan.selects + plan.updates + plan.deletes
    if plan.error is not None:
        exceeded = [f"is refused: {plan.error} ({'; '.join(plan.stopped_by)})"]
    else:
        exceeded = limits.exceeded(queries, sum(plan.rows_loaded.values()), plan.peak_bytes, would="would ")
    if exceeded:
        raise AssertionError(_joined(["the delete " + ", and ".join(exceeded), _plan_text(plan)]))
    return plan


class DeleteAssertions:
    """The same assertions in the words of `unittest`, to be mixed into a ``TestCase``."""

    def assertDeleteCost(self, **limits: Any) -> AbstractContextManager[DeleteCost]:  # noqa: N802
        """`assert_delete_cost`."""
        return assert_delete_cost(**limits)

    def assertDeletePlan(self, queryset_or_instance: Any, **limits: Any) -> ExactPlan:  # noqa: N802
        """`assert_delete_plan`."""
        return assert_delete_plan(queryset_or_instance, **limits)


@dataclass(frozen=True, slots=True)
class _Limits:
    queries: int | None
    rows_loaded: int | None
    memory: int | None

    def __post_init__(self) -> None:
        if self.queries is None and self.rows_loaded is None and self.memory is None:
            raise TypeError("give at least one of max_queries, max_rows_loaded and max_memory")

    def exceeded(self, queries: int, rows_loaded: int, memory: int, would: str = "") -> list[str]:
        """What is too much, as it reads after "the delete"."""
        made, loaded, took = ("make", "load", "take") if would else ("made", "loaded", "took")
        told: list[str] = []
        if self.queries is not None and queries > self.queries:
            told.append(f"{would}{made} {counted(queries, 'query', 'queries')}, {self.queries} at most are allowed")
        if self.rows_loaded is not None and rows_loaded > self.rows_loaded:
            told.append(f"{would}{loaded} {counted(rows_loaded, 'row')}, {self.rows_loaded} at most are allowed")
        if self.memory is not None and memory > self.memory:
            told.append(f"{would}{took} {memory:,} bytes of memory, {self.memory:,} at most are allowed")
        return told


class _Planner:
    """Makes the plans of the first deletes, each right before it. A plan that cannot be made is no reason to fail."""

    def __init__(self) -> None:
        self.plans: list[ExactPlan] = []
        self._failures: list[str] = []
        self._seen = 0

    def __call__(self, origin: Any, using: str, keep_parents: bool) -> None:
        self._seen += 1
        if self._seen > _PLANS:
            return
        try:
            self.plans.append(_quietly_planned(origin, using, keep_parents))
        except Exception as error:
            self._failures.append(f"(no plan of this delete: {type(error).__name__}: {error})")

    def texts(self) -> Iterator[str]:
        """The plans, and how many there are besides."""
        yield from map(_plan_text, self.plans)
        yield from self._failures
        if self._seen > _PLANS:
            yield f"({self._seen - _PLANS} more deletes were made inside)"


def _quietly_planned(origin: Any, using: str, keep_parents: bool) -> ExactPlan:
    """A plan whose questions nobody else counts, and which leaves an open transaction usable if one of them fails."""
    from django.db import connections, transaction

    connection: Any = connections[using]
    wrappers, debug = connection.execute_wrappers, connection.force_debug_cursor
    connection.execute_wrappers, connection.force_debug_cursor = [], False
    try:
        with transaction.atomic(using) if connection.in_atomic_block else nullcontext():
            return delete_lint.plan(origin, using=using, keep_parents=keep_parents)
    finally:
        connection.execute_wrappers, connection.force_debug_cursor = wrappers, debug


def _happened(cost: DeleteCost) -> str:
    """The statements and the loaded rows, most first."""
    lines = ["What happened:"]
    statements = sorted(cost.statements.items(), key=lambda entry: (-entry[1], entry[0]))
    lines += [f"{count:>8,} {verb} {table}".rstrip() for (verb, table), count in statements[:_SHOWN]]
    if len(statements) > _SHOWN:
        lines.append(f"{sum(count for _, count in statements[_SHOWN:]):>8,} others")
    loaded = sorted(cost.rows_loaded.items(), key=lambda entry: (-entry[1], entry[0]))
    if loaded:
        rows = [f"{count:,} {label}" for label, count in loaded]
        lines.append(f"Rows loaded: {listed(rows, _SHOWN)}")
    return "\n".join(lines)


def _plan_text(plan: ExactPlan) -> str:
    from delete_lint.output.exact_text import exact_text

    return f"The plan:\n{exact_text(plan).rstrip()}"


def _joined(parts: list[str]) -> str:
    return "\n\n".join(parts)
