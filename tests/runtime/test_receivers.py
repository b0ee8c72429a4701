"""What listens to deletes, as Django's signals have it."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
from django.db.models import CASCADE, CharField, ForeignKey, ManyToManyField
from django.db.models.deletion import Collector
from django.db.models.signals import post_delete, pre_delete
from django.test import override_settings

from delete_lint.graph.collector import fast_delete, loaded_columns, why_slow
from delete_lint.graph.project import ProjectGraph
from delete_lint.graph.receiver import Receiver
from delete_lint.output.graph_json import graph_json
from delete_lint.output.graph_text import graph_overview
from delete_lint.runtime.front import runtime_graph
from tests.command import ROOT
from tests.graph.django_models import ModelClass, World, world
from tests.runtime.callable_kinds import FILE, KINDS, Registry, factory, line_of, plain, waited

Connect = Callable[..., None]


@pytest.fixture
def zoo() -> Iterator[World]:
    with world() as made:
        yield made


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Connects for the time of a test. By default so that the receiver stays."""
    before = {signal: list(signal.receivers) for signal in (pre_delete, post_delete)}

    def connecting(function: Any, *senders: Any, signals: Any = (post_delete,), **options: Any) -> None:
        for signal in signals:
            for sender in senders:
                signal.connect(function, sender=sender, **{"weak": False, **options})

    yield connecting
    for signal, receivers in before.items():
        signal.receivers = receivers
        signal.sender_receivers_cache.clear()


def graph_of(zoo: World) -> ProjectGraph:
    return runtime_graph(ROOT, registry=zoo.apps)


def told(receiver: Receiver) -> tuple[str, tuple[str, ...], tuple[str, ...] | None]:
    return receiver.name, receiver.signals, receiver.senders


@contextmanager
def muted(*signals: Any) -> Iterator[None]:
    """As people do it by hand, and as factory_boy's ``mute_signals`` does."""
    kept = {signal: signal.receivers for signal in signals}
    for signal in signals:
        signal.receivers = []
    try:
        yield
    finally:
        for signal, receivers in kept.items():
            signal.receivers = receivers


def django_says(cls: ModelClass) -> bool:
    return Collector(using="default").can_fast_delete(cls._base_manager.all())


@pytest.mark.parametrize("kind", KINDS)
def test_a_receiver_of_any_kind_slows_its_model_and_is_named(kind: str, zoo: World, connect: Connect) -> None:
    function, module, name, comment = KINDS[kind]
    model, other = zoo.model("A"), zoo.model("B")
    connect(function, model)
    graph = graph_of(zoo)
    (receiver,) = graph.receivers
    assert (receiver.module, *told(receiver)) == (module, name, ("post_delete",), ("zoo.A",))
    assert str(receiver.place) == (f"{FILE}:{line_of(comment)}" if comment else "None")
    assert receiver.is_async == (kind == "async")
    assert fast_delete(graph, "zoo.A") == django_says(model) is False
    assert fast_delete(graph, "zoo.B") == django_says(other) is True
    (reason,) = why_slow(graph, "zoo.A")
    assert reason.by == (f"{module}.{name}" if module else name)
    assert graph_json(graph)["receivers"][0]["module"] == (module or None)
    assert name in graph_overview(graph)


def test_one_function_is_one_receiver_with_all_its_senders(zoo: World, connect: Connect) -> None:
    connect(plain, zoo.model("B"), zoo.model("A"), signals=(post_delete, pre_delete))
    (receiver,) = graph_of(zoo).receivers
    assert told(receiver) == ("plain", ("pre_delete", "post_delete"), ("zoo.A", "zoo.B"))
    assert len(receiver.registrations) == 4


def test_methods_of_many_instances_are_one_receiver_and_so_are_closures(zoo: World, connect: Connect) -> None:
    models = [zoo.model(f"M{number}") for number in range(3)]
    for model in models:
        connect(Registry().method, model)
        connect(factory(), model)
    assert [told(receiver) for receiver in graph_of(zoo).receivers] == [
        ("Registry.method", ("post_delete",), ("zoo.M0", "zoo.M1", "zoo.M2")),
        ("factory.<locals>.inner", ("post_delete",), ("zoo.M0", "zoo.M1", "zoo.M2")),
    ]


def test_two_functions_of_one_name_stay_two(zoo: World, connect: Connect) -> None:
    def plain(**kwargs: Any) -> None: ...

    plain.__qualname__ = "plain"
    model = zoo.model("A")
    connect(plain, model)
    connect(KINDS["function"][0], model)
    assert [receiver.name for receiver in graph_of(zoo).receivers] == ["plain", "plain"]


def test_signals_with_different_senders_are_not_mixed_up(zoo: World, connect: Connect) -> None:
    first, second = zoo.model("A"), zoo.model("B")
    connect(plain, first, second)
    connect(plain, first, signals=(pre_delete,))
    assert {told(receiver) for receiver in graph_of(zoo).receivers} == {
        ("plain", ("pre_delete",), ("zoo.A",)),
        ("plain", ("post_delete",), ("zoo.A", "zoo.B")),
    }


def test_a_receiver_of_every_model_slows_every_table_and_is_one_reason(zoo: World, connect: Connect) -> None:
    model = zoo.model("A", tags=ManyToManyField("zoo.B", related_name="+"))
    other = zoo.model("B")
    connect(plain, None, model)
    graph = graph_of(zoo)
    assert {receiver.senders for receiver in graph.receivers} == {None, ("zoo.A",)}
    for label in ("zoo.A", "zoo.B", "zoo.A_tags"):
        assert not fast_delete(graph, label)
        assert [reason.receiver for reason in why_slow(graph, label) if reason.receiver] == [graph.receivers[0]]
    assert not django_says(other)
    assert graph_json(graph)["receivers"][0]["senders"] is None
    assert "without it 1 model would be fast: zoo.A_tags" in graph_overview(graph)


def test_what_several_receivers_of_every_model_cost_is_told_of_them_together(zoo: World, connect: Connect) -> None:
    zoo.model("A"), zoo.model("B")
    connect(plain, None)
    connect(factory(), None)
    graph = graph_of(zoo)
    assert graph_json(graph)["slow_only_by_senderless"] == ["zoo.A", "zoo.B"]
    assert "without the 2 receivers of every model 2 models would be fast: zoo.A and zoo.B" in graph_overview(graph)


def test_what_has_gone_is_not_told_of(zoo: World, connect: Connect) -> None:
    model = zoo.model("A")
    connect(factory(), model, weak=True)
    connect(Registry().method, model, weak=True)
    gc.collect()
    graph = graph_of(zoo)
    assert graph.receivers == ()
    assert graph.problems == ()
    assert fast_delete(graph, "zoo.A") == django_says(model) is True


def test_weak_and_strong_are_told_apart(zoo: World, connect: Connect) -> None:
    model = zoo.model("A")
    connect(plain, model, weak=True)
    connect(waited, model)
    weak, strong = graph_of(zoo).receivers
    assert [entry.weak for entry in (*weak.registrations, *strong.registrations)] == [True, False]
    assert [entry["weak"] for entry in graph_json(graph_of(zoo))["receivers"]] == [True, False]


@pytest.mark.parametrize("uid", ["uid", 7, ("a", 1), frozenset({3})])
def test_a_dispatch_uid_may_be_anything(uid: Any, zoo: World, connect: Connect) -> None:
    connect(plain, zoo.model("A"), dispatch_uid=uid)
    connect(plain, zoo.model("B"))
    (receiver,) = graph_of(zoo).receivers
    assert receiver.senders == ("zoo.A", "zoo.B")


def test_what_is_connected_twice_is_called_twice(zoo: World, connect: Connect) -> None:
    model = zoo.model("A")
    for uid in ("one", "two", "two"):
        connect(plain, model, dispatch_uid=uid)
    (receiver,) = graph_of(zoo).receivers
    assert [entry.senders for entry in receiver.registrations] == [("zoo.A",), ("zoo.A",)]


def test_a_list_of_models_is_no_sender(zoo: World, connect: Connect) -> None:
    models = [zoo.model("A"), zoo.model("B")]
    connect(plain, models)
    graph = graph_of(zoo)
    (receiver,) = graph.receivers
    assert receiver.senders == (f"?{id(models)}",)
    assert receiver.dead is not None
    assert fast_delete(graph, "zoo.A") == django_says(models[0]) is True


def test_an_abstract_model_never_sends(zoo: World, connect: Connect) -> None:
    base = zoo.model("Base", meta={"abstract": True})
    heir = zoo.model("Heir", base)
    connect(plain, base, heir)
    graph = graph_of(zoo)
    assert [(receiver.senders, receiver.dead is None) for receiver in graph.receivers] == [
        (("zoo.Base",), False),
        (("zoo.Heir",), True),
    ]
    assert not fast_delete(graph, "zoo.Heir")
    assert graph.models["zoo.Base"].abstract


@override_settings(ZOO_USER="zoo.Other")
def test_a_model_that_is_swapped_out_never_sends(zoo: World, connect: Connect) -> None:
    user = zoo.model("User", meta={"swappable": "ZOO_USER"})
    other = zoo.model("Other")
    connect(plain, user)
    graph = graph_of(zoo)
    (receiver,) = graph.receivers
    assert (receiver.senders, receiver.dead is None) == (("zoo.User",), False)
    assert graph.models["zoo.User"].swapped == "zoo.Other"
    assert fast_delete(graph, "zoo.Other") == django_says(other) is True
    assert [model["label"] for model in graph_json(graph)["models"]] == ["zoo.Other"]


def test_a_name_for_a_model_that_is_not_there_yet_is_no_receiver_yet(zoo: World, connect: Connect) -> None:
    post_delete.connect(plain, sender="zoo.Later", weak=False, apps=zoo.apps)
    assert graph_of(zoo).receivers == ()
    zoo.model("Later")
    try:
        (receiver,) = graph_of(zoo).receivers
        assert receiver.senders == ("zoo.Later",)
    finally:
        post_delete.disconnect(plain, sender=zoo.apps.get_model("zoo.Later"))


def test_proxies_and_parents_are_heard_by_identity_alone(zoo: World, connect: Connect) -> None:
    parent = zoo.model("Parent", title=CharField(max_length=9))
    child = zoo.model("Child", parent)
    proxy = zoo.model("Proxy", parent, meta={"proxy": True})
    zoo.model("Line", parent=ForeignKey(child, CASCADE))
    connect(plain, parent)
    graph = graph_of(zoo)
    for cls in (parent, child, proxy):
        listening = bool(post_delete.has_listeners(cls))
        assert bool(graph.receivers_of(cls._meta.label)) == listening
        assert fast_delete(graph, cls._meta.label) == django_says(cls)


# --- when the list and has_listeners() do not agree ---------------------------------------------------------------


def test_a_muted_signal_with_a_warm_cache_is_slow_and_said_to_be(zoo: World, connect: Connect) -> None:
    model, other = zoo.model("A"), zoo.model("B")
    connect(plain, model, signals=(pre_delete, post_delete))
    assert not django_says(model)  # warms the cache
    with muted(pre_delete, post_delete):
        graph = graph_of(zoo)
        assert fast_delete(graph, "zoo.A") == django_says(model) is False
        assert fast_delete(graph, "zoo.B") == django_says(other) is True
    (receiver,) = graph.receivers
    assert told(receiver) == ("plain", ("pre_delete",), ("zoo.A",))  # post_delete was not asked for
    (problem,) = graph.problems
    assert "pre_delete has no receiver in its list for zoo.A, but has_listeners()" in problem
    assert graph_json(graph)["problems"] == [problem]
    assert problem in graph_overview(graph)


def test_a_muted_signal_with_a_cold_cache_is_fast(zoo: World, connect: Connect) -> None:
    model = zoo.model("A")
    connect(plain, model)
    with muted(post_delete):
        graph = graph_of(zoo)
        assert fast_delete(graph, "zoo.A") == django_says(model) is True
        assert graph.receivers == ()
        assert graph.problems == ()


def test_a_receiver_that_the_cache_hides_is_told_of_but_slows_nothing(zoo: World, connect: Connect) -> None:
    model, other = zoo.model("A"), zoo.model("B")
    connect(plain, model, other)
    with muted(post_delete):
        assert django_says(model)  # the cache now says that nobody listens to A
    graph = graph_of(zoo)
    assert fast_delete(graph, "zoo.A") == django_says(model) is True
    assert fast_delete(graph, "zoo.B") == django_says(other) is False
    assert loaded_columns(graph, "zoo.A") == ()
    assert [told(receiver) for receiver in graph.receivers] == [("plain", ("post_delete",), ("zoo.A", "zoo.B"))]
    (problem,) = graph.problems
    assert "post_delete has a receiver in its list for zoo.A, but has_listeners() says that there is none" in problem


def test_a_signal_that_is_hidden_leaves_the_other_one(zoo: World, connect: Connect) -> None:
    model = zoo.model("A")
    connect(plain, model, signals=(pre_delete, post_delete))
    with muted(post_delete):
        post_delete.has_listeners(model)
    graph = graph_of(zoo)
    assert fast_delete(graph, "zoo.A") == django_says(model) is False
    assert len(graph.problems) == 1


def test_reading_the_signals_does_not_change_them(zoo: World, connect: Connect) -> None:
    """A reading within a mute must not be what makes the mute's end go wrong."""
    model = zoo.model("A")
    connect(plain, model)
    with muted(post_delete):
        graph_of(zoo)
    assert model not in post_delete.sender_receivers_cache
    assert post_delete.has_listeners(model)
    assert not django_says(model)


def test_has_listeners_decides_even_where_somebody_has_replaced_it(
    zoo: World, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = zoo.model("A")
    connect(partial(plain), model)
    monkeypatch.setattr(post_delete, "has_listeners", lambda sender=None: False)
    graph = graph_of(zoo)
    assert fast_delete(graph, "zoo.A") == django_says(model) is True
    assert len(graph.problems) == 1


def test_async_receivers_in_the_cache_are_found_too(zoo: World, connect: Connect) -> None:
    model = zoo.model("A")
    connect(waited, model)
    assert not django_says(model)
    with muted(post_delete):
        (receiver,) = graph_of(zoo).receivers
        assert receiver.name == "waited"
        assert receiver.is_async
