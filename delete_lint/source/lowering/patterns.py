"""The patterns of ``match``, of which only the names that they bind are kept."""

from __future__ import annotations

import libcst as cst

from delete_lint.source.lowering.expressions import MAX_DEPTH, Expressions


class Patterns(Expressions):
    def pattern(self, node: cst.MatchPattern | cst.MatchStar, binds: list[str]) -> None:
        """Walk over a pattern, in the order of the source, and add the names that it binds to ``binds``."""
        if self.depth >= MAX_DEPTH:
            return
        self.depth += 1
        take = self.cursor.take
        brackets = 0 if isinstance(node, (cst.MatchStar, cst.MatchValue, cst.MatchSingleton)) else len(node.lpar)
        for _ in range(brackets):
            take("(")
        if isinstance(node, cst.MatchValue):
            self.expr(node.value)
        elif isinstance(node, cst.MatchSingleton):
            take(node.value.value)
        elif isinstance(node, cst.MatchStar):
            take("*")
            self._bind(node.name, binds)
        elif isinstance(node, cst.MatchAs):
            if node.pattern is not None:
                self.pattern(node.pattern, binds)
                take("as")
            self._bind(node.name, binds)
        elif isinstance(node, cst.MatchOr):
            for choice in node.patterns:
                self.pattern(choice.pattern, binds)
        elif isinstance(node, cst.MatchSequence):
            self._sequence(node, binds)
        elif isinstance(node, cst.MatchMapping):
            self._mapping(node, binds)
        elif isinstance(node, cst.MatchClass):
            self._class(node, binds)
        for _ in range(brackets):
            take(")")
        self.depth -= 1

    def _bind(self, name: cst.Name | None, binds: list[str]) -> None:
        self.cursor.take("_" if name is None else name.value)
        if name is not None and name.value not in binds:
            binds.append(name.value)

    def _sequence(self, node: cst.MatchSequence, binds: list[str]) -> None:
        is_list = isinstance(node, cst.MatchList) and node.lbracket is not None
        if is_list:
            self.cursor.take("[")
        for element in node.patterns:
            self.pattern(element if isinstance(element, cst.MatchStar) else element.value, binds)
        if is_list:
            self.cursor.take("]")

    def _mapping(self, node: cst.MatchMapping, binds: list[str]) -> None:
        self.cursor.take("{")
        for element in node.elements:
            self.expr(element.key)
            self.pattern(element.pattern, binds)
        if node.rest is not None:
            self._bind(node.rest, binds)
        self.cursor.take("}")

    def _class(self, node: cst.MatchClass, binds: list[str]) -> None:
        self.expr(node.cls)
        self.cursor.take("(")
        for element in node.patterns:
            self.pattern(element.value, binds)
        for keyword in node.kwds:
            self.cursor.take(keyword.key.value)
            self.pattern(keyword.pattern, binds)
        self.cursor.take(")")
