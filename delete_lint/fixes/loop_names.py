"""The names of a loop that is to go: who else looks at them."""

from __future__ import annotations

import libcst as cst
from libcst.metadata import BuiltinAssignment, FunctionScope, Scope

from delete_lint.fixes import shapes as m
from delete_lint.fixes.context import Context
from delete_lint.fixes.querysets import ASKING, Chain, definitions

_Loop = cst.For | cst.While
#: What gives every local variable, this one among them.
_ALL_NAMES = ("locals", "vars", "eval", "exec")


def is_used_around(context: Context, loop: cst.CSTNode, target: cst.Name) -> bool:
    """Whether code outside of the loop may look at the variable that the loop leaves behind."""
    scope = context.tree.scopes.get(target)
    if scope is None or target.value not in scope or _asks_for_all_names(scope):
        return True
    for assignment in scope[target.value]:
        if assignment.scope is not scope:
            return True  # by a `global` or `nonlocal` statement
        for access in assignment.references:
            if not _stands_in(context, access.node, loop) and not _is_apart(context, access.node, loop, target.value):
                return True
    return False


def _is_apart(context: Context, use: cst.CSTNode, loop: cst.CSTNode, name: str) -> bool:
    """Whether a use elsewhere cannot see what the loop leaves: it comes before, or another loop sets the name."""
    for around in context.parents(use):
        if isinstance(around, cst.For) and around is not loop and m.matches(around.target, m.Name(name)):
            return _stands_in(context, use, around.body) and not _stands_in(context, loop, around)
    if context.tree.scopes.get(use) is not context.tree.scopes.get(loop):
        return False  # a function or lambda inside, which may be called later
    return context.span(use)[1] <= context.span(loop)[0] and not _loops_around(context, loop)


def _asks_for_all_names(scope: Scope) -> bool:
    """Whether ``locals()`` or the like stands in the same function."""
    return any(
        access.scope is scope
        for name in _ALL_NAMES
        for assignment in scope[name]
        if isinstance(assignment, BuiltinAssignment)
        for access in assignment.references
    )


def keeps_its_rows(context: Context, found: Chain, loop: cst.CSTNode, is_bare: bool) -> bool:
    """Whether nothing else relies on the rows that the loop leaves in the queryset, and the loop did not run over rows
    that were fetched before. ``is_bare`` when a name is all that is left of the queryset."""
    root = found.root
    if not isinstance(root, cst.Name) or not (is_bare or not found.steps):
        return True
    values = definitions(context, root)
    if values is None:
        return bool(found.steps)
    if any(isinstance(value, cst.Name) or _has_two_names(context, value) for value in values):
        return False
    around = _loops_around(context, loop)
    if around and not all(_stands_in(context, value, around[0]) for value in values):
        return False
    scope = context.tree.scopes[root]
    assert isinstance(scope, FunctionScope)
    uses = {access.node for assignment in scope[root.value] for access in assignment.references} - {root}
    end = context.span(loop)[0]
    return all(context.span(use)[1] <= end and _only_asks(context, use) for use in uses)


def _has_two_names(context: Context, value: cst.BaseExpression) -> bool:
    """``same = books = queryset``."""
    statement = context.parent(value)
    return isinstance(statement, cst.Assign) and len(statement.targets) > 1


def _only_asks(context: Context, use: cst.CSTNode) -> bool:
    around = context.parent(use)
    return isinstance(around, cst.Attribute) and around.value is use and around.attr.value in ASKING


def _loops_around(context: Context, node: cst.CSTNode) -> list[cst.CSTNode]:
    """The loops around in the same function, from the inside out."""
    found: list[cst.CSTNode] = []
    for around in context.parents(node):
        if isinstance(around, (cst.FunctionDef, cst.Lambda, cst.ClassDef)):
            break
        if isinstance(around, _Loop):
            found.append(around)
    return found


def _stands_in(context: Context, node: cst.CSTNode, around: cst.CSTNode) -> bool:
    return node is around or any(parent is around for parent in context.parents(node))
