"""Managers and querysets: which class works with which, and for which model."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from delete_lint.source import syntax
from delete_lint.source.arguments import NO_ARGUMENTS
from delete_lint.source.declarations import ClassDecl, FunctionDecl
from delete_lint.source.frame import Frame
from delete_lint.source.values import ClassValue, Function, Manager, QuerySet, ordered

if TYPE_CHECKING:
    from delete_lint.source.schema import Schema


class Managers:
    """What is known of the project's manager and QuerySet classes."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self._queryset_models: dict[ClassDecl, ClassDecl] | None = None
        self._asked: set[ClassDecl] = set()

    def is_manager(self, decl: ClassDecl) -> bool:
        return any(base.rpartition(".")[2].endswith("Manager") for base in self.schema.project.external_bases(decl))

    def is_queryset(self, decl: ClassDecl) -> bool:
        return any(
            base.rpartition(".")[2].endswith("QuerySet") for base in self.schema.project.external_bases(decl)
        ) and not (self.is_manager(decl))

    def default_manager(self, decl: ClassDecl) -> Manager:
        """The manager class behind related accessors: the model's first one."""
        values = self.schema.evaluator.attributes.get(
            ClassValue(decl), "objects", None, Frame(self.schema.any_module(decl))
        )
        for value in values:
            if isinstance(value, Manager):
                return value
        return Manager(decl)

    def queryset_of_manager(self, decl: ClassDecl) -> ClassDecl | None:
        """The project's QuerySet class that a manager class works with."""
        for base in self.schema.project.mro(decl):
            if isinstance(base, ClassDecl) and base is not decl and self.is_queryset(base):
                return base
        function = self.schema.project.find_method(decl, "get_queryset")
        if function is not None and function.module is not None:
            if decl in self._asked:
                return None
            self._asked.add(decl)
            try:
                for value in self.schema.evaluator.invocation.result(
                    Function(function, Manager(None, decl)), NO_ARGUMENTS
                ):
                    if isinstance(value, QuerySet) and value.decl is not None:
                        return value.decl
            finally:
                self._asked.discard(decl)
        return None

    def queryset_function(self, value: Manager | QuerySet, name: str) -> FunctionDecl | None:
        """A method of the project's own manager or QuerySet class."""
        for decl in (value.decl, value.queryset if isinstance(value, Manager) else None):
            if decl is not None:
                found = self.schema.project.find_method(decl, name)
                if found is not None:
                    return found
        if isinstance(value, Manager) and value.decl is not None and value.queryset is None:
            queryset = self.queryset_of_manager(value.decl)
            if queryset is not None:
                return self.schema.project.find_method(queryset, name)
        return None

    def model_of_queryset(self, decl: ClassDecl) -> ClassDecl | None:
        """The model whose manager is of (or works with) this class, when there is just one such family."""
        if self._queryset_models is None:
            if not self.schema.ready:
                return None
            self._queryset_models = {}
            self._queryset_models = self._find_queryset_models()
        return self._queryset_models.get(decl)

    def _find_queryset_models(self) -> dict[ClassDecl, ClassDecl]:
        users: dict[ClassDecl, list[ClassDecl]] = defaultdict(list)
        for model in self.schema.models.values():
            if model.decl.module is None:
                continue
            for name, assigned in model.decl.attributes.items():
                if name in model.fields or not any(isinstance(a.value, syntax.Call) for a in assigned):
                    continue
                frame = Frame(model.decl.module)
                for value in ordered(self.schema.evaluator.attributes.get(ClassValue(model.decl), name, None, frame)):
                    if isinstance(value, Manager):
                        for used in (value.decl, value.queryset):
                            for base in self.schema.project.mro(used) if used is not None else ():
                                if isinstance(base, ClassDecl) and model.decl not in users[base]:
                                    users[base].append(model.decl)
        return {decl: models[0] for decl, models in users.items() if len(models) == 1}
