"""The symbolic delete plan of a model, for people and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from delete_lint.graph.describe import listed
from delete_lint.graph.plan import DeletePlan, Statement, TablePlan, Untouched, delete_plan
from delete_lint.graph.project import ProjectGraph
from delete_lint.output.graph_json import place_json, reason_json
from delete_lint.output.graph_text import printable_lines, reason_text
from delete_lint.output.style import Style

_REASONS = 3


def plan_text(graph: ProjectGraph, label: str, colour: bool = False) -> str:
    """What deleting a queryset of this model does, table by table."""
    plan = delete_plan(graph, label)
    return printable_lines(_lines(plan, Style(colour)))


def _lines(plan: DeletePlan, style: Style) -> Iterator[str]:
    yield style(f"{plan.root}.objects.filter(…).delete() on Django {plan.django}", "bold")
    for table in plan.tables:
        yield ""
        yield from _table(table, style)
    groups = (
        ("updated, not deleted", plan.updated),
        ("in the way", plan.refusing),
        ("up to the project's own functions", plan.custom),
        ("left to the database", plan.left_to_database),
    )
    for title, group in groups:
        if group:
            yield ""
            yield style(title, "bold")
            for each in group:
                yield from _untouched(each)
    if plan.receivers:
        yield ""
        yield style("receivers, called inside the transaction", "bold")
        for receiver in plan.receivers:
            place = f" ({receiver.place})" if receiver.place is not None else ""
            yield f"  {receiver.name}{place}  {receiver.count} calls"
    yield ""
    if plan.fast:
        yield "One DELETE and nothing is loaded; a single instance does not even open a transaction."
    else:
        yield "Rows are collected first; then one transaction holds every UPDATE, DELETE and receiver."
        yield "An instance that is at hand is not fetched again: its delete() saves the first SELECT."
    if _uses_batches(plan):
        yield f"n(…): rows reached. b: keys in one statement, {plan.keys_per_statement}."


def _table(table: TablePlan, style: Style) -> Iterator[str]:
    speed = style("fast", "green") if table.fast else style("slow", "red")
    why = listed([reason_text(reason) for reason in table.slow_because], _REASONS)
    yield f"{style(table.label, 'bold')}  {speed}{style(f': {why}', 'dim') if why else ''}"
    if table.by:
        yield f"  reached by {listed(table.by)}"
    for statement in table.statements:
        yield f"  {_statement(statement)}"


def _untouched(each: Untouched) -> Iterator[str]:
    yield f"  {each.relation}  {each.on_delete}: {each.effect}"
    for statement in each.statements:
        yield f"    {_statement(statement)}"


def _statement(statement: Statement) -> str:
    columns = "every column" if statement.columns is None else ", ".join(statement.columns)
    what = f" of {columns}" if columns else ""
    because = f"  ({statement.because})" if statement.because else ""
    return f"{statement.count} {statement.verb}{what} on {statement.table}{because}"


def _uses_batches(plan: DeletePlan) -> bool:
    groups = (plan.tables, plan.updated, plan.refusing, plan.custom)
    return any("n(" in statement.count for group in groups for each in group for statement in each.statements)


def plan_json(graph: ProjectGraph, label: str) -> dict[str, Any]:
    """The same as JSON."""
    plan = delete_plan(graph, label)
    return {
        "version": 1,
        "model": plan.root,
        "django": plan.django,
        "fast": plan.fast,
        "keys_per_statement": plan.keys_per_statement,
        "tables": [
            {
                "label": table.label,
                "level": table.level,
                "by": list(table.by),
                "fast": table.fast,
                "slow_because": [reason_json(reason) for reason in table.slow_because],
                "statements": [_statement_json(statement) for statement in table.statements],
            }
            for table in plan.tables
        ],
        "updated": [_untouched_json(each) for each in plan.updated],
        "refusing": [_untouched_json(each) for each in plan.refusing],
        "custom": [_untouched_json(each) for each in plan.custom],
        "left_to_database": [_untouched_json(each) for each in plan.left_to_database],
        "receivers": [
            {"name": each.name, **place_json(each.place), "models": list(each.models), "count": each.count}
            for each in plan.receivers
        ],
    }


def _statement_json(statement: Statement) -> dict[str, Any]:
    return {
        "verb": statement.verb,
        "table": statement.table,
        "count": statement.count,
        "columns": None if statement.columns is None else list(statement.columns),
        "because": statement.because,
    }


def _untouched_json(each: Untouched) -> dict[str, Any]:
    return {
        "relation": each.relation,
        "on_delete": each.on_delete,
        **place_json(each.place),
        "effect": each.effect,
        "statements": [_statement_json(statement) for statement in each.statements],
    }
