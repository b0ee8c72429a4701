"""A queryset expression taken apart: what it starts from, and what is called on that one after the other.

Names are looked up in the function around them. A name counts as a queryset only if every statement that binds it does
so with one, so that no branch has something else in store.
"""

from __future__ import annotations

from dataclasses import dataclass

import libcst as cst
from libcst.metadata import Assignment, BaseAssignment, FunctionScope, Scope

from delete_lint.fixes import shapes as m
from delete_lint.fixes.context import Context
from delete_lint.graph.place import Place

#: A step that is a slice, not a method.
SLICE = "[:]"
#: Methods that give the same rows, in whatever order and with whatever comes along.
SAME_ROWS = frozenset({"all", "order_by", "reverse", "select_related", "prefetch_related", "only", "defer", "using"})
#: Methods that give some of the rows, and refuse a queryset that was sliced or combined before.
NARROWING = frozenset({"filter", "exclude", "complex_filter"})
#: All methods of Django's own that give a queryset.
QUERYSETS = (
    SAME_ROWS
    | NARROWING
    | {"annotate", "alias", "distinct", "extra", "none", "select_for_update", "values", "values_list", "dates"}
    | {"datetimes", "union", "intersection", "difference"}
)
#: What can be asked of a queryset without its rows being kept in it.
ASKING = QUERYSETS | {"aggregate", "count", "exists", "get", "iterator", "model", "db", "first", "last", "explain"}

_MANAGERS = frozenset({"objects", "_default_manager", "_base_manager"})
_FIRST_REFUSED = NARROWING | {"order_by", "reverse"}  # after a slice


@dataclass(frozen=True, slots=True)
class Step:
    """A method that is called, or a slice."""

    name: str
    node: cst.Call | cst.Subscript

    @property
    def args(self) -> tuple[cst.Arg, ...]:
        return tuple(self.node.args) if isinstance(self.node, cst.Call) else ()


@dataclass(frozen=True, slots=True)
class Chain:
    """``root.first().second()[:n]``; ``node`` is the whole expression."""

    node: cst.BaseExpression
    root: cst.BaseExpression
    steps: tuple[Step, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(step.name for step in self.steps)

    @property
    def from_manager(self) -> bool:
        """Whether the root is a manager by its name: ``Model.objects``."""
        return isinstance(self.root, cst.Attribute) and self.root.attr.value in _MANAGERS


def chain(node: cst.BaseExpression) -> Chain:
    """Takes an expression apart. What is no method call and no slice is the root."""
    steps: list[Step] = []
    current = node
    while True:
        if isinstance(current, cst.Call) and isinstance(current.func, cst.Attribute):
            steps.append(Step(current.func.attr.value, current))
            current = current.func.value
        elif isinstance(current, cst.Subscript) and m.matches(
            current, m.Subscript(slice=[m.SubscriptElement(m.Slice(step=None))])
        ):
            steps.append(Step(SLICE, current))
            current = current.value
        else:
            return Chain(node, current, tuple(reversed(steps)))


def method_call(context: Context, place: Place) -> tuple[cst.Call, cst.Attribute] | None:
    """The call of a method whose name stands at a place, and what is called."""
    for node in context.nodes_at(place):
        around = context.parent(node)
        if isinstance(around, cst.Attribute) and around.attr is node:
            call = context.parent(around)
            return (call, around) if isinstance(call, cst.Call) and call.func is around else None
    return None


def before_dot(context: Context, method: cst.Attribute) -> tuple[int, str]:
    """Where a method can be put in before this one, and the new line that has to follow it where each method stands on
    a line of its own."""
    dot = context.text.rindex(".", 0, context.span(method.attr)[0])
    line = context.text.rfind("\n", 0, dot) + 1
    before = context.text[line:dot]
    return dot, f"\n{before}" if not before.strip() else ""


def rejects_slices(names: tuple[str, ...]) -> bool:
    """Whether one of these methods would have raised, had it been called on a slice."""
    return not _FIRST_REFUSED.isdisjoint(names)


def quoted(names: tuple[str, ...], like: str) -> str:
    """The names as strings, in the quotes of the code around."""
    quote = "'" if "'" in like and '"' not in like else '"'
    return ", ".join(f"{quote}{name}{quote}" for name in names)


# --- names --------------------------------------------------------------------------------------------------------


def function_scope(context: Context, node: cst.CSTNode) -> FunctionScope | None:
    """The scope of the function around, None at module and class level."""
    scope: Scope | None = context.tree.scopes.get(node)
    return scope if isinstance(scope, FunctionScope) else None


def definitions(context: Context, name: cst.Name) -> list[cst.BaseExpression] | None:
    """What a local name is assigned: every expression, or None where something else binds it as well."""
    scope = function_scope(context, name)
    if scope is None or name.value not in scope or _shared(scope, name.value):
        return None
    found: list[cst.BaseExpression] = []
    for assignment in scope[name.value]:
        value = _assigned(context, assignment) if assignment.scope is scope else None
        if value is None:
            return None
        found.append(value)
    return found or None


def _shared(scope: FunctionScope, name: str) -> bool:
    """Whether a ``global`` or ``nonlocal`` statement makes another scope bind the name."""
    return any(assignment.scope is not scope for assignment in scope[name])


def _assigned(context: Context, assignment: BaseAssignment) -> cst.BaseExpression | None:
    if not isinstance(assignment, Assignment):
        return None
    target = assignment.node
    around = context.parent(target)
    if isinstance(around, cst.AnnAssign) and around.target is target:
        return around.value
    statement = context.parent(around) if isinstance(around, cst.AssignTarget) else None
    return statement.value if isinstance(statement, cst.Assign) else None


def other_uses(context: Context, name: cst.Name) -> list[cst.CSTNode]:
    """Every place where the value of a local name is used, that name itself aside."""
    scope = function_scope(context, name)
    if scope is None or name.value not in scope:
        return []
    uses = {access.node for assignment in scope[name.value] for access in assignment.references}
    return [node for node in uses if node is not name]


def is_queryset(context: Context, node: cst.BaseExpression) -> bool:
    """Whether the expression is a queryset whatever happens, if it is one at all in some case."""
    todo = [node]
    seen: set[str] = set()
    while todo:
        found = chain(todo.pop())
        if found.steps:
            if found.names[-1] not in QUERYSETS:
                return False
        elif not isinstance(found.root, cst.Name):
            return False
        elif found.root.value not in seen:
            seen.add(found.root.value)
            values = definitions(context, found.root)
            if values is not None:
                todo += values
            elif not _annotated(context, found.root):
                return False
    return True


def _annotated(context: Context, name: cst.Name) -> bool:
    """Whether a parameter is declared to be a queryset, and nothing else binds the name."""
    scope = function_scope(context, name)
    assignments = list(scope[name.value]) if scope is not None and name.value in scope else []
    if len(assignments) != 1 or not isinstance(assignments[0], Assignment) or assignments[0].scope is not scope:
        return False
    param = assignments[0].node
    if not isinstance(param, cst.Param) or param.annotation is None or param.star in ("*", "**"):
        return False
    annotation = param.annotation.annotation
    if isinstance(annotation, cst.SimpleString):
        return annotation.raw_value.partition("[")[0].endswith("QuerySet") and "|" not in annotation.raw_value
    if isinstance(annotation, cst.Subscript):
        annotation = annotation.value
    called = annotation.attr if isinstance(annotation, cst.Attribute) else annotation
    return isinstance(called, cst.Name) and called.value.endswith("QuerySet")
