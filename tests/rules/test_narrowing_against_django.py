"""What is said about ``.only()`` before a delete is what the installed Django does with random models."""

from __future__ import annotations

from dataclasses import replace

from django.db.models import ProtectedError, RestrictedError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from delete_lint.graph.advice import narrowing
from delete_lint.graph.collector import all_fields, fast_delete
from delete_lint.graph.place import Place
from delete_lint.graph.site import DeleteSite
from tests.graph.django_models import ModelClass, World, database, statements, world
from tests.graph.random_models import Plan, build, plans
from tests.rules.hand_built import ask, with_sites

few = settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


def sent(zoo: World, cls: ModelClass, *names: str) -> int:
    """How many statements Django sends to delete all rows, or to find out that it may not."""
    with database(zoo, rows=3), statements() as seen:
        rows = cls._base_manager.only(*names) if names else cls._base_manager.all()
        try:
            rows.delete()
        except (ProtectedError, RestrictedError):
            pass
    return len(seen)


@few
@given(plans())
def test_the_advised_only_costs_no_query_more(plan: Plan) -> None:
    with world() as zoo:
        classes = build(zoo, plan)
        graph = zoo.graph()
        for cls in classes:
            names = narrowing(graph, cls._meta.label)
            if names:
                assert sent(zoo, cls, *names) == sent(zoo, cls), (cls, names)


@few
@given(plans(), st.data())
def test_an_only_is_found_where_it_makes_django_read_rows_again(plan: Plan, data: st.DataObject) -> None:
    with world() as zoo:
        classes = build(zoo, replace(plan, listeners=()))
        graph = zoo.graph()
        for cls in classes:
            label = cls._meta.label
            columns = [field.name for field in all_fields(graph, label)]
            names = ("pk", *data.draw(st.lists(st.sampled_from(columns), unique=True, max_size=3)))
            site = DeleteSite(place=Place("a.py", 1), kind="queryset", model=label, only=names)
            more = sent(zoo, cls, *names) > sent(zoo, cls)
            assert bool(ask("deferred_delete_refetches", with_sites(graph, site))) == more, (label, names)
            assert not (more and fast_delete(graph, label))
