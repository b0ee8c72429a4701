"""Known model field classes; the data are in ``fields.toml``."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Literal, cast, get_args

from msgspec import Struct

from delete_lint.catalog.data import load

FieldKind = Literal["column", "large", "fk", "o2o", "m2m", "generic_relation", "generic_fk", "file", "virtual"]


class FieldClass(Struct, frozen=True, kw_only=True):
    """A known field class, and what it sets where the call that makes a field does not say.

    ``to`` and ``through`` are labels, ``self``, or ``settings.NAME`` for the model that a setting names.
    """

    kind: FieldKind
    to: str | None = None
    through: str | None = None
    on_delete: str | None = None
    null: bool = False


class _Classes(Struct, frozen=True):
    reexports: frozenset[str]
    django: Mapping[str, FieldClass]
    others: Mapping[str, FieldClass]
    by_package: Mapping[tuple[str, str], FieldClass]


def field_class(dotted: str) -> FieldClass | None:
    """What is known about a field class, by any path under which it may have been imported.

    Django's own are found behind every ``….db.models``, whoever re-exports them; those of another package by their
    name alone anywhere in that package.
    """
    known = _classes()
    if (found := known.others.get(dotted)) is not None:
        return found
    module, _, name = dotted.rpartition(".")
    if module.endswith(".db.models") or ".db.models." in module or module in known.reexports:
        if (found := known.django.get(name)) is not None:
            return found
    return known.by_package.get((_package(dotted), name))


def named_field_class(name: str) -> FieldClass | None:
    """The field class that a setting names: a bare name is one of Django's own."""
    return field_class(name if "." in name else f"django.db.models.{name}")


def field_class_names() -> list[str]:
    """What a setting may call the field classes that are known."""
    known = _classes()
    return [*known.django, *(f"django.db.models.{name}" for name in known.django), *known.others]


def field_kind(dotted: str) -> FieldKind | None:
    """The kind of a field class, None when it is not known."""
    found = field_class(dotted)
    return found.kind if found is not None else None


def is_large(dotted: str) -> bool:
    """Whether columns of this class can hold any amount of data."""
    return field_kind(dotted) == "large"


def _package(dotted: str) -> str:
    """The first part of a name; for Django, whose forms have the names of its fields, the contrib app."""
    parts = dotted.split(".")
    return ".".join(parts[:4]) if parts[0] == "django" else parts[0]


@cache
def _classes() -> _Classes:
    data = load("fields")
    django = {name: FieldClass(kind=kind) for kind, names in _kinds(data["django"]) for name in names}
    defaults = data["defaults"]
    others = {
        dotted: FieldClass(kind=kind, **defaults.get(dotted, {}))
        for kind, names in _kinds(data["classes"])
        for dotted in names
    }
    by_package: dict[tuple[str, str], FieldClass] = {}
    for dotted, found in others.items():
        by_package.setdefault((_package(dotted), dotted.rpartition(".")[2]), found)
    return _Classes(frozenset(data["reexports"]), django, others, by_package)


def _kinds(table: Mapping[str, list[str]]) -> list[tuple[FieldKind, list[str]]]:
    unknown = table.keys() - set(get_args(FieldKind))
    if unknown:
        raise ValueError(f"fields.toml: unknown kinds {sorted(unknown)}")
    return [(cast(FieldKind, kind), names) for kind, names in table.items()]
