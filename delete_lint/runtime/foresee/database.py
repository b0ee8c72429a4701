"""What the database deletes by itself, behind Django's back: ``DB_CASCADE`` (Django 6.1).

Such rows matter twice. What points at them is refused or not like everything else; and where they belong to the very
table that a statement deletes from, SQLite and MariaDB do not count the rows that their own cascade took first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.db import connections
from django.db.models import Model, QuerySet, deletion

from delete_lint.runtime.foresee.limits import in_chunks
from delete_lint.runtime.foresee.shapes import all_candidates, concrete

_CASCADE: Any = getattr(deletion, "DB_CASCADE", None)

#: A table and the key of a row in it.
Place = tuple[type[Model], Any]


class DatabaseCascade:
    def __init__(self, using: str) -> None:
        self._using = using
        self._at_once = connections[using].vendor in ("sqlite", "mysql")
        self._behind: dict[Place, list[Place]] = {}

    def tables(self, table: type[Model]) -> set[type[Model]]:
        """The tables whose rows may go with those of this one; itself only if it is reached again."""
        reached: set[type[Model]] = set()
        waiting = [table]
        while waiting:
            children = {concrete(foreign_key.model) for foreign_key in _cascading(waiting.pop())}
            waiting += children - reached
            reached |= children
        return reached

    def taken(self, table: type[Model], keys: Iterable[Any]) -> Iterator[Place]:
        """The rows that go when these do, those of the same table included."""
        start = [(table, key) for key in keys]
        self._read(start)
        seen = set(start)
        waiting = start
        while waiting:
            for place in self._behind[waiting.pop()]:
                if place not in seen:
                    seen.add(place)
                    waiting.append(place)
                    yield place

    def counted(self, table: type[Model], statements: Iterable[list[Any]]) -> int:
        """How many rows these statements say that they have deleted, each of them the rows with these keys."""
        gone: set[Any] = set()
        rows = 0
        for keys in statements:
            before = set(gone)
            for key in keys:
                rows += key not in (gone if self._at_once else before)
                gone.add(key)
                gone.update(other for where, other in self.taken(table, [key]) if where is table)
        return rows

    def _read(self, places: list[Place]) -> None:
        """Learns what is behind these rows, and behind those."""
        waiting = [place for place in places if place not in self._behind]
        while waiting:
            self._behind.update((place, []) for place in waiting)
            found: list[Place] = []
            for table in dict.fromkeys(table for table, _ in waiting):
                keys = [key for where, key in waiting if where is table]
                for foreign_key in _cascading(table):
                    for child, key in self._pointing(foreign_key, table, keys):
                        self._behind[table, key].append((concrete(foreign_key.model), child))
                        found.append((concrete(foreign_key.model), child))
            waiting = [place for place in dict.fromkeys(found) if place not in self._behind]

    def _pointing(self, foreign_key: Any, table: type[Model], keys: list[Any]) -> Iterator[tuple[Any, Any]]:
        """Rows with a foreign key to these, and to which one."""
        for chunk in in_chunks(keys):
            children: QuerySet[Any] = QuerySet(foreign_key.model, using=self._using)
            yield from children.filter(**{f"{foreign_key.name}__pk__in": chunk}).values_list(
                "pk", f"{foreign_key.name}__pk"
            )


def _cascading(table: type[Model]) -> list[Any]:
    """The foreign keys by which the database itself deletes along."""
    if _CASCADE is None:
        return []
    found = [relation.field for relation in all_candidates(table)]
    return [
        each
        for each in found
        if each.remote_field.on_delete is _CASCADE
        and getattr(each, "db_constraint", False)
        and concrete(each.remote_field.model) is table
    ]
