"""Each part of the guide is gone through from top to bottom; the parts after "Start green" in a project that has done
what stands there."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from delete_lint import __version__
from tests.adopting.guide import BLOCKS, GUIDE, INSTALLED, PARTS, SHELLS
from tests.adopting.project import Project
from tests.adopting.typing_it import FINDING, go_through

pytestmark = pytest.mark.skipif(shutil.which("git") is None or shutil.which("bash") is None, reason="no git or no bash")

#: Those that come before there is a baseline.
FIRST_PARTS = ("A first look", "Start green", "Or with comments")
#: Those that ask the running project.
RUNNING_PARTS = ("Django's system checks", "Row counts")

TYPED = [command for block in BLOCKS if block.language == "console" for command, _ in block.typed]


@pytest.mark.parametrize("part", PARTS)
def test_what_the_guide_says_to_type_does_what_it_says(
    part: str, old_project: Project, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    start: Project = old_project if part in FIRST_PARTS else request.getfixturevalue("project")
    project = start.copied_to(tmp_path / "project")
    if part in RUNNING_PARTS:
        project.put("src/config/lint.py")
        project.do("python src/manage.py migrate --verbosity 0 --skip-checks")
    go_through(part, project)


def test_no_part_of_the_guide_is_talk_alone() -> None:
    assert re.findall(r"^## (.+)$", GUIDE.read_text(), re.MULTILINE) == PARTS
    assert set(PARTS) > {*FIRST_PARTS, *RUNNING_PARTS}
    assert set(TYPED) > FINDING


def test_a_command_in_the_midst_of_a_sentence_is_typed_here_too(old_project: Project) -> None:
    text = re.sub(r"^```.*?^```$", "", GUIDE.read_text(), flags=re.MULTILINE | re.DOTALL)
    named = {
        quoted for quoted in re.findall(r"`([^`]+)`", text) if re.match(r"(delete-lint|pre-commit|python) ", quoted)
    }
    assert named == {"delete-lint src/ --show-files", "delete-lint src/ --verbose"}
    assert "src/orders/signals.py\n" in old_project.do("delete-lint src/ --show-files")
    told = old_project.run("delete-lint src/ --verbose").stdout
    assert "migrations not linted (--include-migrations to lint them)" in told


def test_pip_takes_the_line_that_the_guide_has_for_it(old_project: Project, tmp_path: Path) -> None:
    """Without what delete-lint needs itself, which would take a package index."""
    if find_spec("pip") is None:
        pytest.skip("no pip in this environment")
    line = next(command for command in TYPED if command.startswith("pip "))
    assert shlex.split(line) == ["pip", "install", INSTALLED]
    options = ["--no-deps", "--no-build-isolation", "--quiet", "--target", str(tmp_path)]
    done = subprocess.run(
        [sys.executable, "-m", *shlex.split(line), *options],
        env=old_project.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    version = old_project.do(shlex.join([str(tmp_path / "bin" / "delete-lint"), "--version"]), PYTHONPATH=str(tmp_path))
    assert version == f"delete-lint {__version__}\n"


@pytest.mark.parametrize("shell", SHELLS)
def test_the_line_for_a_shell_makes_it_complete(shell: str, old_project: Project, tmp_path: Path) -> None:
    """What is completed, and how, is tried in the tests of the command line."""
    if shutil.which(shell) is None:
        pytest.skip(f"no {shell} here")
    line = next(block.text for block in BLOCKS if block.language == shell).strip()
    script = {
        "bash": f"{line}\ncomplete -p delete-lint",
        "zsh": f"autoload -U compinit; compinit -u -D\n{line}\nprint $_comps[delete-lint]",
        "fish": f"mkdir -p ~/.config/fish/completions\n{line}\ncomplete --do-complete 'delete-lint --stat'",
    }[shell]
    home = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path / ".config")}
    told = old_project.do(shlex.join([shell, "-c", script]), **home)
    expected = {
        "bash": "-F _delete_lint_completion delete-lint",
        "zsh": "_delete_lint_completion",
        "fish": "--statistics",
    }
    assert expected[shell] in told
