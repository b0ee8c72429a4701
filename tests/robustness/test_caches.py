"""A cache is never more than a help: several runs on one, and one that is broken, foreign, or may not be written."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.robustness.running import assert_sound, environment, run, shop

is_root = pytest.mark.skipif(os.geteuid() != 0, reason="takes root, to become somebody else")


@pytest.fixture
def folder() -> Iterator[Path]:
    """A project that everybody may look into."""
    place = Path(tempfile.mkdtemp(prefix="delete-lint-"))
    place.chmod(0o755)
    yield shop(place / "project")
    shutil.rmtree(place)


def _files(cache: Path) -> list[Path]:
    return sorted(
        file for file in cache.rglob("*") if file.is_file() and file.name not in ("CACHEDIR.TAG", ".gitignore")
    )


def test_runs_at_once_on_one_cache_say_the_same(folder: Path) -> None:
    expected = run(".", "--no-cache", folder=folder).stdout
    for changed in range(2):
        (folder / "shop" / "new.py").write_text(f"X = {changed}\n")
        started = [
            subprocess.Popen(
                [sys.executable, "-m", "delete_lint", "."],
                cwd=folder, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            )
            for _ in range(4)
        ]  # fmt: skip
        for process in started:
            said, problems = process.communicate(timeout=200)
            assert said.replace("5 files", "4 files") == expected
            assert problems == ""
    assert not [file for file in _files(folder / ".delete_lint_cache") if file.suffix == ".tmp"]


@pytest.mark.parametrize("harm", ["cut", "noise", "flipped", "emptied", "doubled", "swapped", "zeros"])
def test_a_cache_that_came_to_harm_is_as_good_as_none(harm: str, folder: Path) -> None:
    expected = run(".", "--no-cache", "--format", "json", folder=folder).stdout
    cache = folder / ".delete_lint_cache"
    chance = random.Random(harm)
    for number in range(3):
        if number == 0 or not _files(cache):
            shutil.rmtree(cache, ignore_errors=True)
            run(".", "--format", "json", folder=folder)
        files = _files(cache)
        assert files, "nothing was kept"
        for file in files:
            data = file.read_bytes()
            at = chance.randrange(len(data)) if data else 0
            match harm:
                case "cut":
                    file.write_bytes(data[:at])
                case "noise":
                    file.write_bytes(data[: at // 2] + chance.randbytes(len(data)))
                case "flipped":
                    changed = bytearray(data)
                    for _ in range(20):
                        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
                    file.write_bytes(bytes(changed))
                case "emptied":
                    file.write_bytes(b"")
                case "doubled":
                    file.write_bytes(data * 2)
                case "zeros":
                    file.write_bytes(bytes(len(data)))
                case _:
                    other = chance.choice(files)
                    file.write_bytes(other.read_bytes())
        done = run(".", "--format", "json", folder=folder)
        assert_sound(done, 1)
        assert done.stdout == expected
        (folder / "shop" / "tasks.py").touch()


def test_a_cache_of_another_version_is_left_alone(folder: Path) -> None:
    expected = run(".", folder=folder).stdout
    cache = folder / ".delete_lint_cache"
    for file in _files(cache):
        file.rename(file.with_name("0" * 8 + file.name[8:]))
    done = run(".", folder=folder)
    assert_sound(done, 1)
    assert done.stdout == expected


@pytest.mark.parametrize("kind", ["file", "dangling", "loop", "fifo"])
def test_something_else_in_the_place_of_the_cache_is_gone_without(kind: str, folder: Path) -> None:
    cache = folder / ".delete_lint_cache"
    match kind:
        case "file":
            cache.write_text("mine")
        case "dangling":
            cache.symlink_to(folder / "nowhere" / "at" / "all")
        case "loop":
            cache.symlink_to(cache)
        case _:
            os.mkfifo(cache)
    for _ in range(2):
        assert_sound(run(".", folder=folder, seconds=60), 1)
    assert kind != "file" or cache.read_text() == "mine"


@is_root
@pytest.mark.parametrize("mode", [0o755, 0o700, 0o000])
def test_the_cache_of_somebody_else_is_read_or_gone_without(mode: int, folder: Path) -> None:
    expected = run(".", folder=folder).stdout
    cache = folder / ".delete_lint_cache"
    before = {file.name: file.read_bytes() for file in _files(cache)}
    cache.chmod(mode)
    done = run(".", folder=folder, nobody=True)
    assert_sound(done, 1)
    assert done.stdout == expected
    cache.chmod(0o755)
    assert {file.name: file.read_bytes() for file in _files(cache)} == before


@is_root
def test_a_cache_that_somebody_else_may_write_in_too_is_no_harm(folder: Path) -> None:
    cache = folder / ".delete_lint_cache"
    cache.mkdir()
    cache.chmod(0o777)
    expected = run(".", "--no-cache", folder=folder).stdout
    for nobody in (False, True, False):
        done = run(".", folder=folder, nobody=nobody)
        assert_sound(done, 1)
        assert done.stdout == expected
