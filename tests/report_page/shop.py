"""A shop with every kind of entry point, and its page."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from delete_lint.graph.measured import Measured
from delete_lint.lint import lint
from delete_lint.report import Report
from delete_lint.report_page.data import page_data
from delete_lint.report_page.html import html
from delete_lint.settings import Settings
from tests import small_shop

FILES = {
    **small_shop.FILES,
    "shop/admin.py": """\
from django.contrib import admin

from shop.models import Customer


@admin.register(Customer)
class CustomerAdmin(admin.ModelAdmin):
    pass
""",
    "shop/views.py": """\
from django.views.generic import DeleteView

from shop import closing
from shop.models import Order


class OrderDelete(DeleteView):
    model = Order


def forget(request, pk):
    Order.objects.get(pk=pk).delete()


def close(request, name):
    closing.close_account(name)
""",
    "shop/management/__init__.py": "",
    "shop/management/commands/__init__.py": "",
    "shop/management/commands/purge.py": """\
from django.core.management.base import BaseCommand

from shop.models import Customer


class Command(BaseCommand):
    def handle(self, *args, **options):
        Customer.objects.all().delete()
""",
    "shop/closing.py": """\
from shop.models import Customer


def close_account(name):
    drop(name)


def drop(name):
    Customer.objects.filter(name=name).delete()
""",
    "shop/jobs.py": """\
from celery import shared_task

from shop.models import Customer


@shared_task
def sweep(name):
    Customer.objects.filter(name=name).delete()
""",
}


def report(folder: Path, files: dict[str, str] | None = None, measured: Measured | None = None) -> Report:
    """The report of a project written to this folder."""
    small_shop.write(folder, FILES if files is None else files)
    return lint([str(folder)], Settings(measured=measured), folder)


def data(folder: Path, files: dict[str, str] | None = None) -> dict[str, Any]:
    """The page's data as the page has it."""
    document: dict[str, Any] = json.loads(json.dumps(page_data(report(folder, files), "shop")))
    return document


def page(
    folder: Path, files: dict[str, str] | None = None, title: str = "shop", measured: Measured | None = None
) -> str:
    return html(page_data(report(folder, files, measured), title))


def data_of(page_text: str) -> dict[str, Any]:
    """The data out of a written page."""
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page_text, re.DOTALL)
    assert found is not None
    document: dict[str, Any] = json.loads(found[1])
    return document
