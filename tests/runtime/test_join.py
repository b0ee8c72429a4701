"""Source linted together with its running project: the registries say what is, the source says where and why."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.runtime.linted_project import SETTINGS, LintedProject, named

_APP = """
from django.apps import AppConfig

class {title}Config(AppConfig):
    name = "{name}"
    label = "{label}"

    def ready(self):
        from {name} import signals
"""

_MODELS = """
from django.db import models


class Base(models.Model):
    payload = models.JSONField(default=dict)

    class Meta:
        abstract = True


class Customer(models.Model):
    name = models.CharField(max_length=20)


class Order(Base):
    customer = models.ForeignKey(
        Customer,
        on_delete=models.CASCADE,
    )

    def delete(self, *args, **kwargs):
        return super().delete(*args, **kwargs)


class Line(models.Model):
    order = models.ForeignKey(Order, on_delete=models.CASCADE)
"""

_SIGNALS = """
from django.db.models.signals import post_delete
from django.dispatch import receiver

from shop.models import Line


@receiver(post_delete, sender=Line)
def on_line(sender, instance, **kwargs):
    instance.order.customer.name
"""

_VIEWS = """
from shop.models import Customer, Order


def purge():
    Customer.objects.all().delete()
    for order in Order.objects.all():
        order.delete()
"""


def app(name: str, label: str = "") -> str:
    return _APP.format(title=name.title(), name=name, label=label or name)


@pytest.fixture
def project(tmp_path: Path) -> LintedProject:
    files = {
        "apps.py": app("shop"),
        "models.py": _MODELS,
        "signals.py": _SIGNALS,
        "views.py": _VIEWS,
        "__init__.py": "",
    }
    return LintedProject(tmp_path, ["shop"], {f"shop/{name}": text for name, text in files.items()})


def test_what_both_see_is_the_running_project_s_with_the_places_of_the_source(project: LintedProject) -> None:
    static, joined = project.graph("."), project.graph(".", *SETTINGS)
    assert (static["source"], joined["source"]) == ("static", "runtime")
    own = [model for model in joined["models"] if model["own"]]
    for model in static["models"]:
        found = named(joined, "models", model["label"])
        assert (found["file"], found["line"]) == (model["file"], model["line"])
        assert found["delete_override"] is model["delete_override"]
    assert {model["label"] for model in static["models"]} == {model["label"] for model in own}
    assert static["deletes"] == joined["deletes"]
    (before,), (after,) = static["receivers"], joined["receivers"]
    assert {**before, "slow_only_by_it": []} == {**after, "slow_only_by_it": []}
    order = named(joined, "models", "shop.Order")
    assert order["large_fields"] == ["payload"]
    assert named(joined, "models", "contenttypes.ContentType")["own"] is False


def test_a_finding_stands_where_the_source_says_with_its_column(project: LintedProject) -> None:
    for arguments in ((), SETTINGS):
        done = project.lint("shop", *arguments, "--format", "json")
        found = {each["rule"]: each for each in json.loads(done.stdout)["findings"]}
        assert (found["unfiltered_delete"]["line"], found["unfiltered_delete"]["column"]) == (5, 28)
        assert found["receiver_defeats_fast_delete"]["file"] == "shop/models.py"


def test_only_is_not_offered_where_a_receiver_of_the_source_hears_of_loading(project: LintedProject) -> None:
    project.write(
        {"shop/views.py": "from shop.models import Order\n\n\ndef purge():\n    Order.objects.all().delete()\n"}
    )
    arguments = (".", *SETTINGS, "--select", "wide_rows_fetched", "--diff")
    assert '.only("pk").delete()' in project.lint(*arguments).stdout
    keep = "@receiver(post_init, sender=Order)\ndef keep(instance, **kwargs):\n    instance.was = instance.payload\n"
    signals = _SIGNALS.replace("post_delete\n", "post_delete, post_init\n", 1).replace("Line\n", "Line, Order\n", 1)
    project.write({"shop/signals.py": f"{signals}\n\n{keep}"})
    assert project.lint(*arguments).stdout == ""


def test_a_receiver_of_a_package_slows_the_models_of_the_project(project: LintedProject) -> None:
    """Source alone cannot know that the package listens."""
    assert "senderless_receiver" not in {rule for rule, _, _ in project.findings("shop")}
    project.install(
        "listening",
        {
            "apps.py": app("listening"),
            "signals.py": "import time\nfrom django.db.models.signals import post_delete\n\n"
            "def on_delete(**kwargs):\n    time.sleep(1)\n\npost_delete.connect(on_delete)\n",
        },
    )
    project.apps.append("listening")
    document = project.graph("shop", *SETTINGS)
    receiver = named(document, "receivers", "on_delete")
    assert (receiver["package"], receiver["senders"]) == ("listening", None)
    assert [work["call"] for work in receiver["blocking"]] == ["time.sleep"]
    reasons = named(document, "models", "shop.Line")["slow_because"]
    assert {reason["by"] for reason in reasons} == {"shop.signals.on_line", "listening.signals.on_delete"}
    # Theirs is a cause, and no finding of its own.
    assert "blocking_receiver" not in {rule for rule, _, _ in project.findings("shop", *SETTINGS)}


def test_labels_that_the_source_had_to_guess_are_the_running_project_s(project: LintedProject) -> None:
    """No source shows the label that an app is given when it is installed under another."""
    project.write(
        {
            "store/__init__.py": "",
            "store/models.py": "from django.db import models\n\nclass Shelf(models.Model):\n    pass\n",
            "store/views.py": "from store.models import Shelf\n\ndef clear():\n    Shelf.objects.all().delete()\n",
            "store/signals.py": "from django.db.models.signals import post_delete\nfrom store.models import Shelf\n\n"
            "def on_shelf(instance, **kwargs):\n    pass\n\npost_delete.connect(on_shelf, sender=Shelf)\n",
            "config/labels.py": "from django.apps import AppConfig\n\nclass Store(AppConfig):\n    name = 'store'\n"
            "    label = '_'.join(['ware', 'house'])\n    def ready(self):\n        from store import signals\n",
        }
    )
    project.apps.append("config.labels.Store")
    assert [site["model"] for site in project.graph("store")["deletes"]] == ["store.Shelf"]
    document = project.graph("store", *SETTINGS)
    assert [site["model"] for site in document["deletes"]] == ["ware_house.Shelf"]
    assert named(document, "receivers", "on_shelf")["senders"] == ["ware_house.Shelf"]
    assert named(document, "models", "ware_house.Shelf")["line"] == 3


def test_senders_that_no_source_shows_are_the_running_project_s(project: LintedProject) -> None:
    project.write(
        {
            "shop/signals.py": _SIGNALS
            + "\n\ndef on_any(sender, instance, **kwargs):\n    instance.line_set.all().delete()\n\n\n"
            "from django.apps import apps\n"
            "for model in apps.get_models():\n    if hasattr(model, 'line_set'):\n"
            "        post_delete.connect(on_any, sender=model)\n"
        }
    )
    receiver = named(project.graph("shop", *SETTINGS), "receivers", "on_any")
    assert receiver["senders"] == ["shop.Order"]
    assert receiver["registered"] == [{"file": "shop/signals.py", "line": 19}]
    assert {work["call"] for work in receiver["blocking"]} == {"Line.delete"}


def test_what_is_not_connected_is_left_out_and_named(project: LintedProject) -> None:
    """A module that nobody imports, a setting that is off."""
    project.write({"shop/forgotten.py": _SIGNALS.replace("on_line", "on_forgotten")})
    document = project.graph("shop", *SETTINGS)
    assert [receiver["name"] for receiver in document["receivers"]] == ["on_line"]
    told = project.lint("shop", *SETTINGS, "-v").stderr
    assert "shop.forgotten.on_forgotten (shop/forgotten.py:8) is not connected in the running project" in told
    assert "not connected" not in project.lint("shop", *SETTINGS).stderr


def test_a_receiver_that_a_view_s_module_connects_is_connected_when_requests_come(project: LintedProject) -> None:
    project.write(
        {
            "shop/forgotten.py": _SIGNALS.replace("on_line", "on_view"),
            "config/urls.py": "from shop import forgotten\n\nurlpatterns = []\n",
        }
    )
    project.write(
        {"config/settings.py": (project.folder / "config/settings.py").read_text() + "ROOT_URLCONF = 'config.urls'\n"}
    )
    document = project.graph("shop", *SETTINGS)
    assert sorted(receiver["name"] for receiver in document["receivers"]) == ["on_line", "on_view"]
    project.write({"config/urls.py": "from shop import forgotten, nothing\n"})
    done = project.lint("shop", *SETTINGS, "-v")
    assert "the URLs could not be loaded" in done.stderr
    assert "ImportError: cannot import name 'nothing'" in done.stderr
    assert done.returncode == 1


@pytest.mark.parametrize("debug", [False, True])
def test_a_receiver_that_is_dead_in_production_is_dead(debug: bool, project: LintedProject) -> None:
    """Under DEBUG, Django remembers the functions that are connected, and so keeps alive what is held weakly."""
    project.write(
        {
            "shop/signals.py": _SIGNALS + "\n\ndef connect():\n    def local(**kwargs):\n        pass\n\n"
            "    post_delete.connect(local, sender=Line)\n\n\nconnect()\npost_delete.connect(on_line, sender=[Line])\n"
        }
    )
    done = project.lint("shop", *SETTINGS, "--format", "json", DEBUG=debug)
    dead = [each for each in json.loads(done.stdout)["findings"] if each["rule"] == "dead_receiver"]
    assert [each["line"] for each in dead] == [8, 13]
    assert "a list is given as sender" in dead[0]["message"]
    assert "held weakly" in dead[1]["message"]


def test_a_local_function_that_something_keeps_is_alive(project: LintedProject) -> None:
    project.write(
        {
            "shop/signals.py": _SIGNALS
            + "\n\ndef connect(kept):\n    def local(**kwargs):\n        pass\n\n    kept |= {local}\n"
            "    post_delete.connect(local, sender=Line)\n\n\nkept = set()\nconnect(kept)\n"
        }
    )
    assert ("dead_receiver", "shop/signals.py", 13) in project.findings("shop")
    assert "dead_receiver" not in {rule for rule, _, _ in project.findings("shop", *SETTINGS)}


def test_a_model_of_an_app_that_is_not_installed_is_left_out_and_named(project: LintedProject) -> None:
    project.write(
        {
            "old/__init__.py": "",
            "old/models.py": "from django.db import models\n\nclass Relic(models.Model):\n    pass\n",
            "old/views.py": "from old.models import Relic\n\ndef clear():\n    Relic.objects.all().delete()\n",
        }
    )
    document = project.graph(".", *SETTINGS)
    assert "old.Relic" not in {model["label"] for model in document["models"]}
    assert [site["model"] for site in document["deletes"] if site["file"] == "old/views.py"] == [None]
    assert "old.Relic (old/models.py:3) is no model of the running project" in project.lint(".", *SETTINGS, "-v").stderr


def test_source_that_is_imported_from_elsewhere_is_found_where_it_is_linted(project: LintedProject) -> None:
    """The checkout is linted, while the environment has a copy of it installed."""
    copies = {file.name: file.read_text() for file in (project.folder / "shop").iterdir() if file.suffix == ".py"}
    project.install("shop", copies)
    for name in copies:
        (project.folder / "shop" / name).rename(project.folder / name.replace(".py", ".moved"))
    source = project.folder / "checkout" / "shop"
    source.mkdir(parents=True)
    for name in copies:
        (project.folder / name.replace(".py", ".moved")).rename(source / name)
    (project.folder / "shop").rmdir()
    document = project.graph("checkout/shop", *SETTINGS)
    order = named(document, "models", "shop.Order")
    assert (order["file"], order["line"], order["own"]) == ("checkout/shop/models.py", 15, True)
    receiver = named(document, "receivers", "on_line")
    assert (receiver["file"], receiver["own"], receiver["package"]) == ("checkout/shop/signals.py", True, None)
    assert {hop["file"] for work in receiver["blocking"] for hop in work["path"]} == {"checkout/shop/signals.py"}


def test_the_plan_and_the_graph_of_one_model_know_the_installed_apps(project: LintedProject) -> None:
    project.install(
        "taggy",
        {
            "models.py": "from django.db import models\n\nclass Tag(models.Model):\n"
            "    order = models.ForeignKey('shop.Order', models.CASCADE)\n"
        },
    )
    project.apps.append("taggy")
    assert "Tag" not in project.lint("plan", "Order", "shop").stdout
    assert "taggy.Tag" in project.lint("plan", "Order", "shop", *SETTINGS).stdout
    assert "taggy.Tag" in project.lint("graph", "shop", "shop.Order", *SETTINGS).stdout
