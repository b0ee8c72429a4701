"""Whether the rows of a loop are those of a queryset that Django deletes as it stands, with the same outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING

from delete_lint.graph.site import FilterKind
from delete_lint.source.declarations import ClassDecl
from delete_lint.source.values import ListOf, Manager, QuerySet, Values, ordered

if TYPE_CHECKING:
    from delete_lint.source.evaluate import Evaluator


def whole(values: Values, evaluator: Evaluator) -> FilterKind | None:
    """What narrows the queryset; None when it may be something else, a slice or a list of values, or when its class
    has a ``delete()`` of its own. Of a list that holds the rows of a queryset nobody knows what narrowed it."""
    found: list[FilterKind] = []
    for value in ordered(values):
        if isinstance(value, ListOf):
            if value.source is None or overrides_delete(
                evaluator.schema.managers.default_manager(value.source), evaluator
            ):
                return None
            found.append("unknown")
        elif not isinstance(value, (QuerySet, Manager)) or value.guess or value.model is None:
            return None
        elif overrides_delete(value, evaluator):
            return None
        elif isinstance(value, Manager):
            found.append("fk" if value.related else "none")
        elif value.query.sliced or value.query.values:
            return None
        else:
            found.append(value.query.filter)
    return "none" if "none" in found else found[0] if found else None


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
