"""Whatever is wrong with a command line, a setting or a variable is told in a line that names it, with exit status 2
and no traceback: for every option of every command, and for every setting."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from delete_lint.cli import COMMANDS, app, run
from delete_lint.config import KEYS
from delete_lint.variables import KNOWN
from tests.command import ROOT, delete_lint
from tests.repositories import ENVIRONMENT

MODELS = "from django.db import models\n\n\nclass Customer(models.Model):\n    pass\n"
#: What a command needs besides its options.
ARGUMENTS = {"check": ["shop"], "graph": ["shop"], "plan": ["Customer", "shop"], "completion": ["bash"]}
#: Options whose every value is right in some run, or is a path or revision that is looked at as such.
NEVER_WRONG = {"--add-ignores", "--stdin-filename", "--exclude", "--extend-exclude", "--title"}

Said = Callable[..., tuple[int, str, str]]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "models.py").write_text(MODELS)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    return tmp_path


@pytest.fixture
def said(project: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Said:
    def command(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO()))
        capfd.readouterr()
        status = run(arguments)
        return status, *capfd.readouterr()

    return command


def _options() -> Iterator[tuple[str, click.Option]]:
    context = click.Context(app)
    for name in COMMANDS:
        command = app.get_command(context, name)
        assert command is not None
        for param in command.params:
            if isinstance(param, click.Option):
                yield name, param


VALUED = [(name, option) for name, option in _options() if not option.is_flag and not option.hidden]


def _given(name: str, *options: str) -> list[str]:
    return [name, *ARGUMENTS.get(name, ()), *options]


def _is_refused(answer: tuple[int, str, str], *named: str) -> bool:
    status, out, err = answer
    assert "Traceback" not in err
    assert "internal" not in err
    return status == 2 and out == "" and err.startswith("delete-lint: ") and all(each in err for each in named)


@pytest.mark.parametrize("name", COMMANDS)
def test_an_option_that_is_not_there_is_named_with_the_nearest(name: str, said: Said) -> None:
    command = app.get_command(click.Context(app), name)
    assert command is not None
    longest = max((option for param in command.params for option in param.opts), key=len, default="")
    if not longest.startswith("--"):
        longest = "--help"
    wrong = f"{longest[:-1]}x"
    answer = said(*_given(name, wrong))
    assert _is_refused(answer, wrong, longest, f"delete-lint {name} --help"), answer
    assert answer[2].count("\n") == 1


@pytest.mark.parametrize(("name", "option"), VALUED, ids=lambda value: getattr(value, "name", value))
def test_an_option_without_its_value_is_named(name: str, option: click.Option, said: Said) -> None:
    if "--recipe" in option.opts:
        pytest.skip("may stand alone")
    answer = said(*_given(name, option.opts[0]))
    assert _is_refused(answer, option.opts[0]), answer
    assert answer[2].count("\n") == 1


@pytest.mark.parametrize(("name", "option"), VALUED, ids=lambda value: getattr(value, "name", value))
def test_a_value_that_cannot_be_is_refused_in_a_line(name: str, option: click.Option, said: Said) -> None:
    """A folder where a file is wanted, a file where a folder is, a word where a number is, a name that nothing has."""
    written = next(iter(sorted(option.opts, key=len, reverse=True)))
    if written in NEVER_WRONG:
        pytest.skip("takes any text")
    answers = [said(*_given(name, written, value)) for value in ("shop", "shop/models.py", "shop/models.py/x", "(no)")]
    refused = [answer for answer in answers if _is_refused(answer)]
    assert refused, answers
    assert all(answer[2].count("\n") == 1 for answer in refused), refused
    assert any(word in err for _, _, err in refused for word in (written, "git", "shop", "(no)"))


@given(data=st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_options_with_any_values_get_an_answer(data: st.DataObject, said: Said) -> None:
    name = data.draw(st.sampled_from([each for each in COMMANDS if each != "clean"]))
    options = [option for command, option in _options() if command == name and option.name not in _WRITES]
    arguments: list[str] = []
    for option in data.draw(st.lists(st.sampled_from(options), max_size=4)) if options else ():
        arguments.append(data.draw(st.sampled_from(option.opts)))
        if not option.is_flag:
            choices = list(option.type.choices) if isinstance(option.type, click.Choice) else []
            arguments.append(data.draw(st.sampled_from([*choices, *_VALUES]) | _TEXT))
    status, _, err = said(*_given(name, *arguments))
    assert status in (0, 1, 2)
    assert "Traceback" not in err
    assert "internal" not in err
    assert status != 2 or all(line.startswith("delete-lint: ") for line in err.splitlines())


_WRITES = {"output_file", "write_baseline", "add_ignores", "fix", "cache_dir", "django_settings", "allow_code"}
_VALUES = (
    "",
    "0",
    "-1",
    "1e9",
    "5.2",
    "256 MB",
    ".",
    "shop",
    "HEAD",
    "blocking_receiver",
    "-",
    "--",
    "a,b",
    "@x",
    "::",
)
_TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8)


# --- settings -------------------------------------------------------------------------------------------------------

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 10**9) | st.floats(allow_nan=False, allow_infinity=False) | _TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3),
    max_leaves=5,
)


@pytest.mark.parametrize("key", sorted(KEYS))
def test_a_setting_that_cannot_be_is_told_with_its_file_and_key(key: str, project: Path, said: Said) -> None:
    told = 0
    for value in (
        "-1",
        "true",
        '"(no)"',
        '["(no)"]',
        '{ "(no)" = 3 }',
        "1.5",
        "1979-05-27",
        '[[1], "x"]',
        '"a\\u0000b"',
    ):
        (project / "delete-lint.toml").write_text(f"{key} = {value}\n")
        status, out, err = said(".", "-n")
        assert "Traceback" not in err
        assert "internal" not in err
        if status == 2 and "delete-lint.toml" in err:
            told += 1
            assert out == ""
            assert err.count("\n") == 1
            assert err.startswith(f"delete-lint: delete-lint.toml: {key}") or "(no)" in err, err
    assert told >= 5


@pytest.mark.parametrize("key", sorted(KEYS))
def test_a_setting_that_is_misspelt_is_told_with_the_nearest(key: str, project: Path, said: Said) -> None:
    for file, table in (("delete-lint.toml", ""), ("pyproject.toml", "[tool.delete-lint]\n")):
        wrong = f"{key[:-1]}x"
        (project / file).write_text(f"{table}{wrong} = 1\n")
        assert said(".", "-n") == (2, "", f'delete-lint: {file}: unknown setting "{wrong}" (did you mean "{key}"?)\n')
        (project / file).unlink()


@given(written=st.dictionaries(st.sampled_from(sorted(KEYS)) | _TEXT, ANYTHING, max_size=3))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_settings_get_an_answer(written: dict[str, Any], project: Path, said: Said) -> None:
    (project / "delete-lint.toml").write_text("".join(_toml(key, value) for key, value in written.items()), "utf-8")
    status, out, err = said(".", "-n")
    assert "Traceback" not in err
    assert "internal" not in err
    if status == 2:
        assert out == ""
        assert all(line.startswith("delete-lint: ") for line in err.splitlines())
        assert len(err.splitlines()) <= 2 * len(written) + 2


def _toml(key: str, value: object) -> str:
    return f"{_string(key)} = {_inline(value)}\n"


def _inline(value: object) -> str:
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{_string(str(key))} = {_inline(each)}' for key, each in value.items())} }}"
    if isinstance(value, list):
        return f"[{', '.join(map(_inline, value))}]"
    if isinstance(value, str):
        return _string(value)
    return '""' if value is None else json.dumps(value)


def _string(text: str) -> str:
    return json.dumps(text).encode("utf-16", "surrogatepass").decode("utf-16").replace("\x7f", "\\u007f")


# --- variables ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("DELETE_LINT_NO_CACHE", "maybe"),
        ("DELETE_LINT_CACHE_DIR", "shop/models.py"),
        ("DELETE_LINT_PROCESSES", "many"),
        ("DELETE_LINT_PROCESSES", "-1"),
        ("DELETE_LINT_PROCESSES", "1.5"),
    ],
)
def test_a_variable_that_cannot_be_is_named(
    variable: str, value: str, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    status, out, err = said("shop")
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert err.startswith(f"delete-lint: {variable}")
    assert value in err


@pytest.mark.parametrize(
    "environment",
    [
        {"COLUMNS": "x", "LINES": "-1", "TERM": "", "LANG": "xx_YY", "LC_ALL": "nonsense"},
        {"HOME": "/nowhere", "XDG_CACHE_HOME": "\x1b", "TMPDIR": "/nowhere", "PATH": "", "TZ": "No/Where"},
        {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "LC_ALL": "C"},
        {"NO_COLOR": "", "FORCE_COLOR": "maybe", "GITHUB_WORKSPACE": "\n", "CI_PROJECT_DIR": "relative"},
        {"GIT_DIR": "/nowhere", "GIT_INDEX_FILE": "/nowhere"},
    ],
    ids=lambda environment: next(iter(environment)),
)
def test_odd_surroundings_are_no_hindrance(environment: dict[str, str], project: Path) -> None:
    path = os.pathsep.join([str(ROOT), str(ROOT / "rules")])
    done = subprocess.run(
        [sys.executable, "-m", "delete_lint", "shop", "-n"],
        cwd=project,
        env={**ENVIRONMENT, "PYTHONPATH": path, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "1 file: 1 model" in done.stdout


# --- what was skipped, and why; where it went wrong -----------------------------------------------------------------


def test_what_was_skipped_is_told_with_the_reason(project: Path) -> None:
    (project / "shop" / "tests").mkdir()
    (project / "shop" / "tests" / "test_x.py").write_text("x = 1\n")
    (project / "shop" / "migrations").mkdir()
    (project / "shop" / "migrations" / "0001_initial.py").write_text("x = 1\n")
    (project / "env").mkdir()
    (project / "env" / "pyvenv.cfg").touch()
    (project / "env" / "x.py").touch()
    (project / "ignored").mkdir()
    (project / "ignored" / "x.py").touch()
    (project / "left").mkdir()
    (project / "left" / "x.py").touch()
    (project / ".git").mkdir()
    (project / ".gitignore").write_text("ignored/\n")
    done = delete_lint(".", "-v", "--extend-exclude", "left", folder=project)
    assert done.returncode == 0
    for told in (
        "skipped env: ",
        "skipped ignored: ",
        "skipped left: ",
        "1 test files not linted (--include-tests to lint them): shop/tests",
        "1 migrations not linted (--include-migrations to lint them): shop/migrations",
    ):
        assert f"delete-lint: {told}" in done.stderr


def test_a_traceback_is_shown_to_whoever_asks_for_it(project: Path) -> None:
    """`sitecustomize` breaks the engine as a mistake in it would."""
    broken = project / "broken"
    broken.mkdir()
    (broken / "sitecustomize.py").write_text("import delete_lint.lint\ndelete_lint.lint.lint = None\n")
    path = os.pathsep.join([str(ROOT), str(ROOT / "rules"), str(broken)])
    for debug in ("", "1"):
        done = subprocess.run(
            [sys.executable, "-m", "delete_lint", "shop", "-n"],
            cwd=project,
            env={**ENVIRONMENT, "PYTHONPATH": path, "DELETE_LINT_DEBUG": debug},
            capture_output=True,
            text=True,
            check=False,
        )
        assert "TypeError" in done.stderr
        assert ("Traceback" in done.stderr) is bool(debug)
        assert debug or (done.returncode == 2 and done.stderr.count("\n") == 1)


def test_a_variable_that_nobody_reads_is_told_again_and_again(project: Path) -> None:
    odd = {"DELETE_LINT_NOCACHE": "1", "DELETE_LINT_ZZZ": "", "DELETE_LINT_TEST_ANYTHING": "1"}
    expected = [
        'delete-lint: warning: unknown environment variable DELETE_LINT_NOCACHE (did you mean "DELETE_LINT_NO_CACHE"?)',
        "delete-lint: warning: unknown environment variable DELETE_LINT_ZZZ",
    ]
    for _ in range(3):  # also in the words of the cache
        done = _run(project, odd)
        assert done.stderr.splitlines()[:2] == expected
        assert done.returncode == 0
    assert list((project / ".delete_lint_cache").glob("answer-*"))
    assert "unknown" not in _run(project, odd, "--quiet").stderr
    assert "unknown" not in _run(project, {}).stderr


def _run(project: Path, more: dict[str, str], *options: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("DELETE_LINT_")}
    path = os.pathsep.join([str(ROOT), str(ROOT / "rules")])
    return subprocess.run(
        [sys.executable, "-m", "delete_lint", ".", *options], cwd=project, env={**clean, "PYTHONPATH": path, **more},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_every_variable_that_is_read_is_known() -> None:
    read: set[str] = set()
    for file in (ROOT / "delete_lint").rglob("*.py"):
        read |= set(re.findall(r"\bDELETE_LINT_[A-Z_]*[A-Z]\b", file.read_text(encoding="utf-8")))
    assert read - {"DELETE_LINT_TEST"} == set(KNOWN)
