"""How the process starts and ends: its three streams, of which any may be closed, full or left by its reader, and
Ctrl-C, which ends it at once and without a word, with nothing half written."""

from __future__ import annotations

import atexit
import os
import signal
import sys
from contextlib import suppress
from types import FrameType
from typing import Any, NoReturn, TextIO

#: What a shell says of a process that Ctrl-C has ended.
INTERRUPTED = 130
_STREAMS = (("stdin", "r"), ("stdout", "w"), ("stderr", "w"))


def prepare() -> None:
    """To be called once, before anything is opened or told."""
    for name, mode in _STREAMS:
        if getattr(sys, name) is None:
            # The lowest number that is free is the stream's own. Were it left free, the next file to be opened would
            # get it, and whatever a library or another program writes to the stream.
            handle = os.open(os.devnull, os.O_RDWR)
            setattr(sys, name, os.fdopen(handle, mode, encoding="utf-8", errors="backslashreplace"))
    # Whoever starts it in the background may want it to go on.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _interrupted)
        sys.unraisablehook = _unraisable


def end(status: int) -> NoReturn:
    """Ends the process; what nobody reads any more is not told."""
    with suppress(ValueError):  # not the main thread
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    if not flushed(sys.stdout) and status == 0:
        status = 2
    flushed(sys.stderr)
    if _nobody_waits():
        # To free all objects one by one takes up to a tenth of a run, and nobody needs them any more.
        atexit._run_exitfuncs()
        flushed(sys.stdout)
        flushed(sys.stderr)
        os._exit(status)
    sys.exit(status)


def _nobody_waits() -> bool:
    """Whether no other thread runs, and nobody watches the interpreter: a debugger, a profiler, a prompt behind it."""
    watched = sys.gettrace() is not None or sys.getprofile() is not None or sys.flags.inspect
    return not watched and ("threading" not in sys.modules or sys.modules["threading"].active_count() == 1)


def flushed(stream: TextIO) -> bool:
    """Whether all went out that was written, or its reader wants no more of it. If not, nothing more will."""
    try:
        stream.flush()
    except (OSError, ValueError) as error:
        silence(stream)
        return isinstance(error, BrokenPipeError)
    return True


def silence(stream: TextIO) -> None:
    """What is still to be written, and all that comes, goes nowhere: it would raise again when the process ends."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def say(text: str) -> None:
    """Writes to stderr, if anybody listens."""
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except (OSError, ValueError):
        silence(sys.stderr)


def _interrupted(number: int, frame: FrameType | None) -> NoReturn:
    # Cleaning up takes no time worth mentioning. If it does, somebody will press again.
    signal.signal(signal.SIGINT, lambda *_: os._exit(INTERRUPTED))
    raise KeyboardInterrupt


def _unraisable(problem: Any) -> None:
    """Where Python can only write down what was raised, as in the clearing of garbage, Ctrl-C would be lost."""
    if isinstance(problem.exc_value, KeyboardInterrupt):
        os._exit(INTERRUPTED)
    sys.__unraisablehook__(problem)
