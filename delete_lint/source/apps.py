"""Which app a module belongs to, and what the settings say: without running either."""

from __future__ import annotations

import re
from functools import cached_property

from delete_lint.source.project import Project
from delete_lint.source.values import Constant

_LABEL = re.compile(r"""^[ \t]+label[ \t]*(?::[^=\n]+)?=[ \t]*["'](\w+)["']""", re.MULTILINE)
_NAME = re.compile(r"""^[ \t]+name[ \t]*(?::[^=\n]+)?=[ \t]*["']([\w.]+)["']""", re.MULTILINE)
_ENGINE = re.compile(rb"""["']ENGINE["']\s*:\s*["']([\w.]+)["']""")

_QUOTED = re.compile(rb"""["']([A-Za-z_][\w.]*)["']""")
_SETTINGS = re.compile(r"settings|conf")

#: Vendors by the last word of a database engine's package (``django.db.backends.*`` and well-known third parties).
_VENDORS = {
    "postgresql": "postgresql",
    "postgresql_psycopg2": "postgresql",
    "postgis": "postgresql",
    "sqlite3": "sqlite",
    "spatialite": "sqlite",
    "mysql": "mysql",
    "oracle": "oracle",
    "psqlextra": "postgresql",
    "postgresql_backend": "postgresql",
}


class Apps:
    """App labels and settings of a project."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._settings: dict[str, str | None] = {}

    @cached_property
    def labels(self) -> dict[str, str]:
        """App name (dotted) → label, from the project's ``AppConfig`` classes."""
        found: dict[str, str] = {}
        for name in sorted(self.project.possible_subclasses("AppConfig")):
            for source, _ in self.project.class_names[name]:
                module = self.project.module_of(source)
                decl = module.classes.get(name) if module is not None else None
                if module is None or decl is None or decl.block is None:
                    continue
                text = module.file.between(decl.block.line - 1, decl.block.end)
                app = _NAME.search(text)
                label = _LABEL.search(text)
                dotted = app[1] if app else module.package
                if app and not self.project.is_package(dotted):
                    dotted = module.package
                if label or dotted not in found:
                    found[dotted] = label[1] if label else dotted.rpartition(".")[2]
        return found

    def label_of(self, module: str) -> str:
        """The app label of the models that a module defines (``AppConfigs.get_containing_app_config``)."""
        parts = module.split(".")
        home = parts[: parts.index("models", 1)] if "models" in parts[1:] else parts[:-1]
        for end in range(len(parts), 0, -1):
            app = ".".join(parts[:end])
            found = self.labels.get(app)
            if found is not None:
                return found
            if parts[:end] == home and self._is_app(app):
                return home[-1]
        if "models" in parts[1:]:
            return parts[parts.index("models", 1) - 1]
        for end in range(len(parts) - 1, 0, -1):
            package = ".".join(parts[:end])
            if self.project.is_package(f"{package}.models") or self.project.is_package(f"{package}.apps"):
                return parts[end - 1]
        return parts[-2] if len(parts) > 1 else parts[0]

    def _is_app(self, package: str) -> bool:
        """Whether a package without an ``AppConfig`` of its own is an app all the same."""
        return package in self._installed or self.project.is_package(f"{package}.migrations")

    @cached_property
    def _installed(self) -> frozenset[str]:
        """Dotted names in quotes in the settings modules, those of ``INSTALLED_APPS`` among them."""
        found: set[str] = set()
        for source in self.project.tree.files:
            if _SETTINGS.search(source.name):
                if self.project.holds(source, b"INSTALLED_APPS"):
                    found.update(match.decode() for match in self.project.found(source, _QUOTED))
        return frozenset(found)

    def setting(self, name: str) -> str | None:
        """The value of a setting that is a string, from whatever module of the project sets it: settings modules
        first, then any (an app's ``defaults.py``)."""
        if name not in self._settings:
            self._settings[name] = None
            pattern = re.compile(rf"^{re.escape(name)}[ \t]*(?::[^=\n]+)?=".encode(), re.MULTILINE)
            needle = name.encode()
            sources = sorted(self.project.tree.files, key=lambda source: not _SETTINGS.search(source.name))
            for source in sources:
                if not self.project.matches(source, pattern, needle):
                    continue
                module = self.project.module_of(source)
                values = self.project.evaluating.assignment(module, name) if module is not None else ()
                texts = [v.value for v in values if isinstance(v, Constant) and isinstance(v.value, str)]
                if texts:
                    self._settings[name] = texts[0]
                    break
        return self._settings[name]

    @cached_property
    def databases(self) -> frozenset[str]:
        """Vendors of the databases that the settings name; engines that cannot be told are left out."""
        found: set[str] = set()
        for source in self.project.tree.files:
            if "settings" not in source.name and "conf" not in source.name:
                continue
            for match in self.project.found(source, _ENGINE):
                parts = match.decode().split(".")
                found.update(_VENDORS[part] for part in parts if part in _VENDORS)
        return frozenset(found)
