"""delete-lint as a process: signals, closed pipes, what it imports."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from delete_lint.rule import load_rules

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "rules")]), "NO_COLOR": "1"}
COMMAND = [sys.executable, "-m", "delete_lint"]


def start(*arguments: str, folder: Path, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*COMMAND, *arguments],
        cwd=folder,
        env={**ENVIRONMENT, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


def test_the_exit_status_reaches_the_shell(project: Path) -> None:
    for arguments, status in ((["."], 1), ([".", "--exit-zero"], 0), (["nowhere"], 2)):
        process = start(*arguments, folder=project)
        process.communicate()
        assert process.returncode == status


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGPIPE and no EPIPE")
@pytest.mark.parametrize(("arguments", "status"), [(["rule", "--all"], 0), (["."], 1), (["graph", "."], 0)])
def test_a_reader_that_goes_away_is_no_error(arguments: list[str], status: int, project: Path) -> None:
    process = start(*arguments, folder=project)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == ""
    assert process.wait() == status
    process.stderr.close()


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is full")
def test_a_full_disk_is_told_as_such(project: Path) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [*COMMAND, "."], cwd=project, env=ENVIRONMENT, stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert (done.returncode, done.stderr) == (2, "delete-lint: cannot write to stdout: No space left on device\n")


def test_a_terminal_without_unicode_gets_the_report_all_the_same(project: Path) -> None:
    signals = project / "shop" / "signals.py"
    text = signals.read_text().replace("def audit(sender", "def prüfe(sender")
    signals.write_text(text, encoding="utf-8")
    process = start(".", folder=project, PYTHONIOENCODING="ascii")
    stdout, stderr = process.communicate()
    assert stderr == ""
    assert "def pr\\xfcfe(sender" in stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ["--version"],
        ["--help"],
        ["rule", "blocking_receiver"],
        ["rule", "--all"],
        ["schema"],
        ["completion", "bash"],
        ["--show-settings"],
    ],
)
def test_what_reads_no_project_starts_without_the_parser(arguments: list[str], project: Path) -> None:
    code = (
        "import sys\n"
        "from delete_lint.cli import run\n"
        f"run({arguments!r})\n"
        "print(*[name for name in ('libcst', 'django', 'delete_lint.source.front') if name in sys.modules],"
        " file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=project, env=ENVIRONMENT, capture_output=True, text=True, check=True
    )
    assert done.stderr.strip() == ""


def test_no_project_is_imported_or_run(project: Path) -> None:
    for name in ("shop/models.py", "manage.py", "setup.py", "conftest.py"):
        file = project / name
        file.write_text((file.read_text() if file.exists() else "") + "\nopen('ran', 'w').close()\n")
    process = start(".", folder=project)
    process.communicate()
    assert not (project / "ran").exists()
    assert not list(project.rglob("__pycache__"))


def test_the_rules_are_there_wherever_it_is_started(tmp_path: Path) -> None:
    process = start("rule", folder=tmp_path)
    stdout, _ = process.communicate()
    assert len(stdout.splitlines()) == len(load_rules())
