"""The models of a random plan as Django classes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib.contenttypes.fields import GenericForeignKey, GenericRelation
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models.signals import post_delete, pre_delete

from tests.graph.django_models import HANDLERS, ModelClass, World
from tests.runtime.random_worlds import Blueprint, Link, Plan, concrete_numbers


@dataclass
class Zoo:
    """The classes of a plan: ``made`` by number, the tag model last; ``tables`` are all that have rows of their own."""

    plan: Plan
    world: World
    made: list[ModelClass]
    concrete: list[int]

    @property
    def tables(self) -> list[ModelClass]:
        return [cls for cls in self.world.all() if not cls._meta.proxy]

    @property
    def deletable(self) -> list[ModelClass]:
        return [*self.made, *(cls for cls in self.tables if cls not in self.made)]


def key(number: int, row: int, kind: str) -> Any:
    """The primary key of a row: no two models have one in common."""
    return f"k{number}-{row:05}" if kind == "char" else 100_000 * (number + 1) + row


def code(number: int, row: int) -> str | None:
    """What others refer to a row by that do not refer to its key; some have none."""
    return None if row % 3 == 2 else f"c{number}-{row:05}"


def build(world: World, plan: Plan) -> Zoo:
    zoo = Zoo(plan, world, [], concrete_numbers(plan))
    for number, blueprint in enumerate(plan.blueprints):
        if blueprint.proxy:
            body = _fields(zoo, number, blueprint.links, "link")
            base = zoo.made[blueprint.bases[0]]
            zoo.made.append(world.model(f"M{number}", base, meta=_meta(zoo, number, body) | {"proxy": True}, **body))
        else:
            zoo.made.append(_concrete(zoo, number, blueprint))
    zoo.made.append(_tag(world))
    classes = zoo.made
    for index, listener in enumerate(plan.listeners):
        sender = None if listener.model is None else classes[listener.model]
        world.listen(sender, post_delete if listener.post else pre_delete, name=f"listener{index}")
    return zoo


def _tag(world: World) -> ModelClass:
    return world.model(
        "Tag",
        content_type=models.ForeignKey(ContentType, models.CASCADE, related_name="+"),
        object_id=models.CharField(max_length=20),
        about=GenericForeignKey(),
        big=models.TextField(),
        flag=models.BooleanField(default=False),
    )


def _concrete(zoo: Zoo, number: int, blueprint: Blueprint) -> ModelClass:
    bases: list[type] = [zoo.made[base] for base in blueprint.bases]
    body = _fields(zoo, number, blueprint.links, "link")
    if blueprint.inherited:
        inherited = _fields(zoo, number, blueprint.inherited, "base")
        bases.append(zoo.world.model(f"Base{number}", meta={"abstract": True}, **inherited))
    body[f"code{number}"] = models.CharField(max_length=20, unique=True, null=True)
    body[f"big{number}"] = models.TextField()
    body[f"flag{number}"] = models.BooleanField(default=False)
    if blueprint.key == "char":
        body[f"id{number}"] = models.CharField(max_length=20, primary_key=True)
    elif blueprint.key == "composite":
        composite: Any = getattr(models, "CompositePrimaryKey", None)
        body |= {"tenant": models.IntegerField(), "number": models.IntegerField()}
        body["pk"] = composite("tenant", "number")
    elif not blueprint.bases or blueprint.key == "own":
        body[f"id{number}"] = models.AutoField(primary_key=True)
    # Links have names of their own, so that both ways up to a common parent can be told apart.
    for index, base in enumerate(blueprint.bases):
        options: dict[str, Any] = {"primary_key": True} if index == 0 and blueprint.key != "own" else {}
        body[f"up{number}_{index}"] = models.OneToOneField(
            zoo.made[zoo.concrete[base]],
            on_delete=HANDLERS[blueprint.link_handler or "CASCADE"],
            parent_link=True,
            related_name=f"down{number}_{index}",
            **options,
        )
    return zoo.world.model(f"M{number}", *bases, meta=_meta(zoo, number, body), **body)


def _fields(zoo: Zoo, number: int, links: tuple[Link, ...], prefix: str) -> dict[str, Any]:
    body = {}
    for index, link in enumerate(links):
        name = f"{prefix}{number}_{index}"
        body[name] = _field(zoo, number, link, name, related_name=f"back_{name}" if index == 0 else "+")
    return body


def _field(zoo: Zoo, number: int, link: Link, name: str, related_name: str) -> Any:
    target = "zoo.Tag" if link.target == len(zoo.plan.blueprints) else f"zoo.M{link.target}"
    if link.kind == "generic":
        return GenericRelation("zoo.Tag", related_query_name="+")
    if link.kind == "m2m":
        return models.ManyToManyField(target, related_name=related_name)
    if link.kind == "through":
        _through(zoo, number, link, f"Through_{name}", target)
        return models.ManyToManyField(
            target, related_name=related_name, through=f"zoo.Through_{name}", through_fields=("left", "right")
        )
    return _foreign_key(zoo, link, target, related_name)


def _through(zoo: Zoo, number: int, link: Link, name: str, target: str) -> None:
    zoo.world.model(
        name,
        left=models.ForeignKey(f"zoo.M{number}", models.CASCADE, related_name="+"),
        right=_foreign_key(zoo, link, target, "+"),
        big=models.TextField(),
    )


def _foreign_key(zoo: Zoo, link: Link, target: str, related_name: str) -> Any:
    options: dict[str, Any] = {"null": link.null, "related_name": related_name, "db_constraint": link.constraint}
    value = None
    if link.target == len(zoo.plan.blueprints):
        value = key(link.target, 0, "auto") if link.value else None
    else:
        concrete = zoo.concrete[link.target]
        if link.by_code:
            options["to_field"] = f"code{concrete}"
        if link.value:
            blueprint = zoo.plan.blueprints[concrete]
            value = code(concrete, 0) if link.by_code else key(concrete, 0, blueprint.key)
    handler = HANDLERS[link.handler]
    if link.handler == "SET_VALUE":
        handler = models.SET(value)
    elif link.handler == "SET_CALLABLE":
        handler = models.SET(_giving(value))
    elif link.handler == "SET_DEFAULT":
        options["default"] = value
    elif link.handler == "DB_SET_DEFAULT":
        options["db_default"] = value
    kind = models.OneToOneField if link.kind == "o2o" else models.ForeignKey
    return kind(target, on_delete=handler, **options)


def _giving(value: Any) -> Callable[[], Any]:
    def give() -> Any:
        return value

    return give


def _meta(zoo: Zoo, number: int, body: dict[str, Any]) -> dict[str, Any]:
    blueprint = zoo.plan.blueprints[number]
    own = zoo.concrete[number]
    link = next(_foreign_keys(zoo, number, body), None)
    meta: dict[str, Any] = {}
    if blueprint.ordering and not blueprint.proxy:
        meta["ordering"] = [f"-big{own}", *([f"{link[0]}__big{link[1]}"] if link else [])]
    narrow: dict[str, Callable[[Any], Any]] = {
        "filter": lambda queryset: queryset.filter(**{f"flag{own}": True}),
        "defer": lambda queryset: queryset.defer(f"big{own}"),
        "only": lambda queryset: queryset.only(f"code{own}"),
    }
    if link:
        narrow["select_related"] = lambda queryset: queryset.select_related(link[0])
    if blueprint.base_manager in narrow:
        chosen = narrow[blueprint.base_manager]

        class Base(models.Manager[Any]):
            def get_queryset(self) -> Any:
                return chosen(super().get_queryset())

        body["objects"] = models.Manager()
        body["base"] = Base()
        meta["base_manager_name"] = "base"
    return meta


def _foreign_keys(zoo: Zoo, number: int, body: dict[str, Any]) -> Iterator[tuple[str, int]]:
    """The foreign keys among these fields, and the numbers of the concrete models they point at."""
    blueprint = zoo.plan.blueprints[number]
    for index, link in enumerate(blueprint.links):
        name = f"link{number}_{index}"
        if link.kind in ("fk", "o2o") and link.target < len(zoo.concrete) and name in body:
            yield name, zoo.concrete[link.target]
