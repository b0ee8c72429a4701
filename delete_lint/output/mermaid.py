"""Flowcharts in Mermaid's syntax."""

from __future__ import annotations

import re
from typing import Literal

from delete_lint.graph.cascade import Effect
from delete_lint.output.style import printable

#: What colours a node.
Kind = Literal["fast", "slow", "updated", "refusing", "left", "empty"]

_COLOURS: dict[Kind, str] = {
    "fast": "fill:#e6f4ea,stroke:#137333,color:#0d3b1e",
    "slow": "fill:#fce8e6,stroke:#c5221f,color:#5c1210",
    "updated": "fill:#e4f0fb,stroke:#1a73a8,color:#0b3550",
    "refusing": "fill:#fef7e0,stroke:#b06000,color:#4f2b00",
    "left": "fill:#f1f3f4,stroke:#80868b,color:#3c4043",
    "empty": "fill:#ffffff,stroke:#bdc1c6,color:#5f6368",
}

_ARROWS: dict[Effect, str] = {"delete": "-->", "update": "-.->", "refuse": "--x", "custom": "-.->", "database": "--o"}

#: Mermaid draws no more arrows than this unless its ``maxEdges`` says so, which a chart itself may not.
_MAX_ARROWS = 500

_SPECIAL = re.compile(r"[^\w .,:()/+·⌈⌉≥…=-]")


class Flowchart:
    """Nodes and arrows, in the order in which they are given."""

    def __init__(self, *remarks: str) -> None:
        self.remarks = remarks
        self.ids: dict[str, str] = {}
        self.nodes: list[str] = []
        self.arrows: list[str] = []
        self.kinds: dict[Kind, list[str]] = {}

    def node(self, name: str, kind: Kind, lines: list[str]) -> None:
        number = self.ids.setdefault(name, f"n{len(self.ids)}")
        label = "<br/>".join(escaped(line) for line in (name, *lines))
        self.nodes.append(f'{number}["{label}"]')
        self.kinds.setdefault(kind, []).append(number)

    def arrow(self, start: str, end: str, label: str, effect: Effect) -> None:
        """Both nodes have been given before."""
        self.arrows.append(f'{self.ids[start]} {_ARROWS[effect]}|"{escaped(label)}"| {self.ids[end]}')

    def text(self) -> str:
        lines = [f"%% {escaped(remark)}" for remark in self.remarks]
        if len(self.arrows) > _MAX_ARROWS:
            lines.append(f"%% {len(self.arrows)} arrows: Mermaid draws them where its maxEdges is at least that")
        lines.append("flowchart TD")
        lines += [f"    {line}" for line in (*self.nodes, *self.arrows)]
        for kind, numbers in self.kinds.items():
            lines += [f"    classDef {kind} {_COLOURS[kind]}", f"    class {','.join(numbers)} {kind}"]
        return "\n".join(lines)


def escaped(text: str) -> str:
    """Text for a quoted label. What might be syntax or HTML is written as a character's number."""
    return _SPECIAL.sub(lambda match: f"#{ord(match[0])};", printable(text))
