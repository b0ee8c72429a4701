"""Listing folders, as they are or as they were: a layer over the disk hides files and puts others back.

Finding files, their modules and what leaves them out then works for another time exactly as it does for today.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Set
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from msgspec import Struct

from delete_lint import disk


class Entry(Protocol):
    """What is asked of an `os.DirEntry`."""

    @property
    def name(self) -> str: ...

    @property
    def path(self) -> str: ...

    def is_dir(self, *, follow_symlinks: bool = True) -> bool: ...

    def is_file(self, *, follow_symlinks: bool = True) -> bool: ...

    def is_symlink(self) -> bool: ...


class _PutBack(Struct, frozen=True):
    """A file that the disk does not have, or a folder that such files are in."""

    name: str
    path: str
    folder: bool

    def is_dir(self, *, follow_symlinks: bool = True) -> bool:
        return self.folder

    def is_file(self, *, follow_symlinks: bool = True) -> bool:
        return not self.folder

    def is_symlink(self) -> bool:
        return False


@dataclass(frozen=True)
class Layer:
    """Absolute paths of files: those ``hidden`` are not to be seen, those ``put_back`` are, on the disk or not."""

    hidden: Set[str] = frozenset()
    put_back: Set[str] = frozenset()

    @cached_property
    def _inside(self) -> dict[str, dict[str, _PutBack]]:
        inside: dict[str, dict[str, _PutBack]] = defaultdict(dict)
        for file in self.put_back:
            path, folder = file, False
            while (parent := os.path.dirname(path)) != path:
                name = os.path.basename(path)
                if name in inside[parent]:
                    break
                inside[parent][name] = _PutBack(name, path, folder)
                path, folder = parent, True
        return dict(inside)

    def list(self, path: str) -> list[Entry]:
        """What is in a folder, by name. Raises `OSError` when it can neither be listed nor is put back."""
        back = self._inside.get(path, {})
        found: dict[str, Entry] = {}
        try:
            found = {entry.name: entry for entry in disk.scan(path) if entry.path not in self.hidden}
        except (FileNotFoundError, NotADirectoryError):
            if not back:
                raise
        for name, entry in back.items():
            if not (entry.folder and name in found and found[name].is_dir(follow_symlinks=False)):
                found[name] = entry
        return [found[name] for name in sorted(found)]


#: The disk as it is.
TODAY = Layer()
