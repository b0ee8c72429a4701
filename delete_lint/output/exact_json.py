"""The exact plan of one delete as JSON."""

from __future__ import annotations

from typing import Any

from delete_lint.graph.exact_plan import ExactPlan, ReceiverCalls, Step, TableCost
from delete_lint.output.graph_json import place_json, reason_json


def exact_json(plan: ExactPlan) -> dict[str, Any]:
    """All that the plan holds. Columns that are null stand for every column."""
    return {
        "version": 1,
        "model": plan.root,
        "call": plan.call,
        "keep_parents": plan.keep_parents,
        "django": plan.django,
        "database": plan.database,
        "vendor": plan.vendor,
        "selects": plan.selects,
        "updates": plan.updates,
        "deletes": plan.deletes,
        "rows_deleted": dict(plan.rows_deleted),
        "rows_loaded": dict(plan.rows_loaded),
        "rows_updated": dict(plan.rows_updated),
        "columns": {label: _columns(columns) for label, columns in plan.columns.items()},
        "peak_bytes": plan.peak_bytes,
        "error": plan.error,
        "stopped_by": list(plan.stopped_by),
        "transaction": plan.transaction,
        "tables": [_table(table) for table in plan.tables],
        "receivers": [_receiver(each) for each in plan.receivers],
        "steps": [_step(step) for step in plan.steps],
        "notes": list(plan.notes),
        "seconds": plan.seconds,
    }


def _columns(columns: tuple[str, ...] | None) -> list[str] | None:
    return None if columns is None else list(columns)


def _table(table: TableCost) -> dict[str, Any]:
    return {
        "label": table.label,
        "level": table.level,
        "under": table.under or None,
        "by": list(table.by),
        "fast": table.fast,
        "slow_because": [reason_json(reason) for reason in table.slow_because],
        "selects": table.selects,
        "updates": table.updates,
        "deletes": table.deletes,
        "rows_deleted": table.rows_deleted,
        "rows_loaded": table.rows_loaded,
        "rows_updated": table.rows_updated,
        "rows_left": table.rows_left,
        "columns": _columns(table.columns),
        "bytes": table.bytes,
    }


def _receiver(each: ReceiverCalls) -> dict[str, Any]:
    return {
        "name": each.name,
        "package": each.package,
        **place_json(each.place),
        "models": list(each.models),
        "calls": each.calls,
    }


def _step(step: Step) -> dict[str, Any]:
    if step.verb in ("BEGIN", "COMMIT"):
        return {"verb": step.verb}
    return {
        "verb": step.verb,
        "label": step.label,
        "count": step.count,
        "columns": _columns(step.columns),
        "rows": step.rows,
        "because": step.because,
    }
