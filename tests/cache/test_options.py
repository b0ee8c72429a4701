"""Where the cache is, who says so, and how to be rid of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from delete_lint.lint import lint
from delete_lint.settings import Settings
from tests.cache.shop import packs, project
from tests.command import delete_lint

TAG = "Signature: 8a477f597d28d172789f06886806bc55\n"


@pytest.fixture(autouse=True)
def nothing_said_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DELETE_LINT_CACHE_DIR", raising=False)
    monkeypatch.delenv("DELETE_LINT_NO_CACHE", raising=False)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return project(tmp_path / "project")


def test_it_is_beside_the_settings_file_wherever_the_run_is_started(shop: Path) -> None:
    (shop / "delete-lint.toml").write_text("")
    delete_lint("shop", folder=shop)
    assert packs(shop)
    (shop / "elsewhere").mkdir()
    delete_lint("../shop", folder=shop / "elsewhere")
    assert not (shop / "elsewhere" / ".delete_lint_cache").exists()


def test_git_and_backups_pass_it_over(shop: Path) -> None:
    delete_lint(".", folder=shop)
    cache = shop / ".delete_lint_cache"
    assert (cache / ".gitignore").read_text().endswith("\n*\n")
    assert (cache / "CACHEDIR.TAG").read_text().startswith(TAG)


def test_the_option_goes_before_the_environment_and_that_before_the_setting(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (shop / "delete-lint.toml").write_text('cache-dir = "set/here"\n')
    delete_lint(".", folder=shop)
    assert packs(shop / "set" / "here")
    assert 'cache-dir = "set/here"' in delete_lint("--show-settings", folder=shop).stdout

    monkeypatch.setenv("DELETE_LINT_CACHE_DIR", "said")
    delete_lint(".", folder=shop)
    assert packs(shop / "said")
    delete_lint(".", "--cache-dir", "named", folder=shop)
    assert packs(shop / "named")
    assert not (shop / ".delete_lint_cache").exists()


@pytest.mark.parametrize("value", ["", 3, "a\0b"])
def test_a_setting_that_names_no_folder_is_told(value: object, shop: Path) -> None:
    import json

    (shop / "delete-lint.toml").write_text(f"cache-dir = {json.dumps(value)}\n")
    done = delete_lint(".", folder=shop)
    assert done.returncode == 2
    assert "cache-dir must be the path of a folder in quotes" in done.stderr


@pytest.mark.parametrize("how", ["-n", "--no-cache", "environment"])
def test_whoever_wants_none_gets_none(how: str, shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if how == "environment":
        monkeypatch.setenv("DELETE_LINT_NO_CACHE", "1")
    delete_lint(".", *([how] if how.startswith("-") else []), folder=shop)
    assert not (shop / ".delete_lint_cache").exists()


def test_a_folder_of_the_users_own_gets_no_gitignore(shop: Path) -> None:
    """Git would not see his files any more."""
    delete_lint(".", "--cache-dir", ".", folder=shop)
    assert packs(shop)
    assert not (shop / ".gitignore").exists()
    assert not (shop / "CACHEDIR.TAG").exists()


def test_clean_removes_the_cache_and_nothing_else(shop: Path) -> None:
    delete_lint(".", folder=shop)
    assert delete_lint("clean", folder=shop).returncode == 0
    assert not (shop / ".delete_lint_cache").exists()
    again = delete_lint("clean", folder=shop)
    assert (again.returncode, again.stderr) == (0, "delete-lint: there is no cache\n")

    before = sorted(os.listdir(shop))
    (shop / ".gitignore").write_text("*.log\n")
    delete_lint(".", "--cache-dir", ".", folder=shop)
    delete_lint("clean", "--cache-dir", ".", folder=shop)
    assert sorted(os.listdir(shop)) == sorted([*before, ".gitignore"])


def test_whoever_lints_from_python_gets_a_cache_only_where_he_says_so(shop: Path, tmp_path: Path) -> None:
    lint(["."], Settings(), shop)
    assert not (shop / ".delete_lint_cache").exists()
    lint(["."], Settings(cache_dir=tmp_path / "cache"), shop)
    assert packs(tmp_path / "cache")
