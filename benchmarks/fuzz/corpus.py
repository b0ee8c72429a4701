"""Code that others wrote: the standard library, what is installed, and folders that are named, each linted whole."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.fuzz.seeds import ROOT

#: Seconds after which a run is taken to hang.
LIMIT = 1800.0
_UNWANTED = ("internal error", "Traceback", "Exception ignored", " failed: ")


@dataclass(frozen=True, slots=True)
class Outcome:
    """A folder that was linted: its files and findings, the seconds of processor time, and what went wrong."""

    name: str
    files: int
    findings: int
    seconds: float
    fault: str = ""


def installed() -> list[Path]:
    """The packages of this environment, and modules that are a file."""
    root = Path(sysconfig.get_paths()["purelib"])
    return [
        path
        for path in sorted(root.iterdir())
        if (path.suffix == ".py" and path.is_file()) or (path.is_dir() and any(path.rglob("*.py")))
    ]


def package(name: str) -> Path:
    """An installed package."""
    return Path(sysconfig.get_paths()["purelib"], name)


def standard_library() -> Path:
    return Path(sysconfig.get_paths()["stdlib"])


def linted(path: Path) -> Outcome:
    """Lints a file or folder, tests and migrations with it, and what is excluded by name otherwise."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "rules")))}
    command = [
        sys.executable, "-m", "delete_lint", path.name, "--isolated", "--include-tests", "--include-migrations",
        "--exclude", "nothing-is-called-so", "--no-cache", "--format", "json",
    ]  # fmt: skip
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    try:
        done = subprocess.run(
            command, cwd=path.parent, env=environment, capture_output=True, text=True, timeout=LIMIT, check=False
        )
    except subprocess.TimeoutExpired:
        return Outcome(path.name, 0, 0, time.monotonic() - start, f"not done after {LIMIT:.0f} s")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    fault = next((line for line in done.stderr.splitlines() if any(word in line for word in _UNWANTED)), "")
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        return Outcome(path.name, 0, 0, seconds, fault or f"no answer: {done.stderr[-300:]}")
    if done.returncode not in (0, 1) and "no model found" not in done.stderr:
        fault = fault or f"status {done.returncode}: {done.stderr[-300:]}"
    return Outcome(path.name, answer["summary"]["files"], len(answer["findings"]), seconds, fault)


def corpus(paths: Sequence[Path]) -> Iterator[Outcome]:
    return map(linted, paths)


def main() -> None:
    """By hand: ``python -m benchmarks.fuzz.corpus [FOLDER…]``, without a folder all that is installed."""
    paths = [Path(path).resolve() for path in sys.argv[1:]] or [standard_library(), *installed()]
    files = faults = 0
    for outcome in corpus(paths):
        files += outcome.files
        faults += bool(outcome.fault)
        told = f"{outcome.files} files, {outcome.findings} findings, {outcome.seconds:.1f} s"
        print(f"{outcome.name}: {told} {outcome.fault}", flush=True)
    print(f"{files} files, {faults} faults")


if __name__ == "__main__":
    main()
