"""`delete-lint report` and `manage.py delete_report`: one file, written where it was asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import small_shop
from tests.command import delete_lint
from tests.report_page import shop
from tests.runtime.small_project import Project


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return small_shop.write(tmp_path / "project", shop.FILES)


def test_the_page_is_written_and_its_size_told(project: Path) -> None:
    done = delete_lint("report", ".", "-o", "out/report.html", folder=project)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert done.stderr.startswith("delete-lint: out/report.html: ")
    data = shop.data_of((project / "out" / "report.html").read_text("utf-8"))
    assert data["title"] == "project"
    assert [model["label"] for model in data["models"]] == ["shop.Customer", "shop.Line", "shop.Order"]


def test_a_second_run_that_remembers_the_first_writes_the_same_page(project: Path) -> None:
    pages = []
    for _ in range(2):
        assert delete_lint("report", ".", "-o", "report.html", folder=project).returncode == 0
        pages.append((project / "report.html").read_bytes())
    assert delete_lint("report", ".", "-o", "report.html", "--no-cache", folder=project).returncode == 0
    assert pages == [(project / "report.html").read_bytes()] * 2


def test_the_page_can_go_to_a_pipe(project: Path) -> None:
    done = delete_lint("report", "-o", "-", "--title", "The shop", folder=project)
    assert done.returncode == 0
    assert shop.data_of(done.stdout)["title"] == "The shop"


def test_a_folder_that_cannot_be_written_to_takes_one_line(project: Path) -> None:
    done = delete_lint("report", ".", "-o", "shop/models.py/report.html", folder=project)
    assert done.returncode == 2
    assert done.stderr.startswith("delete-lint: cannot write shop/models.py/report.html: ")
    assert done.stderr.count("\n") == 1


def test_a_path_that_is_not_there_takes_one_line(project: Path) -> None:
    done = delete_lint("report", "shopp", folder=project)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)


RUNNING = {
    "shop/__init__.py": "",
    "shop/models.py": """
        from django.db import models

        class Customer(models.Model):
            name = models.CharField(max_length=20)

        class Order(models.Model):
            customer = models.ForeignKey(Customer, models.CASCADE)
        """,
    "shop/views.py": """
        from django.views.generic import DeleteView

        from shop.models import Customer

        class CustomerDelete(DeleteView):
            model = Customer

        def forget(request, pk):
            Customer.objects.get(pk=pk).delete()
        """,
    "config/urls.py": """
        from django.urls import include, path, re_path

        from shop import views

        urlpatterns = [
            path("customers/", include([path("<int:pk>/delete/", views.CustomerDelete.as_view())])),
            path("forget/<int:pk>/", views.forget),
            re_path(r"^old/(?P<pk>[0-9]+)/$", views.forget),
        ]
        """,
}


def test_a_running_project_tells_its_urls_and_its_rows(tmp_path: Path) -> None:
    project = Project(tmp_path, ["shop"], RUNNING)
    made = project.ask(
        """
        from django.core.management import call_command
        from django.db import connection
        call_command("migrate", run_syncdb=True, verbosity=0)
        from shop.models import Customer, Order
        ada = Customer.objects.create(name="Ada")
        Order.objects.bulk_create([Order(customer=ada) for _ in range(7)])
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        answer = Order.objects.count()
        """,
        ROOT_URLCONF="config.urls",
    )
    assert made == 7
    done = project.manage("delete_report", "-o", "report.html", ROOT_URLCONF="config.urls")
    assert done.returncode == 0, done.stderr
    data = shop.data_of((tmp_path / "report.html").read_text("utf-8"))
    assert data["source"] == "runtime"
    urls = {entry["name"]: entry["urls"] for entry in data["entries"]}
    assert urls == {"CustomerDelete": ["/customers/<int:pk>/delete/"], "forget": ["/forget/<int:pk>/", "/old/<pk>/"]}
    rows = {model["label"]: model["rows"] for model in data["models"]}
    assert (rows["shop.Customer"], rows["shop.Order"]) == (1, 7)


def test_a_database_that_is_away_takes_one_line_and_is_not_needed(tmp_path: Path) -> None:
    project = Project(tmp_path, ["shop"], RUNNING)
    away = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(tmp_path / "nowhere" / "db.sqlite3")}}
    done = project.manage("delete_report", DATABASES=away, ROOT_URLCONF="config.urls")
    assert done.returncode == 1
    assert "--no-counts does without" in done.stderr
    assert done.stderr.count("\n") == 1
    done = project.manage("delete_report", "--no-counts", DATABASES=away, ROOT_URLCONF="config.urls")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "delete-lint-report.html").exists()
