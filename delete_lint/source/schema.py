"""The models of the project as source: fields, relations, accessors, managers."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, MutableMapping
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from delete_lint.catalog.models import KnownModel, known_by_label
from delete_lint.source.apps import Apps
from delete_lint.source.declarations import ClassDecl, Module
from delete_lint.source.fields import FieldDecl, Fields
from delete_lint.source.guesses import Guesses
from delete_lint.source.managers import Managers
from delete_lint.source.meta_options import MetaOptions
from delete_lint.source.project import Project
from delete_lint.source.subjects import Subjects
from delete_lint.source.values import (
    UNKNOWN,
    AnyInstance,
    ClassValue,
    External,
    FieldFile,
    Instance,
    Through,
    Values,
    one,
)

if TYPE_CHECKING:
    from delete_lint.source.evaluate import Evaluator

#: Class names of packages in whose modules called ``models`` everything but Django models lives.
_NOT_DJANGO = (
    "pydantic",
    "torch",
    "keras",
    "tensorflow",
    "transformers",
    "openai",
    "stripe",
    "sqlalchemy",
    "django.db",
)
#: ``attrs["Meta"].proxy = True``, ``class Meta: proxy = True``, ``{"proxy": True}``.
_MAKES_PROXY = re.compile(r"\bproxy\b[\"']?\s*[:=]\s*True\b")
_NOT_A_MODEL = re.compile(
    r"(Manager|QuerySet|Queryset|Field|Form|FormSet|Serializer|Admin|Choices|Enum|Error|Exception)$"
)
_MODEL = ("django.db.models.Model", "django.db.models.base.Model", "django.contrib.gis.db.models.Model")


class Accessor(Struct, frozen=True):
    """A name on an instance that leads to other rows (or to a file): which model, one row or many, through what.

    ``kind``: "row" (forward key), "reverse_row" (reverse one-to-one), "rows" (reverse key), "m2m", "generic",
    "generic_row" (``GenericForeignKey``), "file".
    """

    name: str
    kind: str
    model: ClassDecl | None
    field: FieldDecl | None
    through: ClassDecl | None = None
    through_label: str | None = None


class ModelDecl:
    """A model of the project or a known one, with what its ``Meta`` says."""

    def __init__(self, decl: ClassDecl, label: str) -> None:
        self.decl = decl
        self.label = label
        self.abstract = False
        self.proxy = False
        self.managed = True
        self.swappable: str | None = None
        self.base_manager_name: str | None = None
        self.base_manager_place: tuple[int, int] | None = None
        self.meta: ClassDecl | None = None
        self.parents: list[ClassDecl] = []  # concrete models, nearest first
        self.concrete: ClassDecl = decl
        self.fields: dict[str, FieldDecl] = {}
        self.default_related_name: str | None = None
        self.unique_sets: list[frozenset[str]] = []

    @property
    def app_label(self) -> str:
        return self.label.partition(".")[0]


class Schema:
    """All models, by class and by label."""

    def __init__(self, project: Project, apps: Apps) -> None:
        self.project = project
        self.apps = apps
        self.evaluator: Evaluator
        self.meta_options: MetaOptions
        self.models: MutableMapping[ClassDecl, ModelDecl] = {}
        self.ready = False
        self.managers = Managers(self)
        self.guesses = Guesses(self)
        self.subjects = Subjects(self)
        self._is_model: dict[ClassDecl, bool] = {}
        self._labels: dict[str, ClassDecl] = {}
        self._lower: dict[str, list[ClassDecl]] = {}
        self._names: dict[str, list[ClassDecl]] = defaultdict(list)
        self._accessors: dict[ClassDecl, dict[str, Accessor]] = defaultdict(dict)
        self._accessors_by_name: dict[str, set[Accessor]] | None = None
        self._concrete_of: dict[ClassDecl, ClassDecl | None] = {}

    # --- building -----------------------------------------------------------------------------------------------

    def build(self, classes: Iterator[ClassDecl]) -> None:
        """Take in the model classes, then their fields, then the accessors that these make on both ends."""
        for decl in classes:
            if self.is_model(decl):
                self.add(decl)
        self.evaluator.forget()
        fields = Fields(self.evaluator)
        for model in list(self.models.values()):
            fields.fill(model)
        self._add_known_targets(fields)
        for model in list(self.models.values()):
            self._add_accessors(model)
        self.ready = True
        self.evaluator.forget()

    def add(self, decl: ClassDecl) -> ModelDecl:
        """Take in one model class; a label that is taken keeps the model it had."""
        found = self.models.get(decl)
        if found is not None:
            return found
        # A loop where there would be a recursion as deep as the longest line of ancestors.
        below = [(self._begun(decl), iter(self._bases(decl)))]
        while below:
            model, bases = below[-1]
            base = next((base for base in bases if base not in self.models), None)
            if base is not None:
                below.append((self._begun(base), iter(self._bases(base))))
                continue
            self._find_parents(model)
            below.pop()
        return self.models[decl]

    def _begun(self, decl: ClassDecl) -> ModelDecl:
        """A model whose parents are not known yet."""
        model = self.models[decl] = ModelDecl(decl, self._label(decl))
        self.meta_options.read(model)
        if not model.abstract:
            self._labels.setdefault(model.label.lower(), decl)
        self._names[decl.name].append(decl)
        return model

    def _bases(self, decl: ClassDecl) -> list[ClassDecl]:
        """The models that one inherits from, however indirectly."""
        return [base for base in self.project.mro(decl)[1:] if isinstance(base, ClassDecl) and self.is_model(base)]

    def _find_parents(self, model: ModelDecl) -> None:
        above: set[ClassDecl | External] = set()
        for base in self._bases(model.decl):
            if base not in above and not self.models[base].abstract:
                model.parents.append(base)
                above.update(self.project.mro(base))
        if model.parents and not model.proxy:
            model.proxy = self._is_made_a_proxy(model.decl)
        if model.proxy and model.parents:
            model.concrete = self.models[model.parents[0]].concrete
            model.parents = []

    def _is_made_a_proxy(self, decl: ClassDecl) -> bool:
        """Whether the project's own metaclass makes proxies of the classes that inherit from a concrete model."""
        metaclass = self.evaluator.metaclass(decl)
        if metaclass is None:
            return False
        makers = (self.project.find_method(metaclass, name) for name in ("__new__", "__init__"))
        blocks = [(made.module.file, made.block) for made in makers if made is not None and made.block is not None]
        return any(file.holds(_MAKES_PROXY, block.start - 1, block.end) for file, block in blocks)

    def _add_known_targets(self, fields: Fields) -> None:
        """Known models that the project's keys point at (and theirs) belong to the graph."""
        todo = [model for model in self.models.values() if model.decl.known is not None]
        seen = {model.decl for model in todo}
        while True:
            new = [
                field.target
                for model in list(self.models.values())
                for field in model.fields.values()
                if field.target is not None and field.target not in self.models
            ]
            for decl in new:
                if decl not in self.models:
                    fields.fill(self.add(decl))
                    seen.add(decl)
            if not new:
                return

    def _label(self, decl: ClassDecl) -> str:
        if decl.known is not None:
            return decl.known.label
        assert decl.module is not None
        app = self.meta_options.own(decl, "app_label")
        return f"{app or self.apps.label_of(decl.module.name)}.{decl.name}"

    def known_bases(self, known: KnownModel) -> list[ClassDecl | External]:
        found: list[ClassDecl | External] = []
        for base in known.bases:
            for value in self.project.external(base):
                if isinstance(value, ClassValue):
                    found.append(value.decl)
                elif isinstance(value, External):
                    found.append(value)
        return found or [External("django.db.models.Model")]

    # --- accessors ----------------------------------------------------------------------------------------------

    def _add_accessors(self, model: ModelDecl) -> None:
        """Names that the fields of a model put on its own instances, and on those of the models they point at."""
        for name, field in model.fields.items():
            through_label = f"{model.label}.{name}" if field.kind == "m2m" and field.through is None else None
            if field.kind in ("fk", "o2o"):
                self._accessors[model.decl][name] = Accessor(name, "row", field.target, field)
            elif field.kind == "m2m":
                self._accessors[model.decl][name] = Accessor(
                    name, "m2m", field.target, field, field.through, through_label
                )
            elif field.kind == "generic_relation":
                self._accessors[model.decl][name] = Accessor(name, "generic", field.target, field)
            elif field.kind == "generic_fk":
                self._accessors[model.decl][name] = Accessor(name, "generic_row", None, field)
            elif field.kind == "file":
                self._accessors[model.decl][name] = Accessor(name, "file", None, field)
            if field.target is None or model.abstract or field.kind not in ("fk", "o2o", "m2m"):
                continue
            reverse = self._reverse_name(model, field)
            if reverse is None:
                continue
            kind = {"fk": "rows", "o2o": "reverse_row", "m2m": "m2m"}[field.kind]
            accessor = Accessor(reverse, kind, model.decl, field, field.through, through_label)
            self._accessors[field.target].setdefault(reverse, accessor)

    def _reverse_name(self, model: ModelDecl, field: FieldDecl) -> str | None:
        """The name of the reverse accessor; None for ``related_name="+"`` and for inherited fields (once is enough)."""
        related = field.related_name or model.default_related_name
        if related is None:
            lower = model.decl.name.lower()
            return lower if field.kind == "o2o" else f"{lower}_set"
        if related.endswith("+"):
            return None
        try:
            return related % {
                "class": model.decl.name.lower(),
                "model_name": model.decl.name.lower(),
                "app_label": model.app_label.lower(),
            }
        except (KeyError, TypeError, ValueError):
            return related

    def accessor(self, decl: ClassDecl, name: str) -> Accessor | None:
        for base in self.project.mro(decl):
            if isinstance(base, ClassDecl):
                found = self._accessors[base].get(name) if base in self._accessors else None
                if found is not None:
                    return found
                if name in base.functions:
                    return None
        model = self.models.get(decl)
        if model is not None and model.concrete is not decl:
            return self.accessor(model.concrete, name)
        if model is not None and model.abstract:
            concrete = self.concrete_of(decl)
            return self.accessor(concrete, name) if concrete is not None else None
        known = self.models.get(self._child_of(decl, name) or decl)
        if known is not None and known.decl is not decl:
            return Accessor(name, "reverse_row", known.decl, None)
        return None

    def _child_of(self, decl: ClassDecl, name: str) -> ClassDecl | None:
        """The multi-table child that an instance of its parent reaches under the child's lower-case name."""
        for child in self.lower_names.get(name, ()):
            if decl in self.models[child].parents:
                return child
        return None

    @property
    def lower_names(self) -> dict[str, list[ClassDecl]]:
        """Models by their names in lower case; complete once the schema is built."""
        if not self._lower:
            for name, decls in self._names.items():
                self._lower.setdefault(name.lower(), []).extend(decls)
        return self._lower

    def accessor_values(self, accessor: Accessor, owner: Instance) -> Values:
        if accessor.kind == "file":
            return one(FieldFile())
        if accessor.kind == "generic_row":
            return one(AnyInstance())
        if accessor.model is None:
            return UNKNOWN if accessor.kind != "row" else one(AnyInstance())
        if accessor.kind in ("row", "reverse_row"):
            via = (owner.decl, accessor.name) if accessor.kind == "row" else None
            return one(Instance(accessor.model, guess=owner.guess, via=via))
        manager = self.managers.default_manager(accessor.model)
        return one(
            replace(
                manager,
                related=accessor.name,
                through=accessor.through_label,
                through_model=accessor.through,
                guess=owner.guess,
            )
        )

    def through_values(self, accessor: Accessor) -> Values:
        if accessor.through is not None:
            return one(ClassValue(accessor.through))
        return one(Through(accessor.through_label)) if accessor.through_label else UNKNOWN

    def any_module(self, decl: ClassDecl) -> Module:
        if decl.module is not None:
            return decl.module
        return next(iter(self.models)).module or next(self.project.linted_modules())

    # --- what names may stand for -------------------------------------------------------------------------------

    def models_named(self, lower_name: str, module: Module) -> list[ClassDecl]:
        """The project's models that a variable of this module may be named after."""
        return [
            decl
            for decl in self.lower_names.get(lower_name, ())
            if decl.known is None and not self.models[decl].abstract
        ]

    def accessors_named(self, name: str, module: Module) -> Iterable[Accessor]:
        """Accessors of this name that lead to many rows, on whatever model."""
        if self._accessors_by_name is None:
            self._accessors_by_name = defaultdict(set)
            for accessors in self._accessors.values():
                for accessor in accessors.values():
                    if accessor.kind in ("rows", "m2m", "generic") and accessor.model is not None:
                        self._accessors_by_name[accessor.name].add(accessor)
        return self._accessors_by_name.get(name, ())

    # --- questions ----------------------------------------------------------------------------------------------

    def is_model(self, decl: ClassDecl) -> bool:
        """Whether a class inherits from ``django.db.models.Model``, as far as its bases are known."""
        found = self._is_model.get(decl)
        if found is None:
            self._is_model[decl] = False
            found = decl.known is not None or any(
                (isinstance(base, External) and _external_model(base.dotted))
                or (isinstance(base, ClassDecl) and base.known is not None)
                for base in self.project.mro(decl)
            )
            self._is_model[decl] = found
        return found

    def field(self, decl: ClassDecl, name: str) -> FieldDecl | None:
        for base in self.project.mro(decl):
            if isinstance(base, ClassDecl) and base in self.models:
                found = self.models[base].fields.get(name)
                if found is not None:
                    return found
        return None

    def unique_sets(self, decl: ClassDecl) -> list[frozenset[str]]:
        """Names of fields that together name one row: ``unique_together`` and ``UniqueConstraint``."""
        model = self.models.get(decl)
        return model.unique_sets if model is not None else []

    def is_primary_key(self, decl: ClassDecl, name: str) -> bool:
        field = self.field(decl, name)
        return field is not None and field.primary_key

    def is_unique(self, decl: ClassDecl, name: str) -> bool:
        field = self.field(decl, name)
        return field is not None and field.unique

    def is_foreign_key(self, decl: ClassDecl, name: str) -> bool:
        field = self.field(decl, name)
        return field is not None and field.kind in ("fk", "o2o", "m2m")

    def by_label(self, label: str, app_label: str | None = None) -> ClassDecl | None:
        """The model of an ``app.Model`` label, case-insensitive in the model's name; a bare name within an app."""
        if "." not in label and app_label is not None:
            label = f"{app_label}.{label}"
        found = self._labels.get(label.lower())
        if found is None:
            known = known_by_label(label)
            if known is not None:
                return self.project.known_class(known)
            candidates = self._names.get(label.rpartition(".")[2], [])
            concrete = [decl for decl in candidates if not self.models[decl].abstract]
            if len(concrete) == 1 and not self.ready:
                return None
            if len(concrete) == 1 and concrete[0].module is not None:
                parts = concrete[0].module.name.split(".")
                return concrete[0] if label.partition(".")[0] in parts else None
        return found

    def user_model(self) -> ClassDecl | None:
        """The model that ``settings.AUTH_USER_MODEL`` names."""
        return self.by_label(self.apps.setting("AUTH_USER_MODEL") or "auth.User") or self.by_label("auth.User")

    def concrete_of(self, decl: ClassDecl) -> ClassDecl | None:
        """The one concrete model that inherits from an abstract one; of several the one that bears its name."""
        if decl not in self._concrete_of:
            heirs = [
                model.decl
                for model in self.models.values()
                if not model.abstract and model.decl is not decl and decl in self.project.mro(model.decl)
            ]
            bare = re.sub(r"^(Abstract|Base)|(Base|Mixin)$", "", decl.name)
            named = [heir for heir in heirs if heir.name == bare]
            self._concrete_of[decl] = heirs[0] if len(heirs) == 1 else named[0] if len(named) == 1 else None
        return self._concrete_of[decl]


def _external_model(dotted: str) -> bool:
    """Whether a class outside the project is (or most likely is) a Django model."""
    if dotted in _MODEL:
        return True
    parts = dotted.split(".")
    if dotted.startswith(_NOT_DJANGO) or parts[0] == "django" or _NOT_A_MODEL.search(parts[-1]):
        return False
    return any(part in ("models", "abstract_models", "base_models", "abstract", "db") for part in parts[1:-1])
