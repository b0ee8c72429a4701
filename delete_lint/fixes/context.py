"""What a fixer sees of a file: the syntax tree of what matters, with true positions, and ways to edit it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import libcst as cst

from delete_lint.findings import Edit
from delete_lint.fixes.names import Names
from delete_lint.fixes.tree import NotShown, Tree
from delete_lint.graph.place import Place
from delete_lint.source.file import SourceFile

__all__ = ["Context", "NotShown"]

_USUAL, _LONGEST = 88, 120


class Context:
    """One file around one line.

    ``module`` holds the top-level block around the line and the module's imports alone; the rest of the text is
    blanked out, so that positions stay true. Nothing is parsed until it is asked for; what asks for it raises
    `NotShown` when the block cannot be parsed.
    """

    def __init__(self, source: SourceFile, line: int, blocks: dict[int, Context] | None = None) -> None:
        """``blocks`` are the first contexts of the file's top-level blocks, by the line where these begin; the others
        share their trees."""
        self.source = source
        self.text = source.text
        self.line = line
        self._blocks = {} if blocks is None else blocks
        block = next((block.start for block in source.outline if block.start <= line <= block.end), 0)
        self._first = self._blocks.setdefault(block, self)

    def at_line(self, line: int) -> Context:
        """The context of another line of the file."""
        return Context(self.source, line, self._blocks)

    @cached_property
    def tree(self) -> Tree:
        return self._first.tree if self._first is not self else Tree(self.source, self.line)

    @property
    def module(self) -> cst.Module:
        return self.tree.module

    # --- from nodes to places and back ------------------------------------------------------------------------------

    def span(self, node: cst.CSTNode) -> tuple[int, int]:
        """Where a node begins and ends in the text, without the white space, the comments and the brackets around it
        (``lpar``, ``rpar``), and without the decorators of a function or class."""
        return self.tree.spans[node]

    def code(self, node: cst.CSTNode) -> str:
        """A node as it is written."""
        begin, end = self.span(node)
        return self.text[begin:end]

    def parent(self, node: cst.CSTNode) -> cst.CSTNode | None:
        return self.tree.parents.get(node)

    def parents(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        """The nodes around a node, from the inside out."""
        return self.tree.around(node)

    def offset(self, line: int, column: int) -> int:
        """The offset of a line and column that count from 1."""
        return self.source.offset(line, column)

    def nodes_at(self, place: Place) -> list[cst.CSTNode]:
        """The nodes that the place's start falls into, from the inside out."""
        return self.tree.nodes_at(self.offset(place.line, place.column))

    # --- names ------------------------------------------------------------------------------------------------------

    def name_for(self, module: str, name: str, at: cst.CSTNode | None = None) -> str:
        """How ``module.name`` is written at a node of the tree (else, where the context's line begins): by an import
        that is there (``transaction``, ``tx``, ``db.transaction``), else as the name that it will have once the fix's
        ``imports`` are added, which is another one where its own is taken by something else."""
        return self.names.reach(module, name, at or self._at_line())

    def is_reachable(self, module: str, name: str) -> bool:
        """Whether `name_for` needs no new import."""
        return self.names.existing(module, name, self._at_line()) is not None

    @cached_property
    def in_function(self) -> bool:
        """Whether the context's line runs after the whole module has been imported."""
        return not self.names.runs_at_import(self._at_line())

    @cached_property
    def names(self) -> Names:
        return self._first.names if self._first is not self else Names(self.tree)

    def _at_line(self) -> cst.CSTNode:
        text = self.source.lines[self.line - 1]
        column = len(text) - len(text.lstrip()) + 1
        found = self.nodes_at(Place(self.source.name, self.line, column))
        return found[0] if found else self.module

    @cached_property
    def line_limit(self) -> int:
        """The length that the file's lines keep to, as far as they show it."""
        longest = max((len(line) for line in self.source.lines if len(line) <= _LONGEST), default=0)
        return max(longest, _USUAL)

    # --- edits ------------------------------------------------------------------------------------------------------

    def replace(self, node: cst.CSTNode, text: str) -> Edit:
        """Brackets around the node (``lpar``, ``rpar``) stay."""
        begin, end = self.span(node)
        return Edit(begin, end, text)
