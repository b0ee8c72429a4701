"""The row counts of several databases as one: each table as the database has it that its rows are written to."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from django.apps import apps
from django.db import router
from django.db.models import Model

from delete_lint.graph.row_counts import RowCounts
from delete_lint.runtime.statistics import read_statistics


def read_sizes(databases: Collection[str]) -> RowCounts:
    """What these databases know of their tables; nothing is written."""
    whole = RowCounts(source=", ".join(databases))
    for using in databases:
        models: list[type[Model]] = [
            model for model in apps.get_models(include_auto_created=True) if router.db_for_write(model) == using
        ]
        counts = read_statistics(using, models)
        whole = replace(whole, tables={**whole.tables, **counts.tables}, notes=(*whole.notes, *counts.notes))
    return whole
