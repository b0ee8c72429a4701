"""The shop of ``examples/`` with a database of its own, in one process that is asked many things: ``manage.py``, but
started once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from types import TracebackType
from typing import Any, NamedTuple

from tests.command import ROOT

_SETTINGS = """
from config.settings import *

if "delete_lint" not in INSTALLED_APPS:
    INSTALLED_APPS = [*INSTALLED_APPS, "delete_lint"]
DATABASES = {
    "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": FOLDER / "shop.sqlite3"},
    "empty": {"ENGINE": "django.db.backends.sqlite3", "NAME": FOLDER / "empty.sqlite3"},
    "unreachable": {"ENGINE": "django.db.backends.sqlite3", "NAME": FOLDER / "nowhere" / "shop.sqlite3"},
}
DELETE_LINT = {}
"""

#: Answers each line of JSON with another: a command line is run, and so is code that leaves something in ``answer``.
_SERVER = """
import contextlib, io, json, sys
import django
from django.core.management import ManagementUtility

django.setup()
for line in sys.stdin:
    asked = json.loads(line)
    out, err, status = io.StringIO(), io.StringIO(), 0
    known = {}
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        if isinstance(asked, str):
            exec(asked, known)
        else:
            try:
                ManagementUtility(["manage.py", *asked]).execute()
            except SystemExit as end:
                status = end.code if isinstance(end.code, int) else int(bool(end.code))
    print(json.dumps([status, out.getvalue(), err.getvalue(), known.get("answer")]), flush=True)
"""


class Done(NamedTuple):
    status: int
    stdout: str
    stderr: str

    @property
    def document(self) -> Any:
        assert self.status == 0, self.stderr
        return json.loads(self.stdout)


class RunningShop:
    """``with RunningShop(folder) as shop``: the tables are there, and no rows."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __enter__(self) -> RunningShop:
        settings = _SETTINGS.replace("FOLDER", f"__import__('pathlib').Path({str(self.folder)!r})")
        (self.folder / "shop_settings.py").write_text(settings)
        path = [self.folder, ROOT, ROOT / "rules", ROOT / "examples" / "shop"]
        self._process = subprocess.Popen(
            [sys.executable, "-c", _SERVER],
            cwd=ROOT / "examples" / "shop",
            env={
                **{name: value for name, value in os.environ.items() if name not in ("FORCE_COLOR", "NO_COLOR")},
                "PYTHONPATH": os.pathsep.join(map(str, path)),
                "PYTHONDONTWRITEBYTECODE": "1",
                "DJANGO_SETTINGS_MODULE": "shop_settings",
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        done = self.manage("migrate", "--run-syncdb", "--skip-checks", "--verbosity=0")
        assert done.status == 0, done.stderr
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(timeout=60)
        self._process.stdout.close()

    @property
    def database(self) -> Path:
        return self.folder / "shop.sqlite3"

    def manage(self, *arguments: str) -> Done:
        status, stdout, stderr, _ = self._ask(list(arguments))
        return Done(status, stdout, stderr)

    def run(self, code: str) -> Any:
        """What a piece of code leaves in ``answer``."""
        return self._ask(dedent(code))[3]

    def _ask(self, asked: str | list[str]) -> list[Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "the shop's process ended"
        answer: list[Any] = json.loads(line)
        return answer
