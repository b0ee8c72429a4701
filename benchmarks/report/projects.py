"""Generated projects with so many models: apps of ten, with cascades, receivers and keys between them."""

from __future__ import annotations

from pathlib import Path
from random import Random

_PER_APP = 10

_SIGNALS = """\
import requests
from django.db.models.signals import post_delete
from django.dispatch import receiver

from {app}.models import {model}


@receiver(post_delete, sender={model})
def tell(sender, instance, **kwargs):
    requests.post("https://example.com/gone", json={{"pk": instance.pk}})
"""

_APPS = """\
from django.apps import AppConfig


class Config(AppConfig):
    name = "{app}"

    def ready(self):
        from {app} import signals
"""


def write(folder: Path, models: int, seed: int = 0) -> None:
    """Writes the project there. Within an app each model hangs on an earlier one, some on one of an earlier app."""
    random = Random(f"{models}/{seed}")
    before: list[tuple[str, str]] = []
    for number in range(-(-models // _PER_APP)):
        app = f"app{number:03}"
        names = [f"App{number:03}Model{index}" for index in range(min(_PER_APP, models - number * _PER_APP))]
        lines = ["from django.db import models", "", ""]
        for index, name in enumerate(names):
            lines += [f"class {name}(models.Model):", "    payload = models.JSONField(default=dict)"]
            if index:
                parent = names[max(0, index - random.randint(1, 3))]
                lines.append(f"    parent = models.ForeignKey({parent}, models.CASCADE)")
            if before and random.random() < 0.4:
                other_app, other = random.choice(before[-60:])
                handler = random.choice(("CASCADE", "CASCADE", "SET_NULL", "PROTECT"))
                null = ", null=True" if handler == "SET_NULL" else ""
                lines.append(f'    other = models.ForeignKey("{other_app}.{other}", models.{handler}{null})')
            lines += ["", ""]
        before += [(app, name) for name in names]
        files = {"__init__.py": "", "models.py": "\n".join(lines[:-1])}
        if number % 3 == 0:
            files["apps.py"] = _APPS.format(app=app)
            files["signals.py"] = _SIGNALS.format(app=app, model=names[-1])
        files["tasks.py"] = (
            f"from {app}.models import {names[0]}\n\n\ndef purge():\n    {names[0]}.objects.all().delete()\n"
        )
        for name, text in files.items():
            path = folder / app / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
