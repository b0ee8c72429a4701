"""Recipes for models that hang together oddly, each with the few rows that went wrong once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from django.contrib.contenttypes.fields import GenericRelation
from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, connections, models

from delete_lint.recipe.asked import unwritable
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
    listening,
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


def test_a_default_that_goes_by_a_cascade_is_found_out_before_the_first_row_goes(alias: str) -> None:
    with world() as made:
        team = made.model("Team")
        user = made.model("User", team=foreign_key("Team"))
        post = made.model("Post", user=foreign_key("User", models.SET_DEFAULT, default=1))
        rows: dict[ModelClass, list[dict[str, Any]]] = {
            team: [{"id": 1}, {"id": 2}],
            user: [{"id": 1, "team_id": 1}, {"id": 2, "team_id": 2}],
            post: [{"id": 1, "user_id": 2}],
        }
        with zoo_of(made, rows, alias) as zoo:
            _refused_beforehand(zoo, "zoo.Team", [2, 1], alias, r"zoo\.Post\.user is set to 1, which goes as well")
            run = function_of(recipe_text(graph_of(zoo), "zoo.Team", batch_size=1))
            run([2], using=alias)
            assert state(zoo, alias)["zoo.Post"] == [(1, 1)]


def test_a_row_that_is_to_be_set_to_a_row_that_is_gone_already_is_found_out_before_the_first_row_goes(
    alias: str,
) -> None:
    with world() as made:
        user = made.model("User")
        post = made.model(
            "Post",
            author=foreign_key("User"),
            editor=foreign_key("User", models.SET_DEFAULT, default=1),
        )
        rows: dict[ModelClass, list[dict[str, Any]]] = {
            user: [{"id": 1}, {"id": 2}, {"id": 3}],
            post: [{"id": 1, "author_id": 3, "editor_id": 2}],
        }
        with zoo_of(made, rows, alias) as zoo:
            # Django's own delete does it: the post is gone in the end.
            _refused_beforehand(zoo, "zoo.User", [1, 2, 3], alias, r"zoo\.Post\.editor is set to 1, which goes as well")
            function_of(recipe_text(graph_of(zoo), "zoo.Post", batch_size=1))([1], using=alias)
            function_of(recipe_text(graph_of(zoo), "zoo.User", batch_size=1))([1, 2, 3], using=alias)
            assert not any(state(zoo, alias).values())


@pytest.mark.parametrize("null", [True, False], ids=["which_may_be_emptied", "which_may_not"])
def test_rows_that_a_base_manager_hides_go_in_their_turn_when_their_keys_were_given(null: bool, alias: str) -> None:
    with world() as made:
        node = made.model("Node", meta=HIDING, **_hiding(), up=foreign_key("Node", null=null))
        leaf = made.model("Leaf", node=foreign_key("Node"))
        rows: dict[ModelClass, list[dict[str, Any]]] = {
            node: [{"id": number, "up_id": number % 4 + 1, "shown": number != 3} for number in (1, 2, 3, 4)],
            leaf: [{"id": number, "node_id": number} for number in (1, 2, 3, 4)],
        }
        with zoo_of(made, rows, alias) as zoo:
            assert "Base managers hide rows of zoo.Node from Django" in recipe_text(graph_of(zoo), "zoo.Node")
            for size in (1, 2, 10):
                _ends_as_with_django(zoo, node, [1, 2, 3, 4], size, alias)
            _refused_beforehand(zoo, "zoo.Node", [4], alias, r"zoo\.Node\.up refers to them")


@pytest.mark.parametrize("handler", [models.CASCADE, models.SET_NULL, models.DO_NOTHING, models.PROTECT])
def test_rows_that_a_base_manager_hides_and_that_stay_are_found_before_the_first_row_goes(
    handler: Any, alias: str
) -> None:
    with world() as made:
        root = made.model("Root")
        branch = made.model("Branch", root=foreign_key("Root"))
        leaf = made.model(
            "Leaf",
            meta=HIDING,
            **_hiding(),
            branch=foreign_key("Branch", handler, null=True),
            other=foreign_key("Root", null=True),
        )
        rows: dict[ModelClass, list[dict[str, Any]]] = {
            root: [{"id": 1}, {"id": 2}],
            branch: [{"id": 1, "root_id": 1}, {"id": 2, "root_id": 1}],
            leaf: [
                {"id": 1, "branch_id": None, "other_id": 1, "shown": True},
                {"id": 2, "branch_id": 2, "other_id": None, "shown": False},
            ],
        }
        with zoo_of(made, rows, alias) as zoo:
            _refused_beforehand(zoo, "zoo.Root", [1], alias, r"zoo\.Leaf\.branch refers to them")


def test_rows_that_are_hidden_and_rows_that_are_set_are_told_apart(alias: str) -> None:
    with world() as made:
        root = made.model("Root")
        leaf = made.model(
            "Leaf",
            meta=HIDING,
            **_hiding(),
            set=foreign_key("Root", models.SET_NULL, null=True),
            root=foreign_key("Root", null=True),
        )
        rows: dict[ModelClass, list[dict[str, Any]]] = {
            root: [{"id": 1}, {"id": 2}],
            leaf: [
                {"id": 1, "set_id": 1, "root_id": None, "shown": True},
                {"id": 2, "set_id": 1, "root_id": 1, "shown": True},
            ],
        }
        with zoo_of(made, rows, alias) as zoo:
            _ends_as_with_django(zoo, root, [1], 1, alias)


def test_a_row_that_goes_as_a_proxys_and_holds_others_by_do_nothing_is_told_as_the_proxys(alias: str) -> None:
    with world() as made:
        node = made.model("Node", up=foreign_key("Node", models.DO_NOTHING, null=True))
        proxy = made.model("Proxy", node, meta={"proxy": True})
        made.listen(node, models.signals.pre_delete)
        made.listen(proxy, models.signals.pre_delete)
        rows: dict[ModelClass, list[dict[str, Any]]] = {
            node: [{"id": number, "up_id": number - 1 or None} for number in (1, 2, 3)],
        }
        with zoo_of(made, rows, alias) as zoo:
            _ends_as_with_django(zoo, proxy, [1, 2, 3], 1, alias)


def test_a_circle_through_a_proxy_is_opened_where_rows_go_with_their_children(alias: str) -> None:
    with world() as made:
        node = made.model("Node", up=foreign_key("Proxy", null=True))
        made.model("Proxy", node, meta={"proxy": True})
        base = made.model("Base")
        child = made.model("Child", base, node=foreign_key("Node"))
        rows: dict[ModelClass, list[dict[str, Any]]] = {
            node: [{"id": 1, "up_id": 2}, {"id": 2, "up_id": 1}],
            base: [{"id": 1}],
            child: [{"base_ptr_id": 1, "node_id": 2}],
        }
        with zoo_of(made, rows, alias) as zoo:
            _ends_as_with_django(zoo, node, [1], 1, alias)


def test_a_row_goes_together_with_its_own_ancestor_that_holds_it(alias: str) -> None:
    with world() as made:
        base = made.model("Base", held=foreign_key("Leaf", models.RESTRICT, null=True))
        middle = made.model("Middle", base)
        link: Any = models.OneToOneField("zoo.Middle", models.DO_NOTHING, parent_link=True, primary_key=True)
        leaf = made.model("Leaf", middle, up=link)
        rows: dict[ModelClass, list[dict[str, Any]]] = {
            base: [{"id": 1, "held_id": 1}, {"id": 2, "held_id": None}],
            middle: [{"base_ptr_id": 1}, {"base_ptr_id": 2}],
            leaf: [{"up_id": 1}, {"up_id": 2}],
        }
        with zoo_of(made, rows, alias) as zoo:
            _ends_as_with_django(zoo, leaf, [1], 1, alias)


@pytest.mark.skipif(not hasattr(models, "DB_CASCADE"), reason="DB_CASCADE came with Django 6.1")
def test_rows_that_go_by_the_database_and_hold_others_by_do_nothing_go_before_those(alias: str) -> None:
    with world() as made:
        a = made.model("A")
        b = made.model("B", a=foreign_key("A", models.DB_CASCADE), b=foreign_key("B", models.DO_NOTHING, null=True))
        c = made.model("C", a=foreign_key("A", models.DB_CASCADE), b=foreign_key("B", models.DO_NOTHING))
        made.listen(b, models.signals.post_delete)
        rows: dict[ModelClass, list[dict[str, Any]]] = {
            a: [{"id": number} for number in (1, 2, 3)],
            b: [{"id": 1, "a_id": 1, "b_id": 2}, {"id": 2, "a_id": 2, "b_id": None}],
            c: [{"id": 1, "a_id": 3, "b_id": 1}],
        }
        with zoo_of(made, rows, alias) as zoo:
            graph = graph_of(zoo)
            assert "Rows of zoo.B, zoo.C go by DB_CASCADE." in recipe_text(graph, "zoo.A")
            if connections[alias].features.can_defer_constraint_checks:
                _ends_as_with_django(zoo, a, [1, 2, 3], 1, alias)
            _refused_beforehand(zoo, "zoo.A", [1, 2], alias, r"zoo\.C\.b refers to them")
            function_of(recipe_text(graph, "zoo.A", batch_size=1))([1, 2, 3], using=alias)
            assert not any(state(zoo, alias).values())


@pytest.mark.skipif(not hasattr(models, "DB_CASCADE"), reason="DB_CASCADE came with Django 6.1")
def test_a_ring_leaves_nothing_to_a_database_that_forgets_its_cascades_with_its_checks(alias: str) -> None:
    with world() as made:
        node = made.model("Node", up=foreign_key("Node", models.DO_NOTHING))
        note = made.model("Note", node=foreign_key("Node", models.DB_SET_NULL, null=True))
        leaf = made.model("Leaf", node=foreign_key("Node", models.DB_CASCADE))
        rows: dict[ModelClass, list[dict[str, Any]]] = {
            node: [{"id": 1, "up_id": 2}, {"id": 2, "up_id": 1}, {"id": 3, "up_id": 3}],
            note: [{"id": number, "node_id": number} for number in (1, 2, 3)],
            leaf: [{"id": number, "node_id": number} for number in (1, 2, 3)],
        }
        with zoo_of(made, rows, alias) as zoo:
            function_of(recipe_text(graph_of(zoo), "zoo.Node", batch_size=1))([1, 2], using=alias)
            left = {label: [set(row) for row in found] for label, found in state(zoo, alias).items()}
            assert left["zoo.Node"] == left["zoo.Leaf"] == [{3}]
            assert all(each in left["zoo.Note"] for each in ({1, None}, {2, None}, {3}))


@pytest.mark.skipif(not hasattr(models, "DB_CASCADE"), reason="DB_CASCADE came with Django 6.1")
def test_values_of_every_kind_are_told_apart_in_a_recipe_that_empties_keys_for_the_database() -> None:
    with world() as made:
        made.model("Root", up=foreign_key("Root", models.DO_NOTHING))
        made.model("A", root=foreign_key("Root", models.DB_SET_NULL, null=True))
        made.model("B", root=foreign_key("Root", models.SET_DEFAULT, default=1))
        text = recipe_text(made.graph(), "zoo.Root")
    assert "if on_delete in (DB_SET_NULL, SET_NULL):" in text
    assert "from django.db.models import DB_SET_NULL, SET_NULL, " in text


@pytest.mark.skipif(not hasattr(models, "DB_CASCADE"), reason="DB_CASCADE came with Django 6.1")
def test_no_recipe_is_written_that_cannot_know_which_rows_receivers_are_called_with() -> None:
    with world() as made:
        node = made.model(
            "Node",
            up=foreign_key("Node", models.DB_CASCADE, null=True),
            twin=foreign_key("Node", models.DO_NOTHING, null=True),
        )
        assert unwritable(made.graph(), "zoo.Node") is None
        made.listen(node, models.signals.post_delete)
        assert "rows of zoo.Node go by Django, with its receivers, as well as by DB_CASCADE" in str(
            unwritable(made.graph(), "zoo.Node")
        )
        assert unwritable(made.graph(), "zoo.Node", mute_receivers=True) is None


HIDING = {"base_manager_name": "shown_ones"}


class _Shown(models.Manager[Any]):
    def get_queryset(self) -> Any:
        return super().get_queryset().filter(shown=True)


def _hiding() -> dict[str, Any]:
    return {"shown": models.BooleanField(), "objects": models.Manager(), "shown_ones": _Shown()}


def _ends_as_with_django(zoo: Zoo, cls: ModelClass, keys: list[int], size: int, using: str) -> None:
    """Rows that are left and receivers that are called; also when the recipe is killed at any statement."""
    before = state(zoo, using)
    with listening(zoo) as heard:
        expected, refusal, by_django = django_does(zoo, cls, keys, using, heard)
        assert refusal is None
        heard.clear()
        text = recipe_text(graph_of(zoo), cls._meta.label, batch_size=size)
        run = function_of(text)
        with bounded(using, size) as seen:
            run(keys, using=using)
        assert (state(zoo, using), heard) == (expected, by_django), text
    for place in range(seen.statements):
        restore(zoo, before, using)
        with killed(using, place), suppress(KilledError):
            run(keys, using=using)
        run(keys, using=using)
        assert state(zoo, using) == expected, f"killed at statement {place}"
    restore(zoo, before, using)


def _refused_beforehand(zoo: Zoo, label: str, keys: list[int], using: str, message: str) -> None:
    before = state(zoo, using)
    run = function_of(recipe_text(graph_of(zoo), label, batch_size=1))
    with pytest.raises(IntegrityError, match=message):
        run(keys, using=using)
    assert state(zoo, using) == before, "some rows went all the same"


def _sentinel() -> int:
    return 1


def _django(zoo: Zoo, cls: ModelClass, keys: list[int], using: str) -> type[Exception] | None:
    return django_does(zoo, cls, keys, using, Counter())[1]
