"""The second process that reads along: with it or without, the findings and their fixes are the same."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from delete_lint.cache.store import Store
from delete_lint.findings import Fix
from delete_lint.fixes import elsewhere
from delete_lint.graph.place import Place
from delete_lint.lint import lint
from delete_lint.remedies import DeleteAsQueryset
from delete_lint.settings import Settings
from delete_lint.source.beside import FEWEST_FILES, PROCESSES, Beside, checked_beside
from delete_lint.source.contents import Contents
from delete_lint.source.discover import SourcePath, discover
from delete_lint.source.facts import Facts, key_of
from delete_lint.source.file import SourceFile
from delete_lint.source.outline import is_mostly_needed
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


# --- outlines -----------------------------------------------------------------------------------------------------


def outlines_of(folder: Path) -> dict[bytes, bytes]:
    """Of the files that a run will most likely need outlines of, as this process makes them."""
    found: dict[bytes, bytes] = {}
    for source in files(folder):
        data = source.read_bytes()
        if is_mostly_needed(data):
            facts = Facts()
            SourceFile("", data, facts).imports  # noqa: B018
            found[key_of(data)] = facts.encoded()
    return found


def until(done: Callable[[], bool]) -> bool:
    end = time.monotonic() + 30
    while not done() and time.monotonic() < end:
        time.sleep(0.01)
    return done()


def test_outlines_made_beside_are_those_that_would_have_been_made_here(folder: Path) -> None:
    expected = outlines_of(folder)
    with checked_beside(files(folder)) as beside:
        assert until(lambda: len(beside.outlines) == len(expected))
        assert beside.outlines == expected


def test_outlines_are_kept_in_the_cache_whoever_made_them(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = []
    for processes in ("1", "2"):
        monkeypatch.setenv(PROCESSES, processes)
        settings = Settings(cache_dir=folder / f"cache-{processes}")
        lint([folder], settings, folder)
        with Store(settings.cache_dir or folder) as store:
            known = [store.of(source.read_bytes()) for source in files(folder)]
            kept.append([(facts.outline, facts.mistakes) for facts in known])
    some, others = kept
    assert [a for a, b in zip(some, others, strict=True) if a[0] != b[0] and a[0] and b[0]] == []
    assert [mistakes for _, mistakes in some] == [mistakes for _, mistakes in others]


def test_who_needs_no_more_outlines_gets_to_the_checks_at_once(folder: Path) -> None:
    expected = python_in(folder)
    with checked_beside(files(folder)) as beside:
        beside.need_no_more_outlines()
        assert all_found(beside, len(expected))


# --- fixes --------------------------------------------------------------------------------------------------------


@pytest.fixture
def fixable(folder: Path) -> Path:
    loop = "from shop.models import Order\n\n\ndef clean_{0}():\n    for order in Order.objects.filter(pk__lt={0}):\n"
    for number in range(8):
        (folder / "shop" / f"loop_{number}.py").write_text(loop.format(number) + "        order.delete()\n")
    return folder


def fixes_in(folder: Path, processes: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Fix]:
    monkeypatch.setenv(PROCESSES, processes)
    report = lint([folder], Settings(), folder)
    assert not report.problems
    return {finding.place.file: finding.fix for finding in report.findings if finding.fix is not None}


def test_a_fix_is_the_same_whoever_writes_it(fixable: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alone = fixes_in(fixable, "1", monkeypatch)
    assert len(alone) == 8
    assert fixes_in(fixable, "2", monkeypatch) == alone


def test_a_fix_is_written_for_the_file_as_it_was_read(fixable: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = discover([fixable], Settings(), fixable)
    contents = Contents()
    first = next(source for source in found.files if source.name == "shop/loop_0.py")
    contents.data(first)
    wanted = DeleteAsQueryset(Place(first.name, 5, 5), Place(first.name, 6, 15))
    by_name = {source.name: source for source in found.files}
    with checked_beside(found.files) as beside:
        assert list(elsewhere.fixes([wanted], by_name, contents, by_name, beside)) == [wanted]
        Path(first.location).write_text("# nothing is left\n")
        assert elsewhere.fixes([wanted], by_name, contents, by_name, beside) == {}


def test_fixes_are_written_here_when_the_second_process_is_gone(fixable: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alone = fixes_in(fixable, "1", monkeypatch)
    monkeypatch.setattr(elsewhere, "fixes", _killed_first(elsewhere.fixes))
    assert fixes_in(fixable, "2", monkeypatch) == alone


def _killed_first(fixes: Callable[..., Any]) -> Callable[..., Any]:
    def run(*arguments: Any) -> Any:
        os.kill(arguments[-1].process, signal.SIGKILL)
        return fixes(*arguments)

    return run


@pytest.mark.skipif(os.name == "nt", reason="processes are asked after by signals")
def test_the_second_process_goes_when_the_first_one_is_killed(folder: Path) -> None:
    script = (
        "import os, sys, time\n"
        "from pathlib import Path\n"
        "from delete_lint.settings import Settings\n"
        "from delete_lint.source.beside import checked_beside\n"
        "from delete_lint.source.discover import discover\n"
        "folder = Path(sys.argv[1])\n"
        "with checked_beside(discover([folder], Settings(), folder).files) as beside:\n"
        "    print(beside.process, flush=True)\n"
        "    time.sleep(60)\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "rules")]), PROCESSES: "2"}
    command = [sys.executable, "-c", script, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as first:
        assert first.stdout is not None
        second = int(first.stdout.readline())
        first.kill()

    def is_gone() -> bool:
        try:
            state = Path(f"/proc/{second}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            with suppress(ProcessLookupError):
                os.kill(second, 0)
                return False
            return True
        return state == "Z"  # a container may have nobody who takes note of its end

    assert until(is_gone)


# --- what is Python -----------------------------------------------------------------------------------------------

ROW = b"    ('AD-ALV', \"Andorra's capital\", 1, -2.5, None, True),\n"


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        (b")\n", True),
        (b"    ('AD', 012),\n)\n", False),
        (b"    ('AD', ),\n    ('AE' 'AF'),\n)\n", True),
        (b"    ('AD, 1),\n)\n", False),
        (b"     ('AD', 1),\n)\n", True),
        (b"    ('AD', 1)\n    ('AE', 1),\n)\n", True),
        (b"    ('AD', \xff),\n)\n", False),
        (b"    ('AD', '\xff'),\n)\n", False),
        (b"    (, 'AD'),\n)\n", False),
        (b"]\n", False),
    ],
)
def test_a_large_table_is_python_exactly_when_all_its_rows_are(last: bytes, expected: bool) -> None:
    table = b"PLACES = (\n" + ROW * (600_000 // len(ROW)) + last
    assert is_python(table) is expected
    for mark in (b"# coding: utf-8\n", b"class A:\n"):
        assert is_python(mark + table) is (expected and mark.startswith(b"#"))


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
