"""An edge that `database_cascade_available` offers to the database passes the installed Django's own checks."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import django
import pytest
from django.db import models
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from delete_lint.graph.project import DjangoVersion
from tests.graph.django_models import HANDLERS, World, world
from tests.rules.hand_built import ask

pytestmark = pytest.mark.skipif(django.VERSION < (6, 1, 1), reason="the checks are complete from 6.1.1 on")

REFUSALS = {"fields.E323", "models.E050", "contenttypes.E006"}
SIZE = 4

#: For each model the number of a parent or None, its keys as (target, handler), and the targets of its many-to-many
#: fields.
Shape = tuple[int | None, list[tuple[int, str]], list[int]]

handlers = st.sampled_from(["CASCADE", "CASCADE", "CASCADE", "DB_CASCADE", "DO_NOTHING", "PROTECT"])
shapes = st.tuples(
    st.sampled_from([None, None, None, 0]),
    st.lists(st.tuples(st.integers(0, SIZE - 1), handlers), max_size=2),
    st.lists(st.integers(0, SIZE - 1), max_size=1).map(lambda targets: targets if sum(targets) % 3 == 2 else []),
)


def build(zoo: World, plan: list[Shape]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for number, (parent, keys, many) in enumerate(plan):
        fields: dict[str, Any] = {
            f"key{number}_{nth}": models.ForeignKey(f"zoo.M{target}", HANDLERS[handler], related_name="+")
            for nth, (target, handler) in enumerate(keys)
        }
        fields |= {f"many{number}_{nth}": models.ManyToManyField(f"zoo.M{target}") for nth, target in enumerate(many)}
        bases = (made["zoo.M0"],) if parent is not None and number else ()
        made[f"zoo.M{number}"] = zoo.model(f"M{number}", *bases, **fields)
    return made


@settings(max_examples=500, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.lists(shapes, min_size=SIZE, max_size=SIZE))
def test_the_offered_edges_pass_djangos_checks(plan: list[Shape]) -> None:
    with world() as zoo:
        classes = build(zoo, plan)
        before = refusals(zoo.all())
        offered: dict[str, list[Any]] = defaultdict(list)
        for finding in ask("database_cascade_available", zoo.graph(DjangoVersion(6, 1))):
            label, _, field = finding.identity.rpartition(".")
            offered[label].append(classes[label]._meta.get_field(field))
        for fields in offered.values():
            for field in fields:
                field.remote_field.on_delete = models.DB_CASCADE
            assert refusals(zoo.all()) <= before, fields
            for field in fields:
                field.remote_field.on_delete = models.CASCADE


def refusals(classes: list[Any]) -> set[tuple[str, str]]:
    return {(str(error.obj), error.id) for cls in classes for error in cls.check() if error.id in REFUSALS}
