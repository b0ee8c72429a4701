"""Small project graphs written by hand, for what has no counterpart in a running Django."""

from __future__ import annotations

from typing import Any

from delete_lint.graph.model import Field, Model, Relation
from delete_lint.graph.place import Place
from delete_lint.graph.project import DjangoVersion, ProjectGraph
from delete_lint.graph.receiver import Receiver

KEY = Field(name="id", column="id", type="AutoField", primary_key=True)
PAYLOAD = Field(name="payload", column="payload", type="JSONField", large=True)


def model(name: str, *fields: Field, parents: tuple[str, ...] = (), **options: Any) -> Model:
    """A model of the app "shop"; it has a key of its own unless it has parents."""
    return Model(
        label=f"shop.{name}",
        module="shop.models",
        name=name,
        place=Place("shop/models.py", 1),
        concrete=f"shop.{name}",
        fields=(*(() if parents else (KEY,)), *fields),
        parents=tuple(f"shop.{parent}" for parent in parents),
        **options,
    )


def key(path: str, target: str, on_delete: str = "CASCADE", **options: Any) -> Relation:
    """The foreign key ``Model.field`` to a model of the app "shop"."""
    owner, field = path.split(".")
    options = {"kind": "fk", "place": Place("shop/models.py", 2), **options}
    return Relation(model=f"shop.{owner}", target=f"shop.{target}", field=field, on_delete=on_delete, **options)


def listener(name: str, *senders: str, **options: Any) -> Receiver:
    """A receiver of these models, or of every model."""
    options = {"place": Place("shop/signals.py", 7), "signals": ("post_delete",), **options}
    labels = tuple(f"shop.{sender}" for sender in senders)
    return Receiver(module="shop.signals", name=name, senders=labels or None, **options)


def graph(*parts: Model | Relation | Receiver, django: str = "5.2", **options: Any) -> ProjectGraph:
    """A graph of these parts; models that relations speak of are added when they are missing."""
    relations = tuple(part for part in parts if isinstance(part, Relation))
    models = {part.label: part for part in parts if isinstance(part, Model)}
    for relation in relations:
        for label in (relation.target, relation.model):
            models.setdefault(label, model(label.removeprefix("shop.")))
    major, minor = map(int, django.split("."))
    return ProjectGraph(
        root=".",
        source="static",
        django=DjangoVersion(major, minor),
        models=models,
        relations=relations,
        receivers=tuple(part for part in parts if isinstance(part, Receiver)),
        **options,
    )
