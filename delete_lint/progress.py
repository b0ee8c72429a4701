"""How far a run has come, for whoever waits for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TextIO

#: Called with what is being done now.
Progress = Callable[[str], None]

_PATIENCE = 1.0
_INTERVAL = 0.2


def silent(what: str) -> None:
    """No one waits."""


class TerminalProgress:
    """One line with what is being done and for how long, from the second second of a run on; without a stream,
    nothing. A thread keeps it alive, as a single step may take long."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream
        self._what = ""
        self._start = time.monotonic()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._show, daemon=True)
        if stream is not None:
            self._thread.start()

    def __call__(self, what: str) -> None:
        self._what = what

    def _show(self) -> None:
        wait = _PATIENCE
        while self._stream is not None and not self._over.wait(wait):
            wait = _INTERVAL
            if not self._write(f"\r\033[K{self._what} … {time.monotonic() - self._start:.0f} s"):
                return
        if wait == _INTERVAL:
            self._write("\r\033[K")

    def _write(self, text: str) -> bool:
        """Whether there is still somebody who waits."""
        try:
            if self._stream is not None:
                self._stream.write(text)
                self._stream.flush()
        except (OSError, ValueError):
            return False
        return True

    def clear(self) -> None:
        """Takes the line away, before anything else is written."""
        self._over.set()
        if self._stream is not None:
            self._thread.join()
