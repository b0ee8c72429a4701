"""``manage.py delete_counts`` writes a file that can be committed, and the linter goes by it."""

from __future__ import annotations

import re
import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from delete_lint.row_counts_file import FILE
from tests.command import delete_lint
from tests.runtime.small_project import Project

FILES = {
    "shop/__init__.py": "",
    "shop/models.py": """
        from django.contrib.auth.models import Group
        from django.db import models


        class Customer(models.Model):
            email = models.EmailField()
            groups = models.ManyToManyField(Group)


        class Order(models.Model):
            customer = models.ForeignKey(Customer, models.CASCADE)


        class Line(models.Model):
            order = models.ForeignKey(Order, models.CASCADE)
            payload = models.JSONField(default=dict)


        class Event(models.Model):
            line = models.ForeignKey(Line, models.CASCADE)


        def forget(customer: Customer):
            customer.delete()
        """,
}

FILL = """
from django.contrib.auth.models import Group
from shop.models import *

customers = Customer.objects.bulk_create(Customer(email="very-secret@shop.invalid") for _ in range(40))
customers[0].groups.add(Group.objects.create(name="very-secret group"))
owners = [customers[0]] * 1_150 + customers[1:30]
orders = Order.objects.bulk_create(Order(customer=owner) for owner in owners)
lines = Line.objects.bulk_create(Line(order=order, payload={"text": "very-secret" * 100}) for order in orders)
answer = None
"""


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = Project(tmp_path_factory.mktemp("filled"), ["django.contrib.auth", "shop"], FILES)
    done = project.manage("migrate", "--run-syncdb", "--skip-checks", "--verbosity=0")
    assert done.returncode == 0, done.stderr
    project.ask(FILL)
    return project


@pytest.fixture
def project(filled: Project) -> Iterator[Project]:
    """With its rows, and without a file of row counts."""
    before = {*filled.folder.iterdir()}
    yield filled
    for made in {*filled.folder.iterdir()} - before:
        if made.is_dir():
            shutil.rmtree(made)
        else:
            made.unlink()


def counted(project: Project, *options: str, **settings: Any) -> str:
    done = project.manage("delete_counts", *options, **settings)
    assert done.returncode == 0, done.stderr
    return done.stdout


def written(project: Project) -> str:
    return (project.folder / FILE).read_text()


def test_the_file_says_how_many_rows_there_are_and_how_many_hang_on_one(project: Project) -> None:
    assert counted(project) == f"12 tables, written: {FILE}\n"
    text = written(project)
    assert '["shop.Customer"]\nrows = 40\nbytes = 32\n' in text
    assert '["shop.Order"]\nrows = 1_200\nbytes = 16\nper.customer = { mean = 29, worst = 1_200 }\n' in text
    assert "per.order = { mean = 1, worst = 1 }\n" in text
    assert "large.payload = 1_100\n" in text
    assert '["shop.Customer_groups"]\nrows = 1\n' in text
    assert '["auth.Group"]\npackage = "django"\n' in text


def test_the_numbers_are_exact_when_they_are_counted(project: Project) -> None:
    counted(project, "--count")
    order = '["shop.Order"]\nrows = 1_179\nbytes = 16\nper.customer = { mean = 29.48, worst = 1_150 }\n'
    assert order in written(project), "29.48 of 40 customers is 1,179 rows and no other number"


def test_the_header_tells_where_the_numbers_are_from(project: Project) -> None:
    counted(project, "--count")
    header = [line for line in written(project).splitlines() if line.startswith("#")]
    assert re.search(
        r"^# From `manage\.py delete_counts --database default --count` on \d{4}-\d\d-\d\d: SQLite [\d.]+, counted\.$",
        "\n".join(header),
        re.MULTILINE,
    )


def test_nothing_of_what_is_in_the_rows_is_in_the_file(project: Project) -> None:
    for options in ([], ["--count"]):
        counted(project, *options)
        assert "very-secret" not in written(project)


def test_a_file_is_left_alone_while_the_numbers_are_the_same(project: Project) -> None:
    counted(project)
    file = project.folder / FILE
    file.write_text(re.sub(r"on \d{4}-\d\d-\d\d", "on 2001-01-01", written(project)))
    assert "nothing has changed" in counted(project)
    assert "on 2001-01-01" in written(project)
    file.write_text(written(project).replace("rows = 40", "rows = 41"))
    assert "written anew" in counted(project)
    assert "rows = 40" in written(project)
    assert "on 2001-01-01" not in written(project)


def test_the_file_goes_where_it_is_wanted(project: Project) -> None:
    assert "written: other.toml" in counted(project, "-o", "other.toml")
    assert tomllib.loads((project.folder / "other.toml").read_text())["shop.Customer"]["rows"] == 40
    assert tomllib.loads(counted(project, "-o", "-"))["shop.Customer"]["rows"] == 40
    assert not (project.folder / FILE).exists()


def test_the_file_that_the_settings_name_is_written_anew(project: Project) -> None:
    counted(project, "-o", "sizes.toml")
    (project.folder / "delete-lint.toml").write_text('row-counts = "sizes.toml"\n')
    assert "nothing has changed: " in counted(project)
    assert not (project.folder / FILE).exists()


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["--database", "replica"], "The connection 'replica' doesn't exist."),
        (["-o", "no/such/folder.toml"], "cannot write no/such/folder.toml: "),
        (["--database", "empty"], 'the database "empty" has no table of an installed model'),
        (["--database", "unreachable"], 'the database "unreachable" cannot be read: unable to open database file'),
    ],
    ids=lambda value: value[1] if isinstance(value, list) else "",
)
def test_what_cannot_be_done_is_told_in_a_line(project: Project, options: list[str], problem: str) -> None:
    sqlite = "django.db.backends.sqlite3"
    databases = {
        "default": {"ENGINE": sqlite, "NAME": str(project.folder / "db.sqlite3")},
        "empty": {"ENGINE": sqlite, "NAME": ":memory:"},
        "unreachable": {"ENGINE": sqlite, "NAME": str(project.folder / "nowhere" / "db.sqlite3")},
    }
    done = project.manage("delete_counts", *options, DATABASES=databases)
    assert done.returncode == 1
    assert problem in done.stderr
    assert "Traceback" not in done.stderr


def lint(project: Project) -> CompletedProcess[str]:
    return delete_lint(".", folder=project.folder)


def test_without_row_counts_the_cascade_is_told_by_its_depth(project: Project) -> None:
    assert "deleting one Customer reaches 3 models over 3 levels" in lint(project).stdout


def test_rows_that_were_counted_are_few_enough(project: Project) -> None:
    counted(project)
    done = lint(project)
    assert done.returncode == 0, done.stdout
    assert "unbatched_cascade" not in done.stdout
    assert "stale_row_counts" not in done.stdout, "the file is of this project"


def test_a_limit_of_the_project_s_own_decides(project: Project) -> None:
    counted(project)
    (project.folder / "delete-lint.toml").write_text("max-rows = 1000\n")
    assert (
        "deleting one Customer deletes about 59 rows (worst: 2,300) over 3 levels and holds about "
        in lint(project).stdout
    )


def test_a_model_that_came_later_and_one_that_has_gone_are_told(project: Project) -> None:
    counted(project)
    text = written(project).replace('["shop.Event"]', '["shop.Evnt"]')
    (project.folder / FILE).write_text(text)
    line = text.splitlines().index('["shop.Evnt"]') + 1
    stdout = lint(project).stdout
    assert f"{FILE}:{line}:1: stale_row_counts [info] no model is called shop.Evnt (did you mean " in stdout
    assert f"{FILE}:1:1: stale_row_counts [info] 1 table not counted, and taken for empty: shop.Event" in stdout


def test_a_mistake_in_the_file_ends_the_run_with_its_line(project: Project) -> None:
    (project.folder / FILE).write_text('["shop.Order"]\nrows = "many"\n')
    done = lint(project)
    assert done.returncode == 2
    assert f"{FILE}:2: shop.Order rows: must be a whole number" in done.stderr


def test_a_database_that_may_only_be_read_is_enough(project: Project) -> None:
    database = Path(project.folder, "db.sqlite3")
    before = database.read_bytes()
    settings = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": f"file:{database}?mode=ro",
            "OPTIONS": {"uri": True},
        }
    }
    for options in ([], ["--count"]):
        counted(project, *options, DATABASES=settings)
    assert database.read_bytes() == before
