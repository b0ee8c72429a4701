"""Measure delete-lint side by side with other linters, on real and generated projects.

    python -m benchmarks.speed [--runs 3] [--inputs wagtail,netbox,16x] [--only ruff,floor] [--growth 1,2,4,8,16,32,64]

The inputs and the competitors' virtual environments come from the package index that pip is set up with, and are kept
in a folder outside this tree (--work). What cannot be had is told of and left out. Prints Markdown.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.speed.competitors import COMPETITORS, REQUIREMENTS, ROOT, delete_lint, environment
from benchmarks.speed.contest import Contest, clear_caches
from benchmarks.speed.inputs import Input, UnavailableError, prepare, real_names
from benchmarks.speed.measure import measure
from benchmarks.speed.profile import START, Profile
from benchmarks.speed.table import contest_table, growth_table, inputs_table, profile_table

#: Those whose growth is worth its time.
_GROWING = ("floor", "ruff")


def main() -> None:
    arguments = _arguments()
    work: Path = arguments.work.expanduser().resolve()
    if work == ROOT or ROOT in work.parents:
        sys.exit(f"--work {work} is inside the tree of delete-lint: name a folder outside it")
    work.mkdir(parents=True, exist_ok=True)
    entries = [*delete_lint(work)]
    growing = [*entries]
    for name in arguments.only:
        try:
            found = [*COMPETITORS[name](work)]
        except UnavailableError as error:
            _tell(f"skipped {name}: {error}")
            continue
        entries += found
        growing += found if name in _GROWING else []
    inputs = _inputs(arguments.inputs, work)
    factors = _inputs([f"{factor}x" for factor in arguments.growth], work)
    if not inputs and not factors:
        sys.exit("nothing to measure: no input could be had")

    clear_caches(work)
    contest = Contest(work, arguments.limit)
    contest.hold(inputs, entries, arguments.runs)
    contest.hold([each for each in factors if each not in inputs], growing, arguments.runs)

    everything = [*inputs, *(each for each in factors if each not in inputs)]
    print("\n".join([*_circumstances(arguments.runs, arguments.limit, arguments.only), "", *inputs_table(everything)]))
    print("\n".join(["", *contest_table(contest, everything, entries)]))
    print("\n".join(["", *growth_table(contest, factors, [entry.label for entry in growing])]))
    if arguments.profile:
        profiles = {each.name: _profile(each, work, arguments.limit) for each in everything}
        print("\n".join(["", "Where delete-lint's cold run spends its time:", "", *profile_table(profiles)]))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    cache = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "delete-lint-benchmarks"
    parser.add_argument("--work", type=Path, default=cache, metavar="FOLDER", help="where inputs and tools are kept")
    parser.add_argument("--runs", type=int, default=3, help="of which the median counts")
    parser.add_argument("--limit", type=float, default=120, metavar="SECONDS", help="for one run; over it is over")
    parser.add_argument("--inputs", type=_names, default=[*real_names(), "16x"], help="names of projects, or 4x, 16x …")
    parser.add_argument("--only", type=_tools, default=[*COMPETITORS], help=f"competitors: {', '.join(COMPETITORS)}")
    parser.add_argument("--growth", type=_factors, default=[1, 2, 4, 8, 16, 32, 64], help="factors, or none")
    parser.add_argument("--no-profile", dest="profile", action="store_false", help="do not look where the time goes")
    return parser.parse_args()


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _tools(text: str) -> list[str]:
    names = _names(text)
    for name in names:
        if name not in COMPETITORS:
            raise argparse.ArgumentTypeError(f"no competitor is called {name}: there are {', '.join(COMPETITORS)}")
    return names


def _factors(text: str) -> list[int]:
    return [] if text == "none" else [int(factor) for factor in _names(text)]


def _inputs(names: Sequence[str], work: Path) -> list[Input]:
    found = []
    for name in names:
        _tell(f"preparing {name}")
        try:
            found.append(prepare(name, work))
        except UnavailableError as error:
            _tell(f"skipped {error}")
    return found


def _profile(project: Input, work: Path, limit: float) -> Profile:
    """One cold run; what the sampler did not see is the start and the end of the interpreter."""
    out = work / "profile.json"
    command = next(delete_lint(work)).command(project)
    # From `python -m delete_lint ARGUMENTS` to the same with the sampler around it.
    sampled = [sys.executable, "-m", "benchmarks.speed.profile", str(out), *command[3:]]
    out.unlink(missing_ok=True)
    measured = measure(sampled, project.folder, environment(work), limit)
    seconds: dict[str, dict[str, float]] = json.loads(out.read_text())
    wall, cpu = seconds["wall"], seconds["cpu"]
    return Profile(
        {START: max(0.0, measured.wall - sum(wall.values())), **wall},
        {START: max(0.0, measured.cpu - sum(cpu.values())), **cpu},
    )


def _circumstances(runs: int, limit: float, only: Sequence[str]) -> list[str]:
    packages = ", ".join(package for name in only for package in REQUIREMENTS.get(name, ()) if "==" in package)
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    return [
        f"{datetime.now(UTC):%Y-%m-%d}; {platform.system()}, {os.cpu_count()} cores, load {load} at the end; "
        f"Python {platform.python_version()}; medians of {runs}, in turn; a run is ended after {limit:.0f} s. "
        f"{packages.replace('==', ' ')}.",
    ]


def _tell(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr)


if __name__ == "__main__":
    main()
