"""Whether the rows of a loop are those of a queryset that Django deletes as it stands, with the same outcome."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from delete_lint.graph.site import FilterKind
from delete_lint.source import syntax
from delete_lint.source.arguments import NO_ARGUMENTS
from delete_lint.source.declarations import ClassDecl
from delete_lint.source.frame import Frame
from delete_lint.source.syntax import Expr
from delete_lint.source.values import (
    ClassValue,
    External,
    Function,
    Instance,
    ListOf,
    Manager,
    QuerySet,
    Value,
    Values,
    ordered,
)

if TYPE_CHECKING:
    from delete_lint.source.evaluate import Evaluator


def whole(values: Values, evaluator: Evaluator) -> FilterKind | None:
    """What narrows the queryset; None when it may be something else, a slice or a list of values, or when its class
    has a ``delete()`` of its own. Of a list that holds the rows of a queryset nobody knows what narrowed it."""
    found: list[FilterKind] = []
    for value in ordered(values):
        if isinstance(value, ListOf):
            if value.source is None or _may_override(
                evaluator.schema.managers.default_manager(value.source), evaluator
            ):
                return None
            found.append("unknown")
        elif not isinstance(value, (QuerySet, Manager)) or value.guess or value.model is None:
            return None
        elif _may_override(value, evaluator):
            return None
        elif isinstance(value, Manager):
            found.append("fk" if value.related else "none")
        elif value.query.sliced or value.query.values:
            return None
        else:
            found.append(value.query.filter)
    return "none" if "none" in found else found[0] if found else None


def _may_override(value: QuerySet | Manager, evaluator: Evaluator) -> bool:
    return overrides_delete(value, evaluator) or _is_unread(value, evaluator)


def _is_unread(value: QuerySet | Manager, evaluator: Evaluator) -> bool:
    """Whether the model's manager, or the queryset that it gives, is made of a class that nobody has read."""
    bases = evaluator.project.mro(value.model) if value.model is not None else ()
    owner = next((base for base in bases if isinstance(base, ClassDecl) and base.binds("objects")), None)
    if owner is None or owner.module is None:
        return False
    made_of: list[Value] = []
    frame = Frame(owner.module, owner=owner)
    for assigned in owner.attributes.get("objects", ()):
        for part in _parts(assigned.value) if assigned.value is not None else ():
            made_of += evaluator.eval(part, frame)
    for each in tuple(made_of):
        decl = each.decl if isinstance(each, ClassValue) else None
        function = evaluator.project.find_method(decl, "get_queryset") if decl is not None else None
        if function is not None:
            made_of += evaluator.invocation.result(Function(function, Manager(None, decl)), NO_ARGUMENTS)
    return not all(_is_read(each, evaluator) for each in made_of)


def _parts(node: Expr) -> Iterator[Expr]:
    """The names in the call that makes a manager."""
    if isinstance(node, syntax.Call):
        yield from _parts(node.func)
        for arg in node.args:
            yield from _parts(arg.value)
    elif isinstance(node, syntax.Attribute):
        yield node
        yield from _parts(node.value)
    elif isinstance(node, syntax.Name):
        yield node


def _is_read(value: Value, evaluator: Evaluator) -> bool:
    if isinstance(value, External):
        return _is_known(value.dotted)
    if isinstance(value, (ClassValue, Instance)):
        return all(map(_is_known, evaluator.project.external_bases(value.decl)))
    return True


def overrides_delete(value: QuerySet | Manager, evaluator: Evaluator) -> bool:
    """Whether the queryset's class has a ``delete()`` of its own, or may have: it is one of a package."""
    managers, project = evaluator.schema.managers, evaluator.project
    classes: list[ClassDecl | None] = [value.decl]
    if isinstance(value, Manager):
        classes += [value.queryset, managers.queryset_of_manager(value.decl) if value.decl is not None else None]
    for decl in classes:
        if decl is None:
            continue
        if project.find_method(decl, "delete") or not all(map(_is_known, project.external_bases(decl))):
            return True
    bases = project.mro(value.model) if value.model is not None else ()
    return any(isinstance(base, ClassDecl) and base.known is not None and base.known.queryset_delete for base in bases)


def _is_known(base: str) -> bool:
    return base.partition(".")[0] in ("django", "typing", "builtins", "abc")
