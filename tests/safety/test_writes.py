"""What delete-lint writes is there whole or not at all, keeps its mode and line ends, and goes where the user said: a
link that came with the project has nothing written elsewhere."""

from __future__ import annotations

import os
import resource
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from delete_lint.whole_file import LeadsOutError, write_whole
from tests.command import ROOT, delete_lint
from tests.repositories import loop, repository

KEPT = "# not ours\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository with a finding that can be fixed, beside a folder that is none of its business."""
    (tmp_path / "home").mkdir()
    shop = repository(tmp_path / "project", {})
    models = "from django.db import models\n\n\nclass Customer(models.Model):\n    pass\n"
    shop.write({"shop/__init__.py": "", "shop/models.py": models, "shop/tasks.py": loop()})
    return shop.folder


def _linked(project: Path, name: str, way: str) -> Path:
    """Has this name in the project lead out of it; the file that it leads to."""
    outside = project.parent / "home" / Path(name).name
    outside.write_text(KEPT)
    path = project / name
    if way == "file":
        path.parent.mkdir(exist_ok=True)
        path.symlink_to(outside)
    elif way == "folder":
        path.parent.symlink_to(outside.parent)
    else:
        path.parent.mkdir(exist_ok=True)
        (project.parent / "home" / "second").symlink_to(outside)
        path.symlink_to("../../home/second")
    return outside


@pytest.mark.parametrize("way", ["file", "folder", "relative"])
@pytest.mark.parametrize("option", ["--output-file", "--write-baseline"])
def test_a_link_in_the_project_has_no_file_outside_of_it_overwritten(option: str, way: str, project: Path) -> None:
    outside = _linked(project, "out/report.txt", way)
    if option == "--write-baseline":
        outside.write_text("")
    before = outside.read_bytes()
    done = delete_lint("shop", option, "out/report.txt", "-n", folder=project)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert f"a link out of {project}: name {outside} if that is what you want" in done.stderr
    assert outside.read_bytes() == before
    assert sorted(os.listdir(outside.parent)) == sorted({outside.name, *(["second"] if way == "relative" else [])})
    done = delete_lint("shop", option, str(outside), "-n", folder=project)
    assert done.returncode in (0, 1)
    assert outside.read_bytes() != before


def test_a_link_that_leads_nowhere_makes_no_file_outside(project: Path) -> None:
    (project / "report.txt").symlink_to(project.parent / "home" / ".profile")
    (project / "out").symlink_to(project.parent / "home" / "new")
    for name in ("report.txt", "out/report.txt"):
        assert delete_lint("shop", "-n", "-o", name, folder=project).returncode == 2
    assert not os.listdir(project.parent / "home")


@pytest.mark.parametrize("where", ["shop/stray.py", "stray/tasks.py"])
@pytest.mark.parametrize("options", [("--fix", "--unsafe-fixes"), ("--add-ignores", "known")])
def test_fixes_and_comments_are_not_written_outside_of_the_project(
    options: tuple[str, ...], where: str, project: Path
) -> None:
    outside = _linked(project, where, "file" if where == "shop/stray.py" else "folder")
    outside.write_text(loop())
    done = delete_lint(where, "shop", *options, "-n", folder=project)
    assert done.returncode == 2
    assert f"{where} is not fixed: is a link to {outside}, outside of what is linted" in done.stderr
    assert outside.read_text() == loop()
    assert (project / "shop" / "tasks.py").read_text() != loop()
    # Named alone it is no less a link out of the project.
    done = delete_lint(where, *options, "-n", folder=project)
    assert outside.read_text() == loop()


def test_a_cache_that_is_a_link_out_of_the_project_is_not_used(project: Path) -> None:
    outside = project.parent / "home"
    (project / ".delete_lint_cache").symlink_to(outside)
    assert delete_lint("shop", folder=project).returncode == 1
    assert not os.listdir(outside)
    (project / ".delete_lint_cache").unlink()
    (project / ".delete_lint_cache").symlink_to(outside / "new")
    assert delete_lint("shop", folder=project).returncode == 1
    assert not os.listdir(outside)
    assert delete_lint("shop", "--cache-dir", str(outside), folder=project).returncode == 1
    assert os.listdir(outside)


def test_a_link_inside_the_project_stays_one(project: Path) -> None:
    (project / "reports").mkdir()
    (project / "reports" / "last.txt").touch()
    (project / "report.txt").symlink_to("reports/last.txt")
    assert delete_lint("shop", "-n", "-o", "report.txt", folder=project).returncode == 1
    assert (project / "report.txt").is_symlink()
    assert "delete_in_loop" in (project / "reports" / "last.txt").read_text()


def test_a_project_that_is_reached_by_a_link_is_written_to(project: Path) -> None:
    other = project.parent / "other"
    other.symlink_to(project)
    assert delete_lint("shop", "-n", "-o", "report.txt", folder=other).returncode == 1
    assert (
        delete_lint(str(other / "shop"), "-n", "-o", str(other / "second.txt"), folder=project.parent).returncode == 1
    )
    assert delete_lint("shop", "-n", "--fix", "--unsafe-fixes", folder=other).returncode in (0, 1)
    assert {"report.txt", "second.txt"} <= set(os.listdir(project))
    assert (project / "shop" / "tasks.py").read_text() != loop()


def test_modes_and_line_ends_stay(project: Path) -> None:
    report, baseline = project / "report.txt", project / "known.txt"
    report.touch()
    delete_lint("shop", "-n", "--write-baseline", "known.txt", folder=project)
    baseline.write_bytes(baseline.read_bytes().replace(b"\n", b"\r\n"))
    report.chmod(0o640)
    baseline.chmod(0o600)
    (project / "shop" / "more.py").write_text(loop())
    delete_lint("shop", "-n", "-o", "report.txt", folder=project)
    delete_lint("shop", "-n", "--write-baseline", "known.txt", folder=project)
    assert [stat.S_IMODE(file.stat().st_mode) for file in (report, baseline)] == [0o640, 0o600]
    assert baseline.read_bytes().count(b"\r\n") == baseline.read_bytes().count(b"\n") > 4
    assert delete_lint("shop", "-n", "--baseline", "known.txt", folder=project).returncode == 0


def test_a_new_file_has_the_mode_that_new_files_have(project: Path) -> None:
    for option, name in (("-o", "report.txt"), ("--write-baseline", "known.txt")):
        delete_lint("shop", "-n", option, name, folder=project)
        (project / "made").touch()
        assert (project / name).stat().st_mode == (project / "made").stat().st_mode


@contextmanager
def _full_disk() -> Iterator[None]:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@pytest.mark.parametrize("option", ["--output-file", "--write-baseline"])
def test_when_there_is_no_room_the_old_file_stays_whole(option: str, project: Path) -> None:
    file = project / "file.txt"
    delete_lint("shop", "-n", option, "file.txt", folder=project)
    before = file.read_bytes()
    (project / "shop" / "more.py").write_text(loop())
    with _full_disk():
        done = delete_lint("shop", "-n", option, "file.txt", folder=project)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "file.txt" in done.stderr
    assert "File too large" in done.stderr
    assert file.read_bytes() == before
    assert not [name for name in os.listdir(project) if name.endswith(".delete-lint")]


def test_whoever_reads_meanwhile_sees_the_old_file_or_the_new_one(tmp_path: Path) -> None:
    file = tmp_path / "file.txt"
    whole = {bytes([letter]) * 300_000 for letter in b"ab"}
    write_whole(file, b"a" * 300_000)
    is_done = threading.Event()
    seen: set[bytes] = set()

    def read() -> None:
        while not is_done.is_set():
            seen.add(file.read_bytes())

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for _ in range(30):
            for data in whole:
                write_whole(file, data)
    finally:
        is_done.set()
        reader.join()
    assert seen <= whole
    assert os.listdir(tmp_path) == ["file.txt"]


def test_devices_and_pipes_are_written_to_as_they_are(project: Path) -> None:
    done = delete_lint("shop", "-n", "-q", "--format", "concise", "-o", "/dev/stdout", folder=project)
    assert "delete_in_loop" in done.stdout
    fifo = project / "pipe"
    os.mkfifo(fifo)
    with subprocess.Popen(["cat", fifo], stdout=subprocess.PIPE) as reader:
        assert delete_lint("shop", "-n", "-o", "pipe", folder=project).returncode == 1
        assert reader.stdout is not None
        assert b"delete_in_loop" in reader.stdout.read()
    assert stat.S_ISFIFO(fifo.stat().st_mode)
    out = project / "redirected"
    with out.open("wb") as file:
        command = [sys.executable, "-m", "delete_lint", "shop", "-n", "--format", "concise", "-o", "/dev/stdout"]
        path = {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "rules")])}
        subprocess.run(command, cwd=project, env={**os.environ, **path}, stdout=file, check=False)
    assert b"1 warning" in out.read_bytes(), "the summary goes to the same file"


@pytest.mark.parametrize(
    "name", ["/proc/self/nothing", "/proc/1", "/dev/full", "/dev/null/x", "shop", "shop/models.py/x"]
)
def test_what_cannot_be_written_is_told_in_a_line(name: str, project: Path) -> None:
    done = delete_lint("shop", "-n", "-o", name, folder=project)
    assert done.returncode == 2
    assert done.stderr.startswith(("delete-lint: cannot write", "delete-lint: invalid value for '-o'"))
    assert done.stderr.count("\n") == 1


def test_a_folder_inside_a_repository_is_part_of_it_and_one_beside_it_is_not(tmp_path: Path) -> None:
    for folder in ("repository/.git", "repository/a", "repository/b", "beside"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "repository/a/inside").symlink_to("../b/file")
    (tmp_path / "repository/a/outside").symlink_to("../../beside/file")
    (tmp_path / "beside/back").symlink_to("../repository/b/file")
    write_whole(tmp_path / "repository/a/inside", b"1")
    assert (tmp_path / "repository/b/file").read_bytes() == b"1"
    with pytest.raises(LeadsOutError):
        write_whole(tmp_path / "repository/a/outside", b"1")
    write_whole(tmp_path / "beside/back", b"2")  # no project of ours, and nothing of it is a stranger's
    assert (tmp_path / "repository/b/file").read_bytes() == b"2"
