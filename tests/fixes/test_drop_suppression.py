"""Suppressions that suppress nothing go, and everything else on their lines stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fixes.harness import fixed, project, unfixable

LINES = {
    "x = 1  # delete-lint: ignore[unfiltered_delete] old": "x = 1",
    "x = 1  # delete-lint: ignore": "x = 1",
    "x = 1  # delete-lint: ignore[]": "x = 1",
    "x = 1  # noqa: F841  # delete-lint: ignore[unfiltered_delete] old": "x = 1  # noqa: F841",
    "x = 1  # delete-lint: ignore[unfiltered_delete] old  # noqa: F841": "x = 1  # noqa: F841",
    "x = 1  # why  # delete-lint: ignore[unfiltered_delete]  # noqa": "x = 1  # why  # noqa",
    "    # delete-lint: ignore[unfiltered_delete] old": None,
    "# delete-lint: ignore-file[unfiltered_delete] old": None,
    "x = 1  # delete-lint: ignore[no_such_rule]": "x = 1",
    "x = 1  # delete-lint: ignore[delete_in_loop, no_such_rule] old": "x = 1",
    'x = "# delete-lint: ignore[delete_in_loop]"  # delete-lint: ignore[delete_in_loop]': (
        'x = "# delete-lint: ignore[delete_in_loop]"'
    ),
    "x = [  # delete-lint: ignore[delete_in_loop]\n    1,  # one\n]": "x = [\n    1,  # one\n]",
    "x = 1  # delete-lint: ignore[delete_in_loop]  # delete-lint: ignore[unfiltered_delete]": "x = 1",
    "\tx = 1\t# delete-lint: ignore[delete_in_loop] \t": "\tx = 1",
}


@pytest.mark.parametrize(("line", "left"), LINES.items())
def test_the_comment_goes_and_the_rest_stays(line: str, left: str | None, tmp_path: Path) -> None:
    before, after = "def f():\n    # first\n", "    # last\n    return 2\n"
    indent = "" if line.startswith((" ", "\t")) else "    "
    if "\t" in line:
        before, after = before.replace("    ", "\t"), after.replace("    ", "\t")
    body = "".join(f"{indent}{each}\n" for each in line.split("\n"))
    rest = "" if left is None else "".join(f"{indent}{each}\n" for each in left.split("\n"))
    result = fixed(tmp_path, "unused_suppression", {"a.py": before + body + after, "models.py": MODELS}, "a.py")
    assert result == before + rest + after


MODELS = """
from django.db import models
from django.db.models.signals import post_delete
from django.dispatch import receiver

class Order(models.Model):
    note = models.TextField()


@receiver(post_delete, sender=Order)
def forget(sender, instance, **kwargs):
    print(instance.note)


def clear():
    Order.objects.all().delete()  # delete-lint: ignore[unfiltered_delete]
"""

USED = {
    "ignore[unfiltered_delete, delete_in_loop] why": "ignore[unfiltered_delete] why",
    "ignore[delete_in_loop,unfiltered_delete] why": "ignore[unfiltered_delete] why",
    "ignore[ delete_in_loop ,no_such_rule,  unfiltered_delete ]": "ignore[unfiltered_delete]",
    "ignore[delete_in_loop, unfiltered_delete, no_such_rule]": "ignore[unfiltered_delete]",
}


@pytest.mark.parametrize(("written", "left"), USED.items())
def test_a_rule_that_is_of_use_stays_in_its_brackets(written: str, left: str, tmp_path: Path) -> None:
    models = MODELS.replace("ignore[unfiltered_delete]", written)
    result = fixed(tmp_path, "unused_suppression", {"models.py": models}, "models.py")
    assert result == MODELS.lstrip("\n").replace("ignore[unfiltered_delete]", left)


def test_removing_is_safe(tmp_path: Path) -> None:
    small = project(tmp_path, {"models.py": MODELS, "a.py": "x = 1  # delete-lint: ignore\n"})
    assert [finding.fixable for finding in small.findings("unused_suppression")] == ["safe"]
    small.fix(unsafe=False)
    assert small.read("a.py") == "x = 1\n"


def test_what_is_not_understood_is_left_to_its_author(tmp_path: Path) -> None:
    files = {"models.py": MODELS, "a.py": "x = 1  # delete-lint: ignored[delete_in_loop]\n"}
    unfixable(tmp_path, "unused_suppression", files)


def test_the_last_comment_of_a_file_goes_with_or_without_a_line_end(tmp_path: Path) -> None:
    files = {"models.py": MODELS, "a.py": "x = 1\n# delete-lint: ignore", "b.py": "# delete-lint: ignore"}
    small = project(tmp_path, files)
    small.fix()
    assert (small.read("a.py"), small.read("b.py")) == ("x = 1\n", "")
