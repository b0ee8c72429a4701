"""``.only()`` is put in where it spares columns and costs no query; the same rows are deleted with the same calls."""

from __future__ import annotations

from pathlib import Path

import django
import pytest

from tests.fixes.site_projects import apply, findings, functions, project, run

MODELS = """
from django.contrib.contenttypes.fields import GenericForeignKey, GenericRelation
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models.signals import post_delete
from django.dispatch import receiver


class Session(models.Model):
    user = models.IntegerField()
    basket = models.JSONField(default=dict)


class View(models.Model):
    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="views")


class Author(models.Model):
    bio = models.TextField()


class Article(models.Model):
    slug = models.CharField(max_length=20, unique=True)
    author = models.ForeignKey(Author, on_delete=models.CASCADE, related_name="articles")
    text = models.TextField()


class Comment(models.Model):
    article = models.ForeignKey(Article, on_delete=models.CASCADE, to_field="slug")


class Tagged(models.Model):
    content_type = models.ForeignKey(ContentType, on_delete=models.CASCADE)
    object_id = models.IntegerField()
    item = GenericForeignKey()


class Upload(models.Model):
    data = models.BinaryField()
    tags = GenericRelation(Tagged)


class Base(models.Model):
    text = models.TextField()


class Child(Base):
    more = models.TextField()


class Heard(models.Model):
    text = models.TextField()


class HeardLine(models.Model):
    heard = models.ForeignKey(Heard, on_delete=models.CASCADE)


@receiver(post_delete, sender=Heard)
def forget(sender, instance, **kwargs):
    print(instance.text)


class Remembering(models.Model):
    text = models.TextField()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.text_before = self.text


class RememberingLine(models.Model):
    owner = models.ForeignKey(Remembering, on_delete=models.CASCADE)


class SoftQuerySet(models.QuerySet):
    def delete(self):
        for row in self:
            print(row.text)
        return super().delete()


class Soft(models.Model):
    text = models.TextField()
    objects = models.Manager.from_queryset(SoftQuerySet)()


class SoftLine(models.Model):
    soft = models.ForeignKey(Soft, on_delete=models.CASCADE)
"""

FILL = """
from shop.models import *


def fill():
    for number in range(5):
        author = Author.objects.create(bio="b")
        for half in "ab":
            article = Article.objects.create(slug=f"{half}{number}", author=author, text="t")
            Comment.objects.create(article=article)
        session = Session.objects.create(user=number)
        View.objects.create(session=session)
        Tagged.objects.create(item=Upload.objects.create(data=b"x"))
        Child.objects.create(text="t", more="m")
        HeardLine.objects.create(heard=Heard.objects.create(text="t"))
        RememberingLine.objects.create(owner=Remembering.objects.create(text="t"))
        SoftLine.objects.create(soft=Soft.objects.create(text="t"))
"""

HEAD = "from django.db.models import Count, QuerySet\nfrom shop.models import *\n\n\n"

FIXED = """
def filtered():
    return Session.objects.filter(user__gt=2).delete()


def single_quotes():
    return Article.objects.filter(slug__startswith='a').delete()


def whole_table():
    return Session.objects.all().delete()


def with_a_key_that_others_refer_to():
    return Article.objects.filter(slug__startswith="a").delete()


def of_a_parent():
    return Author.objects.first().articles.all().delete()


def with_related_rows():
    return Article.objects.filter(author__bio="b").select_related("author").delete()


def distinct():
    return Session.objects.filter(views__pk__gt=2).distinct().delete()


def annotated():
    return Session.objects.annotate(n=Count("views")).filter(n=1).delete()


def ordered():
    return Session.objects.exclude(user=1).order_by("user").delete()


def of_another_database():
    return Session.objects.using("default").filter(user=1).delete()


def generic():
    return Upload.objects.filter(data=b"x").delete()


def by_name(user=1):
    old = Session.objects.exclude(user=0)
    if user:
        old = old.filter(user=user)
    return old.delete()


def of_a_parameter(old: QuerySet[Session] = Session.objects.filter(user=1)):
    return old.delete()


def over_lines():
    return (
        Session.objects
        .filter(user__gt=2)  # the newest
        .delete()
    )


def over_brackets():
    return Session.objects.filter(
        user__gt=2,
    ).delete()


async def asynchronous():
    return await Session.objects.filter(user__gt=2).adelete()
"""

KEPT = """
def narrowed_already():
    return Session.objects.filter(user__gt=2).defer("basket").delete()


def with_a_prefetch():
    return Article.objects.filter(slug="a1").exclude(slug="b").prefetch_related("author").delete()


def with_a_prefetch_before():
    old = Article.objects.filter(text="a1").prefetch_related("author")
    return old.delete()


def child_of_a_table():
    return Child.objects.filter(text="t").delete()


def heard_by_a_receiver():
    return Heard.objects.filter(text="t").delete()


def read_when_loaded():
    return Remembering.objects.filter(text="t").delete()


def own_delete_of_the_queryset():
    return Soft.objects.filter(text="t").delete()


def perhaps_an_object(one=False):
    old = Session.objects.filter(user__gt=2)
    if one:
        old = Session.objects.first()
    return old.delete()


def of_what_is_given(old):
    return old.delete()


def calling():
    of_what_is_given(Session.objects.filter(user__gt=2))
"""


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str]:
    """The project after the fix, and the module with the deletes before and after."""
    before = HEAD + FIXED.lstrip("\n") + "\n" + KEPT
    files = {"shop/models.py": MODELS, "shop/fill.py": FILL, "shop/old.py": before, "shop/tasks.py": before}
    folder = project(tmp_path_factory.mktemp("columns"), files)
    found = [each for each in findings(folder, "wide_rows_fetched") if each.place.file == "shop/tasks.py"]
    assert {each.fixable for each in found} == {"safe", None}
    apply(folder, found)
    return folder, before, (folder / "shop/tasks.py").read_text()


#: Before Django 6.1 the queryset of a related manager reads the key of its rows, one by one where it is deferred.
READS_KEYS = django.VERSION < (6, 1)
OF_A_PARENT = "of_a_parent"
NAMES = [name for name in functions(FIXED) if name != OF_A_PARENT or not READS_KEYS]


def test_every_delete_that_gains_by_it_is_fixed_and_no_other(both: tuple[Path, str, str]) -> None:
    _, before, after = both
    old, new = functions(before), functions(after)
    assert [name for name in old if old[name] != new[name]] == NAMES


def test_the_same_rows_go_with_the_same_statements_and_result(both: tuple[Path, str, str]) -> None:
    folder, _, _ = both
    old, new = run(folder, "shop.old", NAMES), run(folder, "shop.tasks", NAMES)
    assert old == new
    refused = {"distinct"} if django.VERSION < (5, 0) else set()
    assert {name for name, each in new.items() if "Error" in each.outcome} == refused


def test_what_is_kept_would_lose_by_it(tmp_path: Path) -> None:
    """Each of these deletes fails or sends more statements with ``.only("pk")`` in it."""
    names = ["child_of_a_table", "heard_by_a_receiver", "read_when_loaded", "own_delete_of_the_queryset"]
    names += ["with_a_prefetch"]
    narrowed = (HEAD + KEPT).replace(".delete()", '.only("pk").delete()')
    files = {"shop/models.py": MODELS, "shop/fill.py": FILL, "shop/old.py": HEAD + KEPT, "shop/new.py": narrowed}
    folder = project(tmp_path, files)
    old, new = run(folder, "shop.old", names), run(folder, "shop.new", names)
    for name in names:
        assert new[name].statements > old[name].statements or "Error" in new[name].outcome + old[name].outcome, name


def test_the_rows_of_a_parent_lose_by_it_before_django_6_1(tmp_path: Path) -> None:
    narrowed = (HEAD + FIXED).replace(".delete()", '.only("pk", "slug").delete()')
    files = {"shop/models.py": MODELS, "shop/fill.py": FILL, "shop/old.py": HEAD + FIXED, "shop/new.py": narrowed}
    folder = project(tmp_path, files)
    old, new = run(folder, "shop.old", [OF_A_PARENT])[OF_A_PARENT], run(folder, "shop.new", [OF_A_PARENT])[OF_A_PARENT]
    assert (new.statements > old.statements) == READS_KEYS


def test_the_rule_is_content_with_the_result_and_no_other_rule_has_more_to_say(both: tuple[Path, str, str]) -> None:
    folder, _, _ = both
    said = [(each.rule, each.place.file, each.identity.partition(":")[0], each.fixable) for each in findings(folder)]
    before = {(rule, name) for rule, file, name, _ in said if file == "shop/old.py"}
    after = {(rule, name) for rule, file, name, _ in said if file == "shop/tasks.py"}
    assert after == before - {("wide_rows_fetched", name) for name in NAMES}


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("single_quotes", "Article.objects.filter(slug__startswith='a').only('pk', 'slug').delete()"),
        ("over_lines", '        .filter(user__gt=2)  # the newest\n        .only("pk")\n        .delete()\n'),
        ("over_brackets", '        user__gt=2,\n    ).only("pk").delete()\n'),
        ("by_name", '    return old.only("pk").delete()'),
    ],
)
def test_the_code_reads_as_if_it_had_been_written_so(both: tuple[Path, str, str], name: str, line: str) -> None:
    assert line in functions(both[2])[name]


def test_a_receiver_for_every_model_may_read_any_column(tmp_path: Path) -> None:
    heard = MODELS + "\n\n@receiver(post_delete)\ndef note(sender, instance, **kwargs):\n    print(vars(instance))\n"
    folder = project(tmp_path, {"shop/models.py": heard, "shop/tasks.py": HEAD + FIXED})
    found = findings(folder, "wide_rows_fetched")
    assert found
    assert not any(each.fix for each in found)


@pytest.mark.parametrize(
    ("name", "is_read"), [("@receiver(post_init)\ndef remember", True), ("def __post_init__", False)]
)
def test_a_receiver_that_hears_of_loading_may_read_any_column(name: str, is_read: bool, tmp_path: Path) -> None:
    head = "from django.db.models.signals import *\nfrom django.dispatch import receiver\n\n\n"
    loading = f"{head}{name}(instance, **k):\n    instance.was = vars(instance)\n"
    files = {"shop/models.py": MODELS, "shop/loading.py": loading, "shop/tasks.py": HEAD + FIXED}
    found = findings(project(tmp_path, files), "wide_rows_fetched")
    assert found
    assert any(each.fix for each in found) is not is_read


@pytest.mark.parametrize(
    ("listener", "base"),
    [
        ('INSTALLED_APPS = ["shop", "simple_history"]', "models.Model"),
        ("from auditlog.registry import auditlog", "models.Model"),
        ("from elsewhere import Tracked", "Tracked, models.Model"),
    ],
)
def test_what_nobody_has_read_may_read_any_column(listener: str, base: str, tmp_path: Path) -> None:
    models = MODELS.replace("class Session(models.Model)", f"class Session({base})").replace(
        "from django.db import models\n", f"from django.db import models\n{listener}\n"
    )
    sources = {
        "shop/models.py": models,
        "shop/tasks.py": HEAD + "def old():\n    Session.objects.filter(user=1).delete()\n",
    }
    found = findings(project(tmp_path, sources), "wide_rows_fetched")
    assert found
    assert not any(each.fix for each in found)
