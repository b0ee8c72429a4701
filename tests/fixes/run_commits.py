"""Deletes products of a small Django project, with and without a rollback, and prints what its queue was given.

``python run_commits.py FOLDER`` in a process of its own. The app is ``shop`` with the model ``Product`` and the list
``shop.tasks.ENQUEUED``. One line of JSON for each way to delete: what was enqueued before the end of the transaction
and what in all, and the rows that are left in each database.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any


def main(folder: str) -> None:
    sys.path.insert(0, folder)
    import django
    from django.conf import settings

    memory = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
    settings.configure(
        INSTALLED_APPS=["shop"],
        DATABASES={"default": memory, "other": dict(memory)},
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    )
    django.setup()
    from django.db import connections, transaction
    from shop import signals, tasks  # type: ignore[import-not-found]
    from shop.models import Product  # type: ignore[import-not-found]

    del signals
    for alias in ("default", "other"):
        with connections[alias].schema_editor() as editor:
            editor.create_model(Product)

    def observe(delete: Callable[[], object], using: str, fails: bool) -> None:
        for alias in ("default", "other"):
            Product.objects.using(alias).all()._raw_delete(alias)
            Product.objects.using(alias).bulk_create(Product(pk=key, name=f"p{key}") for key in (1, 2, 3))
        tasks.ENQUEUED.clear()
        before: list[Any] = []
        try:
            with transaction.atomic(using):
                delete()
                before = list(tasks.ENQUEUED)
                if fails:
                    raise RuntimeError
        except RuntimeError:
            pass
        left = {
            alias: list(Product.objects.using(alias).values_list("pk", flat=True)) for alias in ("default", "other")
        }
        print(json.dumps({"before": before, "in all": tasks.ENQUEUED, "left": left}))

    for using in ("default", "other"):
        for fails in (False, True):
            observe(lambda using=using: Product.objects.using(using).get(pk=2).delete(), using, fails)  # type: ignore[misc]
            observe(lambda using=using: Product.objects.using(using).all().delete(), using, fails)  # type: ignore[misc]


if __name__ == "__main__":
    main(sys.argv[1])
