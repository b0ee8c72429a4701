"""The project graph, or the cascade of one model, as a Mermaid flowchart."""

from __future__ import annotations

from delete_lint.output.graph_chart import Chart
from delete_lint.output.mermaid import Flowchart


def graph_mermaid(drawn: Chart) -> str:
    """Models as nodes, relations as arrows to those that refer to a model."""
    flowchart = Flowchart(drawn.title, *drawn.remarks)
    for node in drawn.nodes:
        flowchart.node(node.label, node.fate, list(node.lines))
    for arrow in drawn.arrows:
        flowchart.arrow(arrow.start, arrow.end, arrow.label, arrow.effect)
    return flowchart.text()
