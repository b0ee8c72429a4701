"""Every fault that was found by these means, and how it is kept from coming back. A row stays for good."""

from __future__ import annotations

from dataclasses import dataclass

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
        "generated Django code",
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

#: Faults that take more than a few files to show, and the point at which each was found, whose tests keep it (those of
#: the system checks are in `tests/runtime`).
KEPT: dict[str, str] = {
    "ancestors of a model were gone through by recursion": "long chains",
    "models were taken in by recursion, each before its bases": "long chains",
    "modules that hand a name on were followed by recursion": "long chains",
    "names that are made of names were followed by recursion": "long chains",
    "local names were followed by recursion while fixing": "long chains",
    "libcst could not write down again what it had read": "long chains",
    "each of many fields that change together had a tree of its own": "long chains",
    "settings that are a pipe or endless were waited for": "pipes and the like for files",
    "a report into a pipe waited for a reader": "pipes and the like for files",
    "settings that are nested too deeply were an internal error": "pipes and the like for files",
    "an unreadable pyproject.toml was an internal error": "hostile surroundings",
    "a rule that ended the process ended the system checks": "rules, formats and files that fail",
    "receivers that cannot be read hid what the rules say in the system checks": "rules, formats and files that fail",
}


def found_at(point: str) -> int:
    """How many faults were found there so far."""
    return [*(row.found_by for row in FAULTS.values()), *KEPT.values()].count(point)
