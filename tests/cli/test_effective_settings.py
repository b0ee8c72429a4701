"""Settings that tell delete-lint about a project's own code: each changes what is found in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

Lint = Callable[..., Any]

IMPORTS = "from django.db import models\n"


@dataclass(frozen=True)
class Case:
    """Files of a project, a setting, and the findings (rule, file) that it takes away and brings."""

    files: Mapping[str, str]
    setting: str
    gone: frozenset[tuple[str, str]] = frozenset()
    new: frozenset[tuple[str, str]] = frozenset()


RECEIVER = """\
from django.db.models.signals import post_delete
from django.dispatch import receiver
{imports}
from shop.models import Order


@receiver(post_delete, sender=Order)
def on_delete(sender, instance, **kwargs):
    {call}
"""
ORDER = IMPORTS + "\n\nclass Order(models.Model):\n    name = models.TextField()\n"
CHAIN = (
    IMPORTS
    + "\n\nclass A(models.Model):\n    pass\n"
    + "".join(
        f"\n\nclass {name}(models.Model):\n    up = models.ForeignKey({up}, on_delete=models.CASCADE)\n"
        for up, name in pairwise("ABCDE")
    )
)

CASES = {
    "blocking": Case(
        {"shop/models.py": ORDER, "shop/signals.py": RECEIVER.format(imports="import erp", call="erp.push(instance)")},
        'blocking = { "erp.push" = "http" }',
        new=frozenset({("blocking_receiver", "shop/signals.py")}),
    ),
    "blocking, of the project's own": Case(
        {
            "shop/models.py": ORDER,
            "shop/erp.py": "def push(row):\n    ...\n",
            "shop/signals.py": RECEIVER.format(imports="from shop.erp import push", call="push(instance)"),
        },
        'blocking = { "shop.erp.push" = "broker" }',
        new=frozenset({("blocking_receiver", "shop/signals.py")}),
    ),
    "not-blocking": Case(
        {
            "shop/models.py": ORDER,
            "shop/signals.py": RECEIVER.format(imports="import requests", call='requests.post("http://localhost")'),
        },
        'not-blocking = ["requests.post"]',
        gone=frozenset({("blocking_receiver", "shop/signals.py")}),
    ),
    "not-blocking, of the project's own": Case(
        {
            "shop/models.py": ORDER,
            "shop/erp.py": "import requests\n\n\ndef push(row):\n    requests.post('http://localhost')\n",
            "shop/signals.py": RECEIVER.format(imports="from shop.erp import push", call="push(instance)"),
        },
        'not-blocking = ["shop.erp.push"]',
        gone=frozenset({("blocking_receiver", "shop/signals.py")}),
    ),
    "batchers, which delete what they are given": Case(
        {
            "shop/models.py": CHAIN,
            "shop/batches.py": "import clever\n\n\ndef slowly(rows):\n    while clever.more(rows):\n"
            "        rows.filter(pk__in=clever.some(rows)).delete()\n",
            "shop/purge.py": "from shop.batches import slowly\nfrom shop.models import A\n\n\ndef purge():\n"
            "    slowly(A.objects.filter(pk__gt=3))\n",
        },
        'batchers = ["shop.batches.slowly"]',
        gone=frozenset({("unbatched_cascade", "shop/batches.py")}),
    ),
    "batchers, which clear the way for a delete": Case(
        {
            "shop/models.py": CHAIN,
            "shop/purge.py": "from bulk import slowly\nfrom shop.models import A, B, C, D, E\n\n\ndef purge(pk):\n"
            + "".join(f"    slowly({name}.objects.filter(pk__gt=pk))\n" for name in "EDCB")
            + "    A.objects.filter(pk__gt=pk).delete()\n",
        },
        'batchers = ["bulk.slowly"]',
        gone=frozenset({("unbatched_cascade", "shop/purge.py")}),
    ),
    "muters": Case(
        {
            "shop/models.py": ORDER,
            "shop/signals.py": RECEIVER.format(imports="", call="instance.name"),
            "shop/quiet.py": "import contextlib\n\n\n@contextlib.contextmanager\ndef muted():\n    yield\n",
            "shop/purge.py": "from shop.models import Order\nfrom shop.quiet import muted\n\n\ndef purge():\n"
            "    with muted():\n        Order.objects.all().delete()\n",
        },
        'muters = ["shop.quiet.muted"]',
        gone=frozenset({("unfiltered_delete", "shop/purge.py"), ("wide_rows_fetched", "shop/purge.py")}),
    ),
    "field-classes, a key": Case(
        {
            "shop/fields.py": "from somewhere import key\n\n\nclass Ref(key):\n    pass\n",
            "shop/models.py": IMPORTS
            + "from shop.fields import Ref\n\n\nclass Order(models.Model):\n    pass\n\n\n"
            + "class Line(models.Model):\n    order = Ref(Order, on_delete=models.SET_NULL, null=True)\n",
            "shop/purge.py": "from shop.models import Order\n\n\ndef forget(pk):\n"
            "    Order.objects.filter(pk__gt=pk).delete()\n",
        },
        'field-classes = { "shop.fields.Ref" = "ForeignKey" }',
        new=frozenset({("set_null_fan_in", "shop/purge.py")}),
    ),
    "field-classes, a large column of a package": Case(
        {
            "shop/models.py": IMPORTS
            + "from blobs.fields import BlobField\n\n\nclass Order(models.Model):\n    scan = BlobField()\n",
            "shop/signals.py": RECEIVER.format(imports="", call="print(instance.pk)"),
            "shop/purge.py": "from shop.models import Order\n\n\ndef forget(pk):\n"
            "    Order.objects.filter(pk__gt=pk).delete()\n",
        },
        'field-classes = { "blobs.fields.BlobField" = "django.db.models.BinaryField" }',
        new=frozenset({("wide_rows_fetched", "shop/purge.py")}),
    ),
    "field-classes, a function": Case(
        {
            "shop/fields.py": "import registry\n\n\ndef blob(**options):\n    return registry.make('blob', options)\n",
            "shop/models.py": IMPORTS
            + "from shop.fields import blob\n\n\nclass Order(models.Model):\n    scan = blob(null=True)\n",
            "shop/signals.py": RECEIVER.format(imports="", call="print(instance.pk)"),
            "shop/purge.py": "from shop.models import Order\n\n\ndef forget(pk):\n"
            "    Order.objects.filter(pk__gt=pk).delete()\n",
        },
        'field-classes = { "shop.fields.blob" = "JSONField" }',
        new=frozenset({("wide_rows_fetched", "shop/purge.py")}),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_the_setting_changes_what_is_found(name: str, tmp_path: Path, lint: Lint, monkeypatch: Any) -> None:
    case = CASES[name]
    monkeypatch.chdir(tmp_path)
    for file, text in {"shop/__init__.py": "", **case.files}.items():
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_text(text)
    without = {(rule, file) for file, _, rule, _ in lint(".", "--format", "json").found}
    (tmp_path / "delete-lint.toml").write_text(case.setting + "\n")
    done = lint(".", "--format", "json")
    with_it = {(rule, file) for file, _, rule, _ in done.found}
    assert done.stderr == ""
    assert without - with_it == case.gone
    assert with_it - without == case.new
