"""The plan of a delete names every statement that Django sends."""

from __future__ import annotations

from typing import Any

from django.db.models import CASCADE, PROTECT, SET_NULL, ForeignKey, TextField

from delete_lint.graph.collector import relation_path
from delete_lint.graph.count import Count, Sum
from delete_lint.graph.plan import DeletePlan, Statement, delete_plan
from tests.graph.django_models import database, statements, world
from tests.graph.small_graphs import PAYLOAD, graph, key, listener, model

POSTGRES = frozenset({"postgresql"})


def _statements(plan: DeletePlan, verb: str = "") -> list[Statement]:
    return [statement for statement in plan.statements if verb in ("", statement.verb)]


def _behind(plan: DeletePlan, effect: str) -> list[str]:
    return [relation_path(way.edge.relation) for way in plan.ways if way.edge.effect == effect]


def test_the_counts_are_those_of_a_real_delete() -> None:
    rows = 120
    with world() as zoo:
        root: Any = zoo.model("A")
        zoo.model("B", a=ForeignKey("zoo.A", CASCADE), big=TextField())
        zoo.model("C", b=ForeignKey("zoo.B", CASCADE))
        zoo.model("D", a=ForeignKey("zoo.A", SET_NULL, null=True))
        zoo.model("E", a=ForeignKey("zoo.A", CASCADE, related_name="+"), b=ForeignKey("zoo.A", CASCADE))
        plan = delete_plan(zoo.graph(), "zoo.A")
        with database(zoo, rows=rows), statements() as seen:
            root.objects.all().delete()
    foretold = sorted(
        f"{statement.verb} zoo_{statement.table[-1].lower()}"
        for statement in plan.statements
        for _ in range(statement.count.value(lambda label: rows, 500))
    )
    sent = sorted(f"{sql.split()[0]} {sql[sql.index('zoo_') :].split(chr(34))[0]}" for sql in seen if "zoo_" in sql)
    assert foretold == sent


def test_a_relation_that_children_inherit_is_followed_at_each_of_them() -> None:
    """Multi-table inheritance: a key to the parent is a key to its children, and each of them asks for it anew."""
    with world() as zoo:
        root: Any = zoo.model("Place")
        zoo.model("Pub", root, big=TextField())
        zoo.model("Guest", place=ForeignKey("zoo.Place", CASCADE))
        zoo.model("Visit", guest=ForeignKey("zoo.Guest", CASCADE))
        plan = delete_plan(zoo.graph(), "zoo.Place")
        with database(zoo, rows=3), statements() as seen:
            root.objects.all().delete()
    for verb in ("SELECT", "DELETE"):
        foretold = sum(each.count.value(lambda label: 3, 500) for each in _statements(plan, verb))
        assert foretold <= sum(sql.startswith(verb) and "zoo_" in sql for sql in seen)
    assert plan.at_least("DELETE")
    assert [way.under for way in plan.ways if relation_path(way.edge.relation) == "zoo.Guest.place"] == [
        "zoo.Place",
        "zoo.Pub",
    ]


def test_where_rows_are_found_in_steps_the_count_is_a_lower_bound() -> None:
    tree = delete_plan(graph(key("Node.parent", "Node"), key("Leaf.node", "Node"), databases=POSTGRES), "shop.Node")
    assert [(each.table, str(each.count)) for each in tree.statements if each.at_least] == [
        ("shop.Node", "1"),
        ("shop.Leaf", "1"),
    ]
    plain = delete_plan(graph(key("B.a", "A"), key("C.b", "B"), databases=POSTGRES), "shop.A")
    assert not any(plain.at_least(verb) for verb in ("SELECT", "UPDATE", "DELETE"))


def test_a_fast_model_is_one_statement() -> None:
    plan = delete_plan(graph(model("A")), "shop.A")
    assert [(statement.verb, str(statement.count)) for statement in plan.statements] == [("DELETE", "1")]
    assert plan.loaded == Sum(())
    assert plan.transaction
    assert not delete_plan(graph(model("A")), "shop.A", call="instance").transaction


def test_an_instance_that_is_at_hand_is_not_fetched() -> None:
    seen = graph(key("B.a", "A"), key("C.b", "B"))
    queryset, instance = (delete_plan(seen, "shop.A", call=call) for call in ("queryset", "instance"))
    assert [str(plan.total("SELECT")) for plan in (queryset, instance)] == ["1 + ceil(n(shop.A)/b)", "1"]
    assert [str(plan.loaded) for plan in (queryset, instance)] == ["n(shop.A) + n(shop.B)", "n(shop.B)"]


def test_kept_parents_are_not_deleted_and_what_points_at_them_is_not_followed() -> None:
    seen = graph(
        model("Place"),
        model("Pub", parents=("Place",)),
        key("Pub.place_ptr", "Place", kind="parent_link"),
        key("Guest.place", "Place"),
        key("Beer.pub", "Pub"),
    )
    gone = delete_plan(seen, "shop.Pub", call="instance")
    kept = delete_plan(seen, "shop.Pub", call="instance", keep_parents=True)
    assert {table.label for table in gone.tables} == {"shop.Pub", "shop.Place", "shop.Guest", "shop.Beer"}
    assert {table.label for table in kept.tables} == {"shop.Pub", "shop.Beer"}


def test_a_batch_is_as_large_as_the_database_takes() -> None:
    parts = (key("B.a", "A"), key("B.other", "A"))
    counts = [
        str(_statements(delete_plan(graph(*parts, django=version, databases=vendors), "shop.A"))[-1].count)
        for vendors, version in (
            (frozenset({"postgresql"}), "5.2"),
            (frozenset({"sqlite"}), "5.2"),
            (frozenset({"sqlite"}), "6.1"),
            (frozenset({"postgresql", "mysql"}), "5.2"),
            (frozenset({"postgresql", "sqlite"}), "5.2"),
        )
    ]
    assert counts == [
        "1",
        "ceil(n(shop.A)/499)",
        "ceil(2 * n(shop.A)/b)",
        "1",
        "ceil(2 * n(shop.A)/b)",
    ]


def test_receivers_are_counted_by_the_rows_they_are_called_for() -> None:
    seen = graph(
        model("A_tags", auto_created=True),
        key("B.a", "A"),
        key("A_tags.a", "A", kind="m2m_through"),
        listener("audit", signals=("pre_delete", "post_delete")),
        listener("elsewhere", "C"),
    )
    (run,) = delete_plan(seen, "shop.A").receivers
    assert (run.name, str(run.calls)) == ("shop.signals.audit", "2 * n(shop.A) + 2 * n(shop.B)")


def test_what_stands_in_the_way_is_named() -> None:
    plan = delete_plan(graph(key("B.a", "A", "PROTECT"), key("C.a", "A", "DB_CASCADE")), "shop.A")
    assert _behind(plan, "refuse") == ["shop.B.a"]
    assert _behind(plan, "database") == ["shop.C.a"]


def test_what_mysql_refuses_is_told_unless_the_database_is_another() -> None:
    """Rows of one table that refer to each other cannot be put in order, nor can those of a circle."""
    parts = (
        key("A.twin", "A"),
        key("B.a", "A"),
        key("B.c", "C"),
        key("C.b", "B"),
        key("D.d", "D"),
        key("A.soft", "A", null=True),
    )
    told = [
        [[relation_path(relation) for relation in group] for group in delete_plan(seen, "shop.A").refused]
        for seen in (
            graph(*parts),
            graph(*parts, databases=frozenset({"mysql", "postgresql"})),
            graph(*parts, databases=POSTGRES),
        )
    ]
    assert told == [[["shop.A.twin"], ["shop.B.c", "shop.C.b"]]] * 2 + [[]]


def test_keys_are_emptied_first_where_constraints_are_immediate() -> None:
    parts = (key("B.a", "A", null=True), key("C.b", "B"))
    emptied = [
        [statement.table for statement in _statements(delete_plan(seen, "shop.A"), "UPDATE")]
        for seen in (graph(*parts, databases=frozenset({"mysql"})), graph(*parts, databases=frozenset({"postgresql"})))
    ]
    assert emptied == [["shop.B"], []]


def test_a_protected_delete_is_not_free() -> None:
    with world() as zoo:
        zoo.model("A")
        zoo.model("B", a=ForeignKey("zoo.A", PROTECT))
        (way,) = delete_plan(zoo.graph(), "zoo.A").ways
    assert [statement.verb for statement in way.statements] == ["SELECT"]


def test_the_wide_rows_of_a_listener_are_read_whole() -> None:
    seen = graph(model("B", PAYLOAD), key("B.a", "A"), key("C.b", "B"), listener("reindex", "B"))
    (read,) = [
        each for each in delete_plan(seen, "shop.A").statements if each.verb == "SELECT" and each.table == "shop.B"
    ]
    assert (read.columns, read.because) == (None, "for shop.signals.reindex")


def test_sums_put_together_what_is_alike() -> None:
    total = Sum.of(
        [Count("shop.A", 100), Count(), Count("shop.A", None), Count("shop.A", None), Count(), Count("shop.B")]
    )
    assert str(total) == "2 + ceil(n(shop.A)/100) + 2 * ceil(n(shop.A)/b) + n(shop.B)"
    assert total.short(lambda label: label[-1]) == ["2", "⌈A/100⌉", "2·⌈A/b⌉", "B"]
    assert str(Sum.of([])) == "0"
