"""What commands import: as much as they need, for it is most of what a short run takes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.command import ROOT
from tests.repositories import repository
from tests.small_shop import FILES as SHOP
from tests.small_shop import write


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DELETE_LINT_CACHE_DIR", "DELETE_LINT_NO_CACHE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), str(ROOT / "rules")]))


#: All that a run imports in which nothing changed, besides what Python has imported before it starts.
WARM = {
    "delete_lint",
    "delete_lint.cache",
    "delete_lint.cache.answers",
    "delete_lint.disk",
    "delete_lint.inert",
    "delete_lint.version",
}
VERSION = {"delete_lint", "delete_lint.version"}
#: Of the standard library, what these may need.
SMALL = {
    "__future__",
    "binascii",
    "_hashlib",
    "hashlib",
    "_blake2",
    "_sha2",
    "_sha256",
    "_struct",
    "struct",
    "stat",
    "errno",
}


def imported(folder: Path, *arguments: str) -> set[str]:
    """The modules that a command imports, and the interpreter does not without one."""
    return _modules(folder, "delete_lint", *arguments) - _modules(folder, "this", "")


def _modules(folder: Path, module: str, *arguments: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", module, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    lines = (line for line in done.stderr.splitlines() if line.startswith("import time:"))
    return {line.rpartition("|")[2].strip() for line in lines} - {"imported package"}


def test_a_warm_run_needs_nothing_that_takes_long(tmp_path: Path) -> None:
    """Files that have just been written are read once more, and their times noted."""
    write(tmp_path)
    imported(tmp_path, ".")
    warm = imported(tmp_path, ".")
    assert warm >= WARM
    assert not warm & HEAVY


def test_a_warm_run_imports_these_modules_and_no_others(tmp_path: Path) -> None:
    """Once all files are old enough for their times to be trusted."""
    project = repository(tmp_path / "project", SHOP).folder
    code = (
        "import sys\nfrom delete_lint.cache import answers\nanswers.DOUBT = 0\nsys.argv[1:] = ['.']\n"
        "from delete_lint.__main__ import main\n"
        "try:\n    main()\nexcept SystemExit:\n    print('MODULES', *sys.modules)"
    )
    command = [sys.executable, "-c", code]
    ended = [subprocess.run(command, cwd=project, capture_output=True, text=True, check=False) for _ in range(3)]
    loaded = set(ended[-1].stdout.rpartition("MODULES ")[2].split())
    before = subprocess.run(
        [sys.executable, "-c", "import sys; print(*sys.modules)"], capture_output=True, text=True, check=True
    )
    new = loaded - set(before.stdout.split())
    assert {name for name in new if name.startswith("delete_lint")} == WARM | {"delete_lint.__main__"}
    assert new - WARM - {"delete_lint.__main__"} <= SMALL


HEAVY = {"click", "libcst", "msgspec", "django", "delete_lint.cli", "delete_lint.lint", "delete_lint_rules", "sqlite3"}


def test_the_version_is_told_without_anything(tmp_path: Path) -> None:
    version = imported(tmp_path, "--version")
    assert {name for name in version if name.startswith("delete_lint")} == VERSION
    assert not version & HEAVY


def test_the_page_of_a_rule_is_shown_without_reading_any_source(tmp_path: Path) -> None:
    page = imported(tmp_path, "rule", "blocking_receiver")
    assert "click" in page
    assert not page & {"libcst", "django", "delete_lint.lint", "delete_lint.source.front", "sqlite3"}


def test_the_installed_command_starts_as_the_module_does() -> None:
    """What begins with click takes twice as long."""
    import tomllib

    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["scripts"]
    assert scripts == {"delete-lint": "delete_lint.__main__:main"}
