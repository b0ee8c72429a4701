"""A Django project in which every file leaves a mark when it is run, and names what Python, delete-lint and git use."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.command import ROOT
from tests.repositories import ENVIRONMENT, SHOP, Work, repository

AUDITED = Path(__file__).with_name("audited.py")

#: Modules that delete-lint, or what it is made of, imports once its first line runs.
LATER = (
    "ast",
    "click",
    "csv",
    "delete_lint_rules/__init__",
    "delete_lint_rules/blocking_receiver",
    "difflib",
    "django/__init__",
    "gc",
    "hashlib",
    "json/__init__",
    "libcst/__init__",
    "msgspec/__init__",
    "packaging/__init__",
    "pickle",
    "pkgutil",
    "queue",
    "subprocess",
    "symtable",
    "threading",
    "tomllib/__init__",
    "yaml/__init__",
)
#: Modules that Python itself imports before the first line of `python -m delete_lint`, and delete-lint's own.
EARLY = (
    "__init__",
    "collections/__init__",
    "contextlib",
    "delete_lint/__init__",
    "delete_lint/__main__",
    "delete_lint/cli",
    "encodings/__init__",
    "functools",
    "os",
    "re/__init__",
    "runpy",
    "sitecustomize",
    "types",
    "usercustomize",
)
#: What other programs run of a project.
OTHERS = (
    "conftest",
    "docs/conf",
    "manage",
    "noxfile",
    "setup",
    "settings",
    "build_hook",
    "shop/__main__",
    "shop/admin",
    "shop/apps",
    "shop/migrations/__init__",
    "shop/migrations/0001_initial",
    "shop/models",
    "shop/search",
    "shop/settings",
    "shop/signals",
    "shop/tasks",
    "shop/tests/conftest",
    "shop/tests/test_shop",
    "shop/urls",
    "shop/views",
)
PROGRAMS = ("git", "python", "python3", "pre-commit", "delete-lint", "less", "cat", "ssh", "bin/git")
PYPROJECT = """\
[build-system]
requires = []
build-backend = "build_hook"
backend-path = ["."]

[tool.pytest.ini_options]
addopts = "-p conftest"

[tool.delete-lint]
include-tests = true
include-migrations = true
django-settings = "shop.settings"
"""
HOOKS = """\
repos:
  - repo: local
    hooks:
      - {id: trap, name: trap, entry: ./git, language: script}
"""


@dataclass(frozen=True)
class Trap:
    """The project, in a repository, the folder where its marks appear, and the log of what was done."""

    work: Work
    marks: Path
    log: Path

    @property
    def folder(self) -> Path:
        return self.work.folder

    def mark(self, name: str) -> str:
        """A line of Python that leaves a mark."""
        return f"open({str(self.marks / name.replace('/', '-'))!r}, 'a').close()\n"

    def sprung(self) -> list[str]:
        return sorted(mark.name for mark in self.marks.iterdir())

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
        """Runs the command line, watched, in the project; what it did that it should not have is in the log."""
        return self.python(os.fspath(AUDITED), *arguments, **environment)

    def python(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
        self.log.unlink(missing_ok=True)
        base = {
            **ENVIRONMENT,
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "rules")]),
            "PYTHONDONTWRITEBYTECODE": "1",
            "AUDIT": str(self.log),
            "AUDITED": str(self.folder),
            # click asks bash for its version before it makes a script for it.
            "AUDIT_PROGRAMS": os.pathsep.join(filter(None, map(shutil.which, ("git", "bash")))),
            # Two processes read at once, wherever the tests run.
            "DELETE_LINT_PROCESSES": "2",
            "PATH": os.pathsep.join(["", ".", "bin", os.environ.get("PATH", os.defpath)]),
        }
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=self.folder,
            env={**base, **environment},
            input=b"",
            capture_output=True,
            check=False,
        )

    def faults(self) -> list[str]:
        """What was run or reached."""
        return [*self.sprung(), *(self.log.read_text().splitlines() if self.log.exists() else [])]


def set_trap(folder: Path) -> Trap:
    """Makes the project below a folder that is empty."""
    marks = folder / "marks"
    marks.mkdir(parents=True)
    trap = Trap(repository(folder / "project"), marks, folder / "log")
    files = {name: SHOP[name] for name in SHOP if name.endswith(".py")}
    for name in (*LATER, *EARLY, *OTHERS):
        files[f"{name}.py"] = trap.mark(name) + files.get(f"{name}.py", "")
    # As many as it takes for a second process to look at them.
    for number in range(250):
        files[f"shop/more/part{number}.py"] = trap.mark("more") + f"value = {number}\n"
    files["shop/__init__.py"] = trap.mark("shop")
    files["trap.pth"] = f"import os; {trap.mark('pth')}"
    files["pyproject.toml"] = PYPROJECT
    files[".pre-commit-config.yaml"] = HOOKS
    files[".gitattributes"] = "*.py filter=trap diff=trap merge=trap\n"
    files[".gitmodules"] = '[submodule "x"]\n\tpath = x\n\turl = ./x\n\tupdate = !./git\n'
    files[".envrc"] = f"touch {marks}/envrc\n"
    trap.work.write(files)
    for name in PROGRAMS:
        _program(trap.folder / name, marks / f"program-{name.replace('/', '-')}")
    trap.work.commit()
    trap.work.append(
        "shop/models.py", "\n\nclass Part(models.Model):\n    line = models.ForeignKey(Line, models.CASCADE)\n"
    )
    _configure(trap)
    for mark in marks.iterdir():
        mark.unlink()
    return trap


def _configure(trap: Trap) -> None:
    """What a repository's configuration can have git run."""
    program = trap.folder.parent / "bin" / "evil"
    _program(program, trap.marks / "git-config")
    for key in (
        "core.alternateRefsCommand",
        "core.askPass",
        "core.editor",
        "core.fsmonitor",
        "core.gitProxy",
        "core.pager",
        "core.sshCommand",
        "credential.helper",
        "diff.external",
        "diff.trap.command",
        "diff.trap.textconv",
        "filter.trap.clean",
        "filter.trap.process",
        "filter.trap.smudge",
        "gpg.program",
        "merge.trap.driver",
        "pager.ls-files",
        "uploadpack.packObjectsHook",
    ):
        trap.work.git("config", key, str(program))
    for alias in ("cat-file", "ls-files", "ls-tree", "merge-base", "rev-parse", "for-each-ref"):
        trap.work.git("config", f"alias.{alias}", f"!{program}")
    hooks = trap.folder / ".git" / "hooks"
    for name in ("post-checkout", "post-index-change", "pre-commit", "reference-transaction", "fsmonitor-watchman"):
        _program(hooks / name, trap.marks / f"hook-{name}")


def _program(file: Path, mark: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"#!/bin/sh\n: >>'{mark}'\n")
    file.chmod(0o755)
