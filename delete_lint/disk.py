"""Looks at the disk. Every one that an answer may hang on is taken here, so that a run can note them all: what a file
held, what was in a folder, what was not there. When all would turn out the same again, so would the answer.

Of a folder only those names count that tell something about a project (`listing`). ``__pycache__`` is not among them:
whoever wants to know about it asks for its `kind`.

Nothing is imported here that takes long: whoever only compares must be done in a few milliseconds.
"""

from __future__ import annotations

import errno
import os
import stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from contextlib import AbstractContextManager

Path = str | os.PathLike[str]
#: Size, times of the last change of the content and of the file in nanoseconds, and the number of the file.
Signature = tuple[int, int, int, int]

#: The digest of a file that is there and cannot be read, and of a folder that cannot be listed.
UNREADABLE = bytes(32)
_NUMBER = (1 << 63) - 1
#: Files in a folder, besides Python's, whose presence tells something. Others come and go unseen.
_TELLING = frozenset(
    {
        ".git",
        ".gitignore",
        ".hg",
        "pyvenv.cfg",
        "pyproject.toml",
        "setup.cfg",
        "setup.py",
        "Pipfile",
        "Pipfile.lock",
        "uv.lock",
        "poetry.lock",
        "pdm.lock",
        "pylock.toml",
    }
)
_TEXTS = (".txt", ".in")
#: What a shell hands over: ``<(command)``, ``/dev/stdin``.
_STREAMS = ("/dev/fd/", "/dev/stdin", "/proc/self/fd/")


class Looks:
    """What was looked at, by path as it was named, and what was seen. ``is_sound`` is False once the same look has
    told two things: somebody is writing there."""

    __slots__ = ("files", "folders", "is_sound", "kinds", "links", "names", "plain", "texts")

    def __init__(self) -> None:
        self.files: dict[str, tuple[Signature, bytes]] = {}
        self.folders: dict[str, tuple[Signature, bytes]] = {}
        """What `scan` gave, as a `listing`."""
        self.texts: dict[str, tuple[Signature, bytes]] = {}
        """What `texts` gave."""
        self.kinds: dict[str, str] = {}
        """What `kind` gave; ``missing`` for what could not be opened or listed, too."""
        self.names: dict[str, bool] = {}
        """What `is_there` gave."""
        self.links: dict[str, str] = {}
        """What `real` gave."""
        self.plain: set[str] = set()
        """The files of which all bytes were taken, and nobody can say what was asked of them."""

        self.is_sound = True

    def digest(self, path: str) -> bytes | None:
        """The SHA-256 of a file's bytes, if it was read."""
        found = self.files.get(path)
        return found[1] if found is not None else None

    def note_file(self, path: str, signature: Signature, digest: bytes) -> None:
        if self.files.setdefault(path, (signature, digest))[1] != digest:
            self.is_sound = False

    def note_folder(self, path: str, signature: Signature, digest: bytes) -> None:
        if self.folders.setdefault(path, (signature, digest))[1] != digest:
            self.is_sound = False

    def note_texts(self, path: str, signature: Signature, digest: bytes) -> None:
        if self.texts.setdefault(path, (signature, digest))[1] != digest:
            self.is_sound = False

    def note_kind(self, path: str, kind: str) -> None:
        if self.kinds.setdefault(path, kind) != kind:
            self.is_sound = False


#: Whoever wants looks noted, the last one first served.
_noting: list[Looks] = []


class _Watch:
    __slots__ = ("_looks",)

    def __enter__(self) -> Looks:
        self._looks = Looks()
        _noting.append(self._looks)
        return self._looks

    def __exit__(self, *error: object) -> None:
        _noting.remove(self._looks)


def watched() -> AbstractContextManager[Looks]:
    """Has all looks noted that are taken inside, in this process."""
    return _Watch()


def noted() -> Looks | None:
    """The looks so far, if they are being noted."""
    return _noting[-1] if _noting else None


# --- looks --------------------------------------------------------------------------------------------------------


def read(path: str | Path) -> bytes:
    """The bytes of a file. Raises `OSError`, also for a pipe or a device that only bears a file's name: reading it may
    never end."""
    if _noting:
        _noting[-1].plain.add(os.fspath(path))
    if kind_now(path) == "other" and not os.fspath(path).startswith(_STREAMS):
        if _noting:
            _note_failure(os.fspath(path), _noting[-1].note_file)
        raise OSError(errno.EINVAL, "Not a regular file", os.fspath(path))
    return read_source(path)


def read_source(path: str | Path) -> bytes:
    """The bytes of a file, by who notes what is asked of them (`delete_lint.source.questions`). Raises `OSError`."""
    if not _noting:
        with open(path, "rb", buffering=0) as file:
            return file.read()
    name = os.fspath(path)
    try:
        with open(path, "rb") as file:
            seen = signature(os.fstat(file.fileno()))
            data = file.read()
    except OSError:
        _note_failure(name, _noting[-1].note_file)
        raise
    _noting[-1].note_file(name, seen, digest_of(data))
    return data


def read_text(path: Path, encoding: str = "utf-8", errors: str = "strict") -> str:
    r"""The text of a file, with ``\n`` as its line ends. Raises `OSError` and `UnicodeDecodeError`."""
    text = read(path).decode(encoding, errors)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def scan(path: Path) -> list[os.DirEntry[str]]:
    """What is in a folder. Raises `OSError`."""
    if not _noting:
        with os.scandir(path) as entries:
            return list(entries)
    name = os.fspath(path)
    try:
        seen = signature(os.stat(path))
        with os.scandir(path) as entries:
            found = list(entries)
    except OSError:
        _note_failure(name, _noting[-1].note_folder)
        raise
    _noting[-1].note_folder(name, seen, listing(found))
    return found


def texts(path: Path) -> list[str]:
    """The names in a folder of what may tell which packages a project needs, sorted. Raises `OSError`."""
    try:
        seen = signature(os.stat(path))
        found = _texts(path)
    except OSError:
        if _noting:
            _note_failure(os.fspath(path), _noting[-1].note_texts)
        raise
    if _noting:
        _noting[-1].note_texts(os.fspath(path), seen, _of_names(found))
    return found


def kind(path: Path) -> str:
    """``file``, ``folder``, ``other`` or ``missing``; of a link what it leads to."""
    found = kind_now(path)
    if _noting:
        _noting[-1].note_kind(os.fspath(path), found)
    return found


def exists(path: Path) -> bool:
    return kind(path) != "missing"


def is_file(path: Path) -> bool:
    return kind(path) == "file"


def is_folder(path: Path) -> bool:
    return kind(path) == "folder"


def is_there(path: Path) -> bool:
    """Whether there is something of this name, be it a link that leads nowhere."""
    found = os.path.lexists(path)
    if _noting and _noting[-1].names.setdefault(os.fspath(path), found) != found:
        _noting[-1].is_sound = False
    return found


def real(path: Path) -> str:
    """The path without links."""
    found = os.path.realpath(os.fspath(path))
    if _noting and _noting[-1].links.setdefault(os.fspath(path), found) != found:
        _noting[-1].is_sound = False
    return found


# --- what looks are compared by -----------------------------------------------------------------------------------


def kind_now(path: Path) -> str:
    """What `kind` gives, without a note of it."""
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError):
        return "missing"
    return "file" if stat.S_ISREG(mode) else "folder" if stat.S_ISDIR(mode) else "other"


def signature(status: os.stat_result) -> Signature:
    return (status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino & _NUMBER)


def digest_of(data: bytes) -> bytes:
    import hashlib

    return hashlib.sha256(data).digest()


def digest_now(path: str) -> bytes | None:
    """The digest of a file's bytes, `UNREADABLE` if it has none; None when there is no such file. A pipe or a device is
    not read: that may never end."""
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            return UNREADABLE
        with open(path, "rb") as file:
            return digest_of(file.read())
    except OSError:
        return UNREADABLE if os.path.lexists(path) else None


def listing_now(path: str) -> bytes | None:
    """The `listing` of a folder, `UNREADABLE` if it has none; None when there is no such folder."""
    try:
        with os.scandir(path) as entries:
            return listing(entries)
    except OSError:
        return UNREADABLE if os.path.lexists(path) else None


def listing(entries: Iterable[os.DirEntry[str]]) -> bytes:
    """A digest of the names in a folder, and of what has them, so far as they tell something."""
    return _of_names(sorted(_telling(entries)))


def texts_now(path: str) -> bytes | None:
    """The digest of what `texts` gives; None when there is no such folder."""
    try:
        return _of_names(_texts(path))
    except OSError:
        return UNREADABLE if os.path.lexists(path) else None


def _texts(path: Path) -> list[str]:
    with os.scandir(path) as entries:
        names = (entry.name for entry in entries)
        return sorted(name for name in names if name in _TELLING or "requirements" in name or name.endswith(_TEXTS))


def _of_names(names: list[str]) -> bytes:
    return digest_of("\0".join(names).encode("utf-8", "surrogateescape"))


def _telling(entries: Iterable[os.DirEntry[str]]) -> Iterator[str]:
    for entry in entries:
        name = entry.name
        if entry.is_dir(follow_symlinks=False):
            if name in _TELLING or not (name.startswith(".") or name == "__pycache__"):
                yield f"d{name}"
        elif name in _TELLING or name.endswith(".py"):
            yield f"l{name}" if entry.is_symlink() else f"f{name}" if entry.is_file() else f"o{name}"


def _note_failure(name: str, note: Callable[[str, Signature, bytes], None]) -> None:
    """Where reading or listing failed: there is nothing, or what there is cannot be read."""
    try:
        seen = signature(os.stat(name))
    except (OSError, ValueError):
        _noting[-1].note_kind(name, "missing")
        return
    note(name, seen, UNREADABLE)
