"""What the database itself refuses: rows that would still point at a row that is gone.

PostgreSQL, SQLite and Oracle ask at COMMIT, where only rows matter that nobody deletes or sets free: behind
``DO_NOTHING``, behind a base manager that hides rows, or pointing at the very value that they are set to. MySQL and
MariaDB ask at once, for each row that a statement deletes, in ascending order of the keys; there the order of the
whole delete matters (experiments in MariaDB 10.11).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db import connections
from django.db.models import Model, QuerySet, deletion
from django.db.models.deletion import DO_NOTHING

from delete_lint.runtime.foresee.collect import Foresight
from delete_lint.runtime.foresee.collected import FastDelete, Update, name_of
from delete_lint.runtime.foresee.database import DatabaseCascade, Place
from delete_lint.runtime.foresee.handlers import SKIPPED, action_of, value_set_by
from delete_lint.runtime.foresee.limits import in_chunks
from delete_lint.runtime.foresee.shapes import all_candidates, concrete

_SET_DEFAULT: Any = getattr(deletion, "DB_SET_DEFAULT", None)  # MariaDB, MySQL and Oracle have none and leave it out


class ConstraintError(Exception):
    """``IntegrityError``: a foreign key by which rows still point at what is deleted, and how many were met."""

    def __init__(self, foreign_key: Any, rows: int, why: str = "") -> None:
        self.text = f"{name_of(foreign_key)}: {rows} row{'' if rows == 1 else 's'} {why or 'would point at nothing'}"


@dataclass(frozen=True, slots=True)
class Reference:
    """A foreign key that the database watches; ``attname`` is the column of the target that it refers to."""

    foreign_key: Any
    attname: str

    @property
    def child(self) -> type[Model]:
        return concrete(self.foreign_key.model)

    @property
    def frees_itself(self) -> bool:
        """Whether a row that points at itself is no obstacle to its own deletion where constraints are immediate.

        InnoDB takes a row out of one index after the other and looks for rows that point at a value when it comes to
        the index of that value. The row itself is out of the way when its foreign key's index comes before: MySQL and
        MariaDB sort the primary key first, then unique indexes without NULL, then other unique ones, then the rest,
        each as created (``sort_keys`` in the server's sql/sql_table.cc; tried on MariaDB 10.11).
        """
        model = self.child
        if concrete(self.foreign_key.remote_field.model) is not model or not self.foreign_key.unique:
            return False
        ranked = sorted(
            (not field.primary_key, field.null, place, field.attname)
            for place, field in enumerate(model._meta.local_concrete_fields)
            if field.unique
        )
        order = [name for *_, name in ranked]
        if self.attname not in order or self.foreign_key.attname not in order:
            return False
        return order.index(self.foreign_key.attname) < order.index(self.attname)


def watched(target: type[Model]) -> Iterator[Reference]:
    """The constraints on this table. What the ``DB_`` handlers do is the database's own business."""
    for relation in all_candidates(target):
        foreign_key = relation.field
        child = foreign_key.model
        handler = foreign_key.remote_field.on_delete
        if (
            concrete(foreign_key.remote_field.model) is target
            and getattr(foreign_key, "db_constraint", False)
            and child._meta.managed
            and len(foreign_key.foreign_related_fields) == 1
            and (handler in (DO_NOTHING, _SET_DEFAULT) or handler not in SKIPPED)
        ):
            yield Reference(foreign_key, foreign_key.foreign_related_fields[0].attname)


class Constraints:
    """Follows the statements of a delete as the database's constraints see them. Every method raises
    `ConstraintError` where the database refuses."""

    def __init__(self, found: Foresight) -> None:
        self.using = found.using
        connection = connections[self.using]
        self.immediate = not connection.features.can_defer_constraint_checks
        self._sets_default = getattr(connection.features, "supports_on_delete_db_default", False)
        self._asked_at_commit = not connection.in_atomic_block
        self._found = found
        self._cascade = DatabaseCascade(found.using)
        self._deleted: dict[type[Model], dict[Any, None]] = {}
        self._set: list[tuple[Any, Any, set[Any]]] = []
        self._freed: dict[Any, set[Any]] = {}
        self._pointing_at: dict[tuple[Reference, Any], list[Any]] = {}
        self._read: set[tuple[Reference, Any]] = set()

    # --- the statements -------------------------------------------------------------------------------------------

    def fast(self, fast: FastDelete) -> None:
        table = concrete(fast.model)
        if table in self._tables:
            keys = fast.queryset.order_by("pk").values_list("pk", flat=True)
            self._delete(table, list(dict.fromkeys(keys)))

    def update(self, foreign_key: Any, update: Update, rows: int) -> None:
        action = action_of(foreign_key.remote_field.on_delete)
        known, value = (True, None) if action == "cascade" else value_set_by(foreign_key)
        if not rows:
            return
        if known and value is None and not foreign_key.null:
            raise ConstraintError(foreign_key, rows, "would be set to NULL, which the column does not take")
        set_to_row = value is not None and getattr(foreign_key, "db_constraint", False)
        if not (set_to_row or self.immediate):
            return
        keys = {*update.keys, *(key for each in update.querysets for key in each.values_list("pk", flat=True))}
        if set_to_row:
            self._set.append((foreign_key, value, keys))
        if self.immediate:
            self._freed.setdefault(foreign_key, set()).update(keys)
            if set_to_row:
                self._must_exist(foreign_key, value, rows)

    def delete(self, model: type[Model], keys: list[Any]) -> None:
        """One statement that deletes the rows with these keys."""
        table = concrete(model)
        if table in self._tables:
            self._delete(table, keys)

    def commit(self) -> None:
        if self.immediate:
            return
        try:
            for table, keys in self._deleted.items():
                for reference in self._watched[table]:
                    self._none_left(reference, table, list(keys))
            for foreign_key, value, set_keys in self._set:
                if left := set_keys - self._deleted.get(concrete(foreign_key.model), {}).keys():
                    self._must_exist(foreign_key, value, len(left))
        except ConstraintError as error:
            if self._asked_at_commit:
                raise
            self._found.ledger.note(f"COMMIT will fail: {error.text}")

    # --- which tables ---------------------------------------------------------------------------------------------

    @cached_property
    def _watched(self) -> dict[type[Model], list[Reference]]:
        """Constraints that may refuse something, by the table they refer to."""
        if not self._enforced():
            return {}
        tables = {concrete(model) for model, keys in self._found.data.items() if keys}
        tables |= {concrete(fast.model) for fast in self._found.fast}
        for table in list(tables):
            tables |= self._cascade.tables(table)
        return {
            table: [each for each in watched(table) if self.immediate or self._may_leave_rows(each)] for table in tables
        }

    def _enforced(self) -> bool:
        """SQLite looks after foreign keys only where a connection asks for it, as Django's do."""
        connection = connections[self.using]
        if connection.vendor != "sqlite":
            return bool(connection.features.supports_foreign_keys)
        with connection.cursor() as cursor:
            return bool(cursor.execute("PRAGMA foreign_keys").fetchone()[0])

    @cached_property
    def _tables(self) -> set[type[Model]]:
        """Tables of which the deleted keys have to be known."""
        tables = {table for table, references in self._watched.items() if references}
        tables |= {each.child for references in self._watched.values() for each in references}
        for foreign_key in self._found.updates:
            if value_set_by(foreign_key)[1] is not None:
                tables |= {concrete(foreign_key.model), concrete(foreign_key.remote_field.model)}
        return tables | {table for table in self._watched if tables & self._cascade.tables(table)}

    def _may_leave_rows(self, reference: Reference) -> bool:
        foreign_key = reference.foreign_key
        if action_of(foreign_key.remote_field.on_delete) in ("skip", "unknown"):
            return True
        if foreign_key in self._found.passed_over:
            return True
        return bool(foreign_key.model._base_manager.using(self.using).all().query.where)

    # --- rows -----------------------------------------------------------------------------------------------------

    def _delete(self, table: type[Model], keys: list[Any]) -> None:
        if not self.immediate:
            self._deleted.setdefault(table, {}).update(dict.fromkeys(keys))
            for other, key in self._taken(table, keys):
                self._deleted.setdefault(other, {})[key] = None
            return
        reached: dict[type[Model], list[Any]] = {table: list(keys)}
        for other, key in self._taken(table, keys):
            reached.setdefault(other, []).append(key)
        for other, all_keys in reached.items():
            for reference in self._watched.get(other, ()):
                self._read_pointing(reference, other, all_keys)
        for key in keys:
            self._delete_row(table, key)

    def _delete_row(self, table: type[Model], key: Any) -> None:
        """One row, as a database with immediate constraints deletes it: asked for itself, then for what it takes along
        by its own cascade."""
        for where, row in ((table, key), *self._taken(table, [key])):
            gone = self._deleted.setdefault(where, {})
            if row not in gone:
                for reference in self._watched.get(where, ()):
                    self._nobody_points(reference, where, row)
                gone[row] = None

    def _taken(self, table: type[Model], keys: list[Any]) -> list[Place]:
        return list(self._cascade.taken(table, keys)) if self._cascade.tables(table) & self._tables else []

    def _nobody_points(self, reference: Reference, table: type[Model], key: Any) -> None:
        deleted = self._deleted.get(reference.child, {})
        freed = self._freed.get(reference.foreign_key, ())
        rows = [
            child
            for child in self._pointing_at.get((reference, key), ())
            if child not in deleted and child not in freed and not (child == key and reference.frees_itself)
        ]
        if rows:
            raise ConstraintError(reference.foreign_key, len(rows), f"still point at a row of {table._meta.label}")
        for foreign_key, value, keys in self._set:
            if foreign_key == reference.foreign_key and (left := keys - deleted.keys()):
                if self._key_of(table, reference.attname, value) == key:
                    raise ConstraintError(foreign_key, len(left), "would just have been set to a row that is deleted")

    def _read_pointing(self, reference: Reference, table: type[Model], keys: list[Any]) -> None:
        """Remembers the rows that point at these, by the key of what they point at."""
        wanted = [key for key in keys if (reference, key) not in self._read]
        self._read.update((reference, key) for key in wanted)
        for chunk in in_chunks(wanted):
            by_value = self._values(table, reference.attname, chunk)
            for child, value in self._pointing(reference, list(by_value)):
                self._pointing_at.setdefault((reference, by_value[value]), []).append(child)

    def _none_left(self, reference: Reference, table: type[Model], keys: list[Any]) -> None:
        deleted = self._deleted.get(reference.child, {})
        sets = action_of(reference.foreign_key.remote_field.on_delete) == "set"
        for chunk in in_chunks(keys):
            values = list(self._values(table, reference.attname, chunk))
            rows = {child for child, _ in self._pointing(reference, values) if child not in deleted}
            if sets and rows:
                seen = reference.foreign_key.model._base_manager.using(self.using)
                rows -= set(seen.filter(**{f"{reference.foreign_key.name}__in": values}).values_list("pk", flat=True))
            if rows and self._sets_default and reference.foreign_key.remote_field.on_delete is _SET_DEFAULT:
                value = reference.foreign_key.db_default
                if value is not None and not hasattr(value, "resolve_expression"):
                    self._must_exist(reference.foreign_key, value, len(rows))
            elif rows:
                raise ConstraintError(reference.foreign_key, len(rows))

    def _pointing(self, reference: Reference, values: list[Any]) -> Iterable[tuple[Any, Any]]:
        """Keys of the rows that point at these values, hidden ones included, and the value each points at."""
        foreign_key = reference.foreign_key
        rows: QuerySet[Any] = QuerySet(foreign_key.model, using=self.using)
        return list(rows.filter(**{f"{foreign_key.name}__in": values}).values_list("pk", foreign_key.attname))

    def _values(self, table: type[Model], attname: str, keys: list[Any]) -> dict[Any, Any]:
        """What is referred to of these rows, with their keys."""
        if attname == table._meta.pk.attname:
            return dict(zip(keys, keys, strict=True))
        rows: Any = QuerySet(table, using=self.using).filter(pk__in=keys).values_list(attname, "pk")
        return {value: key for value, key in rows if value is not None}

    def _key_of(self, table: type[Model], attname: str, value: Any) -> Any:
        if attname == table._meta.pk.attname:
            return table._meta.pk.to_python(value)
        rows: Any = QuerySet(table, using=self.using).filter(**{attname: value}).values_list("pk", flat=True)
        return rows.first()

    def _must_exist(self, foreign_key: Any, value: Any, rows: int) -> None:
        table = concrete(foreign_key.remote_field.model)
        attname = foreign_key.foreign_related_fields[0].attname
        key = self._key_of(table, attname, value)
        exists = key is not None and QuerySet(table, using=self.using).filter(pk=key).exists()
        if not exists or key in self._deleted.get(table, {}):
            raise ConstraintError(foreign_key, rows, f"would be set to {value!r}, which is not there")
