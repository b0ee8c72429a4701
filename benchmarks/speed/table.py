"""What was measured, as Markdown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import log
from statistics import median

from benchmarks.speed.competitors import Entry
from benchmarks.speed.contest import Contest
from benchmarks.speed.inputs import Input
from benchmarks.speed.measure import Measured
from benchmarks.speed.profile import PARTS, Profile

_OURS = "delete-lint"


def contest_table(contest: Contest, inputs: Sequence[Input], entries: Sequence[Entry]) -> Iterator[str]:
    """A row for each competitor on each input; the last column is its wall time as a multiple of delete-lint's own
    run of the same kind (of the cold one, while there is no other)."""
    yield "| input | tool | wall s | CPU s | main process MB | largest child MB | wall : delete-lint's |"
    yield "| --- | --- | ---: | ---: | ---: | ---: | ---: |"
    for project in sorted(inputs, key=lambda each: each.lines):
        for entry in entries:
            key = (project.name, entry.label)
            name = f"| {project.name} | {entry.label} |"
            if key in contest.late:
                own = _own(contest, project, entry)
                ratio = f"> {contest.limit / _median(own, _wall):.1f}" if own else ""
                yield f"{name} > {contest.limit:.0f} | | | | {ratio} |"
            elif key in contest.given_up:
                yield f"{name} {_cell(contest.given_up[key])} | | | | |"
            elif key in contest.runs:
                yield f"{name} {_measures(contest.runs[key])} {_ratio(contest, project, entry)} |"


def inputs_table(inputs: Sequence[Input]) -> Iterator[str]:
    yield "| input | Python files | lines | linted by delete-lint | candidates |"
    yield "| --- | ---: | ---: | ---: | ---: |"
    for each in sorted(inputs, key=lambda each: each.lines):
        yield f"| {each.name} | {each.files:,} | {each.lines:,} | {each.linted:,} | {each.candidate_count:,} |"


def growth_table(contest: Contest, inputs: Sequence[Input], labels: Sequence[str]) -> Iterator[str]:
    """Exponents of the growth with the lines: 1 is linear. What does not grow, as the start, weighs least in the two
    largest."""
    found = sorted(inputs, key=lambda each: each.lines)
    if len(found) < 2:
        return
    yield f"Growth from {found[0].name} to {found[-1].name} (exponent over the lines, least squares on logarithms):"
    yield ""
    yield "| tool | wall | CPU | main process | CPU, last two | main process, last two |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: |"
    for label in labels:
        runs = [(each.lines, contest.runs.get((each.name, label), [])) for each in found]
        measured = [(lines, some) for lines, some in runs if some]
        if len(measured) > 1:
            last = measured[-2:]
            columns = ((measured, _wall), (measured, _cpu), (measured, _main), (last, _cpu), (last, _main))
            cells = [f"{exponent([(lines, _median(some, of)) for lines, some in part]):.2f}" for part, of in columns]
            yield f"| {label} | {' | '.join(cells)} |"


def exponent(points: Sequence[tuple[float, float]]) -> float:
    """The slope of the line through the logarithms of the points, by least squares."""
    logs = [(log(x), log(y)) for x, y in points if y > 0]
    middle_x = sum(x for x, _ in logs) / len(logs)
    middle_y = sum(y for _, y in logs) / len(logs)
    return sum((x - middle_x) * (y - middle_y) for x, y in logs) / sum((x - middle_x) ** 2 for x, _ in logs)


def profile_table(profiles: Mapping[str, Profile]) -> Iterator[str]:
    """Seconds by part, a column for each run."""
    yield f"| part, wall s (CPU s) | {' | '.join(profiles)} |"
    yield f"| --- | {' | '.join('---:' for _ in profiles)} |"
    for part in PARTS:
        cells = [(each.wall.get(part, 0.0), each.cpu.get(part, 0.0)) for each in profiles.values()]
        if any(wall >= 0.005 for wall, _ in cells):
            yield f"| {part} | {' | '.join(f'{wall:.2f} ({cpu:.2f})' for wall, cpu in cells)} |"
    totals = [f"{sum(each.wall.values()):.2f} ({sum(each.cpu.values()):.2f})" for each in profiles.values()]
    yield f"| **all** | {' | '.join(totals)} |"


def _measures(runs: Sequence[Measured]) -> str:
    megabytes = [f"{_median(runs, of) / 1e6:.0f}" if _median(runs, of) else "-" for of in (_main, _child)]
    return f"{_median(runs, _wall):.2f} | {_median(runs, _cpu):.2f} | {' | '.join(megabytes)} |"


def _ratio(contest: Contest, project: Input, entry: Entry) -> str:
    own = _own(contest, project, entry)
    return f"{_median(contest.runs[project.name, entry.label], _wall) / _median(own, _wall):.2f}" if own else ""


def _own(contest: Contest, project: Input, entry: Entry) -> Sequence[Measured]:
    same = _OURS if entry.kind == "cold" else f"{_OURS}, {entry.kind}"
    return contest.runs.get((project.name, same), ()) or contest.runs.get((project.name, _OURS), ())


def _cell(text: str) -> str:
    return text.replace("|", "/").replace("\n", " ")


def _median(runs: Sequence[Measured], of: Callable[[Measured], float]) -> float:
    return median(map(of, runs))


def _wall(run: Measured) -> float:
    return run.wall


def _cpu(run: Measured) -> float:
    return run.cpu


def _main(run: Measured) -> float:
    return run.main


def _child(run: Measured) -> float:
    return run.child
