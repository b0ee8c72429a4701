"""What docs/watching.md shows works as it stands there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from delete_lint.measured_file import FILE, read_measured
from tests.command import ROOT
from tests.runtime.small_project import Project
from tests.watching.test_pytest_plugin import run

TEXT = (ROOT / "docs" / "watching.md").read_text(encoding="utf-8")
EXAMPLES = {match[1]: match[2] for match in re.finditer(r"```python\n# (\S+)\n(.*?)```", TEXT, re.DOTALL)}

MODELS = """
    from django.db import models

    class Order(models.Model):
        number = models.CharField(max_length=9)

    class Line(models.Model):
        order = models.ForeignKey(Order, on_delete=models.CASCADE)
    """
URLS = """
    from django.http import HttpResponse
    from django.urls import path
    from shop.purge import purge_all

    urlpatterns = [path("purge/", lambda request: HttpResponse(str(purge_all())))]
    """
CONFTEST = """
    import django
    import pytest

    django.setup()

    @pytest.fixture(autouse=True, scope="session")
    def tables():
        from django.core.management import call_command
        call_command("migrate", run_syncdb=True, verbosity=0)
    """


@pytest.fixture
def project(tmp_path: Path) -> Project:
    files = {"shop/__init__.py": "", "shop/models.py": MODELS, "shop/urls.py": URLS, "conftest.py": CONFTEST}
    made = Project(tmp_path, ["shop"], files)
    made.write({name: f"\n{text}" for name, text in EXAMPLES.items()})
    return made


def test_the_examples_are_the_ones_that_are_tried() -> None:
    assert set(EXAMPLES) == {"shop/purge.py", "test_purge.py", "config/development.py"}


def test_the_context_manager_and_the_decorator_watch(project: Project) -> None:
    answer = project.ask(
        """
        import os
        os.chdir(HERE)
        from django.core.management import call_command
        call_command("migrate", run_syncdb=True, verbosity=0)
        from shop.models import Line, Order
        from shop.purge import purge_all, purge_cancelled
        Line.objects.create(order=Order.objects.create(number="cancelled"))
        Order.objects.create(number="2")
        seen = purge_cancelled()
        purge_all()
        answer = [dict(seen.deletes[0].rows_deleted), Order.objects.count()]
        """.replace("HERE", repr(str(project.folder)))
    )
    assert answer == [{"shop.Line": 1, "shop.Order": 1}, 0]
    (delete,) = read_measured(project.folder / FILE).deletes
    assert (delete.function, delete.place.line if delete.place else 0) == ("purge_cancelled", 8)


def test_the_test_passes_and_the_options_are_there(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "config.settings")
    monkeypatch.setenv("TEST_APPS", '["shop"]')
    monkeypatch.setenv("TEST_SETTINGS", "{}")
    commands = re.findall(r"\$ pytest (\S+)", TEXT)
    assert len(commands) == 3
    (project.folder / "findings.json").write_text('{"findings": []}')
    done = run(project.folder, *commands)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "watched 1 delete" in done.stdout
    assert (project.folder / FILE).exists()


def test_the_settings_bring_in_the_middleware(project: Project) -> None:
    settings = project.folder / "config" / "settings.py"
    project.write({"config/plain.py": settings.read_text()})
    settings.write_text(EXAMPLES["config/development.py"].replace("config.settings", "config.plain"))
    code = """
    from django.core.management import call_command
    call_command("migrate", run_syncdb=True, verbosity=0)
    from django.test import Client
    from shop.models import Order
    Order.objects.create(number="1")
    answer = Client().get("/purge/").status_code
    """
    assert project.ask(code, ROOT_URLCONF="shop.urls", ALLOWED_HOSTS=["*"]) == 200
    (delete,) = read_measured(project.folder / FILE).deletes
    assert delete.function == "purge_all"
