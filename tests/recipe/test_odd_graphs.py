"""Recipes for models that hang together oddly, each with the few rows that went wrong once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

import pytest
from django.contrib.contenttypes.fields import GenericRelation
from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, connections, models

from delete_lint.recipe.text import recipe_text
from tests.graph.django_models import ModelClass, World, world
from tests.recipe.against_django import (
    KilledError,
    bounded,
    django_does,
    function_of,
    graph_of,
    importable,
    killed,
    restore,
    state,
)
from tests.runtime.build_world import Zoo
from tests.runtime.random_worlds import Plan
from tests.runtime.rows import Row, created, insert


@contextmanager
def zoo_of(made: World, rows: dict[ModelClass, list[dict[str, Any]]], using: str) -> Iterator[Zoo]:
    zoo = Zoo(Plan(()), made, made.all(), [])
    with importable(zoo), created(zoo.tables, using):
        add(rows, using)
        yield zoo


def add(rows: dict[ModelClass, list[dict[str, Any]]], using: str) -> None:
    insert({cls: [Row(each) for each in some] for cls, some in rows.items()}, using)


def foreign_key(target: str, on_delete: Any = models.CASCADE, **options: Any) -> Any:
    return models.ForeignKey(f"zoo.{target}", on_delete, related_name="+", **options)


def test_a_parent_row_that_goes_with_its_child_leaves_no_tags_behind_when_it_has_its_own_turn_later(
    alias: str,
) -> None:
    with world() as made:
        tag = made.tag()
        root = made.model("Root")
        parent = made.model("Parent", root=foreign_key("Root"), tags=GenericRelation("zoo.Tag"))
        child = made.model("Child", parent, other=foreign_key("Parent", null=True))
        rows: dict[ModelClass, list[dict[str, Any]]] = {
            root: [{"id": 1}],
            parent: [{"id": 1, "root_id": 1}, {"id": 2, "root_id": 1}],
            child: [{"parent_ptr_id": 2, "other_id": 1}],
        }
        with zoo_of(made, rows, alias) as zoo:
            kind = ContentType.objects.db_manager(alias).get_for_model(parent).pk
            add({tag: [{"id": 1, "content_type_id": kind, "object_id": 2}]}, alias)
            text = recipe_text(graph_of(zoo), "zoo.Root", batch_size=1)
            function_of(text)([1], using=alias)
            assert not any(state(zoo, alias).values()), text


def test_tags_of_a_parent_stay_out_of_a_recipe_whose_parents_only_go_with_their_children() -> None:
    with world() as made:
        made.tag()
        parent = made.model("Parent", tags=GenericRelation("zoo.Tag"))
        made.model("Child", parent)
        made.model("Leaf", child=foreign_key("Child"))
        for label in ("zoo.Child", "zoo.Parent"):
            assert "_parents([(model, keys)]" not in recipe_text(made.graph(), label)


def test_a_row_in_a_ring_with_a_parents_row_is_found_again_after_every_statement_that_kills_the_recipe(
    alias: str,
) -> None:
    with world() as made:
        parent = made.model("Parent", ring=foreign_key("Row"))
        child = made.model("Child", parent)
        row = made.model("Row", up=foreign_key("Parent", null=True))
        rows: dict[ModelClass, list[dict[str, Any]]] = {
            parent: [{"id": 1, "ring_id": 1}],
            child: [{"parent_ptr_id": 1}],
            row: [{"id": 1, "up_id": 1}],
        }
        with zoo_of(made, rows, alias) as zoo:
            before = state(zoo, alias)
            run = function_of(recipe_text(graph_of(zoo), "zoo.Parent", batch_size=1))
            with bounded(alias, 1) as seen:
                run([1], using=alias)
            assert not any(state(zoo, alias).values())
            for place in range(seen.statements):
                restore(zoo, before, alias)
                with killed(alias, place), suppress(KilledError):
                    run([1], using=alias)
                run([1], using=alias)
                assert not any(state(zoo, alias).values()), f"killed at statement {place}"


@pytest.mark.parametrize("handler", ["SET_DEFAULT", "SET_VALUE", "SET_CALLABLE"])
@pytest.mark.parametrize(("keys", "refused"), [([1, 2], True), ([2], False)])
def test_what_others_are_set_to_is_not_deleted_before_that_is_found_out(
    handler: str, keys: list[int], refused: bool, alias: str
) -> None:
    handlers = {
        "SET_DEFAULT": models.SET_DEFAULT,
        "SET_VALUE": models.SET(1),
        "SET_CALLABLE": models.SET(_sentinel),
    }
    with world() as made:
        user = made.model("User")
        login = made.model("Login", user=foreign_key("User"))
        post = made.model("Post", user=foreign_key("User", handlers[handler], default=1))
        rows: dict[ModelClass, list[dict[str, Any]]] = {
            user: [{"id": number} for number in (1, 2, 3)],
            login: [{"id": number, "user_id": number} for number in (1, 2, 3)],
            post: [{"id": 1, "user_id": 2}],
        }
        with zoo_of(made, rows, alias) as zoo:
            before = state(zoo, alias)
            text = recipe_text(graph_of(zoo), "zoo.User", batch_size=1)
            if connections[alias].features.can_defer_constraint_checks:
                with_django = _django(zoo, user, keys, alias)
                assert with_django is (IntegrityError if refused else None)
            run = function_of(text)
            if refused:
                with pytest.raises(IntegrityError, match=r"zoo\.Post\.user is set to"):
                    run(map(str, keys), using=alias)
                assert state(zoo, alias) == before, "some rows went all the same"
            else:
                run(keys, using=alias)
                assert state(zoo, alias)["zoo.Post"] == [(1, 1)]


def test_a_default_that_goes_is_no_hindrance_where_nothing_is_set_to_it(alias: str) -> None:
    with world() as made:
        user = made.model("User")
        made.model("Post", user=foreign_key("User", models.SET_DEFAULT, default=1))
        with zoo_of(made, {user: [{"id": 1}, {"id": 2}]}, alias) as zoo:
            function_of(recipe_text(graph_of(zoo), "zoo.User", batch_size=1))([1, 2], using=alias)
            assert not any(state(zoo, alias).values())


def test_a_base_manager_that_hides_rows_which_were_asked_for_is_pointed_out() -> None:
    with world() as made:
        made.model("Node", up=foreign_key("Node", null=True))
        made.model("Leaf", node=foreign_key("Node"))
        graph = made.graph()
        hiding = replace(
            graph,
            models={label: replace(each, base_manager_filters=True) for label, each in graph.models.items()},
        )
        said = "Base managers hide rows of zoo.Node."
        assert said in recipe_text(hiding, "zoo.Node")
        assert said not in recipe_text(graph, "zoo.Node")
        assert "hide rows" not in recipe_text(hiding, "zoo.Leaf")


@pytest.mark.skipif(not hasattr(models, "DB_CASCADE"), reason="DB_CASCADE came with Django 6.1")
def test_rows_that_may_go_by_the_database_and_hold_others_are_pointed_out() -> None:
    with world() as made:
        made.model("A")
        made.model("B", a=foreign_key("A", models.DB_CASCADE), b=foreign_key("B", models.DO_NOTHING))
        made.model("C", a=foreign_key("A", models.DO_NOTHING))
        graph = made.graph()
        said = "DO_NOTHING beside DB_CASCADE in one model, which may take the row along or not: zoo.B.b."
        for label in ("zoo.A", "zoo.B"):
            assert said in " ".join(recipe_text(graph, label).split())
        assert "beside DB_CASCADE" not in recipe_text(graph, "zoo.C")


def _sentinel() -> int:
    return 1


def _django(zoo: Zoo, cls: ModelClass, keys: list[int], using: str) -> type[Exception] | None:
    return django_does(zoo, cls, keys, using, Counter())[1]
