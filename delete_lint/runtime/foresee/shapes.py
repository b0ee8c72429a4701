"""Which columns of a row the collector looks at, which are at hand, and what it costs to get the others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from django.db.models import Field, Model, QuerySet
from django.db.models.base import ModelState
from django.db.models.deletion import get_candidate_relations_to_delete

from delete_lint.runtime.foresee.handlers import SKIPPED

#: A model that is joined by ``select_related``, the path to it, and the columns that are read of it.
Joined = tuple[type[Model], str, tuple[str, ...] | None]
#: The values of a row's `Shape.attnames`, in their order.
Row = tuple[Any, ...]


def candidates(model: type[Model]) -> list[Any]:
    """The reverse relations that deleting rows of this class looks at, those that Django skips left out."""
    return [rel for rel in all_candidates(model) if rel.field.remote_field.on_delete not in SKIPPED]


def all_candidates(model: type[Model]) -> list[Any]:
    return list(get_candidate_relations_to_delete(model._meta))


def concrete(model: type[Model]) -> type[Model]:
    """The model with the table, for a proxy; else the model itself."""
    return model._meta.concrete_model or model


def parent_links(model: type[Model]) -> list[Any]:
    """The links to the direct parents of multi-table inheritance."""
    return [link for link in concrete(model)._meta.parents.values() if link is not None]


def other_links(parent: type[Model], link: Any) -> list[Any]:
    """The links to the same parent from its other children, which nobody looks for when one child goes."""
    found = [relation.field for relation in all_candidates(parent)]
    return [each for each in found if each.remote_field.parent_link and each != link]


def key_fields(model: type[Model]) -> list[Any]:
    """The primary key; more than one field where it is a ``CompositePrimaryKey`` (Django 5.2)."""
    return list(getattr(model._meta, "pk_fields", None) or [model._meta.pk])


@dataclass(frozen=True)
class Shape:
    """What the collector reads of a row of this class: its key, what other rows refer to it by, and the links to its
    multi-table parents. ``slim`` is a row that is collected for its child's sake: nothing is looked for that refers to
    it.
    """

    model: type[Model]
    slim: bool = False

    @cached_property
    def attnames(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self._wanted()))

    def _wanted(self) -> Iterator[str]:
        yield from self.key
        if not self.slim:
            for relation in candidates(self.model):
                yield from (target.attname for target in relation.field.foreign_related_fields)
        for link in parent_links(self.model):
            yield from (local.attname for local in link.local_related_fields)
            yield from Shape(link.remote_field.model, slim=True).attnames

    @cached_property
    def key(self) -> tuple[str, ...]:
        return tuple(part.attname for part in key_fields(self.model))

    @cached_property
    def place(self) -> dict[str, int]:
        """Where each column stands in a row."""
        return {name: number for number, name in enumerate(self.attnames)}

    def pk(self, row: Row) -> Any:
        return row[0] if len(self.key) == 1 else row[: len(self.key)]

    def values(self, rows: list[Row], attname: str) -> list[Any]:
        number = self.place[attname]
        return [row[number] for row in rows]

    def stand_ins(self, rows: list[Row]) -> list[Model]:
        """Objects with just these columns, for a foreign key of several columns. No ``__init__`` and no signal runs."""
        return [self._stand_in(row) for row in rows]

    def _stand_in(self, row: Row) -> Model:
        instance = self.model.__new__(self.model)
        instance.__dict__.update(zip(self.attnames, row, strict=True), _state=ModelState())
        return instance

    def of_parent(self, rows: list[Row], parent: Shape) -> list[Row]:
        """The rows of a parent, as slim as ``parent`` is, that belong to these."""
        wanted = [self.place[name] for name in parent.attnames]
        return [tuple(row[number] for number in wanted) for row in rows]


@dataclass
class Loaded:
    """The columns of a row that are in memory, None for all of them; grows as deferred ones are read."""

    model: type[Model]
    attnames: set[str] | None
    cached_parents: frozenset[Any] = field(default_factory=frozenset)

    def __contains__(self, attname: str) -> bool:
        return self.attnames is None or attname in self.attnames

    def add(self, attname: str) -> None:
        if self.attnames is not None:
            self.attnames.add(attname)

    def copy(self) -> Loaded:
        return replace(self, attnames=None if self.attnames is None else set(self.attnames))

    def missing(self, parent: type[Model]) -> bool:
        """Whether a column of this parent is not at hand, so that Django reads the whole parent
        (``ForwardOneToOneDescriptor.get_object``)."""
        return any(column.attname not in self for column in parent._meta.concrete_fields)

    def column_to_read(self, attname: str) -> str | None:
        """The deferred column that is read from the database when this one is asked for, None when there is no need.

        The key of a parent is known from the link to it (``DeferredAttribute._check_parent_chain``).
        """
        if attname in self:
            return None
        column: Field[Any, Any] = next(each for each in self.model._meta.concrete_fields if each.attname == attname)
        link = self.model._meta.get_ancestor_link(column.model) if column.model is not self.model else None
        if column.primary_key and link is not None and link != column:
            below = self.column_to_read(link.attname)
            self.add(attname)
            return below
        return attname


@dataclass(frozen=True)
class Selection:
    """What a SELECT of instances reads: the columns of its own model, and of those joined by ``select_related``."""

    model: type[Model]
    attnames: tuple[str, ...]
    columns: tuple[str, ...] | None
    joined: tuple[Joined, ...] = ()


def selection_of(queryset: QuerySet[Any], using: str) -> Selection:
    """Asks Django's own compiler what it would select, without sending the query."""
    compiler: Any = queryset.query.get_compiler(using=using)
    compiler.setup_query()
    info = compiler.klass_info
    fields = [compiler.select[number][0].target for number in info["select_fields"]]
    joined = tuple(_joined(compiler, info, ""))
    model = info["model"]
    return Selection(model, tuple(each.attname for each in fields), _columns(model, fields), joined)


def _joined(
    compiler: Any, info: dict[str, Any], prefix: str
) -> Iterator[tuple[type[Model], str, tuple[str, ...] | None]]:
    for below in info.get("related_klass_infos", ()):
        relation = below["field"]
        name = relation.related_query_name() if below.get("reverse") else relation.name
        path = f"{prefix}{name}"
        fields = [compiler.select[number][0].target for number in below["select_fields"]]
        yield below["model"], path, _columns(below["model"], fields)
        yield from _joined(compiler, below, f"{path}__")


def _columns(model: type[Model], fields: list[Any]) -> tuple[str, ...] | None:
    """Names of the database columns, None when they are all that the model has."""
    names = {each.attname for each in fields}
    if all(column.attname in names for column in model._meta.concrete_fields):
        return None
    return tuple(each.column for each in fields)
