"""The code of a running project as source: modules opened where they are installed, when a name leads to them."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path

from delete_lint.catalog.blocking import Catalog
from delete_lint.catalog.models import KnownModel
from delete_lint.catalog.tasks import is_task_class, is_task_decorator
from delete_lint.source.declarations import ClassDecl, Module
from delete_lint.source.discover import SourcePath, Tree
from delete_lint.source.facts import Known
from delete_lint.source.project import Project
from delete_lint.source.running import ClassName, Running
from delete_lint.source.values import UNKNOWN, ClassValue, Values, one


class InstalledProject(Project):
    """Modules of the user's own and of installed packages. There is no tree of files: a module has the file that it
    was imported from, and a class the subclasses that it has."""

    def __init__(self, running: Running, catalog: Catalog, known: Known | None = None) -> None:
        super().__init__(Tree(root=Path(), common=Path(), files=()), known)
        self.running = running
        self.catalog = catalog
        self._sources: dict[str, SourcePath | None] = {}
        self._model_classes: dict[str, ClassDecl] = {}
        self._labels = {model.cls: label for label, model in running.models.items()}
        self._labels_of: dict[ClassDecl, str | None] = {}

    # --- modules ------------------------------------------------------------------------------------------------

    def source_of(self, name: str) -> SourcePath | None:
        if name not in self._sources:
            file = self.running.file_of(name)
            self._sources[name] = self._source(file, name) if file is not None else None
        return self._sources[name]

    def _source(self, file: Path, module: str) -> SourcePath:
        name = self.running.name_of(file)
        if self.running.is_own(module):
            self.linted.add(name)
        return SourcePath(location=os.fspath(file), name=name, module=module, root=file.parent)

    def is_package(self, name: str) -> bool:
        return self.source_of(name) is not None

    def module_at(self, file: Path, name: str) -> Module | None:
        """The module of a file, which need not be the one that goes by this name."""
        source = self.source_of(name)
        return self.module_of(source if source is not None and source.path == file else self._source(file, name))

    @property
    def any_module(self) -> Module:
        """Some module that has been opened."""
        return next(iter(self._by_file.values()))

    def is_opaque(self, module: Module, name: str) -> bool:
        """What the catalog knows of an installed package says more than its source would."""
        if module.linted:
            return False
        dotted = f"{module.name}.{name}"
        return self.catalog.category(dotted) is not None or is_task_decorator(dotted) or is_task_class(dotted)

    # --- classes ------------------------------------------------------------------------------------------------

    def member(self, module: Module, name: str, seen: frozenset[tuple[str, str]] = frozenset()) -> Values | None:
        """A model may have been made on the spot, by a call whose result is assigned."""
        label = self._labels.get(ClassName(module.name, name))
        if label is not None and name not in module.classes:
            return one(ClassValue(self.model_class(label)))
        return super().member(module, name, seen)

    def external(self, dotted: str) -> Values:
        module, _, name = dotted.rpartition(".")
        label = self._labels.get(ClassName(module, name))
        return super().external(dotted) if label is None else one(ClassValue(self.model_class(label)))

    def known_class(self, known: KnownModel) -> ClassDecl:
        """There is one class for each installed model, whatever name led to it."""
        is_installed = not known.abstract and known.label in self.running.models
        return self.model_class(known.label) if is_installed else super().known_class(known)

    def model_class(self, label: str) -> ClassDecl:
        """The class of a model: from its file where that is read, else one of which only the registry is known."""
        found = self._model_classes.get(label)
        if found is None:
            model = self.running.models[label]
            found = self.class_named(model.cls)
            if found is None:
                path = ".".join(model.cls)
                known = KnownModel(path=path, label=label, proxy=model.proxy, managed=model.managed)
                found = ClassDecl(None, None, model.cls.name, known=known)
            self._model_classes[label] = found
        return found

    def label_of(self, decl: ClassDecl) -> str | None:
        """The label of a class that is an installed model."""
        if decl not in self._labels_of:
            if decl.known is not None:
                label = decl.known.label if decl.known.label in self.running.models else None
            else:
                name = self.registered_name(decl, self._labels)
                label = self._labels[name] if name is not None else None
            self._labels_of[decl] = label
        return self._labels_of[decl]

    def registered_name(self, decl: ClassDecl, names: Collection[ClassName]) -> ClassName | None:
        """Which of these names a class goes by: its ``__module__`` may have been set to where others should import it
        from."""
        plain = ClassName(decl.module.name if decl.module is not None else "", decl.qualname)
        if plain in names or decl.module is None:
            return plain if plain in names else None
        package = f"{plain.module.partition('.')[0]}."
        return next(
            (
                name
                for name in names
                if name.name == plain.name and name.module.startswith(package) and self.class_named(name) is decl
            ),
            None,
        )

    def class_named(self, name: ClassName) -> ClassDecl | None:
        """The class where its file defines it, or where a name that the file imports leads to it."""
        module = self.module(name.module)
        if module is None:
            return None
        first, *rest = name.name.split(".")
        found = module.classes.get(first)
        if found is None:
            members = super().member(module, first) or UNKNOWN
            found = next((value.decl for value in members if isinstance(value, ClassValue)), None)
        for part in rest:
            found = found.classes.get(part) if found is not None else None
        return found

    def subclasses(self, decl: ClassDecl) -> list[ClassDecl]:
        name = ClassName(decl.module.name if decl.module is not None else "", decl.qualname)
        children = self.running.subclasses(name)
        return [found for child in children if (found := self.class_named(child)) is not None]
