"""Bodies of the receivers of running projects, those of installed packages included."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.runtime.linted_project import LintedProject

_READ = """
from delete_lint.runtime.bodies import with_bodies
from delete_lint.runtime.front import runtime_graph
from delete_lint.settings import Settings

graph = with_bodies(runtime_graph(), Settings())
answer = {
    receiver.name: {
        "work": sorted({(work.category, work.call) for work in receiver.work}),
        "way": [[str(hop.place) for hop in work.path] for work in receiver.work],
        "creations": [[each.model, list(each.fields)] for each in receiver.creations],
        "reads": list(receiver.reads),
        "parents": [each.field for each in receiver.parent_reads],
        "dispatches": [[each.call, each.on_commit] for each in receiver.dispatches],
        "package": receiver.package,
        "guards": [receiver.origin_guard, receiver.sender_guard],
    }
    for receiver in graph.receivers
}
"""

_MODELS = """
from django.db import models
from taggy.models import Tagged

class Customer(models.Model):
    name = models.TextField()

class Order(Tagged):
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="orders")
    invoice = models.FileField()
    products = models.ManyToManyField("shop.Product")

    def forget(self):
        self.lines.all().delete()

class Product(models.Model):
    name = models.TextField()

class Line(models.Model):
    order = models.ForeignKey(Order, models.CASCADE, related_name="lines")

class Note(models.Model):
    order = models.OneToOneField(Order, models.CASCADE)
"""

_APP = """
from django.apps import AppConfig

class ShopConfig(AppConfig):
    name = "shop"

    def ready(self):
        from shop import signals
"""


@pytest.fixture
def project(tmp_path: Path) -> LintedProject:
    found = LintedProject(
        tmp_path,
        ["taggy", "shop"],
        {"shop/__init__.py": "", "shop/apps.py": _APP, "shop/models.py": _MODELS, "shop/signals.py": ""},
    )
    found.install("taggy", {"models.py": "from django.db import models\n\nclass Tagged(models.Model):\n    pass\n"})
    return found


def bodies(project: LintedProject, signals: str) -> dict[str, Any]:
    head = "import time\nfrom functools import partial\nfrom django.db.models.signals import post_delete, pre_delete\n"
    head += "from django.dispatch import receiver\nfrom shop.models import Customer, Line, Note, Order, Product\n"
    project.write({"shop/signals.py": head + signals})
    answer: dict[str, Any] = project.ask(_READ)
    return answer


def test_what_a_row_leads_to_is_what_django_says(project: LintedProject) -> None:
    """Through multi-table parents, many-to-many fields, one-to-one fields and files, forward and in reverse."""
    found = bodies(
        project,
        """
@receiver(post_delete, sender=Order)
def clean(instance, **kwargs):
    instance.forget()
    instance.customer.name
    instance.note.delete()
    instance.invoice.delete(save=False)
    instance.products.clear()
    instance.tagged_ptr.delete()

@receiver(post_delete, sender=Product)
def empty(instance, **kwargs):
    instance.order_set.all().delete()

@receiver(post_delete, sender="taggy.Tagged")
def child(instance, **kwargs):
    instance.order.delete()
""",
    )
    assert found["clean"]["work"] == [
        ["orm-bulk-delete", "Line.delete"],
        ["orm-bulk-delete", "Note.delete"],
        ["orm-bulk-delete", "Tagged.delete"],
        ["orm-query", "Line.delete"],
        ["orm-query", "Note.delete"],
        ["orm-query", "Order.customer"],
        ["orm-query", "Order.note"],
        ["orm-query", "Order.tagged_ptr"],
        ["orm-query", "Product.clear"],
        ["orm-query", "Tagged.delete"],
        ["storage", "django.db.models.fields.files.FieldFile.delete"],
    ]
    assert ["orm-bulk-delete", "Order.delete"] in found["empty"]["work"]
    assert ["orm-bulk-delete", "Order.delete"] in found["child"]["work"]


def test_receivers_of_installed_packages_are_read(project: LintedProject) -> None:
    project.install(
        "listening",
        {
            "apps.py": _APP.replace("ShopConfig", "ListeningConfig")
            .replace('"shop"', '"listening"')
            .replace("from shop import signals", "from listening import handlers"),
            "handlers.py": """
from django.db.models.signals import post_delete
from listening.backends import Backend

class Listener:
    def __init__(self):
        self.backend = Backend()

    def on_delete(self, sender, instance, **kwargs):
        self.backend.remove(instance)

class Loud(Listener):
    pass

loud = Loud()
post_delete.connect(loud.on_delete)
""",
            "backends.py": """
import subprocess

class Backend:
    def remove(self, instance):
        subprocess.run(["remove", str(instance.pk)])
""",
        },
    )
    project.apps.append("listening")
    found = bodies(project, "")["Listener.on_delete"]
    assert found["package"] == "listening"
    assert found["work"] == [["subprocess", "subprocess.run"]]
    assert [[Path(place).name for place in way] for way in found["way"]] == [["handlers.py:9", "backends.py:5"]]


def test_django_s_own_receiver_is_read_and_django_s_querysets_are_not(project: LintedProject) -> None:
    project.apps.insert(0, "django.contrib.sites")
    found = bodies(project, "")["clear_site_cache"]
    assert found["work"] == [["orm-query", "Site.get"]]
    assert found["reads"] == ["domain"]


def test_functions_are_found_however_they_are_connected(project: LintedProject) -> None:
    found = bodies(
        project,
        """
def wrapped(function):
    import functools
    @functools.wraps(function)
    def inner(**kwargs):
        return function(**kwargs)
    return inner

@receiver(post_delete, sender=Order)
@wrapped
def decorated(instance, **kwargs):
    time.sleep(1)

def make(seconds):
    def made(instance, **kwargs):
        time.sleep(seconds)
    return made

kept = [make(1), lambda instance, **kwargs: time.sleep(1)]
for each in kept:
    post_delete.connect(each, sender=Order)

def bound_by_partial(seconds, instance, **kwargs):
    time.sleep(seconds)

half = partial(bound_by_partial, 1)
post_delete.connect(half, sender=Order, weak=False)

class Listener:
    def __call__(self, **kwargs):
        self.pause()
    def pause(self):
        time.sleep(1)
    @classmethod
    def on_class(cls, **kwargs):
        time.sleep(1)
    @staticmethod
    def on_static(instance, **kwargs):
        time.sleep(1)

listener = Listener()
post_delete.connect(listener, sender=Order)
post_delete.connect(Listener.on_class, sender=Order, weak=False)
post_delete.connect(Listener.on_static, sender=Order)
""",
    )
    names = ["Listener.__call__", "Listener.on_class", "Listener.on_static", "bound_by_partial", "decorated"]
    assert sorted(found) == sorted([*names, "<lambda>", "make.<locals>.made"])
    for name, body in found.items():
        assert body["work"] == [["sleep", "time.sleep"]], name


def test_a_class_that_is_imported_from_elsewhere_than_where_it_is_defined_is_found(project: LintedProject) -> None:
    """Packages set ``__module__`` to where a class should be imported from."""
    project.install(
        "moved",
        {
            "models/__init__.py": "from moved.models.boxes import Box\n",
            "models/boxes.py": """
from django.db import models

class Box(models.Model):
    def empty(self):
        self.things.all().delete()

class Thing(models.Model):
    box = models.ForeignKey(Box, models.CASCADE, related_name="things")

Box.__module__ = "moved.models"
""",
        },
    )
    project.apps.append("moved")
    found = bodies(
        project,
        """
from moved.models import Box

@receiver(pre_delete, sender=Box)
def clean(instance, **kwargs):
    instance.empty()
""",
    )
    assert ["orm-bulk-delete", "Thing.delete"] in found["clean"]["work"]


def test_a_module_that_nothing_has_imported_yet_is_read_where_it_stands(project: LintedProject) -> None:
    project.write({"shop/later.py": "import time\n\ndef work():\n    time.sleep(1)\n"})
    found = bodies(
        project,
        """
@receiver(post_delete, sender=Order)
def late(instance, **kwargs):
    from shop.later import work
    work()
""",
    )
    assert found["late"]["work"] == [["sleep", "time.sleep"]]


def test_models_that_no_source_shows_are_known(project: LintedProject) -> None:
    """Made on the spot, as histories and audit tables are."""
    project.write(
        {
            "shop/models.py": _MODELS
            + """
History = type(
    "History",
    (models.Model,),
    {"__module__": "shop.models", "order": models.ForeignKey(Order, models.CASCADE, related_name="history")},
)
"""
        }
    )
    found = bodies(
        project,
        """
from shop.models import History

@receiver(pre_delete, sender=Order)
def log(instance, **kwargs):
    History.objects.create(order=instance)
    instance.history.all().delete()
""",
    )
    assert found["log"]["creations"] == [["shop.History", ["order"]]]
    assert ["orm-bulk-delete", "History.delete"] in found["log"]["work"]
