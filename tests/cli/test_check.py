"""`delete-lint PATH…`: what is printed where, and the exit status that CI goes by."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Lint = Callable[..., Any]

ERROR = ("shop/signals.py", 6, "senderless_receiver", "error")


def test_a_path_is_enough(project: Path, lint: Lint) -> None:
    for arguments in (["."], ["check", "."], [], ["shop"], ["shop/models.py", "shop/signals.py"]):
        done = lint(*arguments, "--format", "json")
        assert ERROR in done.found, arguments
        assert done.status == 1
        assert done.stderr == ""


def test_text_shows_the_finding_and_ends_with_the_summary(project: Path, lint: Lint) -> None:
    done = lint(".")
    assert re.search(r"^shop/signals\.py:6:\d+: senderless_receiver \[error\] ", done.stdout, re.MULTILINE)
    assert "  6 | def audit(sender, instance, **kwargs):" in done.stdout
    assert re.search(r"^3 files: 1 model, 1 delete receiver, 0 delete sites \(Django 6\.1: ", last_line(done.stdout))
    assert lint(".", "--format", "full").stdout == done.stdout


def test_concise_is_a_line_for_each_finding(project: Path, lint: Lint) -> None:
    lines = lint(".", "--format", "concise", "--select", "senderless_receiver").stdout.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("shop/signals.py:6:")
    assert lines[1].endswith("; 1 error")


def test_select_and_ignore_take_names_of_rules(project: Path, lint: Lint) -> None:
    assert lint(".", "--select", "delete_in_loop,senderless_receiver", "--format", "json").found == [ERROR]
    assert lint(".", "--select", "delete_in_loop", "--format", "json").found == []
    assert ERROR not in lint(".", "--ignore", "senderless_receiver", "--format", "json").found
    wrong = lint(".", "--select", "senderless_reciever")
    assert wrong.status == 2
    assert wrong.stderr == (
        'delete-lint: --select: unknown rule "senderless_reciever" (did you mean "senderless_receiver"?)\n'
    )


@pytest.mark.parametrize(
    ("severity", "level", "status"),
    [
        ("error", "error", 1),
        ("warning", "error", 0),
        ("warning", None, 1),
        ("info", None, 0),
        ("info", "info", 1),
    ],
)
def test_the_fail_level_decides_the_exit_status(
    severity: str, level: str | None, status: int, project: Path, lint: Lint
) -> None:
    (project / "delete-lint.toml").write_text(f'severity = {{ senderless_receiver = "{severity}" }}\n')
    options = ["--fail-level", level] if level else []
    done = lint(".", "--select", "senderless_receiver", "--format", "json", *options)
    assert done.found == [(*ERROR[:3], severity)]
    assert done.status == status


def test_exit_zero_reports_without_failing(project: Path, lint: Lint) -> None:
    done = lint(".", "--exit-zero", "--format", "json")
    assert ERROR in done.found
    assert done.status == 0


def test_a_part_of_a_project_without_its_models_is_told_to_name_the_whole(project: Path, lint: Lint) -> None:
    (project / "shop" / "purge.py").write_text("from shop.models import Order\n\nOrder.objects.all().delete()\n")
    done = lint("shop/purge.py")
    assert done.status == 0
    assert done.stderr.startswith("delete-lint: warning: no model found, so nothing can be said of what a delete ")
    assert lint("shop", "--select", "dead_receiver").stderr == ""


def test_exit_zero_does_not_hide_that_the_run_failed(project: Path, lint: Lint) -> None:
    assert lint("nowhere", "--exit-zero").status == 2
    (project / "shop" / "models.py").write_text("from django.db import models\n")
    assert lint(".", "--exit-zero").status == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["shp"], "no such file or folder: shp (did you mean shop?)"),
        (["chek", "shop"], 'no such file or folder: chek (or did you mean the command "check"?)'),
        (["."], None),
    ],
)
def test_a_path_that_is_not_there_is_one_line_and_status_2(
    arguments: list[str], message: str | None, project: Path, lint: Lint
) -> None:
    done = lint(*arguments)
    assert (done.status == 2) is (message is not None)
    assert done.stderr == (f"delete-lint: {message}\n" if message else "")


@pytest.mark.parametrize(
    "arguments",
    [["--no-such-option"], ["--format", "xml"], ["--max-depth", "deep"], ["--isolated", "--config", "x.toml"]],
)
def test_a_wrong_option_is_status_2(arguments: list[str], project: Path, lint: Lint) -> None:
    (project / "x.toml").touch()
    done = lint(".", *arguments)
    assert done.status == 2
    assert done.stdout == ""
    assert done.stderr.startswith("delete-lint: ")
    assert done.stderr.endswith(": see delete-lint check --help\n")
    assert done.stderr.count("\n") == 1


def test_a_wrong_setting_is_one_line_and_status_2(project: Path, lint: Lint) -> None:
    (project / "pyproject.toml").write_text("[tool.delete-lint]\nmax-dept = 1\n")
    done = lint(".")
    assert done.status == 2
    assert done.stderr == ('delete-lint: pyproject.toml: unknown setting "max-dept" (did you mean "max-depth"?)\n')
    assert lint(".", "--isolated").status == 1


def test_no_model_in_a_tree_that_imports_django_is_an_error(project: Path, lint: Lint) -> None:
    """A run with the wrong path must not pass for a clean one."""
    (project / "shop" / "models.py").write_text("from django.db import models\n")
    done = lint(".")
    assert done.status == 2
    assert "no model found in 2 files that import Django: is the path right?" in done.stderr
    (project / "shop" / "signals.py").unlink()
    assert "1 file that imports Django" in lint(".").stderr


def test_a_tree_without_django_is_clean(project: Path, lint: Lint) -> None:
    for name in ("models.py", "signals.py"):
        (project / "shop" / name).write_text("x = 1\n")
    done = lint(".")
    assert (done.status, done.stderr) == (0, "")
    assert last_line(done.stdout).endswith("nothing found")


def test_a_path_without_python_is_an_error(project: Path, lint: Lint) -> None:
    (project / "docs").mkdir()
    done = lint("docs")
    assert done.status == 2
    assert done.stderr == "delete-lint: error: no Python file to lint: is the path right?\n"


def test_a_file_that_cannot_be_read_is_a_finding_and_the_run_goes_on(project: Path, lint: Lint) -> None:
    (project / "shop" / "broken.py").write_bytes(b"from django.db import models\nname = '\xff'\n")
    (project / "shop" / "broken2.py").write_text("class Line(models.Model):\n    order = (\n")
    found = lint(".", "--format", "json").found
    assert ("shop/broken.py", 2, "unreadable_file", "error") in found
    assert [each[1:] for each in found if each[0] == "shop/broken2.py"] == [(2, "unreadable_file", "error")]
    assert ERROR in found
    text = lint(".", "--select", "unreadable_file")
    assert "shop/broken.py:2:" in text.stdout
    assert text.status == 1


def test_a_file_that_nothing_leads_to_is_checked_too(project: Path, lint: Lint) -> None:
    (project / "old.py").write_text("import sys\n\nfor row in sys.stdin:\n    print 'row', row\n")
    found = lint(".", "--format", "json", "--select", "unreadable_file").found
    assert found == [("old.py", 4, "unreadable_file", "error")]


def test_syntax_newer_than_the_interpreter_is_no_mistake(project: Path, lint: Lint) -> None:
    text = "class Box[T]:\n    pass\n\n\ntry:\n    x = t'{1}'\nexcept ValueError, TypeError:\n    pass\n"
    (project / "new.py").write_text(text)
    assert lint(".", "--format", "json", "--select", "unreadable_file").found == []


def test_suppressed_findings_are_counted_and_not_shown(project: Path, lint: Lint) -> None:
    signals = project / "shop" / "signals.py"
    comment = "  # delete-lint: ignore[senderless_receiver] on purpose"
    signals.write_text(signals.read_text().replace("(post_delete)\n", f"(post_delete){comment}\n"))
    done = lint(".", "--select", "senderless_receiver,unused_suppression", "--format", "json")
    assert done.found == []
    assert done.document["summary"]["suppressed"] == 1
    assert done.status == 0
    assert last_line(lint(".", "--select", "senderless_receiver").stdout).endswith("nothing found; 1 suppressed")


def test_an_unused_suppression_is_found_in_a_file_that_matters_to_nothing_else(project: Path, lint: Lint) -> None:
    (project / "shop" / "plain.py").write_text("x = 1  # delete-lint: ignore[delete_in_loop]\n")
    expected = ("shop/plain.py", 1, "unused_suppression", "warning")
    assert expected in lint(".", "--format", "json").found
    assert expected not in lint(".", "--ignore", "unused_suppression", "--format", "json").found


def test_per_file_ignores_are_relative_to_the_settings_file(project: Path, lint: Lint, monkeypatch: Any) -> None:
    (project / "delete-lint.toml").write_text('per-file-ignores = { "/shop/sig*.py" = ["senderless_receiver"] }\n')
    assert ERROR not in lint(".", "--format", "json").found
    monkeypatch.chdir(project / "shop")
    assert "senderless_receiver" not in lint(".").stdout
    assert "senderless_receiver" in lint(".", "--isolated").stdout


def test_fingerprints_are_unique_and_survive_moved_lines(project: Path, lint: Lint) -> None:
    signals = project / "shop" / "signals.py"
    before = {each["fingerprint"] for each in lint(".", "--format", "json").document["findings"]}
    signals.write_text("# moved\n\n" + signals.read_text())
    moved = lint(".", "--format", "json")
    assert {each["fingerprint"] for each in moved.document["findings"]} == before
    signals.write_text(signals.read_text() + "x = 1  # delete-lint: ignore[no_rule]\n" * 3)
    many = [each["fingerprint"] for each in lint(".", "--format", "json").document["findings"]]
    assert len(many) == len(set(many)) == len(before) + 3


def test_the_report_can_go_to_a_file(project: Path, lint: Lint) -> None:
    done = lint(".", "--format", "json", "--output-file", "report.json")
    assert json.loads((project / "report.json").read_text())["version"] == 1
    assert len(done.stdout.splitlines()) == 1, "the summary"
    lint(".", "--output-file", "report.txt")
    assert (project / "report.txt").read_text().startswith("shop/signals.py:6:")
    refused = lint(".", "--output-file", "report.txt/report.txt")
    assert (refused.status, refused.stderr) == (2, "delete-lint: cannot write report.txt/report.txt: Not a directory\n")


@pytest.mark.parametrize("settings", ['extend-exclude = ["/shop/signals.py"]', 'exclude = ["/shop/signals.py"]'])
@pytest.mark.parametrize("config", ["shop/../conf.toml", "./conf.toml", "../project/conf.toml"])
def test_patterns_of_a_named_settings_file_hold_however_it_is_named(
    config: str, settings: str, project: Path, lint: Lint
) -> None:
    (project / "conf.toml").write_text(settings)
    assert lint(".", "--config", config, "--format", "json").found == []
    (project / "conf.toml").write_text('[per-file-ignores]\n"/shop/signals.py" = ["senderless_receiver"]\n')
    assert lint(".", "--config", config, "--format", "json").found == []
    (project / "conf.toml").write_text('[per-file-ignores]\n"/signals.py" = ["senderless_receiver"]\n')
    assert lint(".", "--config", config, "--format", "json").found == [ERROR]


def test_quiet_prints_findings_only(project: Path, lint: Lint) -> None:
    quiet = lint(".", "--quiet", "--select", "senderless_receiver", "--format", "concise")
    assert len(quiet.stdout.splitlines()) == 1
    clean = lint(".", "-q", "--select", "delete_in_loop")
    assert (clean.stdout, clean.stderr) == ("", "")


def test_verbose_tells_what_was_left_out(project: Path, lint: Lint) -> None:
    (project / ".gitignore").write_text("local.py\n")
    (project / "local.py").touch()
    (project / "tests").mkdir()
    (project / "tests" / "test_shop.py").touch()
    done = lint(".", "--verbose", "--format", "json")
    assert ERROR in done.found
    assert "delete-lint: skipped local.py: ignored by git\n" in done.stderr
    assert "delete-lint: 1 test files not linted (--include-tests to lint them): tests\n" in done.stderr
    assert re.search(r"^delete-lint: reading: \d+\.\d\d s$", done.stderr, re.MULTILINE)


def test_tests_are_linted_when_asked_for(project: Path, lint: Lint) -> None:
    (project / "tests").mkdir()
    (project / "shop" / "signals.py").rename(project / "tests" / "signals.py")
    assert lint(".", "--format", "json", "--select", "senderless_receiver").found == []
    found = lint(".", "--format", "json", "--include-tests", "--select", "senderless_receiver").found
    assert found == [("tests/signals.py", *ERROR[1:])]


def test_the_django_version_can_be_told(project: Path, lint: Lint) -> None:
    (project / "requirements.txt").write_text("django==5.1.4\n")
    assert lint(".", "--format", "json").document["summary"]["django"] == "5.1"
    assert "(Django 5.1: requirements.txt pins 5.1.4)" in last_line(lint(".").stdout)
    told = lint(".", "--format", "json", "--django-version", "4.2").document
    assert told["summary"]["django"] == "4.2"
    assert lint(".", "--django-version", "x").status == 2


def test_colour_can_be_asked_for(project: Path, lint: Lint) -> None:
    assert "\x1b[" not in lint(".").stdout
    assert "\x1b[1;31msenderless_receiver\x1b[0m" in lint(".", "--color").stdout
    assert "\x1b[" not in lint(".", "--color", "--format", "json").stdout


def last_line(text: str) -> str:
    return text.rstrip("\n").rpartition("\n")[2]
