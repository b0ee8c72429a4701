"""A connection that answers questions and refuses everything else, for as long as a plan is being made."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connections

_QUESTIONS = ("SELECT", "(SELECT", "PRAGMA FOREIGN_KEYS")


class WriteRefusedError(RuntimeError):
    """Something tried to write while a plan was being made: a custom manager or field of the project, or a bug here."""


@dataclass
class Questions:
    """How many statements have been sent since the connection was guarded."""

    asked: int = 0

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        asks = str(sql).lstrip().upper()
        if not asks.startswith(_QUESTIONS) or (asks.startswith("PRAGMA") and "=" in asks):
            raise WriteRefusedError(f"a statement other than a SELECT was refused while planning: {str(sql)[:200]}")
        self.asked += 1
        return execute(sql, params, many, context)


@contextmanager
def only_questions(using: str) -> Iterator[Questions]:
    """Refuses what is not a question to this database (`django.db.connection.execute_wrapper`), and counts them."""
    questions = Questions()
    connection = connections[using]
    # A new connection is told settings first, such as the isolation level on MySQL: these are neither questions nor
    # writes.
    connection.ensure_connection()
    with connection.execute_wrapper(questions):
        yield questions
