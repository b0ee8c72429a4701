"""Answers that are given again: only when a run would give the same, and then at once."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from delete_lint.cache import answers
from tests.cache import edits
from tests.cache.edits import Edits, Said, said
from tests.cache.shop import project
from tests.command import ROOT
from tests.repositories import repository
from tests.small_shop import FILES as SHOP
from tests.small_shop import write


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DELETE_LINT_CACHE_DIR", "DELETE_LINT_NO_CACHE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), str(ROOT / "rules")]))
    monkeypatch.setattr(answers, "again", edits.AGAIN)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return project(tmp_path / "project")


def is_replayed(folder: Path, *arguments: str) -> bool:
    """Whether a run is answered from an earlier one; it must say what a run without a cache says either way."""
    before = edits.AGAIN.hits
    assert said(folder, *arguments) == said(folder, *arguments, "--no-cache")
    return edits.AGAIN.hits > before


def settle(folder: Path) -> None:
    """Gives all files times at which nobody doubts that they are as they were."""
    moment = time.time() - 1000
    for path in folder.rglob("*"):
        os.utime(path, (moment, moment), follow_symlinks=False)


def answer(folder: Path) -> Path:
    (found,) = (folder / ".delete_lint_cache").glob("answer-*.run")
    return found


# --- exact --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
def test_after_any_change_a_warm_run_says_what_a_cold_one_says(seed: int, tmp_path: Path) -> None:
    work = repository(tmp_path / "project", {**SHOP, "manage.py": "", "shop/migrations/__init__.py": ""})
    tried = Edits(work.folder, random.Random(seed))
    for _ in range(40):
        tried.step()
    assert tried.replayed > 0


@pytest.mark.parametrize("output", ["text", "full", "concise", "grouped", "json", "sarif", "github", "gitlab", "junit"])
def test_every_format_is_told_again_byte_for_byte(output: str, shop: Path) -> None:
    assert not is_replayed(shop, ".", "--format", output)
    assert is_replayed(shop, ".", "--format", output)


def test_an_edit_that_no_time_tells_of_is_seen(shop: Path) -> None:
    """The file has the size and the time it had when it was looked at."""
    said(shop, ".")
    file = shop / "shop" / "tasks.py"
    status = file.stat()
    file.write_text(file.read_text().replace("Customer.objects.all()", "Order.objects.all()   "))
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert not is_replayed(shop, ".")
    assert is_replayed(shop, ".")


def test_what_has_just_been_written_is_compared_byte_by_byte_until_its_times_can_be_trusted(shop: Path) -> None:
    young = answers.DOUBT // 2
    assert answers.trusted((1, 10, 20, 1), began=20 + young) != (1, 10, 20, 1)
    assert answers.trusted((1, 20, 10, 1), began=20 + young) != (1, 20, 10, 1)
    assert answers.trusted((1, 10, 20, 1), began=21 + answers.DOUBT) == (1, 10, 20, 1)


def test_a_file_that_was_not_there_is_missed_no_more(shop: Path) -> None:
    said(shop, ".")
    (shop / "delete-lint.toml").write_text('select = ["unfiltered_delete"]\n')
    assert not is_replayed(shop, ".")
    (shop / "requirements.txt").write_text("Django==4.2\n")
    assert not is_replayed(shop, ".")
    (shop.parent / ".gitignore").write_text("tasks.py\n")
    repository(shop.parent)
    assert not is_replayed(shop, ".")


def test_the_environment_counts(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said(shop, ".", "--format", "github")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(shop.parent))
    assert not is_replayed(shop, ".", "--format", "github")
    assert "project/shop/" in said(shop, ".", "--format", "github").out


def test_new_code_of_a_plugin_is_run(shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rule = (
        '"""Says something of every model."""\n\nfrom delete_lint.findings import Finding\n\nSEVERITY = "warning"\n\n\n'
        "def check(project, thresholds):\n    for model in project.own_models():\n"
        '        if model.place:\n            yield Finding(place=model.place, message="WORD", help="", identity="")\n'
    )
    write(tmp_path / "installed", {"house_rules/__init__.py": "", "house_rules/noisy.py": rule})
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "installed"), prepend=os.pathsep)
    (shop / "delete-lint.toml").write_text('plugins = ["house_rules"]\nselect = ["noisy"]\n')

    def told() -> str:
        return command(shop, ".").stdout

    first = told()
    assert "WORD" in first
    assert told() == first
    file = tmp_path / "installed" / "house_rules" / "noisy.py"
    file.write_text(rule.replace("WORD", "OTHER"))
    assert "OTHER" in told()


def command(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "delete_lint", *arguments], cwd=folder, capture_output=True, text=True, check=False
    )


# --- kept ---------------------------------------------------------------------------------------------------------


def test_a_checkout_with_new_times_gets_the_answer_of_the_old_one(shop: Path, tmp_path: Path) -> None:
    """As when the folder of the cache is saved and restored in CI."""
    said(shop, ".")
    shutil.copytree(shop / ".delete_lint_cache", tmp_path / "saved")
    shutil.rmtree(shop)
    project(shop)
    shutil.copytree(tmp_path / "saved", shop / ".delete_lint_cache")
    settle(shop)
    assert is_replayed(shop, ".")


def test_going_back_to_another_branch_is_answered_from_the_last_visit(tmp_path: Path) -> None:
    work = repository(tmp_path / "project", SHOP)
    said(work.folder, ".")
    work.git("checkout", "-q", "-b", "other")
    work.append("shop/tasks.py", "\n\ndef again():\n    forget_everybody().delete()\n")
    work.commit()
    assert not is_replayed(work.folder, ".")
    work.git("checkout", "-q", "main")
    assert is_replayed(work.folder, ".")
    work.git("checkout", "-q", "other")
    assert is_replayed(work.folder, ".")


def test_files_that_no_run_reads_may_change(shop: Path) -> None:
    said(shop, ".")
    (shop / "README.md").write_text("news\n")
    (shop / "shop" / "templates").mkdir()
    (shop / "shop" / "__pycache__").mkdir()
    assert not is_replayed(shop, ".")  # a folder could hold modules
    (shop / "shop" / "templates" / "page.html").write_text("")
    (shop / "shop" / "tests.py").touch()
    said(shop, ".")
    (shop / "shop" / "tests.py").write_text("import shop\n")
    assert is_replayed(shop, ".")


def test_signatures_are_renewed_so_that_a_look_is_enough_the_next_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "DOUBT", 0)
    shop = repository(tmp_path / "project", SHOP).folder  # nothing above it is looked at
    said(shop, ".")
    settle(shop)
    time.sleep(0.1)
    assert is_replayed(shop, ".")
    renewed = answer(shop).read_bytes()
    assert is_replayed(shop, ".")
    assert answer(shop).read_bytes() == renewed
    (shop / "shop" / "tasks.py").touch()
    time.sleep(0.1)
    assert is_replayed(shop, ".")
    assert answer(shop).read_bytes() != renewed


@pytest.mark.parametrize("damage", ["cut", "flipped", "emptied", "strange"])
def test_a_damaged_answer_is_none(damage: str, shop: Path) -> None:
    said(shop, ".")
    file = answer(shop)
    data = file.read_bytes()
    harmed = {
        "cut": data[: len(data) // 2],
        "flipped": data[:-9] + bytes([data[-9] ^ 1]) + data[-8:],
        "emptied": b"",
        "strange": answers.MARK + b"\xff" * 80,
    }
    file.write_bytes(harmed[damage])
    assert not is_replayed(shop, ".")
    assert is_replayed(shop, ".")


def test_every_byte_counts(tmp_path: Path) -> None:
    """No damage to an answer makes a run fail."""
    write(tmp_path, SHOP)
    said(tmp_path, ".")
    (file,) = (tmp_path / ".delete_lint_cache").glob("answer-*.run")
    data = file.read_bytes()
    chance = random.Random(1)
    asked = data[len(answers.MARK) + 16 :][: int.from_bytes(data[len(answers.MARK) + 8 :][:8], "big")]
    assert answers.decoded(data, asked) is not None
    for _ in range(300):
        harmed = bytearray(data)
        harmed[chance.randrange(len(harmed))] ^= 1 << chance.randrange(8)
        try:
            assert answers.decoded(bytes(harmed), asked) is None
        except ValueError:
            pass


def test_an_answer_that_somebody_made_up_neither_hangs_nor_fails(shop: Path) -> None:
    """It may come from a cache that a stranger has written."""
    asked = b"anything"
    devices = answers.Seen(["/dev/zero", "/dev/stdin"], [(0, 0, 0, 0)] * 2, bytes(64))
    nothing = answers.Seen([], [], b"")
    said_before = answers.Said("", "", "", 0)
    made_up = answers.Answer(asked, devices, nothing, nothing, {}, {}, {}, said_before)
    (path, *_) = answers.slots(asked, str(shop))
    Path(path).write_bytes(answers.encoded(made_up))
    devices.digests = bytes(31) + b"x" + bytes(32)
    Path(path).write_bytes(answers.encoded(made_up))
    assert answers.again(asked, str(shop)) is None
    for status in (3, 200):
        said_before.status = status
        with pytest.raises(ValueError, match="exit status"):
            answers.decoded(answers.encoded(made_up), asked)


def test_there_is_an_end_to_how_many_are_kept(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("delete_lint.cache.keeping.MOST_ANSWERS", 3)
    for depth in range(5):
        said(shop, ".", "--max-depth", str(depth + 1))
    assert len(list((shop / ".delete_lint_cache").glob("answer-*"))) == 3
    for word in ("one", "two", "three", "four", "five", "six"):
        (shop / "shop" / "views.py").write_text(f"# {word}\n")
        said(shop, ".")
    assert len(list((shop / ".delete_lint_cache").glob("answer-*"))) == 3


def test_clean_takes_the_answers_too(shop: Path) -> None:
    said(shop, ".")
    said(shop, "clean")
    assert not (shop / ".delete_lint_cache").exists()


@pytest.mark.parametrize(
    "arguments", [(".", "-v"), (".", "--fix"), (".", "--diff"), (".", "-o", "out.txt"), ("--show-files",), (".", "-n")]
)
def test_what_does_more_than_tell_is_done_each_time(arguments: tuple[str, ...], shop: Path) -> None:
    said(shop, *arguments)
    assert not list((shop / ".delete_lint_cache").glob("answer-*"))


def test_a_run_that_failed_is_made_again(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert said(tmp_path / "empty", ".").status == 2
    assert not list(tmp_path.rglob("answer-*"))


def test_the_answer_is_found_where_the_settings_put_the_cache(shop: Path) -> None:
    (shop / "delete-lint.toml").write_text('cache-dir = "build/lint"\n')
    assert not is_replayed(shop, ".")
    assert is_replayed(shop, ".")
    assert list((shop / "build" / "lint").glob("answer-*"))


# --- the looks ----------------------------------------------------------------------------------------------------

_WATCH = """
import builtins, io, json, os, sys
sys.argv = ["delete-lint", *sys.argv[1:]]
from delete_lint.cli import run
import delete_lint.lint, delete_lint.output.text, delete_lint.cache.store, delete_lint.cache.keeping

seen = set()
def wrapped(function):
    def call(path=".", *args, **kwargs):
        if isinstance(path, (str, os.PathLike)):
            seen.add(os.path.abspath(os.fspath(path)))
        return function(path, *args, **kwargs)
    return call
for name in ("stat", "lstat", "scandir", "listdir", "readlink", "open"):
    setattr(os, name, wrapped(getattr(os, name)))
builtins.open = io.open = wrapped(io.open)
run(sys.argv[1:])
print("SEEN" + json.dumps(sorted(seen)))
"""


def test_every_look_at_the_disk_is_noted(tmp_path: Path) -> None:
    """Whatever a run looks at without a note could change unseen."""
    work = repository(
        tmp_path / "project",
        {
            **SHOP,
            "manage.py": "",
            "pyproject.toml": '[project]\nname = "shop"\n\n[tool.delete-lint]\nbaseline = "known.json"\n',
            "setup.cfg": "[options]\n",
            "uv.lock": "",
            "requirements/base.txt": "-r more.txt\n",
            "requirements/more.txt": "django>=5.2\n",
            ".gitignore": "*.log\n",
            "shop/migrations/__init__.py": "",
            "shop/migrations/0001_initial.py": "from django.db import migrations\n",
            "shop/tests/test_shop.py": "import shop\n",
        },
    )
    (work.folder / "shop" / "linked.py").symlink_to("tasks.py")
    assert said(work.folder, ".", "--write-baseline", "known.json").status == 0
    shutil.rmtree(work.folder / ".delete_lint_cache", ignore_errors=True)
    done = subprocess.run(
        [sys.executable, "-c", _WATCH, "."], cwd=work.folder, capture_output=True, text=True, check=False
    )
    seen = json.loads(done.stdout.rpartition("SEEN")[2])
    data = answer(work.folder).read_bytes()
    begin = len(answers.MARK) + 8
    length = int.from_bytes(data[begin : begin + 8], "big")
    kept = answers.decoded(data, data[begin + 8 : begin + 8 + length])
    assert kept is not None
    named = {*kept.files.names, *kept.folders.names, *kept.texts.names, *kept.kinds, *kept.there, *kept.links}
    noted = {os.path.normpath(work.folder / name) for name in named}
    cache = work.folder / ".delete_lint_cache"
    inside = [path for path in seen if Path(path).is_relative_to(tmp_path) and not Path(path).is_relative_to(cache)]
    inside.remove(str(tmp_path))  # on the way to where a link leads
    assert len(inside) > 20
    assert [path for path in inside if path not in noted] == []


def test_two_runs_at_once_leave_an_answer_that_holds(shop: Path) -> None:
    running = [
        subprocess.Popen([sys.executable, "-m", "delete_lint", "."], cwd=shop, stdout=subprocess.PIPE) for _ in range(3)
    ]
    outs = {process.communicate()[0] for process in running}
    assert len(outs) == 1
    again = command(shop, ".")
    assert again.stdout.encode() in outs
    assert Said(again.returncode, again.stdout, again.stderr) == told_without(shop)


def told_without(folder: Path) -> Said:
    done = command(folder, ".", "-n")
    return Said(done.returncode, done.stdout, done.stderr)
