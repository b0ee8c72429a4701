"""The graph's answers about random models are those of the installed Django."""

from __future__ import annotations

from typing import Any

from django.contrib.contenttypes.fields import GenericRelation
from django.db.models import ProtectedError, RestrictedError
from django.db.models.deletion import Collector, get_candidate_relations_to_delete
from hypothesis import HealthCheck, given, settings

from delete_lint.graph.cascade import Cascade, Edge, cascade, leaf_first
from delete_lint.graph.collector import all_fields, fast_delete, why_slow
from delete_lint.graph.project import ProjectGraph
from tests.graph.django_models import ModelClass, database, selects, statements, world
from tests.graph.random_models import Plan, build, plans

quick = settings(max_examples=100, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
slow = settings(quick, max_examples=60)


@quick
@given(plans())
def test_a_cascade_follows_the_relations_that_django_follows(plan: Plan) -> None:
    with world() as zoo:
        classes = build(zoo, plan)
        graph = zoo.graph()
        for cls in classes:
            django = [(field.model._meta.label, field.name) for field in _candidates(cls)]
            ours = [(relation.model, relation.field) for relation in graph.candidate_relations(cls._meta.label)]
            assert ours == django, cls
            # Django 4.2 names the one that is inherited through a diamond twice.
            generic = {private.name for private in cls._meta.private_fields if isinstance(private, GenericRelation)}
            assert {relation.field for relation in graph.generic_relations(cls._meta.label)} == generic


@quick
@given(plans())
def test_what_is_called_fast_is_fast_in_django(plan: Plan) -> None:
    with world() as zoo:
        classes = build(zoo, plan)
        graph = zoo.graph()
        collector = Collector(using="default")
        for cls in classes:
            label = cls._meta.label
            assert fast_delete(graph, label) == collector.can_fast_delete(cls._base_manager.all()), label
            assert fast_delete(graph, label) == (not why_slow(graph, label))
            relations = {(relation.model, relation.field): relation for relation in graph.candidate_relations(label)}
            for field in _candidates(cls):
                via = relations[field.model._meta.label, field.name]
                fast = collector.can_fast_delete(field.model, from_field=field)
                assert fast_delete(graph, via.model, via) == fast, via


def _candidates(cls: ModelClass) -> list[Any]:
    """The foreign keys that Django follows."""
    related: Any = get_candidate_relations_to_delete(cls._meta)
    return [each.field for each in related]


@slow
@given(plans())
def test_the_statements_of_a_delete_are_those_that_the_cascade_foretells(plan: Plan) -> None:
    with world() as zoo:
        classes = build(zoo, plan)
        graph = zoo.graph()
        for cls in classes:
            if not cls._meta.auto_created:
                with database(zoo, rows=2):
                    _compare(graph, cls, {other._meta.label: other for other in classes})


def _compare(graph: ProjectGraph, root: ModelClass, classes: dict[str, ModelClass]) -> None:
    foretold = cascade(graph, root._meta.label)
    error: str | None = None
    with statements() as seen:
        try:
            root._base_manager.all().delete()
        except (ProtectedError, RestrictedError) as refused:
            error = type(refused).__name__
    protected = any(edge.relation.on_delete == "PROTECT" for edge in foretold.edges)
    assert protected or error != "ProtectedError"

    wanted = _fetched(foretold, classes)
    found: dict[tuple[str, str], set[frozenset[tuple[str, str]]]] = {}
    singles: set[str] = set()
    for select in selects(seen):
        if select.single:
            singles.add(select.table)
        elif len(select.by) == 1:  # two: rows that a RESTRICT spares
            found.setdefault((select.table, select.by[0]), set()).add(select.columns)
        elif not select.by:
            assert not foretold.fast
            assert select.columns == _columns(graph, root, None)
    assert all(found[key] == {wanted[key]} for key in found), (found, wanted)
    read = [(edge, table) for edge in foretold.edges for table in edge.row_reads]
    tables = {classes[label]._meta.db_table for _, label in read}
    assert singles <= tables

    # Some relations may go unasked. Rows that were collected as parents of others are not looked at again; not every
    # row that points at a tag points at one that goes; a PROTECT ends its level early.
    inner = {graph.concrete(label) for label, level in foretold.level.items() if level}
    if any(parent in inner for label in foretold.level for parent in graph.ancestors(label)):
        return
    if "zoo.Tag" in foretold.level and graph.candidate_relations("zoo.Tag"):
        return
    assert (error == "ProtectedError") == protected
    if protected:
        return
    assert found.keys() == wanted.keys()
    for edge, table in read:
        ways = [other for other in foretold.by_effect("delete") if other.model == edge.model]
        if len(ways) == 1 and graph.concrete(edge.model) != graph.concrete(foretold.root):
            assert classes[table]._meta.db_table in singles
    if error is None:
        assert _tables(seen, "DELETE FROM") == {
            classes[label]._meta.db_table for label in (graph.concrete(foretold.root), *foretold.tables)
        }
        updated = {classes[edge.model]._meta.db_table for edge in foretold.by_effect("update")}
        assert _tables(seen, "UPDATE") == updated


def _fetched(foretold: Cascade, classes: dict[str, ModelClass]) -> dict[tuple[str, str], frozenset[tuple[str, str]]]:
    """What every SELECT of a cascade should read, by the table and the column it looks for rows by."""
    return {
        (classes[edge.model]._meta.db_table, _searched(edge, classes)): _columns(
            foretold.graph, classes[edge.model], edge.columns
        )
        for edge in foretold.edges
        if edge.loaded
    }


def _searched(edge: Edge, classes: dict[str, ModelClass]) -> str:
    if edge.relation.kind == "generic":
        return "object_id"
    field: Any = classes[edge.model]._meta.get_field(edge.relation.field)
    return str(field.column)


def _columns(graph: ProjectGraph, cls: ModelClass, names: tuple[str, ...] | None) -> frozenset[tuple[str, str]]:
    fields: dict[str, Any] = {field.name: field for field in cls._meta.concrete_fields}
    assert {field.name for field in all_fields(graph, cls._meta.label)} == fields.keys()
    wanted = fields if names is None else names
    return frozenset((fields[name].model._meta.db_table, fields[name].column) for name in wanted)


def _tables(seen: list[str], words: str) -> set[str]:
    return {sql.split('"')[1] for sql in seen if sql.startswith(words)}


@quick
@given(plans())
def test_rows_are_to_be_deleted_before_those_they_point_at(plan: Plan) -> None:
    with world() as zoo:
        build(zoo, plan)
        graph = zoo.graph()
        for label in graph.models:
            reached = cascade(graph, label)
            order = leaf_first(reached)
            automatic = {edge.model for edge in reached.edges if edge.auto_created}
            assert set(order) == reached.level.keys() - automatic
            assert order[-1] == label
            for edge in reached.by_effect("delete"):
                target = edge.relation.target
                if target in order and not edge.auto_created and target not in cascade(graph, edge.model).level:
                    assert order.index(edge.model) < order.index(target)
