"""A process that tries inputs and tells of each what became of it, a line of JSON at a time; `campaign` watches it.

Each seed is one small project: the same one every time, as long as the same packages are installed.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeAlias

from benchmarks.fuzz.mutate import mutated
from benchmarks.fuzz.seeds import Seeds
from benchmarks.fuzz.trial import SECONDS, Fault, faults_within

#: Bytes of memory that the whole process may hold, which reads one project after the other.
MEMORY = 512 * 1024 * 1024
#: Of so many projects one is also given comments, and read again from what a cache would have kept.
_THOROUGH = 6
#: Projects that hypothesis makes of one seed.
_EXAMPLES = 40

#: A project, and how many of its files are nobody's.
Input: TypeAlias = tuple[Mapping[str, bytes], int]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=("mutated", "generated"))
    parser.add_argument("first", type=int)
    parser.add_argument("last", type=int)
    parser.add_argument("--sources", type=Path, nargs="*", default=[])
    given = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_AS, (4 * MEMORY, 4 * MEMORY))
    gc.set_threshold(100_000, 20, 100)
    made = _mutated(Seeds(given.sources)) if given.kind == "mutated" else _generated
    with tempfile.TemporaryDirectory() as scratch:
        for seed in range(given.first, given.last):
            _tell({"begin": seed})
            _tell({"end": seed, **_tried(made, seed, Path(scratch))})


def _tried(made: Callable[[int], Iterator[Input]], seed: int, scratch: Path) -> dict[str, object]:
    inputs = 0
    slowest = 0.0
    found: list[Fault] = []
    for number, (project, count) in enumerate(made(seed)):
        inputs += count
        start = time.process_time()
        found += faults_within(project, scratch, seconds=SECONDS, thorough=(seed + number) % _THOROUGH == 0)
        slowest = max(slowest, time.process_time() - start)
    memory = _peak()
    if memory > MEMORY:
        found.append(Fault("too much memory", f"{memory} bytes"))
    return {
        "inputs": inputs,
        "slowest": round(slowest, 2),
        "memory": memory,
        "faults": [[fault.where, fault.message] for fault in found],
    }


def _peak() -> int:
    """Bytes at most held so far. What `resource` says counts the copy of the process that started this one, too, as
    which it began."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    peaks = [int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:")]
    return max(peaks, default=0) * 1024


def _mutated(seeds: Seeds) -> Callable[[int], Iterator[Input]]:
    def made(seed: int) -> Iterator[Input]:
        yield mutated_project(seeds, seed)

    return made


def mutated_project(seeds: Seeds, seed: int) -> Input:
    """Some files, most of them mutated."""
    chance = random.Random(f"delete-lint {seed}")
    project = seeds.project(chance)
    spared = {name for name in project if chance.random() < 0.2} - {chance.choice(sorted(project))}
    changed = {
        name: data if name in spared else mutated(data, project, chance) for name, data in sorted(project.items())
    }
    return changed, len(changed) - len(spared)


def _generated(seed: int) -> Iterator[Input]:
    return ((project, len(project)) for project in generated_projects(seed))


def generated_projects(seed: int) -> list[dict[str, bytes]]:
    """What hypothesis makes of a seed."""
    import hypothesis

    from benchmarks.fuzz.generate import projects

    found: list[dict[str, bytes]] = []

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=_EXAMPLES,
        database=None,
        deadline=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(projects)
    def collect(project: dict[str, bytes]) -> None:
        found.append(project)

    collect()
    return found


def _tell(entry: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(entry) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
