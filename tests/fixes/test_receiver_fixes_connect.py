"""A receiver that is gone as soon as it is connected is kept, and runs once for each row."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fixes.harness import fixed, project, source_of, unfixable
from tests.fixes.running import Both

RULE = "dead_receiver"

MODELS = """
    from django.db import models

    ran = []

    class Order(models.Model):
        number = models.CharField(max_length=20)

    class Invoice(models.Model):
        number = models.CharField(max_length=20)
"""
IMPORTS = """
from functools import partial
from django.apps import AppConfig
from django.db.models.signals import post_delete, pre_delete
from django.dispatch import receiver
from shop import models


def log(*args, **kwargs):
    print(args)


"""


def files(text: str, **other: str) -> dict[str, str]:
    return {"shop/models.py": MODELS, "shop/signals.py": IMPORTS + source_of(text), **other}


def connected(folder: Path, text: str) -> str:
    """What stands below the imports after the fix."""
    return fixed(folder, RULE, files(text), "shop/signals.py").removeprefix(IMPORTS.lstrip("\n"))


def test_a_decorator_and_a_connection_in_ready_get_just_weak_false(tmp_path: Path) -> None:
    assert connected(tmp_path, """
class ShopConfig(AppConfig):
    name = "shop"

    def ready(self):
        def forget(sender, instance, **kwargs):
            print(self.name)

        post_delete.connect(forget, sender=models.Order)  # kept?

        @receiver([pre_delete, post_delete], sender=models.Order)
        def other(sender, **kwargs):
            print(1)

        receiver(post_delete, sender=models.Invoice)(lambda **kwargs: print(2))
""") == """\
class ShopConfig(AppConfig):
    name = "shop"

    def ready(self):
        def forget(sender, instance, **kwargs):
            print(self.name)

        post_delete.connect(forget, sender=models.Order, weak=False)  # kept?

        @receiver([pre_delete, post_delete], sender=models.Order, weak=False)
        def other(sender, **kwargs):
            print(1)

        receiver(post_delete, sender=models.Invoice, weak=False)(lambda **kwargs: print(2))
"""  # fmt: skip


def test_a_function_that_may_run_again_connects_once(tmp_path: Path) -> None:
    assert connected(tmp_path, """
def listen():
    from shop.models import Order

    def forget(sender, instance, **kwargs):
        print(Order, instance)

    post_delete.connect(
        forget,
        sender=Order,  # just orders
    )
    pre_delete.connect(
        forget,
        sender=Order
    )
""") == """\
def listen():
    from shop.models import Order

    def forget(sender, instance, **kwargs):
        print(Order, instance)

    post_delete.connect(
        forget,
        sender=Order,  # just orders
        weak=False,
        dispatch_uid="shop.signals.listen.forget",
    )
    pre_delete.connect(
        forget,
        sender=Order,
        weak=False,
        dispatch_uid="shop.signals.listen.forget"
    )
"""  # fmt: skip


KEPT = {
    "post_delete.connect(lambda **kwargs: print(1), sender=models.Order)":
        "post_delete.connect(lambda **kwargs: print(1), sender=models.Order, weak=False)",
    "post_delete.connect(lambda **kwargs: print(1))": "post_delete.connect(lambda **kwargs: print(1), weak=False)",
    "post_delete.connect((lambda **kwargs: print(1)))": "post_delete.connect((lambda **kwargs: print(1)), weak=False)",
    "post_delete.connect(partial(log, 1), models.Order, True)":
        "post_delete.connect(partial(log, 1), models.Order, False)",
    "post_delete.connect(partial(log, 1), weak=True, sender=models.Order,)":
        "post_delete.connect(partial(log, 1), weak=False, sender=models.Order,)",
    "post_delete.connect(partial(log, 1), sender=models.Order,)":
        "post_delete.connect(partial(log, 1), sender=models.Order, weak=False,)",
    "for model in (models.Order, models.Invoice):\n    post_delete.connect(partial(log, model), sender=model)":
        "for model in (models.Order, models.Invoice):\n"
        "    post_delete.connect(partial(log, model), sender=model, weak=False)",
}  # fmt: skip


@pytest.mark.parametrize("text", KEPT)
def test_what_a_module_connects_once_is_kept(tmp_path: Path, text: str) -> None:
    assert connected(tmp_path, text).strip() == KEPT[text]


def test_a_loops_variable_that_is_bound_in_time_is_no_hindrance(tmp_path: Path) -> None:
    source = connected(tmp_path, """
class ShopConfig(AppConfig):
    def ready(self):
        for model in (models.Order, models.Invoice):

            def forget(sender, found=model, **kwargs):
                rows = kwargs["instance"]
                print(found, rows)

            post_delete.connect(forget, sender=model)
""")  # fmt: skip
    assert "post_delete.connect(forget, sender=model, weak=False)" in source


INDEX = "class Index:\n    def remove(self, **kwargs):\n        print(kwargs)\n\n"


def test_the_method_of_an_object_that_nobody_keeps_keeps_the_object(tmp_path: Path) -> None:
    source = connected(tmp_path, f"{INDEX}post_delete.connect(Index().remove, sender=models.Order)\n")
    assert source.endswith("post_delete.connect(Index().remove, sender=models.Order, weak=False)\n")


CONFIG = "class ShopConfig(AppConfig):\n    def ready(self):\n"
UNSURE = {
    "each call makes another closure":
        "def listen(name):\n    def forget(**kwargs):\n        print(name)\n"
        "    post_delete.connect(forget, sender=models.Order)",
    "each call makes another object":
        f"{INDEX}def listen():\n    index = Index()\n    post_delete.connect(index.remove, sender=models.Order)",
    "nothing tells lambdas of repeated calls from each other":
        "def listen():\n    post_delete.connect(lambda **kwargs: print(1), sender=models.Order)",
    "all of a loop's closures would see its last value":
        f"{CONFIG}        for model in (models.Order, models.Invoice):\n            def forget(**kwargs):\n"
        "                print(model)\n            post_delete.connect(forget, sender=model)",
    "whether it is weak is decided elsewhere":
        "WEAK = bool(models.ran)\npost_delete.connect(lambda **kwargs: print(1), sender=models.Order, weak=WEAK)",
    "its arguments are made elsewhere":
        "options = {}\npost_delete.connect(lambda **kwargs: print(1), sender=models.Order, **options)",
    "a list is no sender":
        f"{CONFIG}        def forget(**kwargs):\n            print(1)\n"
        "        post_delete.connect(forget, sender=[models.Order, models.Invoice])",
}  # fmt: skip


@pytest.mark.parametrize("why", UNSURE)
def test_a_connection_that_weak_false_does_not_mend_is_left_alone(tmp_path: Path, why: str) -> None:
    unfixable(tmp_path, RULE, files(UNSURE[why] + "\n"))


def test_a_local_receiver_that_is_disconnected_again_is_no_dead_one(tmp_path: Path) -> None:
    small = project(tmp_path, files("""
def quietly():
    def note(**kwargs):
        print(1)

    post_delete.connect(note, sender=models.Order)
    models.Order.objects.all().delete()
    post_delete.disconnect(note, sender=models.Order)
"""))  # fmt: skip
    assert small.findings(RULE) == []


def test_an_async_receiver_on_4_2_would_still_not_run(tmp_path: Path) -> None:
    text = f"{CONFIG}        async def forget(**kwargs):\n            print(1)\n        post_delete.connect(forget)\n"
    settings = {"pyproject.toml": '[tool.delete-lint]\ndjango-version = "4.2"\n'}
    unfixable(tmp_path, RULE, files(text, **settings))


# --- what Django does ---------------------------------------------------------------------------------------------

RUNNING = """
from django.apps import AppConfig
from django.db.models.signals import post_delete
from django.dispatch import receiver


class Index:
    def remove(self, instance, **kwargs):
        from shop.models import ran
        ran.append(["method", instance.number])


class ShopConfig(AppConfig):
    name = "shop"

    def ready(self):
        from shop.models import Order, ran

        def local(instance, **kwargs):
            ran.append(["local", instance.number, self.name])

        post_delete.connect(local, sender=Order)

        @receiver(post_delete, sender=Order)
        def decorated(instance, **kwargs):
            ran.append(["decorated", instance.number])

        post_delete.connect(lambda instance, **kwargs: ran.append(["lambda", instance.number]), sender=Order)
        post_delete.connect(Index().remove, sender=Order)
        listen()
        listen()


def listen():
    from shop.models import Invoice, Order, ran

    def again(instance, **kwargs):
        ran.append(["again", instance.number])

    for model in (Order, Invoice):
        post_delete.connect(again, sender=model)
"""


def test_the_receivers_begin_to_run_once_for_each_row_and_live_on(tmp_path: Path) -> None:
    both = Both(tmp_path, RULE, {"shop/models.py": MODELS, "shop/apps.py": RUNNING})
    before, after = both.ask("""
import gc
from shop.models import Invoice, Order, ran
for number in "12":
    Order.objects.create(number=number)
    Invoice.objects.create(number=number)
gc.collect()
Order.objects.filter(number="1").delete()
Invoice.objects.filter(number="2").delete()
answer = {"ran": sorted(ran), "rows": rows()}
""")
    assert before["rows"] == after["rows"]
    assert before["ran"] == []
    assert after["ran"] == [
        ["again", "1"],
        ["again", "2"],
        ["decorated", "1"],
        ["lambda", "1"],
        ["local", "1", "shop"],
        ["method", "1"],
    ]
