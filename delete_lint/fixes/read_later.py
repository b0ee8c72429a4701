"""What an argument that is bound now says later: the same, or what has become of it by then."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from delete_lint.fixes import shapes as m
from delete_lint.fixes.context import Context
from delete_lint.fixes.querysets import QUERYSETS, SLICE, chain, definitions

_INSTANCE = "instance"
#: Builtins that give what is worked out while it is read, or that changes with its object.
_LAZY = m.Call(m.OneOf(*map(m.Name, ("map", "filter", "zip", "iter", "reversed", "enumerate", "vars"))))
_LIVE = m.Attribute(attr=m.Name("__dict__"))


def is_read_later(context: Context, call: cst.Call) -> bool:
    """Whether the call is handed something, or is made of something, that is not the same after the commit: a queryset
    or generator, whose rows are gone then, or the instance that is being deleted, whose key is None."""
    calls = [call, *_calls_before(context, call.func)]
    return any(_reads_later(context, arg.value, frozenset()) for each in calls for arg in each.args)


def _calls_before(context: Context, func: cst.BaseExpression) -> Iterator[cst.Call]:
    """The calls that a function comes from: ``task.s(…)`` of ``task.s(…).delay``, also by way of a local name."""
    made = [func]
    root = chain(func.value if isinstance(func, cst.Attribute) else func).root
    if isinstance(root, cst.Name):
        made += definitions(context, root) or []
    for expression in made:
        yield from (each for each in m.findall(expression, m.Call()) if isinstance(each, cst.Call))


def _reads_later(context: Context, value: cst.BaseExpression, seen: frozenset[str]) -> bool:
    if isinstance(value, cst.Name):
        if value.value in seen:
            return False
        if value.value in _of_the_signal(context, value):
            return True
        known = seen | {value.value}
        return any(_reads_later(context, each, known) for each in definitions(context, value) or ())
    if isinstance(value, (cst.Tuple, cst.List, cst.Set, cst.Dict)):
        return any(_reads_later(context, element.value, seen) for element in value.elements)
    if isinstance(value, cst.IfExp):
        return _reads_later(context, value.body, seen) or _reads_later(context, value.orelse, seen)
    if m.matches(value, m.Lambda() | m.GeneratorExp() | _LAZY | _LIVE):
        return True
    found = chain(value)
    methods = [name for name in found.names if name != SLICE]
    if methods:
        return methods[-1] in QUERYSETS
    return bool(found.steps) and _reads_later(context, found.root, seen)


def _of_the_signal(context: Context, name: cst.Name) -> set[str]:
    """What a receiver is given that holds the instance."""
    function = next((node for node in context.parents(name) if isinstance(node, cst.FunctionDef)), None)
    if function is None:
        return set()
    params = function.params
    if _INSTANCE not in {each.name.value for each in (*params.params, *params.kwonly_params)}:
        return set()
    rest = {params.star_kwarg.name.value} if params.star_kwarg is not None else set()
    return {_INSTANCE, *rest}
