"""Which files a run is about: what the user named, minus what git ignores and what is not the project's own code."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from msgspec import Struct, structs

from delete_lint import disk
from delete_lint.settings import Settings
from delete_lint.source.ignore import Patterns, below, ignored, read_patterns, repository_excludes, repository_root
from delete_lint.source.layer import TODAY, Entry, Layer
from delete_lint.source.roots import ImportRoots

TEST_FOLDERS = frozenset({"tests", "unittests", "test", "testing", "rtd_tests", "testutils", "test_utils", "e2e"})
MIGRATION_FOLDERS = frozenset({"migrations", "db_migrations", "south_migrations"})
_TEST_FILE = re.compile(r"test_.*\.py|.*_tests?\.py|tests\.py|test\d+\.py|conftest\.py")

#: Left out by name. A package called ``build`` or ``env`` is the project's own all the same.
EXCLUDED_FOLDERS = frozenset({"__pycache__", "__pypackages__", "node_modules", "site-packages"})
EXCLUDED_UNLESS_PACKAGE = frozenset({"venv", "env", "virtualenv", "build", "dist", "buck-out", "_build"})

Role = Literal["linted", "migration", "other"]
_ROLES: tuple[Role, ...] = ("linted", "migration", "other")


class PathError(Exception):
    """A path that the user named is not there, or is neither a file nor a folder."""


@dataclass(frozen=True, slots=True)
class SourcePath:
    """One file. ``name`` is what reports call it: relative to the working folder with ``/``, absolute outside it.

    ``location`` is its absolute path, ``module`` its dotted name counted from ``root``, ``aliases`` are other names it
    may be imported by. ``content`` goes in place of what the disk has.
    """

    location: str
    name: str
    module: str
    root: Path
    aliases: tuple[str, ...] = ()
    content: bytes | None = field(default=None, repr=False)

    @property
    def path(self) -> Path:
        # Made when somebody asks: there are many files, and most are only opened.
        return Path(self.location)

    def read_bytes(self) -> bytes:
        """Raises `OSError`."""
        return disk.read_source(self.location) if self.content is None else self.content


class Skipped(Struct, frozen=True):
    """A file or folder that was left out, and why."""

    name: str
    reason: str


class UnreadableFolder(Struct, frozen=True):
    """A folder that cannot be listed."""

    name: str
    message: str


class Tree(Struct, frozen=True):
    """The files of a run. ``root`` is the working folder, ``common`` the folder that all named paths are in.

    ``migrations`` are not linted, but what they run is read; ``others`` (tests) are known for their names only.
    """

    root: Path
    common: Path
    files: tuple[SourcePath, ...]
    migrations: tuple[SourcePath, ...] = ()
    others: tuple[SourcePath, ...] = ()
    problems: tuple[UnreadableFolder, ...] = ()
    skipped: tuple[Skipped, ...] = ()

    def with_contents(self, contents: Mapping[str, bytes]) -> Tree:
        """The same files, some of which, by name, hold something else than on the disk."""

        def changed(sources: tuple[SourcePath, ...]) -> tuple[SourcePath, ...]:
            return tuple(
                replace(source, content=contents[source.name]) if source.name in contents else source
                for source in sources
            )

        return structs.replace(
            self, files=changed(self.files), migrations=changed(self.migrations), others=changed(self.others)
        )


def discover(paths: Sequence[str | Path], settings: Settings, cwd: Path, layer: Layer = TODAY) -> Tree:
    """Finds the files, with a ``layer`` those of another time. Raises `PathError` when a path is not there (today)."""
    named = [existing(path, cwd) for path in paths]
    walk = _Walk(settings, os.fspath(cwd), layer)
    for path in named:
        if disk.is_folder(path):
            walk.folder(path)
        elif path not in layer.hidden:
            walk.file(path)
    return walk.tree(_common(named))


def common_folder(paths: Sequence[str | Path], cwd: Path) -> Path:
    """The folder that all the paths are in. Raises `PathError` as `discover` does."""
    return Path(_common([existing(path, cwd) for path in paths]))


def _common(named: Sequence[str]) -> str:
    folders = [path if disk.is_folder(path) else os.path.dirname(path) for path in named]
    try:
        return os.path.commonpath(folders)
    except ValueError:  # different drives
        return folders[0]


def existing(path: str | Path, cwd: Path) -> str:
    """The absolute path of what is named. Raises `PathError` when it is not there."""
    text = os.fspath(path)
    absolute = os.path.normpath(os.path.join(cwd, text))
    if "\0" in text or not disk.exists(absolute):
        raise PathError(f"no such file or folder: {text}{_nearest(text, absolute)}")
    if not disk.is_folder(absolute) and not disk.is_file(absolute):
        # Whoever reads a pipe waits for somebody to write.
        raise PathError(f"neither a file nor a folder: {text}")
    if below(os.fspath(cwd), absolute) is None and absolute != os.fspath(cwd):
        # The working folder may have been reached through a symbolic link.
        real = disk.real(absolute)
        if below(os.fspath(cwd), real) is not None:
            return real
    return absolute


def _nearest(text: str, absolute: str) -> str:
    """The existing path whose name is most like the missing one."""
    missing, parent = absolute, os.path.dirname(absolute)
    while parent != missing and not os.path.isdir(parent):
        missing, parent = parent, os.path.dirname(parent)
    try:
        names = os.listdir(parent)
    except (OSError, ValueError):
        return ""
    close = difflib.get_close_matches(os.path.basename(missing), names, n=1)
    if not close:
        return ""
    depth = absolute[len(missing) :].count(os.sep)
    parts = text.rstrip("/" + os.sep).replace(os.sep, "/").split("/")
    return f" (did you mean {'/'.join([*parts[: len(parts) - depth - 1], close[0]])}?)"


class _Frame(Struct):
    """A folder on the walk. ``inside`` is its path below the named folder."""

    path: str
    inside: str
    chain: tuple[Patterns, ...]
    role: Role


class _Found(Struct):
    folder: str
    file: str
    role: Role
    ceiling: str
    link: bool


@dataclass
class _Walk:
    settings: Settings
    cwd: str
    layer: Layer = TODAY
    roots: ImportRoots = field(default_factory=ImportRoots)
    found: dict[str, _Found] = field(default_factory=dict)
    problems: list[UnreadableFolder] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)

    def __post_init__(self) -> None:
        settings = self.settings
        base = settings.file.parent if settings.file is not None else self.cwd
        excluded = (
            (base, settings.exclude) if settings.exclude_here is None else (self.cwd, settings.exclude_here),
            (base, settings.extend_exclude),
            (self.cwd, settings.extend_exclude_here),
        )
        self._excluded = [Patterns.from_lines(folder, lines) for folder, lines in excluded if lines]
        self._excludes_by_name = not excluded[0][1]

    def file(self, path: str) -> None:
        """A file that the user named: it is in, whatever would leave it out otherwise."""
        folder, name = os.path.split(path)
        self._add(folder, name, "linted", folder, link=False)

    def folder(self, top: str) -> None:
        todo = [_Frame(top, "", _ignoring(top, self.cwd), "linted")]
        while todo:
            todo.extend(self._scan(todo.pop(), top))

    def _scan(self, frame: _Frame, top: str) -> Iterator[_Frame]:
        try:
            entries = self.layer.list(frame.path)
        except OSError as error:
            message = f"this folder cannot be listed: {error.strerror or error}"
            self.problems.append(UnreadableFolder(self._name(frame.path), message))
            return
        names = {entry.name for entry in entries}
        self.roots.learn(frame.path, names)
        if not self._excludes_by_name:
            disk.kind(os.path.join(frame.path, "__pycache__"))
        if frame.inside and self._is_no_code(frame, names):
            return
        chain = frame.chain
        if ".git" in names and frame.inside:
            chain = ()  # a repository of its own, such as a submodule
        if ".gitignore" in names:
            patterns = read_patterns(Path(frame.path, ".gitignore"), frame.path)
            chain = (*chain, patterns) if patterns is not None else chain
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                inner = self._inner(frame, entry, chain)
                if inner is not None:
                    yield inner
            elif entry.name.endswith(".py") and not entry.name.startswith("."):
                self._file(frame, entry, chain, top)

    def _is_no_code(self, frame: _Frame, names: set[str]) -> bool:
        """What only the listing of a folder tells: a virtual environment, or something built."""
        reason = ""
        if "pyvenv.cfg" in names:
            reason = "a virtual environment"
        elif self._excludes_by_name and os.path.basename(frame.path) in EXCLUDED_UNLESS_PACKAGE:
            reason = "" if "__init__.py" in names else "left out by its name"
        if reason:
            self._skip(frame.path, reason)
        return bool(reason)

    def _inner(self, frame: _Frame, entry: Entry, chain: tuple[Patterns, ...]) -> _Frame | None:
        name = entry.name
        if name.startswith("."):
            return None  # cannot be imported from
        if name in EXCLUDED_FOLDERS and self._excludes_by_name:
            if name != "__pycache__":
                self._skip(entry.path, "left out by its name")
            return None
        if self._left_out(entry.path, True, chain):
            return None
        return _Frame(entry.path, f"{frame.inside}{name}/", chain, self._role(frame.role, name))

    def _role(self, outer: Role, folder: str) -> Role:
        if outer == "other" or (folder in TEST_FOLDERS and not self.settings.include_tests):
            return "other"
        if folder in MIGRATION_FOLDERS and not self.settings.include_migrations:
            return "migration"
        return outer

    def _file(self, frame: _Frame, entry: Entry, chain: tuple[Patterns, ...], top: str) -> None:
        try:
            if not (disk.is_file(entry.path) if entry.is_symlink() else entry.is_file()):
                return
        except OSError:  # a symbolic link that goes in circles
            return
        if self._left_out(entry.path, False, chain):
            return
        role = frame.role
        if _TEST_FILE.fullmatch(entry.name) and not self.settings.include_tests:
            role = "other"
        self._add(frame.path, entry.name, role, top, entry.is_symlink())

    def _left_out(self, path: str, is_folder: bool, chain: tuple[Patterns, ...]) -> bool:
        if chain and ignored(chain, path, is_folder):
            self._skip(path, "ignored by git")
            return True
        if self._excluded and any(ignored((patterns,), path, is_folder) for patterns in self._excluded):
            self._skip(path, "excluded by the settings")
            return True
        return False

    def _add(self, folder: str, file: str, role: Role, ceiling: str, link: bool) -> None:
        path = os.path.join(folder, file)
        known = self.found.get(path)
        if known is None or _ROLES.index(role) < _ROLES.index(known.role):
            self.found[path] = _Found(folder, file, role, ceiling, link)

    def _skip(self, path: str, reason: str) -> None:
        self.skipped.append(Skipped(self._name(path), reason))

    def _name(self, path: str) -> str:
        if path == self.cwd:
            return "."
        return below(self.cwd, path) or path.replace(os.sep, "/")

    def tree(self, common: str) -> Tree:
        by_role: dict[Role, list[SourcePath]] = {role: [] for role in _ROLES}
        for path in sorted(self.found):
            found = self.found[path]
            if found.link and disk.real(path) in self.found:
                self._skip(path, "a link to a file that is read anyway")
                continue
            module = self.roots.module(found.folder, found.file, found.ceiling)
            source = SourcePath(path, self._name(path), module.name, module.root, module.aliases)
            by_role[found.role].append(source)
        return Tree(
            root=Path(self.cwd),
            common=Path(common),
            files=tuple(by_role["linted"]),
            migrations=tuple(by_role["migration"]),
            others=tuple(by_role["other"]),
            problems=tuple(self.problems),
            skipped=tuple(self.skipped),
        )


def _ignoring(top: str, cwd: str) -> tuple[Patterns, ...]:
    """The patterns that hold for a named folder from above it, outermost first.

    Those that ignore the folder itself are left out: the user asked for it. Without a repository only the
    ``.gitignore`` files below the working folder count.
    """
    repository = repository_root(top)
    highest = repository or cwd
    chain: list[Patterns] = []
    folder = top
    while folder != highest and below(highest, folder) is not None:
        folder = os.path.dirname(folder)
        patterns = read_patterns(Path(folder, ".gitignore"), folder)
        if patterns is not None:
            chain.append(patterns)
    excludes = repository_excludes(repository) if repository is not None else None
    if excludes is not None:
        chain.append(excludes)
    return tuple(patterns for patterns in reversed(chain) if not patterns.covers(top, is_folder=True))
