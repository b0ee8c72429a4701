"""Which rows of the instance being deleted a queryset stands for: those that point at it by a foreign key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from delete_lint.source import syntax
from delete_lint.source.values import Instance, Key, Manager, QuerySet, Value, Values, ordered
from delete_lint.source.whole import overrides_delete

if TYPE_CHECKING:
    from delete_lint.source.evaluate import Evaluator
    from delete_lint.source.frame import Frame
    from delete_lint.source.schema import Schema
    from delete_lint.source.syntax import Expr

#: Methods of a queryset that leave rows out, or change how they are loaded, and nothing else.
NARROWING = frozenset(
    {"all", "filter", "exclude", "order_by", "select_related", "prefetch_related", "iterator", "only", "defer"}
)
#: How a lookup may name the key itself, beside the row: ``order_id``, ``order__pk``.
_KEYS = ("_id", "__pk", "__id")


def cleared(call: syntax.Call, instances: Values, evaluator: Evaluator, frame: Frame) -> tuple[str, str] | None:
    """Label and key of the rows that a call of ``delete`` removes, if they all hang on the instance:
    ``instance.lines.filter(…).delete()``, ``Line.objects.filter(order=instance).delete()``, ``line.delete()`` in a loop
    over such a queryset. None for anything else.

    It tells by what names stand for, and does not look whether they are given something else on the way.
    """
    rows = call.func.value if isinstance(call.func, syntax.Attribute) else None
    if isinstance(rows, syntax.Name):
        rows = _looped_over(rows.id, frame)
    return _hanging(rows, instances, evaluator, frame) if rows is not None else None


def _hanging(node: Expr, instances: Values, evaluator: Evaluator, frame: Frame) -> tuple[str, str] | None:
    quiet = frame.quiet()
    named: str | None = None
    while isinstance(node, syntax.Call) and isinstance(node.func, syntax.Attribute) and node.func.name in NARROWING:
        if node.func.name == "filter":
            for arg in node.args:
                if arg.keyword is not None and _names(evaluator.eval(arg.value, quiet), instances):
                    named = arg.keyword
        node = node.func.value
    if not isinstance(node, syntax.Attribute):
        return None
    owners = evaluator.eval(node.value, quiet)
    schema = evaluator.schema
    found: set[tuple[str, str] | None] = set()
    if owners and owners <= instances:
        found = {_over(schema, owner, node.name) for owner in owners}
    elif named is not None:
        found = {_by(schema, value, named) for value in ordered(evaluator.eval(node, quiet))}
    return found.pop() if len(found) == 1 else None


def _looped_over(name: str, frame: Frame) -> Expr | None:
    """What the innermost loop runs over, if that is what gives this name its values."""
    loop = frame.around.loops[-1].node if frame.around.loops else None
    if isinstance(loop, syntax.For) and isinstance(loop.target, syntax.Name) and loop.target.id == name:
        return loop.iter
    return None


def _names(values: Values, instances: Values) -> bool:
    return bool(values) and all(v in instances or (isinstance(v, Key) and v.owner in instances) for v in values)


def _over(schema: Schema, owner: Value, name: str) -> tuple[str, str] | None:
    accessor = schema.accessor(owner.decl, name) if isinstance(owner, Instance) else None
    if accessor is None or accessor.kind not in ("rows", "generic") or accessor.field is None:
        return None
    model = schema.models.get(accessor.model) if accessor.model is not None else None
    if model is None or overrides_delete(schema.managers.default_manager(model.decl), schema.evaluator):
        return None
    return model.label, accessor.name if accessor.kind == "generic" else accessor.field.name


def _by(schema: Schema, value: Value, lookup: str) -> tuple[str, str] | None:
    if not isinstance(value, (Manager, QuerySet)) or (isinstance(value, Manager) and value.related is not None):
        return None
    model = schema.models.get(value.model) if value.model is not None else None
    if model is None or overrides_delete(value, schema.evaluator):
        return None
    for name in (lookup, *(lookup.removesuffix(end) for end in _KEYS if lookup.endswith(end))):
        if schema.is_foreign_key(model.decl, name):
            return model.label, name
    return None
