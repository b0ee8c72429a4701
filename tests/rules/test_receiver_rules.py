"""What the rules on receivers say, and when they hold their tongue, asked of project graphs made by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import pytest

from delete_lint.findings import Finding
from delete_lint.graph.model import Model, Relation
from delete_lint.graph.place import Place
from delete_lint.graph.project import DjangoVersion, ProjectGraph
from delete_lint.graph.receiver import Creation, Dispatch, Hop, ParentRead, Receiver, Registration, Work
from delete_lint.graph.site import Mute
from delete_lint.rule import load_rules
from delete_lint.settings import Thresholds

SIGNALS = "shop/signals.py"


def model(label: str, **changes: Any) -> Model:
    return replace(Model(label=label, module="shop.models", name=label.rpartition(".")[2]), **changes)


def points(child: str, target: str, on_delete: str = "CASCADE", **changes: Any) -> Relation:
    field = target.rpartition(".")[2].lower()
    return replace(Relation(model=child, target=target, field=field, kind="fk", on_delete=on_delete), **changes)


def hears(*senders: str, **changes: Any) -> Receiver:
    """A receiver in `SIGNALS`, on line 10, of ``post_delete`` of these models; of all models when none is named."""
    receiver = Receiver(
        module="shop.signals",
        name="on_delete",
        place=Place(SIGNALS, 10),
        signals=("post_delete",),
        senders=senders or None,
    )
    return replace(receiver, **changes)


def work(category: str, call: str, *lines: int) -> Work:
    """Work reached over calls on these lines; the last one is the call itself."""
    *way, last = lines or (12,)
    hops = [Hop(Place(SIGNALS, line), f"step_{number}") for number, line in enumerate(way, 1)]
    return Work(category, call, (*hops, Hop(Place(SIGNALS, last), call)))


def graph(
    *receivers: Receiver,
    relations: Iterable[Relation] = (),
    models: Iterable[Model] = (),
    mutes: Iterable[Mute] = (),
    django: tuple[int, int] = (5, 2),
) -> ProjectGraph:
    known = {one.label: one for one in (model("shop.Order"), model("shop.Line"), model("shop.Audit"), *models)}
    return ProjectGraph(
        root="",
        source="static",
        django=DjangoVersion(*django),
        models=known,
        relations=tuple(relations),
        receivers=receivers,
        mutes=tuple(mutes),
    )


def said(rule: str, project: ProjectGraph) -> list[Finding]:
    check = load_rules()[rule].check
    assert check is not None
    return list(check(project, Thresholds()))


def only(rule: str, project: ProjectGraph) -> Finding:
    (finding,) = said(rule, project)
    return finding


PROBLEMS: dict[str, Callable[..., Receiver]] = {
    "blocking_receiver": lambda **changes: hears("shop.Order", work=(work("http", "requests.post"),), **changes),
    "cascading_receiver": lambda **changes: hears("shop.Order", work=(work("orm-loop", "save"),), **changes),
    "querying_receiver": lambda **changes: hears("shop.Order", work=(work("orm-query", "get"),), **changes),
    "dispatch_before_commit": lambda **changes: hears(
        "shop.Order", dispatches=(Dispatch(Place(SIGNALS, 12), "unindex.delay", on_commit=False),), **changes
    ),
    "thread_in_receiver": lambda **changes: hears(
        "shop.Order", threads=(Hop(Place(SIGNALS, 12), "threading.Thread"),), **changes
    ),
    "receiver_writes_into_cascade": lambda **changes: hears(
        "shop.Order", creations=(Creation(Place(SIGNALS, 12), "shop.Audit", ("order",)),), **changes
    ),
    "receiver_reads_deleted_parent": lambda **changes: hears(
        "shop.Line", parent_reads=(ParentRead(Place(SIGNALS, 12), "order"),), **changes
    ),
}
RELATIONS = (points("shop.Audit", "shop.Order"), points("shop.Line", "shop.Order"))


@pytest.mark.parametrize("rule", PROBLEMS)
def test_a_receiver_of_the_user_s_own_is_reported_once(rule: str) -> None:
    assert only(rule, graph(PROBLEMS[rule](), relations=RELATIONS)).help


@pytest.mark.parametrize("rule", PROBLEMS)
def test_nobody_is_bothered_about_a_receiver_that_a_package_connects(rule: str) -> None:
    assert said(rule, graph(PROBLEMS[rule](own=False, package="watson"), relations=RELATIONS)) == []


@pytest.mark.parametrize("rule", PROBLEMS)
def test_what_a_dead_receiver_would_do_is_left_to_dead_receiver(rule: str) -> None:
    project = graph(PROBLEMS[rule](dead="it is a local function"), relations=RELATIONS)
    assert said(rule, project) == []
    assert "it is a local function" in only("dead_receiver", project).message


@pytest.mark.parametrize("rule", PROBLEMS)
def test_an_async_receiver_does_its_work_from_django_5_on_only(rule: str) -> None:
    receiver = PROBLEMS[rule](is_async=True)
    old = graph(receiver, relations=RELATIONS, django=(4, 2))
    new = graph(receiver, relations=RELATIONS, django=(5, 0))
    assert (len(said(rule, old)), len(said("dead_receiver", old))) == (0, 1)
    assert (len(said(rule, new)), len(said("dead_receiver", new))) == (1, 0)


@pytest.mark.parametrize(
    ("rule", "speaks"),
    [
        ("blocking_receiver", False),
        ("cascading_receiver", False),
        ("querying_receiver", False),
        ("receiver_reads_deleted_parent", False),
        ("dispatch_before_commit", True),
        ("receiver_writes_into_cascade", True),
    ],
)
def test_a_receiver_that_runs_once_for_each_delete_is_judged_by_what_still_goes_wrong(rule: str, speaks: bool) -> None:
    assert bool(said(rule, graph(PROBLEMS[rule](origin_guard=True), relations=RELATIONS))) == speaks


def test_blocking_calls_of_one_receiver_are_one_finding_with_the_way_to_each() -> None:
    receiver = hears(
        "shop.Order",
        work=(
            work("http", "requests.post", 14, 30),
            work("http", "requests.post", 15, 40, 50),
            work("sleep", "time.sleep", 12),
            work("cache", "cache.delete", 13),
            work("orm-query", "get", 13),
        ),
    )
    finding = only("blocking_receiver", graph(receiver))
    assert finding.place == receiver.place
    assert "sleeps (time.sleep) and calls the network (requests.post) for every deleted Order" in finding.message
    assert [(note.place.line, note.message) for note in finding.notes] == [
        (12, "calls time.sleep"),
        (14, "calls step_1"),
        (30, "calls requests.post"),
    ]


@pytest.mark.parametrize("category", ["cache", "orm-query", "orm-loop", "orm-bulk-delete"])
def test_caches_and_queries_are_not_called_blocking(category: str) -> None:
    assert said("blocking_receiver", graph(hears("shop.Order", work=(work(category, "call"),)))) == []


def test_a_receiver_that_deletes_and_queries_is_reported_for_the_worse_of_both() -> None:
    project = graph(hears("shop.Order", work=(work("orm-bulk-delete", "lines.all().delete"), work("orm-query", "get"))))
    assert "deletes other rows (lines.all().delete)" in only("cascading_receiver", project).message
    assert said("querying_receiver", project) == []


def test_a_helper_that_enqueues_for_two_receivers_is_reported_once_with_both_names() -> None:
    way = (Hop(Place(SIGNALS, 12), "later"), Hop(Place("shop/tasks.py", 5), "unindex.delay"))
    dispatch = Dispatch(Place("shop/tasks.py", 5), "unindex.delay", on_commit=False, path=way)
    first = hears("shop.Order", dispatches=(dispatch,))
    second = hears("shop.Line", name="on_line", place=Place(SIGNALS, 20), dispatches=(dispatch,))
    finding = only("dispatch_before_commit", graph(first, second))
    assert finding.place == dispatch.place
    assert "shop.signals.on_delete (shop/signals.py:10)" in finding.message
    assert [note.message for note in finding.notes] == [
        "calls later",
        "calls unindex.delay",
        "shop.signals.on_line gets there too",
    ]


def test_a_task_that_waits_for_the_commit_is_right() -> None:
    dispatch = Dispatch(Place(SIGNALS, 12), "unindex.delay", on_commit=True)
    assert said("dispatch_before_commit", graph(hears("shop.Order", dispatches=(dispatch,)))) == []


def test_a_task_that_is_handed_the_instance_is_told_to_take_its_key() -> None:
    dispatch = Dispatch(Place(SIGNALS, 12), "unindex.delay", on_commit=False, passes_instance=True)
    assert "not the instance" in only("dispatch_before_commit", graph(hears("shop.Order", dispatches=(dispatch,)))).help


class TestSenderless:
    def test_names_the_tables_that_lose_their_fast_delete(self) -> None:
        # Order is slow anyway, because Line points at it; Base, Special and User are no tables of the project's own.
        project = graph(
            hears(),
            models=[
                model("shop.Base", abstract=True),
                model("shop.Special", proxy=True, concrete="shop.Audit"),
                model("auth.User", own=False),
            ],
            relations=[points("shop.Line", "shop.Order")],
        )
        message = only("senderless_receiver", project).message
        assert "2 of the project's 3 tables (Audit and Line) would be deleted in one statement" in message

    def test_two_of_them_are_both_at_fault(self) -> None:
        other = hears(name="log", place=Place(SIGNALS, 20))
        first, second = said("senderless_receiver", graph(hears(), other))
        assert "3 of the project's 3 tables" in first.message
        assert "but for it and shop.signals.log (shop/signals.py:20), " in first.message
        assert "but for it and shop.signals.on_delete" in second.message

    def test_a_model_with_a_receiver_of_its_own_is_not_counted(self) -> None:
        message = only("senderless_receiver", graph(hears(), hears("shop.Line", name="log"))).message
        assert "2 of the project's 3 tables (Audit and Order)" in message

    def test_a_guard_inside_is_said_not_to_help(self) -> None:
        assert "does not help" in only("senderless_receiver", graph(hears(sender_guard=True))).help
        assert "does not help" not in only("senderless_receiver", graph(hears())).help

    @pytest.mark.parametrize(
        "receiver",
        [hears("shop.Order"), hears(temporary=True), hears(own=False, package="haystack"), hears(dead="a lambda")],
        ids=["with a sender", "for a while", "of a package", "dead"],
    )
    def test_is_silent_about_others(self, receiver: Receiver) -> None:
        assert said("senderless_receiver", graph(receiver)) == []


@pytest.mark.parametrize(
    ("receiver", "models", "advice"),
    [
        (hears("shop.Base", dead="abstract"), [model("shop.Base", abstract=True)], "each concrete model"),
        (hears("shop.Order_tags", dead="automatic"), [model("shop.Order_tags", auto_created=True)], "`through` model"),
        (hears(senders=(), dead="a list"), [], "for model in"),
        (hears("shop.Order", dead="a local function", name="connect.on_delete"), [], "weak=False"),
        (hears("shop.Order", is_async=True), [], "Django 5.0"),
    ],
    ids=["abstract", "automatic", "list", "local", "async"],
)
def test_the_way_out_fits_the_way_in_which_a_receiver_is_dead(
    receiver: Receiver, models: list[Model], advice: str
) -> None:
    assert advice in only("dead_receiver", graph(receiver, models=models, django=(4, 2))).help


def test_a_dead_receiver_without_source_is_reported_where_it_is_connected() -> None:
    connection = Registration(Place("shop/apps.py", 7), ("post_delete",), ("shop.Order",))
    receiver = hears("shop.Order", place=None, dead="a lambda", registrations=(connection,))
    assert only("dead_receiver", graph(receiver)).place == connection.place


class TestMuted:
    mute = Mute(Place("shop/jobs.py", 9), "receivers_emptied", "mute_signals", ("post_delete",), True, "shop.Order")

    def test_receivers_further_down_the_cascade_count(self) -> None:
        project = graph(hears("shop.Line"), relations=[points("shop.Line", "shop.Order")], mutes=[self.mute])
        finding = only("muted_signals_still_fetch", project)
        assert finding.place == self.mute.place
        assert "`mute_signals` silences shop.signals.on_delete (shop/signals.py:10)" in finding.message

    def test_is_silent_when_nobody_listens_to_what_is_deleted(self) -> None:
        assert said("muted_signals_still_fetch", graph(hears("shop.Audit"), mutes=[self.mute])) == []

    @pytest.mark.parametrize(
        "mute",
        [replace(mute, kind="disconnect"), replace(mute, deletes=False), replace(mute, signals=("pre_delete",))],
        ids=["disconnect", "no delete", "the other signal"],
    )
    def test_is_silent_when_the_mute_does_not_matter(self, mute: Mute) -> None:
        assert said("muted_signals_still_fetch", graph(hears("shop.Order"), mutes=[mute])) == []

    def test_what_is_deleted_need_not_be_known(self) -> None:
        assert said("muted_signals_still_fetch", graph(hears("shop.Order"), mutes=[replace(self.mute, model=None)]))


class TestWritesIntoCascade:
    """Outcomes as Django has them on SQLite and PostgreSQL: each was tried with a delete of one Order."""

    def fate(self, signal: str, on_delete: str, *more: Relation, django: tuple[int, int] = (5, 2)) -> str:
        receiver = PROBLEMS["receiver_writes_into_cascade"](signals=(signal,))
        project = graph(receiver, relations=[points("shop.Audit", "shop.Order", on_delete), *more], django=django)
        findings = said("receiver_writes_into_cascade", project)
        assert len(findings) <= 1
        message = findings[0].message if findings else ""
        return "fails" if "IntegrityError" in message else "removed" if "removes the new row" in message else message

    @pytest.mark.parametrize("handler", ["CASCADE", "SET_NULL", "SET_VALUE", "PROTECT", "DO_NOTHING", "DB_CASCADE"])
    def test_after_the_delete_every_foreign_key_to_it_fails(self, handler: str) -> None:
        assert self.fate("post_delete", handler) == "fails"

    def test_before_the_delete_a_fast_one_goes_along(self) -> None:
        assert self.fate("pre_delete", "CASCADE") == "removed"
        assert self.fate("pre_delete", "DB_CASCADE") == "removed"

    def test_before_the_delete_a_slow_one_is_left_behind(self) -> None:
        assert self.fate("pre_delete", "CASCADE", points("shop.Line", "shop.Audit")) == "fails"
        for handler in ("PROTECT", "RESTRICT", "DO_NOTHING"):
            assert self.fate("pre_delete", handler) == "fails"

    def test_before_the_delete_a_lazy_update_empties_the_new_row_s_key(self) -> None:
        for handler in ("SET_NULL", "SET_VALUE", "DB_SET_NULL"):
            assert self.fate("pre_delete", handler) == ""

    def test_set_default_is_lazy_before_django_5_1(self) -> None:
        assert self.fate("pre_delete", "SET_DEFAULT", django=(5, 0)) == ""
        assert self.fate("pre_delete", "SET_DEFAULT", django=(5, 1)) == "fails"

    def test_a_key_to_the_multi_table_parent_counts_as_one_to_the_child(self) -> None:
        receiver = hears("shop.Rush", creations=(Creation(Place(SIGNALS, 12), "shop.Audit", ("order",)),))
        rush = model("shop.Rush", parents=("shop.Order",))
        project = graph(receiver, models=[rush], relations=[points("shop.Audit", "shop.Order")])
        assert only("receiver_writes_into_cascade", project).place == Place(SIGNALS, 12)

    @pytest.mark.parametrize(
        "relations",
        [
            [points("shop.Audit", "shop.Order", on_delete="DO_NOTHING", db_constraint=False)],
            [points("shop.Audit", "shop.Line", field="order")],
            [points("shop.Audit", "shop.Order", field="other_order")],
            [],
        ],
        ids=["a key left alone on purpose", "another model", "another field", "a plain column"],
    )
    def test_a_row_that_the_database_does_not_tie_to_the_deleted_one_is_right(self, relations: list[Relation]) -> None:
        receiver = PROBLEMS["receiver_writes_into_cascade"]()
        assert said("receiver_writes_into_cascade", graph(receiver, relations=relations)) == []

    def test_without_a_constraint_the_new_row_is_said_to_stay_behind(self) -> None:
        receiver = PROBLEMS["receiver_writes_into_cascade"]()
        loose = graph(receiver, relations=[points("shop.Audit", "shop.Order", db_constraint=False)])
        assert "an orphan stays behind" in only("receiver_writes_into_cascade", loose).message


class TestReadsDeletedParent:
    def test_a_nullable_key_is_said_to_lead_nowhere(self) -> None:
        receiver = PROBLEMS["receiver_reads_deleted_parent"]()
        nullable = graph(receiver, relations=[points("shop.Line", "shop.Order", null=True)])
        assert "DoesNotExist" in only("receiver_reads_deleted_parent", nullable).message
        strict = graph(receiver, relations=[points("shop.Line", "shop.Order")])
        assert "DoesNotExist" not in only("receiver_reads_deleted_parent", strict).message

    @pytest.mark.parametrize("handler", ["PROTECT", "SET_NULL", "DO_NOTHING"])
    def test_a_parent_that_no_cascade_takes_along_may_be_read(self, handler: str) -> None:
        project = graph(
            PROBLEMS["receiver_reads_deleted_parent"](), relations=[points("shop.Line", "shop.Order", handler)]
        )
        assert said("receiver_reads_deleted_parent", project) == []

    def test_before_the_delete_every_parent_is_there(self) -> None:
        receiver = PROBLEMS["receiver_reads_deleted_parent"](signals=("pre_delete",))
        assert said("receiver_reads_deleted_parent", graph(receiver, relations=RELATIONS)) == []

    def test_a_key_inherited_from_a_multi_table_parent_counts(self) -> None:
        receiver = hears("shop.Extra", parent_reads=(ParentRead(Place(SIGNALS, 12), "order"),))
        project = graph(receiver, models=[model("shop.Extra", parents=("shop.Line",))], relations=RELATIONS)
        assert only("receiver_reads_deleted_parent", project).place == Place(SIGNALS, 12)
