"""A loop that does nothing but delete becomes one delete of the queryset that it runs over.

Unsafe, because one transaction takes the place of many, all `pre_delete` receivers run before the first
`post_delete`, and a protected row keeps all the others.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import libcst as cst

from delete_lint.findings import Edit
from delete_lint.fixes import shapes as m
from delete_lint.fixes.context import Context
from delete_lint.fixes.granted import Granted
from delete_lint.fixes.loop_names import is_used_around, keeps_its_rows
from delete_lint.fixes.querysets import (
    NARROWING,
    QUERYSETS,
    SAME_ROWS,
    Chain,
    chain,
    definitions,
    method_call,
    quoted,
    rejects_slices,
)
from delete_lint.remedies import DeleteAsQueryset

#: What makes no difference to which rows are deleted, and what Django's delete has no use for or refuses.
_DROPPED = frozenset({"order_by", "reverse", "select_related", "prefetch_related", "iterator", "aiterator"})
_KEPT = (SAME_ROWS | NARROWING | {"none"}) - _DROPPED
#: Further down, where the chain cannot be changed.
_BEHIND = SAME_ROWS | NARROWING | {"none"}
#: Words by which people say why they do not delete the queryset.
_ABOUT_LOOPS = re.compile(
    r"\b(iterat|loop|individual|separate|overr[io]d|signal|bulk|each\b|one by one|one at a time|one after the other)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Loop:
    """``statement`` is what goes away; ``over`` is what the loop runs over."""

    statement: cst.For | cst.Expr
    target: cst.Name
    over: cst.BaseExpression
    own_scope: bool = False


def fix(remedy: DeleteAsQueryset, context: Context) -> Granted | None:
    found = method_call(context, remedy.delete)
    if found is None or found[0].args:
        return None
    call, method = found
    loop = _loop(context, call, method)
    if loop is None or (not loop.own_scope and is_used_around(context, loop.statement, loop.target)):
        return None
    over = _rows(loop.over)
    queryset = chain(over)
    text = _kept(context, queryset, remedy.fields)
    if text is None or not _whole(context, queryset):
        return None
    if not keeps_its_rows(context, queryset, loop.statement, is_bare=text == context.code(queryset.root)):
        return None
    name = method.attr.value
    written = _written(context, over, text, name)
    wait = "await " if name == "adelete" else ""
    begin, end = context.span(loop.statement)
    if _is_on_purpose(context, begin, end):
        return None
    kept = context.span(over)
    indent = _indent(context.text, begin)
    above = "".join(f"{comment}\n{indent}" for at, comment in _comments(context, begin, end) if not _in(at, kept))
    edits = [Edit(begin, end, f"{above}{wait}{written}"), *_dedented(context, end, indent)]
    return Granted("delete the queryset in place of each object", "unsafe", tuple(edits))


# --- the loop -----------------------------------------------------------------------------------------------------


def _loop(context: Context, call: cst.Call, method: cst.Attribute) -> _Loop | None:
    """The loop whose only work is this call on its variable."""
    target = method.value
    work = context.parent(call)
    is_async = method.attr.value == "adelete"
    if isinstance(work, cst.Await) != is_async or not isinstance(target, cst.Name):
        return None
    if isinstance(work, cst.Await):
        work = context.parent(work)
    found = _comprehension(context, work) if isinstance(work, cst.ListComp) else _statement(context, work)
    if found is None or not m.matches(found.target, m.Name(target.value)):
        return None
    return found


def _statement(context: Context, work: cst.CSTNode | None) -> _Loop | None:
    line = context.parent(work) if isinstance(work, cst.Expr) else None
    body = context.parent(line) if isinstance(line, cst.SimpleStatementLine) else line
    loop = context.parent(body) if body is not None else None
    if not isinstance(loop, cst.For) or loop.orelse is not None or loop.body is not body:
        return None
    if isinstance(line, cst.SimpleStatementLine) and len(line.body) != 1:
        return None
    if not isinstance(body, (cst.IndentedBlock, cst.SimpleStatementSuite)) or len(body.body) != 1:
        return None
    if loop.asynchronous is not None and not m.findall(body, m.Await()):
        return None
    return _Loop(loop, loop.target, loop.iter) if isinstance(loop.target, cst.Name) else None


def _comprehension(context: Context, made: cst.ListComp) -> _Loop | None:
    statement = context.parent(made)
    each = made.for_in
    if not isinstance(statement, cst.Expr) or each.ifs or each.inner_for_in is not None:
        return None
    return _Loop(statement, each.target, each.iter, own_scope=True) if isinstance(each.target, cst.Name) else None


# --- the queryset -------------------------------------------------------------------------------------------------


def _rows(over: cst.BaseExpression) -> cst.BaseExpression:
    """The queryset in ``list(queryset)``."""
    while m.matches(over, m.Call(m.Name("list") | m.Name("tuple"), args=[m.Arg(keyword=None, star="")])):
        over = cst.ensure_type(over, cst.Call).args[0].value
    return over


def _whole(context: Context, found: Chain, after: tuple[str, ...] = (), seen: frozenset[str] = frozenset()) -> bool:
    """Whether the queryset is one that Django deletes: narrowed by conditions only, wherever it comes from. ``after``
    are the methods that are called on it later."""
    names = (*found.names, *after)
    allowed = _BEHIND if seen else _BEHIND | _DROPPED | {"distinct"}
    for position, step in enumerate(found.steps):
        if step.name == "distinct" and step.args:
            return False  # one row of each kind
        # What a method of the project's own gives shows in what can be done with it.
        if step.name not in allowed and (step.name in QUERYSETS or not rejects_slices(names[position + 1 :])):
            return False
    root = found.root
    if isinstance(root, cst.Name):
        if root.value in seen:
            return True
        values = definitions(context, root)
        if values is not None:
            known = seen | {root.value}
            return all(_whole(context, chain(value), names, known) for value in values)
    elif isinstance(root, cst.Attribute) and found.steps:
        return True
    return rejects_slices(names)


def _kept(context: Context, found: Chain, fields: tuple[str, ...]) -> str | None:
    """The queryset as it is to be deleted, None where what is left out cannot be."""
    nodes = [found.root, *(step.node for step in found.steps)]
    if any(node.lpar for node in nodes[:-1]):
        return None
    pieces = [context.code(found.root)]
    for before, step in zip(nodes, found.steps, strict=False):
        piece = context.text[context.span(before)[1] : context.span(step.node)[1]]
        if step.name not in _DROPPED | {"distinct"}:
            pieces.append(piece)
        elif "#" in piece or ":=" in piece:
            return None
    if fields and not {"only", "defer"}.intersection(found.names):
        pieces.append(f".only({quoted(fields, context.code(found.node))})")
    if len(pieces) == 1 and found.steps and not isinstance(found.root, cst.Name):
        pieces.append(".all()")  # a manager has no delete()
    return "".join(pieces)


def _written(context: Context, over: cst.BaseExpression, text: str, name: str) -> str:
    """The delete of a queryset, in the brackets that stood around it where it goes over several lines."""
    begin, end = context.span(over)
    if not over.lpar or "\n" not in text:
        return f"{text}.{name}()"
    last = text.rfind("\n")
    before = text[last + 1 :][: len(text[last + 1 :]) - len(text[last + 1 :].lstrip())]
    line = f"\n{before}" if text[last + 1 :].lstrip().startswith(".") else ""
    opening = context.text.rindex("(", 0, begin)
    closing = context.text.index(")", end) + 1
    return f"{context.text[opening:begin]}{text}{line}.{name}(){context.text[end:closing]}"


# --- the text around ----------------------------------------------------------------------------------------------


def _indent(text: str, begin: int) -> str:
    line = text[text.rfind("\n", 0, begin) + 1 : begin]
    return line[: len(line) - len(line.lstrip())]


def _is_on_purpose(context: Context, begin: int, end: int) -> bool:
    """Whether a comment in the loop or right above it speaks of its being a loop."""
    above = context.text.rfind("\n", 0, begin)
    while above > 0:
        line = context.text.rfind("\n", 0, above)
        if not context.text[line + 1 : above].lstrip().startswith("#"):
            break
        above = line
    return any(_ABOUT_LOOPS.search(comment) for _, comment in _comments(context, max(above, 0), end))


def _comments(context: Context, begin: int, end: int) -> list[tuple[int, str]]:
    return [
        (at, comment)
        for line, column, comment in context.source.comments
        if begin <= (at := context.offset(line, column)) < end
    ]


def _in(offset: int, span: tuple[int, int]) -> bool:
    return span[0] <= offset < span[1]


def _dedented(context: Context, end: int, indent: str) -> list[Edit]:
    """Comments below the delete that belong to the body of the loop go out with it."""
    edits: list[Edit] = []
    begin = context.text.find("\n", end) + 1
    while begin > 0:
        stop = context.text.find("\n", begin)
        line = context.text[begin : stop if stop >= 0 else len(context.text)]
        code = line.lstrip()
        width = len(line) - len(code)
        if code and (not code.startswith("#") or width <= len(indent)):
            break
        if code:
            edits.append(Edit(begin, begin + width, indent))
        begin = stop + 1
    return edits
