"""The models of the app registry as the source reader needs them: where a name on an instance leads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import models

from delete_lint.source.running import ClassName, RegisteredAccessor, RegisteredField, RegisteredModel

if TYPE_CHECKING:
    from delete_lint.source.fields import Kind


def registered_models() -> dict[str, RegisteredModel]:
    """Every installed model, the swapped-out and the automatic ones too, by label."""
    found = apps.get_models(include_auto_created=True, include_swapped=True)
    return {cls._meta.label: _model(cls) for cls in found}


def _model(cls: type[models.Model]) -> RegisteredModel:
    opts: Any = cls._meta
    fields = [field for field in opts.get_fields() if not _is_reverse(field)]
    accessors = [*_forward(fields), *_reverse(opts)]
    return RegisteredModel(
        label=opts.label,
        cls=ClassName(cls.__module__, cls.__qualname__),
        concrete=opts.concrete_model._meta.label,
        proxy=opts.proxy,
        managed=opts.managed,
        line=tuple(_line(cls)),
        fields={field.name: _field(field) for field in fields},
        accessors={accessor.name: accessor for accessor in reversed(accessors)},
        managers=frozenset(_managers(opts)),
        unique_sets=tuple(_unique_sets(opts)),
    )


def _line(cls: type) -> Iterator[ClassName]:
    """The classes that a class inherits from, but for Django's own."""
    for base in cls.__mro__[1:]:
        if base is not object and not base.__module__.startswith("django.db.models."):
            yield ClassName(base.__module__, base.__qualname__)


def _managers(opts: Any) -> Iterator[ClassName]:
    for manager in opts.managers:
        for cls in (type(manager), getattr(manager, "_queryset_class", models.QuerySet)):
            if not cls.__module__.startswith("django.db.models."):
                yield ClassName(cls.__module__, cls.__qualname__)
            yield from _line(cls)


def _unique_sets(opts: Any) -> Iterator[frozenset[str]]:
    yield from map(frozenset, opts.unique_together)
    for constraint in opts.constraints:
        if isinstance(constraint, models.UniqueConstraint) and constraint.condition is None and constraint.fields:
            yield frozenset(constraint.fields)


def _field(field: Any) -> RegisteredField:
    kind = _kind(field)
    return RegisteredField(
        name=field.name,
        kind=kind,
        type=type(field).__name__,
        primary_key=bool(getattr(field, "primary_key", False)),
        unique=kind == "o2o" or bool(getattr(field, "unique", False)),
        null=bool(getattr(field, "null", False)),
    )


def _kind(field: Any) -> Kind:
    if hasattr(field, "bulk_related_objects") and not field.many_to_many:
        return "generic_relation"
    if field.many_to_many:
        return "m2m"
    if _label(field) is not None:
        return "o2o" if field.one_to_one else "fk"
    if isinstance(field, models.FileField):
        return "file"
    if hasattr(field, "ct_field") and hasattr(field, "fk_field"):
        return "generic_fk"
    return "plain" if getattr(field, "concrete", False) else "virtual"


def _is_reverse(field: Any) -> bool:
    return bool(field.auto_created and not field.concrete)


def _label(field: Any) -> str | None:
    """The label of the model on the other side, None when there is none (or it is not installed)."""
    target = getattr(field, "related_model", None)
    return target._meta.label if isinstance(target, type) and issubclass(target, models.Model) else None


def _forward(fields: list[Any]) -> Iterator[RegisteredAccessor]:
    for field in fields:
        kind, name = _kind(field), field.name
        if kind in ("fk", "o2o"):
            yield RegisteredAccessor(name=name, kind="row", model=_label(field))
        elif kind == "m2m":
            yield _many_to_many(name, field, field)
        elif kind == "generic_relation":
            yield RegisteredAccessor(name=name, kind="generic", model=_label(field))
        elif kind == "generic_fk":
            yield RegisteredAccessor(name=name, kind="generic_row")
        elif kind == "file":
            yield RegisteredAccessor(name=name, kind="file")


def _reverse(opts: Any) -> Iterator[RegisteredAccessor]:
    for relation in opts.related_objects:
        name = relation.get_accessor_name()
        if name is None:
            continue
        if relation.many_to_many:
            yield _many_to_many(name, relation, relation.field)
        else:
            kind = "reverse_row" if relation.one_to_one else "rows"
            yield RegisteredAccessor(name=name, kind=kind, model=_label(relation), field=relation.field.name)


def _many_to_many(name: str, end: Any, field: Any) -> RegisteredAccessor:
    """One end of a many-to-many field."""
    through: Any = getattr(field.remote_field, "through", None)
    is_model = isinstance(through, type) and issubclass(through, models.Model)
    made = is_model and bool(through._meta.auto_created)
    return RegisteredAccessor(
        name=name,
        kind="m2m",
        model=_label(end),
        through=through._meta.label if is_model and not made else None,
        automatic=f"{field.model._meta.label}.{field.name}" if made else None,
    )
