"""Roughly how long a planned delete takes, on this machine and with this connection.

What Django does in Python for each row and statement is known as a multiple of what making a small object takes, which
is tried out; what lies between here and the database is what an empty question takes. What receivers do, locks, and
indexes that are missing are in no account.
"""

from __future__ import annotations

from statistics import median
from time import perf_counter
from typing import Any

from django.db import connections

from delete_lint.graph.exact_plan import ExactPlan

#: Times what `_unit` takes; measured on SQLite and PostgreSQL by `benchmarks/memory.py`.
_STATEMENT = 1000.0  # a queryset made, compiled and sent
_LOADED = 10.0  # a row becomes an instance …
_HELD_BYTE = 0.04  # … the more it holds the later: conversions and JSON
_KEY = 20.0  # in a statement that looks for what refers to it
_DELETED_BY_KEY = 120.0  # a collected row: sorted, signals sent, its key in a statement of a hundred, and gone
_DELETED_BY_KEY_IN_PROCESS = 60.0  # SQLite: there is no server that looks again for rows that refer to it
_DELETED = 5.0  # a row of a fast delete
_UPDATED = 10.0
_CALL = 8.0  # a receiver that does nothing

_OBJECTS = 500
_TRIES = 5


class _Small:
    a: int
    b: int
    c: int
    d: int
    known: bool


def seconds(plan: ExactPlan, using: str) -> float:
    """A rough guess, seldom wrong by more than a factor of three. Asks the database for nothing but its presence."""
    statements = plan.selects + plan.updates + plan.deletes + 2 * plan.transaction
    by_key = _DELETED_BY_KEY_IN_PROCESS if plan.vendor == "sqlite" else _DELETED_BY_KEY
    units = statements * _STATEMENT
    for table in plan.tables:
        units += table.rows_loaded * (_LOADED + _KEY) + table.bytes * _HELD_BYTE
        units += table.rows_updated * _UPDATED
        units += table.rows_deleted * (_DELETED if table.fast else by_key)
    units += sum(receiver.calls for receiver in plan.receivers) * _CALL
    return units * _unit() + statements * round_trip(using)


def round_trip(using: str) -> float:
    """Seconds from here to the database and back."""
    connection = connections[using]
    features: Any = connection.features
    question = f"SELECT 1{features.bare_select_suffix}"
    took = []
    with connection.cursor() as cursor:
        for _ in range(_TRIES):
            began = perf_counter()
            cursor.execute(question)
            cursor.fetchone()
            took.append(perf_counter() - began)
    return median(took)


def _unit() -> float:
    """Seconds in which Python here makes an object with four attributes and compares them."""
    took = []
    for _ in range(_TRIES):
        began = perf_counter()
        for number in range(_OBJECTS):
            small = _Small()
            for name in ("a", "b", "c", "d"):
                setattr(small, name, number)
            small.known = (small.a, small.b) == (small.c, small.d)
        took.append((perf_counter() - began) / _OBJECTS)
    return min(took)
