"""Statements: one method for each of libcst's, in the order of the source."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import libcst as cst

from delete_lint.source import syntax
from delete_lint.source.lowering.expressions import MAX_DEPTH, Expressions
from delete_lint.source.lowering.operators import AUGMENTED
from delete_lint.source.lowering.patterns import Patterns


class Statements(Patterns, Expressions):
    def statements(self, node: cst.BaseStatement | cst.BaseSmallStatement) -> list[syntax.Stmt]:
        """What a line or a compound statement says, which is several statements if it has semicolons."""
        if isinstance(node, cst.SimpleStatementLine):
            return self._line(node)
        return [_STATEMENTS.get(type(node), Statements.unknown_statement)(self, node)]

    def _line(self, node: cst.SimpleStatementLine | cst.SimpleStatementSuite) -> list[syntax.Stmt]:
        found = [_STATEMENTS.get(type(small), Statements.unknown_statement)(self, small) for small in node.body]
        self.cursor.end_line()
        return found

    def suite(self, node: cst.BaseSuite) -> list[syntax.Stmt]:
        if isinstance(node, cst.SimpleStatementSuite):
            return self._line(node)
        assert isinstance(node, cst.IndentedBlock)
        self.cursor.end_line()
        return [found for statement in node.body for found in self.statements(statement)]

    def unknown_statement(self, node: cst.CSTNode) -> syntax.Stmt:
        """A statement of a newer Python."""
        return syntax.ExprStmt(syntax.Opaque(), *self.cursor.next())

    # --- simple statements --------------------------------------------------------------------------------------

    def assign(self, node: cst.Assign) -> syntax.Stmt:
        line, column = self.cursor.next()
        targets = [self.expr(target.target) for target in node.targets]
        return syntax.Assign(targets, self.expr(node.value), line, column)

    def annotated(self, node: cst.AnnAssign) -> syntax.Stmt:
        line, column = self.cursor.next()
        target = self.expr(node.target)
        annotation = self.expr(node.annotation.annotation)
        return syntax.AnnAssign(target, annotation, self.optional(node.value), line, column)

    def augmented(self, node: cst.AugAssign) -> syntax.Stmt:
        line, column = self.cursor.next()
        target = self.expr(node.target)
        return syntax.AugAssign(target, AUGMENTED[type(node.operator)], self.expr(node.value), line, column)

    def type_alias(self, node: cst.TypeAlias) -> syntax.Stmt:
        line, column = self.cursor.take("type")
        name = self.expr(node.name)
        self.type_parameters(node.type_parameters)
        return syntax.Assign([name], self.expr(node.value), line, column)

    def expression(self, node: cst.Expr) -> syntax.Stmt:
        line, column = self.cursor.next()
        return syntax.ExprStmt(self.expr(node.value), line, column)

    def return_(self, node: cst.Return) -> syntax.Stmt:
        line, column = self.cursor.take("return")
        return syntax.Return(self.optional(node.value), line, column)

    def raise_(self, node: cst.Raise) -> syntax.Stmt:
        line, column = self.cursor.take("raise")
        exception = self.optional(node.exc)
        if node.cause is not None:
            self.cursor.take("from")
            self.expr(node.cause.item)
        return syntax.Raise(exception, line, column)

    def delete(self, node: cst.Del) -> syntax.Stmt:
        line, column = self.cursor.take("del")
        target = self.expr(node.target)
        targets = target.items if isinstance(target, syntax.Sequence) and target.kind == "tuple" else [target]
        return syntax.Delete(targets, line, column)

    def assert_(self, node: cst.Assert) -> syntax.Stmt:
        line, column = self.cursor.take("assert")
        test = self.expr(node.test)
        self.optional(node.msg)
        return syntax.Assert(test, line, column)

    def pass_(self, node: cst.Pass) -> syntax.Stmt:
        return syntax.Jump("pass", *self.cursor.take("pass"))

    def break_(self, node: cst.Break) -> syntax.Stmt:
        return syntax.Jump("break", *self.cursor.take("break"))

    def continue_(self, node: cst.Continue) -> syntax.Stmt:
        return syntax.Jump("continue", *self.cursor.take("continue"))

    def global_(self, node: cst.Global | cst.Nonlocal) -> syntax.Stmt:
        names = [item.name.value for item in node.names]
        for name in names:
            self.cursor.take(name)
        return syntax.Global(names)

    def import_(self, node: cst.Import | cst.LazyImport) -> syntax.Stmt:
        line, _ = self.cursor.take("import")
        return syntax.Import(None, [self.alias(alias) for alias in node.names], 0, line)

    def import_from(self, node: cst.ImportFrom | cst.LazyImportFrom) -> syntax.Stmt:
        line, _ = self.cursor.take("from")
        module = "" if node.module is None else self.dotted(node.module)
        self.cursor.take("import")
        if isinstance(node.names, cst.ImportStar):
            self.cursor.take("*")
            names = [syntax.ImportedName("*")]
        else:
            names = [self.alias(alias) for alias in node.names]
        if node.rpar is not None:
            self.cursor.take(")")
        return syntax.Import(module, names, len(node.relative), line)

    def alias(self, node: cst.ImportAlias) -> syntax.ImportedName:
        name = self.dotted(node.name)
        if node.asname is None:
            return syntax.ImportedName(name)
        self.cursor.take("as")
        alias = self.expr(node.asname.name)
        return syntax.ImportedName(name, alias.id if isinstance(alias, syntax.Name) else None)

    def dotted(self, node: cst.BaseExpression) -> str:
        if isinstance(node, cst.Attribute):
            before = self.dotted(node.value)
            self.cursor.take(node.attr.value)
            return f"{before}.{node.attr.value}"
        assert isinstance(node, cst.Name)
        self.cursor.take(node.value)
        return node.value

    # --- compound statements ------------------------------------------------------------------------------------

    def if_(self, node: cst.If) -> syntax.Stmt:
        line, column = self.cursor.take("if")
        branches = [(line, column, self.expr(node.test), self.suite(node.body))]
        # A long row of `elif` nests in libcst's tree, but not here on the stack.
        rest = node.orelse
        while isinstance(rest, cst.If):
            line, column = self.cursor.take("elif")
            branches.append((line, column, self.expr(rest.test), self.suite(rest.body)))
            rest = rest.orelse
        orelse = self.else_(rest)
        for index in range(len(branches) - 1, 0, -1):
            line, column, test, body = branches[index]
            if index > MAX_DEPTH:
                # Whoever walks the tree may recurse, so the last of very many branches stand beside each other.
                orelse = [syntax.If(test, body, [], line, column), *orelse]
            else:
                orelse = [syntax.If(test, body, orelse, line, column)]
        line, column, test, body = branches[0]
        return syntax.If(test, body, orelse, line, column)

    def else_(self, node: cst.Else | None) -> list[syntax.Stmt]:
        if node is None:
            return []
        self.cursor.take("else")
        return self.suite(node.body)

    def for_(self, node: cst.For) -> syntax.Stmt:
        position = self.cursor.take("async") if node.asynchronous else None
        line, column = self.cursor.take("for")
        target = self.expr(node.target)
        self.cursor.take("in")
        iterable = self.expr(node.iter)
        body = self.suite(node.body)
        return syntax.For(target, iterable, body, self.else_(node.orelse), *(position or (line, column)))

    def while_(self, node: cst.While) -> syntax.Stmt:
        line, column = self.cursor.take("while")
        test = self.expr(node.test)
        body = self.suite(node.body)
        return syntax.While(test, body, self.else_(node.orelse), line, column)

    def with_(self, node: cst.With) -> syntax.Stmt:
        position = self.cursor.take("async") if node.asynchronous else None
        line, column = self.cursor.take("with")
        if isinstance(node.lpar, cst.LeftParen):
            self.cursor.take("(")
        items = [self.with_item(item) for item in node.items]
        if isinstance(node.rpar, cst.RightParen):
            self.cursor.take(")")
        return syntax.With(items, self.suite(node.body), *(position or (line, column)))

    def with_item(self, node: cst.WithItem) -> syntax.WithItem:
        value = self.expr(node.item)
        if node.asname is None:
            return syntax.WithItem(value)
        self.cursor.take("as")
        return syntax.WithItem(value, self.expr(node.asname.name))

    def try_(self, node: cst.Try | cst.TryStar) -> syntax.Stmt:
        line, column = self.cursor.take("try")
        body = self.suite(node.body)
        handlers = [self.handler(handler) for handler in node.handlers]
        orelse = self.else_(node.orelse)
        final: list[syntax.Stmt] = []
        if node.finalbody is not None:
            self.cursor.take("finally")
            final = self.suite(node.finalbody.body)
        return syntax.Try(body, handlers, orelse, final, line, column)

    def handler(self, node: cst.ExceptHandler | cst.ExceptStarHandler) -> syntax.Handler:
        self.cursor.take("except")
        exception = self.optional(node.type)
        name = None
        if node.name is not None:
            self.cursor.take("as")
            target = self.expr(node.name.name)
            name = target.id if isinstance(target, syntax.Name) else None
        return syntax.Handler(exception, name, self.suite(node.body))

    def match(self, node: cst.Match) -> syntax.Stmt:
        line, column = self.cursor.take("match")
        subject = self.expr(node.subject)
        self.cursor.end_line()
        return syntax.Match(subject, [self.case(case) for case in node.cases], line, column)

    def case(self, node: cst.MatchCase) -> syntax.Case:
        self.cursor.take("case")
        binds: list[str] = []
        self.pattern(node.pattern, binds)
        guard = None
        if node.guard is not None:
            self.cursor.take("if")
            guard = self.expr(node.guard)
        return syntax.Case(binds, guard, self.suite(node.body))

    def decorators(self, nodes: Sequence[cst.Decorator]) -> list[syntax.Expr]:
        found: list[syntax.Expr] = []
        for node in nodes:
            found.append(self.expr(node.decorator))
            self.cursor.end_line()
        return found

    def function(self, node: cst.FunctionDef) -> syntax.Stmt:
        decorators = self.decorators(node.decorators)
        position = self.cursor.take("async") if node.asynchronous else None
        line, column = self.cursor.take("def")
        line, _ = self.cursor.take(node.name.value)
        self.type_parameters(node.type_parameters)
        self.cursor.take("(")
        params = self.params(node.params)
        self.cursor.take(")")
        returns = self.expr(node.returns.annotation) if node.returns else None
        body = self.suite(node.body)
        column = position[1] if position else column
        is_async = node.asynchronous is not None
        return syntax.Function(node.name.value, params, body, decorators, returns, is_async, line, column)

    def class_(self, node: cst.ClassDef) -> syntax.Stmt:
        decorators = self.decorators(node.decorators)
        line, column = self.cursor.take("class")
        self.cursor.take(node.name.value)
        self.type_parameters(node.type_parameters)
        if isinstance(node.lpar, cst.LeftParen):
            self.cursor.take("(")
        bases = self.args(node.bases) + self.args(node.keywords)
        if isinstance(node.rpar, cst.RightParen):
            self.cursor.take(")")
        return syntax.Class(node.name.value, bases, self.suite(node.body), decorators, line, column)

    def type_parameters(self, node: cst.TypeParameters | None) -> None:
        """Walk over ``[T: int = str]``; nothing of it is kept."""
        if node is None:
            return
        self.cursor.take("[")
        for parameter in node.params:
            self.cursor.take(parameter.param.name.value)
            if isinstance(parameter.param, cst.TypeVar):
                self.optional(parameter.param.bound)
            self.optional(parameter.default)
        self.cursor.take("]")


_STATEMENTS: dict[type[cst.CSTNode], Callable[[Any, Any], syntax.Stmt]] = {
    cst.Assign: Statements.assign,
    cst.AnnAssign: Statements.annotated,
    cst.AugAssign: Statements.augmented,
    cst.TypeAlias: Statements.type_alias,
    cst.Expr: Statements.expression,
    cst.Return: Statements.return_,
    cst.Raise: Statements.raise_,
    cst.Del: Statements.delete,
    cst.Assert: Statements.assert_,
    cst.Pass: Statements.pass_,
    cst.Break: Statements.break_,
    cst.Continue: Statements.continue_,
    cst.Global: Statements.global_,
    cst.Nonlocal: Statements.global_,
    cst.Import: Statements.import_,
    cst.LazyImport: Statements.import_,
    cst.ImportFrom: Statements.import_from,
    cst.LazyImportFrom: Statements.import_from,
    cst.If: Statements.if_,
    cst.For: Statements.for_,
    cst.While: Statements.while_,
    cst.With: Statements.with_,
    cst.Try: Statements.try_,
    cst.TryStar: Statements.try_,
    cst.Match: Statements.match,
    cst.FunctionDef: Statements.function,
    cst.ClassDef: Statements.class_,
}
