"""A small Django project in a folder of its own, run as users run it: with ``manage.py``, in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent
from typing import Any

from tests.command import ROOT

_MANAGE = """
import sys
from django.core.management import execute_from_command_line
execute_from_command_line(sys.argv)
"""

_SETTINGS = """
import json, os
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
SECRET_KEY = "for tests only"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "db.sqlite3"}}
INSTALLED_APPS = ["django.contrib.contenttypes", "delete_lint", *json.loads(os.environ["TEST_APPS"])]
globals().update(json.loads(os.environ["TEST_SETTINGS"]))
"""


class Project:
    """``apps`` are the installed ones besides content types and delete_lint; a folder ``site-packages`` in the project
    is on the path, as that of a virtual environment is."""

    def __init__(self, folder: Path, apps: list[str], files: Mapping[str, str]) -> None:
        self.folder = folder
        self.apps = [*apps]
        self.write({"manage.py": _MANAGE, "config/__init__.py": "", "config/settings.py": _SETTINGS, **files})

    def write(self, files: Mapping[str, str]) -> None:
        for name, text in files.items():
            file = self.folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(dedent(text).lstrip("\n"), encoding="utf-8")

    def manage(self, *arguments: str, cwd: Path | None = None, **settings: Any) -> subprocess.CompletedProcess[str]:
        """Runs ``manage.py``; ``settings`` go over those of the project."""
        return self._run([str(self.folder / "manage.py"), *arguments], settings, cwd)

    def ask(self, code: str, **settings: Any) -> Any:
        """What a piece of code leaves in ``answer``, run after ``django.setup()``, by way of JSON."""
        script = f"import django, json\ndjango.setup()\n{dedent(code)}\nprint(json.dumps(answer))"
        done = self._run(["-c", script], settings, None)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    def _run(
        self, arguments: list[str], settings: Mapping[str, Any], cwd: Path | None
    ) -> subprocess.CompletedProcess[str]:
        path = [self.folder, self.folder / "site-packages", ROOT, ROOT / "rules"]
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(map(str, path)),
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "DJANGO_COLORS": "nocolor",
            "TEST_APPS": json.dumps(self.apps),
            "TEST_SETTINGS": json.dumps(settings),
        }
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=cwd or self.folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
