"""A project with one error in it, and the command line run on it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from delete_lint.cli import run

MODELS = """\
from django.db import models


class Order(models.Model):
    number = models.CharField(max_length=20)
"""
SIGNALS = """\
from django.db.models.signals import post_delete
from django.dispatch import receiver


@receiver(post_delete)
def audit(sender, instance, **kwargs):
    print(instance.pk)
"""


@dataclass(frozen=True)
class Done:
    """What a command left behind."""

    status: int
    stdout: str
    stderr: str

    @property
    def document(self) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self.stdout)
        return answer

    @property
    def found(self) -> list[tuple[str, int, str, str]]:
        """File, line, rule and severity of each finding of a JSON report."""
        return [(each["file"], each["line"], each["rule"], each["severity"]) for each in self.document["findings"]]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder: a project in which a receiver hears every model."""
    folder = tmp_path / "project"
    (folder / "shop").mkdir(parents=True)
    (folder / "shop" / "__init__.py").touch()
    (folder / "shop" / "models.py").write_text(MODELS)
    (folder / "shop" / "signals.py").write_text(SIGNALS)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("NO_COLOR", "1")
    return folder


@pytest.fixture
def lint(capsys: pytest.CaptureFixture[str]) -> Callable[..., Done]:
    """Runs a command line in this process."""

    def command(*arguments: str) -> Done:
        status = run(arguments)
        captured = capsys.readouterr()
        return Done(status, captured.out, captured.err)

    return command
