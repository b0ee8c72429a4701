"""Where delete-lint's own time goes: runs it in this process and looks every other millisecond at what it does.

    python -m benchmarks.speed.profile OUT.json ARGUMENT…

writes seconds by part into OUT.json, ``wall`` and ``cpu`` (of this process). Each look counts for the time since the
last one: a call into C is seen only when it has come back. What the second process does is "waiting" for it here.
"""

from __future__ import annotations

import atexit
import json
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from types import FrameType

_INTERVAL = 0.002

START = "start-up and end of the interpreter"
#: In the order of a run. `part` says what belongs to which.
PARTS = (
    START,
    "imports",
    "import libcst",
    "discovery",
    "cache",
    "reading bytes",
    "outline",
    "lowering",
    "linking",
    "checking files",
    "rules",
    "suppressions",
    "fixes",
    "output",
    "waiting for the second process",
    "the rest",
)

# A part of the whole run: anything that is done on its behalf belongs to it.
_STAGES = (
    ("delete_lint/fixes/", "fixes"),
    ("delete_lint/source/mistakes.py", "checking files"),
    ("delete_lint/suppression.py", "suppressions"),
    ("delete_lint/recognition.py", "suppressions"),
    ("delete_lint_rules/", "rules"),
    ("delete_lint/output/", "output"),
    ("delete_lint/report.py", "output"),
)
# Within the reading, what is being done right now; the innermost decides.
_STEPS = (
    ("delete_lint/cache/", "cache"),
    ("delete_lint/source/lowering/", "lowering"),
    ("delete_lint/source/syntax.py", "lowering"),
    ("libcst/", "lowering"),
    ("delete_lint/source/outline.py", "outline"),
    ("delete_lint/source/tokens.py", "outline"),
    ("delete_lint/source/discover.py", "discovery"),
    ("delete_lint/source/ignore.py", "discovery"),
    ("delete_lint/source/roots.py", "discovery"),
    ("delete_lint/source/", "linking"),
)
_WAITING = ("delete_lint/source/beside.py",)


@dataclass(frozen=True, slots=True)
class Profile:
    """Seconds by part."""

    wall: Mapping[str, float]
    cpu: Mapping[str, float]


class Sampler:
    """Seconds by part, from `start` to `stop`; those of the processor tell the same on a busy machine."""

    def __init__(self) -> None:
        self.wall: defaultdict[str, float] = defaultdict(float)
        self.cpu: defaultdict[str, float] = defaultdict(float)
        self._last = (0.0, 0.0)

    def start(self) -> None:
        self._last = (time.perf_counter(), time.process_time())
        signal.signal(signal.SIGALRM, self._look)
        signal.setitimer(signal.ITIMER_REAL, _INTERVAL, _INTERVAL)

    def stop(self) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)
        self._look(signal.SIGALRM, None)

    def _look(self, _: int, frame: FrameType | None) -> None:
        wall, cpu = self._last
        self._last = (time.perf_counter(), time.process_time())
        name = part(_stack(frame))
        self.wall[name] += self._last[0] - wall
        self.cpu[name] += self._last[1] - cpu


def _stack(frame: FrameType | None) -> list[tuple[str, str]]:
    found = []
    while frame is not None:
        found.append((frame.f_code.co_filename, frame.f_code.co_name))
        frame = frame.f_back
    return found


def part(stack: list[tuple[str, str]]) -> str:
    """The part that a stack of files and functions, the innermost first, belongs to."""
    files = [file for file, _ in stack]
    if any(file.startswith("<frozen importlib") for file in files):
        return "import libcst" if any("/libcst/" in file for file in files) else "imports"
    if any(sign in files_ for files_ in files[:4] for sign in _WAITING):
        return "waiting for the second process"
    for sign, name in _STAGES:
        if any(sign in file for file in files):
            return name
    if any(name in ("_unreadable", "_mistake") for _, name in stack):
        return "checking files"
    for file, function in stack:
        if function == "read_bytes" and "delete_lint/" in file:
            return "reading bytes"
        for sign, name in _STEPS:
            if sign in file:
                return name
    return "the rest"


def main() -> None:
    out = sys.argv[1]
    sys.argv = ["delete-lint", *sys.argv[2:]]
    sampler = Sampler()
    sampler.start()

    def write() -> None:
        sampler.stop()
        with open(out, "w") as stream:
            json.dump({"wall": sampler.wall, "cpu": sampler.cpu}, stream)

    atexit.register(write)
    from delete_lint.cli import main as run

    run()


if __name__ == "__main__":
    main()
