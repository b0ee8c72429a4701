"""Ctrl-C at any moment, and helpers that are killed: no traceback, nothing half written, the next run as good."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarks.fuzz.interrupting import interrupted
from delete_lint.source.beside import FEWEST_FILES
from tests.robustness.running import UNWANTED, assert_sound, environment, run, shop

#: How often each command is interrupted; a long run asks for more.
_TIMES = int(os.environ.get("DELETE_LINT_TEST_INTERRUPTS", "2"))


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--no-cache",),
        ("--fix", "--unsafe-fixes"),
        ("--format", "sarif", "-o", "out.sarif"),
        ("--add-ignores", "x"),
    ],
    ids=" ".join,
)
def test_an_interrupted_run_ends_in_silence_and_leaves_things_whole(arguments: tuple[str, ...], tmp_path: Path) -> None:
    chance = random.Random(" ".join(arguments))
    pristine = shop(tmp_path / "pristine")
    start = time.monotonic()
    whole = run(".", *arguments, folder=shop(tmp_path / "whole"))
    seconds = time.monotonic() - start
    ended = {file.relative_to(tmp_path / "whole"): file.read_bytes() for file in (tmp_path / "whole").rglob("*.py")}
    assert_sound(whole, 0, 1, 2)
    for number in range(_TIMES):
        folder = shop(tmp_path / f"run{number}")
        status, said = interrupted([".", *arguments], folder, chance.uniform(0.05, 1.1) * seconds)
        assert status in (whole.returncode, 130), said
        assert not any(unwanted in said for unwanted in (*UNWANTED, "KeyboardInterrupt")), said
        for file in folder.rglob("*"):
            assert not file.name.endswith((".delete-lint", ".tmp")), "half of something is left"
            if file.suffix == ".py":
                name = file.relative_to(folder)
                assert file.read_bytes() in ((pristine / name).read_bytes(), ended[name]), f"{name} is half fixed"
        again = run(".", "--no-cache", folder=folder)
        assert run(".", folder=folder).stdout == again.stdout, "the cache that it left tells something else"


def test_a_helper_that_is_killed_is_not_missed(tmp_path: Path) -> None:
    folder = shop(tmp_path)
    for number in range(FEWEST_FILES + 50):
        (folder / "shop" / f"m{number}.py").write_text(f"def f{number}(q):\n    for x in q: x.delete()\n" * 20)
    expected = run(".", "--no-cache", "--format", "json", folder=folder, changes={"DELETE_LINT_PROCESSES": "1"}).stdout
    for _ in range(3):
        process = subprocess.Popen(
            [sys.executable, "-m", "delete_lint", ".", "--no-cache", "--format", "json"],
            cwd=folder, env=environment(DELETE_LINT_PROCESSES="2"),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        end = time.monotonic() + 60
        while time.monotonic() < end and process.poll() is None:
            for child in _children(process.pid):
                os.kill(child, signal.SIGKILL)
                end = 0
            time.sleep(0.01)
        said, problems = process.communicate(timeout=120)
        assert said == expected
        assert problems == ""


def _children(process: int) -> list[int]:
    tasks = Path(f"/proc/{process}/task/{process}/children")
    if not tasks.exists():
        pytest.skip("this machine does not tell who whose child is")
    try:
        return [int(child) for child in tasks.read_text().split()]
    except OSError:
        return []
