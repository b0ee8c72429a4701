"""A small Django project in a folder, whose processes can be killed: A <- B <- C, notes that stay, another A."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.command import ROOT

_SETTINGS = """
import json, os

DATABASES = {"default": json.loads(os.environ["RECIPE_DATABASE"])}
INSTALLED_APPS = ["django.contrib.contenttypes", "shop"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SECRET_KEY = "no secret"
USE_TZ = True
"""

_MODELS = """
from django.db import models


class A(models.Model):
    pass


class B(models.Model):
    a = models.ForeignKey(A, on_delete=models.CASCADE)


class C(models.Model):
    b = models.ForeignKey(B, on_delete=models.CASCADE)


class Note(models.Model):
    b = models.ForeignKey(B, on_delete=models.SET_NULL, null=True)
"""

_FILL = """
from shop.models import A, B, C, Note

gone, kept = A.objects.create(pk=1), A.objects.create(pk=2)
rows = B.objects.bulk_create([B(a=gone) for _ in range({rows})] + [B(a=kept) for _ in range(5)])
C.objects.bulk_create([C(b=row) for row in rows for _ in range(2)])
Note.objects.bulk_create([Note(b=row) for row in rows])
"""

_COUNT = """
import json
from shop.models import A, B, C, Note

print(json.dumps([
    A.objects.count(), B.objects.count(), C.objects.count(), Note.objects.count(), Note.objects.filter(b=None).count()
]))
"""

#: Models with keys of several columns, for Django 5.2 and later.
COMPOSITE = """
import uuid

from django.db import models


class Account(models.Model):
    pass


class Entry(models.Model):
    pk = models.CompositePrimaryKey("account_id", "number")
    account = models.ForeignKey(Account, on_delete=models.CASCADE)
    number = models.IntegerField()


class Stamp(models.Model):
    pk = models.CompositePrimaryKey("token", "day")
    token = models.UUIDField(default=uuid.uuid4)
    day = models.DateField()
    account = models.ForeignKey(Account, on_delete=models.CASCADE)


class Line(models.Model):
    account_id = models.IntegerField()
    number = models.IntegerField()
    entry = models.ForeignObject(
        Entry, models.CASCADE, from_fields=["account_id", "number"], to_fields=["account_id", "number"]
    )
"""

FILL_COMPOSITE = """
import datetime
from shop.models import Account, Entry, Line, Stamp

for key in (1, 2):
    account = Account.objects.create(pk=key)
    rows = 13 if key == 1 else 0
    Entry.objects.bulk_create([Entry(account=account, number=number) for number in range(rows)])
    Line.objects.bulk_create([Line(account_id=key, number=number) for number in range(rows) for _ in range(2)])
    days = [datetime.date(2026, 1, day) for day in range(1, 7)]
    Stamp.objects.bulk_create([Stamp(account=account, day=day) for day in days])
"""

#: Accounts, entries, stamps and lines.
COUNT_COMPOSITE = """
import json
from shop.models import Account, Entry, Line, Stamp

print(json.dumps([each.objects.count() for each in (Account, Entry, Stamp, Line)]))
"""


class SmallProject:
    """``rows`` B rows hang on the A with the key 1, which is to go; five on the one that stays. Other ``models`` come
    without rows."""

    def __init__(self, folder: Path, database: dict[str, Any], rows: int = 0, models: str | None = None) -> None:
        self.folder = folder
        self.rows = rows
        self.environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "settings",
            "RECIPE_DATABASE": json.dumps(database),
            "PYTHONPATH": os.pathsep.join([str(folder), str(ROOT), str(ROOT / "rules")]),
        }
        (folder / "shop").mkdir(parents=True)
        (folder / "settings.py").write_text(_SETTINGS)
        (folder / "shop" / "__init__.py").write_text("")
        (folder / "shop" / "models.py").write_text(models or _MODELS)
        self.manage("migrate", "--run-syncdb", "-v0")
        if models is None:
            self.run(_FILL.format(rows=rows))

    def manage(self, *arguments: str) -> str:
        return self._python("-m", "django", *arguments)

    def run(self, code: str) -> str:
        return self._python("-c", f"import django\ndjango.setup()\n{code}")

    def start(self, *arguments: str, **options: Any) -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, *arguments], cwd=self.folder, env=self.environment, **options)

    def counts(self) -> list[int]:
        """A, B, C and Note rows, and the notes that point at nothing."""
        found: list[int] = json.loads(self.run(_COUNT))
        return found

    @property
    def before(self) -> list[int]:
        return [2, self.rows + 5, 2 * (self.rows + 5), self.rows + 5, 0]

    @property
    def after(self) -> list[int]:
        """What Django's own delete leaves of it."""
        return [1, 5, 10, self.rows + 5, self.rows]

    def recipe(self, form: str, batch_size: int, label: str = "shop.A") -> str:
        """What `manage.py delete_plan --recipe` writes."""
        code = (
            "from delete_lint.recipe.text import recipe_text\n"
            "from delete_lint.runtime.front import runtime_graph\n"
            f"print(recipe_text(runtime_graph(), {label!r}, {form!r}, batch_size={batch_size}), end='')\n"
        )
        return self.run(code)

    def _python(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout
