"""``task.delay(a)`` → ``transaction.on_commit(partial(task.delay, a))``, with the arguments bound as they are now."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst
from libcst import helpers

from delete_lint.fixes import shapes as m
from delete_lint.fixes.context import Context
from delete_lint.fixes.granted import Granted
from delete_lint.fixes.read_later import is_read_later
from delete_lint.remedies import DeferToCommit

#: Methods whose call is a coroutine, which a callback cannot wait for.
_COROUTINES = frozenset({"aenqueue", "defer_async", "batch_defer_async", "kiq", "acall"})
#: Methods that change a list, set or dict in place.
_CHANGES = frozenset(
    {
        "append", "extend", "insert", "remove", "pop", "popitem", "clear", "sort", "reverse", "add", "discard",
        "update", "setdefault", "appendleft", "popleft",
    }
)  # fmt: skip
_LOOPS = (cst.For, cst.While)


def fix(remedy: DeferToCommit, context: Context) -> Granted | None:
    call = _call_at(context, remedy)
    if (
        call is None
        or not _is_statement(context, call)
        or not _may_wait(context, call)
        or _changes_later(context, call)
        or is_read_later(context, call)
    ):
        return None
    imports = [("django.db", "transaction")]
    transaction = context.name_for("django.db", "transaction", call)
    function, arguments = _parts(context, call)
    if call.args:
        imports.append(("functools", "partial"))
        partial = context.name_for("functools", "partial", call)
        inner = _Written(partial, function, arguments, [context.code(arg) for arg in call.args])
    else:
        inner = _Written("", function, arguments, [])
    using = ", using=using" if _knows_using(context, call) else ""
    text = _on_commit(context, call, f"{transaction}.on_commit", inner, using)
    return Granted("enqueue it when the transaction commits", "unsafe", (context.replace(call, text),), tuple(imports))


# --- whether it can wait --------------------------------------------------------------------------------------------


def _call_at(context: Context, remedy: DeferToCommit) -> cst.Call | None:
    """The call whose name stands at the place."""
    for node in context.nodes_at(remedy.call):
        if isinstance(node, cst.Call) and context.span(_last_name(node.func))[0] == context.offset(
            remedy.call.line, remedy.call.column
        ):
            return node
    return None


def _last_name(func: cst.BaseExpression) -> cst.BaseExpression:
    return func.attr if isinstance(func, cst.Attribute) else func


def _is_statement(context: Context, call: cst.Call) -> bool:
    """Whether nobody asks for the call's result."""
    return isinstance(context.parent(call), cst.Expr)


def _may_wait(context: Context, call: cst.Call) -> bool:
    """Whether the call does the same when it is made later, outside of what is around it."""
    if isinstance(call.func, cst.Attribute) and call.func.attr.value in _COROUTINES:
        return False
    inner: cst.CSTNode = call
    for node in context.parents(call):
        if isinstance(node, cst.FunctionDef):
            return node.asynchronous is None
        if isinstance(node, (cst.Try, cst.TryStar)) and inner is node.body and node.handlers:
            return False  # what the handlers are there for would be raised where they are not
        if isinstance(node, cst.With) and not _only_atomic(node):
            return False  # what it sets up (a tenant, a language, a lock) is gone by then
        inner = node
    return False


def _only_atomic(statement: cst.With) -> bool:
    names = (helpers.get_full_name_for_node(item.item) or "" for item in statement.items)
    return statement.asynchronous is None and all(name.rpartition(".")[2] == "atomic" for name in names)


def _changes_later(context: Context, call: cst.Call) -> bool:
    """Whether something that is passed is changed in place between the call and the end of the function: a queue
    writes its arguments down when it is called."""
    function = next(node for node in context.parents(call) if isinstance(node, cst.FunctionDef))
    loop = next((node for node in reversed(list(_inside(context, call))) if isinstance(node, _LOOPS)), None)
    since = context.span(loop)[0] if loop is not None else context.span(call)[1]
    passed = {name.value for arg in call.args for name in _bare_names(arg.value)}
    return any(name in passed and where >= since for name, where in _changed(context, function))


def _inside(context: Context, call: cst.Call) -> Iterator[cst.CSTNode]:
    for node in context.parents(call):
        if isinstance(node, cst.FunctionDef):
            return
        yield node


def _bare_names(value: cst.BaseExpression) -> list[cst.Name]:
    """The names that are passed themselves, in containers or not, rather than something that is made of them."""
    if isinstance(value, cst.Name):
        return [value]
    if isinstance(value, (cst.Tuple, cst.List, cst.Set)):
        return [name for element in value.elements for name in _bare_names(element.value)]
    if isinstance(value, cst.Dict):
        return [name for element in value.elements for name in _bare_names(element.value)]
    return []


def _changed(context: Context, function: cst.FunctionDef) -> Iterator[tuple[str, int]]:
    """The names of what may be changed in place, and where."""
    base = m.SaveMatchedNode(m.Name(), "name")
    method = m.OneOf(*(m.Name(name) for name in _CHANGES))
    patterns = (
        m.Call(func=m.Attribute(value=base, attr=method)),
        m.AssignTarget(target=m.Subscript(value=base)),
        m.AugAssign(target=base | m.Subscript(value=base)),
        m.Del(target=m.Subscript(value=base)),
    )
    for pattern in patterns:
        for node in m.findall(function, pattern):
            found = m.extract(node, pattern)
            name = found["name"] if found else None
            if isinstance(name, cst.Name):
                yield name.value, context.span(node)[0]


def _knows_using(context: Context, call: cst.Call) -> bool:
    """Whether ``using`` is the alias that Django sends to a delete receiver: the transaction to wait for may be that
    of another database than the default one."""
    for node in context.parents(call):
        if isinstance(node, cst.FunctionDef):
            parameters = node.params
            named = (*parameters.params, *parameters.kwonly_params)
            if any(each.name.value == "using" for each in named):
                return parameters.star_kwarg is not None and not _rebinds(node, "using")
    return False


def _rebinds(function: cst.FunctionDef, name: str) -> bool:
    return bool(m.findall(function.body, m.AssignTarget(target=m.Name(name))))


# --- how it is written ----------------------------------------------------------------------------------------------


class _Written:
    """What is handed to ``on_commit``: ``partial`` with the function and its arguments as they are written, or the
    function alone."""

    def __init__(self, partial: str, function: str, arguments: str, each: list[str]) -> None:
        self.partial = partial
        self.function = function
        self.arguments = arguments
        self.each = each

    @property
    def is_spread(self) -> bool:
        """Whether the arguments stand on lines of their own."""
        return "\n" in self.arguments

    @property
    def in_line(self) -> str:
        if not self.partial:
            return self.function
        return f"{self.partial}({self.function}, {self.arguments.strip().removesuffix(',').rstrip()})"

    def spread(self, indent: str) -> str:
        deeper = indent + _one_level(indent)
        lines = "".join(f"{deeper}{each},\n" for each in (self.function, *self.each))
        return f"{self.partial}(\n{lines}{indent})"


def _parts(context: Context, call: cst.Call) -> tuple[str, str]:
    """The function and what stands between the brackets, as written."""
    begin, end = context.span(call)
    inside = context.span(call.whitespace_before_args)[0]
    arguments = context.text[inside : end - 1]
    if "\n" not in arguments.strip() and "#" not in arguments and not arguments.rstrip().endswith(","):
        arguments = arguments.strip()  # on a line of its own only because there was no room for it
    return context.text[begin : inside - 1].rstrip(), arguments


def _on_commit(context: Context, call: cst.Call, on_commit: str, inner: _Written, using: str) -> str:
    begin, end = context.span(call)
    start = context.text.rfind("\n", 0, begin) + 1
    line = context.text[start:begin]
    indent = line[: len(line) - len(line.lstrip())]
    deeper = indent + _one_level(indent)
    if inner.is_spread and inner.partial:
        return _respread(on_commit, inner, using, indent)
    stop = context.text.find("\n", end)
    rest = context.text[end : stop if stop >= 0 else len(context.text)].partition("#")[0].rstrip()
    short = f"{on_commit}({inner.in_line}{using})"
    if len(line) + len(short) + len(rest) <= context.line_limit or "\n" in inner.in_line or line.strip():
        return short
    middle = f"{deeper}{inner.in_line}{using}"
    if len(middle) <= context.line_limit or not inner.partial:
        return f"{on_commit}(\n{middle}\n{indent})"
    lines = f"{deeper}{inner.spread(deeper)}"
    return f"{on_commit}(\n{lines}{_last(using, deeper)}\n{indent})"


def _respread(on_commit: str, inner: _Written, using: str, indent: str) -> str:
    """A call over several lines: they move as a whole, with their comments."""
    one = _one_level(indent)
    deeper, deepest = indent + one, indent + one * 2
    first, _, rest = inner.arguments.partition("\n")
    starts_below = not first.strip() or first.lstrip().startswith("#")
    if not starts_below or re.search(r"\"\"\"|'''|\\\n", inner.arguments):
        # Lines that hang from the bracket, or whose white space is part of a string, stay as they are.
        space = "" if starts_below else " "
        return f"{on_commit}({inner.partial}({inner.function},{space}{inner.arguments}){using})"
    body = rest.rstrip()
    lines = [f"{one}{line}" if line.strip() else line for line in body.split("\n")]
    comment = f"  {first.strip()}" if first.strip() else ""
    return (
        f"{on_commit}(\n{deeper}{inner.partial}({comment}\n{deepest}{inner.function},\n"
        + "\n".join(lines)
        + f"\n{deeper}){_last(using, deeper)}\n{indent})"
    )


def _one_level(indent: str) -> str:
    return "\t" if indent.startswith("\t") else "    "


def _last(using: str, indent: str) -> str:
    return f",\n{indent}{using.removeprefix(', ')}," if using else ""
