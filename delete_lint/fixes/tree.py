"""The syntax tree of a top-level block and its file's imports, in which every position is true."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import fields
from functools import cache, cached_property
from typing import Any

import libcst as cst
from libcst.metadata import ExpressionContextProvider, MetadataWrapper, PositionProvider, Scope, ScopeProvider

from delete_lint.source.file import SourceFile
from delete_lint.source.outline import Block

_leading_form_feeds = re.compile(r"^[ \t]*\f(?:[ \t]*\f)*", re.MULTILINE)


class NotShown(Exception):  # noqa: N818 - not an error: there is just nothing to be fixed here
    """libcst cannot read the block, or would not write it down again as it is."""


class Tree:
    """A file's top-level block around a line, and the file's imports; the rest of the text is blanked out.

    Raises `NotShown`.
    """

    def __init__(self, source: SourceFile, line: int) -> None:
        self.source = source
        self.blocks = [block for block in source.outline if block.start <= line <= block.end]
        shown = self._shown(line)
        # libcst drops a form feed in front of a line's indentation, and columns would count from behind it.
        self._dropped = {
            shown.count("\n", 0, match.start()) + 1: len(match[0]) for match in _leading_form_feeds.finditer(shown)
        }
        shown = _leading_form_feeds.sub("", shown)
        try:
            module = cst.parse_module(shown)
            is_as_written = module.code == shown
        except (cst.ParserSyntaxError, RecursionError, ValueError) as error:
            raise NotShown(str(error)) from error
        if not is_as_written:
            raise NotShown("not written down again as it is")
        self._wrapper = MetadataWrapper(module, unsafe_skip_copy=True)

    def _shown(self, line: int) -> str:
        text = self.source.text
        pieces: list[str] = []
        end = 0
        for block in self.source.outline:
            if block.start <= line <= block.end or _shows_imports(block, text):
                pieces += ["\n" * text.count("\n", end, block.begin), text[block.begin : block.stop]]
                end = block.stop
        return "".join(pieces)

    @property
    def module(self) -> cst.Module:
        return self._wrapper.module

    @cached_property
    def spans(self) -> dict[cst.CSTNode, tuple[int, int]]:
        """Where each node begins and ends in the text of the file."""
        found = self._wrapper.resolve(PositionProvider)
        return {
            node: (self._offset(span.start.line, span.start.column), self._offset(span.end.line, span.end.column))
            for node, span in found.items()
        }

    @cached_property
    def parents(self) -> dict[cst.CSTNode, cst.CSTNode]:
        # libcst's own provider takes ten times as long.
        found: dict[cst.CSTNode, cst.CSTNode] = {}
        waiting: list[cst.CSTNode] = [self.module]
        while waiting:
            node = waiting.pop()
            for child in children(node):
                found[child] = node
                waiting.append(child)
        return found

    @cached_property
    def scopes(self) -> dict[cst.CSTNode, Scope | None]:
        """The scope that a node stands in: that of a ``def`` itself is the one around it."""
        contexts = _Contexts()
        contexts.visit_Module(self.module)
        scopes = _Scopes(contexts)
        scopes.visit_Module(self.module)
        return scopes.found

    def around(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        """The nodes around a node, from the inside out."""
        current = self.parents.get(node)
        while current is not None:
            yield current
            current = self.parents.get(current)

    def nodes_at(self, where: int) -> list[cst.CSTNode]:
        """The nodes that an offset falls into, from the inside out."""
        near = (*self._on_line[0], *self._on_line[self.line_of(where)])
        found = [node for node in near if self.spans[node][0] <= where < self.spans[node][1]]
        return sorted(found, key=lambda node: -sum(1 for _ in self.around(node)))

    @cached_property
    def _on_line(self) -> dict[int, list[cst.CSTNode]]:
        """The nodes by the line that they stand in; 0 are those of several lines."""
        found: dict[int, list[cst.CSTNode]] = defaultdict(list)
        for node, (begin, end) in self.spans.items():
            line = self.line_of(begin)
            found[line if end < self._end_of(line) else 0].append(node)
        return found

    def _end_of(self, line: int) -> int:
        return self.line_starts[line] if line < len(self.line_starts) else len(self.source.text) + 1

    def line_of(self, offset: int) -> int:
        return bisect_right(self.line_starts, offset)

    @cached_property
    def line_starts(self) -> list[int]:
        starts = [0]
        for line in self.source.lines:
            starts.append(starts[-1] + len(line) + 1)
        return starts

    def _offset(self, line: int, column: int) -> int:
        # What follows the last line end is a line of its own for libcst, and past the end of the text for us.
        start = self.line_starts[line - 1] if line <= len(self.line_starts) else len(self.source.text)
        return min(start + self._dropped.get(line, 0) + column, len(self.source.text))


# A wrapper would walk the tree once more for each of the two, for visitors that have nothing to do there.
class _Contexts(ExpressionContextProvider):
    """Whether a name is read, bound or deleted."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[cst.CSTNode, object] = {}

    def set_metadata(self, node: cst.CSTNode, value: object) -> None:
        self.found[node] = value


class _Scopes(ScopeProvider):
    def __init__(self, contexts: _Contexts) -> None:
        super().__init__()
        self.found: dict[cst.CSTNode, Scope | None] = {}
        self._contexts = contexts

    def set_metadata(self, node: cst.CSTNode, value: Any) -> None:
        self.found[node] = value

    def get_metadata(self, key: Any, node: cst.CSTNode, default: Any = None) -> Any:
        return self._contexts.found.get(node, default)


def children(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """The nodes right inside a node."""
    for name in field_names(type(node)):
        value = getattr(node, name)
        if isinstance(value, cst.CSTNode):
            yield value
        elif isinstance(value, (list, tuple)):
            yield from (each for each in value if isinstance(each, cst.CSTNode))


@cache
def field_names(kind: type[cst.CSTNode]) -> tuple[str, ...]:
    """The names of the fields of a class of nodes, in order."""
    return tuple(field.name for field in fields(kind))


def _shows_imports(block: Block, text: str) -> bool:
    if block.kind == "import":
        return not text.startswith("lazy", block.begin)  # syntax that libcst may not know
    return block.kind == "compound" and _holds_imports(block)


def _holds_imports(block: Block) -> bool:
    return any(
        child.kind == "import" or (child.kind == "compound" and _holds_imports(child)) for child in block.children
    )
