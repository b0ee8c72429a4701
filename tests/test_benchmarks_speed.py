"""The benchmarks of speed: the tables that people will read, from a real run that is as short as one can be."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.speed.measure import measure
from benchmarks.speed.profile import part
from benchmarks.speed.table import exponent
from tests.command import ROOT


def _speed(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "rules")])}
    command = [sys.executable, "-m", "benchmarks.speed", *arguments]
    return subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)


def test_a_run_prints_tables_whose_numbers_can_be_compared(tmp_path: Path) -> None:
    done = _speed("--work", str(tmp_path), "--runs", "1", "--inputs", "1x", "--only", "floor", "--growth", "none")
    assert done.returncode == 0, done.stderr
    tables = [block.splitlines() for block in done.stdout.split("\n\n") if block.startswith("|")]
    inputs, contest, profile = tables
    for table in tables:
        assert len({line.count("|") for line in table}) == 1, "a table with ragged rows does not render"
    assert inputs[2].startswith("| 1x | 581 |")
    rows = {cells[2]: cells[3:] for cells in (re.split(r" ?\| ?", line) for line in contest[2:])}
    assert {"delete-lint"} < set(rows)
    assert any(name.startswith("floor") for name in rows)
    for wall, cpu, main, _, ratio, _ in rows.values():
        assert float(wall) > 0
        assert float(cpu) > 0
        assert int(main) > 5, "Python alone takes more megabytes"
        assert float(ratio) > 0
    assert rows["delete-lint"][4] == "1.00"
    seconds = {cells[1]: float(cells[2].split()[0]) for cells in (re.split(r" ?\| ?", line) for line in profile[2:])}
    assert {"imports", "outline", "linking", "**all**"} <= set(seconds)
    assert seconds["the rest"] < 0.1 * seconds["**all**"] if "the rest" in seconds else True


def test_what_is_measured_is_kept_out_of_the_tree(tmp_path: Path) -> None:
    done = _speed("--work", str(ROOT / "benchmarks" / "work"))
    assert done.returncode == 1
    assert "outside" in done.stderr
    assert not (ROOT / "benchmarks" / "work").exists()


def test_an_input_that_cannot_be_had_is_skipped_aloud(tmp_path: Path) -> None:
    done = _speed("--work", str(tmp_path), "--inputs", "wagtial", "--only", "", "--growth", "none")
    assert done.returncode == 1
    assert "skipped no input is called wagtial: there are" in done.stderr


def _python(code: str, limit: float = 60) -> tuple[float, float, int, int, int | None]:
    run = measure([sys.executable, "-c", code], Path.cwd(), os.environ, limit)
    return run.wall, run.cpu, run.main, run.child, run.status


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="tells processes apart by /proc")
def test_memory_is_told_apart_of_the_main_process_and_of_the_largest_child() -> None:
    big = "data = b'x' * 90_000_000; import time; time.sleep(0.2)"
    child = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {big!r}])"
    _, _, main, largest, status = _python(child)
    assert status == 0
    assert main < 60_000_000
    assert 90_000_000 < largest < 150_000_000
    _, _, main, largest, _ = _python(big)
    assert 90_000_000 < main < 150_000_000
    assert largest == 0


def test_processor_time_of_children_counts_and_waiting_does_not() -> None:
    work = "sum(range(20_000_000))"
    wall, cpu, _, _, _ = _python(f"import subprocess, sys; subprocess.run([sys.executable, '-c', {work!r}])")
    assert cpu > 0.2
    wall, cpu, _, _, _ = _python("import time; time.sleep(0.5)")
    assert wall > 0.5
    assert cpu < 0.4


def test_a_run_that_takes_too_long_is_ended_with_all_that_it_started() -> None:
    sleeper = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(60)'])"
    wall, _, _, _, status = _python(sleeper, limit=0.5)
    assert status is None
    assert wall < 20


def test_growth_is_the_exponent_of_the_size() -> None:
    assert exponent([(x, 3.0 * x) for x in (1, 2, 4, 8)]) == pytest.approx(1)
    assert exponent([(x, 0.1 * x * x) for x in (1, 2, 4, 8)]) == pytest.approx(2)


@pytest.mark.parametrize(
    ("stack", "name"),
    [
        ([("/x/libcst/_nodes.py", "<module>"), ("<frozen importlib._bootstrap>", "_load")], "import libcst"),
        ([("/x/delete_lint/graph/model.py", "<module>"), ("<frozen importlib._bootstrap>", "_load")], "imports"),
        ([("/x/pathlib.py", "read_bytes"), ("/x/delete_lint/source/discover.py", "read_bytes")], "reading bytes"),
        ([("/x/delete_lint/source/outline.py", "outline"), ("/x/delete_lint/source/front.py", "read")], "outline"),
        ([("/x/delete_lint/source/outline.py", "outline"), ("/x/delete_lint/fixes/batch.py", "fix")], "fixes"),
        ([("/x/re/__init__.py", "sub"), ("/x/somewhere.py", "f")], "the rest"),
    ],
)
def test_time_goes_to_the_part_that_spends_it(stack: list[tuple[str, str]], name: str) -> None:
    assert part(stack) == name
