"""A small project on disk with a finding of most kinds, for tests of what happens to findings afterwards."""

from __future__ import annotations

from pathlib import Path

from delete_lint.baseline import Baseline
from delete_lint.lint import lint
from delete_lint.report import Report
from delete_lint.settings import Settings

FILES = {
    "shop/__init__.py": "",
    "shop/apps.py": """\
from django.apps import AppConfig


class ShopConfig(AppConfig):
    name = "shop"

    def ready(self):
        from . import signals
""",
    "shop/models.py": """\
from django.db import models


class Customer(models.Model):
    name = models.CharField(max_length=100)


class Order(models.Model):
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE)
    payload = models.JSONField(default=dict)


class Line(models.Model):
    order = models.ForeignKey("shop.Order", on_delete=models.CASCADE)
    note = models.TextField()

    def delete(self, *args, **kwargs):
        self.note = ""
        return super().delete(*args, **kwargs)
""",
    "shop/signals.py": """\
import time

from django.db.models.signals import post_delete
from django.dispatch import receiver

from shop.models import Customer, Line
from shop.tasks import reindex


@receiver(post_delete, sender=Line)
def forget_line(sender, instance, **kwargs):
    time.sleep(1)


@receiver(post_delete, sender=Customer)
def forget_customer(sender, instance, **kwargs):
    reindex.delay(instance.pk, "customer")
""",
    "shop/tasks.py": """\
from celery import shared_task

from shop.models import Customer, Order


@shared_task
def reindex(pk, kind):
    print(pk, kind)


def forget_everybody():
    Customer.objects.all().delete()


def forget_one_by_one(name):
    for customer in Customer.objects.filter(name=name, order__payload__state="paid in full", order__isnull=False):
        customer.delete()


def forget_orders():
    return Order.objects.exclude(payload__state='open').filter(customer__name="Jane").order_by("pk").delete()
""",
}


def write(folder: Path, files: dict[str, str] | None = None) -> Path:
    """Puts the files there, those of the shop if no others are given."""
    for name, text in (FILES if files is None else files).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def run(folder: Path, *paths: str, baseline: Baseline | None = None, **settings: object) -> Report:
    report = lint(paths or ["."], Settings(**settings), folder, baseline=baseline)  # type: ignore[arg-type]
    assert not report.problems
    return report
