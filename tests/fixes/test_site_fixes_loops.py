"""A loop that only deletes becomes one delete of its queryset, and the same rows are gone; every other loop stays."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from tests.fixes.site_projects import apply, findings, functions, project, run

MODELS = """
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models.signals import post_delete
from django.dispatch import receiver


class Author(models.Model):
    name = models.CharField(max_length=20)
    active = models.BooleanField(default=True)


class Book(models.Model):
    author = models.ForeignKey(Author, on_delete=models.CASCADE, related_name="books")
    kind = models.CharField(max_length=20)
    tags = models.ManyToManyField("Tag")


class Tag(models.Model):
    name = models.CharField(max_length=20)


class Page(models.Model):
    book = models.ForeignKey(Book, on_delete=models.CASCADE)
    number = models.IntegerField()


class Picture(models.Model):
    data = models.BinaryField()
    place = models.IntegerField()


class Mark(models.Model):
    picture = models.ForeignKey(Picture, on_delete=models.CASCADE)


class Country(models.Model):
    name = models.CharField(max_length=20)


class City(models.Model):
    country = models.ForeignKey(Country, on_delete=models.CASCADE)


class Street(models.Model):
    city = models.ForeignKey(City, on_delete=models.CASCADE)


class House(models.Model):
    street = models.ForeignKey(Street, on_delete=models.CASCADE)


class Invoice(models.Model):
    locked = models.BooleanField(default=False)

    def delete(self, *args, **kwargs):
        if not self.locked:
            return super().delete(*args, **kwargs)


class Document(models.Model):
    kind = models.CharField(max_length=20)


class Contract(Document):
    def delete(self, *args, **kwargs):
        return super().delete(*args, **kwargs)


class SoftQuerySet(models.QuerySet):
    def delete(self):
        return self.update(removed=True)


class SoftManager(models.Manager):
    def get_queryset(self):
        return SoftQuerySet(self.model, using=self._db)


class Note(models.Model):
    removed = models.BooleanField(default=False)
    objects = SoftManager()


class Node(models.Model):
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT)
    level = models.IntegerField()


class Shape(models.Model):
    polymorphic_ctype = models.ForeignKey(ContentType, on_delete=models.CASCADE)


class Draft(models.Model):
    kind = models.CharField(max_length=20)


@receiver(post_delete, sender=Draft)
def forget(sender, instance, origin, **kwargs):
    if origin is not instance:
        return
    Tag.objects.filter(name=instance.kind).delete()
"""

FILL = """
from shop.models import *


def fill():
    tags = [Tag.objects.create(name=name) for name in "abc"]
    for number in range(4):
        author = Author.objects.create(name=f"a{number}", active=number % 2 == 0)
        for kind in ("novel", "poem", "novel"):
            book = Book.objects.create(author=author, kind=kind)
            book.tags.set(tags[:2])
            Page.objects.create(book=book, number=number)
            picture = Picture.objects.create(place=number, data=b"x")
            Mark.objects.create(picture=picture)
        Document.objects.create(kind="novel")
        Draft.objects.create(kind="a")
        Invoice.objects.create(locked=number == 1)
        Note.objects.create()
    root = Node.objects.create(level=0)
    Node.objects.create(level=1, parent=root)
"""

HEAD = "from django.db.models import Count, QuerySet\nfrom shop.models import *\n\n\n"

FIXED = """
def plain():
    for book in Book.objects.filter(kind="poem"):
        book.delete()


def iterated():
    for book in Book.objects.filter(kind="poem").iterator(chunk_size=100):
        book.delete()


def listed():
    for book in list(Book.objects.exclude(kind="poem")):
        book.delete()


def ordered():
    for book in Book.objects.filter(kind="poem").select_related("author").prefetch_related("tags").order_by("-pk"):
        book.delete()


def joined_and_distinct():
    for book in Book.objects.filter(tags__name__in=["a", "b"], kind="poem").distinct():
        book.delete()


def joined_without_distinct():
    for book in Book.objects.filter(tags__name__in=["a", "b"], kind="poem"):
        book.delete()


def of_a_parent():
    author = Author.objects.get(name="a1")
    for book in author.books.all():
        book.delete()


def of_a_parent_unbuffered():
    author = Author.objects.get(name="a1")
    for book in author.books.iterator():
        book.delete()


def many_to_many():
    book = Book.objects.filter(kind="poem").first()
    for tag in book.tags.all():
        tag.delete()


def whole_fast_table():
    for mark in Mark.objects.all():
        mark.delete()


def by_name():
    stale = Book.objects.filter(kind="poem")
    for book in stale:
        book.delete()


def by_name_narrowed(kind="poem"):
    stale = Book.objects.exclude(kind="x")
    if kind:
        stale = stale.filter(kind=kind)
    if stale.exists():
        for book in stale.order_by("pk"):
            book.delete()


def in_another_loop():
    for author in Author.objects.filter(active=True):
        books = author.books.filter(kind="poem")
        for book in books:
            book.delete()


def of_a_parameter(books=Book.objects.filter(kind="poem")):
    for book in Book.objects.all().filter(pk__in=books):
        book.delete()


def with_comments():
    for book in Book.objects.filter(kind="poem"):  # the old ones
        # first
        book.delete()  # here
        # last
    # after


def over_lines():
    for mark in (
        Mark.objects
        # only those
        .filter(picture__place=1)
        .exclude(pk=0)
    ):
        mark.delete()


def on_one_line():
    for mark in Mark.objects.filter(picture__place=1): mark.delete()


def as_a_list():
    [mark.delete() for mark in Mark.objects.filter(picture__place=1)]


async def asynchronous():
    async for mark in Mark.objects.filter(picture__place=1):
        await mark.adelete()


def of_wide_rows():
    for picture in Picture.objects.filter(place=1):
        picture.delete()


def two_in_turn():
    for book in Book.objects.filter(kind="poem"):
        book.delete()
    for book in Book.objects.filter(kind="novel"):
        print(book)


def nothing_to_delete():
    for mark in Mark.objects.none():
        mark.delete()
"""

KEPT = """
def sliced():
    for book in Book.objects.order_by("pk")[:2]:
        book.delete()


def sliced_before():
    books = Book.objects.order_by("pk")[:2]
    for book in books:
        book.delete()


def sliced_perhaps(limit=1):
    books = Book.objects.filter(kind="poem")
    if limit:
        books = books[:limit]
    for book in books:
        book.delete()


def with_a_condition():
    for book in Book.objects.filter(kind="poem"):
        if book.author.active:
            book.delete()


def with_more_to_do():
    for book in Book.objects.filter(kind="poem"):
        print(book.kind)
        book.delete()


def counted():
    count = 0
    for book in Book.objects.filter(kind="poem"):
        book.delete()
        count += 1
    return count


def summed():
    return sum(book.delete()[0] for book in Book.objects.filter(kind="poem"))


def with_else():
    for book in Book.objects.filter(kind="poem"):
        book.delete()
    else:
        print("none")


def looked_at_by_a_function_above():
    def last():
        return book.kind

    for book in Book.objects.filter(kind="poem"):
        book.delete()
    return last()


def looked_at_by_a_lambda_above():
    last = lambda: book.kind
    for book in Book.objects.filter(kind="poem"):
        book.delete()
    return last()


def looked_at_as_all_names():
    for book in Book.objects.filter(kind="poem"):
        book.delete()
    return sorted(locals())


def stopping():
    for book in Book.objects.filter(kind="poem"):
        book.delete()
        break


def protected_one_by_one():
    for book in Book.objects.filter(kind="poem"):
        try:
            book.delete()
        except Exception:
            pass


def last_one_is_looked_at():
    book = None
    for book in Book.objects.filter(kind="poem"):
        book.delete()
    return book.kind


def rows_are_looked_at_later():
    books = Book.objects.filter(kind="poem")
    for book in books:
        book.delete()
    return len(books)


def rows_were_fetched_before():
    books = Book.objects.filter(author__active=True)
    kinds = [book.kind for book in books]
    Author.objects.update(active=False)
    for book in books:
        book.delete()
    return kinds


def handed_on_before():
    books = Book.objects.filter(author__active=True)
    len(books)
    Author.objects.update(active=False)
    for book in books:
        book.delete()


def two_names():
    same = books = Book.objects.filter(author__active=True)
    list(same)
    Author.objects.update(active=False)
    for book in books:
        book.delete()


def another_name():
    books = Book.objects.filter(author__active=True)
    same = books
    list(books)
    Author.objects.update(active=False)
    for book in same:
        book.delete()


def list_kept():
    books = list(Book.objects.filter(author__active=True))
    Author.objects.update(active=False)
    for book in books:
        book.delete()


def of_an_unknown_queryset(books: QuerySet[Book] = Book.objects.order_by("pk")[:1]):
    for book in books:
        book.delete()


def with_arguments():
    for book in Book.objects.filter(kind="poem"):
        book.delete(keep_parents=True)


def what_the_rows_point_at():
    for book in Book.objects.filter(kind="poem"):
        book.author.delete()


def enumerated():
    for number, book in enumerate(Book.objects.filter(kind="poem")):
        book.delete()


def annotated():
    for book in Book.objects.annotate(n=Count("tags")).filter(n=2):
        book.delete()


def combined():
    for book in Book.objects.filter(kind="poem").union(Book.objects.filter(kind="novel")):
        book.delete()


def locked():
    for mark in Mark.objects.select_for_update().filter(picture__place=1):
        mark.delete()


def distinct_on_a_field():
    for mark in Mark.objects.order_by("picture").distinct("picture"):
        mark.delete()


def own_delete():
    for invoice in Invoice.objects.filter(pk__gt=0):
        invoice.delete()


def own_delete_of_a_child():
    for document in Document.objects.filter(kind="novel"):
        document.delete()


def own_delete_of_the_queryset():
    for note in Note.objects.filter(removed=False):
        note.delete()


def protecting_each_other():
    for node in Node.objects.order_by("-level"):
        node.delete()


def origin_matters():
    for draft in Draft.objects.filter(kind="a"):
        draft.delete()


def whole_slow_table():
    for author in Author.objects.all():
        author.delete()


def large_cascade():
    for country in Country.objects.filter(name="x"):
        country.delete()


def on_purpose():
    # One at a time,
    # so that the others can go on.
    for book in Book.objects.filter(kind="poem"):
        book.delete()


def for_the_signals():
    for book in Book.objects.filter(kind="poem"):  # the signals matter
        book.delete()


def of_many_types():
    for shape in Shape.objects.filter(pk__gt=0):
        shape.delete()


def last_use_in_turn():
    books = Book.objects.filter(kind="poem")
    for turn in range(2):
        for book in books:
            book.delete()


async def forgotten_await():
    async for mark in Mark.objects.filter(picture__place=1):
        mark.delete()
"""


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str]:
    """The project after its loops were fixed, and the module with the loops before and after."""
    before = HEAD + FIXED.lstrip("\n") + "\n" + KEPT
    files = {"shop/models.py": MODELS, "shop/fill.py": FILL, "shop/old.py": before, "shop/tasks.py": before}
    folder = project(tmp_path_factory.mktemp("loops"), files)
    found = [each for each in findings(folder, "delete_in_loop") if each.place.file == "shop/tasks.py"]
    apply(folder, found)
    return folder, before, (folder / "shop/tasks.py").read_text()


NAMES = list(functions(FIXED))


def test_every_loop_that_only_deletes_is_fixed_and_no_other(both: tuple[Path, str, str]) -> None:
    _, before, after = both
    old, new = functions(before), functions(after)
    assert [name for name in old if old[name] != new[name]] == NAMES


def test_the_same_rows_are_left_and_fewer_statements_are_sent(both: tuple[Path, str, str]) -> None:
    folder, _, _ = both
    old, new = run(folder, "shop.old", NAMES), run(folder, "shop.tasks", NAMES)
    for name in NAMES:
        assert new[name].left == old[name].left, name
        assert new[name].outcome == old[name].outcome == "None", name
        assert new[name].statements <= old[name].statements, name
    assert sum(each.statements for each in new.values()) * 2 < sum(each.statements for each in old.values())


def test_no_rule_has_anything_to_say_about_the_result(both: tuple[Path, str, str]) -> None:
    folder, _, _ = both
    said = [each for each in findings(folder) if each.place.file == "shop/tasks.py"]
    assert not [each for each in said if each.identity.partition(":")[0] in NAMES]
    assert not [each for each in said if each.fix is not None and each.rule == "delete_in_loop"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("with_comments", """\
            def with_comments():
                # the old ones
                # first
                Book.objects.filter(kind="poem").delete()  # here
                # last
                # after
         """),
        ("over_lines", """\
            def over_lines():
                (
                    Mark.objects
                    # only those
                    .filter(picture__place=1)
                    .exclude(pk=0)
                    .delete()
                )
         """),
        ("by_name_narrowed", """\
            def by_name_narrowed(kind="poem"):
                stale = Book.objects.exclude(kind="x")
                if kind:
                    stale = stale.filter(kind=kind)
                if stale.exists():
                    stale.delete()
         """),
        ("of_a_parent_unbuffered", """\
            def of_a_parent_unbuffered():
                author = Author.objects.get(name="a1")
                author.books.all().delete()
         """),
        ("of_wide_rows", """\
            def of_wide_rows():
                Picture.objects.filter(place=1).only("pk").delete()
         """),
        ("asynchronous", """\
            async def asynchronous():
                await Mark.objects.filter(picture__place=1).adelete()
         """),
    ],
)  # fmt: skip
def test_the_code_reads_as_if_it_had_been_written_so(both: tuple[Path, str, str], name: str, text: str) -> None:
    assert functions(both[2])[name].strip() == dedent(text).strip()


@pytest.mark.parametrize(
    ("head", "base", "manager"),
    [
        ("from elsewhere import Kept", "Kept, models.Model", "models.Manager()"),
        ("from elsewhere.models import Kept", "Kept", "models.Manager()"),
        ("from mptt.models import MPTTModel", "MPTTModel", "models.Manager()"),
        ("from elsewhere import Kept", "models.Model", "Kept()"),
        ("from elsewhere import Kept", "models.Model", "Kept.as_manager()"),
        ("from elsewhere import Kept", "models.Model", "models.Manager.from_queryset(Kept)()"),
        ("from elsewhere import Kept\n\n\nclass Own(Kept):\n    pass", "models.Model", "Own()"),
        (
            "from elsewhere import Kept\n\n\nclass Own(models.Manager):\n"
            "    def get_queryset(self):\n        return Kept(self.model)",
            "models.Model",
            "Own()",
        ),
    ],
)
def test_what_nobody_has_read_may_have_a_delete_of_its_own(head: str, base: str, manager: str, tmp_path: Path) -> None:
    models = (
        f"from django.db import models\n{head}\n\n\nclass Plain(models.Model):\n    kind = models.TextField()\n\n\n"
    )
    models += f"class Thing({base}):\n    kind = models.TextField()\n    objects = {manager}\n"
    loops = "".join(
        f"\n\ndef drop_{name}():\n    for each in {name}.objects.filter(kind='a'):\n        each.delete()\n"
        for name in ("Plain", "Thing")
    )
    folder = project(tmp_path, {"shop/models.py": models, "shop/tasks.py": f"from shop.models import *\n{loops}"})
    found = {each.identity: each.fix is not None for each in findings(folder, "delete_in_loop")}
    assert found == {"drop_Plain: shop.Plain": True, "drop_Thing: shop.Thing": False}


def test_a_file_that_is_read_without_its_models_is_left_as_it_is(tmp_path: Path) -> None:
    loop = "def drop():\n    for book in Book.objects.filter(kind='a'):\n        book.delete()\n"
    raw = "def cut():\n    Book.objects.values_list('id', flat=True)[:2]._raw_delete('default')\n"
    folder = project(tmp_path, {"shop/tasks.py": f"from shop.models import Book\n\n\n{loop}\n\n{raw}"})
    found = findings(folder, "delete_in_loop", "raw_delete_ignores_slice")
    assert len(found) == 2
    assert not any(each.fix for each in found)
