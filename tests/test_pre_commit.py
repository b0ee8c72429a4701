"""The hooks as pre-commit runs them: installed from a repository into an environment of its own.

The environment is made once, by whichever test comes first (which takes the time that pip takes), and once more by
`pre-commit try-repo`, which keeps nothing.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.command import ROOT
from tests.repositories import DEEPER, IN_LOOP, LOOP, NETWORK, OLD, PART, SHOP, Work, repository

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")

#: What it takes to install delete-lint; a source distribution has all of it, and no history.
_PARTS = ("delete_lint", "rules", "pyproject.toml", "hatch_build.py", "README.md", "LICENSE", ".pre-commit-hooks.yaml")

_PRE_COMMIT = [sys.executable, "-m", "pre_commit"]


@dataclass(frozen=True)
class Hooks:
    """A repository that has the hooks, and the folder that pre-commit keeps its environments in."""

    source: Path
    revision: str
    home: Path

    @property
    def environment(self) -> dict[str, str]:
        return {"PRE_COMMIT_HOME": str(self.home), "PRE_COMMIT_COLOR": "never", "COLUMNS": "80", "NO_COLOR": "1"}

    def config(self, *hooks: str, **settings: str) -> str:
        lines = [f"repos:\n- repo: {self.source}\n  rev: {self.revision}\n  hooks:\n"]
        for hook in hooks:
            lines += [f"  - id: {hook}\n", *(f"    {key}: {value}\n" for key, value in settings.items())]
        return "".join(lines)


@pytest.fixture(scope="session")
def hooks(tmp_path_factory: pytest.TempPathFactory) -> Hooks:
    """One for all processes that run tests: they agree on the folder and on the commit's id, and pre-commit locks."""
    own = tmp_path_factory.mktemp("hooks")
    for part in _PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, own / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / part, own / part)
    work = repository(own)
    revision = work.commit()
    worker = "PYTEST_XDIST_WORKER" in os.environ
    shared = (tmp_path_factory.getbasetemp().parent if worker else own.parent) / f"hooks-{revision}"
    try:
        own.rename(shared)
    except OSError:  # another process was first
        assert shared.is_dir()
    hooks = Hooks(shared, revision, shared.with_name("pre-commit-home"))

    project = _project(tmp_path_factory.mktemp("project"), hooks, hooks.config("delete-lint", "delete-lint-all"))
    done = _run(project, "install-hooks")
    if done.returncode != 0:
        if _has_index(own.parent):
            pytest.fail(f"the hooks cannot be installed:\n{done.stdout}")
        pytest.skip("no package index to install the hooks from")
    return hooks


def _has_index(folder: Path) -> bool:
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(folder / "download"), "hatchling"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _project(folder: Path, hooks: Hooks, config: str) -> Work:
    work = repository(folder / "project")
    work = replace(work, environment={**work.environment, **hooks.environment})
    work.environment.pop("PYTHONPATH", None)
    work.write({**SHOP, ".pre-commit-config.yaml": config})
    work.commit()
    return work


def _run(work: Work, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*_PRE_COMMIT, *arguments],
        cwd=work.folder,
        env=work.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def _findings(done: subprocess.CompletedProcess[str], *, elsewhere: bool | None = None) -> list[tuple[str, str]]:
    """What the hooks print with ``--format concise``."""
    found = []
    for line in done.stdout.split("\n"):
        place, _, text = line.partition(": ")
        if ".py:" in place and " [" in text and elsewhere in (None, "elsewhere, caused by the change" in text):
            found.append((place.split(":")[0], text.split(" ")[0]))
    return found


@pytest.fixture
def shop(tmp_path: Path, hooks: Hooks) -> Work:
    """A project that has both hooks."""
    return _project(tmp_path, hooks, hooks.config("delete-lint", "delete-lint-all", args="[--format, concise]"))


def test_a_commit_is_refused_for_what_it_causes_in_a_file_that_it_does_not_touch(shop: Work) -> None:
    _run(shop, "install")
    shop.append("shop/models.py", PART)
    shop.git("add", ".")
    shop.environment["SKIP"] = "delete-lint-all"
    refused = shop.git("commit", "-m", "deeper", check=False)
    assert "delete-lint (changed files, and what their change causes elsewhere)" in refused
    assert "shop/tasks.py:5:44: unbatched_cascade [warning]" in refused
    assert OLD[1] not in refused
    shop.git("reset", "-q", "--hard")
    shop.append("shop/tasks.py", "# nothing new\n")
    shop.git("commit", "-a", "-m", "harmless")
    assert shop.git("log", "--format=%s").startswith("harmless\n")


def test_unstaged_and_untracked_work_is_not_held_against_the_commit(shop: Work) -> None:
    shop.append("shop/tasks.py", "# nothing new\n")
    shop.git("add", ".")
    shop.append("shop/models.py", PART)
    shop.write({"shop/late.py": "from shop.models import *\nfrom django.db import models\n" + PART})
    done = _run(shop, "run", "delete-lint")
    assert (done.returncode, _findings(done)) == (0, [])
    assert "Passed" in done.stdout
    assert PART in (shop.folder / "shop/models.py").read_text()


def test_a_partly_staged_file_is_judged_as_it_is_staged(shop: Work) -> None:
    shop.write({"shop/search.py": NETWORK})
    shop.git("add", ".")
    shop.write({"shop/search.py": SHOP["shop/search.py"]})
    assert _findings(_run(shop, "run", "delete-lint"), elsewhere=True) == [("shop/signals.py", "blocking_receiver")]


def test_all_files_means_all_findings(shop: Work) -> None:
    shop.append("shop/tasks.py", LOOP)
    shop.commit()
    done = _run(shop, "run", "delete-lint", "--all-files")
    assert _findings(done, elsewhere=False) == [OLD, IN_LOOP]
    assert _findings(_run(shop, "run", "delete-lint-all", "--all-files")) == [OLD, IN_LOOP]
    assert _findings(_run(shop, "run", "delete-lint-all")) == [OLD, IN_LOOP]
    assert "Skipped" in _run(shop, "run", "delete-lint").stdout


def test_the_commits_of_a_push_are_compared_with_where_they_begin(shop: Work) -> None:
    shop.append("shop/models.py", PART)
    shop.commit()
    shop.append("shop/search.py", "# more\n")
    shop.commit()
    done = _run(shop, "run", "delete-lint", "--from-ref", "HEAD~2", "--to-ref", "HEAD")
    assert _findings(done, elsewhere=True) == [DEEPER]
    done = _run(shop, "run", "delete-lint", "--from-ref", "HEAD~1", "--to-ref", "HEAD")
    assert (done.returncode, _findings(done)) == (0, [])


def test_a_mistake_in_the_settings_is_told_to_who_makes_it(shop: Work) -> None:
    shop.write({"delete-lint.toml": 'fail-levle = "error"\n', "notes.toml": "", "README.md": ""})
    shop.git("add", "notes.toml", "README.md")
    assert "Skipped" in _run(shop, "run", "delete-lint").stdout
    shop.git("add", ".")
    done = _run(shop, "run", "delete-lint")
    assert done.returncode == 1
    assert "fail-level" in done.stdout


def test_files_of_which_nothing_is_linted_pass(shop: Work) -> None:
    shop.write({"shop/tests/test_shop.py": f"from shop.models import Customer\n{LOOP}", "pyproject.toml": ""})
    shop.git("add", ".")
    done = _run(shop, "run", "delete-lint", "--verbose")
    assert done.returncode == 0
    assert "0 files: " in done.stdout


def test_try_repo_shows_what_the_hook_would_say(hooks: Hooks, tmp_path: Path) -> None:
    # It makes an environment of its own, whatever there is.
    work = _project(tmp_path, hooks, "repos: []\n")
    work.append("shop/models.py", PART)
    work.append("shop/tasks.py", "# touched\n")
    work.git("add", "shop/models.py")
    done = _run(work, "try-repo", str(hooks.source), "delete-lint", "--ref", hooks.revision)
    assert done.returncode == 1
    assert "hook id: delete-lint" in done.stdout
    assert "shop/tasks.py:5:44: unbatched_cascade" in done.stdout
