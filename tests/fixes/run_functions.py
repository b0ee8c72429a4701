"""Runs the functions of a small Django project, each on a freshly filled SQLite database, and prints what became of it.

``python run_functions.py FOLDER MODULE FUNCTION…`` in a process of its own. The app is ``shop``; its module ``fill``
fills the tables. For each function one line of JSON: the rows that are left, by table and key; the statements it sent,
by verb and table; the rows that it was given by SELECT; what it returned or raised.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import inspect
import json
import re
import sys
from collections import Counter
from typing import Any


def main(folder: str, module: str, *names: str) -> None:
    sys.path.insert(0, folder)
    import django
    from django.conf import settings

    memory = {"ENGINE": "django.db.backends.sqlite3", "NAME": "file::memory:?cache=shared", "OPTIONS": {"uri": True}}
    settings.configure(
        INSTALLED_APPS=["django.contrib.contenttypes", "shop"],
        DATABASES={"default": memory},
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        USE_TZ=True,
    )
    django.setup()
    from django.apps import apps
    from django.db import connection

    connection.inc_thread_sharing()
    models = list(apps.get_app_config("shop").get_models(include_auto_created=True))
    with connection.schema_editor() as editor:
        editor.create_model(apps.get_model("contenttypes", "ContentType"))
        for model in models:
            if not model._meta.auto_created and model._meta.managed and not model._meta.proxy:
                editor.create_model(model)
    fill = importlib.import_module("shop.fill").fill
    found = importlib.import_module(module)
    for name in names:
        with connection.constraint_checks_disabled():
            for model in models:
                model._base_manager.all()._raw_delete("default")
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM sqlite_sequence")
        fill()
        print(json.dumps(_observed(getattr(found, name), models)))


def _observed(function: Any, models: Any) -> dict[str, Any]:
    from asgiref.sync import async_to_sync
    from django.db import connection

    sent: Counter[str] = Counter()

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        table = re.search(r'(?:FROM|UPDATE|INTO) "(\w+)"', sql)
        if table is not None:
            sent[f"{sql.split(' ', 1)[0]} {table[1]}"] += 1
        return execute(sql, params, many, context)

    outcome: Any
    with connection.execute_wrapper(note), contextlib.redirect_stdout(None):
        try:
            outcome = async_to_sync(function)() if inspect.iscoroutinefunction(function) else function()
        except Exception as error:
            outcome = type(error).__name__
    left = {
        model._meta.db_table: sorted(map(str, model._base_manager.order_by().values_list("pk", flat=True)))
        for model in models
    }
    return {"left": left, "sent": dict(sent), "outcome": repr(outcome)}


if __name__ == "__main__":
    asyncio.set_event_loop(asyncio.new_event_loop())
    main(*sys.argv[1:])
