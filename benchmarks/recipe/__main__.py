"""A large delete by Django and by its recipe, on PostgreSQL: python -m benchmarks.recipe [--rows 1000000] [--heard]

One Root, so many Document rows (with a JSON column) on it, one DocumentLeaf on each: the A <- B <- C of the well-known
article. Each delete is done by a process of its own from rows that are filled in anew. Peak memory is what the process
grows by; the longest transaction is what a second connection sees, every 20 ms. ``--heard`` connects a receiver to
Document, for which every row has to be loaded whole.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from typing import Any

from benchmarks.deletes.tables import make_tables
from tests.databases.connect import missing

_LOOK = 0.02
_LONGEST = """
    SELECT EXTRACT(EPOCH FROM max(clock_timestamp() - xact_start)) FROM pg_stat_activity
    WHERE pid = %s AND xact_start IS NOT NULL
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--batch-size", type=int, default=1000)
    parser.add_argument("--heard", action="store_true", help="with a receiver on Document")
    parser.add_argument("--work", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.work:
        way, database = arguments.work
        _set_up(json.loads(database))
        print(json.dumps(_measure(way, arguments.rows, arguments.batch_size, arguments.heard)))
        return
    if reason := missing("postgresql"):
        parser.error(reason)
    from tests.databases.postgresql import server

    with ExitStack() as stack:
        socket = str(stack.enter_context(server()))
        database = {"ENGINE": "django.db.backends.postgresql", "NAME": "postgres", "USER": "postgres", "HOST": socket}
        print("| | peak memory | time | longest transaction | statements |\n| --- | ---: | ---: | ---: | ---: |")
        for way, name in (("django", "`root.delete()`"), ("recipe", "recipe")):
            command = [sys.executable, "-m", "benchmarks.recipe", "--work", way, json.dumps(database)]
            command += ["--rows", str(arguments.rows), "--batch-size", str(arguments.batch_size)]
            command += ["--heard"] if arguments.heard else []
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
            found = json.loads(done.stdout)
            print(
                f"| {name} | {found['megabytes']:,.1f} MB | {found['seconds']:.1f} s | {found['longest']:.2f} s "
                f"| {found['statements']:,} |",
                flush=True,
            )


# --- in the process that does it ----------------------------------------------------------------------------------


def _set_up(database: dict[str, Any]) -> None:
    import django
    from django.conf import settings

    settings.configure(
        DATABASES={"default": database, "watcher": database},
        INSTALLED_APPS=["django.contrib.contenttypes", "benchmarks.deletes"],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
    )
    django.setup()


def _measure(way: str, rows: int, batch_size: int, heard: bool) -> dict[str, float]:
    from django.db import connection
    from django.db.models.signals import post_delete

    from benchmarks.deletes.models import Document, DocumentLeaf, Root

    _fill(rows)
    if heard:
        post_delete.connect(_listen, sender=Document)
    root = Root.objects.get()
    if way == "recipe":
        text = _recipe(batch_size)
        module: dict[str, Any] = {"__name__": "recipe"}
        sys.modules["recipe"] = sys.modules[__name__]
        exec(compile(text, "recipe", "exec"), module)
        delete: Any = lambda: module["delete_root_rows"]([root.pk])  # noqa: E731
    else:
        delete = root.delete
    statements = 0

    def count(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal statements
        statements += 1
        return execute(sql, params, many, context)

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with _Watch(pid) as watch, connection.execute_wrapper(count):
        began = time.perf_counter()
        delete()
        seconds = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    left = [model for model in (Root, Document, DocumentLeaf) if model.objects.exists()]
    assert left == []
    return {
        "megabytes": (after - before) * 1024 / 1e6,
        "seconds": seconds,
        "longest": watch.longest,
        "statements": statements,
    }


def _recipe(batch_size: int) -> str:
    from delete_lint.recipe.text import recipe_text
    from delete_lint.runtime.front import runtime_graph

    return recipe_text(runtime_graph(), "deletes.Root", batch_size=batch_size)


def _listen(**_: object) -> None:
    pass


def _fill(rows: int) -> None:
    from django.db import connection

    make_tables()
    payload = json.dumps({f"key{number}": "x" * 10 for number in range(20)})
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO deletes_root (id) VALUES (1)")
        cursor.execute(
            "INSERT INTO deletes_document (id, root_id, data) SELECT n, 1, %s FROM generate_series(1, %s) n",
            [payload, rows],
        )
        cursor.execute("INSERT INTO deletes_documentleaf (row_id) SELECT n FROM generate_series(1, %s) n", [rows])
        cursor.execute("ANALYZE")


class _Watch:
    """A second connection that looks how long the transactions of the first one last."""

    def __init__(self, pid: int) -> None:
        self.longest = 0.0
        self._pid = pid
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> _Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _look(self) -> None:
        from django.db import connections

        with connections["watcher"].cursor() as cursor:
            while not self._done.wait(_LOOK):
                cursor.execute(_LONGEST, [self._pid])
                self.longest = max(self.longest, float(cursor.fetchone()[0] or 0))
        connections["watcher"].close()


if __name__ == "__main__":
    main()
