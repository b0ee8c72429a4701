"""Guesses: what a name that nobody can resolve most likely stands for. Whatever rests on one is marked as a guess."""

from __future__ import annotations

from typing import TYPE_CHECKING

from delete_lint.source.declarations import ClassDecl, Module
from delete_lint.source.values import UNKNOWN, ClassValue, Instance, Query, QuerySet, Values, one

if TYPE_CHECKING:
    from delete_lint.source.schema import Schema

#: Variable names that are as often something else than the model whose name they spell.
_AMBIGUOUS = frozenset(
    {"session", "client", "cache", "storage", "file", "response", "request", "connection", "key", "bucket", "blob",
     "index", "queue", "form", "view", "result", "data", "value"}
)  # fmt: skip


class Guesses:
    """Guesses by the names of variables, attributes and roles."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema

    def by_variable_name(self, name: str, module: Module) -> Values:
        """A model whose name a variable spells, when there is just one: a guess."""
        decl = self._named(name, module)
        if decl is None and name.endswith("Model") and name[:1].isupper():
            decl = self._named(name.removesuffix("Model"), module)
        if decl is None:
            return UNKNOWN
        return one(ClassValue(decl) if name[:1].isupper() else Instance(decl, guess=True))

    def by_role(self, name: str, owner: ClassDecl | None) -> Values:
        """``instance``, ``obj``, ``queryset`` in a class that is about one model: rows of that model, as a guess."""
        if owner is None or not self.schema.ready or self.schema.is_model(owner):
            return UNKNOWN
        if name in ("instance", "obj", "object"):
            model = self.schema.subjects.model_behind(owner)
            return one(Instance(model, guess=True)) if model is not None else UNKNOWN
        if name in ("queryset", "qs"):
            model = self.schema.subjects.model_behind(owner)
            return one(QuerySet(model, query=Query(filter="unknown"), guess=True)) if model is not None else UNKNOWN
        return UNKNOWN

    def by_attribute_name(self, name: str, module: Module) -> Values:
        """What an attribute of something unknown leads to: a model that it names, or the only accessor of this name."""
        named = self.by_variable_name(name, module)
        if named or not self.schema.ready:
            return named
        found = self.schema.accessors_named(name, module)
        models = {accessor.model for accessor in found}
        if len(models) != 1:
            return UNKNOWN
        accessor = min(found, key=lambda a: a.through_label or "")
        assert accessor.model is not None
        return self.schema.accessor_values(accessor, Instance(accessor.model, guess=True))

    def _named(self, name: str, module: Module) -> ClassDecl | None:
        if not self.schema.ready or name in _AMBIGUOUS:
            return None
        found = self.schema.models_named(name.strip("_").replace("_", ""), module)
        if len(found) > 1:
            app = self.schema.apps.label_of(module.name)
            found = [decl for decl in found if self.schema.models[decl].app_label == app]
        return found[0] if len(found) == 1 else None
