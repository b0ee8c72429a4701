"""A second process that reads along: it outlines files, looks whether they are Python, and writes fixes.

All of it is done here as well where it has not been done there: a process that cannot be started, dies or is slow
leaves more to do for this one, and that is all.
"""

from __future__ import annotations

import os
import struct
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec

if TYPE_CHECKING:
    from queue import SimpleQueue
    from subprocess import Popen
    from typing import BinaryIO

    from delete_lint.source.discover import SourcePath

#: With fewer files than this, starting a process takes longer than what it would save.
FEWEST_FILES = 200
#: For people who measure, and for places where a second process is unwelcome: ``1`` is this one alone.
PROCESSES = "DELETE_LINT_PROCESSES"

_SCRIPT = Path(__file__).parent.parent / "second_process.py"
#: Seconds after which no answer is expected any more.
_LONGEST = 60
#: Bytes of a key.
_KEY = 32
#: Bytes that are read at once.
_MOST = 1 << 20
_LENGTH = struct.Struct(">I")


class Message(msgspec.Struct, frozen=True, array_like=True):
    """What goes to the second process: ``files``, then ``check`` once no outlines are needed any more, and ``fix``.

    What comes back: an ``outline``, in the encoded facts of the contents with that key, which are those of the file
    with that number; the keys, one after the other, of contents that are ``python``; the answer to a ``fix``. Keys are
    those of `delete_lint.source.facts`.
    """

    kind: Literal["files", "check", "fix", "outline", "python"]
    key: bytes = b""
    data: bytes = b""
    number: int = 0


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Message)
_paths = msgspec.msgpack.Decoder(list[bytes])


def send(stream: BinaryIO, message: Message) -> None:
    """Raises `OSError`."""
    data = _encoder.encode(message)
    view = memoryview(_LENGTH.pack(len(data)) + data)
    while view:
        view = view[stream.write(view) :]


def messages(read: Callable[[int], bytes | None]) -> Iterator[Message]:
    """The messages of a stream, of which ``read`` gives what is there, up to a number of bytes. Raises `OSError`."""
    rest = b""
    while data := read(_MOST):
        rest = rest + data if rest else data
        begin = 0
        while len(rest) - begin >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(rest, begin)
            end = begin + _LENGTH.size + length
            if end > len(rest):
                break
            yield _decoder.decode(rest[begin + _LENGTH.size : end])
            begin = end
        rest = rest[begin:]


def paths_in(message: Message) -> list[bytes]:
    """The paths that the first message names."""
    return _paths.decode(message.data)


class Beside:
    """What the second process has found so far: encoded facts with the ``outlines`` of contents by their key, and the
    keys of contents that are ``python``. It goes through the files from the front, first for the outlines, so whoever
    has files left to look at had better start at the back."""

    def __init__(self, process: Popen[bytes] | None = None) -> None:
        self.python: set[bytes] = set()
        self.outlines: dict[bytes, bytes] = {}
        self.outlined = -1
        """The number of the last file with an outline."""
        self._process = process
        if process is not None:
            # A run that needs no second process has no need of this either.
            from queue import SimpleQueue
            from threading import Event

            self._answers: SimpleQueue[bytes | None] = SimpleQueue()
            self._has_begun = Event()

    @property
    def process(self) -> int | None:
        """Its id, None when there is none."""
        return self._process.pid if self._process is not None else None

    def need_no_more_outlines(self) -> None:
        self._send(Message("check"))

    def fixes(self, order: bytes) -> bytes | None:
        """Has `delete_lint.fixes.elsewhere` do what is ordered there, and waits for its answer. None without one."""
        if self._process is None or not self._send(Message("fix", data=order)):
            return None
        from queue import Empty

        try:
            return self._answers.get(timeout=_LONGEST)
        except Empty:
            self._process.kill()  # it hangs, or somebody has stopped it
            return None

    def _send(self, message: Message) -> bool:
        """Whether it could be sent. The files go first."""
        if self._process is None:
            return False
        self._has_begun.wait()
        return self._write(message)

    def _write(self, message: Message) -> bool:
        assert self._process is not None
        assert self._process.stdin is not None
        try:
            send(self._process.stdin, message)  # type: ignore[arg-type]  # not buffered, so it is no more than raw
        except (OSError, ValueError):
            return False
        return True

    def _start(self, files: Sequence[SourcePath]) -> None:
        paths = [os.fsencode(source.location) for source in files]
        self._write(Message("files", data=_encoder.encode(paths)))
        self._has_begun.set()

    def _listen(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        with suppress(OSError, ValueError, msgspec.MsgspecError):
            for message in messages(self._process.stdout.read):
                if message.kind == "python":
                    keys = message.data
                    self.python.update(keys[at : at + _KEY] for at in range(0, len(keys), _KEY))
                elif message.kind == "outline":
                    self.outlines[message.key] = message.data
                    self.outlined = message.number
                elif message.kind == "fix":
                    self._answers.put(message.data)
        self._answers.put(None)


@contextmanager
def checked_beside(files: Sequence[SourcePath]) -> Iterator[Beside]:
    """Has the files looked at in a second process, where there is a core for it, and ends it on the way out."""
    process = _started() if len(files) >= FEWEST_FILES and _cores() > 1 else None
    beside = Beside(process)
    if process is None:
        yield beside
        return
    from threading import Thread

    threads = [
        # Nobody reads the paths before the other process has come up.
        Thread(target=beside._start, args=(files,), daemon=True),
        Thread(target=beside._listen, daemon=True),
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
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()


def _started() -> Popen[bytes] | None:
    # A frozen program's executable is the program, and not a Python.
    if not sys.executable or getattr(sys, "frozen", False) or not _SCRIPT.is_file() or not msgspec.__file__:
        return None
    import subprocess

    # It sees the standard library, this package and the folder that its libraries are in, and nothing of a project's.
    own, libraries = _SCRIPT.parent.parent, Path(msgspec.__file__).parent.parent
    command = [sys.executable, "-I", "-S", "-B", str(_SCRIPT), str(own), str(libraries)]
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
