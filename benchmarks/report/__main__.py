"""Measure the report's page in a real browser: its size, the time to first paint, to the picture and to one cascade.

python -m benchmarks.report [--models 50 500 2000] [--project NAME=FOLDER] [--runs 3] [--work FOLDER]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.report.browser import Timings, find_browser, timings
from benchmarks.report.projects import write
from delete_lint.lint import lint
from delete_lint.report_page.data import page_data
from delete_lint.report_page.html import html
from delete_lint.settings import Settings


@dataclass(frozen=True, slots=True)
class Measured:
    name: str
    models: int
    largest: int
    writing: float
    size: int
    runs: tuple[Timings, ...]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=int, nargs="*", default=[50, 500, 2000])
    parser.add_argument("--project", action="append", default=[], metavar="NAME=FOLDER", help="a real one besides")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--work", type=Path, help="keep the projects and pages there")
    arguments = parser.parse_args()
    executable = find_browser()
    if executable is None:
        sys.exit("benchmarks.report: no Chromium: apt-get install chromium, or name one in DELETE_LINT_TEST_CHROMIUM")
    with tempfile.TemporaryDirectory() as scratch:
        work = arguments.work or Path(scratch)
        work.mkdir(parents=True, exist_ok=True)
        projects = [_generated(work, models) for models in arguments.models]
        for named in arguments.project:
            name, _, folder = named.partition("=")
            projects.append((name, Path(folder)))
        rows = [_measure(name, folder, work, executable, arguments.runs) for name, folder in projects]
        print("\n".join(_table(rows)))


def _generated(work: Path, models: int) -> tuple[str, Path]:
    folder = work / f"generated-{models}"
    if not folder.exists():
        write(folder, models)
    return "generated", folder


def _measure(name: str, folder: Path, work: Path, executable: str, runs: int) -> Measured:
    report = lint([str(folder)], Settings(), work)
    start = time.perf_counter()
    data = page_data(report, name)
    page = html(data)
    writing = time.perf_counter() - start
    file = work.absolute() / f"{name}-{report.summary.models}.html"
    file.write_text(page, encoding="utf-8")
    reach = {label: len(plan) for label, plan in _tables(data)}
    largest = max(reach, key=lambda label: (reach[label], label))
    found = tuple(timings(executable, file, largest) for _ in range(runs))
    return Measured(name, report.summary.models, reach[largest], writing, file.stat().st_size, found)


def _tables(data: Any) -> Iterator[tuple[str, list[Any]]]:
    for model in data["models"]:
        yield model["label"], model["plan"]["tables"]


def _table(rows: list[Measured]) -> Iterator[str]:
    heads = "project", "models", "page MB", "written in s", "first paint ms", "findings ms", "picture ms", "focus ms"
    yield f"| {' | '.join(heads)} | cascade drawn ms | of models |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
    for row in rows:
        fields = ("paint", "findings", "picture", "focus", "cascade")
        times = [median(getattr(each, field) for each in row.runs) for field in fields]
        yield (
            f"| {row.name} | {row.models} | {row.size / 1e6:.1f} | {row.writing:.1f} | "
            f"{' | '.join(f'{each:.0f}' for each in times)} | {row.largest} |"
        )


if __name__ == "__main__":
    main()
