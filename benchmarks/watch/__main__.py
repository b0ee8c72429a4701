"""Runs a real project's own tests alone and watched, in turn, and prints what watching cost and what it told.

    python -m benchmarks.watch --project FOLDER --python FOLDER/.venv/bin/python --settings wagtail.test.settings

The project is a checkout or an unpacked source distribution with its tests, installed (editable) with what they need
into the environment of ``--python``, which needs nothing of delete-lint. Without labels the tests of wagtail run that
delete most. The test database is made once, anew, and every run starts with a copy of it: tests that end with empty
tables would leave nothing of what migrations have filled in to the next run.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from delete_lint.graph.measured import Measured, duration
from delete_lint.measured_file import read_measured
from delete_lint.watching.record import costliest, slowest

ROOT = Path(__file__).resolve().parents[2]
LABELS = (
    "wagtail.tests.test_page_model",
    "wagtail.tests.test_reference_index",
    "wagtail.tests.test_comments",
    "wagtail.tests.test_workflow",
    "wagtail.admin.tests.pages.test_delete_page",
    "wagtail.documents.tests.test_models",
    "wagtail.images.tests.test_models",
    "wagtail.snippets.tests.test_api_v3.test_delete",
)


@dataclass(frozen=True, slots=True)
class Run:
    wall: float
    processor: float
    failures: int
    deletes: int


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.watch", description=__doc__.split("\n\n")[0])
    parser.add_argument("labels", nargs="*", default=[*LABELS], metavar="LABEL")
    parser.add_argument("--project", type=Path, required=True, help="folder of the project")
    parser.add_argument("--python", default=sys.executable, help="the Python it is installed for")
    parser.add_argument("--settings", default="wagtail.test.settings", help="settings module of its tests")
    parser.add_argument("--pairs", type=int, default=3, help="how often it runs, alone and watched each")
    parser.add_argument("--limit", type=int, default=900, help="seconds after which a run is ended")
    parser.add_argument("--most", type=int, default=10, help="how many receivers and deletes are listed")
    parser.add_argument("--work", type=Path, help="folder for the test database and what is measured")
    given = parser.parse_args(arguments)
    work: Path = given.work or Path(tempfile.mkdtemp(prefix="delete-lint-watch-"))
    work.mkdir(parents=True, exist_ok=True)

    database, made = work / "tests.sqlite3", work / "made.sqlite3"

    def run(how: str) -> Run:
        if made.exists():
            shutil.copyfile(made, database)
        return one_run(given.python, given.project, given.settings, given.labels, work, how, given.limit)

    for left in (database, made):
        left.unlink(missing_ok=True)
    run("prepared")
    if not database.exists():
        parser.error(f"the tests of {given.settings} do not keep their database where DATABASE_NAME says")
    database.rename(made)
    run("alone")  # what is read and compiled for the first time counts for none of them
    alone: list[Run] = []
    watched: list[Run] = []
    for _ in range(given.pairs):
        alone.append(run("alone"))
        watched.append(run("watched"))
    print(table(alone, watched))
    print(lists(read_measured(work / "deletes.json"), given.project.resolve(), given.most))


def one_run(python: str, project: Path, settings: str, labels: Sequence[str], work: Path, how: str, limit: int) -> Run:
    """One run of the tests in a process of its own."""
    path = (project, ROOT, ROOT / "rules")
    done = subprocess.run(
        [python, "-W", "ignore", str(Path(__file__).with_name("child.py")), how, str(work / "deletes.json"), *labels],
        cwd=project,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": settings,
            "DATABASE_NAME": str(work / "tests.sqlite3"),
            "PYTHONPATH": os.pathsep.join(map(str, path)),
        },
        capture_output=True,
        text=True,
        timeout=limit,
        check=False,
    )
    last = done.stdout.strip().rpartition("\n")[2]
    if done.returncode or not last.startswith("{"):
        raise SystemExit(f"the tests did not run:\n{done.stderr[-2000:]}")
    return Run(**json.loads(last))


def table(alone: Sequence[Run], watched: Sequence[Run]) -> str:
    """What watching cost: medians, and the median of the pairs' ratios."""
    lines = [
        "| | alone | watched | watched is |",
        "| --- | --- | --- | --- |",
    ]
    for what, mine, theirs in (
        ("wall time", [run.wall for run in alone], [run.wall for run in watched]),
        ("processor time", [run.processor for run in alone], [run.processor for run in watched]),
    ):
        ratio = median(one / other for one, other in zip(theirs, mine, strict=True))
        lines.append(f"| {what} | {median(mine):.2f} s | {median(theirs):.2f} s | {ratio:.3f} times as long |")
    failures = {run.failures for run in (*alone, *watched)}
    lines += ["", f"{len(alone)} pairs; {watched[-1].deletes:,} deletes; failures: {sorted(failures)}", ""]
    return "\n".join(lines)


def lists(measured: Measured, project: Path, most: int) -> str:
    """The receivers and the deletes by time."""
    lines = ["| receiver | total | a call | longest | calls | queries |", "| --- | --: | --: | --: | --: | --: |"]
    for receiver in slowest(measured.receivers)[:most]:
        cost = receiver.cost
        times = " | ".join(map(duration, (cost.seconds, cost.mean, cost.longest)))
        lines.append(f"| `{receiver.title}` | {times} | {cost.calls:,} | {cost.queries:,} |")
    lines += ["", "| delete | total | a delete | longest | deletes | rows deleted | rows loaded |"]
    lines.append("| --- | --: | --: | --: | --: | --: | --: |")
    for delete in costliest(measured.deletes)[:most]:
        cost = delete.cost
        times = " | ".join(map(duration, (cost.seconds, cost.mean, cost.longest)))
        where = f"{os.path.relpath(delete.place.file, project)}:{delete.place.line}" if delete.place else "Django"
        rows = f"{sum(delete.rows_deleted.values()):,} | {sum(delete.rows_loaded.values()):,}"
        lines.append(f"| `{delete.model}` at `{where}` | {times} | {cost.calls:,} | {rows} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
