"""The rows that somebody names on a command line: keys, filters, or all, as the queryset or instance to be deleted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import FieldDoesNotExist, FieldError, ValidationError
from django.db.models import BooleanField, CharField, Field, Model, QuerySet, TextField
from django.db.models.constants import LOOKUP_SEP

from delete_lint.graph.named import did_you_mean

_WORDS = {"true": True, "false": False, "null": None}
#: Lookups that take several values.
_LISTS = ("in", "range")
#: How many missing keys are named.
_NAMED = 10


class ChoiceError(Exception):
    """What was named is not there, or not to be understood; the message is for people."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """``call`` is how the delete of these rows is written in code."""

    objects: QuerySet[Any] | Model
    call: str


def chosen(
    model: type[Model], using: str, keys: Sequence[str] = (), filters: Sequence[str] = (), keep_parents: bool = False
) -> Chosen:
    """One key stands for an instance that is at hand, several and all else for a queryset. Without either, all rows.

    The instance is fetched, whole: what is deferred on it would change the delete.
    """
    manager = model._default_manager
    name = f"{model.__name__}.{manager.name}"
    if len(keys) == 1:
        (key,) = _values(model, keys)
        keep = "keep_parents=True" if keep_parents else ""
        instance = model._base_manager.using(using).filter(pk=key).first()
        if instance is None:
            raise ChoiceError(_missing(model, using, [key]))
        return Chosen(instance, f"{name}.get(pk={key!r}).delete({keep})")
    if keys:
        wanted = _values(model, keys)
        queryset = manager.using(using).filter(pk__in=wanted)
        found = set(queryset.order_by().values_list("pk", flat=True))
        missing = [key for key in wanted if key not in found]
        if missing:
            raise ChoiceError(_missing(model, using, missing))
        return Chosen(queryset, f"{name}.filter(pk__in=[{_some(wanted)}]).delete()")
    if filters:
        conditions = dict(_condition(model, each) for each in filters)
        try:
            queryset = manager.using(using).filter(**conditions)
        except (FieldError, ValidationError, ValueError, TypeError) as error:
            raise ChoiceError(f"--filter {' '.join(filters)}: {_told(error)}") from error
        words = ", ".join(f"{path}={value!r}" for path, value in conditions.items())
        return Chosen(queryset, f"{name}.filter({words}).delete()")
    return Chosen(manager.using(using).all(), f"{name}.all().delete()")


def _values(model: type[Model], keys: Sequence[str]) -> list[Any]:
    """The keys as Python values, each once."""
    pk: Any = model._meta.pk
    values = []
    for key in dict.fromkeys(keys):
        parts: Any = tuple(key.split(",")) if getattr(pk, "fields", None) else key
        try:
            values.append(_composite(pk, parts) if isinstance(parts, tuple) else pk.to_python(key))
        except (ValidationError, ValueError, TypeError) as error:
            raise ChoiceError(f'"{key}" is no key of {model._meta.label}: {_told(error)}') from error
    return values


def _composite(pk: Any, parts: tuple[str, ...]) -> tuple[Any, ...]:
    names = [field.name for field in pk.fields]
    if len(parts) != len(names):
        raise ValueError(f"it takes {','.join(names)}")
    return tuple(field.to_python(part) for field, part in zip(pk.fields, parts, strict=True))


def _missing(model: type[Model], using: str, keys: Sequence[Any]) -> str:
    what = f"the key {keys[0]!r}" if len(keys) == 1 else f"the keys {_some(keys)}"
    return f"{model._meta.label} has no row with {what} in the database {using}"


def _some(keys: Sequence[Any]) -> str:
    more = [f"… {len(keys) - _NAMED} more"] if len(keys) > _NAMED else []
    return ", ".join([*map(repr, keys[:_NAMED]), *more])


# --- filters ------------------------------------------------------------------------------------------------------


def _condition(model: type[Model], text: str) -> tuple[str, Any]:
    """``orders__paid=false`` as what ``filter()`` takes."""
    path, equals, value = text.partition("=")
    if not equals or not path:
        raise ChoiceError(f'"{text}" is no filter: it takes field=value or field__lookup=value')
    field, lookup = _resolved(model, path)
    if lookup == "isnull" or isinstance(field, BooleanField):
        return path, _word(text, value) if lookup not in _LISTS else [_word(text, each) for each in value.split(",")]
    if lookup in _LISTS:
        return path, value.split(",")
    if value.lower() == "null" and lookup in ("", "exact") and not isinstance(field, (CharField, TextField)):
        return path, None
    return path, value


def _word(text: str, value: str) -> bool | None:
    folded = {**_WORDS, "1": True, "0": False}
    if value.lower() not in folded:
        raise ChoiceError(f'--filter {text}: "{value}" is neither true, false nor null')
    return folded[value.lower()]


def _resolved(model: type[Model], path: str) -> tuple[Field[Any, Any] | None, str]:
    """The last field of a path over relations, and the lookup behind it. What stands behind a field that is no
    relation (a transform, a key of JSON) is left to Django."""
    parts = path.split(LOOKUP_SEP)
    here: Any = model
    field: Any = None
    while parts and here is not None:
        name = parts[0]
        try:
            field = here._meta.pk if name == "pk" else here._meta.get_field(name)
        except FieldDoesNotExist as error:
            if field is not None and field.get_lookup(name) is not None:
                break
            names = sorted(_names(here))
            there = (
                f"{here._meta.label} has no field" if field is None else f"{here._meta.label} has no field or lookup"
            )
            hint = did_you_mean(name, names) or f"; it has {', '.join(names)}"
            raise ChoiceError(f'--filter {path}: {there} "{name}"{hint}') from error
        here = field.related_model if field.is_relation else None
        parts.pop(0)
    return (field if isinstance(field, Field) else None), parts[-1] if parts else ""


def _names(model: Any) -> Iterator[str]:
    yield "pk"
    for field in model._meta.get_fields():
        if not field.name.endswith("+"):
            yield field.name


def _told(error: Exception) -> str:
    return " ".join(error.messages) if isinstance(error, ValidationError) else str(error)
