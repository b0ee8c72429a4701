"""Expressions, from the standard library's tree."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Sequence
from typing import Any, Literal

from delete_lint.source import syntax
from delete_lint.source.lowering.places import GiveUp, Places

# Far below the depth at which libcst's tree is cut off, for it may be somewhat deeper than this one.
_MAX_DEPTH = 60
_LARGEST = 2**63
_OPAQUE = syntax.Opaque()
_debug_field = re.compile(r"=\s*[}!:]")

_UNARY: dict[type[ast.unaryop], Literal["not", "-", "+", "~"]] = {
    ast.Not: "not",
    ast.USub: "-",
    ast.UAdd: "+",
    ast.Invert: "~",
}
_COMPARISON: dict[type[ast.cmpop], str] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Is: "is",
    ast.IsNot: "is not",
    ast.In: "in",
    ast.NotIn: "not in",
}
BINARY: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Pow: "**",
    ast.MatMult: "@",
    ast.LShift: "<<",
    ast.RShift: ">>",
    ast.BitAnd: "&",
    ast.BitOr: "|",
    ast.BitXor: "^",
}


class BuiltinExpressions:
    def __init__(self, places: Places) -> None:
        self.places = places
        self.depth = 0

    def expr(self, node: ast.expr) -> syntax.Expr:
        lower = _EXPRESSIONS.get(type(node))
        if lower is None or self.depth >= _MAX_DEPTH:
            raise GiveUp
        self.depth += 1
        result = lower(self, node)
        self.depth -= 1
        return result

    def optional(self, node: ast.expr | None) -> syntax.Expr | None:
        return None if node is None else self.expr(node)

    def each(self, nodes: Sequence[ast.expr]) -> list[syntax.Expr]:
        expr = self.expr
        return [expr(node) for node in nodes]

    # --- names and what hangs on them ---------------------------------------------------------------------------

    def name(self, node: ast.Name) -> syntax.Expr:
        return syntax.Name(node.id, *self.places.at(node.lineno, node.col_offset))

    def attribute(self, node: ast.Attribute) -> syntax.Expr:
        return syntax.Attribute(self.expr(node.value), node.attr, *self.places.attribute(node))

    def call(self, node: ast.Call) -> syntax.Expr:
        func = self.expr(node.func)
        if isinstance(func, (syntax.Name, syntax.Attribute)):
            line, column = func.line, func.column
        else:
            line, column = self.places.bracket_before_call(node.func)
        return syntax.Call(func, self.args(node.args, node.keywords), line, column)

    def args(self, values: Sequence[ast.expr], keywords: Sequence[ast.keyword]) -> list[syntax.Arg]:
        """Arguments in the order of the source: ``*x`` may stand behind keywords."""
        found = [self.positional(value) for value in values]
        if not keywords:
            return found
        named = [self.keyword(keyword) for keyword in keywords]
        first, last = keywords[0], values[-1] if values else None
        if last is None or (last.lineno, last.col_offset) < (first.lineno, first.col_offset):
            return found + named
        nodes: list[ast.expr | ast.keyword] = [*values, *keywords]
        order = sorted(range(len(nodes)), key=lambda index: (nodes[index].lineno, nodes[index].col_offset))
        both = found + named
        return [both[index] for index in order]

    def positional(self, node: ast.expr) -> syntax.Arg:
        if isinstance(node, ast.Starred):
            return syntax.Arg(self.expr(node.value), None, 1)
        return syntax.Arg(self.expr(node))

    def keyword(self, node: ast.keyword) -> syntax.Arg:
        return syntax.Arg(self.expr(node.value), node.arg, 2 if node.arg is None else 0)

    def subscript(self, node: ast.Subscript) -> syntax.Expr:
        index = node.slice
        if isinstance(index, ast.Tuple) and len(index.elts) == 1 and isinstance(index.elts[0], ast.Starred):
            raise GiveUp  # with a comma or without: the tree is the same
        return syntax.Subscript(self.expr(node.value), self.expr(index))

    def slice(self, node: ast.Slice) -> syntax.Expr:
        return syntax.Slice(self.optional(node.lower), self.optional(node.upper), self.optional(node.step))

    # --- literals -----------------------------------------------------------------------------------------------

    def constant(self, node: ast.Constant) -> syntax.Expr:
        value = node.value
        if isinstance(value, str):
            if not _storable(value):
                return _OPAQUE
        elif value is not None and not isinstance(value, (int, float)):
            return _OPAQUE
        elif isinstance(value, int) and value >= _LARGEST:
            return _OPAQUE
        return syntax.Constant(value, *self.places.at(node.lineno, node.col_offset))

    def formatted_string(self, node: ast.JoinedStr) -> syntax.Expr:
        position = self.places.at(node.lineno, node.col_offset)
        parts = self.places.string_parts(node)
        prefix = ""
        values: list[syntax.Expr] = []
        for index, value in enumerate(node.values):
            if isinstance(value, ast.FormattedValue):
                values += self._field(value, parts)
            elif not isinstance(value, ast.Constant) or not isinstance(text := value.value, str) or not _storable(text):
                raise GiveUp
            elif index == 0:
                prefix = text
                if prefix.rstrip().endswith("=") and _debug_field.search(self.places.source(node)):
                    raise GiveUp  # the text of ``{x=}`` is part of the prefix
        return syntax.FString(prefix, values, *position)

    def _field(self, node: ast.FormattedValue, parts: list[tuple[int, int]]) -> list[syntax.Expr]:
        """All that is in a field stands where the string starts that it is in."""
        line, column = parts[0]
        if len(parts) > 1:
            line, column = max(part for part in parts if part <= (node.lineno, node.col_offset))
        before = self.places.pin(self.places.at(line, column))
        values = self._field_values(node)
        self.places.pin(before)
        return values

    def _field_values(self, node: ast.FormattedValue) -> list[syntax.Expr]:
        values = [self.expr(node.value)]
        if isinstance(node.format_spec, ast.JoinedStr):
            for value in node.format_spec.values:
                if isinstance(value, ast.FormattedValue):
                    values += self._field_values(value)
        return values

    # --- displays and comprehensions ----------------------------------------------------------------------------

    def starred(self, node: ast.Starred) -> syntax.Expr:
        return syntax.Starred(self.expr(node.value))

    def tuple_display(self, node: ast.Tuple) -> syntax.Expr:
        return syntax.Sequence("tuple", self.each(node.elts))

    def list_display(self, node: ast.List) -> syntax.Expr:
        return syntax.Sequence("list", self.each(node.elts))

    def set_display(self, node: ast.Set) -> syntax.Expr:
        return syntax.Sequence("set", self.each(node.elts))

    def dict_display(self, node: ast.Dict) -> syntax.Expr:
        return syntax.Dict([self.optional(key) for key in node.keys], self.each(node.values))

    def generator_expression(self, node: ast.GeneratorExp) -> syntax.Expr:
        return syntax.Comprehension("generator", self.expr(node.elt), None, self.generators(node.generators))

    def list_comprehension(self, node: ast.ListComp) -> syntax.Expr:
        return syntax.Comprehension("list", self.expr(node.elt), None, self.generators(node.generators))

    def set_comprehension(self, node: ast.SetComp) -> syntax.Expr:
        return syntax.Comprehension("set", self.expr(node.elt), None, self.generators(node.generators))

    def dict_comprehension(self, node: ast.DictComp) -> syntax.Expr:
        if node.value is None:  # ``{**x for x in y}`` of Python 3.15
            raise GiveUp
        key, value = self.expr(node.key), self.expr(node.value)
        return syntax.Comprehension("dict", key, value, self.generators(node.generators))

    def generators(self, nodes: Sequence[ast.comprehension]) -> list[syntax.Generator]:
        return [syntax.Generator(self.expr(node.target), self.expr(node.iter), self.each(node.ifs)) for node in nodes]

    # --- operators ----------------------------------------------------------------------------------------------

    def lambda_(self, node: ast.Lambda) -> syntax.Expr:
        line, column = self.places.start(node)
        return syntax.Lambda(self.params(node.args), self.expr(node.body), line, column)

    def params(self, node: ast.arguments) -> list[syntax.Param]:
        plain = [*node.posonlyargs, *node.args]
        defaults: list[ast.expr | None] = [None] * (len(plain) - len(node.defaults))
        defaults += node.defaults
        positional_only = len(node.posonlyargs)
        found = [
            self.param(param, default, "posonly" if index < positional_only else "plain")
            for index, (param, default) in enumerate(zip(plain, defaults, strict=True))
        ]
        if node.vararg is not None:
            found.append(self.param(node.vararg, None, "star"))
        for param, default in zip(node.kwonlyargs, node.kw_defaults, strict=True):
            found.append(self.param(param, default, "kwonly"))
        if node.kwarg is not None:
            found.append(self.param(node.kwarg, None, "kwargs"))
        return found

    def param(
        self,
        node: ast.arg,
        default: ast.expr | None,
        kind: Literal["posonly", "plain", "star", "kwonly", "kwargs"],
    ) -> syntax.Param:
        return syntax.Param(node.arg, self.optional(node.annotation), self.optional(default), kind)

    def conditional(self, node: ast.IfExp) -> syntax.Expr:
        return syntax.Conditional(self.expr(node.test), self.expr(node.body), self.expr(node.orelse))

    def boolean(self, node: ast.BoolOp) -> syntax.Expr:
        op: Literal["and", "or"] = "and" if isinstance(node.op, ast.And) else "or"
        # libcst's tree nests what is a row here.
        extra = len(node.values) - 1
        self.depth += extra
        result = self.expr(node.values[0])
        for value in node.values[1:]:
            result = syntax.BoolOp(op, result, self.expr(value))
        self.depth -= extra
        return result

    def comparison(self, node: ast.Compare) -> syntax.Expr:
        left = self.expr(node.left)
        return syntax.Compare(left, [_COMPARISON[type(op)] for op in node.ops], self.each(node.comparators))

    def binary(self, node: ast.BinOp) -> syntax.Expr:
        return syntax.BinOp(BINARY[type(node.op)], self.expr(node.left), self.expr(node.right))

    def unary(self, node: ast.UnaryOp) -> syntax.Expr:
        return syntax.Unary(_UNARY[type(node.op)], self.expr(node.operand))

    def await_(self, node: ast.Await) -> syntax.Expr:
        return syntax.Await(self.expr(node.value))

    def yield_(self, node: ast.Yield) -> syntax.Expr:
        return syntax.Yield(self.optional(node.value))

    def yield_from(self, node: ast.YieldFrom) -> syntax.Expr:
        return syntax.Yield(self.expr(node.value), is_from=True)

    def walrus(self, node: ast.NamedExpr) -> syntax.Expr:
        return syntax.Walrus(self.expr(node.target), self.expr(node.value))


def _storable(value: str) -> bool:
    """Whether UTF-8 has it: half a surrogate pair it has not."""
    if value.isascii():
        return True
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


_EXPRESSIONS: dict[type[ast.expr], Callable[[Any, Any], syntax.Expr]] = {
    ast.Name: BuiltinExpressions.name,
    ast.Attribute: BuiltinExpressions.attribute,
    ast.Call: BuiltinExpressions.call,
    ast.Subscript: BuiltinExpressions.subscript,
    ast.Slice: BuiltinExpressions.slice,
    ast.Constant: BuiltinExpressions.constant,
    ast.JoinedStr: BuiltinExpressions.formatted_string,
    ast.Starred: BuiltinExpressions.starred,
    ast.Tuple: BuiltinExpressions.tuple_display,
    ast.List: BuiltinExpressions.list_display,
    ast.Set: BuiltinExpressions.set_display,
    ast.Dict: BuiltinExpressions.dict_display,
    ast.GeneratorExp: BuiltinExpressions.generator_expression,
    ast.ListComp: BuiltinExpressions.list_comprehension,
    ast.SetComp: BuiltinExpressions.set_comprehension,
    ast.DictComp: BuiltinExpressions.dict_comprehension,
    ast.Lambda: BuiltinExpressions.lambda_,
    ast.IfExp: BuiltinExpressions.conditional,
    ast.BoolOp: BuiltinExpressions.boolean,
    ast.Compare: BuiltinExpressions.comparison,
    ast.BinOp: BuiltinExpressions.binary,
    ast.UnaryOp: BuiltinExpressions.unary,
    ast.Await: BuiltinExpressions.await_,
    ast.Yield: BuiltinExpressions.yield_,
    ast.YieldFrom: BuiltinExpressions.yield_from,
    ast.NamedExpr: BuiltinExpressions.walrus,
}
