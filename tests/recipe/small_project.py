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


class SmallProject:
    """``rows`` B rows hang on the A with the key 1, which is to go; five on the one that stays."""

    def __init__(self, folder: Path, database: dict[str, Any], rows: int) -> None:
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
        (folder / "shop" / "models.py").write_text(_MODELS)
        self.manage("migrate", "--run-syncdb", "-v0")
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

    def recipe(self, form: str, batch_size: int) -> str:
        """What `manage.py delete_plan --recipe` writes."""
        code = (
            "from delete_lint.recipe.text import recipe_text\n"
            "from delete_lint.runtime.front import runtime_graph\n"
            f"print(recipe_text(runtime_graph(), 'shop.A', {form!r}, batch_size={batch_size}), end='')\n"
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
