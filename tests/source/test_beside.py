"""The second process that looks whether files are Python: with it or without, the findings are the same."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from delete_lint.lint import lint
from delete_lint.settings import Settings
from delete_lint.source.beside import FEWEST_FILES, PROCESSES, Beside, checked_beside
from delete_lint.source.discover import SourcePath, discover
from delete_lint.source.facts import key_of
from delete_lint.source.second_opinion import is_python
from tests.command import ROOT

NOT_PYTHON = ("shop/broken_7.py", "shop/broken_120.py")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project that is large enough, in which two files are no Python."""
    monkeypatch.setenv(PROCESSES, "2")
    shop = tmp_path / "shop"
    shop.mkdir()
    (shop / "__init__.py").write_text("")
    (shop / "models.py").write_text("from django.db import models\n\n\nclass Order(models.Model):\n    pass\n")
    for number in range(FEWEST_FILES):
        (shop / f"views_{number}.py").write_text(f"def view_{number}(order):\n    order.delete()\n")
    for name in NOT_PYTHON:
        (tmp_path / name).write_text("def f(:\n    pass\n")
    return tmp_path


def files(folder: Path) -> tuple[SourcePath, ...]:
    return tuple(discover([folder], Settings(), folder).files)


def all_found(beside: Beside, number: int) -> bool:
    until = time.monotonic() + 30
    while len(beside.python) < number and time.monotonic() < until:
        time.sleep(0.01)
    return len(beside.python) == number


def unreadable(folder: Path) -> list[str]:
    report = lint([folder], Settings(), folder)
    return [finding.place.file for finding in report.findings if finding.rule == "unreadable_file"]


def python_in(folder: Path) -> set[bytes]:
    contents = (source.path.read_bytes() for source in files(folder))
    return {key_of(data) for data in contents if is_python(data)}


def test_the_second_process_knows_exactly_the_files_that_are_python(folder: Path) -> None:
    expected = python_in(folder)
    with checked_beside(files(folder)) as beside:
        assert beside.process is not None
        assert all_found(beside, len(expected))
        assert beside.python == expected


@pytest.mark.parametrize("processes", ["1", "2"])
def test_a_broken_file_is_told_of_whoever_looks_at_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch, processes: str
) -> None:
    monkeypatch.setenv(PROCESSES, processes)
    assert unreadable(folder) == sorted(NOT_PYTHON)


def test_the_same_is_said_for_any_number_of_processes_and_any_hash_seed(folder: Path) -> None:
    said = set()
    for processes, seed in (("1", "0"), ("2", "0"), ("2", "1"), ("1", "2")):
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "rules")]),
            "PYTHONHASHSEED": seed,
            PROCESSES: processes,
        }
        command = [sys.executable, "-m", "delete_lint", ".", "--format", "json", "--no-cache"]
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False)
        assert done.returncode == 1, done.stderr
        said.add(done.stdout)
    assert len(said) == 1


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no such signal here")
def test_a_second_process_that_is_killed_costs_nothing_but_time(folder: Path) -> None:
    with checked_beside(files(folder)) as beside:
        assert beside.process is not None
        os.kill(beside.process, signal.SIGKILL)
        assert unreadable(folder) == sorted(NOT_PYTHON)
    assert beside.python <= python_in(folder)


def test_where_no_process_can_be_started_all_is_found_all_the_same(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(folder / "no-such-python"))
    with checked_beside(files(folder)) as beside:
        assert beside.process is None
    assert unreadable(folder) == sorted(NOT_PYTHON)


def test_a_small_project_is_not_worth_a_process(folder: Path) -> None:
    with checked_beside(files(folder)[: FEWEST_FILES - 1]) as beside:
        assert beside.process is None


def test_one_core_is_left_to_one_process(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PROCESSES, "1")
    with checked_beside(files(folder)) as beside:
        assert beside.process is None


@pytest.mark.skipif(os.name == "nt", reason="processes are asked after by signals")
def test_ctrl_c_leaves_no_process_behind(folder: Path) -> None:
    started: int | None = None
    with suppress(KeyboardInterrupt), checked_beside(files(folder)) as beside:
        started = beside.process
        raise KeyboardInterrupt
    assert started is not None
    with pytest.raises(ProcessLookupError):
        os.kill(started, 0)


def test_the_second_process_runs_nothing_of_the_project(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trap = "import pathlib\npathlib.Path(__file__).with_suffix('.ran').touch()\n"
    for name in ("symtable", "hashlib", "sitecustomize", "usercustomize", "warnings"):
        (folder / f"{name}.py").write_text(trap)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("PYTHONPATH", str(folder))
    expected = python_in(folder)
    with checked_beside(files(folder)) as beside:
        assert all_found(beside, len(expected))
    assert not list(folder.glob("*.ran"))


def test_a_file_that_changes_meanwhile_is_looked_at_as_it_is_read_here(folder: Path) -> None:
    found = files(folder)
    with checked_beside(found) as beside:
        assert all_found(beside, len(python_in(folder)))
        now_broken = b"class Basket(:\n"
        assert key_of(now_broken) not in beside.python


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"# coding: latin-1\nx = '\xe9'\n", True),
        (b"x = '\xe9'\n", False),
        (b"\xef\xbb\xbfx = 1\r\n", True),
        (b"x = 1\0", False),
        (b"return 1\n", True),
        (b"def f(a, a): pass\n", True),
        (b"def f():\n    nonlocal x\n", True),
        (b"x = '\\d'\n", True),
        (b"if 1:\n\tx\n        y\n", False),
    ],
)
def test_only_the_grammar_decides_what_is_python(data: bytes, expected: bool) -> None:
    assert is_python(data) is expected
