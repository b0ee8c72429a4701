"""The ways from one table to another: foreign keys, and what generic relations find."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model

ModelClass = type[Model]


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """Rows of ``model`` that point at rows of ``target``; ``name`` as `delete_lint.graph.row_counts.relation_key`.

    ``columns`` are attnames; ``column`` is the one column of the database, if it is one. ``among`` narrows the rows to
    those that can point there.
    """

    name: str
    model: ModelClass
    target: ModelClass
    columns: tuple[str, ...]
    column: str | None = None
    null: bool = False
    unique: bool = False
    among: Mapping[str, Any] = field(default_factory=dict)


def foreign_keys(model: ModelClass) -> Iterator[Key]:
    """The relations that start at columns of this table, links to multi-table parents included."""
    opts: Any = model._meta
    for each in opts.get_fields(include_parents=False, include_hidden=True):
        other = getattr(each, "remote_field", None)
        if other is None or isinstance(other.model, str) or not (each.many_to_one or each.one_to_one):
            continue
        if each.auto_created and not each.concrete:  # the other side of a relation
            continue
        local = each.local_related_fields
        yield Key(
            name=each.name,
            model=model,
            target=other.model._meta.concrete_model,
            columns=tuple(one.attname for one in local),
            column=local[0].column if len(local) == 1 else None,
            null=any(one.null for one in local),
            unique=each.unique or each.one_to_one,
        )


def generic_keys(models: Iterable[ModelClass], using: str) -> list[Key]:
    """What generic relations of these models and of their proxies find, by tables that are among them."""
    tables = dict.fromkeys(models)
    registries = {id(model._meta.apps): model._meta.apps for model in tables}
    owners = [
        owner
        for registry in registries.values()
        for owner in registry.get_models()
        if owner._meta.concrete_model in tables
    ]
    relations = [
        (owner, relation)
        for owner in owners
        for relation in owner._meta.private_fields
        if hasattr(relation, "bulk_related_objects") and _table(relation) in tables
    ]
    types = _content_types(using) if relations else {}
    return [_generic_key(owner, relation, types) for owner, relation in relations]


def _table(relation: Any) -> Any:
    """The model that holds the rows, when they point back by a content type and a key; for a tag manager, its table."""
    other = relation.remote_field
    for model in (getattr(other, "through", None), getattr(other, "model", None)):
        if isinstance(model, type) and issubclass(model, Model):
            names = {each.name for each in model._meta.get_fields()}
            return model if set(_generic_columns(relation)) <= names else None
    return None


def _generic_columns(relation: Any) -> tuple[str, str]:
    kind = getattr(relation, "content_type_field_name", "content_type")
    return kind, getattr(relation, "object_id_field_name", "object_id")


def _generic_key(owner: ModelClass, relation: Any, types: Mapping[Any, Any]) -> Key:
    concrete: Any = owner._meta.concrete_model
    kind, key = _generic_columns(relation)
    named = concrete if getattr(relation, "for_concrete_model", True) else owner
    return Key(
        name=f"{owner._meta.label}.{relation.name}",
        model=_table(relation),
        target=concrete,
        columns=(key,),
        null=True,
        among={kind: types.get((named._meta.app_label, named._meta.model_name))},
    )


def _content_types(using: str) -> dict[Any, Any]:
    """Read by hand: the manager of content types makes those that it does not find."""
    from django.contrib.contenttypes.models import ContentType

    rows = ContentType.objects.using(using).values_list("app_label", "model", "pk")
    return {(app_label, model): key for app_label, model, key in rows}
