"""Many inputs, tried in a process of their own that is watched: one that dies or hangs is a fault, and the next seed
goes on. What was done is kept in a file of JSON lines, so that a long run can be ended and taken up again."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.fuzz.seeds import ROOT

#: Seconds without a word after which a worker is taken to hang where no signal reaches it.
_SILENCE = 90.0
#: Seeds that one process tries.
_PORTION = 4000


@dataclass
class Tally:
    """What was tried. ``faults`` are by their cause; the seed and what was said of the first of each."""

    next: int = 0
    inputs: int = 0
    seconds: float = 0.0
    slowest: float = 0.0
    memory: int = 0
    faults: dict[str, tuple[int, str]] = field(default_factory=dict)

    def add(self, entry: dict[str, Any]) -> None:
        self.next = max(self.next, entry["end"] + 1)
        self.inputs += entry["inputs"]
        self.seconds += entry["seconds"]
        self.slowest = max(self.slowest, entry["slowest"])
        self.memory = max(self.memory, entry["memory"])
        for where, message in entry["faults"]:
            self.faults.setdefault(where, (entry["end"], message))


def tally_of(file: Path) -> Tally:
    """What a file says that was done."""
    tally = Tally()
    if file.exists():
        for line in file.read_text(encoding="utf-8").splitlines():
            tally.add(json.loads(line))
    return tally


def campaign(
    kind: str, *, inputs: int, seconds: float = float("inf"), first: int = 0, state: Path | None = None,
    sources: Sequence[Path] = (),
) -> Tally:  # fmt: skip
    """Tries inputs until there are so many or the time is over, from the seed on where the state ends."""
    tally = tally_of(state) if state is not None else Tally()
    tally.next = max(tally.next, first)
    end = time.monotonic() + seconds
    while tally.inputs < inputs and time.monotonic() < end:
        with closing(_portion(kind, tally.next, sources, end)) as entries:
            for entry in entries:
                tally.add(entry)
                if state is not None:
                    with state.open("a", encoding="utf-8") as file:
                        file.write(json.dumps(entry) + "\n")
                if tally.inputs >= inputs:
                    break
    return tally


def _portion(kind: str, first: int, sources: Sequence[Path], end: float) -> Generator[dict[str, Any], None, None]:
    command = [sys.executable, "-m", "benchmarks.fuzz.worker", kind, str(first), str(first + _PORTION)]
    if sources:
        command += ["--sources", *map(str, sources)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "rules"))), "PYTHONHASHSEED": "0"}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    told: queue.Queue[dict[str, Any] | None] = queue.Queue()
    errors: list[str] = []
    listeners = [
        threading.Thread(target=_listen, args=(process, told), daemon=True),
        threading.Thread(target=lambda: errors.extend(process.stderr or ()), daemon=True),
    ]
    for listener in listeners:
        listener.start()
    begun, since = first, time.monotonic()
    try:
        while time.monotonic() < end:
            try:
                entry = told.get(timeout=_SILENCE)
            except queue.Empty:
                yield _lost(begun, since, "hangs", "")
                return
            if entry is None:
                if process.wait() != 0:
                    listeners[1].join()
                    yield _lost(begun, since, f"the process died ({process.returncode})", "".join(errors)[-2000:])
                return
            if "begin" in entry:
                begun, since = entry["begin"], time.monotonic()
            else:
                yield {**entry, "seconds": round(time.monotonic() - since, 3)}
    finally:
        process.kill()
        process.wait()
        for listener in listeners:
            listener.join()
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()


def _listen(process: subprocess.Popen[str], told: queue.Queue[dict[str, Any] | None]) -> None:
    for line in process.stdout or ():
        told.put(json.loads(line))
    told.put(None)


def _lost(seed: int, since: float, where: str, message: str) -> dict[str, Any]:
    seconds = round(time.monotonic() - since, 3)
    return {"end": seed, "inputs": 1, "slowest": seconds, "memory": 0, "seconds": seconds, "faults": [[where, message]]}


def main() -> None:
    """A long run, by hand: ``python -m benchmarks.fuzz.campaign mutated 200000 STATE [FOLDER…]``."""
    kind, inputs, state, *sources = sys.argv[1:]
    tally = campaign(kind, inputs=int(inputs), state=Path(state), sources=[Path(source) for source in sources])
    print(f"{tally.inputs} inputs, {len(tally.faults)} faults, slowest {tally.slowest} s, {tally.memory >> 20} MB")


if __name__ == "__main__":
    main()
