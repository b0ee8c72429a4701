"""What a user's ``pip install`` gets."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from delete_lint import __version__
from delete_lint.rule import load_rules
from tests.command import ROOT


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "hatchling", "build", "--directory", str(folder)]
    done = subprocess.run(build, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def wheel(dist: Path) -> set[str]:
    with zipfile.ZipFile(next(dist.glob("*.whl"))) as archive:
        return set(archive.namelist())


@pytest.fixture(scope="module")
def sdist(dist: Path) -> set[str]:
    with tarfile.open(next(dist.glob("*.tar.gz"))) as archive:
        return {name.partition("/")[2] for name in archive.getnames()}


def package_files() -> set[str]:
    """Every file of the two packages, as the wheel has to name it."""
    found = set()
    for package in (ROOT / "delete_lint", ROOT / "rules" / "delete_lint_rules"):
        for path in package.rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                found.add(path.relative_to(package.parent).as_posix())
    return found


def test_the_wheel_installs_no_top_level_name_that_is_somebody_elses(wheel: set[str]) -> None:
    top = {name.partition("/")[0] for name in wheel}
    assert top == {"delete_lint", "delete_lint_rules", f"delete_lint-{__version__}.dist-info"}


def test_the_wheel_has_every_file_of_the_packages_and_no_other(wheel: set[str]) -> None:
    assert {name for name in wheel if ".dist-info/" not in name} == package_files()


def test_every_rule_brings_its_page(wheel: set[str], sdist: set[str]) -> None:
    for rule in load_rules():
        assert f"delete_lint_rules/{rule}.md" in wheel
        assert f"rules/delete_lint_rules/{rule}.md" in sdist


def test_the_sdist_can_be_built_tested_and_tried(sdist: set[str]) -> None:
    needed = {
        "LICENSE",
        "README.md",
        "pyproject.toml",
        "justfile",
        ".ci/run",
        "tests/test_packaging.py",
        "examples/shop/manage.py",
        "benchmarks/score_real.py",
    }
    assert needed <= sdist
    assert not [name for name in sdist if "__pycache__" in name or name.endswith((".sqlite3", "uv.lock"))]


def test_the_licence_goes_along(wheel: set[str]) -> None:
    assert f"delete_lint-{__version__}.dist-info/licenses/LICENSE" in wheel
