"""Expressions: one method for each of libcst's, in the order of the source."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import libcst as cst

from delete_lint.source import syntax
from delete_lint.source.lowering.cursor import Cursor
from delete_lint.source.lowering.literals import integer_value, string_value, text_value
from delete_lint.source.lowering.operators import BINARY, COMPARISON, UNARY

# What lies deeper is `Opaque`, so that whoever walks the tree may recurse.
MAX_DEPTH = 100

ParamKind = Literal["posonly", "plain", "star", "kwonly", "kwargs"]

_CONSTANTS = {"True": True, "False": False, "None": None}
_OPAQUE = syntax.Opaque()


class Expressions:
    def __init__(self, cursor: Cursor) -> None:
        self.cursor = cursor
        self.depth = 0

    def expr(self, node: cst.BaseExpression) -> syntax.Expr:
        take = self.cursor.take
        if self.depth >= MAX_DEPTH:
            return _OPAQUE
        self.depth += 1
        for _ in node.lpar:
            take("(")
        result = _EXPRESSIONS.get(type(node), Expressions.unknown)(self, node)
        for _ in node.rpar:
            take(")")
        self.depth -= 1
        return result

    def optional(self, node: cst.BaseExpression | None) -> syntax.Expr | None:
        return None if node is None else self.expr(node)

    def unknown(self, node: cst.BaseExpression) -> syntax.Expr:
        """An expression of a newer Python; the rest of its line has no exact positions."""
        return _OPAQUE

    # --- names and what hangs on them ---------------------------------------------------------------------------

    def name(self, node: cst.Name) -> syntax.Expr:
        value = node.value
        line, column = self.cursor.take(value)
        if value in _CONSTANTS:
            return syntax.Constant(_CONSTANTS[value], line, column)
        return syntax.Name(value, line, column)

    def attribute(self, node: cst.Attribute) -> syntax.Expr:
        value = self.expr(node.value)
        name = node.attr.value
        return syntax.Attribute(value, name, *self.cursor.take(name))

    def call(self, node: cst.Call) -> syntax.Expr:
        func = self.expr(node.func)
        if isinstance(func, (syntax.Name, syntax.Attribute)):
            line, column = func.line, func.column
        else:
            line, column = self.cursor.last()
        self.cursor.take("(")
        args = self.args(node.args)
        self.cursor.take(")")
        return syntax.Call(func, args, line, column)

    def args(self, nodes: Sequence[cst.Arg]) -> list[syntax.Arg]:
        return [self.arg(node) for node in nodes]

    def arg(self, node: cst.Arg) -> syntax.Arg:
        if node.star:
            return syntax.Arg(self.expr(node.value), None, len(node.star))
        if node.keyword is None:
            return syntax.Arg(self.expr(node.value))
        keyword = node.keyword.value
        self.cursor.take(keyword)
        return syntax.Arg(self.expr(node.value), keyword)

    def subscript(self, node: cst.Subscript) -> syntax.Expr:
        value = self.expr(node.value)
        self.cursor.take("[")
        indices = [self.index(element.slice) for element in node.slice]
        self.cursor.take("]")
        if len(indices) == 1 and not isinstance(node.slice[0].comma, cst.Comma):
            return syntax.Subscript(value, indices[0])
        return syntax.Subscript(value, syntax.Sequence("tuple", indices))

    def index(self, node: cst.BaseSlice) -> syntax.Expr:
        if isinstance(node, cst.Slice):
            return syntax.Slice(self.optional(node.lower), self.optional(node.upper), self.optional(node.step))
        assert isinstance(node, cst.Index)
        value = self.expr(node.value)
        return syntax.Starred(value) if node.star else value

    # --- literals -----------------------------------------------------------------------------------------------

    def ellipsis(self, node: cst.Ellipsis) -> syntax.Expr:
        self.cursor.take("...")
        return _OPAQUE

    def integer(self, node: cst.Integer) -> syntax.Expr:
        line, column = self.cursor.take(node.value)
        value = integer_value(node.value)
        return _OPAQUE if value is None else syntax.Constant(value, line, column)

    def floating(self, node: cst.Float) -> syntax.Expr:
        line, column = self.cursor.take(node.value)
        return syntax.Constant(float(node.value), line, column)

    def imaginary(self, node: cst.Imaginary) -> syntax.Expr:
        self.cursor.take(node.value)
        return _OPAQUE

    def string(self, node: cst.SimpleString) -> syntax.Expr:
        line, column = self.cursor.take(node.value)
        value = string_value(node.value)
        return _OPAQUE if value is None else syntax.Constant(value, line, column)

    def formatted_string(self, node: cst.FormattedString | cst.TemplatedString) -> syntax.Expr:
        line, column = self.cursor.take(node.start)
        before = self.cursor.pin((line, column))
        prefix, values = self._parts(node.parts, node.prefix)
        self.cursor.pin(before)
        return syntax.FString(prefix, values, line, column)

    def _parts(self, parts: Sequence[cst.CSTNode], string_prefix: str) -> tuple[str, list[syntax.Expr]]:
        prefix = ""
        values: list[syntax.Expr] = []
        for part in parts:
            if isinstance(part, (cst.FormattedStringText, cst.TemplatedStringText)):
                if not values:
                    prefix += text_value(part.value, string_prefix)
            elif isinstance(part, (cst.FormattedStringExpression, cst.TemplatedStringExpression)):
                values.append(self.expr(part.expression))
                if part.format_spec:
                    values += self._parts(part.format_spec, string_prefix)[1]
        return prefix, values

    def concatenation(self, node: cst.ConcatenatedString) -> syntax.Expr:
        # libcst nests "a" "b" "c" to the right, as deep as there are strings.
        parts: list[syntax.Expr] = []
        rest: cst.BaseExpression = node
        while isinstance(rest, cst.ConcatenatedString):
            parts.append(self.expr(rest.left))
            rest = rest.right
        parts.append(self.expr(rest))
        text = ""
        values: list[syntax.Expr] = []
        has_fields = False
        for part in parts:
            if isinstance(part, syntax.FString):
                text += "" if values else part.prefix
                values += part.values
                has_fields = True
            elif isinstance(part, syntax.Constant):
                text += "" if values else str(part.value)
            else:
                return _OPAQUE
        first = parts[0]
        assert isinstance(first, (syntax.FString, syntax.Constant))
        if has_fields:
            return syntax.FString(text, values, first.line, first.column)
        return syntax.Constant(text, first.line, first.column)

    # --- displays and comprehensions ----------------------------------------------------------------------------

    def element(self, node: cst.BaseElement) -> syntax.Expr:
        return self.expr(node) if isinstance(node, cst.StarredElement) else self.expr(node.value)

    def starred(self, node: cst.StarredElement) -> syntax.Expr:
        self.cursor.take("*")
        return syntax.Starred(self.expr(node.value))

    def tuple_display(self, node: cst.Tuple) -> syntax.Expr:
        return syntax.Sequence("tuple", [self.element(element) for element in node.elements])

    def list_display(self, node: cst.List) -> syntax.Expr:
        self.cursor.take("[")
        items = [self.element(element) for element in node.elements]
        self.cursor.take("]")
        return syntax.Sequence("list", items)

    def set_display(self, node: cst.Set) -> syntax.Expr:
        self.cursor.take("{")
        items = [self.element(element) for element in node.elements]
        self.cursor.take("}")
        return syntax.Sequence("set", items)

    def dict_display(self, node: cst.Dict) -> syntax.Expr:
        self.cursor.take("{")
        keys: list[syntax.Expr | None] = []
        values: list[syntax.Expr] = []
        for element in node.elements:
            keys.append(self.expr(element.key) if isinstance(element, cst.DictElement) else None)
            values.append(self.expr(element.value))
        self.cursor.take("}")
        return syntax.Dict(keys, values)

    def generator_expression(self, node: cst.GeneratorExp) -> syntax.Expr:
        return syntax.Comprehension("generator", self.expr(node.elt), None, self.generators(node.for_in))

    def list_comprehension(self, node: cst.ListComp) -> syntax.Expr:
        self.cursor.take("[")
        element, generators = self.expr(node.elt), self.generators(node.for_in)
        self.cursor.take("]")
        return syntax.Comprehension("list", element, None, generators)

    def set_comprehension(self, node: cst.SetComp) -> syntax.Expr:
        self.cursor.take("{")
        element, generators = self.expr(node.elt), self.generators(node.for_in)
        self.cursor.take("}")
        return syntax.Comprehension("set", element, None, generators)

    def dict_comprehension(self, node: cst.DictComp) -> syntax.Expr:
        self.cursor.take("{")
        key, value = self.expr(node.key), self.expr(node.value)
        generators = self.generators(node.for_in)
        self.cursor.take("}")
        return syntax.Comprehension("dict", key, value, generators)

    def starred_dict_comprehension(self, node: cst.StarredDictComp) -> syntax.Expr:
        self.cursor.take("{")
        element, generators = syntax.Starred(self.expr(node.value)), self.generators(node.for_in)
        self.cursor.take("}")
        return syntax.Comprehension("dict", element, None, generators)

    def generators(self, node: cst.CompFor) -> list[syntax.Generator]:
        found: list[syntax.Generator] = []
        inner: cst.CompFor | None = node
        while inner is not None:
            self.cursor.take("for")
            target = self.expr(inner.target)
            self.cursor.take("in")
            iterable = self.expr(inner.iter)
            found.append(syntax.Generator(target, iterable, [self.condition(test) for test in inner.ifs]))
            inner = inner.inner_for_in
        return found

    def condition(self, node: cst.CompIf) -> syntax.Expr:
        self.cursor.take("if")
        return self.expr(node.test)

    # --- operators ----------------------------------------------------------------------------------------------

    def lambda_(self, node: cst.Lambda) -> syntax.Expr:
        line, column = self.cursor.take("lambda")
        params = self.params(node.params)
        return syntax.Lambda(params, self.expr(node.body), line, column)

    def params(self, node: cst.Parameters) -> list[syntax.Param]:
        found = [self.param(param, "posonly") for param in node.posonly_params]
        found += [self.param(param, "plain") for param in node.params]
        if isinstance(node.star_arg, cst.Param):
            found.append(self.param(node.star_arg, "star"))
        found += [self.param(param, "kwonly") for param in node.kwonly_params]
        if node.star_kwarg is not None:
            found.append(self.param(node.star_kwarg, "kwargs"))
        return found

    def param(self, node: cst.Param, kind: ParamKind) -> syntax.Param:
        name = node.name.value
        self.cursor.take(name)
        annotation = self.expr(node.annotation.annotation) if node.annotation else None
        return syntax.Param(name, annotation, self.optional(node.default), kind)

    def conditional(self, node: cst.IfExp) -> syntax.Expr:
        body = self.expr(node.body)
        self.cursor.take("if")
        test = self.expr(node.test)
        self.cursor.take("else")
        return syntax.Conditional(test, body, self.expr(node.orelse))

    def boolean(self, node: cst.BooleanOperation) -> syntax.Expr:
        left = self.expr(node.left)
        return syntax.BoolOp("and" if isinstance(node.operator, cst.And) else "or", left, self.expr(node.right))

    def comparison(self, node: cst.Comparison) -> syntax.Expr:
        left = self.expr(node.left)
        operators = [COMPARISON[type(target.operator)] for target in node.comparisons]
        return syntax.Compare(left, operators, [self.expr(target.comparator) for target in node.comparisons])

    def binary(self, node: cst.BinaryOperation) -> syntax.Expr:
        left = self.expr(node.left)
        return syntax.BinOp(BINARY[type(node.operator)], left, self.expr(node.right))

    def unary(self, node: cst.UnaryOperation) -> syntax.Expr:
        operator = UNARY[type(node.operator)]
        self.cursor.take(operator)
        return syntax.Unary(operator, self.expr(node.expression))

    def await_(self, node: cst.Await) -> syntax.Expr:
        self.cursor.take("await")
        return syntax.Await(self.expr(node.expression))

    def yield_(self, node: cst.Yield) -> syntax.Expr:
        self.cursor.take("yield")
        if isinstance(node.value, cst.From):
            return syntax.Yield(self.expr(node.value.item), is_from=True)
        return syntax.Yield(self.optional(node.value))

    def walrus(self, node: cst.NamedExpr) -> syntax.Expr:
        target = self.expr(node.target)
        return syntax.Walrus(target, self.expr(node.value))


_EXPRESSIONS: dict[type[cst.CSTNode], Callable[[Any, Any], syntax.Expr]] = {
    cst.Name: Expressions.name,
    cst.Attribute: Expressions.attribute,
    cst.Call: Expressions.call,
    cst.Subscript: Expressions.subscript,
    cst.Ellipsis: Expressions.ellipsis,
    cst.Integer: Expressions.integer,
    cst.Float: Expressions.floating,
    cst.Imaginary: Expressions.imaginary,
    cst.SimpleString: Expressions.string,
    cst.FormattedString: Expressions.formatted_string,
    cst.TemplatedString: Expressions.formatted_string,
    cst.ConcatenatedString: Expressions.concatenation,
    cst.StarredElement: Expressions.starred,
    cst.Tuple: Expressions.tuple_display,
    cst.List: Expressions.list_display,
    cst.Set: Expressions.set_display,
    cst.Dict: Expressions.dict_display,
    cst.GeneratorExp: Expressions.generator_expression,
    cst.ListComp: Expressions.list_comprehension,
    cst.SetComp: Expressions.set_comprehension,
    cst.DictComp: Expressions.dict_comprehension,
    cst.StarredDictComp: Expressions.starred_dict_comprehension,
    cst.Lambda: Expressions.lambda_,
    cst.IfExp: Expressions.conditional,
    cst.BooleanOperation: Expressions.boolean,
    cst.Comparison: Expressions.comparison,
    cst.BinaryOperation: Expressions.binary,
    cst.UnaryOperation: Expressions.unary,
    cst.Await: Expressions.await_,
    cst.Yield: Expressions.yield_,
    cst.NamedExpr: Expressions.walrus,
}
