"""What a recipe looks like: as ruff, black and mypy want it, without delete-lint, saying what it leaves out."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import models
from django.db.models.signals import post_delete
from hypothesis import HealthCheck, given, settings

from delete_lint.recipe.asked import FORMS, Form
from delete_lint.recipe.text import recipe_text
from tests.command import delete_lint
from tests.graph.django_models import World, own_cascade, world
from tests.recipe.against_django import graph_of
from tests.runtime.build_world import build
from tests.runtime.random_worlds import Plan, plans


def chain(made: World, on_delete: object = models.CASCADE) -> None:
    made.model("A")
    made.model("B", a=models.ForeignKey("zoo.A", models.CASCADE, related_name="+"))
    made.model("C", b=models.ForeignKey("zoo.B", on_delete, null=True, related_name="+"))  # type: ignore[arg-type]


def ran(*command: str) -> None:
    done = subprocess.run([sys.executable, "-m", *command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_it_is_formatted_as_ruff_and_black_do_and_has_nothing_unused(tmp_path: Path) -> None:
    pytest.importorskip("black", reason="black is not installed")
    pytest.importorskip("ruff", reason="ruff is not installed")
    number = 0

    @settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(plans())
    def each(plan: Plan) -> None:
        nonlocal number
        with world() as made:
            zoo = build(made, plan)
            graph = graph_of(zoo)
            for cls in zoo.deletable:
                number += 1
                text = recipe_text(graph, cls._meta.label, FORMS[number % 3], mute_receivers=number % 5 == 0)
                (tmp_path / f"recipe{number}.py").write_text(text)

    each()
    ran("ruff", "format", "--isolated", "--check", "--diff", str(tmp_path))
    ran("ruff", "check", "--isolated", "--select=E,F,I,UP,B,W,PIE,RET,SIM,C4", str(tmp_path))
    ran("black", "-q", "--check", "--diff", str(tmp_path))


@pytest.mark.parametrize("form", FORMS)
def test_it_needs_nothing_but_django_and_what_runs_it(form: Form) -> None:
    with world() as made:
        chain(made)
        tree = ast.parse(recipe_text(made.graph(), "zoo.A", form))
    modules = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}
    roots = {module.partition(".")[0] for module in modules}
    assert roots <= {"__future__", "collections", "typing", "django", "tests"} | ({"celery"} & {form})


def test_it_is_short_for_a_short_graph() -> None:
    with world() as made:
        chain(made)
        lines = recipe_text(made.graph(), "zoo.A").splitlines()
    assert len(lines) < 100
    assert '    A: [(B, "a")],' in lines


def test_the_batch_size_is_the_one_that_was_asked_for() -> None:
    with world() as made:
        chain(made)
        assert "batch_size: int = 77," in recipe_text(made.graph(), "zoo.A", batch_size=77)


def test_receivers_that_are_muted_are_named_and_their_rows_not_loaded() -> None:
    with world() as made:
        chain(made)
        made.listen(made.apps.get_model("zoo.B"), post_delete, name="tell")
        kept, muted = (recipe_text(made.graph(), "zoo.A", mute_receivers=mute) for mute in (False, True))
    assert "HEARD: set[ModelClass] = {B}" in kept
    assert "Receivers are called once for each row: zoo.signals.tell." in kept
    assert "Receivers are not called, as was asked for: zoo.signals.tell." in muted
    assert "send(" not in muted


def test_an_on_delete_of_the_projects_own_is_pointed_out() -> None:
    with world() as made:
        chain(made, own_cascade)
        text = recipe_text(made.graph(), "zoo.A")
    assert "LOOK AT THIS FIRST." in text
    assert "zoo.C.b\n(tests.graph.own_cascade)" in text or "zoo.C.b (tests.graph.own_cascade)" in text


@pytest.mark.skipif(not hasattr(models, "DB_CASCADE"), reason="DB_CASCADE came with Django 6.1")
def test_what_the_database_cascades_to_is_left_to_it() -> None:
    with world() as made:
        made.model("A")
        made.model("B", a=models.ForeignKey("zoo.A", models.DB_CASCADE, related_name="+"))
        text = recipe_text(made.graph(), "zoo.A")
    assert "DB_CASCADE leaves these to the database: zoo.B.a." in text
    assert "CASCADES: dict[ModelClass, list[tuple[ModelClass, str]]] = {}" in text


def test_its_types_hold_in_a_project_that_checks_them(tmp_path: Path) -> None:
    pytest.importorskip("mypy", reason="mypy is not installed")
    pytest.importorskip("mypy_django_plugin", reason="django-stubs is not installed")
    app = tmp_path / "files"
    app.mkdir()
    (app / "__init__.py").write_text("")
    (app / "models.py").write_text(_MODELS)
    (tmp_path / "config.py").write_text("SECRET_KEY = ''\nINSTALLED_APPS = ['files']\n")
    plugin = "plugins = mypy_django_plugin.main\n[mypy.plugins.django-stubs]\ndjango_settings_module = config\n"
    (tmp_path / "mypy.ini").write_text(f"[mypy]\nstrict = true\n{plugin}")
    for model in ("Account", "Loose"):
        for form in ("function", "command"):
            options = ("--isolated", "--no-cache", f"--recipe={form}")
            done = delete_lint("plan", model, ".", *options, folder=tmp_path)
            assert done.returncode == 0, done.stderr
            (app / f"{model.lower()}_{form}.py").write_text(done.stdout)
            parts = ("def _check_value(", "def _referring(", ".exclude(", "def _clean(")
            assert all((part in done.stdout) == (model == "Account") for part in parts)
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--cache-dir", str(tmp_path / "cache"), "files"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


_MODELS = """
from django.db import models


class Account(models.Model):
    pass


class Folder(models.Model):
    account = models.ForeignKey(Account, on_delete=models.CASCADE)
    parent = models.ForeignKey("self", on_delete=models.CASCADE, null=True)
    other = models.ForeignKey("Folder", on_delete=models.PROTECT, null=True, related_name="+")
    third = models.ForeignKey("Folder", on_delete=models.SET_DEFAULT, default=None, null=True, related_name="+")
    fourth = models.ForeignKey("Folder", on_delete=models.RESTRICT, null=True, related_name="+")
    fifth = models.ForeignKey("Folder", on_delete=models.SET(None), null=True, related_name="+")


class Special(Folder):
    name = models.TextField()


class ShownManager(models.Manager["Draft"]):
    def get_queryset(self) -> models.QuerySet["Draft"]:
        return super().get_queryset().filter(shown=True)


class Draft(models.Model):
    shown = models.BooleanField(default=True)
    folder = models.ForeignKey(Folder, on_delete=models.CASCADE)
    account = models.ForeignKey(Account, on_delete=models.SET_NULL, null=True)
    objects = models.Manager["Draft"]()
    shown_ones = ShownManager()

    class Meta:
        base_manager_name = "shown_ones"


class Loose(models.Model):
    pass


class Leaf(models.Model):
    loose = models.ForeignKey(Loose, on_delete=models.CASCADE)
    again = models.ForeignKey(Loose, on_delete=models.SET_NULL, null=True, related_name="+")
"""
