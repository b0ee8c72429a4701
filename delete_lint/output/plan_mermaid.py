"""The symbolic delete plan of a model as a Mermaid flowchart."""

from __future__ import annotations

from delete_lint.graph.cascade import Edge
from delete_lint.graph.describe import counted, handler_name
from delete_lint.graph.plan import DeletePlan, Statement, Way
from delete_lint.output.mermaid import Flowchart, Kind
from delete_lint.output.plan_text import headline
from delete_lint.output.plan_tree import VERBS, together

_KINDS: dict[str, Kind] = {"update": "updated", "refuse": "refusing", "custom": "refusing", "database": "left"}
_WORDS: dict[Kind, str] = {
    "fast": "fast",
    "slow": "slow",
    "updated": "updated",
    "refusing": "may refuse",
    "left": "left to the database",
}


def plan_mermaid(plan: DeletePlan) -> str:
    """Models as nodes with the statements that are sent for them, relations as arrows with their ``on_delete``."""
    chart = Flowchart(headline(plan), "n: rows of a model, p: of the one that leads to it, b: keys in one statement")
    statements: dict[str, list[Statement]] = {}
    kinds: dict[str, Kind] = {}
    for table in plan.tables:
        kinds[table.label] = "fast" if table.fast else "slow"
        statements[table.label] = [*table.own]
    for way in plan.ways:
        kinds.setdefault(way.edge.model, _KINDS.get(way.edge.effect, "slow"))
        for statement in way.statements:
            statements.setdefault(statement.table, []).append(statement)
        statements.setdefault(way.edge.model, [])
    for label, kind in kinds.items():
        chart.node(label, kind, [f"{_WORDS[kind]}: {_told(statements[label])}".removesuffix(": ")])
    for table in plan.tables:
        if table.child:
            chart.arrow(table.child, table.label, "parent", "delete")
    arrows: dict[tuple[str, str, str], list[Way]] = {}
    met: set[int] = set()
    for way in plan.ways:
        # What children of multi-table inheritance inherit is drawn at their parent.
        if id(way.edge) not in met:
            met.add(id(way.edge))
            arrows.setdefault((way.under, way.edge.model, _handler(way.edge)), []).append(way)
    for (under, model, handler), ways in arrows.items():
        fields = ", ".join(way.edge.relation.field for way in ways[:3])
        fields = fields if len(ways) <= 3 else counted(len(ways), "field")
        chart.arrow(under, model, f"{handler} {fields}", ways[0].edge.effect)
    return chart.text()


def _told(statements: list[Statement]) -> str:
    numbers = ((verb, together([each for each in statements if each.verb == verb])) for verb in VERBS)
    return ", ".join(f"{verb} {number}" for verb, number in numbers if number)


def _handler(edge: Edge) -> str:
    return "GenericRelation" if edge.relation.kind == "generic" else handler_name(edge.relation)
