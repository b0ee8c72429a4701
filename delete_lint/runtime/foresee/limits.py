"""How much fits into one statement."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator
from typing import Any

from django.db import connections

_CHUNK = 500  # keys in one question


class TooManyParametersError(Exception):
    """Django puts every key into one statement, and the database refuses one that long (``OperationalError``)."""

    def __init__(self, what: str, parameters: int) -> None:
        self.what = what
        self.parameters = parameters


def most_parameters(using: str) -> int:
    """The most parameters of a statement on this connection: SQLite's own limit, PostgreSQL's where parameters are
    bound by the server."""
    connection = connections[using]
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        return int(connection.connection.getlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER))
    if connection.vendor == "postgresql" and connection.settings_dict["OPTIONS"].get("server_side_binding"):
        return 65_535
    return sys.maxsize


def in_chunks(keys: list[Any]) -> Iterator[list[Any]]:
    """As many keys as one question asks for."""
    for start in range(0, len(keys), _CHUNK):
        yield keys[start : start + _CHUNK]
