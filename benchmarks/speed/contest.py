"""The runs: every competitor on every input, one after the other, and all of it again."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.speed.competitors import Entry, environment
from benchmarks.speed.inputs import Input
from benchmarks.speed.measure import Measured, measure

#: What is added to a file for a run, before the number of the run.
LINES = {"one comment more": "# changed for the run ", "one changed file": "CHANGED_FOR_THE_RUN = "}
#: Exit statuses that tell of findings; pylint's is a sum of bits.
_FINDINGS = {"pylint, pylint-django's checks": range(32)}


@dataclass
class Contest:
    """``runs`` holds what was measured, by input and row; ``late`` are those that took longer than ``limit`` seconds,
    and ``given_up`` says why else there is none. Neither is tried again."""

    work: Path
    limit: float
    runs: dict[tuple[str, str], list[Measured]] = field(default_factory=dict)
    late: set[tuple[str, str]] = field(default_factory=set)
    given_up: dict[tuple[str, str], str] = field(default_factory=dict)

    def hold(self, inputs: Sequence[Input], entries: Sequence[Entry], times: int) -> None:
        """Interleaved, so that a busy minute of the machine is everybody's."""
        for time in range(times):
            for project in sorted(inputs, key=lambda each: each.lines):
                for entry in entries:
                    key = (project.name, entry.label)
                    if (
                        key not in self.late
                        and key not in self.given_up
                        and not self._beyond(key, project, inputs, entry)
                    ):
                        print(f"run {time + 1} of {times}: {project.name}: {entry.label}", file=sys.stderr)
                        self._run(key, project, entry)

    def _beyond(self, key: tuple[str, str], project: Input, inputs: Sequence[Input], entry: Entry) -> bool:
        """The time was up on a smaller input."""
        for smaller in inputs:
            if smaller.lines < project.lines and (smaller.name, entry.label) in self.late:
                self.given_up[key] = f"not run: > {self.limit:.0f} s on {smaller.name}"
                return True
        return False

    def _run(self, key: tuple[str, str], project: Input, entry: Entry) -> None:
        command = entry.command(project)
        variables = environment(self.work)
        if entry.kind in LINES and entry.cache is not None:
            # Else the edit of one run would be answered from that of the run before.
            shutil.rmtree(entry.cache / project.folder.name, ignore_errors=True)
        if entry.cache is not None:
            measure(command, project.folder, variables, self.limit)
        if entry.kind in LINES:
            with _changed(project.changed, f"\n{LINES[entry.kind]}{len(self.runs.get(key, ()))}\n"):
                measured = measure(command, project.folder, variables, self.limit)
        else:
            measured = measure(command, project.folder, variables, self.limit)
        if measured.status is None:
            self.late.add(key)
        elif measured.status not in _FINDINGS.get(entry.tool, range(2)):
            end = " ".join(measured.errors.split())[-200:]
            self.given_up[key] = f"failed with status {measured.status}: {end}"
        else:
            self.runs.setdefault(key, []).append(measured)


@contextmanager
def _changed(file: Path, more: str) -> Iterator[None]:
    """The file with something more at its end; afterwards as it was."""
    before = file.read_bytes()
    file.write_bytes(before + more.encode())
    try:
        yield
    finally:
        file.write_bytes(before)


def clear_caches(work: Path) -> None:
    shutil.rmtree(work / "caches", ignore_errors=True)
