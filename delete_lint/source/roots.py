"""Import roots: the folders from which the project's modules are imported, and so a file's dotted name.

Nothing in a source tree says for sure what will be on ``sys.path``, so a root is chosen by evidence, the nearest
first: the folder of ``manage.py``, a ``src`` folder, a source folder that ``pyproject.toml`` or ``setup.cfg`` names,
else the folder above the topmost package. What else is plausible is kept as an alias.
"""

from __future__ import annotations

import configparser
import os
import tomllib
from collections.abc import Collection, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from msgspec import Struct

from delete_lint import disk

_PROJECT_FILES = ("pyproject.toml", "setup.py", "setup.cfg")
_REPOSITORIES = (".git", ".hg")
#: Folders that projects put on ``sys.path`` although they are packages or stand inside one.
_PATH_HACKS = frozenset({"apps"})


class FolderFacts(Struct, frozen=True):
    """What the names in a folder say about it."""

    package: bool
    manage: bool
    project: bool
    repository: bool

    @classmethod
    def of(cls, names: Collection[str]) -> FolderFacts:
        return cls(
            package="__init__.py" in names,
            manage="manage.py" in names,
            project=any(name in names for name in _PROJECT_FILES),
            repository=any(name in names for name in _REPOSITORIES),
        )


class ModuleName(Struct, frozen=True):
    """A file's dotted name, the folder it counts from, and the other names that it may be imported by."""

    root: Path
    name: str
    aliases: tuple[str, ...] = ()


class _Prefixes(Struct, frozen=True):
    """The dotted name of a folder, ending in a dot unless empty, and its aliases."""

    root: Path
    name: str
    aliases: tuple[str, ...]


class ImportRoots:
    """Works out dotted names; ``ceiling`` is the folder that the user named, above which evidence has to be better."""

    def __init__(self) -> None:
        self._facts: dict[str, FolderFacts] = {}
        self._prefixes: dict[tuple[str, str], _Prefixes] = {}
        self._hints: dict[str, tuple[str, ...]] = {}

    def learn(self, folder: str, names: Collection[str]) -> None:
        """Takes in the listing of a folder, so that it need not be looked at again."""
        self._facts[folder] = FolderFacts.of(names)

    def module(self, folder: str, file: str, ceiling: str) -> ModuleName:
        """The dotted name of the file ``file`` in ``folder``."""
        prefixes = self._prefixes.get((folder, ceiling))
        if prefixes is None:
            prefixes = self._prefixes[folder, ceiling] = self._find(folder, ceiling)
        stem = file.removesuffix(".py")
        if stem == "__init__":
            names = [prefix.removesuffix(".") for prefix in (prefixes.name, *prefixes.aliases)]
            main, *others = (name for name in names if name) if any(names) else (os.path.basename(folder),)
            return ModuleName(prefixes.root, main, tuple(others))
        return ModuleName(prefixes.root, prefixes.name + stem, tuple(prefix + stem for prefix in prefixes.aliases))

    def _find(self, folder: str, ceiling: str) -> _Prefixes:
        climb = _Climb(self, folder, ceiling)
        root = climb.root
        aliases = tuple(_dotted(other, folder) for other in climb.others if other != root)
        return _Prefixes(Path(root), _dotted(root, folder), aliases)

    def facts(self, folder: str) -> FolderFacts:
        found = self._facts.get(folder)
        if found is None:
            looked_for = ("__init__.py", "manage.py", *_PROJECT_FILES, *_REPOSITORIES)
            found = FolderFacts.of([name for name in looked_for if disk.is_there(os.path.join(folder, name))])
            self._facts[folder] = found
        return found

    def inside_package(self, folder: str) -> bool:
        """Whether the folder is a package within a package, which nothing is imported from."""
        return self.facts(folder).package and self.facts(os.path.dirname(folder)).package

    def source_folders(self, project: str) -> tuple[str, ...]:
        """The source folders that the project's metadata names, other than the project's own folder."""
        found = self._hints.get(project)
        if found is None:
            names = _source_folder_hints(Path(project))
            found = self._hints[project] = tuple(os.path.normpath(os.path.join(project, name)) for name in names)
        return found


class _Climb:
    """The way from a folder up to where its project ends."""

    def __init__(self, roots: ImportRoots, folder: str, ceiling: str) -> None:
        self._roots = roots
        self._ceiling = ceiling
        self._way = list(_upwards(folder)) or [folder]

    @cached_property
    def _boundary(self) -> int | None:
        """The place on the way of the folder that the project surely does not reach beyond."""
        weak: int | None = None
        for index, folder in enumerate(self._way):
            facts = self._roots.facts(folder)
            if facts.repository or not os.path.basename(folder).isidentifier():
                return index if facts.repository or facts.manage or facts.project or self._within(folder) else weak
            if self._is_managed(folder):
                return index
            if facts.project and not self._roots.inside_package(folder):
                if not facts.package:
                    return index
                # A package with a pyproject.toml of its own, or a repository with a stray __init__.py.
                weak = index if weak is None else weak
        return weak

    def _within(self, folder: str) -> bool:
        return folder == self._ceiling or folder.startswith(self._ceiling.rstrip(os.sep) + os.sep)

    def _is_managed(self, folder: str) -> bool:
        return self._roots.facts(folder).manage and not self._roots.inside_package(folder)

    @cached_property
    def _span(self) -> list[str]:
        """The folders that may be the root, nearest first."""
        if self._boundary is not None:
            return self._way[: self._boundary + 1]
        span = [folder for folder in self._way if self._within(folder)]
        for folder in self._way[len(span) :]:
            # Nothing marks the project: above the ceiling only the packages that the files are in count.
            if not self._roots.facts(span[-1]).package:
                break
            span.append(folder)
        return span

    @cached_property
    def root(self) -> str:
        hints = self._roots.source_folders(self._span[-1]) if self._roots.facts(self._span[-1]).project else ()
        for folder in self._span:
            plain = not self._roots.facts(folder).package
            if folder in hints or (plain and os.path.basename(folder) == "src") or self._is_managed(folder):
                return folder
        below_top = self._span[:-1] if self._boundary is not None else self._span
        packages = [index for index, folder in enumerate(below_top) if self._roots.facts(folder).package]
        if not packages:
            return self._span[-1]
        return self._span[min(packages[-1] + 1, len(self._span) - 1)]

    @property
    def others(self) -> Iterator[str]:
        """Other folders that may be a root; one inside a package is not, but for the hacks that are common."""
        sure = self._is_managed(self.root)
        for index, folder in enumerate(self._span):
            if os.path.basename(folder) in _PATH_HACKS or not any(
                self._roots.facts(outer).package for outer in self._span[index:]
            ):
                yield folder
            if folder == self.root and sure:
                return


def _upwards(folder: str) -> Iterator[str]:
    """The folder and those above it, but for the file system's root and the user's home and what is above that."""
    home = os.path.expanduser("~")
    while folder != home and os.path.dirname(folder) != folder:
        yield folder
        folder = os.path.dirname(folder)


def _dotted(root: str, folder: str) -> str:
    relative = os.path.relpath(folder, root)
    return "" if relative == "." else relative.replace(os.sep, ".") + "."


def _source_folder_hints(project: Path) -> list[str]:
    """Folders named by setuptools (``package-dir``, ``where``), poetry (``from``) or hatch (the parents of the listed
    packages)."""
    found = _setup_cfg_hints(project / "setup.cfg")
    try:
        tool = _table(tomllib.loads(disk.read(project / "pyproject.toml").decode()), "tool")
    except (OSError, ValueError, RecursionError):
        return found
    setuptools = _table(tool, "setuptools")
    found.append(_table(setuptools, "package-dir").get(""))
    found += _list(_table(setuptools, "packages", "find"), "where")
    found += [package.get("from") for package in _list(_table(tool, "poetry"), "packages") if isinstance(package, dict)]
    hatch = _table(tool, "hatch", "build", "targets", "wheel")
    found += [os.path.dirname(package) for package in _list(hatch, "packages") if isinstance(package, str)]
    return [name for name in found if isinstance(name, str) and name not in ("", ".")]


def _setup_cfg_hints(file: Path) -> list[Any]:
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(disk.read_text(file))
    except (configparser.Error, OSError, ValueError):
        return []
    package_dir = parser.get("options", "package_dir", fallback="")
    found: list[Any] = [line.partition("=")[2].strip() for line in package_dir.split("\n") if line.startswith("=")]
    found.append(parser.get("options.packages.find", "where", fallback=""))
    return found


def _table(document: Any, *keys: str) -> dict[str, Any]:
    for key in keys:
        document = document.get(key) if isinstance(document, dict) else None
    return document if isinstance(document, dict) else {}


def _list(table: dict[str, Any], key: str) -> list[Any]:
    value = table.get(key)
    return value if isinstance(value, list) else []
