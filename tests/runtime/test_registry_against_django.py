"""The graph of random models in a running project says what the installed Django says of them."""

from __future__ import annotations

from typing import Any

from django.db.models.deletion import Collector, get_candidate_relations_to_delete
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from delete_lint.graph.collector import all_fields, fast_delete, primary_key, referenced_columns, why_slow
from delete_lint.output.graph_json import graph_json
from delete_lint.runtime.front import runtime_graph
from tests.command import ROOT
from tests.graph.django_models import HANDLERS, ModelClass, World, world
from tests.graph.random_models import Plan, build, plans
from tests.runtime.callable_kinds import KINDS

quick = settings(max_examples=120, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))

#: Receivers of some kind for some of the classes, None for all of them, before the delete or after it.
#: One that has a new identity each time it is asked cannot be disconnected again.
listeners = st.lists(
    st.tuples(st.sampled_from(sorted(KINDS.keys() - {"endless"})), st.none() | st.integers(0, 30), st.booleans()),
    max_size=3,
)


@quick
@given(plans())
def test_relations_and_columns_are_those_of_django(plan: Plan) -> None:
    with world() as zoo:
        classes = build(zoo, plan)
        graph = runtime_graph(ROOT, registry=zoo.apps)
        for cls in classes:
            label, opts = cls._meta.label, cls._meta
            keys = [(key.model._meta.label, key.name, key.null, key.remote_field.on_delete) for key in _candidates(cls)]
            ours = [
                (relation.model, relation.field, relation.null, _handler(relation.on_delete))
                for relation in graph.candidate_relations(label)
            ]
            assert ours == keys, label
            private = [field.name for field in opts.private_fields if hasattr(field, "bulk_related_objects")]
            assert [each.field for each in graph.generic_relations(label)] == list(dict.fromkeys(private)), label
            assert [field.name for field in all_fields(graph, label)] == [
                field.name for field in opts.concrete_fields
            ], label
            assert primary_key(graph, label) == (opts.pk.name,), label
            referenced = {target.name for key in _candidates(cls) for target in key.foreign_related_fields}
            assert set(referenced_columns(graph, label)) == referenced, label


@quick
@given(plans(), listeners)
def test_what_is_called_fast_is_fast_in_django(plan: Plan, listening: list[tuple[str, int | None, bool]]) -> None:
    with world() as zoo:
        classes = build(zoo, plan)
        _listen(zoo, classes, listening)
        graph = runtime_graph(ROOT, registry=zoo.apps)
        collector = Collector(using="default")
        for cls in classes:
            label = cls._meta.label
            assert fast_delete(graph, label) == collector.can_fast_delete(cls._base_manager.all()), label
            assert fast_delete(graph, label) == (not why_slow(graph, label)), label
            relations = {(each.model, each.field): each for each in graph.candidate_relations(label)}
            for field in _candidates(cls):
                via = relations[field.model._meta.label, field.name]
                assert fast_delete(graph, via.model, via) == collector.can_fast_delete(field.model, from_field=field)
        assert not graph.problems
        assert {model["label"] for model in graph_json(graph)["models"] if not model["abstract"]} == {
            cls._meta.label for cls in classes
        }


def _listen(zoo: World, classes: list[ModelClass], listening: list[tuple[str, int | None, bool]]) -> None:
    from django.db.models.signals import post_delete, pre_delete

    for kind, number, post in listening:
        sender = None if number is None else classes[number % len(classes)]
        signal = post_delete if post else pre_delete
        signal.connect(KINDS[kind][0], sender=sender, weak=False)
        zoo.receivers.append((signal, KINDS[kind][0], sender))


def _candidates(cls: ModelClass) -> list[Any]:
    """The foreign keys that Django follows."""
    related: Any = get_candidate_relations_to_delete(cls._meta)
    return [each.field for each in related]


def _handler(name: str) -> Any:
    """The handler that a name in the graph stands for."""
    short = name.replace("tests.graph.django_models.", "tests.graph.")
    return HANDLERS[short]
