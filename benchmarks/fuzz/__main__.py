"""``python -m benchmarks.fuzz``: inputs tried, faults found so far and faults left, for each point, as a table.

Without options what a CI run has time for, Django itself among it. ``--long STATE`` takes a campaign of mutated and
generated files further that is kept in a folder, ``--corpus`` lints the standard library and all that is installed.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from benchmarks.fuzz.campaign import Tally, campaign
from benchmarks.fuzz.corpus import corpus, installed, package, standard_library
from benchmarks.fuzz.faults import found_at
from benchmarks.fuzz.seeds import ROOT

#: Points whose inputs are tests, each a module; they are also part of the whole test-suite.
_POINTS = {
    "robustness/test_faults": "what once went wrong",
    "robustness/test_failures": "rules, formats and files that fail",
    "robustness/test_files": "hostile files",
    "robustness/test_chains": "long chains",
    "robustness/test_strange_files": "pipes and the like for files",
    "robustness/test_surroundings": "hostile surroundings",
    "robustness/test_interrupts": "Ctrl-C and killed helpers",
    "robustness/test_caches": "caches shared, broken and foreign",
    "safety/test_executes_nothing": "executes nothing",
    "safety/test_prints_nothing_that_acts": "prints nothing that acts",
    "safety/test_writes": "writes whole, and inside the project",
    "safety/test_answers_for_itself": "answers for itself",
    "safety/test_determinism": "the same answer every time",
}
_LONG = {"mutated": 170_000, "generated": 30_000}
_SHORT = {"mutated": 600, "generated": 200}


@dataclass(frozen=True, slots=True)
class Row:
    """One point. ``left`` is what is wrong now. ``remark`` is the slowest input and the most memory where they are
    measured, else what was skipped."""

    point: str
    tried: int
    left: list[str]
    remark: str = ""

    @property
    def found(self) -> int:
        return found_at(self.point) + len(self.left)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fuzz", description=__doc__)
    parser.add_argument(
        "--long", type=Path, metavar="STATE", help="go on with the campaign that is kept in this folder"
    )
    parser.add_argument("--corpus", action="store_true", help="lint the standard library and all that is installed")
    parser.add_argument("--sources", type=Path, nargs="*", default=[], help="folders to mutate files of, and to lint")
    parser.add_argument("--no-tests", action="store_true", help="leave out the points that are tests")
    given = parser.parse_args()
    print("| point | inputs tried | faults found | faults left | |\n| --- | ---: | ---: | ---: | --- |", flush=True)
    left: list[str] = []
    for row in _rows(given):
        print(f"| {row.point} | {row.tried:,} | {row.found} | {len(row.left)} | {row.remark} |", flush=True)
        left += (f"{row.point}: {fault}" for fault in row.left)
    for fault in left:
        print(fault, file=sys.stderr)
    return int(bool(left))


def _rows(given: argparse.Namespace) -> Iterator[Row]:
    yield from _campaigns(given.long, given.sources)
    whole = [standard_library(), *installed()] if given.corpus else [package("django")]
    yield _corpus([*whole, *given.sources])
    if not given.no_tests:
        yield from (_tested(module, point) for module, point in _POINTS.items())


def _campaigns(state: Path | None, sources: Sequence[Path]) -> Iterator[Row]:
    for kind, name in (("mutated", "mutated files"), ("generated", "generated Django code")):
        if state is None:
            tally = campaign(kind, inputs=_SHORT[kind], seconds=30, sources=sources)
        else:
            state.mkdir(parents=True, exist_ok=True)
            tally = campaign(kind, inputs=_LONG[kind], state=state / f"{kind}.jsonl", sources=sources)
            for seed in {seed for seed, _ in tally.faults.values()}:
                again = campaign(kind, inputs=1, first=seed, sources=sources)
                tally.faults = {where: it for where, it in tally.faults.items() if it[0] != seed} | again.faults
        yield Row(name, tally.inputs, _told(tally), f"slowest {tally.slowest:.2f} s, {tally.memory >> 20} MB")


def _told(tally: Tally) -> list[str]:
    return [f"seed {seed}: {where}\n{message}" for where, (seed, message) in tally.faults.items()]


def _corpus(paths: Sequence[Path]) -> Row:
    outcomes = list(corpus([path.resolve() for path in paths]))
    left = [f"{outcome.name}: {outcome.fault}" for outcome in outcomes if outcome.fault]
    slowest = max(outcomes, key=lambda outcome: outcome.seconds)
    files = sum(outcome.files for outcome in outcomes)
    remark = f"files of {len(outcomes)}; slowest {slowest.name}, {slowest.seconds:.0f} s"
    return Row("packages linted whole", files, left, remark)


def _tested(module: str, point: str) -> Row:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.xml")
        file = str(ROOT / "tests" / f"{module}.py")
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={report}", file]
        subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, check=False)
        cases = list(ElementTree.parse(report).iter("testcase"))
    left = [str(case.get("name")) for case in cases if _has(case, "failure") or _has(case, "error")]
    skipped = sum(_has(case, "skipped") for case in cases)
    return Row(point, len(cases) - skipped, left, f"{skipped} cannot be had on this machine" if skipped else "")


def _has(case: ElementTree.Element, kind: str) -> bool:
    return case.find(kind) is not None


if __name__ == "__main__":
    sys.exit(main())
