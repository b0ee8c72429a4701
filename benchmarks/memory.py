"""How well the memory and the time of a delete are foreseen: what the plan says beside what `tracemalloc` sees.

    python -m benchmarks.memory [--rows 2000 20000] [--only JSON] [--postgresql] [--json]

Each delete is planned and done in a process of its own, from a database that another one has filled. PostgreSQL is
one of the benchmark's own, brought up as the tests do it. The time is taken without `tracemalloc`.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.deletes.cases import CASES, Case
from benchmarks.deletes.tables import make_tables

Measure = dict[str, float]
_IN_A_STATEMENT = 500


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[2000, 20_000])
    parser.add_argument("--only", default="", help="cases whose name has this in it")
    parser.add_argument("--postgresql", action="store_true", help="instead of SQLite")
    parser.add_argument("--json", action="store_true", help="one object a line")
    parser.add_argument("--work", nargs=4, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.work:
        work, case, rows, database = arguments.work
        _set_up(json.loads(database))
        if work == "fill":
            _fill(CASES[case], int(rows))
        else:
            print(json.dumps(_measure(CASES[case])))
        return
    with ExitStack() as stack:
        database = _database(stack, arguments.postgresql)
        names = [name for name in CASES if arguments.only in name]
        for name, rows, found in _all(names, arguments.rows, database):
            if arguments.json:
                print(json.dumps({"case": name, "rows": rows, **found}), flush=True)
            else:
                print(_line(name, rows, found), flush=True)


def _database(stack: ExitStack, postgresql: bool) -> dict[str, Any]:
    if postgresql:
        from tests.databases.postgresql import server

        socket = str(stack.enter_context(server()))
        return {"ENGINE": "django.db.backends.postgresql", "NAME": "postgres", "USER": "postgres", "HOST": socket}
    folder = Path(stack.enter_context(TemporaryDirectory()))
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(folder / "deletes.sqlite3")}


def _all(names: list[str], rows: list[int], database: dict[str, Any]) -> Iterator[tuple[str, int, Measure]]:
    for name in names:
        for count in rows:
            _work("fill", name, count, database)
            yield name, count, json.loads(_work("measure", name, count, database))


def _work(work: str, case: str, rows: int, database: dict[str, Any]) -> str:
    """In a process of its own: what one delete has left behind in Python's memory is not to be seen by the next."""
    command = [sys.executable, "-m", "benchmarks.memory", "--work", work, case, str(rows), json.dumps(database)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def _line(name: str, rows: int, found: Measure) -> str:
    memory, seconds = found["foreseen_bytes"] / found["bytes"], found["foreseen_seconds"] / found["seconds"]
    return (
        f"{name:33}{rows:8,} rows  {found['foreseen_bytes'] / 1e6:9.2f} MB foreseen {found['bytes'] / 1e6:9.2f} MB  "
        f"x{memory:5.2f}   {found['foreseen_seconds']:7.3f} s foreseen {found['seconds']:7.3f} s  x{seconds:5.2f}   "
        f"planned in {found['planned']:.2f} s"
    )


# --- in the processes that do it ----------------------------------------------------------------------------------


def _set_up(database: dict[str, Any]) -> None:
    import django
    from django.conf import settings

    settings.configure(
        DATABASES={"default": database},
        INSTALLED_APPS=["django.contrib.contenttypes", "benchmarks.deletes"],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
    )
    django.setup()


def _fill(case: Case, rows: int) -> None:
    from django.apps import apps
    from django.db import connection, transaction

    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        Path(str(name)).unlink(missing_ok=True)
    make_tables()
    models: Any = {model.__name__: model for model in apps.get_app_config("deletes").get_models()}
    with transaction.atomic():
        _insert(case, rows, models)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


def _insert(case: Case, rows: int, models: Any) -> None:
    root = models["Root"].objects.create()
    chain = models["Chain"].objects.create()
    model, leaf = models[case.model], models[f"{case.model}Leaf"]
    for start in range(0, rows, _IN_A_STATEMENT):
        numbers = range(start, min(start + _IN_A_STATEMENT, rows))
        made = [model(**_keys(model, root, chain), **case.values(number)) for number in numbers]
        if model._meta.parents:
            for instance in made:
                instance.save()
        else:
            made = model.objects.bulk_create(made)
        leaf.objects.bulk_create(leaf(row_id=instance.pk) for instance in made)


def _keys(model: Any, root: Any, chain: Any) -> dict[str, Any]:
    names = {field.name for field in model._meta.fields}
    return {name: instance for name, instance in (("root", root), ("chain", chain)) if name in names}


def _measure(case: Case) -> Measure:
    from django.apps import apps
    from django.db import connection, transaction
    from django.db.models.signals import post_delete

    models: Any = {model.__name__: model for model in apps.get_app_config("deletes").get_models()}
    for name in case.heard:
        post_delete.connect(_listen, sender=models[name])
    above = models["Chain" if "chain" in {field.name for field in models[case.model]._meta.fields} else "Root"]
    objects = models[case.model].objects.all() if case.queryset else above.objects.get()
    connection.ensure_connection()
    began = time.perf_counter()
    bytes_, seconds = _foresee(objects)
    planned = time.perf_counter() - began

    with transaction.atomic():
        tracemalloc.start()
        before = tracemalloc.get_traced_memory()[0]
        (objects.all() if case.queryset else above.objects.get()).delete()
        peak = tracemalloc.get_traced_memory()[1] - before
        tracemalloc.stop()
        transaction.set_rollback(True)
    with transaction.atomic():
        again = objects.all() if case.queryset else above.objects.get()
        began = time.perf_counter()
        again.delete()
        connection.check_constraints()
        took = time.perf_counter() - began
        transaction.set_rollback(True)
    return {"foreseen_bytes": bytes_, "bytes": peak, "foreseen_seconds": seconds, "seconds": took, "planned": planned}


def _listen(**_: object) -> None:
    pass


def _foresee(objects: Any) -> tuple[int, float]:
    from delete_lint.runtime.foresee.clock import seconds
    from delete_lint.runtime.foresee.plan import plan

    found = plan(objects)
    return found.peak_bytes, seconds(found, "default")


if __name__ == "__main__":
    main()
