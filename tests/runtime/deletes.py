"""The querysets and instances of random deletes."""

from __future__ import annotations

from typing import Any

import django
from django.db.models import Count, QuerySet, Value

from tests.graph.django_models import ModelClass
from tests.runtime.build_world import Zoo
from tests.runtime.random_worlds import Delete


def target_of(zoo: Zoo, delete: Delete, using: str) -> Any:
    """What ``delete()`` is called on; None when there is no such instance."""
    cls = zoo.deletable[delete.model % len(zoo.deletable)]
    queryset = _some(QuerySet(cls, using=using), cls, delete.rows)
    for call in delete.narrow:
        queryset = _narrowed(queryset, cls, call, delete)
    if not delete.instance:
        return queryset
    return next(iter(queryset.order_by("pk")[:1]), None)


def _some(queryset: Any, cls: ModelClass, rows: str) -> Any:
    flag, back = _last(cls, "flag"), _child(cls)
    if rows == "some":
        key = "number" if _composite(cls) else "pk"
        return queryset.filter(**{f"{key}__in": list(queryset.values_list(key, flat=True).order_by(key))[::2]})
    if rows == "flagged" and flag:
        return queryset.filter(**{flag: True})
    if rows == "children" and back:
        return queryset.filter(**{f"{back}__isnull": False})  # a row for each child
    if rows == "parent":
        for link in _links(cls):
            if flag := _last(link.remote_field.model, "flag"):
                return queryset.filter(**{f"{link.name}__{flag}": True})
    return queryset.none() if rows == "none" else queryset


def _narrowed(queryset: Any, cls: ModelClass, call: str, delete: Delete) -> Any:
    big, back = _last(cls, "big"), _child(cls)
    if call == "only":
        return queryset.only("pk")
    if call == "only_big" and big:
        return queryset.only(big)
    if call == "defer" and big:
        return queryset.defer(big)
    if call == "distinct" and django.VERSION >= (5, 0) and not delete.instance:
        return queryset.distinct()
    if call == "order_by" and big:
        return queryset.order_by(f"-{big}")
    if call == "select_related" and not {"only", "only_big"} & {*delete.narrow}:
        return queryset.select_related(*(link.name for link in _links(cls)[:1]))
    if call == "prefetch" and not {"only", "only_big"} & {*delete.narrow}:
        ways = [*(each.name for each in cls._meta.many_to_many), *(link.name for link in _links(cls)), back]
        return queryset.prefetch_related(*[way for way in ways if way][-len(delete.rows) :][:1])
    if call == "annotate":
        return queryset.annotate(extra=Count(back) if back else Value(1))
    return queryset


def _composite(cls: ModelClass) -> bool:
    return cls._meta.pk.column is None


def _last(cls: ModelClass, prefix: str) -> str | None:
    """The nearest field of a model, or of what it inherits from, whose name starts so."""
    return next((each.name for each in reversed(cls._meta.concrete_fields) if each.name.startswith(prefix)), None)


def _child(cls: ModelClass) -> str | None:
    """A relation to rows that refer to those of this model."""
    backwards: Any = (relation for relation in cls._meta.related_objects if not relation.hidden)
    return next((each.field.related_query_name() for each in backwards if each.related_name[:4] == "back"), None)


def _links(cls: ModelClass) -> list[Any]:
    """Foreign keys that are no links to a parent of multi-table inheritance."""
    return [
        each
        for each in cls._meta.concrete_fields
        if each.remote_field and each not in cls._meta.parents.values() and each.name.startswith(("link", "base"))
    ]
