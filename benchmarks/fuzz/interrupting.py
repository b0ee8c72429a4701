"""Ctrl-C, sent to delete-lint at some moment of its run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.fuzz.seeds import ROOT

#: Tells when delete-lint's own code begins: before that, what Python says to Ctrl-C is Python's.
_BEGINNING = (
    "import os, sys; os.write(2, b'begins\\n'); sys.argv[0] = 'delete-lint'; "
    "from delete_lint.__main__ import main; main()"
)


def interrupted(arguments: Sequence[str], folder: Path, after: float) -> tuple[int, str]:
    """The exit status of a run that is interrupted after so many seconds, and what it wrote to stderr."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "rules"))), "NO_COLOR": "1"}
    process = subprocess.Popen(
        [sys.executable, "-c", _BEGINNING, *arguments],
        cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stderr is not None
    process.stderr.readline()
    time.sleep(after)
    process.send_signal(signal.SIGINT)
    try:
        _, said = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()
    return process.returncode, said.decode("utf-8", "backslashreplace")
