"""``manage.py delete_graph``: the running project's graph, on the terminal and for other programs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from tests.command import ROOT
from tests.runtime.small_project import Project

SHOP = {
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

        class Customer(models.Model):
            name = models.CharField(max_length=20)

        class Order(models.Model):
            customer = models.ForeignKey(Customer, models.CASCADE)
            payload = models.JSONField()
            tags = models.ManyToManyField("Tag")

        class Tag(models.Model):
            pass

        class Line(models.Model):
            order = models.ForeignKey(Order, models.CASCADE)
        """,
    "shop/signals.py": """
        from django.db.models.signals import post_delete
        from django.dispatch import receiver

        from shop.models import Order

        @receiver(
            post_delete,
            sender=Order,
        )
        def forget(sender, instance, **kwargs):
            pass
        """,
    "site-packages/watching/__init__.py": "",
    "site-packages/watching/apps.py": """
        from functools import partial

        from django.apps import AppConfig
        from django.db.models.signals import pre_delete

        class WatchingConfig(AppConfig):
            name = "watching"

            def ready(self):
                pre_delete.connect(partial(watch, level=1), weak=False)

        def watch(level, **kwargs):
            pass
        """,
    "site-packages/django_watching-2.0.dist-info/RECORD": "watching/__init__.py,,0\nwatching/apps.py,,0\n",
}

#: What Django itself says, in the form of the JSON.
TRUTH = """
    from django.apps import apps
    from django.db.models.deletion import Collector, get_candidate_relations_to_delete
    answer = {
        model._meta.label: {
            "fast": Collector(using="default").can_fast_delete(model._base_manager.all()),
            "relations": sorted(
                [relation.related_model._meta.label, relation.field.name, relation.on_delete.__name__]
                for relation in get_candidate_relations_to_delete(model._meta)
            ),
        }
        for model in apps.get_models(include_auto_created=True)
    }
"""


@pytest.fixture
def shop(tmp_path: Path) -> Project:
    return Project(tmp_path, ["shop", "watching"], SHOP)


def document(project: Project, *arguments: str, **settings: Any) -> dict[str, Any]:
    done = project.manage("delete_graph", *arguments, "--format", "json", **settings)
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_the_json_says_of_every_model_what_django_says(shop: Project) -> None:
    graph = document(shop)
    assert graph["source"] == "runtime"
    assert shop.ask(TRUTH) == {
        model["label"]: {
            "fast": model["fast_delete"],
            "relations": sorted(
                [relation["model"], relation["field"], relation["on_delete"]]
                for relation in model["relations"]
                if relation["kind"] != "generic"
            ),
        }
        for model in graph["models"]
    }


def test_receivers_are_told_with_file_line_package_and_senders(shop: Project) -> None:
    forget, watch = sorted(document(shop)["receivers"], key=lambda receiver: str(receiver["name"]))
    assert (forget["file"], forget["line"], forget["own"], forget["package"]) == ("shop/signals.py", 10, True, None)
    assert (forget["signals"], forget["senders"]) == (["post_delete"], ["shop.Order"])
    assert (watch["module"], watch["name"], watch["line"]) == ("watching.apps", "watch", 12)
    assert (watch["file"], watch["own"], watch["package"]) == (
        "site-packages/watching/apps.py",
        False,
        "django-watching",
    )
    assert (watch["signals"], watch["senders"], watch["weak"]) == (["pre_delete"], None, False)


def test_a_slow_model_names_every_reason_and_the_package_behind_it(shop: Project) -> None:
    (order,) = (model for model in document(shop)["models"] if model["label"] == "shop.Order")
    assert [
        (reason["reason"], reason["by"], reason["file"], reason["package"]) for reason in order["slow_because"]
    ] == [
        ("cascade", "shop.Line.order", "shop/models.py", None),
        ("cascade", "shop.Order_tags.order", None, None),
        ("receiver", "shop.signals.forget", "shop/signals.py", None),
        ("receiver", "watching.apps.watch", "site-packages/watching/apps.py", "django-watching"),
    ]
    assert order["large_fields"] == ["payload"]
    assert (order["file"], order["line"]) == ("shop/models.py", 6)


def test_the_text_says_what_a_receiver_of_every_model_costs(shop: Project) -> None:
    done = shop.manage("delete_graph")
    assert done.returncode == 0, done.stderr
    assert "shop.signals.forget (shop/signals.py:10)  post_delete of shop.Order" in done.stdout
    assert "watching.apps.watch (package django-watching, site-packages/watching/apps.py:12)" in done.stdout
    assert "without it 3 models would be fast: contenttypes.ContentType, shop.Line and shop.Order_tags" in done.stdout


def test_one_model_is_shown_as_a_tree_and_the_json_is_cut_to_it(shop: Project) -> None:
    done = shop.manage("delete_graph", "customer")
    assert done.returncode == 0, done.stderr
    assert "shop.Order.customer" in done.stdout
    assert "shop.Tag" not in done.stdout
    graph = document(shop, "SHOP.customer")
    assert [model["label"] for model in graph["models"]] == [
        "shop.Customer",
        "shop.Line",
        "shop.Order",
        "shop.Order_tags",
    ]


def test_a_mistyped_model_is_answered_with_the_nearest(shop: Project) -> None:
    done = shop.manage("delete_graph", "shop.Costumer")
    assert done.returncode == 1
    assert 'unknown model "shop.Costumer" (did you mean "shop.Customer"?)' in done.stderr
    assert not done.stdout


def test_the_graph_goes_to_a_file(shop: Project) -> None:
    done = shop.manage("delete_graph", "--format", "json", "--output-file", "graph.json")
    assert (done.returncode, done.stdout) == (0, "")
    assert json.loads((shop.folder / "graph.json").read_text())["models"]
    failed = shop.manage("delete_graph", "--output-file", "nowhere/graph.json")
    assert failed.returncode == 1
    assert "cannot write nowhere/graph.json" in failed.stderr


def test_no_database_is_needed(shop: Project) -> None:
    server = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "/nowhere/at/all.sqlite3"}}
    assert document(shop, DATABASES=server)["models"]
    assert not list(shop.folder.glob("*.sqlite3"))


def test_signals_that_were_muted_at_import_are_told_of(shop: Project) -> None:
    """Emptying the list by hand leaves the cache as it was."""
    shop.write(
        {
            "late/__init__.py": "",
            "late/apps.py": """
                from django.apps import AppConfig
                from django.db.models.signals import post_delete

                class LateConfig(AppConfig):
                    name = "late"

                    def ready(self):
                        from shop.models import Order
                        post_delete.has_listeners(Order)
                        post_delete.receivers = []
                """,
        }
    )
    shop.apps.append("late")
    done = shop.manage("delete_graph")
    assert "problem: post_delete has no receiver in its list for shop.Order, but has_listeners()" in done.stdout
    assert shop.ask(TRUTH)["shop.Order"]["fast"] is False


def test_the_example_project_is_seen_as_django_sees_it() -> None:
    folder = ROOT / "examples" / "shop"
    graph = "from delete_lint.output.graph_json import graph_json\nfrom delete_lint.runtime.front import runtime_graph"
    both = "print(json.dumps([answer, graph_json(runtime_graph())]))"
    script = "\n".join(["import django, json", "django.setup()", dedent(TRUTH), graph, both])
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(folder)]),
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=folder, env=environment, capture_output=True, text=True, check=True
    )
    truth, document = json.loads(done.stdout)
    concrete = [model for model in document["models"] if not model["abstract"]]
    assert {model["label"]: model["fast_delete"] for model in concrete} == {
        label: said["fast"] for label, said in truth.items()
    }
    assert all(model["file"] and model["line"] for model in document["models"])
    assert all(receiver["file"].endswith(".py") and receiver["own"] for receiver in document["receivers"])
