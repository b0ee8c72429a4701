"""The models of a running project: what the registry says of them stands in for reading their classes."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, MutableMapping
from typing import TypeVar

from delete_lint.catalog.models import KnownModel
from delete_lint.source.apps import Apps
from delete_lint.source.declarations import ClassDecl, Module
from delete_lint.source.fields import FieldDecl
from delete_lint.source.installed import InstalledProject
from delete_lint.source.managers import Managers
from delete_lint.source.running import ClassName, RegisteredAccessor, RegisteredModel
from delete_lint.source.schema import Accessor, ModelDecl, Schema
from delete_lint.source.values import External

T = TypeVar("T")

_MANY_ROWS = ("rows", "m2m", "generic")


class RegisteredApps(Apps):
    """App labels and settings as they are in the running project."""

    def __init__(self, project: InstalledProject) -> None:
        super().__init__(project)
        self.running = project.running

    def label_of(self, module: str) -> str:
        return self.running.app_label(module) or module.rpartition(".")[0].rpartition(".")[2] or module

    def setting(self, name: str) -> str | None:
        return self.running.setting(name)


class RegisteredSchema(Schema):
    """All models of the registry. A class is looked for in its file only when somebody asks for it."""

    def __init__(self, project: InstalledProject, apps: RegisteredApps) -> None:
        super().__init__(project, apps)
        self.installed = project
        self.registry = project.running.models
        self.models: MutableMapping[ClassDecl, ModelDecl] = _Models(self)
        self.managers = _Managers(self)
        self.ready = True
        self._found: dict[tuple[ClassDecl, str], Accessor | None] = {}
        self._by_lower_label = {label.lower(): label for label in self.registry}
        self._by_lower_name: dict[str, list[str]] = defaultdict(list)
        self._leading_to_many: dict[str, list[tuple[str, RegisteredAccessor]]] = defaultdict(list)
        self._heirs: dict[ClassName, list[str]] = defaultdict(list)
        for label, model in self.registry.items():
            self._by_lower_name[label.rpartition(".")[2].lower()].append(label)
            for base in model.line:
                self._heirs[base].append(label)
            for accessor in model.accessors.values():
                if accessor.kind in _MANY_ROWS:
                    self._leading_to_many[accessor.name].append((label, accessor))

    def registered(self, decl: ClassDecl) -> list[RegisteredModel]:
        """What the registry says of a class; of an abstract one, what it says of the models that inherit from it."""
        label = self.installed.label_of(decl)
        return [self.registry[label]] if label is not None else [self.registry[heir] for heir in self._heirs_of(decl)]

    def _heirs_of(self, decl: ClassDecl) -> list[str]:
        name = self.installed.registered_name(decl, self._heirs)
        return self._heirs[name] if name is not None else []

    # --- what `Schema` answers ----------------------------------------------------------------------------------

    def is_model(self, decl: ClassDecl) -> bool:
        return self.installed.label_of(decl) is not None or super().is_model(decl)

    def add(self, decl: ClassDecl) -> ModelDecl:
        return self.models[decl]

    def by_label(self, label: str, app_label: str | None = None) -> ClassDecl | None:
        if "." not in label and app_label is not None:
            label = f"{app_label}.{label}"
        found = self._by_lower_label.get(label.lower())
        return self.installed.model_class(found) if found is not None else None

    def field(self, decl: ClassDecl, name: str) -> FieldDecl | None:
        found = _common([model.fields.get(name) for model in self.registered(decl)])
        if found is None:
            return None
        return FieldDecl(
            name=name, kind=found.kind, type=found.type, null=found.null, primary_key=found.primary_key,
            unique=found.unique,
        )  # fmt: skip

    def unique_sets(self, decl: ClassDecl) -> list[frozenset[str]]:
        models = self.registered(decl)
        return list(models[0].unique_sets) if len(models) == 1 else []

    def accessor(self, decl: ClassDecl, name: str) -> Accessor | None:
        if (decl, name) not in self._found:
            found = _common([model.accessors.get(name) for model in self.registered(decl)])
            self._found[decl, name] = self._accessor(found) if found is not None else None
        return self._found[decl, name]

    def _accessor(self, found: RegisteredAccessor) -> Accessor:
        target = self.by_label(found.model) if found.model is not None else None
        through = self.by_label(found.through) if found.through is not None else None
        field = self.field(target, found.field) if target is not None and found.field is not None else None
        return Accessor(found.name, found.kind, target, field, through, found.automatic)

    def concrete_of(self, decl: ClassDecl) -> ClassDecl | None:
        if decl not in self._concrete_of:
            heirs = self._heirs_of(decl)
            bare = re.sub(r"^(Abstract|Base)|(Base|Mixin)$", "", decl.name)
            named = [label for label in heirs if label.rpartition(".")[2] == bare]
            one = heirs if len(heirs) == 1 else named if len(named) == 1 else []
            self._concrete_of[decl] = self.installed.model_class(one[0]) if one else None
        return self._concrete_of[decl]

    def known_bases(self, known: KnownModel) -> list[ClassDecl | External]:
        """All classes of the model's line, each before those that it inherits from."""
        model = self.registry.get(known.label)
        if model is None:
            return super().known_bases(known)
        found = [self.installed.class_named(base) or External(".".join(base)) for base in model.line]
        return [*found, External("django.db.models.Model")]

    def any_module(self, decl: ClassDecl) -> Module:
        return decl.module if decl.module is not None else self.installed.any_module

    # --- what names may stand for -------------------------------------------------------------------------------

    def models_named(self, lower_name: str, module: Module) -> list[ClassDecl]:
        return [
            self.installed.model_class(label)
            for label in self._by_lower_name.get(lower_name, ())
            if self._is_near(label, module)
        ]

    def accessors_named(self, name: str, module: Module) -> Iterable[Accessor]:
        return {
            self._accessor(accessor)
            for label, accessor in self._leading_to_many.get(name, ())
            if module.linted or self._is_near(label, module)
        }

    def _is_near(self, label: str, module: Module) -> bool:
        """Whether a name in this module may mean this model: both are the user's, or both one package's."""
        home = self.registry[label].cls.module
        if module.linted:
            return self.installed.running.is_own(home)
        return home.partition(".")[0] == module.name.partition(".")[0]


def _common(found: list[T | None]) -> T | None:
    """What all of them are."""
    return found[0] if found and all(other == found[0] for other in found) else None


class _Models(MutableMapping[ClassDecl, ModelDecl]):
    """The models of the registry by their classes; each is made when it is asked for."""

    def __init__(self, schema: RegisteredSchema) -> None:
        self.schema = schema
        self._made: dict[ClassDecl, ModelDecl] = {}

    def __getitem__(self, decl: ClassDecl) -> ModelDecl:
        found = self._made.get(decl)
        if found is None:
            label = self.schema.installed.label_of(decl)
            if label is None:
                raise KeyError(decl)
            found = self._made[decl] = self._model(decl, label)
        return found

    def _model(self, decl: ClassDecl, label: str) -> ModelDecl:
        registered = self.schema.registry[label]
        model = ModelDecl(decl, label)
        model.proxy, model.managed = registered.proxy, registered.managed
        if registered.concrete != label:
            model.concrete = self.schema.installed.model_class(registered.concrete)
        return model

    def __setitem__(self, decl: ClassDecl, model: ModelDecl) -> None:
        self._made[decl] = model

    def __delitem__(self, decl: ClassDecl) -> None:
        del self._made[decl]

    def __iter__(self) -> Iterator[ClassDecl]:
        return map(self.schema.installed.model_class, self.schema.registry)

    def __len__(self) -> int:
        return len(self.schema.registry)


class _Managers(Managers):
    def __init__(self, schema: RegisteredSchema) -> None:
        super().__init__(schema)
        self.registered = schema
        self._users: dict[ClassName, list[str]] | None = None

    def model_of_queryset(self, decl: ClassDecl) -> ClassDecl | None:
        if self._users is None:
            self._users = defaultdict(list)
            for label, model in self.registered.registry.items():
                for cls in model.managers:
                    self._users[cls].append(label)
        users = self._users.get(ClassName(decl.module.name if decl.module is not None else "", decl.qualname), [])
        return self.registered.installed.model_class(users[0]) if len(users) == 1 else None
