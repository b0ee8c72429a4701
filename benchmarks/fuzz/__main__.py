"""``python -m benchmarks.fuzz``: inputs tried, faults found and faults left, for each point, as a table.

Without options what a CI run has time for. ``--long STATE`` takes a campaign of mutated and generated files further
that is kept in a folder, ``--corpus`` lints the standard library and all that is installed, and folders besides.
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
from benchmarks.fuzz.corpus import corpus, installed, standard_library
from benchmarks.fuzz.seeds import ROOT

#: Points whose inputs are tests, each a module of `tests.robustness`; they are also part of the whole test-suite.
_POINTS = {
    "test_faults": "what once went wrong",
    "test_failures": "rules, formats and files that fail",
    "test_files": "hostile files",
    "test_surroundings": "hostile surroundings",
    "test_interrupts": "Ctrl-C and killed helpers",
    "test_caches": "caches shared, broken and foreign",
}
_LONG = {"mutated": 170_000, "generated": 30_000}
_SHORT = {"mutated": 600, "generated": 200}


@dataclass(frozen=True, slots=True)
class Row:
    """One point. ``remark`` is the slowest input and the most memory where they are measured, else what was skipped."""

    point: str
    tried: int
    left: list[str]
    remark: str = ""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fuzz", description=__doc__)
    parser.add_argument(
        "--long", type=Path, metavar="STATE", help="go on with the campaign that is kept in this folder"
    )
    parser.add_argument("--corpus", action="store_true", help="lint the standard library and all that is installed")
    parser.add_argument("--sources", type=Path, nargs="*", default=[], help="folders to mutate files of, and to lint")
    parser.add_argument("--tests", action="store_true", help="run the points that are tests as well")
    given = parser.parse_args()
    rows = [*_campaigns(given.long, given.sources)]
    if given.corpus or given.sources:
        rows.append(_corpus([*([standard_library(), *installed()] if given.corpus else []), *given.sources]))
    if given.tests:
        rows += _tested()
    print("| point | inputs tried | faults left | |\n| --- | ---: | ---: | --- |")
    for row in rows:
        print(f"| {row.point} | {row.tried:,} | {len(row.left)} | {row.remark} |")
    for row in rows:
        for fault in row.left:
            print(f"{row.point}: {fault}", file=sys.stderr)
    return int(any(row.left for row in rows))


def _campaigns(state: Path | None, sources: Sequence[Path]) -> Iterator[Row]:
    for kind, name in (("mutated", "mutated files"), ("generated", "generated Django code")):
        if state is None:
            tally = campaign(kind, inputs=_SHORT[kind], seconds=30, sources=sources)
        else:
            state.mkdir(parents=True, exist_ok=True)
            tally = campaign(kind, inputs=_LONG[kind], state=state / f"{kind}.jsonl", sources=sources)
        yield Row(name, tally.inputs, _told(tally), f"slowest {tally.slowest} s, {tally.memory >> 20} MB")


def _told(tally: Tally) -> list[str]:
    return [f"seed {seed}: {where}\n{message}" for where, (seed, message) in tally.faults.items()]


def _corpus(paths: Sequence[Path]) -> Row:
    outcomes = list(corpus([path.resolve() for path in paths]))
    left = [f"{outcome.name}: {outcome.fault}" for outcome in outcomes if outcome.fault]
    slowest = max(outcomes, key=lambda outcome: outcome.seconds)
    files = sum(outcome.files for outcome in outcomes)
    return Row(
        f"{len(outcomes)} packages linted whole", files, left, f"slowest {slowest.name}, {slowest.seconds:.0f} s"
    )


def _tested() -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.xml")
        files = [str(ROOT / "tests/robustness" / f"{module}.py") for module in _POINTS]
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={report}", *files]
        subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, check=False)
        cases = list(ElementTree.parse(report).iter("testcase"))
    for module, point in _POINTS.items():
        own = [case for case in cases if case.get("classname", "").endswith(f".{module}")]
        left = [
            str(case.get("name")) for case in own if case.find("failure") is not None or case.find("error") is not None
        ]
        skipped = sum(case.find("skipped") is not None for case in own)
        yield Row(point, len(own) - skipped, left, f"{skipped} cannot be had on this machine" if skipped else "")


if __name__ == "__main__":
    sys.exit(main())
