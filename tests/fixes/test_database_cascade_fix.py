"""Cascades are left to the database together with what has to change with them, and the same rows go."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import django
import pytest
from django.db import connections, models
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from delete_lint.graph.project import DjangoVersion
from tests.databases.connect import DATABASES
from tests.fixes import harness
from tests.fixes.running import PRELUDE
from tests.graph.django_models import world
from tests.rules.hand_built import ask
from tests.rules.test_database_cascade_against_django import SIZE, Shape, build, refusals, shapes
from tests.runtime.small_project import Project

RULE = "database_cascade_available"

SETTINGS = {"pyproject.toml": '[tool.delete-lint]\ndjango-version = "6.1"\n'}


def files(text: str, **other: str) -> dict[str, str]:
    return {**SETTINGS, "shop/models.py": harness.source_of(text), **other}


def fixed(folder: Path, text: str) -> str:
    return harness.fixed(folder, RULE, files(text), "shop/models.py")


# --- how it is written --------------------------------------------------------------------------------------------


def test_all_keys_of_a_model_change_together_however_they_are_spelled(tmp_path: Path) -> None:
    assert fixed(tmp_path, """
from django.db import models
from django.db.models import CASCADE, DO_NOTHING
from django.db.models import deletion


class Product(models.Model):
    name = models.CharField(max_length=50)


class View(models.Model):
    product = models.ForeignKey(Product, models.CASCADE)  # the product
    second = models.OneToOneField(
        Product,
        null=True,
        on_delete=CASCADE,
    )
    third = models.ForeignKey(to=Product, on_delete=deletion.CASCADE, related_name="+")
    none = models.ForeignKey(Product, DO_NOTHING, related_name="+")
""") == """\
from django.db import models
from django.db.models import CASCADE, DO_NOTHING
from django.db.models import deletion


class Product(models.Model):
    name = models.CharField(max_length=50)


class View(models.Model):
    product = models.ForeignKey(Product, models.DB_CASCADE)  # the product
    second = models.OneToOneField(
        Product,
        null=True,
        on_delete=models.DB_CASCADE,
    )
    third = models.ForeignKey(to=Product, on_delete=models.DB_CASCADE, related_name="+")
    none = models.ForeignKey(Product, DO_NOTHING, related_name="+")
"""  # fmt: skip


def test_a_name_imported_from_where_db_cascade_is_not_public_gets_an_import_of_its_own(tmp_path: Path) -> None:
    source = fixed(
        tmp_path,
        """
        from django.db.models import ForeignKey, Model
        from django.db.models.deletion import CASCADE


        class Product(Model):
            pass


        class View(Model):
            product = ForeignKey(Product, CASCADE)
    """,
    )
    assert "from django.db.models import DB_CASCADE, ForeignKey, Model\n" in source
    assert "    product = ForeignKey(Product, DB_CASCADE)\n" in source


ABSTRACT = """
    from django.db import models


    class Product(models.Model):
        pass


    class About(models.Model):
        product = models.ForeignKey(Product, models.CASCADE)

        class Meta:
            abstract = True


    class View(About):
        shown_to = models.ForeignKey(Product, models.CASCADE, related_name="+")


    class Click(About):
        pass
"""


def test_a_field_of_an_abstract_class_changes_for_all_its_models_and_with_their_other_keys(tmp_path: Path) -> None:
    assert "models.CASCADE" not in fixed(tmp_path, ABSTRACT)
    report = harness.project(tmp_path / "again", files(ABSTRACT)).lint()
    fixes = {finding.fix for finding in report.findings if finding.rule == RULE}
    assert len(fixes) == 1
    assert fixes.pop() is not None


UNSURE = {
    "one model that shares the field needs its rows to be seen":
        ABSTRACT.replace("class Click(About):\n        pass", "class Click(About):\n        shot = models.FileField()"),
    "one of the keys protects": ABSTRACT.replace("Product, models.CASCADE, rel", "Product, models.PROTECT, rel"),
}  # fmt: skip


@pytest.mark.parametrize("why", UNSURE)
def test_a_shared_field_stays_when_one_of_its_models_cannot_change(tmp_path: Path, why: str) -> None:
    assert UNSURE[why] != ABSTRACT
    assert harness.project(tmp_path, files(UNSURE[why])).findings(RULE) == []


def test_a_field_that_an_abstract_class_in_another_file_declares_is_left_to_people(tmp_path: Path) -> None:
    base, _, rest = ABSTRACT.partition("    class View")
    text = "from django.db import models\nfrom shop.base import About, Product\n\n\nclass View" + rest.replace(
        "\n    ", "\n"
    )
    harness.unfixable(tmp_path, RULE, {**files(text), "shop/base.py": base})


@pytest.mark.parametrize("requirement", [None, "Django>=5.2", "Django>=5.2,<6.2"])
def test_a_project_that_may_run_on_an_older_django_is_not_changed(tmp_path: Path, requirement: str | None) -> None:
    dependencies = f'[project]\nname = "shop"\ndependencies = ["{requirement}"]\n' if requirement else ""
    harness.unfixable(tmp_path, RULE, {**files(ABSTRACT), "pyproject.toml": dependencies})


def test_rows_that_a_package_may_listen_to_are_not_given_away(tmp_path: Path) -> None:
    listening = (
        ABSTRACT
        + """
    INSTALLED_APPS = ["simple_history"]
"""
    )
    harness.unfixable(tmp_path, RULE, files(listening))


@pytest.mark.parametrize("requirement", ["Django==6.1.3", "Django~=6.1.0", "Django>=6.1"])
def test_a_project_that_runs_on_6_1_at_least_is(tmp_path: Path, requirement: str) -> None:
    dependencies = f'[project]\nname = "shop"\ndependencies = ["{requirement}"]\n'
    harness.fixed(tmp_path, RULE, {**files(ABSTRACT), "pyproject.toml": dependencies}, "shop/models.py")


# --- what Django does ---------------------------------------------------------------------------------------------

new_django = pytest.mark.skipif(django.VERSION < (6, 1, 1), reason="DB_CASCADE, and all checks on it")

SHOP = """
    from django.db import models


    class Owner(models.Model):
        pass


    class Product(models.Model):
        owner = models.ForeignKey(Owner, models.CASCADE)


    class Tag(models.Model):
        products = models.ManyToManyField(Product)


    class Session(models.Model):
        pass


    class Visit(models.Model):
        session = models.ForeignKey(Session, models.CASCADE)
        other = models.ForeignKey(Session, models.CASCADE, null=True, related_name="+")


    class Click(models.Model):
        session = models.ForeignKey(Session, on_delete=models.CASCADE)
"""
MIGRATE = """
from django.core.management import call_command

call_command("check", databases=["default"], fail_level="ERROR")
call_command("makemigrations", "shop", verbosity=0)
call_command("migrate", verbosity=0)
call_command("makemigrations", "shop", check_changes=True, verbosity=0)
"""
FILL = """
from shop.models import Click, Owner, Product, Session, Tag, Visit
first, second, third = [Session.objects.create() for _ in range(3)]
for session in (first, second, third):
    Visit.objects.create(session=session, other=first if session is third else None)
    Click.objects.create(session=session)
Product.objects.create(owner=Owner.objects.create())
Product.objects.create(owner=Owner.objects.create())
Tag.objects.create().products.set(Product.objects.all())
answer = None
"""
DELETE = PRELUDE[: PRELUDE.index("with connection")] + PRELUDE[PRELUDE.index("def rows") :] + """
from shop.models import Owner, Session
answer = {
    "instance": seen(lambda: Session.objects.order_by("pk").first().delete() and None),
    "queryset": seen(lambda: Session.objects.filter(pk=2).delete() and None),
    "owner": seen(lambda: Owner.objects.order_by("pk").first().delete() and None),
}
"""  # fmt: skip


@pytest.fixture(params=[name for name in DATABASES if name != "mariadb"])
def databases(request: pytest.FixtureRequest) -> Iterator[list[dict[str, Any]]]:
    """Settings of two empty databases of one vendor, for a project before and after its fixes."""
    if request.param == "sqlite":
        yield [{}, {}]
        return
    alias = request.getfixturevalue(request.param)
    where = {key: connections[alias].settings_dict[key] for key in ("ENGINE", "HOST", "USER", "NAME")}
    names = ["fixes_before", "fixes_after"]
    with connections[alias].cursor() as cursor:
        for name in names:
            cursor.execute(f"CREATE DATABASE {name}")
    try:
        yield [{"DATABASES": {"default": {**where, "NAME": name}}} for name in names]
    finally:
        with connections[alias].cursor() as cursor:
            for name in names:
                cursor.execute(f"DROP DATABASE {name}")


@new_django
def test_the_same_rows_go_with_fewer_statements_after_the_migration(
    tmp_path: Path, databases: list[dict[str, Any]]
) -> None:
    sources = {**files(SHOP), "shop/__init__.py": ""}
    answers = []
    for name, where in zip(("before", "after"), databases, strict=True):
        project = Project(tmp_path / name, ["shop"], sources)
        project.ask(MIGRATE + FILL, **where)
        if name == "after":
            assert harness.Project(project.folder).fix().fixed[RULE] == 3
        answers.append(project.ask(MIGRATE + DELETE, **where))
    before, after = answers
    for name in before:
        assert before[name]["rows"] == after[name]["rows"]
    assert after["instance"]["sent"] == ["SELECT", "DELETE"]
    assert after["queryset"]["sent"] == ["DELETE"]
    assert len(before["queryset"]["sent"]) > 1
    assert before["owner"]["sent"] == after["owner"]["sent"]


@new_django
@settings(max_examples=200, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.lists(shapes, min_size=SIZE, max_size=SIZE))
def test_all_changes_at_once_pass_djangos_checks_and_make_no_others_possible(plan: list[Shape]) -> None:
    with world() as zoo:
        classes = build(zoo, plan)
        before = refusals(zoo.all())
        for finding in ask(RULE, zoo.graph(DjangoVersion(6, 1))):
            label, _, field = finding.identity.rpartition(".")
            classes[label]._meta.get_field(field).remote_field.on_delete = models.DB_CASCADE
        assert refusals(zoo.all()) <= before
        assert not ask(RULE, zoo.graph(DjangoVersion(6, 1)))
