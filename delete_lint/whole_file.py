"""Files written whole or not at all, and never by way of a link that leads out of the project: who sends in a link in
place of a report would have another file overwritten.

What the user names outside of the project, such as ``/dev/stdout``, is followed wherever it leads.
"""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress

Path = str | os.PathLike[str]


class LeadsOutError(OSError):
    """The path of a project that is, or goes through, a link to something outside of it."""


def target(path: Path) -> str:
    """The file behind links. Raises `LeadsOutError`."""
    named = os.path.abspath(path)
    real = os.path.realpath(named)
    folder = _project(named)
    if folder is not None and not _is_below(real, os.path.realpath(folder)):
        problem = f"it is, or goes through, a link out of {folder}: name {real} if that is what you want"
        raise LeadsOutError(errno.ELOOP, problem)
    return real


def leads_out(path: Path) -> bool:
    """Whether it is the path of a project that is, or goes through, a link to something outside of it."""
    try:
        target(path)
    except LeadsOutError:
        return True
    return False


def write_whole(path: Path, data: bytes, *, is_in_place_enough: bool = False) -> None:
    """Puts a new file there, with the mode and the owner of the old one if there is one; what is no plain file (a
    device, a pipe) is written to. ``is_in_place_enough`` has a file written to as well that cannot be replaced: alone
    in a folder where nothing can be made. Raises `OSError`."""
    real = target(path)
    try:
        old = os.stat(path)
    except FileNotFoundError:
        old = None
    # `/dev/stdout` leads to a file that somebody has open, and will not see another in its place.
    if old is not None and (not stat.S_ISREG(old.st_mode) or os.path.abspath(path).startswith(("/dev/", "/proc/"))):
        _write_in_place(os.fspath(path), data)
        return
    try:
        replace(real, data, old)
    except OSError as error:
        if not (is_in_place_enough and old is not None and error.errno in (errno.EACCES, errno.EPERM, errno.EBUSY)):
            raise
        _write_in_place(real, data)


def replace(real: str, data: bytes, old: os.stat_result | None, is_same: bytes | None = None) -> bool:
    """Puts a new file in the place of one that is no link. Whether it did: it does not when the file no longer holds
    the bytes of ``is_same``. Raises `OSError`."""
    folder, name = os.path.split(real)
    temporary = os.path.join(folder, f".{name[:100]}.{os.urandom(6).hex()}.delete-lint")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if old is not None:
            with suppress(OSError, AttributeError):  # another's file may be ours to replace and not to give away
                os.chown(temporary, old.st_uid, old.st_gid)
            os.chmod(temporary, stat.S_IMODE(old.st_mode))
        if is_same is not None:
            with open(real, "rb") as file_now:
                if file_now.read() != is_same:
                    os.unlink(temporary)
                    return False
        os.replace(temporary, real)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise
    return True


def line_end(path: Path) -> str:
    r"""How the lines of a file end: ``\r\n`` when its first one does, else ``\n``. For whoever writes it anew."""
    with suppress(OSError), open(path, "rb") as file:
        return "\r\n" if file.readline(10_000).endswith(b"\r\n") else "\n"
    return "\n"


def _write_in_place(path: str, data: bytes) -> None:
    with open(path, "wb", opener=_with_reader) as file:
        file.write(data)


def _with_reader(path: str, flags: int) -> int:
    """Opens a file; a pipe that nobody reads raises `OSError` in place of waiting for somebody."""
    try:
        handle = os.open(path, flags | getattr(os, "O_NONBLOCK", 0), 0o666)
    except OSError as error:
        if error.errno == errno.ENXIO:
            error.strerror = "nobody reads from this pipe"
        raise
    if hasattr(os, "O_NONBLOCK"):
        os.set_blocking(handle, True)
    return handle


def _project(named: str) -> str | None:
    """The repository that a path lies in by its name, else the working folder if it lies in that."""
    folder = os.path.dirname(named)
    while not os.path.lexists(os.path.join(folder, ".git")):
        parent = os.path.dirname(folder)
        if parent == folder:
            here = os.getcwd()
            return here if _is_below(named, here) else None
        folder = parent
    return folder


def _is_below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(os.path.join(folder, ""))
