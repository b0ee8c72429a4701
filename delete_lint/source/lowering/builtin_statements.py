"""Statements, from the standard library's tree."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from delete_lint.source import syntax
from delete_lint.source.lowering.builtin_expressions import BINARY, BuiltinExpressions
from delete_lint.source.lowering.places import GiveUp

_MAX_BRANCHES = 100


class BuiltinStatements(BuiltinExpressions):
    def statement(self, node: ast.stmt) -> syntax.Stmt:
        lower = _STATEMENTS.get(type(node))
        if lower is None:
            raise GiveUp
        return lower(self, node)

    def suite(self, nodes: Sequence[ast.stmt]) -> list[syntax.Stmt]:
        statement = self.statement
        return [statement(node) for node in nodes]

    # --- simple statements --------------------------------------------------------------------------------------

    def assign(self, node: ast.Assign) -> syntax.Stmt:
        return syntax.Assign(self.each(node.targets), self.expr(node.value), *self.places.start(node))

    def annotated(self, node: ast.AnnAssign) -> syntax.Stmt:
        target, annotation = self.expr(node.target), self.expr(node.annotation)
        return syntax.AnnAssign(target, annotation, self.optional(node.value), *self.places.start(node))

    def augmented(self, node: ast.AugAssign) -> syntax.Stmt:
        operator = BINARY[type(node.op)] + "="
        return syntax.AugAssign(self.expr(node.target), operator, self.expr(node.value), *self.places.start(node))

    def expression(self, node: ast.Expr) -> syntax.Stmt:
        return syntax.ExprStmt(self.expr(node.value), *self.places.start(node))

    def return_(self, node: ast.Return) -> syntax.Stmt:
        return syntax.Return(self.optional(node.value), *self.places.start(node))

    def raise_(self, node: ast.Raise) -> syntax.Stmt:
        return syntax.Raise(self.optional(node.exc), *self.places.start(node))

    def delete(self, node: ast.Delete) -> syntax.Stmt:
        targets = node.targets
        if len(targets) == 1 and isinstance(targets[0], ast.Tuple):
            targets = targets[0].elts
        return syntax.Delete(self.each(targets), *self.places.start(node))

    def assert_(self, node: ast.Assert) -> syntax.Stmt:
        return syntax.Assert(self.expr(node.test), *self.places.start(node))

    def pass_(self, node: ast.Pass) -> syntax.Stmt:
        return syntax.Jump("pass", *self.places.start(node))

    def break_(self, node: ast.Break) -> syntax.Stmt:
        return syntax.Jump("break", *self.places.start(node))

    def continue_(self, node: ast.Continue) -> syntax.Stmt:
        return syntax.Jump("continue", *self.places.start(node))

    def global_(self, node: ast.Global | ast.Nonlocal) -> syntax.Stmt:
        return syntax.Global(node.names)

    def import_(self, node: ast.Import) -> syntax.Stmt:
        return syntax.Import(None, _imported(node), 0, self.places.start(node)[0])

    def import_from(self, node: ast.ImportFrom) -> syntax.Stmt:
        return syntax.Import(node.module or "", _imported(node), node.level, self.places.start(node)[0])

    # --- compound statements ------------------------------------------------------------------------------------

    def if_(self, node: ast.If) -> syntax.Stmt:
        branches = [node]
        while len(node.orelse) == 1 and isinstance(inner := node.orelse[0], ast.If):
            branches.append(inner)
            node = inner
        if len(branches) > _MAX_BRANCHES:
            raise GiveUp
        first, *others = branches
        orelse = self.suite(node.orelse)
        for branch in reversed(others):
            orelse = [self._branch(branch, orelse)]
        return self._branch(first, orelse)

    def _branch(self, node: ast.If, orelse: list[syntax.Stmt]) -> syntax.If:
        return syntax.If(self.expr(node.test), self.suite(node.body), orelse, *self.places.start(node))

    def for_(self, node: ast.For | ast.AsyncFor) -> syntax.Stmt:
        target, iterable = self.expr(node.target), self.expr(node.iter)
        return syntax.For(target, iterable, self.suite(node.body), self.suite(node.orelse), *self.places.start(node))

    def while_(self, node: ast.While) -> syntax.Stmt:
        test = self.expr(node.test)
        return syntax.While(test, self.suite(node.body), self.suite(node.orelse), *self.places.start(node))

    def with_(self, node: ast.With | ast.AsyncWith) -> syntax.Stmt:
        items = [
            syntax.WithItem(self.expr(item.context_expr), self.optional(item.optional_vars)) for item in node.items
        ]
        return syntax.With(items, self.suite(node.body), *self.places.start(node))

    def try_(self, node: ast.Try | ast.TryStar) -> syntax.Stmt:
        handlers = [
            syntax.Handler(self.optional(handler.type), handler.name, self.suite(handler.body))
            for handler in node.handlers
        ]
        body, orelse, final = self.suite(node.body), self.suite(node.orelse), self.suite(node.finalbody)
        return syntax.Try(body, handlers, orelse, final, *self.places.start(node))

    def match(self, node: ast.Match) -> syntax.Stmt:
        return syntax.Match(self.expr(node.subject), [self.case(case) for case in node.cases], *self.places.start(node))

    def case(self, node: ast.match_case) -> syntax.Case:
        binds = list(dict.fromkeys(_bound(node.pattern)))
        return syntax.Case(binds, self.optional(node.guard), self.suite(node.body))

    def function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> syntax.Stmt:
        line, column = self.places.start(node)
        if self.places.is_continued(node.lineno):
            raise GiveUp  # the name may stand on a line of its own
        is_async = isinstance(node, ast.AsyncFunctionDef)
        decorators = self.each(node.decorator_list)
        params = self.params(node.args)
        returns = self.optional(node.returns)
        return syntax.Function(node.name, params, self.suite(node.body), decorators, returns, is_async, line, column)

    def class_(self, node: ast.ClassDef) -> syntax.Stmt:
        bases = [*map(self.positional, node.bases), *map(self.keyword, node.keywords)]
        decorators = self.each(node.decorator_list)
        return syntax.Class(node.name, bases, self.suite(node.body), decorators, *self.places.start(node))

    def type_alias(self, node: Any) -> syntax.Stmt:
        """``type X = …``, which the running Python need not know."""
        return syntax.Assign([self.expr(node.name)], self.expr(node.value), *self.places.start(node))


def _imported(node: ast.Import | ast.ImportFrom) -> list[syntax.ImportedName]:
    return [syntax.ImportedName(alias.name, alias.asname) for alias in node.names]


def _bound(pattern: ast.pattern) -> Iterable[str]:
    """The names that a pattern binds, in the order of the source."""
    if isinstance(pattern, ast.MatchAs):
        if pattern.pattern is not None:
            yield from _bound(pattern.pattern)
        if pattern.name is not None:
            yield pattern.name
    elif isinstance(pattern, ast.MatchStar):
        if pattern.name is not None:
            yield pattern.name
    elif isinstance(pattern, (ast.MatchOr, ast.MatchSequence)):
        for inner in pattern.patterns:
            yield from _bound(inner)
    elif isinstance(pattern, ast.MatchMapping):
        for inner in pattern.patterns:
            yield from _bound(inner)
        if pattern.rest is not None:
            yield pattern.rest
    elif isinstance(pattern, ast.MatchClass):
        for inner in (*pattern.patterns, *pattern.kwd_patterns):
            yield from _bound(inner)


_STATEMENTS: dict[type[ast.AST], Callable[[Any, Any], syntax.Stmt]] = {
    ast.Assign: BuiltinStatements.assign,
    ast.AnnAssign: BuiltinStatements.annotated,
    ast.AugAssign: BuiltinStatements.augmented,
    ast.Expr: BuiltinStatements.expression,
    ast.Return: BuiltinStatements.return_,
    ast.Raise: BuiltinStatements.raise_,
    ast.Delete: BuiltinStatements.delete,
    ast.Assert: BuiltinStatements.assert_,
    ast.Pass: BuiltinStatements.pass_,
    ast.Break: BuiltinStatements.break_,
    ast.Continue: BuiltinStatements.continue_,
    ast.Global: BuiltinStatements.global_,
    ast.Nonlocal: BuiltinStatements.global_,
    ast.Import: BuiltinStatements.import_,
    ast.ImportFrom: BuiltinStatements.import_from,
    ast.If: BuiltinStatements.if_,
    ast.For: BuiltinStatements.for_,
    ast.AsyncFor: BuiltinStatements.for_,
    ast.While: BuiltinStatements.while_,
    ast.With: BuiltinStatements.with_,
    ast.AsyncWith: BuiltinStatements.with_,
    ast.Try: BuiltinStatements.try_,
    ast.TryStar: BuiltinStatements.try_,
    ast.Match: BuiltinStatements.match,
    ast.FunctionDef: BuiltinStatements.function,
    ast.AsyncFunctionDef: BuiltinStatements.function,
    ast.ClassDef: BuiltinStatements.class_,
}
if hasattr(ast, "TypeAlias"):
    _STATEMENTS[ast.TypeAlias] = BuiltinStatements.type_alias
