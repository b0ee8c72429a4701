"""Changes that make no difference are answered from the run before, and those that make one are not."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import pytest

from delete_lint.cache import answers
from delete_lint.cache.alike import Alike, Record
from tests.cache import edits
from tests.cache.edits import said
from tests.command import ROOT
from tests.small_shop import FILES as SHOP
from tests.small_shop import write

#: Nothing is found to be wrong but in ``clearing.py`` and in those of the small shop.
QUIET = {
    **SHOP,
    "shop/views.py": """\
from django.shortcuts import render
from shop.helpers import label
from shop.logs import Log
from shop.models import Customer


def show(request, pk):
    customer = Customer.objects.get(pk=pk)
    return render(request, "customer.html", {"customer": customer})


def forget(request, pk):
    Log.objects.get(pk=pk).delete()
    return render(request, "gone.html")
""",
    "shop/logs.py": """\
from django.db import models


class Log(models.Model):
    text = models.CharField(max_length=9)
""",
    "shop/helpers.py": """\
def label(order):
    return str(order)


def tell(order):
    print(order)
""",
    "shop/clearing.py": """\
from shop.models import Customer


def clear():
    Customer.objects.all().delete()


def shout(name):
    return name.upper()


def whisper(name):
    return name.lower()
""",
    "shop/listening.py": """\
from django.db.models.signals import post_delete
from django.dispatch import receiver

from shop.helpers import tell
from shop.models import Order


@receiver(post_delete, sender=Order)
def order_gone(sender, instance, **kwargs):
    tell(instance)
""",
    "shop/migrations/__init__.py": "",
    "shop/migrations/0001_old.py": """\
from django.db import migrations


def forget(apps, schema_editor):
    apps.get_model("shop", "Order").objects.count()


class Migration(migrations.Migration):
    operations = [migrations.RunPython(forget)]
""",
    "tests/test_shop.py": "from shop.models import Order\n\n\ndef test_nothing():\n    assert Order\n",
}


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("DELETE_LINT_CACHE_DIR", "DELETE_LINT_NO_CACHE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), str(ROOT / "rules")]))
    monkeypatch.setattr(answers, "again", edits.AGAIN)
    return write(tmp_path / "project", QUIET)


def is_replayed(folder: Path, *arguments: str) -> bool:
    """Whether a run is answered from an earlier one; it must say what a run without a cache says either way."""
    before = edits.AGAIN.hits
    assert said(folder, *arguments) == said(folder, *arguments, "--no-cache")
    return edits.AGAIN.hits > before


def change(folder: Path, file: str, old: str, new: str) -> None:
    text = (folder / file).read_text()
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1))


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("shop/views.py", '"customer.html"', '"customers/one.html"'),
        ("shop/views.py", 'return render(request, "gone.html")\n', 'return render(request, "gone.html")\n# told\n'),
        ("shop/helpers.py", "return str(order)", "return repr(order)"),
        ("shop/helpers.py", "return str(order)", "text = str(order)\n    return text"),
        ("shop/helpers.py", "def label", "# first\ndef label"),
        ("shop/views.py", "def show(request, pk):", "def show(request, pk) -> None:\n    import time\n"),
        ("shop/migrations/0001_old.py", '"Order"', '"Line"'),
        ("shop/clearing.py", "return name.upper()", "# all of it\n    name = name.upper()\n    return name"),
        ("shop/clearing.py", "return name.lower()", "return name.casefold()\n\n\n# the end"),
        ("shop/helpers.py", "def tell(", "def brand_new(order):\n    return [order]\n\n\ndef tell("),
        (
            "shop/views.py",
            "def show(",
            "import json\n\nLIMIT = 3\n\n\nasync def sell(request):\n    pass\n\n\ndef show(",
        ),
        ("shop/views.py", "import Customer\n", "import Customer, Receipt\n"),
        ("shop/logs.py", "max_length=9)\n", "max_length=9)\n\n    def short(self):\n        return self.text[:3]\n"),
        ("shop/clearing.py", "return name.lower()\n", "return name.lower()\n\n\ndef mumble(name):\n    return name\n"),
        ("tests/test_shop.py", "assert Order", "assert Order is not None\n    Order.objects.all().delete()"),
    ],
)
def test_an_edit_that_nobody_asks_about_is_answered_at_once(file: str, old: str, new: str, shop: Path) -> None:
    assert not is_replayed(shop, ".")
    change(shop, file, old, new)
    assert is_replayed(shop, ".")
    change(shop, file, new, old)
    assert is_replayed(shop, ".")


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("shop/views.py", 'return render(request, "customer.html", {"customer": customer})', "customer.delete()"),
        ("shop/listening.py", "\n\n@receiver", "\n# who listens\n\n\n@receiver"),
        ("shop/views.py", '"customer.html"', '"customer.html'),
        ("shop/views.py", '{"customer": customer})', "{})  # delete-lint: ignore[unfiltered_delete]"),
        ("shop/helpers.py", "print(order)", "__import__('time').sleep(order.pk)"),
        ("shop/helpers.py", "return str(order)", "return 'pre_delete'"),
        ("shop/helpers.py", "def label(order):", "class Extra:\n    def label(order):"),
        ("shop/helpers.py", "def label(order):", "class Extra(Order):\n    def label(order):"),
        ("shop/helpers.py", "return str(order)", "from django.db.models.signals import post_init"),
        ("shop/helpers.py", "return str(order)", "import simple_history"),
        ("shop/migrations/0001_old.py", ".count()", ".all().delete()"),
        ("shop/models.py", "max_length=100", "max_length=200"),
        ("shop/models.py", "class Order", "# the orders\nclass Order"),
        ("shop/listening.py", "@receiver(", "def nothing():\n    pass\n\n\n@receiver("),
        ("shop/logs.py", "CharField", "FileField"),
        ("shop/views.py", "Log.objects.get(pk=pk)", "Log.objects.filter(pk=pk)"),
        ("shop/tasks.py", "print(pk, kind)", "print(kind, pk)"),
        ("shop/clearing.py", "import Customer\n", "import Customer\n\n# all of them"),
        ("shop/helpers.py", "def tell(", "def brand_new(order):\n    order.delete()\n\n\ndef tell("),
        ("shop/helpers.py", "def tell(", "def label(order):\n    return [order]\n\n\ndef tell("),
        ("shop/helpers.py", "def tell(", "def print(order):\n    return [order]\n\n\ndef tell("),
        ("shop/helpers.py", "def tell(", "print = repr\n\n\ndef tell("),
        ("shop/helpers.py", "def tell(", "from shop.logs import print\n\n\ndef tell("),
        ("shop/helpers.py", "def tell(", "from shop.logs import *\n\n\ndef tell("),
        ("shop/helpers.py", "def tell(", "@property\ndef brand_new(order):\n    return [order]\n\n\ndef tell("),
        (
            "shop/listening.py",
            "def order_gone",
            "def brand_new(order):\n    post_delete.connect(order)\n\n\ndef order_gone",
        ),
        ("shop/listening.py", "import Order\n", "import Order\nfrom shop.logs import pre_delete\n"),
        ("shop/logs.py", "max_length=9)\n", "max_length=9)\n\n    def delete(self):\n        return None\n"),
        ("shop/logs.py", "max_length=9)\n", "max_length=9)\n\n    def from_db(self):\n        return None\n"),
        ("shop/logs.py", "max_length=9)\n", "max_length=9)\n    size = 3\n"),
        ("shop/clearing.py", ".delete()\n", ".delete()  # all of them\n"),
        ("shop/clearing.py", "return name.upper()", "return Customer.objects.get(name=name).delete()"),
    ],
)
def test_an_edit_that_may_make_a_difference_is_looked_into(file: str, old: str, new: str, shop: Path) -> None:
    assert not is_replayed(shop, ".")
    change(shop, file, old, new)
    assert not is_replayed(shop, ".")


def test_a_record_that_is_damaged_or_gone_is_none(shop: Path) -> None:
    assert not is_replayed(shop, ".")
    (record,) = (shop / ".delete_lint_cache").glob("asked-*.run")
    data = record.read_bytes()
    record.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    change(shop, "shop/helpers.py", "return str(order)", "return repr(order)")
    assert not is_replayed(shop, ".")
    for record in (shop / ".delete_lint_cache").glob("asked-*.run"):
        record.unlink()
    change(shop, "shop/helpers.py", "return repr(order)", "return str(order)")
    assert is_replayed(shop, ".")  # from the first run
    change(shop, "shop/helpers.py", "return str(order)", "return format(order)")
    assert not is_replayed(shop, ".")


@pytest.mark.parametrize("nonsense", ["blocks", "patterns", "parts"])
def test_a_record_that_somebody_made_up_is_none(nonsense: str, shop: Path) -> None:
    assert not is_replayed(shop, ".")
    (kept,) = (shop / ".delete_lint_cache").glob("asked-*.run")
    record = msgspec.msgpack.decode(kept.read_bytes(), type=Record)
    name, text = next((name, text) for name, text in record.texts.items() if text.searches)
    block, part, number, said = text.searches[0]
    if nonsense == "patterns":
        record = msgspec.structs.replace(record, text_patterns=[("(", 0)] * len(record.text_patterns))
    else:
        made_up = (block, 9, number, said) if nonsense == "parts" else (999, part, number, said)
        texts = {**record.texts, name: msgspec.structs.replace(text, searches=[made_up])}
        record = msgspec.structs.replace(record, texts=texts)
    with pytest.raises(ValueError, match="no record"):
        Alike(msgspec.msgpack.encode(record)).all_answer_alike(
            [name], lambda path: (shop / path).read_bytes(), in_place=True
        )


def test_many_changed_files_are_linted_anew(shop: Path) -> None:
    for number in range(answers.MOST_CHANGED + 1):
        (shop / "shop" / f"more_{number}.py").write_text("def nothing():\n    return 1\n")
    assert not is_replayed(shop, ".")
    for number in range(answers.MOST_CHANGED + 1):
        change(shop, f"shop/more_{number}.py", "1", "2")
    assert not is_replayed(shop, ".")
