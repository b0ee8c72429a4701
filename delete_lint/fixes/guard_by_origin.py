"""An early return in a receiver, before it deletes what goes with the instance anyway."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import libcst as cst

from delete_lint.findings import Edit
from delete_lint.fixes import shapes as m
from delete_lint.fixes.context import Context
from delete_lint.fixes.granted import Granted
from delete_lint.remedies import Cleared, GuardByOrigin
from delete_lint.source.hanging import NARROWING

_INSTANCE = "instance"
#: Lookups of the key itself, and what they are to be given: ``order=``, ``order_id=``, ``order__pk=``.
_LOOKUP_ENDS = ("", "_id", "__pk", "__id")
_KEY_OF = m.Attribute(attr=m.Name("pk") | m.Name("id"))
#: ``instance.lines.exists()``, ``instance.lines.all().count()``.
_ROWS = m.Attribute(value=m.Name())
_ASKS_FOR_ROWS = m.Call(
    func=m.Attribute(
        value=_ROWS | m.Call(func=m.Attribute(value=_ROWS, attr=m.Name("all")), args=[]),
        attr=m.Name("exists") | m.Name("count"),
    ),
    args=[],
)
#: What may do more than have a value.
_CONDITION = m.Name("Q") | m.Name("F") | m.Attribute(attr=m.Name("Q") | m.Name("F"))
_EFFECT = (
    m.Call(func=m.DoesNotMatch(_CONDITION))
    | m.Attribute(value=m.DoesNotMatch(m.Name() | m.Subscript(value=m.Name())))
    | m.Await()
    | m.Yield()
    | m.NamedExpr()
    | m.Lambda()
    | m.CompFor()
    | m.FormattedString()
)


def fix(remedy: GuardByOrigin, context: Context) -> Granted | None:
    function = next((node for node in context.nodes_at(remedy.receiver) if isinstance(node, cst.FunctionDef)), None)
    if function is None or not isinstance(function.body, cst.IndentedBlock):
        return None
    receiver = _Receiver(context, function)
    guard = receiver.guard()
    if guard is None:
        return None
    cleanups = _Cleanups(context, receiver, remedy.cleared)
    first = cleanups.first_of_the_last()
    if first is None or cleanups.met != {each.delete for each in remedy.cleared}:
        return None
    begin, indent = _line_of(context, first)
    step = _step(context, function, indent)
    edit = Edit(begin, begin, f"{indent}if {guard}:\n{indent}{step}return\n")
    return Granted("clean up only where the delete started at the row itself", "unsafe", (edit,))


class _Receiver:
    """The parameters of a receiver, and the names that its instance goes by."""

    def __init__(self, context: Context, function: cst.FunctionDef) -> None:
        self.context = context
        self.function = function
        params = function.params
        self.named = {each.name.value: each for each in (*params.params, *params.kwonly_params)}
        self.rest = params.star_kwarg.name.value if params.star_kwarg is not None else None
        scope = context.tree.scopes.get(function.body)
        bound = [each.name for each in scope.assignments] if scope is not None else []
        self.bound_once = {name for name in bound if bound.count(name) == 1}
        self.aliases = {name for name in (_INSTANCE, *self._aliases()) if name in self.bound_once}

    def _aliases(self) -> list[str]:
        """Names that the body gives the instance."""
        found: list[str] = []
        for line in self.function.body.body:
            if m.matches(line, m.SimpleStatementLine(body=[m.Assign(targets=[m.AssignTarget(target=m.Name())])])):
                assign = cst.ensure_type(cst.ensure_type(line, cst.SimpleStatementLine).body[0], cst.Assign)
                if self.is_instance(assign.value, (_INSTANCE,) if _INSTANCE in self.named else ()):
                    found.append(cst.ensure_type(assign.targets[0].target, cst.Name).value)
        return found

    def is_instance(self, node: cst.BaseExpression, names: Collection[str] | None = None) -> bool:
        """Whether it is the instance by one of these names (any that it goes by), or out of the keyword arguments."""
        if isinstance(node, cst.Name):
            return node.value in (self.aliases if names is None else names)
        written = self.context.code(node).replace("'", '"')
        return self.rest is not None and written in (f'{self.rest}["instance"]', f'{self.rest}.get("instance")')

    def guard(self) -> str | None:
        """The condition under which the delete started elsewhere. A call that names no origin is one by the project
        itself, or by another signal, and goes on."""
        named = [name for name in (_INSTANCE, "origin", self.rest) if name in self.named or name == self.rest]
        if any(name is not None and name not in self.bound_once for name in named):
            return None
        if self.rest is not None and self._is_emptied(self.rest):
            return None
        quote = "'" if self.context.text.count("'") > self.context.text.count('"') else '"'
        by_name = [_INSTANCE] if _INSTANCE in self.named else sorted(self.aliases)
        instance = by_name[0] if by_name else f"{self.rest}[{quote}instance{quote}]"
        if (origin := self.named.get("origin")) is not None:
            passed = "origin is not None and " if origin.default is not None else ""
            return f"{passed}origin is not {instance}"
        if self.rest is None:
            return None
        return f"{self.rest}.get({quote}origin{quote}, {instance}) is not {instance}"

    def _is_emptied(self, name: str) -> bool:
        """Whether something is taken out of the keyword arguments."""
        return bool(
            m.findall(self.function.body, m.Attribute(value=m.Name(name), attr=m.Name("pop") | m.Name("clear")))
            or m.findall(self.function.body, m.Del())
        )


class _Cleanups:
    """The statements at the end of a receiver that delete what is known to go anyway, and do nothing else.

    ``met`` are the places of the deletes in them.
    """

    def __init__(self, context: Context, receiver: _Receiver, cleared: Sequence[Cleared]) -> None:
        self.context = context
        self.receiver = receiver
        self.cleared = {context.offset(each.delete.line, each.delete.column): each for each in cleared}
        self.met: set[object] = set()

    def first_of_the_last(self) -> cst.BaseStatement | None:
        first: cst.BaseStatement | None = None
        statements = [each for each in self.receiver.function.body.body if isinstance(each, cst.BaseStatement)]
        for statement in reversed(statements):
            if m.matches(statement, m.SimpleStatementLine(body=[m.Return(value=None)])) and first is None:
                continue
            if not self._is_cleanup(statement):
                break
            first = statement
        return first

    def _is_cleanup(self, statement: cst.BaseStatement | cst.BaseSmallStatement) -> bool:
        if isinstance(statement, cst.SimpleStatementLine):
            return all(self._is_cleanup(each) for each in statement.body)
        if isinstance(statement, cst.Expr):
            return self._is_delete(statement.value)
        if isinstance(statement, cst.If) and statement.orelse is None:
            return _is_harmless(statement.test) and self._are_cleanups(statement.body)
        if isinstance(statement, cst.For) and statement.orelse is None and statement.asynchronous is None:
            return self._is_loop(statement)
        return False

    def _are_cleanups(self, body: cst.BaseSuite) -> bool:
        return isinstance(body, cst.IndentedBlock) and all(self._is_cleanup(each) for each in body.body)

    def _is_loop(self, loop: cst.For) -> bool:
        """``for line in instance.lines.all(): line.delete()``."""
        body = loop.body
        if not (isinstance(loop.target, cst.Name) and isinstance(body, cst.IndentedBlock) and len(body.body) == 1):
            return False
        call = m.SimpleStatementLine(body=[m.Expr(m.Call(func=m.Attribute(value=m.Name(loop.target.value)), args=[]))])
        if not m.matches(body.body[0], call):
            return False
        line = cst.ensure_type(body.body[0], cst.SimpleStatementLine)
        func = cst.ensure_type(
            cst.ensure_type(cst.ensure_type(line.body[0], cst.Expr).value, cst.Call).func, cst.Attribute
        )
        known = self._known(func)
        return known is not None and self._hangs(loop.iter, known)

    def _is_delete(self, node: cst.BaseExpression) -> bool:
        if isinstance(node, cst.Await):
            node = node.expression
        if not isinstance(node, cst.Call) or node.args:
            return False
        if not isinstance(node.func, cst.Attribute):
            return False
        known = self._known(node.func)
        return known is not None and self._hangs(node.func.value, known)

    def _known(self, func: cst.Attribute) -> Cleared | None:
        known = self.cleared.get(self.context.span(func.attr)[0])
        if known is None or func.attr.value not in ("delete", "adelete"):
            return None
        self.met.add(known.delete)
        return known

    def _hangs(self, node: cst.BaseExpression, known: Cleared) -> bool:
        """Whether these are rows of this very instance: ``instance.lines``, ``Line.objects.filter(order=instance)``."""
        is_named = False
        while isinstance(node, cst.Call):
            func = node.func
            if not isinstance(func, cst.Attribute) or func.attr.value not in NARROWING or any(
                arg.star or not _is_harmless(arg.value) for arg in node.args
            ):  # fmt: skip
                return False
            if func.attr.value == "filter":
                is_named = is_named or any(self._names_instance(arg, known) for arg in node.args)
            node = func.value
        if not isinstance(node, cst.Attribute):
            return False
        return self.receiver.is_instance(node.value) or (
            is_named and m.matches(node.value, m.Name() | m.Attribute(value=m.Name()))
        )

    def _names_instance(self, arg: cst.Arg, known: Cleared) -> bool:
        if arg.keyword is None:
            return False
        if arg.keyword.value == known.key and self.receiver.is_instance(arg.value):
            return True
        return (
            known.by_primary_key
            and arg.keyword.value in [known.key + end for end in _LOOKUP_ENDS]
            and m.matches(arg.value, _KEY_OF)
            and self.receiver.is_instance(cst.ensure_type(arg.value, cst.Attribute).value)
        )


def _is_harmless(node: cst.BaseExpression) -> bool:
    """Whether it does nothing but have a value: it may be left out."""
    if isinstance(node, cst.UnaryOperation):
        node = node.expression
    return m.matches(node, _ASKS_FOR_ROWS) or not m.findall(node, _EFFECT)


def _line_of(context: Context, statement: cst.BaseStatement) -> tuple[int, str]:
    """Where the statement's first line begins, the comments right above it included, and its indentation."""
    text = context.text
    begin, _ = context.span(statement)
    line = text.rfind("\n", 0, begin) + 1
    indent = text[line:begin]
    while line:
        above = text.rfind("\n", 0, line - 1) + 1
        if not text[above:line].startswith(f"{indent}#"):
            break
        line = above
    return line, indent


def _step(context: Context, function: cst.FunctionDef, indent: str) -> str:
    """One level of indentation as the function has it."""
    begin, _ = context.span(function)
    outer = context.text[context.text.rfind("\n", 0, begin) + 1 : begin]
    outer = outer[: len(outer) - len(outer.lstrip())]
    return indent.removeprefix(outer) or "    "
