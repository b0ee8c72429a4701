"""One run of one command: how long, how much of the processors, how much memory."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_INTERVAL = 0.01
#: ``ru_maxrss`` is in kilobytes, on macOS in bytes.
_UNIT = 1 if sys.platform == "darwin" else 1024


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds and bytes. ``cpu`` and ``child`` count every process that the command started and waited for; ``child``
    is the peak of the largest of these, 0 where there is none. ``status`` is None when the time was up."""

    wall: float
    cpu: float
    main: int
    child: int
    status: int | None
    errors: str


def measure(command: Sequence[str], folder: Path, environment: Mapping[str, str], limit: float) -> Measured:
    """Runs the command in the folder, for at most ``limit`` seconds; what it prints goes nowhere."""
    with open(os.devnull, "wb") as nowhere, _Errors() as errors:
        start = time.perf_counter()
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=nowhere,
            stdout=nowhere,
            stderr=errors.stream,
            start_new_session=True,
        )
        peaks = _Peaks(process.pid)
        late = threading.Event()
        timer = threading.Timer(limit, _end, (process.pid, late))
        timer.start()
        peaks.start()
        try:
            _, status, usage = os.wait4(process.pid, 0)
            wall = time.perf_counter() - start
        except BaseException:  # an interrupt is not sent to another session
            _end(process.pid, late)
            raise
        finally:
            timer.cancel()
            peaks.stop()
        process.returncode = os.waitstatus_to_exitcode(status)  # Popen must not wait for it again
        main, child = peaks.main, peaks.child
        # Too short a life to be looked at. What the kernel counts includes the copy of this process that a new one is
        # until it becomes another program, so below that it tells nothing.
        most = usage.ru_maxrss * _UNIT
        if most > max(main, child, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _UNIT):
            main, child = (most, child) if main >= child else (main, most)
        status_or_late = None if late.is_set() else process.returncode
        return Measured(wall, usage.ru_utime + usage.ru_stime, main, child, status_or_late, errors.text())


def _end(group: int, late: threading.Event) -> None:
    late.set()
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        pass


class _Errors:
    """What a command says on stderr, of which the end is kept."""

    def __enter__(self) -> _Errors:
        from tempfile import TemporaryFile

        self.stream = TemporaryFile()
        return self

    def text(self) -> str:
        self.stream.seek(0, os.SEEK_END)
        self.stream.seek(max(0, self.stream.tell() - 4000))
        return self.stream.read().decode(errors="replace")

    def __exit__(self, *_: object) -> None:
        self.stream.close()


class _Peaks:
    """The high-water marks of a process and of the processes below it, looked at while they live.

    The kernel's sum when they have ended does not tell one from another. Where there is no ``/proc`` both stay 0.
    """

    def __init__(self, pid: int) -> None:
        self.main = 0
        self.child = 0
        self._pid = pid
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while True:
            self.main = max(self.main, _peak(self._pid))
            self.child = max([self.child, *map(_peak, _below(self._pid))])
            if self._over.wait(_INTERVAL):
                return


def _peak(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/status", "rb") as stream:
            for line in stream:
                if line.startswith(b"VmHWM:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


def _below(pid: int) -> list[int]:
    found: list[int] = []
    waiting = [pid]
    while waiting:
        parent = waiting.pop()
        try:
            threads = os.listdir(f"/proc/{parent}/task")
            for thread in threads:
                with open(f"/proc/{parent}/task/{thread}/children", "rb") as stream:
                    children = [int(child) for child in stream.read().split()]
                found += children
                waiting += children
        except OSError:
            continue
    return found
