"""Machines of every kind: closed and full streams, what cannot be read, disks that cannot be written."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import chdir, suppress
from pathlib import Path

import pytest

from tests.robustness.running import assert_sound, environment, run, shop

is_root = pytest.mark.skipif(os.geteuid() != 0, reason="takes root, to become somebody else or to mount a disk")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return shop(tmp_path / "project")


@pytest.fixture
def public(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A project that everybody may look into."""
    import tempfile

    folder = Path(tempfile.mkdtemp(prefix="delete-lint-"))
    folder.chmod(0o755)
    yield shop(folder / "project")
    shutil.rmtree(folder)


# --- streams ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("closed", [(1,), (2,), (0,), (1, 2), (0, 1, 2)])
def test_closed_streams_change_nothing_but_what_is_heard(closed: tuple[int, ...], folder: Path) -> None:
    def close() -> None:
        for number in closed:
            os.close(number)

    for _ in range(2):  # the second time it is known from the first
        done = run(".", folder=folder, first=close)
        assert_sound(done, 1)
        assert ("shop/signals.py" in done.stdout) is (1 not in closed)


@pytest.mark.parametrize(
    "arguments", [(".",), (".", "--format", "sarif"), ("--help",), ("rule", "--all"), ("-V",), ("graph", ".")]
)
def test_a_reader_that_leaves_is_no_error(arguments: tuple[str, ...], folder: Path) -> None:
    for _ in range(2):
        process = subprocess.Popen(
            [sys.executable, "-m", "delete_lint", *arguments],
            cwd=folder, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        said = process.stderr.read().decode()
        process.stderr.close()
        assert process.wait() in (0, 1)
        assert "rror" not in said.replace("errors", "")


@pytest.mark.parametrize("arguments", [(".",), (".", "--format", "json"), ("--help",), ("-V",), ("graph", ".")])
def test_a_full_disk_behind_stdout_is_told_and_is_no_clean_run(arguments: tuple[str, ...], folder: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full on this machine")
    for _ in range(2):
        with open("/dev/full", "w") as full:
            done = run(*arguments, folder=folder, stdout=full)
        assert "Traceback" not in done.stderr
        assert "Exception ignored" not in done.stderr
        assert done.returncode == 2, done.stderr


def test_nobody_who_listens_on_stderr_is_no_error(folder: Path) -> None:
    (folder / "shop" / "broken.py").write_text("def f(:\n")
    for arguments in ((".", "--verbose"), ("nowhere",)):
        code = subprocess.run(
            ["sh", "-c", 'exec "$@" 2>/dev/full', "sh", sys.executable, "-m", "delete_lint", *arguments],
            cwd=folder, env=environment(), stdout=subprocess.PIPE, check=False,
        ).returncode  # fmt: skip
        assert code == (1 if arguments[0] == "." else 2)


# --- what lies in the tree ----------------------------------------------------------------------------------------


def test_pipes_sockets_loops_and_odd_names_do_not_hold_a_run_up(folder: Path) -> None:
    app = folder / "shop"
    os.mkfifo(app / "pipe.py")
    plug = socket.socket(socket.AF_UNIX)
    with chdir(app):
        plug.bind("plug.py")
    (app / "loop.py").symlink_to(app / "loop.py")
    (app / "gone.py").symlink_to(app / "nowhere.py")
    (app / "round").symlink_to(app)
    (app / "endless.py").symlink_to("/dev/zero")
    (app / "folder.py").mkdir()
    for name in (
        b"\xff\xfe.py",
        b"new\nline.py",
        b"\x1b[31m.py",
        "é\u202e.py".encode(),
        b"a b'\"&<>.py",
        b"-n.py",
        b"@x.py",
    ):
        with open(os.fsencode(app) + b"/" + name, "wb") as file:
            file.write(b"def f(q:\n")
    for output in ("text", "concise", "json", "jsonl", "sarif", "github", "gitlab", "junit", "rdjson", "grouped"):
        done = run(".", "--format", output, "-v", folder=folder)
        assert_sound(done, 1)
    assert_sound(run("graph", ".", "--format", "json", folder=folder))
    plug.close()


@pytest.mark.parametrize("name", ["pipe.py", "plug.py"])
def test_a_pipe_that_is_named_is_said_to_be_none(name: str, folder: Path) -> None:
    if name == "pipe.py":
        os.mkfifo(folder / name)
    else:
        plug = socket.socket(socket.AF_UNIX)
        with chdir(folder):  # a socket's path may have no more than 107 bytes
            plug.bind(name)
        plug.close()
    done = run(name, "shop", folder=folder, seconds=30)
    assert_sound(done, 2)
    assert done.stderr == f"delete-lint: neither a file nor a folder: {name}\n"


@is_root
def test_folders_and_files_that_may_not_be_read_are_named(public: Path) -> None:
    (public / "shop" / "hidden").mkdir()
    (public / "shop" / "hidden" / "models.py").touch()
    (public / "shop" / "hidden").chmod(0)
    (public / "shop" / "secret.py").touch()
    (public / "shop" / "secret.py").chmod(0)
    done = run(".", "--no-cache", "--format", "json", folder=public, nobody=True)
    assert_sound(done, 1)
    unreadable = {each["file"] for each in json.loads(done.stdout)["findings"] if each["rule"] == "unreadable_file"}
    assert unreadable == {"shop/hidden", "shop/secret.py"}


@is_root
@pytest.mark.parametrize("name", ["pyproject.toml", "delete-lint.toml", "delete-lint-counts.toml"])
def test_settings_that_may_not_be_read_take_one_line(name: str, public: Path) -> None:
    (public / name).touch(0)
    done = run(".", "--no-cache", folder=public, nobody=True)
    assert_sound(done, 2)
    assert done.stderr == f"delete-lint: {name}: cannot be read: Permission denied\n"


@is_root
def test_in_a_folder_that_may_not_be_written_the_run_is_the_same(public: Path) -> None:
    first = run(".", folder=public, nobody=True)
    assert_sound(first, 1)
    assert "delete_in_loop" in first.stdout
    assert not (public / ".delete_lint_cache").exists()
    fixed = run(".", "--fix", "--unsafe-fixes", folder=public, nobody=True)
    assert_sound(fixed, 2)
    assert "shop/signals.py is not fixed: is read-only" in fixed.stderr


def test_files_that_vanish_and_change_while_they_are_read(folder: Path) -> None:
    stop = threading.Event()
    files = [folder / "shop" / f"changing{number}.py" for number in range(40)]

    def change() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            file = files[number % len(files)]
            match number % 5:
                case 0:
                    file.unlink(missing_ok=True)
                case 1 | 2:
                    file.write_text("class A(Model):\n    x = ForeignKey('A', CASCADE)\n" * (number % 50))
                case 3:
                    file.write_bytes(b"\0" * (number % 3000))
                case _:
                    shutil.copyfile(folder / "shop" / "signals.py", file)

    worker = threading.Thread(target=change)
    worker.start()
    try:
        for arguments in ((), ("--fix", "--unsafe-fixes"), ("--no-cache",), ()):
            assert_sound(run(".", *arguments, folder=folder))
    finally:
        stop.set()
        worker.join()


# --- disks and environments ---------------------------------------------------------------------------------------


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Mounts a small disk in memory with these options."""
    place = tmp_path / "disk"
    place.mkdir()

    def mounted(options: str) -> Path:
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"nothing can be mounted here: {done.stderr.strip()}")
        return place

    yield mounted
    subprocess.run(["umount", "-l", str(place)], capture_output=True, check=False)


@is_root
def test_on_a_full_disk_there_is_an_answer_and_nothing_half_written(disk: Callable[[str], Path]) -> None:
    folder = shop(disk("size=256k") / "project")
    before = {file: file.read_bytes() for file in folder.rglob("*.py")}
    handle = os.open(folder / "filling", os.O_WRONLY | os.O_CREAT)
    with suppress(OSError):
        while os.write(handle, b"x" * 4096):
            pass
    os.close(handle)
    plain = run(".", "--format", "json", folder=folder)
    assert_sound(plain, 1)
    json.loads(plain.stdout)
    for arguments in (
        ("--fix", "--unsafe-fixes"),
        ("--output-file", "out.txt"),
        ("--write-baseline", "known.txt"),
        ("--add-ignores", "x"),
    ):
        done = run(".", *arguments, folder=folder)
        assert_sound(done, 2)
        assert "No space left on device" in done.stderr
        assert {file: file.read_bytes() for file in folder.rglob("*.py")} == before
        left = (
            {file.name for file in folder.rglob("*") if file.is_file()} - {file.name for file in before} - {"filling"}
        )
        assert not [name for name in left if name in ("out.txt", "known.txt") or name.endswith(".delete-lint")]


@is_root
def test_on_a_read_only_disk_there_is_an_answer(disk: Callable[[str], Path]) -> None:
    folder = shop(disk("size=1m") / "project")
    subprocess.run(["mount", "-o", "remount,ro", str(folder.parent)], check=True)
    assert_sound(run(".", folder=folder), 1)
    assert_sound(run(".", "--fix", "--unsafe-fixes", folder=folder), 2)
    assert_sound(run(".", "--output-file", "out.txt", folder=folder), 2)


@pytest.mark.parametrize(
    "changes",
    [
        {"HOME": None},
        {"HOME": "/nowhere"},
        {"HOME": ""},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"PYTHONIOENCODING": "ascii"},
        {"TERM": None, "COLUMNS": "0"},
        {"COLUMNS": "x", "LINES": "-1"},
        {"TZ": "nowhere", "LANG": "xx_XX"},
        {"TMPDIR": "/nowhere", "PATH": ""},
    ],
    ids=str,
)
def test_whatever_the_environment_there_is_an_answer(changes: dict[str, str | None], folder: Path) -> None:
    (folder / "shop" / "é.py").write_text(
        "def f(q):\n    print('é€')\n    for x in q: x.delete()  # 😀\n", encoding="utf-8"
    )
    for _ in range(2):
        assert_sound(run(".", folder=folder, changes=changes), 1)


def test_a_working_folder_that_is_gone_is_told(tmp_path: Path) -> None:
    folder = shop(tmp_path / "project")

    def leave() -> None:
        shutil.rmtree(folder)

    done = run(".", folder=folder, first=leave)
    assert_sound(done, 2)
    assert done.stderr.count("\n") == 1
