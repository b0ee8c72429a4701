"""The model that a class is about: views, viewsets, forms, serializers, admins, factories."""

from __future__ import annotations

from typing import TYPE_CHECKING

from delete_lint.source import syntax
from delete_lint.source.arguments import NO_ARGUMENTS
from delete_lint.source.declarations import ClassDecl, FunctionDecl
from delete_lint.source.frame import Frame
from delete_lint.source.values import ClassValue, Function, Instance, ordered

if TYPE_CHECKING:
    from delete_lint.source.schema import Schema


class Subjects:
    """Finds the model behind a class."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        #: Admin classes and the model that only their registration names.
        self.registered: dict[ClassDecl, ClassDecl] = {}
        self._model_behind: dict[ClassDecl, ClassDecl | None] = {}

    def meta_class(self, decl: ClassDecl) -> ClassDecl | None:
        for base in self.schema.project.mro(decl):
            if isinstance(base, ClassDecl):
                for name in ("Meta", "_Meta"):
                    if name in base.classes:
                        return base.classes[name]
        return None

    def register(self, decl: ClassDecl, model: ClassDecl) -> None:
        """Take in what ``admin.site.register(Model, Admin)`` says."""
        self.registered.setdefault(decl, model)
        self._model_behind.pop(decl, None)

    def model_behind(self, decl: ClassDecl) -> ClassDecl | None:
        """The model that a view, viewset, form, serializer, admin or factory class is about."""
        if decl in self._model_behind:
            return self._model_behind[decl]
        self._model_behind[decl] = None
        found = self._model_behind_of(decl)
        self._model_behind[decl] = found
        return found

    def _model_behind_of(self, decl: ClassDecl) -> ClassDecl | None:
        if decl in self.registered:
            return self.registered[decl]
        attributes = self.schema.evaluator.attributes
        for base in self.schema.project.mro(decl):
            if not isinstance(base, ClassDecl) or base.module is None:
                continue
            for name in ("model", "queryset"):
                if base.binds(name):
                    for value in ordered(attributes.class_attribute(base, name)):
                        model = self.schema.evaluator.calls.model_of(value)
                        if model is not None:
                            return model
            meta = base.classes.get("Meta")
            if meta is not None and meta.binds("model"):
                for value in ordered(attributes.class_attribute(meta, "model")):
                    model = self.schema.evaluator.calls.model_of(value)
                    if model is not None:
                        return model
            for arg in base.node.bases:
                if isinstance(arg.value, syntax.Subscript) and arg.keyword is None:
                    model = self._generic_argument(arg.value, base)
                    if model is not None:
                        return model
            for name in ("get_queryset", "get_model", "get_object"):
                if name in base.functions:
                    model = self._returned_model(base.functions[name], decl)
                    if model is not None:
                        return model
            for name in ("form_class", "serializer_class"):
                if base.binds(name):
                    for value in ordered(attributes.class_attribute(base, name)):
                        if isinstance(value, ClassValue) and value.decl is not decl:
                            model = self.model_behind(value.decl)
                            if model is not None:
                                return model
        return None

    def _generic_argument(self, node: syntax.Subscript, decl: ClassDecl) -> ClassDecl | None:
        assert decl.module is not None
        items = node.index.items if isinstance(node.index, syntax.Sequence) else [node.index]
        for item in items:
            for value in ordered(self.schema.evaluator.eval(item, Frame(decl.module))):
                if isinstance(value, ClassValue) and self.schema.is_model(value.decl):
                    return value.decl
        return None

    def _returned_model(self, function: FunctionDecl, decl: ClassDecl) -> ClassDecl | None:
        for value in self.schema.evaluator.invocation.result(Function(function, Instance(decl)), NO_ARGUMENTS):
            model = self.schema.evaluator.calls.model_of(value)
            if model is not None:
                return model
        return None
