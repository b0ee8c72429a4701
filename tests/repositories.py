"""Git repositories with a small Django project, made for a test."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

#: Whoever runs the tests may have settings of their own, and may run them from a hook.
ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "PRE_COMMIT"))},
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "A",
    "GIT_AUTHOR_EMAIL": "a@example.org",
    "GIT_AUTHOR_DATE": "2026-01-01T00:00:00Z",
    "GIT_COMMITTER_NAME": "A",
    "GIT_COMMITTER_EMAIL": "a@example.org",
    "GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z",
}

#: Deleting customers and lines is fine here. One finding stands in `shop.models` all the same: because of the receiver
#: lines cannot be deleted fast.
SHOP = {
    "manage.py": "",
    "shop/__init__.py": "",
    "shop/models.py": """\
from django.db import models


class Customer(models.Model):
    pass


class Order(models.Model):
    customer = models.ForeignKey(Customer, models.CASCADE)


class Line(models.Model):
    order = models.ForeignKey(Order, models.CASCADE)
""",
    "shop/tasks.py": """\
from shop.models import Customer


def forget(when):
    Customer.objects.filter(left__lt=when).delete()
""",
    "shop/search.py": """\
def forget(pk):
    return pk
""",
    "shop/signals.py": """\
from django.db.models.signals import post_delete
from django.dispatch import receiver

from shop import search
from shop.models import Line


@receiver(post_delete, sender=Line)
def line_deleted(sender, instance, **kwargs):
    search.forget(instance.pk)
""",
}
#: What is found in it.
OLD = ("shop/models.py", "receiver_defeats_fast_delete")

#: Makes the cascade below Customer one level deeper, and so the delete in `shop.tasks` one to split up.
PART = """

class Part(models.Model):
    line = models.ForeignKey(Line, models.CASCADE)
"""
DEEPER = ("shop/tasks.py", "unbatched_cascade")

#: Makes the receiver in `shop.signals` block.
NETWORK = """\
import requests


def forget(pk):
    requests.post("http://search", pk)
"""
BLOCKING = ("shop/signals.py", "blocking_receiver")

#: A finding that stands where it is made.
LOOP = """

def forget_one_by_one(when):
    for customer in Customer.objects.filter(left__lt=when):
        customer.delete()
"""
IN_LOOP = ("shop/tasks.py", "delete_in_loop")


@dataclass(frozen=True)
class Work:
    """The work tree of a repository."""

    folder: Path
    environment: dict[str, str] = field(default_factory=lambda: dict(ENVIRONMENT))

    def git(self, *arguments: str, check: bool = True) -> str:
        done = subprocess.run(
            ["git", *arguments], cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0 or not check, f"git {arguments}: {done.stderr}"
        return done.stdout + done.stderr

    def write(self, files: dict[str, str]) -> None:
        for name, text in files.items():
            file = self.folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")

    def append(self, name: str, text: str) -> None:
        with (self.folder / name).open("a", encoding="utf-8") as file:
            file.write(text)

    def commit(self, *paths: str) -> str:
        """Commits these paths, all without any, and returns the commit's id."""
        self.git("add", "-A", "--", *paths)
        self.git("commit", "-q", "--no-verify", "-m", "A change")
        return self.git("rev-parse", "HEAD").strip()


def repository(folder: Path, files: dict[str, str] | None = None) -> Work:
    """One on the branch ``main`` with these files committed, or with none and no commit."""
    folder.mkdir(parents=True, exist_ok=True)
    work = Work(folder)
    work.git("init", "-q", "-b", "main")
    if files:
        work.write(files)
        work.commit()
    return work


def loop(name: str = "one_by_one") -> str:
    """A module with a delete in a loop and nothing else."""
    return "from shop.models import Customer\n" + LOOP.replace("one_by_one", name)
