"""What the options of `delete-lint check` do, and which of them cannot be had together."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest

from delete_lint.output.formats import FORMATS
from delete_lint.settings import Format

Lint = Callable[..., Any]

ROOT = Path(__file__).resolve().parents[2]
PURGE = """\
from shop.models import Order


def purge():
    for order in Order.objects.all():
        order.delete()
"""


def test_the_formats_of_the_settings_are_those_there_are() -> None:
    assert get_args(Format) == FORMATS


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_tells_of_the_finding(name: str, project: Path, lint: Lint) -> None:
    done = lint(".", "--format", name)
    assert "senderless_receiver" in done.stdout
    assert (done.status, done.stderr) == (1, "")
    assert lint(".", "--output-format", name).stdout == done.stdout
    (project / "delete-lint.toml").write_text(f'output-format = "{name}"\n')
    assert lint(".").stdout == done.stdout


@pytest.mark.parametrize("name", FORMATS)
def test_a_document_in_a_file_is_the_one_on_stdout(name: str, project: Path, lint: Lint) -> None:
    printed = lint(".", "--format", name, "-q").stdout
    done = lint(".", "--format", name, "-o", "report")
    assert (project / "report").read_text() == printed
    assert done.stdout.count("\n") == 1, "the summary"
    assert done.status == 1


def test_a_file_that_cannot_be_written_is_told(project: Path, lint: Lint) -> None:
    (project / "file").write_text("")
    done = lint(".", "--output-file", "file/report")
    assert done.status == 2
    assert done.stderr == "delete-lint: cannot write file/report: Not a directory\n"


def test_the_folder_of_an_output_file_is_made(project: Path, lint: Lint) -> None:
    assert lint(".", "--output-file", "build/reports/lint.json", "--format", "json").status == 1
    assert json.loads((project / "build/reports/lint.json").read_text())["findings"]


def test_statistics_count_in_place_of_showing(project: Path, lint: Lint) -> None:
    lines = lint(".", "--statistics").stdout.splitlines()
    assert any(line.split()[0] == "1" and "senderless_receiver" in line for line in lines)
    assert not any(line.startswith("shop/") for line in lines)
    assert {"rule": "senderless_receiver", "severity": "error", "count": 1}.items() <= (
        json.loads(lint(".", "--statistics", "--format", "json").stdout)[0].items()
    )


def test_quiet_leaves_the_summary_out_and_verbose_tells_what_was_skipped(project: Path, lint: Lint) -> None:
    (project / "tests").mkdir()
    (project / "tests" / "test_orders.py").write_text("x = 1\n")
    assert "delete receiver," not in lint(".", "-q").stdout
    assert "1 test files not linted" in lint(".", "-v").stderr


def test_files_are_listed_that_would_be_linted(project: Path, lint: Lint) -> None:
    assert lint(".", "--show-files").stdout.splitlines() == ["shop/__init__.py", "shop/models.py", "shop/signals.py"]
    assert lint("--show-files", "--exclude", "signals.py,__init__.py").stdout.splitlines() == ["shop/models.py"]


def test_settings_are_shown_that_would_be_used(project: Path, lint: Lint) -> None:
    (project / "pyproject.toml").write_text('[tool.delete-lint]\nmax-depth = 5\nextend-exclude = ["old"]\n')
    shown = lint(".", "--show-settings", "--max-rows", "7", "--max-memory", "1 kB").stdout
    assert shown.startswith("# from pyproject.toml\n")
    found = tomllib.loads(shown)
    assert [found[key] for key in ("max-depth", "max-rows", "max-memory", "max-models")] == [5, 7, 1000, 8]
    assert tomllib.loads(lint(".", "--show-settings", "--max-memory", "300").stdout)["max-memory"] == 300
    assert lint(".", "--max-memory", "many").stderr == (
        "delete-lint: --max-memory: max-memory must be a size such as \"256 MB\", not 'many'\n"
    )


def test_excludes_of_the_command_line_are_relative_to_the_working_folder(
    project: Path, lint: Lint, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "pyproject.toml").write_text('[tool.delete-lint]\nextend-exclude = ["__init__.py"]\n')
    assert lint("--show-files", "--extend-exclude", "shop/sig*").stdout == "shop/models.py\n"
    assert lint("--show-files", "--exclude", "/shop/models.py").stdout == "shop/signals.py\n"
    monkeypatch.chdir(project / "shop")
    assert lint("--show-files", "--extend-exclude", "/signals.py").stdout == "models.py\n"
    monkeypatch.chdir(project.parent)
    assert lint("project", "--show-files", "--extend-exclude", "project/shop/signals.py").stdout == (
        "project/shop/models.py\n"
    )


def test_several_mistakes_in_the_settings_are_told_at_once(project: Path, lint: Lint) -> None:
    (project / "delete-lint.toml").write_text('max-dept = 1\nfail-level = "eror"\n[blocking]\n"a.b" = "htpp"\n')
    done = lint(".", "--select", "delete_in_lop")
    assert done.status == 2
    assert [line.removeprefix("delete-lint: ") for line in done.stderr.splitlines()] == [
        'delete-lint.toml: unknown setting "max-dept" (did you mean "max-depth"?)',
        'delete-lint.toml: fail-level must be one of "error", "warning", "info", not \'eror\' (did you mean "error"?)',
        'delete-lint.toml: blocking category of a.b must be one of "broker", "cache", "email", "http", "lock", '
        '"search-index", "sleep", "storage", "subprocess", not \'htpp\' (did you mean "http"?)',
        '--select: unknown rule "delete_in_lop" (did you mean "delete_in_loop"?)',
    ]


@pytest.mark.parametrize("name", ["delete_lint", "deletelint"])
def test_a_table_that_nobody_would_read_is_told(name: str, project: Path, lint: Lint) -> None:
    (project / "pyproject.toml").write_text(f"[tool.{name}]\nmax-depth = 1\n")
    assert lint(".").stderr == (
        f'delete-lint: pyproject.toml: unknown table "tool.{name}" (did you mean "tool.delete-lint"?)\n'
    )


@pytest.mark.parametrize(
    "options",
    [
        ["--show-files", "--show-settings"],
        ["--write-baseline", "b", "--fix"],
        ["--add-ignores", "later", "--diff"],
        ["--statistics", "--diff"],
        ["--statistics", "--format", "sarif"],
        ["--baseline", "b", "--no-baseline"],
        ["--since", "HEAD", "--changed"],
        ["--since", "HEAD", "--write-baseline", "b"],
        ["--since", "HEAD", "--show-files"],
        ["--changed", "--add-ignores", "later"],
        ["--stdin-filename", "shop/models.py", "--fix"],
        ["--diff", "--output-file", "b"],
        ["--write-baseline", "b", "--format", "json"],
        ["--isolated", "--config", "b"],
    ],
)
def test_options_that_exclude_each_other_are_refused(options: list[str], project: Path, lint: Lint) -> None:
    (project / "b").write_text("")
    done = lint(".", *options)
    assert done.status == 2
    assert done.stdout == ""
    assert "exclude each other" in done.stderr
    assert (project / "b").read_text() == ""


def test_arguments_are_taken_from_a_file(project: Path, lint: Lint) -> None:
    """For more files than a command line can hold."""
    (project / "files").write_text("shop/models.py\nshop/signals.py\n")
    assert lint("@files", "--show-files").stdout == "shop/models.py\nshop/signals.py\n"
    assert lint("@nowhere").status == 2
    (project / "@shop").mkdir()
    (project / "@shop" / "old.py").touch()
    assert lint("@shop", "--show-files").stdout == "@shop/old.py\n"


# --- stdin --------------------------------------------------------------------------------------------------------


def piped(text: str, *arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "delete_lint", *arguments],
        input=text,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "rules")])},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_text_on_stdin_is_seen_in_the_midst_of_its_project(project: Path) -> None:
    """What an editor holds and has not saved: the model it deletes stands in another file, on the disk."""
    for name in ("shop/signals.py", "shop/new.py"):
        done = piped(PURGE, "-", "--stdin-filename", name, "--format", "concise", "-q", folder=project)
        assert (done.returncode, done.stderr) == (1, "")
        assert [line.split(" ")[:2] for line in done.stdout.splitlines()] == [[f"{name}:6:15:", "delete_in_loop"]]
    assert "audit" in (project / "shop" / "signals.py").read_text()
    elsewhere = piped(PURGE, "../shop", "--stdin-filename", "../shop/new.py", "-q", folder=project / "shop")
    assert elsewhere.returncode == 1
    assert "delete_in_loop" in elsewhere.stdout


def test_a_text_on_stdin_may_hold_no_python(project: Path) -> None:
    done = piped("def (", "--stdin-filename", "shop/signals.py", "--format", "json", folder=project)
    assert [finding["rule"] for finding in json.loads(done.stdout)["findings"]] == ["unreadable_file"]


def test_nothing_is_said_of_a_text_that_would_not_be_linted(project: Path) -> None:
    done = piped("x = 1\n", "-", "--stdin-filename", "shop/tests/test_x.py", folder=project)
    assert done.returncode == 0
    assert done.stderr == (
        "delete-lint: warning: shop/tests/test_x.py is not among the files that are linted, which --show-files lists: "
        "nothing is said of it\n"
    )


def test_a_text_on_stdin_needs_a_name(project: Path, lint: Lint) -> None:
    done = lint("-")
    assert done.status == 2
    assert "--stdin-filename" in done.stderr


# --- baseline, comments, fixes ------------------------------------------------------------------------------------


def test_a_baseline_makes_a_run_green_and_lets_new_findings_through(project: Path, lint: Lint) -> None:
    written = lint(".", "--write-baseline", "known")
    assert written.status == 0
    assert written.stdout.startswith("1 finding in known\n")
    assert lint(".", "--baseline", "known").status == 0
    (project / "pyproject.toml").write_text('[tool.delete-lint]\nbaseline = "known"\n')
    for arguments in ([], ["shop"]):
        done = lint(*arguments, "--format", "json")
        assert (done.status, done.found) == (0, [])
        assert done.document["summary"]["baselined"] == 1
    assert lint(".", "--no-baseline").status == 1
    (project / "made").touch()
    assert lint(".", "--write-baseline", "made").status == 0, "mktemp makes a file with nothing in it"
    assert (project / "made").read_text() == (project / "known").read_text()
    purge = project / "shop" / "purge.py"
    purge.write_text(PURGE)
    assert [rule for _, _, rule, _ in lint(".", "--format", "json").found] == ["delete_in_loop"]
    assert "1 new" in lint(".", "--write-baseline", "known").stdout
    purge.unlink()
    done = lint(".")
    assert done.status == 0
    assert "gone, though the baseline has it: shop/purge.py: delete_in_loop" in done.stderr
    assert "1 gone" in lint(".", "--write-baseline", "known").stdout
    assert lint(".").stderr == ""


def test_a_baseline_that_cannot_be_read_ends_the_run(project: Path, lint: Lint) -> None:
    (project / "delete-lint.toml").write_text('baseline = "known"\n')
    done = lint(".")
    assert done.status == 2
    assert done.stderr == "delete-lint: known: no such file: write it with --write-baseline known\n"


def test_a_run_that_could_not_be_done_whole_writes_no_baseline(project: Path, lint: Lint) -> None:
    (project / "shop" / "models.py").write_text("from django.db import models\n")
    done = lint(".", "--write-baseline", "known")
    assert done.status == 2
    assert "known is not written" in done.stderr
    assert not (project / "known").exists()


def test_the_value_of_an_option_may_begin_with_an_at_sign(project: Path, lint: Lint) -> None:
    assert lint(".", "--since", "@{upstream}").stderr.startswith("delete-lint: not in a git repository")
    assert lint(".", "--add-ignores", "@ops wants it so").status == 0
    assert "] @ops wants it so" in (project / "shop" / "signals.py").read_text()
    assert "the arguments cannot be read" in lint(".", "-q", "@ops").stderr


def test_comments_with_a_reason_make_a_run_green(project: Path, lint: Lint) -> None:
    done = lint(".", "--add-ignores", "until the move to tasks")
    assert (done.status, done.stderr) == (0, "")
    assert done.stdout == "1 finding ignored by comments in 1 file\n"
    assert "until the move to tasks" in (project / "shop" / "signals.py").read_text()
    assert lint(".").status == 0
    before = (project / "shop" / "signals.py").read_text()
    assert lint(".", "--add-ignores", "").status == 2
    assert (project / "shop" / "signals.py").read_text() == before


@pytest.fixture
def fixable(project: Path) -> Path:
    """A file in which one finding can be put right."""
    file = project / "shop" / "old.py"
    file.write_text("x = 1  # delete-lint: ignore[delete_in_loop]\n")
    return file


def test_a_fix_is_made_and_counted(fixable: Path, lint: Lint) -> None:
    assert "1 fixable with --fix" in lint(".").stdout
    done = lint(".", "--fix")
    assert fixable.read_text() == "x = 1\n"
    assert done.stdout.rstrip().endswith("; 1 fixed")
    assert done.status == 1, "what is left"
    assert lint(".", "--fix", "--select", "unused_suppression").status == 0


def test_a_diff_shows_what_a_fix_would_change(fixable: Path, lint: Lint) -> None:
    before = fixable.read_text()
    for options in (["--diff"], ["--fix", "--diff"]):
        done = lint(".", *options)
        assert "-x = 1  # delete-lint: ignore[delete_in_loop]\n+x = 1\n" in done.stdout
        assert done.stderr == "delete-lint: 1 finding would be fixed\n"
        assert done.status == 1
        assert fixable.read_text() == before
    assert lint(".", "--diff", "--exit-zero").status == 0
    fixable.unlink()
    done = lint(".", "--diff")
    assert (done.status, done.stdout, done.stderr) == (0, "", "delete-lint: there is nothing to fix\n")


# --- changes ------------------------------------------------------------------------------------------------------


def git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


def test_a_change_is_answered_for_what_it_brings(project: Path, lint: Lint) -> None:
    git(project, "init", "-q", "-b", "main")
    git(project, "add", ".")
    git(project, "commit", "-q", "-m", "start")
    assert lint(".", "--since", "main").status == 0
    (project / "shop" / "purge.py").write_text(PURGE)
    git(project, "add", ".")
    for arguments in ([".", "--since", "main"], ["shop/purge.py", "--changed"], ["--changed"]):
        done = lint(*arguments, "--format", "json")
        assert [(file, rule) for file, _, rule, _ in done.found] == [("shop/purge.py", "delete_in_loop")]
        assert done.status == 1
    wrong = lint(".", "--since", "mian")
    assert wrong.status == 2
    assert "mian" in wrong.stderr


def test_a_change_without_a_repository_is_an_error(project: Path, lint: Lint) -> None:
    done = lint(".", "--since", "main")
    assert done.status == 2
    assert done.stderr.count("\n") == 1
