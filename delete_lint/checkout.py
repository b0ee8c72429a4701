"""Files of a project beside those of a commit: which ones changed, and the tree of files as it was."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from msgspec import Struct

from delete_lint.git import Blob, GitError, Repository
from delete_lint.settings import Settings
from delete_lint.source.discover import SourcePath, Tree, discover
from delete_lint.source.ignore import below, repository_root
from delete_lint.source.layer import TODAY, Layer


class Stored(Struct, frozen=True):
    """A file of a commit, and the repository that has it: the project's own or a submodule's."""

    repository: Repository
    blob: Blob


class Snapshot(Struct, frozen=True):
    """The Python files of a commit by their absolute paths. ``unknown`` are folders of submodules whose commit of that
    time is not here."""

    files: Mapping[str, Stored]
    unknown: tuple[str, ...] = ()


class Difference(Struct, frozen=True):
    """What sets a tree of files apart from a commit.

    ``changed`` are the names of files that were not there or not the same. ``layer`` hides and puts back what it takes
    to see the files of the commit, and ``stored`` has those that it puts back. ``unknown`` is that of `Snapshot`.
    """

    changed: frozenset[str]
    layer: Layer
    stored: Mapping[str, Stored]
    matters: bool
    """Whether a file differs whose contents are read; tests are known for their names only."""
    unknown: tuple[str, ...] = ()

    def before(self, paths: Sequence[str | Path], settings: Settings, cwd: Path) -> Tree:
        """The files that ``paths`` named at the commit; names and settings stay those of the project."""
        tree = discover(paths, settings, cwd, self.layer)
        names = {source.name: path for source in _sources(tree) if (path := os.fspath(source.path)) in self.stored}
        return tree.with_contents(dict(self._read(names)))

    def _read(self, names: Mapping[str, str]) -> Iterator[tuple[str, bytes]]:
        by_repository: dict[Repository, list[str]] = {}
        for name, path in names.items():
            by_repository.setdefault(self.stored[path].repository, []).append(name)
        for repository, inside in by_repository.items():
            contents = repository.read(self.stored[names[name]].blob.id for name in inside)
            yield from zip(inside, contents, strict=True)


@dataclass(frozen=True)
class Checkout:
    """What stands in and below ``folder``, an absolute path by whatever way, in the work tree of a repository."""

    folder: str
    repository: Repository
    _prefix: str
    _home: str | None
    _roots: dict[str, str | None] = field(default_factory=dict)

    @classmethod
    def of(cls, folder: str) -> Checkout:
        """Raises `GitError` when it is in no repository that can be read."""
        repository = Repository.of(folder)
        # The folder may be reached through a symbolic link.
        inside = _inside(repository.top, folder) or _inside(os.path.realpath(repository.top), os.path.realpath(folder))
        return cls(folder, repository, "" if inside in (None, ".") else f"{inside}/", repository_root(folder))

    def difference(self, tree: Tree, commit: str | None, today: Layer = TODAY) -> Difference:
        """How the tree, which was found with the layer ``today``, differs from a commit; everything in it is new when
        there is none."""
        snapshot = self._snapshot(commit) if commit is not None else Snapshot({})
        changed: list[SourcePath] = []
        hidden = set(today.hidden)
        back: set[str] = set()
        seen: set[str] = set()
        for source in _sources(tree):
            path = os.fspath(source.path)
            seen.add(path)
            stored = snapshot.files.get(path)
            if stored is None:
                if self._belongs(path, snapshot):
                    hidden.add(path)
                    changed.append(source)
            elif not _is_same(path, stored.blob):
                (hidden if stored.blob.is_link else back).add(path)
                changed.append(source)
        deleted = self._deleted(snapshot, seen, today)
        read = {*tree.files, *tree.migrations}
        return Difference(
            changed=frozenset(source.name for source in changed),
            layer=Layer(frozenset(hidden), frozenset(back | deleted)),
            stored={path: snapshot.files[path] for path in back | deleted},
            matters=bool(deleted) or any(source in read for source in changed),
            unknown=snapshot.unknown,
        )

    def untracked(self, tree: Tree) -> frozenset[str]:
        """The absolute paths of files that the index does not have, and so no commit that is made of it."""
        paths = {os.fspath(source.path) for source in _sources(tree)}
        missing = paths - self._tracked()
        return frozenset(path for path in missing if self._root(path) == self._home)

    def _tracked(self) -> set[str]:
        return {path for inside in self.repository.tracked() if (path := self._path(inside)) is not None}

    def _snapshot(self, commit: str) -> Snapshot:
        files: dict[str, Stored] = {}
        unknown: list[str] = []
        todo = [(self.repository, "", commit)]
        while todo:
            repository, prefix, commit = todo.pop()
            content = repository.content(commit)
            for inside, blob in content.files.items():
                if inside.endswith(".py") and (path := self._path(prefix + inside)) is not None:
                    files[path] = Stored(repository, blob)
            for inside, pinned in content.submodules.items():
                path = self._path(prefix + inside)
                if path is None or repository_root(path) != path:
                    continue  # not a part of what is linted, or not checked out
                submodule = Repository(path)
                try:
                    known = submodule.commit(pinned) is not None
                except GitError:
                    known = False
                if known:
                    todo.append((submodule, f"{prefix}{inside}/", pinned))
                else:
                    unknown.append(path)
        return Snapshot(files, tuple(unknown))

    def _path(self, inside: str) -> str | None:
        """The absolute path of what has this path in the repository; None when it is outside the folder."""
        if not inside.startswith(self._prefix):
            return None
        return os.path.join(self.folder, inside[len(self._prefix) :].replace("/", os.sep))

    def _deleted(self, snapshot: Snapshot, seen: set[str], today: Layer) -> set[str]:
        missing = {
            path
            for path, stored in snapshot.files.items()
            if path not in seen and not stored.blob.is_link and (path in today.hidden or not os.path.lexists(path))
        }
        if not missing:
            return missing
        return missing - {path for each in self.repository.not_checked_out() if (path := self._path(each)) is not None}

    def _belongs(self, path: str, snapshot: Snapshot) -> bool:
        """Whether a file that the commit does not have would be in it: those of a repository that happens to stand
        inside this one, or of a submodule that cannot tell, have no past that is known here."""
        root = self._root(path)
        if root == self._home:
            return True
        return root is not None and root not in snapshot.unknown and root in self._tracked()

    def _root(self, path: str) -> str | None:
        folder = os.path.dirname(path)
        if folder not in self._roots:
            self._roots[folder] = repository_root(folder)
        return self._roots[folder]


def _sources(tree: Tree) -> Iterator[SourcePath]:
    yield from tree.files
    yield from tree.migrations
    yield from tree.others


def _inside(top: str, folder: str) -> str | None:
    return "." if folder == top else below(top, folder)


def _is_same(path: str, blob: Blob) -> bool:
    try:
        if os.path.islink(path):
            return blob.is_link and blob.is_of(os.fsencode(os.readlink(path)))
        with open(path, "rb") as file:
            return not blob.is_link and blob.is_of(file.read())
    except OSError:
        return False
