"""What git ignores is not linted: compared with git itself, when it is at hand."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
from pathlib import Path

import pytest

from delete_lint.settings import Settings
from delete_lint.source.discover import discover
from delete_lint.source.ignore import Patterns

NAMES = ("a", "b", "build", "x.py", "y.py", "m.py", "ab-c.py", "a]")
WITHOUT_SPACES = """
* !*/ !*.py *.py a a/ /a !a !a/ !/a a/* !a/b a/b **/b a/** !a/** a/**/x.py build !build build/ /build/ !build/ b/ !b/
!x.py x.py /x.py /* !/b/ !/b m.py [xy].py ?.py !m.py a/b/ !a/b/ */b !*/b \\!x.py a\\] [!x].py [a-z]b* [a a**b ** **/
/**/b b/**/ []a]* ab[-]c.py [a-]b* *.p[!z] \\a a\\ foo// //a ! **/*.py a**/b [\\x]* [^x]*.py [\\]]* [x-]* [!]a]* a?
**/**
"""
LINES = [*WITHOUT_SPACES.split(), "# c", "", "a ", "x.py\\ ", "x.py  "]


def grow(folder: Path, depth: int = 0) -> None:
    folder.mkdir()
    for name in NAMES:
        if name.endswith(".py"):
            (folder / name).touch()
        elif depth < 2:
            grow(folder / name, depth + 1)


@pytest.mark.skipif(shutil.which("git") is None, reason="compares with git")
@pytest.mark.parametrize("seed", range(12))
def test_a_file_that_git_tracks_is_linted_and_one_that_it_ignores_is_not(seed: int, tmp_path: Path) -> None:
    choose = random.Random(seed)
    project = tmp_path / "project"
    grow(project)
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    subprocess.run(["git", "init", "-q", str(project)], check=True, env=environment)
    for folder in ("", "a", "b", "a/b", "build"):
        if not folder or choose.random() < 0.5:
            lines = [choose.choice(LINES) for _ in range(choose.randint(1, 5))]
            (project / folder / ".gitignore").write_text("\n".join(lines) + "\n")
    (project / ".git/info").mkdir(exist_ok=True)
    (project / ".git/info/exclude").write_text(choose.choice(LINES) + "\n")

    listed = subprocess.run(
        ["git", "-C", str(project), "ls-files", "-o", "--exclude-standard"],
        check=True,
        capture_output=True,
        text=True,
        env=environment,
    )
    of_git = {name for name in listed.stdout.splitlines() if name.endswith(".py")}
    # `build` would be left out by its name; here git alone is asked.
    tree = discover(["."], Settings(exclude=("no such name",)), project)
    assert {source.name for source in tree.files} == of_git


def test_a_pattern_with_a_folder_covers_what_is_in_it() -> None:
    patterns = Patterns.from_lines("/p", ["legacy/", "/shop/*.py", "!/shop/keep.py"])
    assert patterns.covers("/p/shop/legacy/models.py")
    assert patterns.covers("/p/shop/models.py")
    assert not patterns.covers("/p/shop/keep.py")
    assert not patterns.covers("/p/shop/deeper/models.py")
    assert not patterns.covers("/elsewhere/legacy/models.py")
