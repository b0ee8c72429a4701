"""The columns of a model, and the relations that start at it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.db import models

from delete_lint.catalog.fields import FieldClass, field_class, named_field_class
from delete_lint.graph.model import Field, Relation, RelationKind
from delete_lint.graph.place import Place
from delete_lint.runtime.handlers import handler
from delete_lint.runtime.sources import Sources

ModelClass = type[models.Model]


class Fields:
    """Reads fields; ``stand_ins`` are the field classes that the settings liken to others."""

    def __init__(self, sources: Sources, stand_ins: Mapping[str, str]) -> None:
        self.sources = sources
        self.stand_ins = stand_ins
        self._known: dict[type, FieldClass | None] = {}

    def columns(self, cls: ModelClass) -> tuple[Field, ...]:
        """The model's own columns: those of its multi-table parents are the parents'."""
        opts: Any = cls._meta
        key = {field.name for field in getattr(opts, "pk_fields", None) or (opts.pk,) if field is not None}
        return tuple(
            Field(
                name=field.name,
                column=field.column,
                type=type(field).__name__,
                large=self._is_large(field),
                primary_key=field.name in key,
                is_file=isinstance(field, models.FileField),
                null=field.null,
                place=self.sources.attribute_place(cls, field.name) if not opts.auto_created else None,
            )
            for field in opts.local_concrete_fields
        )

    def relations(self, cls: ModelClass) -> Iterator[Relation]:
        """Edges that start at this model, in Django's order (``Options._populate_directed_relation_graph``)."""
        opts: Any = cls._meta
        for field in opts.get_fields(include_parents=False, include_hidden=True):
            if field.model is cls and _is_key(field):  # a proxy is told those of its concrete model
                yield self._key(cls, field)
        for field in opts.private_fields:
            if hasattr(field, "bulk_related_objects"):
                yield Relation(
                    model=_target_label(field),
                    target=opts.label,
                    field=field.name,
                    kind="generic",
                    on_delete="CASCADE",
                    place=self._place(cls, field.name),
                )

    def _key(self, cls: ModelClass, field: Any) -> Relation:
        opts: Any = cls._meta
        found = handler(field.remote_field.on_delete)
        kind: RelationKind = "o2o" if field.one_to_one else "fk"
        if field.remote_field.parent_link or field in opts.parents.values():
            kind = "parent_link"
        elif opts.auto_created:
            kind = "m2m_through"
        return Relation(
            model=opts.label,
            target=field.remote_field.model._meta.label,
            field=field.name,
            kind=kind,
            on_delete=found.name,
            null=field.null,
            to_field=_to_field(field),
            db_constraint=getattr(field, "db_constraint", False),
            wraps_cascade=found.wraps_cascade,
            lazy=found.lazy,
            place=self._place(cls, field.name),
        )

    def _place(self, cls: ModelClass, name: str) -> Place | None:
        if not cls._meta.auto_created:
            return self.sources.attribute_place(cls, name) or self.sources.class_place(cls)
        return None

    def _is_large(self, field: Any) -> bool:
        known = self._class(type(field))
        if known is not None and known.kind == "large":
            return True
        # A GeneratedField (Django 5.0) is as large as what it generates.
        output = getattr(field, "output_field", None) if hasattr(models, "GeneratedField") else None
        return output is not None and output is not field and self._is_large(output)

    def _class(self, cls: type) -> FieldClass | None:
        """The nearest of a field's classes that is known."""
        if cls not in self._known:
            self._known[cls] = next(
                (
                    found
                    for base in cls.__mro__
                    if (found := self._named(f"{base.__module__}.{base.__qualname__}")) is not None
                ),
                None,
            )
        return self._known[cls]

    def _named(self, dotted: str) -> FieldClass | None:
        stand_in = self.stand_ins.get(dotted)
        return field_class(dotted) if stand_in is None else named_field_class(stand_in)


def _is_key(field: Any) -> bool:
    """Whether its other side is among the relations that the collector looks at."""
    other = getattr(field, "remote_field", None)
    return (
        other is not None
        and (field.concrete or not field.auto_created)
        and (field.many_to_one or field.one_to_one)
        and field.related_model is not None
        and not isinstance(other.model, str)
    )


def _to_field(field: Any) -> str | None:
    """The field that a key refers to, None for the primary key."""
    others = [target for target in field.foreign_related_fields if not target.primary_key]
    return others[0].name if others else None


def _target_label(field: Any) -> str:
    """The model whose rows go with those that a ``GenericRelation`` or the like is on: for a tag manager its table."""
    other = getattr(field, "remote_field", None)
    for model in (getattr(other, "through", None), getattr(other, "model", None)):
        if isinstance(model, type) and hasattr(model, "_meta"):
            return str(model._meta.label)
    return f"?{type(field).__name__}"
