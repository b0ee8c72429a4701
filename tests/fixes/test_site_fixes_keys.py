"""``_raw_delete`` deletes the rows that its queryset stands for; managers lose the ``delete()`` they never had."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fixes.site_projects import apply, findings, functions, project, run

MODELS = """
from django.db import models


class Log(models.Model):
    name = models.CharField(max_length=20)


class Event(models.Model):
    log = models.ForeignKey(Log, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=20)
    number = models.IntegerField()


class Part(models.Model):
    code = models.CharField(max_length=20, primary_key=True)
    id = models.IntegerField()


class Purge(models.Model):
    removed = models.BooleanField(default=True)
"""

FILL = """
from shop.models import *


def fill():
    for name in "ab":
        log = Log.objects.create(name=name)
        for number in range(6):
            Event.objects.create(log=log, kind="xyz"[number % 3], number=number)
"""

HEAD = "from django.db.models import Count\nfrom shop.models import *\n\n\n"

#: With the numbers of rows that each of them is to leave behind, of 12.
FIXED = """
def sliced():  # 8
    Event.objects.order_by("-number")[:4]._raw_delete("default")


def sliced_and_filtered(using="default"):  # 10
    return Event.objects.filter(kind="x").order_by("pk")[:2]._raw_delete(using)


def all_but_the_newest():  # 3
    return Event.objects.order_by("-pk")[3:]._raw_delete("default")


def in_the_middle():  # 10
    return Event.objects.order_by("pk")[3:5]._raw_delete("default")


def over_lines():  # 9
    return (
        Event.objects
        .exclude(kind="x")  # they stay
        .order_by("pk")[:3]
        ._raw_delete("default")
    )


def of_a_parent():  # 11
    log = Log.objects.get(name="b")
    return log.events.order_by("pk")[:1]._raw_delete("default")


def by_name():  # 10
    events = Event.objects.filter(kind="x").order_by("pk")
    return events[:2]._raw_delete(events.db)


def sliced_before():  # 10
    events = Event.objects.filter(kind="x").order_by("pk")[:2]
    return events._raw_delete("default")


def of_a_parameter(events=Event.objects.filter(kind="x").order_by("pk")):  # 10
    return events[:2]._raw_delete("default")


def another_database_is_named():  # 10
    return Event.objects.using("default").order_by("pk")[:2]._raw_delete("default")


def keys_only():  # 10
    return Event.objects.order_by("pk").values_list("pk", flat=True)[:2]._raw_delete("default")


def keys_by_name():  # 10
    return Event.objects.order_by("pk").values_list("id", flat=True)[:2]._raw_delete("default")


def with_an_annotation():  # 10
    return Event.objects.annotate(n=Count("log")).order_by("-n", "pk")[:2]._raw_delete("default")


def joined_and_sliced():  # 11
    return Event.objects.filter(log__name="b").distinct().order_by("pk")[:1]._raw_delete("default")


def single_quotes():  # 11
    return Event.objects.order_by('pk')[:1]._raw_delete('default')


def distinct_for_nothing():  # 6
    return Event.objects.filter(log__name="b").distinct()._raw_delete("default")


def keys_for_nothing():  # 8
    return Event.objects.filter(kind="x").values("pk")._raw_delete("default")


def whole_table():  # 0
    return Event.objects.distinct()._raw_delete("default")
"""

KEPT = """
def column_that_is_no_key():
    return Part.objects.values_list("id", flat=True)[:2]._raw_delete("default")


def column_that_is_no_key_for_nothing():
    return Part.objects.filter(id__gt=2).values("id")._raw_delete("default")


def values():
    Event.objects.values("kind")._raw_delete("default")


def one_of_each():
    Event.objects.values("kind").distinct()._raw_delete("default")


def grouped():
    Event.objects.values("kind").annotate(n=Count("pk")).order_by("n")[:2]._raw_delete("default")


def kinds():
    Event.objects.order_by("pk").values("kind")[:2]._raw_delete("default")


def combined():
    Event.objects.filter(kind="x").union(Event.objects.filter(kind="y"))[:2]._raw_delete("default")


def alias_is_asked_for():
    Event.objects.order_by("pk")[:2]._raw_delete(str("default"))


def made_in_a_call():
    made().order_by("pk")[:2]._raw_delete("default")


def made():
    return Event.objects.all()


def perhaps_sliced(limit=2):
    events = Event.objects.order_by("pk")
    if limit:
        events = events[:limit]
    events._raw_delete("default")
"""

NAMES = list(functions(FIXED))


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str]:
    before = HEAD + FIXED.lstrip("\n") + "\n" + KEPT
    files = {"shop/models.py": MODELS, "shop/fill.py": FILL, "shop/old.py": before, "shop/tasks.py": before}
    folder = project(tmp_path_factory.mktemp("keys"), files)
    apply(folder, [each for each in findings(folder, "raw_delete_ignores_slice") if each.place.file == "shop/tasks.py"])
    return folder, before, (folder / "shop/tasks.py").read_text()


def test_every_raw_delete_with_a_plain_meaning_is_fixed_and_no_other(both: tuple[Path, str, str]) -> None:
    _, before, after = both
    old, new = functions(before), functions(after)
    assert [name for name in old if old[name] != new[name]] == NAMES


def test_exactly_the_rows_are_deleted_that_were_meant(both: tuple[Path, str, str]) -> None:
    folder, before, _ = both
    left = {name: int(text.split("# ")[1].split("\n")[0]) for name, text in functions(before).items() if name in NAMES}
    new = run(folder, "shop.tasks", NAMES)
    assert {name: len(each.left["shop_event"]) for name, each in new.items()} == left
    assert all(each.sent.get("DELETE shop_event") == 1 for each in new.values())
    assert all(each.sent.get("SELECT shop_event", 0) <= 1 for each in new.values())
    # The first rows in the order that the slice names are the ones that are gone.
    assert new["in_the_middle"].left["shop_event"] != new["keys_only"].left["shop_event"]
    assert new["sliced_before"].left == new["by_name"].left == new["of_a_parameter"].left


def test_what_is_left_out_as_noise_makes_no_difference(both: tuple[Path, str, str]) -> None:
    folder, _, _ = both
    names = [name for name in NAMES if name.endswith("for_nothing") or name == "whole_table"]
    assert run(folder, "shop.old", names) == run(folder, "shop.tasks", names)


def test_the_rule_is_content_with_the_result(both: tuple[Path, str, str]) -> None:
    folder, _, _ = both
    said = {each.identity.partition(":")[0] for each in findings(folder) if each.place.file == "shop/tasks.py"}
    assert said.isdisjoint(NAMES)
    assert not any(each.fix for each in findings(folder) if each.place.file == "shop/tasks.py")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "sliced",
            """\
    Event.objects.filter(
        pk__in=list(Event.objects.order_by("-number").using("default").values_list("pk", flat=True)[:4])
    )._raw_delete("default")
""",
        ),
        ("keys_for_nothing", '    return Event.objects.filter(kind="x")._raw_delete("default")\n'),
    ],
)
def test_the_code_reads_as_if_it_had_been_written_so(both: tuple[Path, str, str], name: str, text: str) -> None:
    assert text in functions(both[2])[name]


# --- managers -----------------------------------------------------------------------------------------------------

CLASSES = '''
from django.db import models, transaction


class PlainQuerySet(models.QuerySet):
    def delete(self):
        """Only hides them."""
        return self.update(removed=True)

        # The rows stay.

    # What comes next.
    def live(self):
        return self.filter(removed=False)


class DecoratedQuerySet(models.QuerySet):
    @transaction.atomic
    def delete(self): return super().delete()  # all of them


class Manager(models.Manager.from_queryset(DecoratedQuerySet)):
    pass


class LastQuerySet(models.QuerySet):
    if True:

        async def live(self):
            pass

        def delete(self):
            return super().delete()


class ChosenQuerySet(models.QuerySet):
    def delete(self):
        return super().delete()

    delete.queryset_only = False


class TwiceQuerySet(models.QuerySet):
    def delete(self):
        return super().delete()

    hide = delete
    delete = hide


class Plain(models.Model):
    removed = models.BooleanField(default=False)
    objects = PlainQuerySet.as_manager()


class Decorated(models.Model):
    objects = Manager()


class Chosen(models.Model):
    objects = ChosenQuerySet.as_manager()


class Last(models.Model):
    objects = LastQuerySet.as_manager()


class Twice(models.Model):
    objects = TwiceQuerySet.as_manager()


def who_has_it():
    models = (Plain, Decorated, Last, Chosen, Twice)
    return [(hasattr(model.objects, "delete"), hasattr(model.objects.all(), "delete")) for model in models]


def delete_all():
    Plain.objects.all().delete()
    return Plain.objects.live().count(), Decorated.objects.all().delete()[0]
'''

FILL_CLASSES = """
from shop.models import *


def fill():
    Plain.objects.create()
    Decorated.objects.create()
"""


def test_managers_lose_the_delete_that_querysets_keep(tmp_path: Path) -> None:
    folder = project(tmp_path, {"shop/models.py": CLASSES, "shop/fill.py": FILL_CLASSES})
    names = ["who_has_it", "delete_all"]
    old = run(folder, "shop.models", names)
    found = findings(folder, "manager_exposes_delete")
    assert [each.fixable for each in found] == ["unsafe", "unsafe", None, None, None]
    apply(folder, found)
    new = run(folder, "shop.models", names)
    assert old["who_has_it"].outcome == str([(True, True)] * 5)
    assert new["who_has_it"].outcome == str([(False, True)] * 2 + [(True, True)] * 3)
    assert old["delete_all"] == new["delete_all"]
    assert new["delete_all"].outcome == "(0, 1)"
    assert [each.message for each in findings(folder)] == [each.message for each in found if each.fix is None]


def test_the_mark_stands_right_below_the_method_and_comments_stay_where_they_belong(tmp_path: Path) -> None:
    folder = project(tmp_path, {"shop/models.py": CLASSES})
    apply(folder, findings(folder, "manager_exposes_delete"))
    text = (folder / "shop/models.py").read_text()
    assert "        # The rows stay.\n\n    delete.queryset_only = True\n\n    # What comes next.\n" in text
    assert "super().delete()  # all of them\n\n    delete.queryset_only = True\n\n\nclass Manager" in text
