"""A recipe whose process is killed, for good, and started again."""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path

import pytest
from django.db import models

from tests.recipe.small_project import COMPOSITE, COUNT_COMPOSITE, FILL_COMPOSITE, SmallProject


@pytest.fixture
def project(tmp_path: Path) -> SmallProject:
    database = {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(tmp_path / "rows.sqlite3"),
        "OPTIONS": {"timeout": 30},
    }
    return SmallProject(tmp_path / "project", database, rows=600)


def test_what_a_killed_command_left_is_deleted_when_it_is_started_again(project: SmallProject) -> None:
    commands = project.folder / "shop" / "management" / "commands"
    commands.mkdir(parents=True)
    (commands / "delete_a.py").write_text(project.recipe("command", batch_size=3))
    killed = 0
    for _ in range(20):
        before = project.counts()
        process = project.start("-m", "django", "delete_a", "1")
        deadline = time.monotonic() + 60
        while process.poll() is None and project.counts()[2] >= before[2] and time.monotonic() < deadline:
            time.sleep(0.01)
        if process.poll() is not None:
            break
        process.send_signal(signal.SIGKILL)
        process.wait()
        between = project.counts()
        assert between[0] == 2 or between == project.after, "the root goes last"
        killed += between != project.after
        if killed == 3:
            break
    assert killed
    project.manage("delete_a", "1")
    assert project.counts() == project.after
    project.manage("delete_a", "1")  # and once more, with nothing left to do
    assert project.counts() == project.after


def test_the_command_reads_keys_from_stdin(project: SmallProject) -> None:
    commands = project.folder / "shop" / "management" / "commands"
    commands.mkdir(parents=True)
    (commands / "delete_a.py").write_text(project.recipe("command", batch_size=100))
    keys = project.folder / "keys"
    keys.write_text("1\n")
    with keys.open("rb") as stdin:
        process = project.start("-m", "django", "delete_a", "-", stdin=stdin)
        assert process.wait(120) == 0
    assert project.counts() == project.after


@pytest.mark.skipif(not hasattr(models, "CompositePrimaryKey"), reason="composite keys came with Django 5.2")
def test_the_command_takes_keys_of_several_columns(tmp_path: Path) -> None:
    database = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(tmp_path / "rows.sqlite3")}
    project = SmallProject(tmp_path / "project", database, models=COMPOSITE)
    project.run(FILL_COMPOSITE)
    commands = project.folder / "shop" / "management" / "commands"
    commands.mkdir(parents=True)
    (commands / "delete_entry.py").write_text(project.recipe("command", batch_size=3, label="shop.Entry"))
    project.manage("delete_entry", *(f"1,{number}" for number in range(10)))
    assert json.loads(project.run(COUNT_COMPOSITE)) == [2, 3, 12, 6]
