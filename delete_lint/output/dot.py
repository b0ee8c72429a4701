"""The project graph, or the cascade of one model, in Graphviz's language."""

from __future__ import annotations

from collections.abc import Iterator

from delete_lint.graph.cascade import Effect
from delete_lint.output.graph_chart import Arrow, Chart, Fate, Node
from delete_lint.output.style import printable

#: Fill, line and text.
_COLOURS: dict[Fate, tuple[str, str, str]] = {
    "fast": ("#e6f4ea", "#137333", "#0d3b1e"),
    "slow": ("#fce8e6", "#c5221f", "#5c1210"),
    "updated": ("#e4f0fb", "#1a73a8", "#0b3550"),
    "refusing": ("#fef7e0", "#b06000", "#4f2b00"),
    "left": ("#f1f3f4", "#80868b", "#3c4043"),
}
_ARROWS: dict[Effect, str] = {
    "delete": 'color="#5f6368"',
    "update": 'color="#1a73a8", style="dashed"',
    "refuse": 'color="#b06000", arrowhead="tee"',
    "custom": 'color="#b06000", style="dashed"',
    "database": 'color="#80868b", arrowhead="odot", style="dotted"',
}


def dot(drawn: Chart) -> str:
    """Models as nodes, in a box for each app where there are several; relations as arrows to those that refer to a
    model."""
    return "\n".join(
        [
            "digraph deletes {",
            *(f"    // {_comment(line)}" for line in (drawn.title, *drawn.remarks)),
            f"    label={_quoted(drawn.title)}; labelloc=t; rankdir=LR; bgcolor=transparent;",
            '    graph [fontname="Helvetica", fontsize=12, ranksep=0.8, nodesep=0.15, color="#bdc1c6", style=rounded];',
            '    node [shape=box, style="filled,rounded", fontname="Helvetica", fontsize=10, margin="0.12,0.05"];',
            '    edge [fontname="Helvetica", fontsize=8, fontcolor="#5f6368", arrowsize=0.6];',
            *_nodes(drawn),
            *(f"    {_arrow(arrow)}" for arrow in drawn.arrows),
            "}",
        ]
    )


def _nodes(drawn: Chart) -> Iterator[str]:
    apps: dict[str, list[Node]] = {}
    for node in drawn.nodes:
        apps.setdefault(node.app, []).append(node)
    for number, (app, nodes) in enumerate(apps.items()):
        if len(apps) == 1:
            yield from (f"    {_node(node)}" for node in nodes)
        else:
            yield f"    subgraph cluster_{number} {{"
            yield f"        label={_quoted(app)};"
            yield from (f"        {_node(node)}" for node in nodes)
            yield "    }"


def _node(node: Node) -> str:
    fill, line, text = _COLOURS[node.fate]
    label = _quoted(node.label, *node.lines)
    return f'{_quoted(node.label)} [label={label}, fillcolor="{fill}", color="{line}", fontcolor="{text}"];'


def _arrow(arrow: Arrow) -> str:
    return f"{_quoted(arrow.start)} -> {_quoted(arrow.end)} [label={_quoted(arrow.label)}, {_ARROWS[arrow.effect]}];"


def _quoted(*lines: str) -> str:
    """A string in which a backslash is one, and no line of Graphviz's own escapes (``\\N``, ``\\G``) is left."""
    return '"{}"'.format("\\n".join(printable(line).replace("\\", "\\\\").replace('"', '\\"') for line in lines))


def _comment(line: str) -> str:
    return printable(line)
