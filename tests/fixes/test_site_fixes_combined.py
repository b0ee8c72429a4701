"""Whatever methods a queryset goes through, in whatever order: a fix leaves the rows that the code before it left."""

from __future__ import annotations

import ast
import random
import re
from itertools import product
from pathlib import Path

from tests.fixes.site_projects import apply, findings, functions, project, run

MODELS = """
from django.db import models


class Author(models.Model):
    name = models.CharField(max_length=20)


class Tag(models.Model):
    name = models.CharField(max_length=20)


class Book(models.Model):
    author = models.ForeignKey(Author, on_delete=models.CASCADE, related_name="books")
    kind = models.CharField(max_length=20)
    text = models.TextField()
    tags = models.ManyToManyField(Tag)


class Page(models.Model):
    book = models.ForeignKey(Book, on_delete=models.CASCADE)
"""

FILL = """
from shop.models import *


def fill():
    a, b = Author.objects.create(name="a"), Author.objects.create(name="b")
    tags = [Tag.objects.create(name=name) for name in "abc"]
    for author, kind in ((a, "poem"), (a, "novel"), (b, "poem"), (b, "play")):
        book = Book.objects.create(author=author, kind=kind, text="t")
        book.tags.set(tags[: len(kind) - 3])
        Page.objects.create(book=book)
"""

HEAD = "from django.db.models import Count\nfrom shop.models import *\n\n\n"

ROOTS = ("Book.objects", 'Author.objects.get(name="a").books', 'Author.objects.get(name="a").books.all()')
STEPS = (
    ".all()",
    '.filter(kind="poem")',
    '.filter(tags__name__in=["a", "b"])',
    '.exclude(kind="poem")',
    '.order_by("-kind")',
    ".reverse()",
    ".distinct()",
    '.distinct("kind")',
    '.values("pk")',
    '.only("kind")',
    '.defer("text")',
    '.select_related("author")',
    '.prefetch_related("tags")',
    '.annotate(n=Count("tags"))',
    ".filter(pk__gt=1)[:2]",
    "[1:]",
    ".none()",
    '.union(Book.objects.filter(kind="play"))',
    ".select_for_update()",
    '.using("default")',
    ".iterator()",
)
LOOPS = {
    "inline": "    for book in {root}{steps}{last}:\n        book.delete()\n",
    "listed": "    for book in list({root}{steps}{last}):\n        book.delete()\n",
    "named": "    books = {root}{steps}\n    for book in books{last}:\n        book.delete()\n",
    "twice": "    books = {root}{steps}\n    if books.exists():\n        books = books{last}\n"
    "    for book in books:\n        book.delete()\n",
}
DELETES = {
    "inline": "    {root}{steps}{last}.delete()\n",
    "named": "    books = {root}{steps}\n    books{last}.delete()\n",
}
RAW = {
    "inline": '    return {root}{steps}{last}._raw_delete("default")\n',
    "named": '    books = {root}{steps}\n    return books{last}._raw_delete("default")\n',
}


def written(templates: dict[str, str], count: int) -> str:
    """So many functions, the same ones in every run."""
    shapes = sorted(product(templates, ROOTS, STEPS, STEPS, STEPS))
    parts: list[str] = []
    for number, (template, root, *steps, last) in enumerate(random.Random(count).sample(shapes, count)):
        body = templates[template].format(root=root, steps="".join(steps), last=last)
        parts.append(f"def of_{template}_{number}():\n{body}")
    return HEAD + "\n\n".join(parts)


def fixed(folder: Path, rule: str, code: str) -> list[str]:
    """The names of the functions that were fixed in ``shop/tasks.py``; ``shop/old.py`` is what they were."""
    project(folder, {"shop/models.py": MODELS, "shop/fill.py": FILL, "shop/tasks.py": code})
    apply(folder, findings(folder, rule))
    (folder / "shop/old.py").write_text(code)
    after = functions((folder / "shop/tasks.py").read_text())
    return [name for name, text in functions(code).items() if after[name] != text]


def test_a_fixed_loop_deletes_what_the_loop_did(tmp_path: Path) -> None:
    names = fixed(tmp_path, "delete_in_loop", written(LOOPS, 220))
    old, new = run(tmp_path, "shop.old", names), run(tmp_path, "shop.tasks", names)
    works = [name for name in names if old[name].outcome == "None"]
    assert len(works) > 12
    for name in works:
        assert new[name].left == old[name].left, name
        assert new[name].outcome == "None", name


def test_a_narrowed_delete_deletes_what_it_did_with_no_statement_more(tmp_path: Path) -> None:
    # Before Django 6.1 half of the roots, related managers, get no fix.
    names = fixed(tmp_path, "wide_rows_fetched", written(DELETES, 130))
    old, new = run(tmp_path, "shop.old", names), run(tmp_path, "shop.tasks", names)
    assert new == old
    assert sum(each.outcome == "None" for each in new.values()) > 3


def test_a_fixed_raw_delete_deletes_the_rows_of_its_queryset_and_no_other(tmp_path: Path) -> None:
    code = written(RAW, 140)
    names = fixed(tmp_path, "raw_delete_ignores_slice", code)
    # What the queryset stands for: its rows themselves, or what `values("pk")` gives of them.
    rows = re.sub(
        r"return (.*)\._raw_delete.*",
        r'return sorted({row["pk"] if isinstance(row, dict) else row.pk for row in \1})',
        code,
    )
    (tmp_path / "shop/rows.py").write_text(rows)
    # Without the pages, a raw delete leaves nothing behind that the database would miss.
    (tmp_path / "shop/fill.py").write_text(FILL.replace("Page.objects.create(book=book)", "book.tags.clear()"))
    meant, new = run(tmp_path, "shop.rows", names), run(tmp_path, "shop.tasks", names)
    works = [name for name in names if meant[name].outcome.startswith("[")]
    assert len(works) > 6
    for name in works:
        left = [int(key) for key in new[name].left["shop_book"]]
        assert left == sorted({1, 2, 3, 4} - set(ast.literal_eval(meant[name].outcome))), name
