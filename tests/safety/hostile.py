"""A Django project whose names, strings, comments and settings are made to be taken for something else: by a terminal,
a CI service's log, XML, HTML, Markdown. Nothing in it is wrong for Python or for Django."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.output.reports import NASTY_NAMES

#: What does harm if it comes out as it is.
CONTROL = "red\x1b[31m title\x1b]0;x\x07 c1\x9b2J back\x08 del\x7f"
TURNED = "turned\u202egnp.exe \u2066isolated\u2069 \u200f\u061c"
BROKEN = "line\n::error::second\r::set-output name=a::b\u2028::third\x85::fourth"
COMMANDS = "::add-mask::x ##[group]y ##vso[task.setvariable variable=a]b ::error file=x::y"
MARKUP = "<script>alert(1)</script> [x](javascript:y) ![i](http://x/y) @team ]]> &amp; `z` </details>"
EVERYTHING = f"{CONTROL} | {TURNED} | {BROKEN} | {COMMANDS} | {MARKUP}"
#: A name of a file or folder cannot hold a slash.
IN_A_NAME = EVERYTHING.replace("/", "_")[:80]

_MODELS = f"""\
import requests
from django.contrib.contenttypes.fields import GenericForeignKey, GenericRelation
from django.db import models
from django.db.models.signals import post_delete, pre_delete
from django.dispatch import receiver

TEXT = {EVERYTHING!r}


class Label(models.Model):
    content_type = models.ForeignKey("contenttypes.ContentType", models.CASCADE)
    object_id = models.PositiveIntegerField()
    about = GenericForeignKey()

    class Meta:
        db_table = TEXT
        verbose_name = {EVERYTHING!r}


class 日本(models.Model):
    payload = models.JSONField(db_column=TEXT, help_text={EVERYTHING!r}, default=dict)
    labels = GenericRelation(Label)

    class Meta:
        db_table = {EVERYTHING!r}
        app_label = "nasty"


class Ж(models.Model):
    to = models.ForeignKey(日本, models.CASCADE, related_name="+", db_column={COMMANDS!r})
    text = models.TextField()

    class Meta:
        app_label = "nasty"
        db_table = {MARKUP!r}


def push(instance):
    requests.post(f"{{TEXT}}::error::", json={{"##[group]": {CONTROL!r}}})  # {COMMANDS} {MARKUP} \x1b[31m \u202e


@receiver([post_delete, pre_delete], sender=日本, dispatch_uid={EVERYTHING!r})
def on_delete(sender, instance, **kwargs):  # delete-lint: ignore[dead_receiver] {COMMANDS} {MARKUP} \x1b[31m
    push(instance)


@receiver(post_delete, dispatch_uid={COMMANDS!r})
def everything(sender, instance, **kwargs):  # delete-lint: ignore[::add-mask::x, \x1b[31mred, <b>]
    getattr(instance, {EVERYTHING!r}).delete()


post_delete.connect(lambda **kwargs: {EVERYTHING!r}, sender={COMMANDS!r})


def clear(x):
    日本.objects.all().delete()  # ::error:: ##[group] \x1b[31m \u202e <b>
    for each in 日本.objects.filter(payload={EVERYTHING!r}):
        each.delete()
    Ж.objects.filter(text__contains={EVERYTHING!r})[:5]._raw_delete("default"); {CONTROL!r}
    日本.objects.filter(pk=1).delete()  # delete-lint: ignore[unbatched_cascade] {EVERYTHING.splitlines()[0]}
"""
_SETTINGS = f"""\
INSTALLED_APPS = ["nasty", {EVERYTHING!r}]
DATABASES = {{"default": {{"ENGINE": "django.db.backends.mysql", "NAME": {EVERYTHING!r}}}}}
"""
_BROKEN = f"""\
def f(:  # {COMMANDS} \x1b[31m
    {EVERYTHING.splitlines()[0]}
"""

_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_LOG_COMMAND = re.compile(r"##\w*\[")


def hostile_project(folder: Path) -> Path:
    """Makes the project in a folder."""
    app = folder / "nasty"
    app.mkdir(parents=True)
    (app / "__init__.py").touch()
    (app / "models.py").write_text(_MODELS, encoding="utf-8")
    (app / "broken.py").write_text(_BROKEN, encoding="utf-8")
    (folder / "settings.py").write_text(_SETTINGS, encoding="utf-8")
    (folder / "requirements.txt").write_text(f"django~=5.2 # {COMMANDS}\x1b[31m <b>\n", encoding="utf-8")
    for name in (*NASTY_NAMES, os.fsencode(f"{IN_A_NAME}.py")):
        (folder / os.fsdecode(name)).write_text(_MODELS, encoding="utf-8")
    inside = folder / os.fsdecode(IN_A_NAME.encode())
    inside.mkdir()
    (inside / "tasks.py").write_text("from nasty.models import 日本\n\n\ndef f():\n    日本.objects.all().delete()\n")
    return folder


def harm(text: str, *, commands: Iterable[str] = ()) -> Iterator[str]:
    """The lines of an output that do more than to be read. ``commands`` are how those lines start that are commands on
    purpose."""
    own = tuple(commands)
    for line in text.split("\n"):
        if _CONTROLS.search(line) or _LOG_COMMAND.search(line):
            yield line
        elif line.lstrip().startswith("::") and not (own and line.startswith(own)):
            yield line
