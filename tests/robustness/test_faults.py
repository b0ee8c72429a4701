"""Every input that delete-lint was once at fault for, and what it did. A row stays for good."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from benchmarks.fuzz.trial import SECONDS, faults_within

_DJANGO = "from django.db import models\nfrom django.db.models.signals import post_delete\n"


@dataclass(frozen=True, slots=True)
class Row:
    """What was found by which means, what happened, and the smallest input that shows it."""

    found_by: str
    happened: str
    files: dict[str, str]


FAULTS: dict[str, Row] = {
    "an attribute of a class that is made of itself": Row(
        "mutated files",
        "RecursionError while reading",
        {
            "shop/models.py": _DJANGO
            + "class A(models.Model):\n    x = A.x\n    y = A.z\n    z = A.y\n\n\nA.y.delete()\n"
        },
    ),
    "an encoding that knows no replacements": Row(
        "mutated files",
        "UnicodeError while telling where the file is not in it",
        {"shop/models.py": "# coding: idna\nx = '\u00e9'\n"},
    ),
    "super() in a list in a class": Row(
        "generated code",
        "SystemError from Python's own compiler, let through while fixing",
        {
            "shop/models.py": _DJANGO
            + "class A(models.Model):\n    x = [super().y for z in ()]\n\n\ndef f():\n"
            + "    for a in A.objects.all():  # delete-lint: ignore[nothing]\n        a.delete()\n"
        },
    ),
    "a long name in front of connect": Row(
        "mutated files",
        "time that grew with the square of its length",
        {"shop/signals.py": _DJANGO + "def f():\n    " + "a" * 60_000 + ".connection\n    x.connect(f)\n"},
    ),
    "many loops on a line that connects": Row(
        "hostile files",
        "time that grew with the square of their number",
        {"shop/signals.py": _DJANGO + "def f():\n    " + "for a " * 20_000 + "post_delete.connect(f)\n"},
    ),
    "many classes whose bases are never closed": Row(
        "hostile files",
        "time that grew with the square of their number",
        {"shop/models.py": _DJANGO + "class A(\n" * 12_000},
    ),
    "many suppressions on a line": Row(
        "hostile files",
        "time that grew with the square of their number",
        {"shop/models.py": _DJANGO + "x = 1  " + "# delete-lint: ignore " * 2_000 + "\n"},
    ),
    "a suppression in each of many lines": Row(
        "hostile files",
        "time that grew with the square of their number",
        {"shop/models.py": _DJANGO + "x = 1  # delete-lint: ignore\n" * 2_000},
    ),
    "a line of backslashes": Row(
        "hostile files",
        "a mistake was kept for each of them, a hundred bytes for one",
        {"shop/models.py": _DJANGO + "\\" * 300_000},
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_what_once_went_wrong_does_not_again(name: str, tmp_path: Path) -> None:
    files = {file: text.encode() for file, text in FAULTS[name].files.items()}
    found = faults_within(files, tmp_path, seconds=2 * SECONDS, thorough=len(str(files)) < 10_000)
    assert [fault.where for fault in found] == [], found[0].message
