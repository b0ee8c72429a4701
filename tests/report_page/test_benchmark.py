"""`python -m benchmarks.report`: the table that people will read, from a real run that is as short as one can be."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.report.browser import find_browser
from tests.command import ROOT


@pytest.mark.skipif(
    find_browser() is None,
    reason="no Chromium: apt-get install chromium, or name one in DELETE_LINT_TEST_CHROMIUM",
)
def test_a_run_prints_a_table_whose_numbers_can_be_compared(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "rules")])}
    command = [sys.executable, "-m", "benchmarks.report", "--models", "23", "--runs", "1", "--work", str(tmp_path)]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    heads, rule, row = (re.split(r" ?\| ?", line)[1:-1] for line in done.stdout.splitlines())
    assert len(heads) == len(rule) == len(row)
    assert row[:2] == ["generated", "23"]
    assert all(float(number) >= 0 for number in row[2:])
    assert float(row[2]) > 0
