"""``_raw_delete`` on the keys of exactly the rows that its queryset stands for.

The keys are taken as a list, because MySQL and MariaDB refuse a ``LIMIT`` in an ``IN`` subquery. They are asked for
in the database that the rows are deleted from. Unsafe, because fewer rows are deleted than before; a ``distinct()``
that makes no difference to the rows is just left out.
"""

from __future__ import annotations

import libcst as cst

from delete_lint.fixes import shapes as m
from delete_lint.fixes.context import Context
from delete_lint.fixes.granted import Granted
from delete_lint.fixes.querysets import (
    NARROWING,
    QUERYSETS,
    SAME_ROWS,
    SLICE,
    Chain,
    Step,
    chain,
    definitions,
    method_call,
    quoted,
)
from delete_lint.remedies import DeleteByKeys

_VALUES = frozenset({"values", "values_list"})
_LONG_LINE = 88
_PLAIN = SAME_ROWS | NARROWING
_IS_FLAT = m.Arg(value=m.Name("True"), keyword=m.Name("flat"))
_MODEL = m.Call(m.Name("get_user_model"), args=[]) | m.Call(m.Attribute(attr=m.Name("get_model")))


def fix(remedy: DeleteByKeys, context: Context) -> Granted | None:
    found = method_call(context, remedy.delete)
    if found is None or any(node.lpar for node in _inner(found[1].value)):
        return None
    call, method = found
    shown = chain(method.value)
    links = _links(context, shown)
    steps = [step for link in links for step in link.steps]
    if any(step.name in ("union", "intersection", "difference") for step in steps):
        return None
    using = call.args[0].value if len(call.args) == 1 and not call.args[0].star else None
    if using is None or not _may_be_repeated(using):
        return None
    if any(step.name == SLICE or _one_of_each(step) for step in steps):
        return _by_keys(context, call, shown, links[-1], using, steps, remedy.key)
    return _without_noise(context, call, method, shown, remedy.key)


def _links(context: Context, shown: Chain) -> list[Chain]:
    """The queryset, and what the local names stand for behind which it still goes on with a slice or the like."""
    links = [shown]
    while isinstance(root := links[-1].root, cst.Name) and len(links) < 9:
        values = definitions(context, root)
        if values is None or len(values) != 1 or _is_plain(context, root):
            break
        links.append(chain(values[0]))
    return links


def _is_plain(context: Context, name: cst.Name, seen: frozenset[str] = frozenset()) -> bool:
    """Whether a local name stands for a queryset that can be filtered further, in every case."""
    if name.value in seen:
        return True
    values = definitions(context, name)
    if values is None:
        return False
    found = [chain(value) for value in values]
    return all(
        each.steps
        and _PLAIN.issuperset(each.names)
        and (not isinstance(each.root, cst.Name) or _is_plain(context, each.root, seen | {name.value}))
        for each in found
    )


# --- by keys ------------------------------------------------------------------------------------------------------


def _by_keys(
    context: Context,
    call: cst.Call,
    shown: Chain,
    last: Chain,
    using: cst.BaseExpression,
    steps: list[Step],
    key: str,
) -> Granted | None:
    if not _is_root(context, last):
        return None
    values = [step for step in steps if step.name in _VALUES]
    if not all(_are_keys(step, key) for step in values):
        return None
    if values and any(step.name in ("annotate", "alias", "distinct") for step in steps):
        return None
    has_keys = bool(values) and any(m.matches(arg, _IS_FLAT) for arg in values[-1].args)
    keys = _keys(context, shown, "" if _reads_there(context, using, steps, shown) else context.code(using), has_keys)
    written = _written(context, call, context.code(last.root), keys, context.code(using))
    return Granted("delete exactly these rows, by their keys", "unsafe", (context.replace(call, written),))


def _written(context: Context, call: cst.Call, root: str, keys: str, using: str) -> str:
    """The delete, over three lines where one would be long."""
    line = context.text[context.text.rfind("\n", 0, context.span(call)[0]) + 1 : context.span(call)[0]]
    one_line = f"{root}.filter(pk__in=list({keys}))._raw_delete({using})"
    if len(line + one_line) <= _LONG_LINE or "\n" in one_line:
        return one_line
    indent = line[: len(line) - len(line.lstrip())]
    return f"{root}.filter(\n{indent}    pk__in=list({keys})\n{indent})._raw_delete({using})"


def _is_root(context: Context, last: Chain) -> bool:
    """Whether what the chain starts from can be written again and be filtered."""
    if not _may_be_repeated(last.root):
        return False
    if isinstance(last.root, cst.Name):
        first = last.steps[0].name if last.steps else ""
        return first in (QUERYSETS | {SLICE}) - _VALUES and (
            definitions(context, last.root) is None or _is_plain(context, last.root)
        )
    return last.from_manager or (bool(last.steps) and last.steps[0].name in QUERYSETS)


def _keys(context: Context, shown: Chain, using: str, has_keys: bool) -> str:
    """The queryset of the keys, in which a slice stays the last."""
    node = shown.node
    tail = ""
    if isinstance(node, cst.Subscript):
        end = context.span(node.value)[1]
        tail = context.text[end : context.span(node)[1]]
        node = node.value
    keys = "" if has_keys else f".values_list({quoted(('pk',), context.code(node))}, flat=True)"
    return f"{context.code(node)}{f'.using({using})' if using else ''}{keys}{tail}"


def _reads_there(context: Context, using: cst.BaseExpression, steps: list[Step], shown: Chain) -> bool:
    """Whether the queryset already asks the database that the rows are deleted from."""
    if any(step.name == "using" for step in steps):
        return True
    return (
        m.matches(using, m.Attribute(attr=m.Name("db")))
        and isinstance(shown.root, cst.Name)
        and m.matches(using, m.Attribute(value=m.Name(shown.root.value)))
    )


# --- what makes no difference -------------------------------------------------------------------------------------


def _without_noise(context: Context, call: cst.Call, method: cst.Attribute, shown: Chain, key: str) -> Granted | None:
    """The same without `distinct()` and `values("pk")`, which change nothing about the rows."""
    noise = [step for step in shown.steps if _is_noise(step, key)]
    others = [step for step in shown.steps if not _is_noise(step, key)]
    if not noise or not all(step.name in _PLAIN for step in others):
        return None
    if isinstance(shown.root, cst.Name) and definitions(context, shown.root) and not _is_plain(context, shown.root):
        return None
    text = context.text
    pieces = [context.code(shown.root)]
    before: cst.BaseExpression = shown.root
    for step in shown.steps:
        piece = text[context.span(before)[1] : context.span(step.node)[1]]
        if step not in noise:
            pieces.append(piece)
        elif "#" in piece:
            return None
        before = step.node
    if not others and not isinstance(shown.root, cst.Name):
        pieces.append(".all()")  # a manager has no _raw_delete()
    edit = context.replace(method.value, "".join(pieces))
    return Granted("leave out what makes no difference to the rows", "safe", (edit,))


def _is_noise(step: Step, key: str) -> bool:
    return (step.name == "distinct" and not step.args) or (step.name in _VALUES and _are_keys(step, key))


def _are_keys(step: Step, key: str) -> bool:
    """Whether ``values`` or ``values_list`` gives the keys themselves. What is asked for besides them may repeat a row,
    or stand for many."""
    named = [arg.value for arg in step.args if arg.keyword is None and not arg.star]
    others = [arg.keyword.value for arg in step.args if arg.keyword is not None]
    return (
        len(named) == 1
        and len(named) + len(others) == len(step.args)
        and others in ([], ["flat"])
        and isinstance(named[0], cst.SimpleString)
        and named[0].evaluated_value in ("pk", key)
    )


def _one_of_each(step: Step) -> bool:
    return step.name == "distinct" and bool(step.args)


# --- expressions --------------------------------------------------------------------------------------------------


def _inner(node: cst.BaseExpression) -> list[cst.BaseExpression]:
    """What a chain is built upon, from the inside out, without itself."""
    found = chain(node)
    return [found.root, *(step.node for step in found.steps)][:-1]


def _may_be_repeated(node: cst.BaseExpression) -> bool:
    """Whether an expression can be written twice: names, attributes of them, strings, and calls that give a class."""
    while isinstance(node, cst.Attribute):
        node = node.value
    return isinstance(node, (cst.Name, cst.SimpleString)) or m.matches(node, _MODEL)
