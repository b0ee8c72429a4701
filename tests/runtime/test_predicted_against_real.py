"""What `delete_lint.plan` foresees is what Django then does: on random models with random rows, on every database.

A failure prints the `Plan`; it can be pasted into `FOUND` below. `benchmarks/predict.py` runs thousands.
"""

from __future__ import annotations

import pytest
from django.db import connections
from hypothesis import HealthCheck, given, settings

from tests.graph.django_models import world
from tests.runtime.build_world import build
from tests.runtime.predict import check
from tests.runtime.random_worlds import Blueprint, Delete, Link, Plan, plans

#: A server makes tables slowly, and the statements are much the same.
EXAMPLES = {"sqlite": 60, "postgresql": 30, "mysql": 40}

BARE = Blueprint()

#: Deletes that were once foreseen wrongly.
FOUND = {
    "a parent of two children is deleted for the sake of one": Plan(
        (BARE, Blueprint(bases=(0,)), Blueprint(bases=(0,))), wiring=3, deletes=(Delete(model=1), Delete(model=2))
    ),
    "rows that are set are gone before": Plan(
        (Blueprint(links=(Link(target=1),), inherited=(Link(target=1, handler="SET_NULL", null=True),)),),
        tags=1,
        deletes=(Delete(model=1),),
    ),
    "a base manager hides the instance": Plan((Blueprint(base_manager="filter"),), deletes=(Delete(instance=True),)),
    "rows are set to a row that goes as they do": Plan(
        (Blueprint(links=(Link(target=0, handler="SET_DEFAULT", value=True),)),)
    ),
    "keep_parents through a proxy": Plan(
        (BARE, Blueprint(bases=(0,)), Blueprint(bases=(0,), proxy=True, rows=0)),
        deletes=(Delete(model=2, instance=True, keep_parents=True),),
    ),
    "a base manager hides a row that is read again": Plan(
        (Blueprint(links=(Link(target=0), Link(target=0, by_code=True)), base_manager="filter", rows=4),),
        deletes=(Delete(narrow=("only",)), Delete(narrow=("only",), rows="flagged")),
    ),
    "each batch is read again when its turn comes": Plan(
        (Blueprint(links=(Link(target=0), Link(target=0, by_code=True)), rows=505),),
        deletes=(Delete(narrow=("only",)),),
    ),
    "a base manager joins rows to parents that are read one by one": Plan(
        (
            Blueprint(links=(Link(target=0), Link(target=0)), base_manager="select_related", rows=3),
            BARE,
            Blueprint(bases=(1, 0)),
        )
    ),
    "a row that points at itself is out of its own way": Plan(
        (Blueprint(links=(Link(kind="o2o", target=0, by_code=True),), rows=1),)
    ),
}


@pytest.mark.parametrize("plan", FOUND.values(), ids=[name.replace(" ", "_") for name in FOUND])
def test_what_was_once_foreseen_wrongly_is_foreseen(plan: Plan, alias: str) -> None:
    check(plan, alias)


def test_a_plan_says_what_django_will_do(alias: str) -> None:
    examples = EXAMPLES[connections[alias].vendor]

    @settings(max_examples=examples, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(plans())
    def each(plan: Plan) -> None:
        check(plan, alias)

    each()


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(plans())
def test_random_models_are_such_as_django_accepts(plan: Plan) -> None:
    with world() as made:
        for cls in build(made, plan).deletable:
            wrong = [error for error in cls.check() if error.level >= 40]
            # The registry of the random models does not have it.
            assert not [error for error in wrong if "ContentType" not in error.msg], wrong
