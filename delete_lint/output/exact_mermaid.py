"""The exact plan of one delete as a Mermaid flowchart."""

from __future__ import annotations

from delete_lint.graph.cascade import Effect
from delete_lint.graph.exact_plan import ExactPlan, TableCost
from delete_lint.output.exact_text import exact_headline
from delete_lint.output.exact_tree import Fate, above, fate
from delete_lint.output.mermaid import Flowchart, Kind
from delete_lint.output.plan_words import size

_KINDS: dict[Fate, Kind] = {
    "fast": "fast",
    "slow": "slow",
    "read": "left",
    "updated": "updated",
    "stops": "refusing",
    "empty": "empty",
}
_EFFECTS: dict[Fate, Effect] = {"updated": "update", "stops": "refuse"}


def exact_mermaid(plan: ExactPlan, call: str = "") -> str:
    """Models as nodes with their rows, statements and bytes, and arrows to what is reached from them."""
    chart = Flowchart(exact_headline(plan, call))
    for table in plan.tables:
        chart.node(
            table.label, _KINDS[fate(plan, table)], [line for line in (_rows(table), _statements(table)) if line]
        )
    for table in plan.tables:
        if table.label != plan.root:
            fields = ", ".join(dict.fromkeys(path.rpartition(".")[2] for path in table.by[:3]))
            chart.arrow(above(plan, table), table.label, fields or "reached", _EFFECTS.get(fate(plan, table), "delete"))
    if plan.error is not None:
        chart.node(plan.error, "refusing", list(plan.stopped_by[:5]))
    return chart.text()


def _rows(table: TableCost) -> str:
    counts = (
        ("deleted", table.rows_deleted),
        ("updated", table.rows_updated),
        ("in the way", table.rows_left),
        ("loaded", table.rows_loaded),
    )
    words = [f"{number:,} {word}" for word, number in counts if number]
    return ", ".join([*words, *([size(table.bytes)] if table.bytes else [])]) or "no rows"


def _statements(table: TableCost) -> str:
    counts = (("SELECT", table.selects), ("UPDATE", table.updates), ("DELETE", table.deletes))
    return ", ".join(f"{number:,} {verb}" for verb, number in counts if number)
