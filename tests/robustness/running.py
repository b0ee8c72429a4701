"""delete-lint as a process in bad surroundings, and what may be said of how it ended."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any

from tests.command import ROOT

#: What no input and no surroundings may bring about.
UNWANTED = ("Traceback", "internal error", "Exception ignored", "mistake in delete-lint", "Fatal Python error")
MODELS = """\
from django.db import models


class Order(models.Model):
    number = models.CharField(max_length=20)
    note = models.TextField()


class Line(models.Model):
    order = models.ForeignKey(Order, models.CASCADE)


class Part(models.Model):
    line = models.ForeignKey(Line, models.CASCADE)
    text = models.TextField()
"""
SIGNALS = """\
from django.db.models.signals import post_delete
from django.dispatch import receiver

from shop.models import Order, Part
from shop.tasks import forget


@receiver(post_delete, sender=Part)
def log(sender, instance, **kwargs):
    print(instance.pk)


@receiver(post_delete, sender=Order)
def told(sender, instance, **kwargs):
    forget.delay(instance.pk)


def purge():
    for order in Order.objects.filter(number=""):
        order.delete()
"""
TASKS = """\
from celery import shared_task


@shared_task
def forget(pk):
    pass
"""


#: What is imported must be there already: Python and the tree under test may lie where nobody may look.
_AS_NOBODY = """
import importlib, importlib.metadata, importlib.resources, os, pkgutil, sys
import delete_lint, delete_lint_rules, encodings.idna, libcst.matchers, libcst.metadata, subprocess
aside = ("runtime", "management", "apps", "check", "testing", "watch", "main")
for package in (delete_lint, delete_lint_rules):
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if not any(word in module.name for word in aside):
            importlib.import_module(module.name)
import delete_lint.commands.check, delete_lint.cli
from delete_lint.rule import load_rules
load_rules()
os.setgroups([]); os.setgid(65534); os.setuid(65534)
sys.argv[0] = "delete-lint"
delete_lint.cli.main()
"""


def shop(folder: Path) -> Path:
    """A project with findings of which some can be fixed."""
    app = folder / "shop"
    app.mkdir(parents=True)
    (app / "__init__.py").touch()
    (app / "models.py").write_text(MODELS)
    (app / "signals.py").write_text(SIGNALS)
    (app / "tasks.py").write_text(TASKS)
    return folder


def environment(**changes: str | None) -> dict[str, str]:
    """That of this process with the tree under test on the path; None takes a variable away."""
    path = os.pathsep.join([str(ROOT), str(ROOT / "rules")])
    found = {**os.environ, "PYTHONPATH": path, "NO_COLOR": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    for name in ("DELETE_LINT_DEBUG", "DELETE_LINT_NO_CACHE", "DELETE_LINT_CACHE_DIR"):
        found.pop(name, None)
    for name, value in changes.items():
        if value is None:
            found.pop(name, None)
        else:
            found[name] = value
    return found


def run(
    *arguments: str | bytes,
    folder: Path,
    changes: Mapping[str, str | None] | None = None,
    first: Callable[[], None] | None = None,
    stdout: int | IO[Any] = subprocess.PIPE,
    seconds: float = 120,
    nobody: bool = False,
) -> subprocess.CompletedProcess[str]:
    """Runs a command line in a folder; ``first`` is done in the process before it starts. With ``nobody`` by a user who
    may do nothing that not everybody may."""
    program = ["-c", _AS_NOBODY] if nobody else ["-m", "delete_lint"]
    return subprocess.run(
        [sys.executable, *program, *arguments],
        cwd=folder,
        env=environment(**(changes or {})),
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="backslashreplace",
        preexec_fn=first,
        timeout=seconds,
        check=False,
    )


def assert_sound(done: subprocess.CompletedProcess[str], *statuses: int) -> None:
    """It ended with an answer, or said in words why there is none."""
    said = f"{done.stdout}{done.stderr}"
    for unwanted in UNWANTED:
        assert unwanted not in said, said[-3000:]
    assert done.returncode in (statuses or (0, 1, 2)), (done.returncode, said[-3000:])


def limited(memory: int) -> Callable[[], None]:
    """For a process that may take so many bytes."""
    return lambda: resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
