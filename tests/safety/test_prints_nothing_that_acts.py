"""Names, strings, comments and settings of a stranger's project come out inert, whatever is asked for: nothing drives a
terminal, or is taken for a command by a CI service. (That readers of each format get back the very text is tested
beside the formats, in `tests.output`.)"""

from __future__ import annotations

import io
import json
import os
import tomllib
from collections.abc import Sequence
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delete_lint.baseline import read_baseline
from delete_lint.cache.answers import Said, decoded, encoded, question
from delete_lint.cli import run
from delete_lint.config import load_settings
from delete_lint.config.showing import settings_toml
from delete_lint.inert import ANNOTATIONS, is_inert
from delete_lint.output.document import document
from delete_lint.output.formats import FORMATS
from delete_lint.output.style import line_start, marked, printable, printable_lines
from tests.command import ROOT
from tests.output.reports import NASTY_NAMES
from tests.repositories import Work
from tests.runtime.small_project import Project
from tests.safety.hostile import COMMANDS, EVERYTHING, harm, hostile_project

MODEL = "nasty.日本"
#: What comes with the arguments, though these are the user's own: in CI they may be names of a stranger's files.
WRONG: tuple[tuple[str, ...], ...] = (
    (EVERYTHING,),
    ("@" + EVERYTHING,),
    (".", f"--{EVERYTHING}"),
    (".", "--format", EVERYTHING),
    (".", "--select", EVERYTHING),
    (".", "--config", EVERYTHING),
    (".", "--baseline", EVERYTHING),
    (".", "--since", EVERYTHING),
    (".", "--django-version", EVERYTHING),
    (".", "--django-settings", EVERYTHING),
    (".", "--max-memory", EVERYTHING),
    (".", "--max-depth", EVERYTHING),
    (".", "--add-ignores", EVERYTHING),
    ("--changed", EVERYTHING),
    ("graph", ".", EVERYTHING),
    ("plan", EVERYTHING, "."),
    ("rule", EVERYTHING),
    ("completion", EVERYTHING),
)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = hostile_project(tmp_path_factory.mktemp("hostile") / "project")
    work = Work(folder)
    work.git("init", "-q", "-b", "main")
    work.commit()
    return folder


def _run(folder: Path, *arguments: str) -> tuple[int, str, str]:
    """Runs a command line in this process; status, stdout and stderr."""
    kept = io.BytesIO(), io.BytesIO()
    out, err = (io.TextIOWrapper(each, "utf-8", newline="") for each in kept)
    with chdir(folder), redirect_stdout(out), redirect_stderr(err):
        status = run(arguments)
        out.flush()
        err.flush()
    stdout, stderr = (each.getvalue().decode("utf-8", "surrogateescape") for each in kept)
    return status, stdout, stderr


@pytest.mark.parametrize(
    "command",
    [
        *((".", "--format", name, "-v") for name in FORMATS),
        (".", "--statistics"),
        (".", "--show-files"),
        (".", "--show-settings", "--exclude", EVERYTHING, "--extend-exclude", EVERYTHING),
        (".", "--since", "HEAD", "-v"),
        ("graph", "."),
        ("graph", ".", MODEL),
        ("graph", ".", "--format", "json"),
        ("graph", ".", MODEL, "--format", "json"),
        ("plan", MODEL, "."),
        ("plan", MODEL, ".", "--format", "json"),
        ("plan", MODEL, ".", "--format", "mermaid"),
    ],
    ids=lambda command: ascii(" ".join(command)[:60]),
)
def test_what_a_project_is_made_of_does_nothing_but_be_read(command: Sequence[str], project: Path) -> None:
    status, out, err = _run(project, *command)
    assert status in (0, 1), err
    assert not list(harm(out, commands=ANNOTATIONS if "github" in command else ()))
    assert not list(harm(err))
    assert is_inert(out), "and can be kept for the next run"
    if "json" in command:
        json.loads(out)
    if "--show-settings" in command:
        tomllib.loads(out)


def test_a_diff_does_nothing_but_be_read(project: Path) -> None:
    status, out, err = _run(project, ".", "--diff", "--unsafe-fixes")
    assert status == 1
    assert not list(harm(out.replace("\r\n", "\n")))
    assert not list(harm(err))


def test_colours_are_those_of_delete_lint_and_no_others(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("FORCE_COLOR", "1")
    for command in ((".",), ("graph", "."), ("plan", MODEL, ".")):
        _, out, _ = _run(project, *command)
        assert "\x1b[1m" in out
        assert is_inert(out)
        assert "red\x1b" not in out
        assert "red\\x1b[31m" in out or command == ("plan", MODEL, ".")


@pytest.mark.parametrize("command", WRONG, ids=lambda command: ascii(" ".join(command)[:40]))
def test_what_is_wrong_with_a_command_line_is_one_inert_line(command: Sequence[str], project: Path) -> None:
    status, out, err = _run(project, *command)
    assert (status, out) == (2, "")
    assert err.count("\n") == 1
    assert err.startswith("delete-lint: ")
    assert not list(harm(err))


@pytest.mark.parametrize(
    "text",
    [
        f"{json.dumps(EVERYTHING)} = 1",
        f"select = [{json.dumps(EVERYTHING)}]",
        f"exclude = {json.dumps(EVERYTHING)}",
        f"django-version = {json.dumps(EVERYTHING)}",
        f"severity = {{ {json.dumps(EVERYTHING)} = 'off' }}",
        f"blocking = {{ {json.dumps(EVERYTHING)} = 'http' }}",
        f"blocking = {{ 'a.b' = {json.dumps(EVERYTHING)} }}",
        f"field-classes = {{ 'a.b' = {json.dumps(EVERYTHING)} }}",
        f"plugins = [{json.dumps(EVERYTHING)}]",
        f"plugins = ['x{COMMANDS}']",
        f"row-counts = {json.dumps(EVERYTHING)}",
        f"baseline = {json.dumps(EVERYTHING)}",
        f"django-settings = {json.dumps(EVERYTHING)}",
        f"{EVERYTHING}",
    ],
    ids=lambda text: ascii(text[:25]),
)
def test_what_is_wrong_with_settings_is_told_inertly(text: str, project: Path) -> None:
    file = project.parent / "delete-lint.toml"
    file.write_text(text.replace("\\/", "/"), encoding="utf-8")
    status, out, err = _run(project, ".", "--config", str(file))
    assert (status, out) == (2, "")
    assert err.count("\n") == 1
    assert not list(harm(err))


def test_the_text_that_a_settings_file_names_is_not_shown(project: Path, tmp_path: Path) -> None:
    """A stranger's settings may name any file: what is in it stays there."""
    secret = tmp_path / "secret"
    secret.write_text("password = hunter2 is it\n")
    for key in ("row-counts", "baseline"):
        file = tmp_path / "delete-lint.toml"
        file.write_text(f"{key} = {json.dumps(str(secret))}\n")
        status, out, err = _run(project, ".", "--config", str(file))
        assert (status, out) == (2, "")
        assert "hunter2" not in err


def test_a_baseline_does_nothing_but_be_read(project: Path) -> None:
    _, _, err = _run(project, ".", "--write-baseline", "known.txt", "-n")
    file = project / "known.txt"
    try:
        assert err == ""
        assert not list(harm(file.read_text("utf-8")))
        names = {entry.file for entry in read_baseline(file).entries}
        assert {os.fsdecode(name) for name in NASTY_NAMES} <= names
        status, out, _ = _run(project, ".", "--baseline", "known.txt", "-n", "--format", "json")
        assert (status, json.loads(out)["findings"]) == (0, [])
        (project / "nasty" / "models.py").rename(project / "moved")
        status, out, err = _run(project, ".", "--baseline", "known.txt", "-n", "-v")
        assert "gone, though the baseline has it" in err
        assert not list(harm(out + err))
    finally:
        (project / "moved").rename(project / "nasty" / "models.py")
        file.unlink()


def test_fixing_and_ignoring_tell_inertly_what_they_did(tmp_path: Path) -> None:
    folder = hostile_project(tmp_path / "project")
    for options in (("--fix", "--unsafe-fixes"), ("--add-ignores", "from before")):
        status, out, err = _run(folder, ".", "-n", *options)
        assert status in (0, 1), err
        assert not list(harm(out + err))


def test_a_cache_that_a_stranger_has_written_has_nothing_printed_that_acts(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)
    monkeypatch.setenv("DELETE_LINT_CACHE_DIR", str(tmp_path))
    _run(project, "nasty")
    asked = question(["nasty"])
    (kept,) = tmp_path.glob("answer-*.run")
    answer = decoded(kept.read_bytes(), asked or b"")
    assert answer is not None
    for text in (EVERYTHING, "\x1b[2J", "::add-mask::x\n", "x\n  ::set-env name=a::b\n", "##[group]x", "a\r", "\u202e"):
        for said in (Said(text, "", "", 0), Said("", text, "", 0), Said("", "", text, 0)):
            answer.said = said
            kept.write_bytes(encoded(answer))
            with pytest.raises(ValueError, match="nothing that was ever said"):
                decoded(kept.read_bytes(), asked or b"")
            status, out, err = _run(project, "nasty")
            assert (status, list(harm(out + err))) == (1, [])
    answer.said = Said("", "\x1b[1;31mred\x1b[0m 日本 #\\x23[x] ## [x\n::error file=a.py,line=1::b\n", "", 0)
    assert decoded(encoded(answer), asked or b"") is not None


# --- any text at all ------------------------------------------------------------------------------------------------

#: Text with much in it of what acts.
TEXTS = st.text(
    st.one_of(st.sampled_from("\x1b\x07\x9b\u202e\u2066\u2028\n\r\t:#[]%<>&`@|\\ "), st.characters(codec=None)),
    max_size=40,
)


@given(TEXTS)
@settings(max_examples=500, deadline=None)
def test_any_text_comes_out_inert(text: str) -> None:
    for shown in (line_start(text), printable_lines([text]), printable_lines([marked(True)(text, "red")])):
        assert not list(harm(shown.replace("\x1b[1;31m", "").replace("\x1b[0m", "")))
        assert is_inert(shown)
    assert not list(harm(f"x {printable(text)}"))
    shown = document({text: [text]})
    assert not list(harm(shown))
    assert list(json.loads(shown).values()) == [[*json.loads(shown)]]


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
@settings(max_examples=200, deadline=None)
def test_settings_with_any_text_are_shown_inertly_and_read_back(text: str) -> None:
    shown = "\n".join(settings_toml(load_settings(ROOT, {"exclude": [text], "extend-exclude": [text]}, isolated=True)))
    assert not list(harm(shown))
    tomllib.load(io.BytesIO(shown.encode()))


@given(TEXTS)
@settings(max_examples=200, deadline=None)
def test_what_is_inert_is_told_from_what_is_not(text: str) -> None:
    assert is_inert(text) == (not list(harm(text, commands=ANNOTATIONS)) and "\t" not in text) or "\x1b[" in text


# --- in the running project -----------------------------------------------------------------------------------------

MODELS = f"""
    from importlib import import_module
    from django.db import models


    class Ж(models.Model):
        text = models.TextField(db_column={json.dumps(COMMANDS)})

        class Meta:
            db_table = {json.dumps(COMMANDS)}
            verbose_name = {json.dumps(EVERYTHING)}


    class Line(models.Model):
        to = models.ForeignKey(Ж, models.CASCADE)
        payload = models.JSONField(default=dict)


    import_module("shop.signals \\x1b[31m ##[group] ::error::")
"""
SIGNALS = """
    import time

    from django.db.models.signals import post_delete


    def wait(sender, instance, **kwargs):
        time.sleep(1)


    wait.__qualname__ = wait.__name__ = "::error:: \\x1b[31m ##[group] \\u202e"
    post_delete.connect(wait, sender="shop.Line", dispatch_uid="\\x1b[31m")
"""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Project:
    files = {
        "shop/__init__.py": "",
        "shop/models.py": MODELS,
        "shop/signals \x1b[31m ##[group] ::error::.py": SIGNALS,
    }
    project = Project(tmp_path_factory.mktemp("running"), ["shop"], files)
    assert project.manage("migrate", "--run-syncdb", "-v0").returncode == 0
    return project


@pytest.mark.parametrize(
    "command",
    [
        ("check", "--tag", "delete_lint", "--database", "default"),
        ("delete_graph",),
        ("delete_graph", "Ж"),
        ("delete_graph", "--format", "json"),
        ("delete_plan", "Ж"),
        ("delete_plan", "Ж", "--all"),
        ("delete_plan", "Ж", "--all", "--format", "json"),
        ("delete_plan", "Ж", "--all", "--format", "mermaid"),
        ("delete_plan", "Line", "--format", "json"),
        ("delete_plan", EVERYTHING),
        ("delete_plan", "Ж", "--filter", EVERYTHING),
        ("delete_plan", "Ж", "--all", "--database", EVERYTHING),
        ("delete_counts", "-o", "-"),
        ("delete_counts", "-o", "-", "--count"),
    ],
    ids=lambda command: ascii(" ".join(command)[:50]),
)
def test_names_of_a_running_project_do_nothing_but_be_read(command: Sequence[str], running: Project) -> None:
    done = running.manage(*command)
    assert "Traceback" not in done.stderr
    assert not list(harm(done.stdout))
    assert not list(harm(done.stderr))


def test_wrong_settings_of_a_running_project_are_told_inertly(running: Project) -> None:
    wrong = {EVERYTHING: 1, "select": [EVERYTHING], "plugins": ["x"], "max-depth": EVERYTHING}
    done = running.manage("check", "--tag", "delete_lint", DELETE_LINT=wrong)
    assert done.returncode == 1
    assert "delete_lint.settings" in done.stderr
    assert not list(harm(done.stderr))
