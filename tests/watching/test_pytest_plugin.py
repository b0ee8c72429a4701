"""``pytest --delete-lint`` and the fixture ``delete_watch``, with a pytest of its own in a project of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from textwrap import dedent

import pytest

from delete_lint.measured_file import read_measured
from tests.command import ROOT

FILES = {
    "conftest.py": """
        import django
        from django.conf import settings

        settings.configure(
            INSTALLED_APPS=["shop"],
            DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
            DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        )
        django.setup()

        import pytest

        @pytest.fixture(scope="session", autouse=True)
        def tables():
            from django.core.management import call_command

            call_command("migrate", run_syncdb=True, verbosity=0)
        """,
    "shop/__init__.py": "",
    "shop/apps.py": """
        from django.apps import AppConfig

        class ShopConfig(AppConfig):
            name = "shop"

            def ready(self):
                from shop import signals
        """,
    "shop/models.py": """
        from django.db import models

        class Order(models.Model):
            number = models.CharField(max_length=9)

        class Line(models.Model):
            order = models.ForeignKey(Order, on_delete=models.CASCADE)
        """,
    "shop/signals.py": """
        from django.db.models.signals import post_delete
        from django.dispatch import receiver
        from shop.models import Line

        NAPS = []

        @receiver(post_delete, sender=Line)
        def naps(sender, instance, **kwargs):
            for nap in NAPS:
                nap(0.02)
        """,
    "shop/purge.py": """
        from shop.models import Order

        def purge():
            return Order.objects.all().delete()
        """,
    "test_one.py": """
        import time
        from shop import purge, signals
        from shop.models import Line, Order

        def test_purge(delete_watch):
            signals.NAPS.append(time.sleep)
            order = Order.objects.create(number="1")
            Line.objects.bulk_create([Line(order=order)] * 3)
            purge.purge()
            (delete,) = delete_watch.deletes
            assert delete.rows_deleted == {"shop.Line": 3, "shop.Order": 1}
            assert delete.caller.function == "purge"
        """,
    "test_two.py": """
        import threading
        from shop import purge

        def test_purge_elsewhere():
            from django.db import connection
            from django.core.management import call_command

            def work():
                call_command("migrate", run_syncdb=True, verbosity=0)
                purge.purge()
                connection.connection.close()

            thread = threading.Thread(target=work)
            thread.start()
            thread.join()
        """,
}


PLUGIN = "delete_lint.watching.pytest_plugin"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(dedent(text).lstrip())
    return tmp_path


def run(folder: Path, *arguments: str, plugin: bool = True) -> subprocess.CompletedProcess[str]:
    # Where delete-lint is installed pytest finds it by itself.
    given = (
        ["-p", PLUGIN] if plugin and not any(each.value == PLUGIN for each in entry_points(group="pytest11")) else []
    )
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *given, *arguments],
        cwd=folder,
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")},
            "PYTHONPATH": os.pathsep.join((str(folder), str(ROOT), str(ROOT / "rules"))),
            "PYTHONDONTWRITEBYTECODE": "1",
            "DELETE_LINT_NO_CACHE": "1",
        },
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_a_run_tells_its_deletes_and_what_the_linter_did_not_foresee(project: Path) -> None:
    done = run(project, "--delete-lint", "--delete-lint-json=deletes.json")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "delete-lint watched 2 deletes from 1 place: 4 rows deleted, 1 receiver called" in done.stdout
    assert "shop.signals.naps (shop/signals.py:8)" in done.stdout
    assert "^ not foreseen by delete-lint" in done.stdout
    assert "shop.Order (shop/purge.py:4), purge" in done.stdout
    found = read_measured(project / "deletes.json")
    (delete,), (receiver,) = found.deletes, found.receivers
    assert (delete.cost.calls, delete.rows_deleted) == (2, {"shop.Line": 3, "shop.Order": 1})
    assert (receiver.cost.calls, receiver.is_slow, receiver.models) == (3, True, {"shop.Line": 3})


def test_findings_can_be_given(project: Path) -> None:
    said = {"rule": "blocking_receiver", "severity": "error", "file": "shop/signals.py", "line": 8}
    (project / "findings.json").write_text(json.dumps({"findings": [said]}))
    done = run(project, "--delete-lint-findings=findings.json")
    assert "watched 2 deletes" in done.stdout
    assert "^" not in done.stdout
    (project / "findings.json").write_text("{}")
    done = run(project, "--delete-lint-findings=findings.json")
    assert done.returncode == 0
    assert "delete-lint: not compared with its findings: findings.json: not what" in done.stdout


@pytest.mark.skipif(find_spec("xdist") is None, reason="pytest-xdist is not installed")
def test_workers_report_together(project: Path) -> None:
    done = run(project, "--delete-lint", "-p", "xdist", "-n", "2")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "watched 2 deletes from 1 place: 4 rows deleted, 1 receiver called" in done.stdout


def test_tests_that_fail_are_told_of_all_the_same(project: Path) -> None:
    (project / "test_two.py").write_text("def test_fails():\n    assert False\n")
    done = run(project, "--delete-lint")
    assert done.returncode == 1
    assert "watched 1 delete" in done.stdout


def test_unasked_it_says_nothing(project: Path) -> None:
    done = run(project, "--no-header")  # there pytest names all plugins
    assert done.returncode == 0, done.stdout
    assert "delete-lint" not in done.stdout


def test_unasked_it_imports_no_django_and_nothing_that_takes_time(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        "import sys\n\n\ndef test_it():\n"
        "    ours = {name for name in sys.modules if name.partition('.')[0] in ('delete_lint', 'django', 'libcst')}\n"
        "    assert ours == {'delete_lint', 'delete_lint.version', 'delete_lint.watching',\n"
        "                    'delete_lint.watching.pytest_plugin'}, ours\n"
    )
    done = run(tmp_path)
    assert done.returncode == 0, done.stdout


def test_a_run_without_django_is_told_that_nothing_was_deleted(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text("def test_it():\n    pass\n")
    done = run(tmp_path, "--delete-lint")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "delete-lint watched no delete" in done.stdout


def test_pytest_finds_the_plugin_by_the_metadata() -> None:
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert pyproject["project"]["entry-points"]["pytest11"] == {"delete_lint": "delete_lint.watching.pytest_plugin"}
