"""`python -m benchmarks.watch` runs a project's tests alone and watched, and prints both."""

from __future__ import annotations

import sys
from pathlib import Path
from textwrap import dedent

import pytest

from benchmarks.watch.__main__ import main

FILES = {
    "settings.py": """
        import os

        SECRET_KEY = "for tests only"
        INSTALLED_APPS = ["shop"]
        DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
        NAME = os.environ["DATABASE_NAME"]
        DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": NAME, "TEST": {"NAME": NAME}}}
        """,
    "shop/__init__.py": "",
    "shop/models.py": """
        from django.db import models
        from django.db.models.signals import post_delete

        class Order(models.Model):
            number = models.CharField(max_length=9)

        def heard(**kwargs):
            pass

        post_delete.connect(heard, sender=Order)
        """,
    "shop/tests.py": """
        from django.test import TestCase, TransactionTestCase
        from shop.models import Order

        class Tests(TestCase):
            def test_it(self):
                Order.objects.bulk_create([Order(), Order()])
                Order.objects.exclude(number="first").delete()
                self.assertTrue(Order.objects.filter(number="first").exists())

        class Emptied(TransactionTestCase):
            def test_it(self):
                pass
        """,
    "shop/migrations/__init__.py": "",
    "shop/migrations/0001_initial.py": """
        from django.db import migrations, models

        def fill(apps, schema_editor):
            apps.get_model("shop", "Order").objects.create(number="first")

        class Migration(migrations.Migration):
            operations = [
                migrations.CreateModel("Order", [
                    ("id", models.AutoField(primary_key=True)), ("number", models.CharField(max_length=9)),
                ]),
                migrations.RunPython(fill),
            ]
        """,
}


def test_it_prints_what_watching_cost_and_told_whatever_earlier_runs_have_left(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(dedent(text).lstrip())
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "tests.sqlite3").write_text("no database")
    main(
        [
            *("--project", str(tmp_path), "--python", sys.executable, "--settings", "settings"),
            *("--pairs", "2", "--work", str(tmp_path / "work"), "shop"),
        ]
    )
    out = capsys.readouterr().out
    assert "| processor time | " in out
    assert "2 pairs; 1 deletes; failures: [0]" in out
    assert "| `shop.models.heard` | " in out
    assert "| `shop.Order` at `shop/tests.py:7` | " in out
    assert "| 1 | 2 | 2 |" in out
