"""Random graphs of models, as Hypothesis draws them and as Django classes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.contenttypes.fields import GenericRelation
from django.db import models
from django.db.models.signals import post_delete, pre_delete
from hypothesis import strategies as st

from tests.graph.django_models import HANDLERS, ModelClass, World

#: Handlers that a link to a parent may have: its column cannot be emptied.
_LINK_HANDLERS = ("CASCADE", "DO_NOTHING", "PROTECT", "RESTRICT", "tests.graph.own_cascade")


@dataclass(frozen=True)
class Link:
    """A relation to the model with this number; the number after the last model is the tag model."""

    kind: str
    target: int
    handler: str
    null: bool
    by_code: bool


@dataclass(frozen=True)
class Blueprint:
    """A model: a proxy when ``proxy``, a child of multi-table inheritance when it has ``bases``."""

    bases: tuple[int, ...]
    proxy: bool
    own_key: bool
    link_handler: str | None
    links: tuple[Link, ...]
    abstract_links: tuple[Link, ...]


@dataclass(frozen=True)
class Plan:
    blueprints: tuple[Blueprint, ...]
    listeners: tuple[tuple[int | None, bool], ...]


def _links(size: int, kinds: tuple[str, ...], most: int) -> st.SearchStrategy[tuple[Link, ...]]:
    link = st.builds(
        Link,
        kind=st.sampled_from(kinds),
        target=st.integers(0, size),
        handler=st.one_of(st.just("CASCADE"), st.sampled_from(sorted(HANDLERS))),
        null=st.booleans(),
        by_code=st.integers(0, 3).map(lambda number: number == 0),
    )
    return st.lists(link, max_size=most).map(tuple)


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    size = draw(st.integers(2, 7))
    blueprints: list[Blueprint] = []
    concrete: list[int] = []
    lines: list[set[int]] = []  # for each model the concrete models it is made of
    for number in range(size):
        bases: tuple[int, ...] = ()
        proxy = False
        if number and draw(st.integers(0, 2)) == 0:
            proxy = draw(st.booleans())
            bases = tuple(
                draw(st.lists(st.integers(0, number - 1), min_size=1, max_size=1 if proxy else 2, unique=True))
            )
            if len(bases) == 2 and (concrete[bases[0]] in lines[bases[1]] or concrete[bases[1]] in lines[bases[0]]):
                bases = bases[:1]
        concrete.append(concrete[bases[0]] if proxy else number)
        lines.append({concrete[number]}.union(*(lines[base] for base in bases)))
        kinds = ("generic",) if proxy else ("fk", "fk", "fk", "o2o", "m2m", "generic")
        blueprints.append(
            Blueprint(
                bases=bases,
                proxy=proxy,
                own_key=bool(bases) and not proxy and draw(st.integers(0, 3)) == 0,
                link_handler=draw(st.none() | st.sampled_from(_LINK_HANDLERS))
                if len(bases) == 1 and not proxy
                else None,
                links=draw(_links(size, kinds, 1 if proxy else 3)),
                abstract_links=() if proxy else draw(_links(size, ("fk", "generic"), 1)),
            )
        )
    listeners = draw(st.lists(st.tuples(st.integers(0, 30), st.booleans()), max_size=2))
    senderless = draw(st.integers(0, 7)) == 0
    return Plan(tuple(blueprints), (*listeners, *(((None, True),) if senderless else ())))


def build(world: World, plan: Plan) -> list[ModelClass]:
    """Make the classes of a plan, connect its receivers; return every class, automatic tables included."""
    made: list[ModelClass] = []
    concrete: list[int] = []
    for number, blueprint in enumerate(plan.blueprints):
        concrete.append(concrete[blueprint.bases[0]] if blueprint.proxy else number)
    codes = [f"code{number}" for number in concrete]

    def fields(owner: int, links: tuple[Link, ...], prefix: str) -> dict[str, Any]:
        return {f"{prefix}{owner}_{index}": field(link) for index, link in enumerate(links)}

    def field(link: Link) -> Any:
        target = "zoo.Tag" if link.target == len(codes) else f"zoo.M{link.target}"
        if link.kind == "m2m":
            return models.ManyToManyField(target, related_name="+")
        if link.kind == "generic":
            return GenericRelation("zoo.Tag", related_query_name="+")
        options: dict[str, Any] = {"null": link.null or "SET" in link.handler, "related_name": "+"}
        if link.by_code and link.target < len(codes):
            options["to_field"] = codes[link.target]
        kind = models.OneToOneField if link.kind == "o2o" else models.ForeignKey
        return kind(target, on_delete=HANDLERS[link.handler], **options)

    for number, blueprint in enumerate(plan.blueprints):
        bases: list[type] = [made[base] for base in blueprint.bases]
        body = fields(number, blueprint.links, "link")
        if blueprint.proxy:
            made.append(world.model(f"M{number}", *bases, meta={"proxy": True}, **body))
            continue
        if blueprint.abstract_links:
            inherited = fields(number, blueprint.abstract_links, "base")
            bases.append(world.model(f"Base{number}", meta={"abstract": True}, **inherited))
        body[f"code{number}"] = models.CharField(max_length=9, unique=True)
        body[f"big{number}"] = models.TextField()
        key: dict[str, Any] = {"primary_key": True} if not blueprint.own_key else {}
        if not blueprint.bases or blueprint.own_key:
            body[f"id{number}"] = models.AutoField(primary_key=True)
        if blueprint.link_handler is not None:
            parent = made[concrete[blueprint.bases[0]]]
            body[f"up{number}"] = models.OneToOneField(
                parent, on_delete=HANDLERS[blueprint.link_handler], parent_link=True, related_name="+", **key
            )
        made.append(world.model(f"M{number}", *bases, **body))
    world.tag()
    classes = world.all()
    for index, (listener, post) in enumerate(plan.listeners):
        sender = None if listener is None else classes[listener % len(classes)]
        world.listen(sender, post_delete if post else pre_delete, name=f"listener{index}")
    return classes
