"""Suppressions for all that was found: the tree is green afterwards, and stays so when it is formatted."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from delete_lint.add_ignores import ReasonError, ignores_for
from delete_lint.findings import Finding
from delete_lint.fixes.apply import write_fixes
from delete_lint.graph.place import Place
from delete_lint.report import Report
from tests.small_shop import FILES, run, write

REASON = "known since 2019 (DEL-1)"


def suppress(folder: Path, reason: str = REASON) -> Report:
    """Suppresses everything and runs again."""
    before = {path: ast.dump(ast.parse(path.read_bytes())) for path in folder.rglob("*.py")}
    report = run(folder)
    applied = write_fixes(ignores_for(report, reason), report, folder)
    assert not applied.problems
    assert before == {path: ast.dump(ast.parse(path.read_bytes())) for path in folder.rglob("*.py")}
    report = run(folder)
    assert not ignores_for(report, reason)
    return report


FORMATTERS = {"ruff": ("ruff", "format", "--isolated"), "black": ("black", "--config", os.devnull)}


def reformat(folder: Path, length: int, formatter: str = "ruff") -> None:
    command = [sys.executable, "-m", *FORMATTERS[formatter], "--quiet", "--line-length", str(length), "."]
    subprocess.run(command, cwd=folder, check=True)


def lines(folder: Path, name: str = "shop/tasks.py") -> list[str]:
    return [line for line in (folder / name).read_text(encoding="utf-8").splitlines() if "delete-lint" in line]


def test_a_tree_becomes_green_in_one_step_and_stays_so(tmp_path: Path) -> None:
    write(tmp_path)
    found = len(run(tmp_path).findings)
    assert found > 5
    report = suppress(tmp_path)
    assert (report.findings, len(report.suppressed)) == ((), found)
    assert {each.reason for each in report.suppressed} == {REASON}
    for length in (30, 300, 88):
        reformat(tmp_path, length)
        report = run(tmp_path)
        assert (report.findings, len(report.suppressed)) == ((), found)
    assert (
        "    Customer.objects.all().delete()  # delete-lint: ignore[unbatched_cascade, unfiltered_delete] " + REASON
        in ((tmp_path / "shop/tasks.py").read_text().splitlines())
    )


HEAD = """\
from django.db.models.signals import post_delete
from django.dispatch import receiver
from shop.models import Customer, Order
import time


"""

#: Code of many shapes with something to find in it, and where comments have a hard time.
SHAPES = {
    "plain": "def f():\n    Customer.objects.all().delete()\n",
    "result": "def f():\n    count, _ = Customer.objects.all().delete()\n    return count\n",
    "returned": "def f():\n    return Customer.objects.filter().exclude(name='Jane').order_by('pk').delete()\n",
    "item": "def f():\n    return Customer.objects.filter(name='Jane').exclude(name='John').delete()[0]\n",
    "bare": "def f(everybody=Customer.objects):\n    Customer.objects.delete_all = Customer.objects.all().delete()\n",
    "awaited": "async def f():\n    await Customer.objects.filter(name__startswith='J').exclude(name='J').adelete()\n",
    "brackets": "def f():\n    (\n        Customer.objects\n        .all()  # all of them\n        .delete()\n    )\n",
    "open": "def f():\n    x = (  # why\n        Customer.objects.all().delete()\n    )\n    return x\n",
    "backslash": "def f():\n    Customer.objects \\\n        .all() \\\n        .delete()\n",
    "string": (
        'def f():\n    return """\n    # text\n    """, Customer.objects.all().delete(), """\n'
        '    more # text\n    """\n'
    ),
    "other comment": "def f():\n    Customer.objects.all().delete()  # noqa: DJ001\n",
    "typed": "def f():\n    x = Customer.objects.all().delete()  # type: ignore[no-untyped-call]\n    return x\n",
    "condition": (
        "def f(a):\n    if Customer.objects.all().delete()[0] and a.something_or_other and not a.is_empty:\n"
        "        pass\n"
    ),
    "loop": "def f():\n    for a in Customer.objects.all(): a.delete()\n",
    "one line": "def f(): Customer.objects.all().delete()\n",
    "semicolon": "def f():\n    Customer.objects.all().delete(); print(1)\n",
    "last semicolon": "def f():\n    print(1); Customer.objects.all().delete();\n",
    "header": "def f(a):\n    if Customer.objects.all().delete(): a.done()\n",
    "body": "def f(a):\n    if a[1:2] and (lambda x: x)(a): Customer.objects.all().delete()\n",
    "lambda": "def f(a):\n    return a.map(lambda key: Customer.objects.all().delete(), ['a', 'b', 'c', 'd'])\n",
    "arguments": "def f():\n    print('deleting all, one after the other', Customer.objects.all().delete(), 'done')\n",
    "assertion": "def f():\n    assert Customer.objects.all().delete(), 'a message that is rather long, and wraps'\n",
    "module": "Customer.objects.all().delete()\n",
    "no line end": "def f():\n    Customer.objects.all().delete()",
    "comprehension": "def f():\n    return [c.delete() for c in Customer.objects.filter(name='x') if c.name and c]\n",
    "receiver": "@receiver(post_delete, sender=Customer)\ndef f(instance, **kwargs):\n    time.sleep(1)\n",
    "long receiver": (
        "@receiver(\n    post_delete,\n    sender=Customer,\n)\ndef f(\n    instance,  # the row\n    **kwargs,\n):\n"
        "    time.sleep(1)\n"
    ),
    "receiver on one line": "@receiver(post_delete, sender=Customer)\ndef f(instance, **kwargs): time.sleep(1)\n",
    "connected on one line": "def f(instance, **kwargs): time.sleep(1)\n\npost_delete.connect(f, sender=Customer)\n",
    "annotated": (
        "@receiver(post_delete, sender=Customer)\ndef f(instance: 'Customer', **kwargs: 'dict[str, int]') -> None:\n"
        "    time.sleep(1)\n"
    ),
    "method": (
        "class Handler:\n    @staticmethod\n    @receiver(post_delete, sender=Customer)\n    # about it\n"
        "    def f(instance, using=None, origin=None, **kwargs):\n        time.sleep(1)\n"
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shapes")
    modules = {f"shop/{name.replace(' ', '_')}.py": HEAD + code for name, code in SHAPES.items()}
    write(folder, {**FILES, **modules})
    report = suppress(folder)
    assert not report.findings
    assert modules.keys() <= {each.finding.place.file for each in report.suppressed}
    return folder


@pytest.mark.parametrize("formatter", FORMATTERS)
def test_comments_go_where_formatters_leave_them(shapes: Path, tmp_path: Path, formatter: str) -> None:
    folder = shutil.copytree(shapes, tmp_path / "tree")
    before = Counter(each.finding.place.file for each in run(folder).suppressed)
    for length in (20, 40, 60, 79, 120, 300):
        reformat(folder, length, formatter)
        report = run(folder)
        assert not report.findings
        assert Counter(each.finding.place.file for each in report.suppressed) == before


@pytest.mark.parametrize("shape", ["semicolon", "last semicolon", "header", "connected on one line"])
def test_where_no_line_keeps_a_comment_the_file_gets_one(tmp_path: Path, shape: str) -> None:
    write(tmp_path, {**FILES, "shop/shapes.py": HEAD + SHAPES[shape]})
    suppress(tmp_path)
    first = (tmp_path / "shop/shapes.py").read_text().splitlines()[0]
    assert first.startswith("# delete-lint: ignore-file[")
    assert first.endswith(f"] {REASON}")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("#!/usr/bin/env python\n# -*- coding: latin-1 -*-\n# Licence\n\nimport x\n", 3),
        ("\n# coding: latin-1\nimport x\n", 2),
        ('"""Text\n# more\n"""\n', 0),
    ],
)
def test_a_comment_about_the_file_stands_below_its_encoding(tmp_path: Path, before: str, after: int) -> None:
    text = before.replace("import x\n", "") + HEAD + SHAPES["semicolon"] + "# \xe9\n"
    write(tmp_path)
    encoding = "latin-1" if "latin" in before else "utf-8"
    (tmp_path / "shop/shapes.py").write_bytes(text.replace("\n", "\r\n").encode(encoding))
    report = suppress(tmp_path)
    assert not report.findings
    written = (tmp_path / "shop/shapes.py").read_bytes().decode(encoding).split("\r\n")
    assert written[after].startswith("# delete-lint: ignore-file[")
    assert "\n" not in "".join(written)


@pytest.mark.parametrize(
    ("comment", "merged"),
    [
        (
            "# delete-lint: ignore[unfiltered_delete]",
            f"# delete-lint: ignore[unfiltered_delete, unbatched_cascade] {REASON}",
        ),
        (
            "# noqa: E1  # delete-lint: ignore[unfiltered_delete] it is small  # pragma: no cover",
            f"# noqa: E1  # delete-lint: ignore[unfiltered_delete, unbatched_cascade] it is small; {REASON}"
            "  # pragma: no cover",
        ),
        (
            f"# delete-lint: ignore[unfiltered_delete] {REASON}",
            f"# delete-lint: ignore[unfiltered_delete, unbatched_cascade] {REASON}",
        ),
        ("# delete-lint: ignore[]", f"# delete-lint: ignore[unbatched_cascade, unfiltered_delete] {REASON}"),
        ("# type: ignore", f"# type: ignore  # delete-lint: ignore[unbatched_cascade, unfiltered_delete] {REASON}"),
    ],
)  # fmt: skip
def test_comments_that_are_there_are_kept_and_added_to(tmp_path: Path, comment: str, merged: str) -> None:
    write(tmp_path)
    tasks = tmp_path / "shop/tasks.py"
    tasks.write_text(FILES["shop/tasks.py"].replace("all().delete()\n", f"all().delete()  {comment}  \n"))
    assert not suppress(tmp_path).findings
    written = next(line for line in tasks.read_text().splitlines() if "all().delete()" in line)
    assert written.rstrip() == f"    Customer.objects.all().delete()  {merged}"


def test_one_that_speaks_for_the_statement_or_the_file_is_added_to(tmp_path: Path) -> None:
    code = (
        "# delete-lint: ignore-file[delete_in_loop] rows are few\n"
        + HEAD
        + "def f():\n    x = (  # delete-lint: ignore[unfiltered_delete] small\n"
        "        Customer.objects.all().delete()\n    )\n    Customer.objects.all().delete(); return x\n"
        "def g():\n    for c in Customer.objects.all(): c.delete()\n"
    )
    write(tmp_path, {**FILES, "shop/tasks.py": "def reindex(): ...\n", "shop/shapes.py": code})
    assert not [each for each in suppress(tmp_path).findings if each.rule != "unused_suppression"]
    first, second = lines(tmp_path, "shop/shapes.py")[:2]
    assert first.startswith("# delete-lint: ignore-file[delete_in_loop, ")
    assert first.endswith(f"] rows are few; {REASON}")
    assert second == f"    x = (  # delete-lint: ignore[unfiltered_delete, unbatched_cascade] small; {REASON}"


def test_what_must_be_put_right_is_not_suppressed(tmp_path: Path) -> None:
    write(tmp_path, {**FILES, "shop/broken.py": "x = (\n", "shop/idle.py": "x = 1  # delete-lint: ignore\n"})
    report = run(tmp_path)
    fixes = ignores_for(report, REASON)
    assert {fix.file for fix in fixes} == {finding.place.file for finding in report.findings} - {
        "shop/broken.py",
        "shop/idle.py",
    }
    assert {fix.safety for fix in fixes} == {"safe"}


def test_what_stands_in_no_python_file_is_left(tmp_path: Path) -> None:
    report = run(write(tmp_path))
    finding = Finding(place=Place("counts.toml", 1), message="", help="", identity="").stamped("stale", "error")
    assert not ignores_for(Report(findings=(finding,), summary=report.summary, graph=report.graph), REASON)


@pytest.mark.parametrize("reason", ["", "  ", "see #12", "two\nlines", "a\x1b[0mb", "decoding: it is slow"])
def test_a_reason_that_would_break_the_comment_is_refused(tmp_path: Path, reason: str) -> None:
    with pytest.raises(ReasonError):
        ignores_for(run(write(tmp_path)), reason)
