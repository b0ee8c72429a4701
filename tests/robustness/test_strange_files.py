"""Pipes, sockets, endless and unreadable files where settings and the like are looked for: no run waits for them."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.robustness.running import assert_sound, environment, run, shop

#: Seconds that a run may take before it counts as one that waits.
PATIENCE = 60


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _socket(path: Path) -> None:
    # The path of a socket must be short, which that of a test's folder is not.
    here = os.getcwd()
    os.chdir(path.parent)
    try:
        with closing(socket.socket(socket.AF_UNIX)) as made:
            made.bind(path.name)
    finally:
        os.chdir(here)


def _endless(path: Path) -> None:
    path.symlink_to("/dev/zero")


def _folder(path: Path) -> None:
    path.mkdir()


def _noise(path: Path) -> None:
    path.write_bytes(bytes(range(256)) * 4)


STREAMS: list[Callable[[Path], None]] = [_pipe, _socket, _endless]
KINDS = [*STREAMS, _folder, _noise]


@pytest.mark.parametrize("make", KINDS)
@pytest.mark.parametrize("name", ["pyproject.toml", ".gitignore", "shop/.gitignore", ".git", "setup.cfg", "uv.lock"])
def test_what_is_not_ours_is_taken_for_nothing(name: str, make: Callable[[Path], None], tmp_path: Path) -> None:
    make(shop(tmp_path) / name)
    done = run(".", "--no-cache", folder=tmp_path, seconds=PATIENCE)
    assert_sound(done, 1)
    assert "shop/signals.py" in done.stdout
    assert done.stderr == ""


@pytest.mark.parametrize("make", STREAMS)
@pytest.mark.parametrize("name", ["delete-lint.toml", "delete-lint-counts.toml", "delete-lint-measured.json"])
def test_settings_that_cannot_be_read_are_not_left_out(name: str, make: Callable[[Path], None], tmp_path: Path) -> None:
    make(shop(tmp_path) / name)
    for options in ([], ["--no-cache"]):
        done = run(".", *options, folder=tmp_path, seconds=PATIENCE)
        assert_sound(done, 2)
        assert done.stderr == f"delete-lint: {name}: cannot be read: Not a regular file\n"


@pytest.mark.parametrize("make", KINDS)
@pytest.mark.parametrize(
    "arguments", [["--config"], ["--baseline"], ["--write-baseline"], ["row-counts"], ["measured"], ["@"]]
)
def test_a_named_file_that_is_none_takes_one_line(
    arguments: list[str], make: Callable[[Path], None], tmp_path: Path
) -> None:
    make(shop(tmp_path) / "named")
    (kind,) = arguments
    if kind.startswith("--"):
        arguments = [kind, "named"]
    elif kind == "@":
        arguments = ["@named"]
    else:
        (tmp_path / "delete-lint.toml").write_text(f'{kind} = "named"\n')
        arguments = []
    done = run(".", *arguments, "--no-cache", folder=tmp_path, seconds=PATIENCE)
    assert_sound(done, 2)
    assert done.stdout == ""
    assert "named" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("make", [_pipe, _socket, _folder])
def test_a_report_that_nobody_takes_is_not_waited_for(make: Callable[[Path], None], tmp_path: Path) -> None:
    make(shop(tmp_path) / "report")
    done = run(".", "--no-cache", "--output-file", "report", folder=tmp_path, seconds=PATIENCE)
    assert_sound(done, 2)
    assert "report" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_report_goes_through_a_pipe_that_somebody_reads(tmp_path: Path) -> None:
    pipe = shop(tmp_path) / "report"
    _pipe(pipe)
    got: list[str] = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_text()), daemon=True)
    handle = os.open(pipe, os.O_RDWR)  # so that neither end has to wait for the other to be opened
    try:
        reader.start()
        done = run(".", "--no-cache", "--output-file", "report", folder=tmp_path, seconds=PATIENCE)
    finally:
        os.close(handle)
    assert_sound(done, 1)
    reader.join(PATIENCE)
    assert "shop/signals.py" in got[0]


def test_what_a_shell_hands_over_is_read(tmp_path: Path) -> None:
    shop(tmp_path)
    command = [sys.executable, "-m", "delete_lint", ".", "--no-cache", "--config", "/dev/stdin"]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment(), input='select = ["nonsense"]\n', capture_output=True, text=True,
        timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "nonsense" in done.stderr


@pytest.mark.parametrize("name", ["pyproject.toml", "delete-lint.toml", "delete-lint-counts.toml", "Pipfile.lock"])
def test_settings_that_are_nested_too_deeply_are_no_internal_error(name: str, tmp_path: Path) -> None:
    nest = "[" * 20_000 + "]" * 20_000
    text = nest if name == "Pipfile.lock" else f"[tool.delete-lint]\nx = {nest}\n"
    (shop(tmp_path) / name).write_text(text)
    assert_sound(run(".", "--no-cache", folder=tmp_path, seconds=PATIENCE), 1, 2)
