"""A generated project, written file by file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from benchmarks.generate import bulk, data, deletes, surface
from benchmarks.generate.shape import App, apps

#: Stands before the names of rules, on the line where each of them is to find something.
MARK = "# <- "


@dataclass(frozen=True, slots=True)
class Made:
    """What was written; ``planted`` is the number of mistakes."""

    files: int
    lines: int
    apps: int
    models: int
    planted: int


def generate(folder: Path, factor: int = 1, seed: int = 0) -> Made:
    """Writes a project of about ``factor`` times 60,000 lines."""
    everything = apps(factor, seed)
    files = lines = planted = 0
    folders: set[Path] = set()
    for name, text in _files(everything, seed):
        file = folder / name
        if file.parent not in folders:
            file.parent.mkdir(parents=True, exist_ok=True)
            folders.add(file.parent)
        file.write_text(text, encoding="utf-8")
        files += 1
        lines += text.count("\n")
        planted += sum(line.count(",") + 1 for line in _marks(text))
    models = sum(len(app.models) for app in everything) + 2
    return Made(files, lines, len(everything), models, planted)


def _marks(text: str) -> Iterator[str]:
    return (line.partition(MARK)[2] for line in text.splitlines() if MARK in line)


def _files(everything: list[App], seed: int) -> Iterator[tuple[str, str]]:
    yield "pyproject.toml", '[project]\nname = "generated"\nversion = "1"\ndependencies = ["django>=5.2,<5.3"]\n'
    yield "manage.py", _MANAGE
    yield "config/__init__.py", ""
    installed = "".join(f'    "{app.name}",\n' for app in everything)
    yield "config/settings.py", _SETTINGS.replace("@APPS", installed)
    routes = "".join(f'    path("{app.name}/", include("{app.name}.urls")),\n' for app in everything)
    yield "config/urls.py", f"from django.urls import include, path\n\nurlpatterns = [\n{routes}]\n"
    yield "shared/__init__.py", ""
    yield "shared/models.py", data.BASE
    yield "shared/client.py", deletes.CLIENT
    yield "shared/batches.py", deletes.BATCHES
    yield "accounts/__init__.py", ""
    yield "accounts/models.py", data.ACCOUNTS
    for app in everything:
        for name, text in _app(app, Random(f"{seed}/{app.name}")):
            yield f"{app.name}/{name}.py", text


def _app(app: App, random: Random) -> Iterator[tuple[str, str]]:
    for package in ("", "views/", "management/", "management/commands/", "tests/"):
        yield f"{package}__init__", ""
    yield "apps", deletes.config(app)
    yield "models", data.models(app, random)
    yield "integration", deletes.integration(app)
    yield "tasks", deletes.tasks(app)
    if (signals := deletes.signals(app)) is not None:
        yield "signals", signals
    for name, text in deletes.commands(app).items():
        yield f"management/commands/{name}", text
    for model in surface.page_models(app):
        yield f"views/{model.lower()}", surface.views(app, model)
    yield "forms", surface.forms(app)
    yield "serializers", surface.serializers(app)
    yield "admin", surface.admin(app)
    yield "urls", surface.urls(app)
    for stem, names in bulk.modules(app, random).items():
        yield stem, bulk.module(app, stem, names, random)
        yield f"tests/test_{stem}", bulk.tests(app, stem, names, random)
    for name, text in data.migrations(app, random):
        yield f"migrations/{name}", text


_MANAGE = """import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    execute_from_command_line(sys.argv)
"""

_SETTINGS = """SECRET_KEY = "generated"
GATEWAY_URL = "gateway"
ROOT_URLCONF = "config.urls"
AUTH_USER_MODEL = "accounts.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "accounts",
@APPS]
"""
