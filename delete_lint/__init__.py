"""delete-lint: finds the deletes that will hurt a Django project."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from delete_lint.version import __version__ as __version__

if TYPE_CHECKING:
    from django.db.models import Manager, Model, QuerySet

    from delete_lint.graph.exact_plan import ExactPlan


def plan(
    queryset_or_instance: QuerySet[Any] | Manager[Any] | Model, using: str | None = None, keep_parents: bool = False
) -> ExactPlan:
    """The plan of this very delete, made without doing it: statements, rows deleted and loaded, bytes, what stops it.

    For a running project. Only keys are read and rows are counted, with SELECTs alone; the rows are not loaded.
    ``using`` and ``keep_parents`` are those of ``delete()``. Raises what ``delete()`` would raise for a sliced queryset
    or an instance that was never saved.
    """
    from delete_lint.runtime.foresee.plan import plan

    return plan(queryset_or_instance, using=using, keep_parents=keep_parents)
