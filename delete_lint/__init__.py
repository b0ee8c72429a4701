"""delete-lint: finds the deletes that will hurt a Django project."""

from __future__ import annotations

from delete_lint.version import __version__ as __version__

# As `typing` has it, which takes longer to import than all that a warm run needs.
TYPE_CHECKING = False

if TYPE_CHECKING:
    import os
    from typing import Any

    from django.db.models import Manager, Model, QuerySet

    from delete_lint.graph.exact_plan import ExactPlan
    from delete_lint.watching.watch import Watch


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


def watch(
    file: str | os.PathLike[str] | None = None,
    *,
    findings: str | os.PathLike[str] | None = None,
    quiet: bool = False,
    everywhere: bool = False,
) -> Watch:
    """Watches every delete that happens inside: as a context manager, or as the decorator of a function.

    For a running project. Tells on stderr what was slow, unless ``quiet``, and writes it to ``file`` as JSON, which the
    setting ``measured`` reads back. With ``findings``, a file that ``delete-lint --format json`` has printed, it tells
    as well what was not foreseen. What happens in other threads counts only ``everywhere``. What is deleted, by which
    statements, and when receivers run stays as it is.
    """
    from delete_lint.watching.watch import Watch

    return Watch(file, findings=findings, quiet=quiet, everywhere=everywhere)
