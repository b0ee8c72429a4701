"""Verdicts depend on Django's version, so it must be the one that the project runs on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from delete_lint.settings import Settings
from delete_lint.source.django_version import find_django_version

UV_LOCK = '[[package]]\nname = "django"\nversion = "{}"\nsource = {{ registry = "x" }}\n'


def write(folder: Path, name: str, text: str) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)


def found(folder: Path, settings: Settings | None = None) -> tuple[str, str]:
    version = find_django_version(folder, settings or Settings())
    return str(version), version.source


def test_the_setting_goes_before_everything(tmp_path: Path) -> None:
    write(tmp_path, "uv.lock", UV_LOCK.format("5.2.8"))
    assert found(tmp_path, Settings(django_version="4.2.11")) == ("4.2", "django-version in the settings")


def test_nothing_means_the_newest(tmp_path: Path) -> None:
    assert found(tmp_path) == ("6.1", "the newest, as nothing says which")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("uv.lock", 'version = 1\n\n[[package]]\nname = "asgiref"\nversion = "3.8"\n\n' + UV_LOCK.format("5.2.8")),
        ("uv.lock", UV_LOCK.format("4.2.1") + UV_LOCK.format("5.2.8")),
        ("poetry.lock", '[[package]]\nname = "Django"\nversion = "5.2.8"\n'),
        ("pdm.lock", '[[package]]\nname = "django"\nversion = "5.2.8"\n'),
        ("pylock.toml", '[[packages]]\nname = "django"\nversion = "5.2.8"\n'),
        ("Pipfile.lock", json.dumps({"default": {"django": {"version": "==5.2.8"}}})),
        ("requirements.txt", "asgiref==3.8\r\nDjango==5.2.8\r\n"),
        ("requirements.txt", "django==5.2.8 \\\n    --hash=sha256:00\n"),
        ("requirements.txt", "django[argon2] == 5.2.8 ; python_version > '3.9'  # why\n"),
        ("requirements/base.txt", "django==5.2.8\n"),
        ("requirements-prod.txt", "django==5.2.8\n"),
        ("pyproject.toml", '[project]\ndependencies = ["django==5.2.8"]\n'),
        ("pyproject.toml", '[dependency-groups]\nmain = ["django==5.2.8"]\n'),
        ("pyproject.toml", '[tool.poetry.dependencies]\nDjango = "5.2.8"\n'),
        ("Pipfile", '[packages]\ndjango = "==5.2.8"\n'),
        ("setup.cfg", "[options]\ninstall_requires =\n    asgiref\n    django==5.2.8\n"),
        ("setup.py", 'setup(install_requires=["django==5.2.8", "django-filter==1.0"])'),
    ],
)
def test_a_pin_is_found_wherever_projects_write_it(name: str, text: str, tmp_path: Path) -> None:
    write(tmp_path, name, text)
    assert found(tmp_path) == ("5.2", f"{name} pins 5.2.8")


@pytest.mark.parametrize(
    ("requirement", "release"),
    [
        (">=4.2", "6.1"),
        (">=4.2,<6", "5.2"),
        ("<5.2.1", "5.2"),
        ("<5.2", "5.1"),
        ("~=5.1.3", "5.1"),
        ("~=5.0", "5.2"),
        ("==5.1.*", "5.1"),
        ("!=6.1.*", "6.0"),
        ("<=5.1.2,>4.2", "5.1"),
        (">=7", "6.1"),
        ("<4", "4.2"),
    ],
)
def test_a_range_means_the_newest_release_in_it(requirement: str, release: str, tmp_path: Path) -> None:
    write(tmp_path, "requirements.txt", f"django{requirement}\n")
    assert found(tmp_path)[0] == release


@pytest.mark.parametrize(
    ("constraint", "release"),
    [("^5.1", "5.2"), ("~5.1", "5.1"), ("~5", "5.2"), ("5.1.*", "5.1"), (">=4.2,<5.1", "5.0"), ("^4.2 || ^5.0", "5.2")],
)
def test_poetrys_constraints_are_understood(constraint: str, release: str, tmp_path: Path) -> None:
    table = f'[tool.poetry.dependencies.django]\nversion = "{constraint}"\nextras = ["argon2"]\n'
    write(tmp_path, "pyproject.toml", table)
    assert found(tmp_path)[0] == release


def test_the_source_says_what_the_range_is(tmp_path: Path) -> None:
    write(tmp_path, "pyproject.toml", '[project]\ndependencies = ["Django>=4.2,<6.0"]\n')
    assert found(tmp_path) == ("5.2", "pyproject.toml asks for >=4.2,<6.0")


def test_an_old_django_is_read_as_the_oldest_supported_and_that_is_said(tmp_path: Path) -> None:
    write(tmp_path, "requirements.txt", "django==3.2.19\n")
    assert found(tmp_path) == ("4.2", "the oldest supported; requirements.txt pins 3.2.19")


def test_a_lock_file_goes_before_the_range_beside_it(tmp_path: Path) -> None:
    write(tmp_path, "pyproject.toml", '[project]\ndependencies = ["django>=4.2"]\n')
    write(tmp_path, "uv.lock", UV_LOCK.format("5.2.8"))
    assert found(tmp_path)[0] == "5.2"


def test_the_lock_of_a_workspace_is_found_above_the_range_of_a_member(tmp_path: Path) -> None:
    write(tmp_path, ".git/HEAD", "")
    write(tmp_path, "uv.lock", UV_LOCK.format("5.2.8"))
    write(tmp_path, "site/pyproject.toml", '[project]\ndependencies = ["django>=4.2"]\n')
    assert found(tmp_path / "site") == ("5.2", "uv.lock pins 5.2.8")


def test_a_lock_above_that_the_range_rules_out_is_for_something_else(tmp_path: Path) -> None:
    write(tmp_path, ".git/HEAD", "")
    write(tmp_path, "uv.lock", UV_LOCK.format("5.2.8"))
    write(tmp_path, "site/requirements.txt", "django~=6.1.0\n")
    assert found(tmp_path / "site")[0] == "6.1"


def test_metadata_beyond_the_repository_is_not_asked(tmp_path: Path) -> None:
    write(tmp_path, "requirements.txt", "django==4.2\n")
    write(tmp_path, "repository/.git/HEAD", "")
    assert found(tmp_path / "repository")[1].startswith("the newest")


def test_metadata_is_looked_for_below_when_there_is_none_above(tmp_path: Path) -> None:
    write(tmp_path, "backend/requirements.txt", "django==5.0.1\n")
    write(tmp_path, "node_modules/x/requirements.txt", "django==4.2.1\n")
    assert found(tmp_path) == ("5.0", "requirements.txt pins 5.0.1")


def test_requirements_for_docs_and_tests_come_last(tmp_path: Path) -> None:
    write(tmp_path, "requirements/docs.txt", "django==4.2\n")
    write(tmp_path, "requirements/site.txt", "django==5.2\n")
    assert found(tmp_path)[0] == "5.2"


def test_included_requirements_are_followed_once(tmp_path: Path) -> None:
    write(tmp_path, "requirements.txt", "-r deps/main.txt\n")
    write(tmp_path, "deps/main.txt", "-c ../constraints.txt\n-r ../requirements.txt\ndjango\n")
    write(tmp_path, "constraints.txt", "django==5.1.2\n")
    assert found(tmp_path) == ("5.1", "requirements.txt pins 5.1.2")


def test_broken_metadata_is_passed_over(tmp_path: Path) -> None:
    write(tmp_path, "pyproject.toml", "[project\n")
    write(tmp_path, "Pipfile.lock", "{")
    (tmp_path / "requirements.txt").write_bytes(b"\xff\xfed\x00j\x00")
    write(tmp_path, "setup.cfg", "django==???\n")
    write(tmp_path, "setup.py", "raise SystemExit('django==5.0')\nREQUIRES = ['django==5.1.1']\n")
    assert found(tmp_path) == ("5.1", "setup.py pins 5.1.1")
