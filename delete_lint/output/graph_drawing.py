"""The project graph as a picture, for READMEs and reviews."""

from __future__ import annotations

from typing import Literal

from delete_lint.graph.project import ProjectGraph
from delete_lint.output.graph_chart import chart

Drawing = Literal["mermaid", "dot", "svg"]


def drawing(graph: ProjectGraph, label: str | None, form: Drawing) -> str:
    """All models, or what deleting one of them reaches. Raises `delete_lint.output.svg.DrawingError`."""
    drawn = chart(graph, label)
    if form == "mermaid":
        from delete_lint.output.graph_mermaid import graph_mermaid

        return graph_mermaid(drawn)
    from delete_lint.output.dot import dot

    written = dot(drawn)
    if form == "dot":
        return written
    from delete_lint.output.svg import svg

    return svg(written)
