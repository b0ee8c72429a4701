"""What Django really does in one delete: every statement, every row that becomes an instance, every refusal."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ObjectDoesNotExist
from django.db import IntegrityError, OperationalError, connections, models, transaction
from django.db.models import ProtectedError, RestrictedError

#: What a delete may end with; everything else is a mistake of the test.
REFUSALS = (ProtectedError, RestrictedError, IntegrityError, OperationalError, ObjectDoesNotExist)


@dataclass(frozen=True)
class Statement:
    """A statement and its first table. A SELECT has ``columns``, those of joined tables too, by table; UPDATE and
    DELETE have the number of ``rows`` that the database told."""

    verb: str
    table: str
    columns: frozenset[tuple[str, str]]
    rows: int
    sql: str


@dataclass(frozen=True)
class Observed:
    """``deleted`` is what ``delete()`` returned, without zeros; ``loaded`` are the instances made from rows, by label.
    ``error`` is the name of the exception, that of COMMIT included; ``begun`` is whether it began a transaction."""

    statements: tuple[Statement, ...]
    deleted: Mapping[str, int]
    loaded: Mapping[str, Loaded]
    error: str | None
    begun: bool
    message: str = ""

    def count(self, verb: str) -> int:
        return sum(statement.verb == verb for statement in self.statements)

    def trace(self) -> str:
        """Statements in the short form of ``S:table D:table U:table``, without the app's prefix."""
        return " ".join(f"{each.verb[0]}:{each.table.removeprefix('zoo_')}" for each in self.statements)


_JOINED = re.compile(r'JOIN "(\w+)" "?(\w+)"? ON')
_COLUMN = re.compile(r'"?(\w+)"?\."(\w+)"')


def _statement(sql: str, rows: int) -> Statement | None:
    sql = sql.replace("`", '"')
    verb = sql.split(" ", 1)[0]
    if verb not in ("SELECT", "UPDATE", "DELETE"):
        return None
    table = re.search(r'(?:FROM|UPDATE) "(\w+)"', sql)
    if table is None or table[1] == ContentType._meta.db_table:
        return None
    columns: frozenset[tuple[str, str]] = frozenset()
    if verb == "SELECT":
        rows = 0
        aliases = {alias: name for name, alias in _JOINED.findall(sql)}
        # What an aggregate is made of is no column of an instance.
        fetched = re.sub(r"\([^()]*\)", "", sql.split(' FROM "')[0])
        columns = frozenset((aliases.get(name, name), column) for name, column in _COLUMN.findall(fetched))
    return Statement(verb, table[1], columns, rows, sql)


@contextmanager
def statements(using: str) -> Iterator[list[tuple[str, int]]]:
    """The SQL of one connection and the rows that each statement hit. Statements that fail are there as well."""
    seen: list[tuple[str, int]] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        place = len(seen)
        seen.append((sql, 0))
        result = execute(sql, params, many, context)
        seen[place] = (sql, max(context["cursor"].rowcount, 0))
        return result

    with connections[using].execute_wrapper(note):
        yield seen


@dataclass
class Loaded:
    """The instances of one model that were made from rows, and the columns that any of these rows had."""

    rows: int
    columns: set[str]


@contextmanager
def instances() -> Iterator[dict[str, Loaded]]:
    """The instances of each model that are made from rows of a database."""
    made: dict[str, Loaded] = {}
    seen: dict[type[models.Model], Any] = {}
    original: Any = models.Model.__dict__["from_db"]

    def from_db(cls: type[models.Model], db: str, field_names: Any, values: Any, **options: Any) -> Any:
        loaded = made.setdefault(cls._meta.label, Loaded(0, set()))
        loaded.rows += 1
        if field_names is not seen.get(cls):  # the same list for all rows of a query
            seen[cls] = field_names
            names = {each.attname: str(each.column) for each in cls._meta.concrete_fields}
            loaded.columns.update(names[name] for name in field_names)
        return original.__func__(cls, db, field_names, values, **options)

    anything: Any = models.Model
    anything.from_db = classmethod(from_db)  # type: ignore[arg-type]
    try:
        yield made
    finally:
        anything.from_db = original


def observe(using: str, delete: Callable[[], tuple[int, dict[str, int]]]) -> Observed:
    """Do a delete, write down what it did, and take it back.

    On SQLite it commits, so that what COMMIT refuses is seen; the caller restores the rows (see `restored`). Elsewhere
    it runs in a transaction that is rolled back after the deferred constraints were asked, which is what COMMIT does.
    """
    connection = connections[using]
    error: Exception | None = None
    deleted: dict[str, int] = {}
    with statements(using) as seen, instances() as loaded:
        try:
            if connection.vendor == "sqlite":
                _, deleted = delete()
            else:
                with transaction.atomic(using):
                    try:
                        _, deleted = delete()
                        if connection.features.can_defer_constraint_checks:
                            connection.check_constraints()
                    finally:
                        transaction.set_rollback(True, using)
        except REFUSALS as refused:
            error = refused
    parsed = (_statement(sql, rows) for sql, rows in seen)
    return Observed(
        statements=tuple(statement for statement in parsed if statement is not None),
        deleted={} if error else {label: rows for label, rows in deleted.items() if rows},
        loaded={label: each for label, each in loaded.items() if label != ContentType._meta.label},
        error=_name(error),
        begun=any(sql == "BEGIN" for sql, _ in seen),
        message=str(error)[:200] if error else "",
    )


def _name(error: Exception | None) -> str | None:
    if error is None:
        return None
    if isinstance(error, ObjectDoesNotExist):
        return "DoesNotExist"
    known = (ProtectedError, RestrictedError, OperationalError)
    return type(error).__name__ if isinstance(error, known) else "IntegrityError"


@contextmanager
def restored(using: str) -> Iterator[None]:
    """Put the rows of a SQLite database back afterwards."""
    connection = connections[using]
    if connection.vendor != "sqlite":
        yield
        return
    connection.ensure_connection()
    with sqlite3.connect(":memory:") as copy:
        connection.connection.backup(copy)
        try:
            yield
        finally:
            copy.backup(connection.connection)
    copy.close()
