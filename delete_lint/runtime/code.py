"""The code of the running project, as the source reader asks for it (`delete_lint.source.running.Running`)."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings

from delete_lint.runtime.callables import module_origin
from delete_lint.runtime.registered import registered_models
from delete_lint.runtime.sources import module_file
from delete_lint.source.running import ClassName, RegisteredModel

#: Django's modules are known, and not read: a query is a query, whatever `QuerySet` does to run it.
_CLOSED = "django"


class RunningCode:
    """Reads the user's own modules, those of the packages that are installed apps, and those named in ``opened``:
    what other packages do is known from the catalog or not at all."""

    def __init__(self, root: Path, opened: Collection[str] = ()) -> None:
        self._root = os.path.join(os.path.realpath(root), "")
        self._opened = frozenset(opened)
        self._files: dict[str, str | None] = {}
        self._own: dict[str, bool] = {}

    @cached_property
    def models(self) -> Mapping[str, RegisteredModel]:
        return registered_models()

    @cached_property
    def _packages(self) -> frozenset[str]:
        named = {name.partition(".")[0] for config in apps.get_app_configs() for name in (config.name,)}
        named |= {module.partition(".")[0] for module in self._opened}
        return frozenset(named - {_CLOSED})

    def file_of(self, module: str) -> Path | None:
        file = self._file(module)
        if file is None:
            return None
        is_read = module in self._opened or module.partition(".")[0] in self._packages or self.is_own(module)
        return Path(file) if is_read else None

    def _file(self, module: str) -> str | None:
        if module not in self._files:
            self._files[module] = module_file(module) or self._not_imported(module)
        return self._files[module]

    def _not_imported(self, module: str) -> str | None:
        """The file of a module that nothing has needed so far: it stands in the folder of its package."""
        package, _, name = module.rpartition(".")
        if not package or module in sys.modules or package.partition(".")[0] == _CLOSED:
            return None
        inside = self._file(package)
        folders = [os.path.dirname(inside)] if inside is not None and _is_package(inside) else _folders(package)
        found = (os.path.join(folder, *rest) for folder in folders for rest in ((f"{name}.py",), (name, "__init__.py")))
        return next(filter(os.path.isfile, found), None)

    def name_of(self, file: Path) -> str:
        text = os.fspath(file)
        real = text if text.startswith(self._root) else os.path.realpath(text)
        return (real[len(self._root) :] if real.startswith(self._root) else text).replace(os.sep, "/")

    def is_own(self, module: str) -> bool:
        found = self._own.get(module)
        if found is None:
            # A module that is not imported yet belongs to whom its package belongs.
            known = module
            while known not in sys.modules and "." in known:
                known = known.rpartition(".")[0]
            found = self._own[module] = known in sys.modules and module_origin(known).own
        return found

    def subclasses(self, cls: ClassName) -> Iterable[ClassName]:
        found: Any = sys.modules.get(cls.module)
        for part in cls.name.split("."):
            found = vars(found).get(part) if hasattr(found, "__dict__") else None
        return list(dict.fromkeys(_below(found))) if isinstance(found, type) else []

    def setting(self, name: str) -> str | None:
        try:
            value = getattr(settings, name, None)
        except Exception:  # a setting may be computed when it is asked for
            return None
        return value if isinstance(value, str) else None

    def app_label(self, module: str) -> str | None:
        config = apps.get_containing_app_config(module)
        return config.label if config is not None else None


def _is_package(file: str) -> bool:
    return os.path.basename(file) == "__init__.py"


def _folders(package: str) -> list[str]:
    """The folders of a package without an ``__init__.py``."""
    path = getattr(sys.modules.get(package), "__path__", None)
    return [folder for folder in path if isinstance(folder, str)] if path is not None else []


def _below(cls: type) -> Iterator[ClassName]:
    children: list[type] = type.__subclasses__(cls)
    for child in children:
        yield ClassName(child.__module__, child.__qualname__)
        yield from _below(child)
