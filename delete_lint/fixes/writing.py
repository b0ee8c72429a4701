"""Files on disk, changed whole or not at all."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterable
from pathlib import Path

from delete_lint.fixes.editing import NotEdited
from delete_lint.whole_file import leads_out, replace


class Disk:
    """The files of a run, by their names in its report, which count from ``root``."""

    def __init__(self, root: Path, files: Collection[str]) -> None:
        self._root = root
        self._tree = _common_folder(root / name for name in files)

    def where(self, name: str) -> str:
        """What tells whether two names are one file."""
        return os.path.realpath(self._root / name)

    def read(self, name: str) -> bytes:
        """Raises `NotEdited` when the file cannot be read, or should not be changed."""
        path = Path(self.where(name))
        if (self._tree is not None and not path.is_relative_to(self._tree)) or leads_out(self._root / name):
            raise NotEdited(f"is a link to {path}, outside of what is linted: lint that folder to have it fixed")
        try:
            if not path.stat().st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH) or not os.access(path, os.W_OK):
                raise NotEdited("is read-only: make it writable (chmod u+w) to have it fixed")
            return path.read_bytes()
        except OSError as error:
            raise NotEdited(f"cannot be read: {error.strerror or error}") from None

    def write(self, name: str, before: bytes, after: bytes) -> None:
        """Puts a new file in the place of one that still holds ``before``. Raises `NotEdited`."""
        path = Path(self.where(name))
        try:
            is_done = replace(os.fspath(path), after, path.stat(), before)
        except OSError as error:
            raise NotEdited(f"cannot be written: {error.strerror or error}") from None
        if not is_done:
            raise NotEdited("changed since it was read: run again")


def _common_folder(paths: Iterable[Path]) -> Path | None:
    """The folder that holds all of the files, links among them where they stand."""
    folders = {os.path.dirname(os.path.abspath(path)) for path in paths}
    try:
        return Path(os.path.realpath(os.path.commonpath(folders))) if folders else None
    except ValueError:  # on different drives
        return None
