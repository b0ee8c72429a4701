"""A recipe ends as Django's own delete does, also when it is killed on its way: on random models, on every database.

A failure prints the `Plan`; it can be pasted into `FOUND`. `benchmarks/recipe/random_graphs.py` runs thousands.
"""

from __future__ import annotations

import pytest
from django.db import connections
from hypothesis import HealthCheck, given, settings

from tests.recipe.against_django import check
from tests.runtime.random_worlds import Blueprint, Delete, Link, Listener, Plan, plans

EXAMPLES = {"sqlite": 30, "postgresql": 12, "mysql": 12}

BARE = Blueprint()

FOUND = {
    "a tree with receivers": Plan(
        (Blueprint(links=(Link(target=0, null=True),), rows=205),), listeners=(Listener(0), Listener(0, post=False))
    ),
    "keys that cannot be empty in a ring of two models": Plan(
        (Blueprint(links=(Link(target=1),), rows=6), Blueprint(links=(Link(target=0),), rows=6)),
        listeners=(Listener(1),),
        deletes=(Delete(rows="some"), Delete(model=1)),
    ),
    "a row that points at itself": Plan((Blueprint(links=(Link(kind="o2o", target=0),), rows=6),)),
    "many-to-many tables and rows that are set": Plan(
        (
            BARE,
            Blueprint(links=(Link(kind="m2m", target=0), Link(target=0, handler="SET_NULL", null=True)), rows=101),
            Blueprint(links=(Link(target=1, handler="SET_DEFAULT", null=True),), rows=6),
        ),
        deletes=(Delete(), Delete(model=1, rows="some")),
    ),
    "restricting rows go by another way": Plan(
        (
            BARE,
            Blueprint(links=(Link(target=0),)),
            Blueprint(links=(Link(target=1, handler="RESTRICT"), Link(target=0))),
        ),
        deletes=(Delete(), Delete(model=1)),
    ),
    "a protected leaf": Plan(
        (BARE, Blueprint(links=(Link(target=0),)), Blueprint(links=(Link(target=1, handler="PROTECT"),))),
    ),
    "a grandchild of multi-table inheritance refers to its grandparent": Plan(
        (
            Blueprint(rows=6),
            Blueprint(bases=(0,), links=(Link(target=3),), rows=6),
            Blueprint(bases=(1,), links=(Link(target=0),), rows=6),
            Blueprint(rows=3),
        ),
        listeners=(Listener(0), Listener(2)),
        deletes=(Delete(model=3), Delete(model=2, rows="some"), Delete(model=0)),
    ),
    "generic relations": Plan(
        (Blueprint(links=(Link(kind="generic", target=1),), rows=4),), tags=5, deletes=(Delete(), Delete(model=1))
    ),
    "keys that are not the primary one": Plan(
        (
            Blueprint(rows=6),
            Blueprint(links=(Link(target=0, by_code=True),), rows=6),
            Blueprint(links=(Link(target=1),)),
        )
    ),
    "rows that keep others by DO_NOTHING go by another way": Plan(
        (
            Blueprint(rows=3),
            Blueprint(links=(Link(target=0),), rows=3),
            Blueprint(links=(Link(target=1, handler="DO_NOTHING"), Link(target=0)), rows=3),
        )
    ),
}


@pytest.mark.parametrize("plan", FOUND.values(), ids=[name.replace(" ", "_") for name in FOUND])
def test_every_kind_of_relation_ends_as_with_django(plan: Plan, alias: str) -> None:
    check(plan, alias)


def test_random_models_end_as_with_django_also_when_killed(alias: str) -> None:
    examples = EXAMPLES[connections[alias].vendor]

    @settings(max_examples=examples, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(plans())
    def each(plan: Plan) -> None:
        check(plan, alias)

    each()
