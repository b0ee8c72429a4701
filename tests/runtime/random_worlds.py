"""Random models with random rows and a delete among them, as Hypothesis draws them.

A `Plan` prints as Python: what `repr` shows of a failing one can be pasted into a regression test.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import django
from hypothesis import strategies as st

from tests.graph.django_models import HANDLERS

#: Handlers that a link to a parent may have: its column cannot be emptied.
LINK_HANDLERS = ("CASCADE", "DO_NOTHING", "PROTECT", "RESTRICT", "tests.graph.own_cascade")
DATABASE_HANDLERS = tuple(name for name in HANDLERS if name.startswith("DB_"))
PYTHON_HANDLERS = tuple(
    name for name in HANDLERS if name not in (*DATABASE_HANDLERS, "DO_NOTHING", "tests.graph.own_nothing")
)
#: More rows than a chunk of primary keys, than Django's old batch on SQLite, than two of them.
CROWDS = (101, 205, 334, 505, 1003)


@dataclass(frozen=True)
class Link:
    """A relation to the model with this number; the number after the last model is the tag model."""

    kind: str = "fk"
    target: int = 0
    handler: str = "CASCADE"
    null: bool = False
    by_code: bool = False
    constraint: bool = True
    value: bool = False  # for SET_DEFAULT and its like: the key of the target's first row, else None


@dataclass(frozen=True)
class Blueprint:
    """A model: a proxy when ``proxy``, a child of multi-table inheritance when it has ``bases``."""

    bases: tuple[int, ...] = ()
    proxy: bool = False
    key: str = "auto"  # char, composite, own (of a child with bases)
    link_handler: str | None = None
    links: tuple[Link, ...] = ()
    inherited: tuple[Link, ...] = ()  # from an abstract base
    base_manager: str | None = None  # filter, defer, only, select_related
    ordering: bool = False
    rows: int = 2


@dataclass(frozen=True)
class Listener:
    model: int | None = None
    post: bool = True


@dataclass(frozen=True)
class Delete:
    """``rows`` says which: all, every other one, those with children, none; ``narrow`` are further calls on the
    queryset; an ``instance`` is the first of them."""

    model: int = 0
    instance: bool = False
    rows: str = "all"
    narrow: tuple[str, ...] = ()
    keep_parents: bool = False


@dataclass(frozen=True)
class Plan:
    blueprints: tuple[Blueprint, ...]
    listeners: tuple[Listener, ...] = ()
    tags: int = 0
    wiring: int = 0
    deletes: tuple[Delete, ...] = (Delete(),)


@cache
def _one_in(number: int) -> st.SearchStrategy[bool]:
    return st.sampled_from((False,) * (number - 1) + (True,))


@cache
def _links(
    size: int, kinds: tuple[str, ...], least: int, most: int, database: bool
) -> st.SearchStrategy[tuple[Link, ...]]:
    common, handlers = ("DB_CASCADE", (*DATABASE_HANDLERS, "DO_NOTHING")) if database else ("CASCADE", PYTHON_HANDLERS)
    link = st.builds(
        Link,
        kind=st.sampled_from(kinds),
        target=st.integers(0, size),
        handler=st.one_of(
            st.just(common),
            st.sampled_from(handlers),
            st.sampled_from((common,) * 5 + ("DO_NOTHING",)),
        ),
        null=st.booleans(),
        by_code=_one_in(4),
        constraint=st.sampled_from((True,) * 11 + (False,)),
        value=_one_in(3),
    )
    return st.lists(link, min_size=least, max_size=most).map(tuple)


@st.composite
def plans(draw: st.DrawFn, dense: bool = False) -> Plan:
    """Small models with a delete or two; when ``dense``, more of them with more between them, for a long run."""
    size = draw(st.integers(3, 8) if dense else st.integers(1, 6))
    blueprints: list[Blueprint] = []
    concrete: list[int] = []
    lines: list[set[int]] = []  # for each model the concrete models it is made of
    families: list[str] = []  # a model with relations of the database's own may only point at such models
    for number in range(size):
        bases: tuple[int, ...] = ()
        proxy = False
        if number and draw(st.integers(0, 2)) == 0:
            proxy = draw(st.booleans())
            drawn = draw(st.lists(st.integers(0, number - 1), min_size=1, max_size=1 if proxy else 2, unique=True))
            bases = tuple(base for base in drawn if proxy or families[base] == "python")
            if len(bases) == 2 and (concrete[bases[0]] in lines[bases[1]] or concrete[bases[1]] in lines[bases[0]]):
                bases = bases[:1]
            proxy = proxy and bool(bases)
        concrete.append(concrete[bases[0]] if proxy else number)
        lines.append({concrete[number]}.union(*(lines[base] for base in bases)))
        if proxy:
            families.append(families[bases[0]])
        else:
            database = bool(DATABASE_HANDLERS) and not bases and draw(_one_in(3))
            families.append("database" if database else "python")
        database = families[number] == "database"
        kinds: tuple[str, ...] = ("fk", "fk", "fk", "fk", "o2o", "m2m", "through", "generic")
        if proxy:
            kinds = ("generic",)
        elif database:
            kinds = ("fk", "fk", "fk", "o2o", "generic")
        key = "auto"
        if not proxy and draw(_one_in(5)):
            key = "own" if bases else draw(st.sampled_from(("char", "composite")))
        blueprints.append(
            Blueprint(
                bases=bases,
                proxy=proxy,
                key=key,
                link_handler=draw(st.none() | st.sampled_from(LINK_HANDLERS)) if bases and not proxy else None,
                links=draw(_links(size, kinds, int(dense and not proxy), 1 if proxy else 3, database)),
                inherited=() if proxy else draw(_links(size, ("fk", "generic"), 0, 1, database)),
                base_manager=draw(st.sampled_from(("filter", "defer", "only", "select_related")))
                if draw(_one_in(8))
                else None,
                ordering=draw(_one_in(6)),
                rows=0 if proxy else draw(st.sampled_from((2, 3, 1, 4, 6, 0))),
            )
        )
    for _ in range(draw(st.sampled_from((0, 0, 0, 0, 1, 2)))):
        crowded = draw(st.integers(0, size - 1))
        blueprints[crowded] = replace(blueprints[crowded], rows=draw(st.sampled_from(CROWDS)))
    listeners = [*draw(_listeners(size))]
    if draw(_one_in(8)):
        listeners.append(Listener(None, draw(st.booleans())))
    plan = Plan(
        blueprints=tuple(blueprints),
        listeners=tuple(listeners),
        tags=draw(st.integers(0, 5)),
        wiring=draw(st.integers(0, 999)),
        deletes=tuple(draw(st.lists(_deletes(size), min_size=4 if dense else 1, max_size=6 if dense else 3))),
    )
    return valid(plan, families)


@cache
def _listeners(size: int) -> st.SearchStrategy[list[Listener]]:
    return st.lists(st.builds(Listener, st.integers(0, size), st.booleans()), max_size=2)


@cache
def _deletes(size: int) -> st.SearchStrategy[Delete]:
    return st.builds(
        Delete,
        model=st.integers(0, size),
        instance=_one_in(3),
        rows=st.sampled_from(("all", "all", "some", "flagged", "children", "parent", "none")),
        narrow=st.lists(
            st.sampled_from(
                ("only", "only_big", "defer", "distinct", "order_by", "select_related", "annotate", "prefetch")
            ),
            max_size=2,
            unique=True,
        ).map(tuple),
        keep_parents=_one_in(4),
    )


def valid(plan: Plan, families: list[str]) -> Plan:
    """Turn what Django's own checks refuse into what they allow."""
    size = len(plan.blueprints)
    concrete = concrete_numbers(plan)
    composite = {
        number
        for number, blueprint in enumerate(plan.blueprints)
        if blueprint.key == "composite" and (django.VERSION < (5, 2) or _pointed_at(plan, concrete, number))
    }
    # Without a foreign key it is of neither family, and both may point at it.
    neutral = {
        number
        for number, blueprint in enumerate(plan.blueprints)
        if not blueprint.bases and all(link.kind == "generic" for link in (*blueprint.links, *blueprint.inherited))
    }
    blueprints = []
    for number, blueprint in enumerate(plan.blueprints):
        key = "auto" if number in composite else blueprint.key
        lonely = key == "composite"
        handlers = {link.handler for link in (*blueprint.links, *blueprint.inherited)}

        def allowed(
            link: Link, number: int = number, lonely: bool = lonely, handlers: set[str] = handlers
        ) -> Link | None:
            family = families[number]
            if link.kind == "generic":
                return None if lonely else Link(kind="generic", target=size)
            if link.kind in ("m2m", "through") and lonely:
                return None
            if link.target == size:
                if family == "database":
                    link = replace(link, target=number)
                link = replace(link, by_code=False)
            elif families[link.target] != family and concrete[link.target] not in neutral:
                link = replace(link, target=number)
            if lonely and link.target == number:
                return None
            if link.kind == "o2o" or link.handler == "SET_CALLABLE":
                # Two rows cannot have the same value, and what a callable returns is nobody's knowledge.
                link = replace(link, value=False)
            if "SET" in link.handler and not link.value:
                link = replace(link, null=True)
            if link.handler in ("SET_NULL", "DB_SET_NULL"):
                link = replace(link, null=True)
            # PostgreSQL looks for the default at once, even for a row that goes by another key a moment later.
            if link.handler == "DB_SET_DEFAULT" and (not link.value or "DB_CASCADE" in handlers):
                link = replace(link, handler="DB_SET_NULL", null=True)
            if link.handler.startswith("DB_"):
                link = replace(link, constraint=True)
            return link

        blueprints.append(
            replace(
                blueprint,
                key=key,
                links=tuple(link for each in blueprint.links if (link := allowed(each)) is not None),
                inherited=tuple(link for each in blueprint.inherited if (link := allowed(each)) is not None),
            )
        )
    return replace(plan, blueprints=tuple(blueprints))


def concrete_numbers(plan: Plan) -> list[int]:
    numbers: list[int] = []
    for number, blueprint in enumerate(plan.blueprints):
        numbers.append(numbers[blueprint.bases[0]] if blueprint.proxy else number)
    return numbers


def _pointed_at(plan: Plan, concrete: list[int], number: int) -> bool:
    """Whether another model's relation, or a child or proxy, needs the key of this one."""
    return any(
        number in blueprint.bases
        or any(
            link.target < len(concrete) and concrete[link.target] == number and link.kind != "generic"
            for link in (*blueprint.links, *blueprint.inherited)
        )
        for blueprint in plan.blueprints
    )
