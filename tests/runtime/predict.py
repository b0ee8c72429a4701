"""Random deletes foreseen, then done, then held against each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import FieldError

from delete_lint.runtime.foresee.plan import plan as foresee
from tests.graph.django_models import ModelClass, world
from tests.runtime.build_world import Zoo, build
from tests.runtime.compare import differences
from tests.runtime.deletes import target_of
from tests.runtime.observe import observe, restored
from tests.runtime.random_worlds import Delete, Plan
from tests.runtime.rows import tables

#: MariaDB and MySQL follow ``ON DELETE CASCADE`` over 14 rows that hang on each other, not over more; in which order
#: they walk, and so how deep they come, is not foreseen.
_TOO_DEEP = "Got error 193"


@dataclass
class Tally:
    """What has been compared, for the summary of a long run."""

    graphs: int = 0
    deletes: int = 0
    statements: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)


def check(plan: Plan, using: str, tally: Tally | None = None) -> None:
    """Do the deletes of a plan one after the other, each on all rows; AssertionError where one was not foreseen."""
    tally = tally or Tally()
    tally.graphs += 1
    with world() as made:
        zoo = build(made, plan)
        with tables(zoo, using):
            for delete in plan.deletes:
                with restored(using):
                    _check(zoo, delete, using, tally)


def _check(zoo: Zoo, delete: Delete, using: str, tally: Tally) -> None:
    objects = target_of(zoo, delete, using)
    if objects is None:
        return
    options: dict[str, Any] = {"keep_parents": delete.keep_parents} if delete.instance else {}
    call: Callable[[], Any] = lambda: objects.delete(**options)  # noqa: E731
    try:
        foretold = foresee(objects, using=using, graph=zoo.world.graph(), **options)
    except FieldError as error:
        # A base manager with select_related() whose foreign key is deferred: Django fails in the same way.
        try:
            observe(using, call)
        except FieldError:
            return
        raise AssertionError(f"{delete}: {error}, and Django goes on") from error
    happened = observe(using, call)
    if _TOO_DEEP in happened.message:
        return
    every: list[ModelClass] = [*zoo.world.all(), ContentType]
    wrong = list(differences(foretold, happened, {cls._meta.label: cls for cls in every}))
    told = "\n".join([*wrong, *foretold.stopped_by, *foretold.notes, happened.message, happened.trace()[:500]])
    assert not wrong, f"{delete}\n{told}"
    tally.deletes += 1
    tally.errors[str(happened.error)] += 1
    tally.statements.update(each.verb for each in happened.statements)
