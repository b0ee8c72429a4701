"""The symbolic delete plan of a model as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from delete_lint.graph.collector import relation_path
from delete_lint.graph.plan import DeletePlan, Statement, Verb, Way
from delete_lint.output.graph_json import place_json, reason_json

_VERBS: tuple[Verb, ...] = ("SELECT", "UPDATE", "DELETE")

_LEFT = {
    "DB_CASCADE": "is deleted by the database, without signals",
    "DB_SET_NULL": "is updated by the database",
    "DB_SET_DEFAULT": "is updated by the database",
}


def plan_json(plan: DeletePlan) -> dict[str, Any]:
    """Counts are formulas over ``n(label)``, the rows of a model that are reached, and ``b``, the keys that fit into
    one statement."""
    return {
        "version": 1,
        "model": plan.root,
        "call": plan.call,
        "keep_parents": plan.keep_parents,
        "django": plan.django,
        "databases": list(plan.databases),
        "fast": plan.fast,
        "keys_per_statement": plan.keys_per_statement,
        "selects": str(plan.total("SELECT")),
        "updates": str(plan.total("UPDATE")),
        "deletes": str(plan.total("DELETE")),
        "at_least": [verb for verb in _VERBS if plan.at_least(verb)],
        "rows_loaded": str(plan.loaded),
        "transaction": plan.transaction,
        "tables": [
            {
                "label": table.label,
                "level": table.level,
                "by": list(table.by),
                "fast": table.fast,
                "slow_because": [reason_json(reason) for reason in table.slow_because],
                "statements": [_statement(statement) for statement in table.statements],
            }
            for table in plan.tables
        ],
        "updated": list(_aside(plan, "update")),
        "refusing": list(_aside(plan, "refuse")),
        "custom": list(_aside(plan, "custom")),
        "left_to_database": list(_aside(plan, "database")),
        "refused_by_mysql": [
            [{"relation": relation_path(key), "on_delete": key.on_delete, **place_json(key.place)} for key in group]
            for group in plan.refused
        ],
        "receivers": [
            {
                "name": run.name,
                "package": run.receiver.package,
                **place_json(run.place),
                "models": list(run.models),
                "calls": str(run.calls),
            }
            for run in plan.receivers
        ],
    }


def _statement(statement: Statement) -> dict[str, Any]:
    return {
        "verb": statement.verb,
        "table": statement.table,
        "count": str(statement.count),
        "at_least": statement.at_least,
        "columns": None if statement.columns is None else list(statement.columns),
        "because": statement.because,
    }


def _aside(plan: DeletePlan, effect: str) -> Iterator[dict[str, Any]]:
    """Relations whose rows are not deleted by the collector, each once, with the models at which it is followed."""
    followed: dict[int, list[Way]] = {}
    for way in plan.ways:
        if way.edge.effect == effect:
            followed.setdefault(id(way.edge), []).append(way)
    for ways in followed.values():
        relation = ways[0].edge.relation
        yield {
            "relation": relation_path(relation),
            "under": [way.under for way in ways],
            "on_delete": relation.on_delete,
            **place_json(relation.place),
            "effect": _effect(ways[0]),
            "statements": [_statement(statement) for way in ways for statement in way.statements],
        }


def _effect(way: Way) -> str:
    if way.edge.effect == "update":
        return "is fetched and updated" if way.edge.loaded else "is updated"
    if way.edge.effect == "refuse":
        return "refuses the delete if there is a row"
    if way.edge.effect == "custom":
        return "is up to this function"
    if not way.edge.relation.db_constraint:
        return "stays as it is: there is no constraint"
    return _LEFT.get(way.edge.relation.on_delete, "stays: the database's own constraint decides")
