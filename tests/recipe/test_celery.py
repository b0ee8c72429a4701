"""The tasks of a recipe on two real workers, one of which is killed while it deletes."""

from __future__ import annotations

import json
import shutil
import signal
import socket
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest
from django.db import connections, models

from tests.recipe.small_project import COMPOSITE, COUNT_COMPOSITE, FILL_COMPOSITE, SmallProject

_APP = """
from celery import Celery

app = Celery("shop", broker={broker!r})
app.conf.update(
    broker_transport_options={options!r},
    task_ignore_result=True,
    worker_prefetch_multiplier=1,
    broker_connection_retry_on_startup=True,
)
import django

django.setup()
from shop import tasks  # noqa
"""


@contextmanager
def broker(folder: Path) -> Iterator[tuple[str, dict[str, object]]]:
    """The address and options of a broker: Redis of the test's own where there is one, else files in a folder."""
    program = shutil.which("redis-server")
    if program is None or find_spec("redis") is None:
        warnings.warn("no redis-server: the filesystem broker stands in for it", stacklevel=2)
        (folder / "queue").mkdir()
        place = str(folder / "queue")
        yield "filesystem://", {"data_folder_in": place, "data_folder_out": place}
        return
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            deadline = time.monotonic() + 30
            while time.monotonic() < deadline:
                try:
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    break
                except OSError:
                    time.sleep(0.05)
            yield f"redis://127.0.0.1:{port}/0", {"visibility_timeout": 5}
        finally:
            process.terminate()


@pytest.fixture
def project(postgresql: str, tmp_path: Path) -> Iterator[SmallProject]:
    connection = connections[postgresql]
    with connection.cursor() as cursor:
        cursor.execute("CREATE DATABASE recipe_tasks")
    given = connection.settings_dict
    database = {name: given[name] for name in ("ENGINE", "HOST", "USER")} | {"NAME": "recipe_tasks"}
    try:
        yield SmallProject(tmp_path / "project", database, rows=1600)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP DATABASE recipe_tasks WITH (FORCE)")


@pytest.mark.filterwarnings("default:no redis-server")
def test_two_workers_delete_everything_though_one_is_killed(project: SmallProject, tmp_path: Path) -> None:
    if find_spec("celery") is None:
        pytest.skip("Celery is not installed")
    (project.folder / "shop" / "tasks.py").write_text(project.recipe("celery", batch_size=4))
    with broker(tmp_path) as (address, options):
        print(f"broker: {address}", file=sys.stderr)
        (project.folder / "app.py").write_text(_APP.format(broker=address, options=options))
        command = ("-m", "celery", "-A", "app", "worker", "--pool", "solo", "-l", "INFO", "--without-mingle")
        logs = [tmp_path / f"log{number}" for number in range(3)]
        with ExitStack() as stack:
            files = [stack.enter_context(log.open("wb")) for log in logs]
            workers = [
                project.start(*command, "-n", f"w{number}", stdout=files[number], stderr=files[number])
                for number in range(2)
            ]
            try:
                start = "import app\nfrom shop.tasks import delete_a_rows\ndelete_a_rows([1])"
                project.run(start)
                _wait_until(lambda: project.counts()[1] < project.before[1] - 10, project, logs)
                workers[0].send_signal(signal.SIGKILL)
                workers[0].wait()
                between = project.counts()
                assert between != project.after, "killed too late for anything to be left"
                # As a supervisor would.
                workers.append(project.start(*command, "-n", "w2", stdout=files[2], stderr=files[2]))
                if address.startswith("filesystem"):
                    project.run(start)  # it loses what a killed worker had taken
                _wait_until(lambda: project.counts() == project.after, project, logs)
            finally:
                for worker in workers:
                    worker.kill()
                    worker.wait()
    assert all("delete_next_batch" in log.read_text() for log in logs[:2]), "one worker did everything"


@pytest.mark.filterwarnings("default:no redis-server")
@pytest.mark.skipif(not hasattr(models, "CompositePrimaryKey"), reason="composite keys came with Django 5.2")
@pytest.mark.parametrize(
    ("label", "keys", "left"),
    [
        ("shop.Account", "['1']", [1, 0, 6, 0]),
        ("shop.Entry", "[(1, number) for number in range(10)]", [2, 3, 12, 6]),
    ],
)
def test_keys_of_several_columns_reach_the_workers_as_what_they_were(
    label: str, keys: str, left: list[int], tmp_path: Path
) -> None:
    if find_spec("celery") is None:
        pytest.skip("Celery is not installed")
    database = {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(tmp_path / "rows.sqlite3"),
        "OPTIONS": {"timeout": 30},
    }
    project = SmallProject(tmp_path / "project", database, models=COMPOSITE)
    project.run(FILL_COMPOSITE)
    name = f"delete_{label.rpartition('.')[2].lower()}_rows"
    (project.folder / "shop" / "tasks.py").write_text(project.recipe("celery", batch_size=4, label=label))

    def counts() -> list[int]:
        found: list[int] = json.loads(project.run(COUNT_COMPOSITE))
        return found

    log = tmp_path / "log"
    with broker(tmp_path) as (address, options), log.open("wb") as file:
        (project.folder / "app.py").write_text(_APP.format(broker=address, options=options))
        command = ("-m", "celery", "-A", "app", "worker", "--pool", "solo", "-l", "INFO", "--without-mingle")
        worker = project.start(*command, stdout=file, stderr=file)
        try:
            project.run(f"import app\nfrom shop.tasks import {name}\n{name}({keys})")
            deadline = time.monotonic() + 60
            while counts() != left:
                assert time.monotonic() < deadline, (counts(), log.read_text()[-3000:])
                time.sleep(0.2)
        finally:
            worker.kill()
            worker.wait()
    assert "Traceback" not in log.read_text()


def _wait_until(done: Callable[[], bool], project: SmallProject, logs: list[Path]) -> None:
    deadline = time.monotonic() + 180
    while not done():
        assert time.monotonic() < deadline, (project.counts(), [log.read_text()[-1500:] for log in logs])
        time.sleep(0.2)
