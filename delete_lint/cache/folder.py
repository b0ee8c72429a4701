"""The folder of the cache: its place, the marks that it carries, and what in it is ours."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from delete_lint.cache.answers import FOLDER as NAME

TYPE_CHECKING = False
if TYPE_CHECKING:
    from delete_lint.settings import Settings

_TAG = "CACHEDIR.TAG"
_TAG_TEXT = """\
Signature: 8a477f597d28d172789f06886806bc55
# This file is a cache directory tag created by delete-lint.
# For information about cache directory tags, see https://bford.info/cachedir/
"""
_IGNORE = ".gitignore"
_IGNORE_TEXT = "# Made by delete-lint.\n*\n"
_MARKS = {_TAG: _TAG_TEXT, _IGNORE: _IGNORE_TEXT}
_PACK = re.compile(r"facts-([0-9a-f]{16})-\w+\.pack")
_RECORD = "asked-"
_ANSWER = re.compile(r"(?:answer-[0-9a-f]{16}-\d|(?:asked|before)-[0-9a-f]{16})\.run")
_UNFINISHED = re.compile(r"(?:facts|answer|asked|before)-[0-9a-f]{16}-[-\w]+\.tmp")


def default_folder(settings: Settings, cwd: Path) -> Path:
    """Beside the settings file, else in the working folder."""
    return (settings.file.parent if settings.file is not None else cwd).absolute() / NAME


@dataclass(frozen=True, slots=True)
class PackFile:
    """A pack on the disk. ``maker`` tells which readers of source it is for, ``written`` is in seconds since 1970."""

    path: str
    maker: str
    size: int
    written: float


def packs(folder: Path) -> list[PackFile]:
    """Raises `OSError` when there is no such folder."""
    found: list[PackFile] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if match := _PACK.fullmatch(entry.name):
                with suppress(OSError):  # somebody else has just removed it
                    status = entry.stat()
                    found.append(PackFile(entry.path, match[1], status.st_size, status.st_mtime))
    return found


def unfinished(folder: Path) -> Iterator[str]:
    """Paths of what a run was writing, or is, when it was stopped. Raises `OSError`."""
    with os.scandir(folder) as entries:
        yield from (entry.path for entry in entries if _UNFINISHED.fullmatch(entry.name))


def make(folder: Path) -> None:
    """Makes the folder if need be. One that was there already, with something in it, is somebody's, and gets no marks:
    git would not see his files any more. Raises `OSError`."""
    folder.mkdir(parents=True, exist_ok=True)
    with os.scandir(folder) as entries:
        if any(True for _ in entries):
            return
    for name, text in _MARKS.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")


def write(folder: Path, maker: str, data: bytes) -> None:
    """Adds a pack, whole or not at all. Raises `OSError`."""
    _write(os.path.join(folder, f"facts-{maker}-{os.urandom(8).hex()}.pack"), "", data)


def write_answer(path: str, data: bytes) -> None:
    """Puts an answer in the place of the one that was there, whole or not at all. Raises `OSError`."""
    _write(path, f"-{os.urandom(8).hex()}", data)


def _write(path: str, mark: str, data: bytes) -> None:
    unfinished = f"{os.path.splitext(path)[0]}{mark}.tmp"
    try:
        with open(unfinished, "xb") as file:
            file.write(data)
        os.replace(unfinished, path)
    except BaseException:
        remove(unfinished)
        raise


def record_path(folder: str, digest: bytes) -> str:
    """Where a `delete_lint.cache.alike.Record` of this digest is."""
    return os.path.join(folder, f"{_RECORD}{digest.hex()[:16]}.run")


def answers(folder: Path) -> list[tuple[float, int, str]]:
    """When each answer was written, or what was asked for it, or what was found in a commit, in seconds since 1970, its
    size and its path. Raises `OSError`."""
    found: list[tuple[float, int, str]] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if _ANSWER.fullmatch(entry.name):
                with suppress(OSError):  # somebody else has just removed it
                    status = entry.stat()
                    found.append((status.st_mtime, status.st_size, entry.path))
    return found


def thin_out(folder: Path, most: int, most_bytes: int) -> None:
    """Removes the oldest answers where there are more, or larger ones, than that. Records, which go with answers, are
    counted by themselves. Raises `OSError`."""
    size = 0
    counts = [0, 0]
    for _, length, path in sorted(answers(folder), reverse=True):
        is_record = os.path.basename(path).startswith(_RECORD)
        counts[is_record] += 1
        size += length
        if counts[is_record] > most or size > most_bytes:
            remove(path)


def remove(path: str) -> bool:
    """Whether the file could be removed: it may be gone, or in use where that is an obstacle."""
    try:
        os.unlink(path)
    except OSError:
        return False
    return True


def clean(folder: Path) -> int:
    """Removes all that this package has put into the folder, and the folder if nothing else is in it. Returns the
    number of bytes. Raises `OSError`."""
    freed = 0
    for pack in packs(folder):
        os.unlink(pack.path)
        freed += pack.size
    for _, size, path in answers(folder):
        os.unlink(path)
        freed += size
    for path in list(unfinished(folder)):
        os.unlink(path)
    for name, text in _MARKS.items():
        mark = folder / name
        if mark.is_file() and mark.read_bytes() == text.encode():
            mark.unlink()
    with suppress(OSError):
        folder.rmdir()
    return freed
