"""``prefetch_related`` on the queryset that is deleted: Django fetches it, though nobody will look at it."""

from __future__ import annotations

from typing import Any

from django.db.models import Model, QuerySet
from django.db.models.constants import LOOKUP_SEP
from django.db.models.fields.related_descriptors import (
    ForwardManyToOneDescriptor,
    ManyToManyDescriptor,
    ReverseManyToOneDescriptor,
    ReverseOneToOneDescriptor,
)

from delete_lint.runtime.foresee.joined import enter_joined
from delete_lint.runtime.foresee.ledger import Ledger
from delete_lint.runtime.foresee.read_only import Questions
from delete_lint.runtime.foresee.shapes import concrete, selection_of

_BECAUSE = "prefetch_related"


def count_prefetched(
    queryset: QuerySet[Any], keys: list[Any], using: str, ledger: Ledger, questions: Questions
) -> None:
    """Enters what the lookups of this queryset fetch for the rows with these keys."""
    fetched: dict[str, tuple[type[Model], list[Any]]] = {"": (queryset.model, keys)}
    for lookup in vars(queryset)["_prefetch_related_lookups"]:
        path = ""
        if getattr(lookup, "queryset", None) is not None:
            ledger.note(f"prefetch_related({lookup.prefetch_through!r}) with a queryset of its own is not counted")
            continue
        known = ""
        for name in getattr(lookup, "prefetch_through", lookup).split(LOOKUP_SEP):
            model, keys = fetched[path]
            path = f"{path}{LOOKUP_SEP}{name}" if path else name
            if name == known:
                break  # the way back has been filled in on the way there
            if path not in fetched:
                found = _found(model, name, keys, using)
                if found is None:
                    ledger.note(f"prefetch_related({path!r}) is not counted")
                    break
                fetched[path] = (found.model, _fetch(found, using, ledger, questions))
            if not fetched[path][1]:
                break
            known = _way_back(getattr(model, name, None))


def _way_back(descriptor: Any) -> str:
    """The foreign key by which the fetched rows point back, of a reverse relation."""
    if isinstance(descriptor, ReverseOneToOneDescriptor):
        return str(descriptor.related.field.name)
    if isinstance(descriptor, ReverseManyToOneDescriptor) and not isinstance(descriptor, ManyToManyDescriptor):
        return str(descriptor.rel.field.name)
    return ""


def _fetch(found: QuerySet[Any], using: str, ledger: Ledger, questions: Questions) -> list[Any]:
    label = found.model._meta.label
    selection = selection_of(found, using)
    before = questions.asked
    keys = list(found.values_list("pk", flat=True))
    ledger.select(label, questions.asked - before, len(keys), selection.columns, _BECAUSE)
    ledger.load(label, None if selection.columns is None else selection.attnames, len(keys))
    enter_joined(ledger, selection, found)
    return keys


def _found(model: type[Model], name: str, keys: list[Any], using: str) -> Any:
    """The queryset that a relation of this name leads to, with its manager's rows; None for what is no relation."""
    descriptor: Any = getattr(model, name, None)
    if isinstance(descriptor, ForwardManyToOneDescriptor):
        foreign_key = descriptor.field
        values: Any = QuerySet(model, using=using).filter(pk__in=keys).values_list(foreign_key.attname, flat=True)
        target = foreign_key.foreign_related_fields[0].name
        manager: Any = foreign_key.remote_field.model._base_manager
        return manager.using(using).filter(**{f"{target}__in": {value for value in values if value is not None}})
    if isinstance(descriptor, ReverseOneToOneDescriptor):
        manager = descriptor.related.related_model._base_manager
        owners = _owners(model, descriptor.related.model, keys, using)
        return manager.using(using).filter(**{f"{descriptor.related.field.name}__pk__in": owners})
    if isinstance(descriptor, ManyToManyDescriptor):
        many: Any = descriptor.rel
        target = many.related_model if descriptor.reverse else many.model
        back = many.field.name if descriptor.reverse else many.field.related_query_name()
        manager = target._default_manager
        owners = _owners(model, many.model if descriptor.reverse else many.related_model, keys, using)
        return manager.using(using).filter(**{f"{back}__in": owners})
    if isinstance(descriptor, ReverseManyToOneDescriptor):
        manager = descriptor.rel.related_model._default_manager
        owners = _owners(model, descriptor.rel.model, keys, using)
        return manager.using(using).filter(**{f"{descriptor.rel.field.name}__pk__in": owners})
    return None


def _owners(model: type[Model], owner: type[Model], keys: list[Any], using: str) -> list[Any]:
    """The keys of the rows of the model that has the relation, which may be a parent of this one."""
    if concrete(owner) is concrete(model):
        return keys
    rows: QuerySet[Any] = QuerySet(model, using=using).filter(pk__in=keys)
    return list(rows.values_list(owner._meta.pk.attname, flat=True))
