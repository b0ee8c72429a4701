"""The shop of ``examples/``, in ``src/`` of a repository of its own, as it was before anybody thought of linting it.

In place of the repository at OWNER's there is one of this tree.
"""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path

import pytest

from delete_lint import __version__
from tests.adopting.guide import HOME_PAGE, INSTALLED
from tests.adopting.project import Project
from tests.adopting.typing_it import go_through
from tests.command import ROOT
from tests.repositories import Work, repository


def _source(folder: Path) -> Work:
    """A repository of this tree, as far as it takes to install delete-lint or its hooks."""
    folder.mkdir()
    for part in (
        "delete_lint",
        "rules",
        "pyproject.toml",
        "hatch_build.py",
        "README.md",
        "LICENSE",
        ".pre-commit-hooks.yaml",
    ):
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / part, folder / part)
    source = repository(folder)
    source.commit()
    source.git("tag", f"v{__version__}")
    return source


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    # What installs the hooks is pip, from the package index; that is tried in the tests of the hooks. Here the command
    # of this tree is run in its place.
    hooks = _source(home / "hooks")
    manifest = hooks.folder / ".pre-commit-hooks.yaml"
    text = manifest.read_text()
    assert text.count("language: python") == 2
    manifest.write_text(text.replace("language: python", "language: system"))
    hooks.commit()
    hooks.git("tag", "--force", f"v{__version__}")
    (home / ".gitconfig").write_text(f'[url "{hooks.folder.as_uri()}"]\n    insteadOf = {HOME_PAGE}\n')
    commands = {
        "python": 'exec {python} "$@"',
        "delete-lint": 'exec {python} -m delete_lint "$@"',
        "pre-commit": 'exec {python} -m pre_commit "$@"',
        # It is there already; a test of its own installs it.
        "pip": f'[ "$*" = {shlex.quote(f"install {INSTALLED}")} ]',
    }
    (home / "bin").mkdir()
    for name, line in commands.items():
        command = home / "bin" / name
        command.write_text("#!/bin/sh\n" + line.format(python=shlex.quote(sys.executable)) + "\n")
        command.chmod(0o755)
    return home


@pytest.fixture(scope="session")
def old_project(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The project before it adopts anything; ``origin/main`` is where it is."""
    folder = tmp_path_factory.mktemp("old") / "project"
    shutil.copytree(
        ROOT / "examples" / "shop",
        folder / "src",
        # Of the whole shop these alone are about linting, or cannot be linted.
        ignore=shutil.ignore_patterns("__pycache__", "delete-lint*.toml", "*.sqlite3", "scripts"),
    )
    (folder / ".gitignore").write_text("*.sqlite3\n")
    work = repository(folder)
    work.commit()
    origin = folder.with_name("origin")
    work.git("clone", "--quiet", "--bare", str(folder), str(origin))
    work.git("remote", "add", "origin", str(origin))
    work.git("fetch", "--quiet", "origin")
    return Project(folder, home)


@pytest.fixture(scope="session")
def project(old_project: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The project when it has done what stands under "Start green"."""
    adopted = old_project.copied_to(tmp_path_factory.mktemp("adopted") / "project")
    go_through("Start green", adopted)
    adopted.do("git push --quiet origin HEAD:main")
    return adopted
