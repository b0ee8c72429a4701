"""A second process that looks whether all files are Python while this one draws the graph."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from delete_lint.source import second_opinion
from delete_lint.source.discover import SourcePath

if TYPE_CHECKING:
    from subprocess import Popen

#: With fewer files than this, starting a process takes longer than what it would save.
FEWEST_FILES = 200
#: For people who measure, and for places where a second process is unwelcome: ``1`` is this one alone.
PROCESSES = "DELETE_LINT_PROCESSES"

_DIGEST = 32


class Beside:
    """What the second process has found so far: the digests (`delete_lint.source.facts.key_of`) of contents that are
    Python. It starts at the front of the files, so whoever has files left to look at had better start at the back."""

    def __init__(self, process: int | None = None) -> None:
        """``process`` is its id, None when there is none."""
        self.process = process
        self.python: set[bytes] = set()


@contextmanager
def checked_beside(files: Sequence[SourcePath]) -> Iterator[Beside]:
    """Has the files looked at in a second process, where there is a core for it, and ends it on the way out.

    A process that cannot be started, dies or is slow leaves more to do for this one, and that is all.
    """
    process = _started() if len(files) >= FEWEST_FILES and _cores() > 1 else None
    if process is None:
        yield Beside()
        return
    beside = Beside(process.pid)
    from threading import Thread

    paths = b"\0".join(os.fsencode(source.path) for source in files)
    threads = [
        Thread(target=_tell, args=(process, paths), daemon=True),
        Thread(target=_listen, args=(process, beside.python), daemon=True),
    ]
    try:
        for thread in threads:
            thread.start()
        yield beside
    finally:
        with suppress(OSError):
            process.kill()
        process.wait()
        for thread in threads:
            if thread.ident is not None:
                thread.join()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                with suppress(OSError):
                    stream.close()


def _started() -> Popen[bytes] | None:
    script = second_opinion.__file__
    # A frozen program's executable is the program, and not a Python.
    if not sys.executable or getattr(sys, "frozen", False) or not script or not Path(script).is_file():
        return None
    import subprocess

    command = [sys.executable, "-I", "-S", "-B", script]
    with suppress(OSError, ValueError):
        return subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0
        )
    return None


def _cores() -> int:
    """How many processes may run at once."""
    if (wanted := os.environ.get(PROCESSES, "")).isdecimal():
        return int(wanted)
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _tell(process: Popen[bytes], paths: bytes) -> None:
    assert process.stdin is not None
    with suppress(OSError, ValueError):
        view = memoryview(paths)
        while view:
            view = view[process.stdin.write(view) :]
        process.stdin.close()


def _listen(process: Popen[bytes], found: set[bytes]) -> None:
    assert process.stdout is not None
    rest = b""
    with suppress(OSError, ValueError):
        while data := process.stdout.read(65536):
            rest += data
            whole = len(rest) - len(rest) % _DIGEST
            found.update(rest[start : start + _DIGEST] for start in range(0, whole, _DIGEST))
            rest = rest[whole:]
