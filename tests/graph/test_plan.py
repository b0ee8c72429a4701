"""The plan of a delete names every statement that Django sends."""

from __future__ import annotations

import json
import re
from math import ceil
from typing import Any

from django.db.models import CASCADE, PROTECT, SET_NULL, ForeignKey, TextField

from delete_lint.graph.plan import DeletePlan, Statement, delete_plan
from delete_lint.output.plan_text import plan_json, plan_text
from tests.graph.django_models import database, statements, world
from tests.graph.small_graphs import PAYLOAD, graph, key, listener, model


def _statements(plan: DeletePlan) -> list[Statement]:
    groups = (plan.tables, plan.updated, plan.refusing, plan.custom)
    return [statement for group in groups for each in group for statement in each.statements]


def _number(count: str, rows: int) -> int:
    """A count with as many rows of every model."""
    chunks = re.fullmatch(r"ceil\(n\([\w.]+\)/(100|b)\)", count)
    return int(count) if chunks is None else ceil(rows / (100 if chunks[1] == "100" else 500))


def test_the_counts_are_those_of_a_real_delete() -> None:
    rows = 120
    with world() as zoo:
        root: Any = zoo.model("A")
        zoo.model("B", a=ForeignKey("zoo.A", CASCADE), big=TextField())
        zoo.model("C", b=ForeignKey("zoo.B", CASCADE))
        zoo.model("D", a=ForeignKey("zoo.A", SET_NULL, null=True))
        plan = delete_plan(zoo.graph(), "zoo.A")
        with database(zoo, rows=rows), statements() as seen:
            root.objects.all().delete()
    foretold = sorted(
        f"{statement.verb} zoo_{statement.table[-1].lower()}"
        for statement in _statements(plan)
        for _ in range(_number(statement.count, rows))
    )
    sent = sorted(f"{sql.split()[0]} {sql[sql.index('zoo_') :].split(chr(34))[0]}" for sql in seen if "zoo_" in sql)
    assert foretold == sent


def test_a_fast_model_is_one_statement() -> None:
    plan = delete_plan(graph(model("A")), "shop.A")
    assert [(statement.verb, statement.count) for statement in _statements(plan)] == [("DELETE", "1")]
    assert "nothing is loaded" in plan_text(graph(model("A")), "shop.A")


def test_receivers_are_counted_by_the_rows_they_are_called_for() -> None:
    seen = graph(
        model("A_tags", auto_created=True),
        key("B.a", "A"),
        key("A_tags.a", "A", kind="m2m_through"),
        listener("audit", signals=("pre_delete", "post_delete")),
        listener("elsewhere", "C"),
    )
    (run,) = delete_plan(seen, "shop.A").receivers
    assert (run.name, run.count) == ("shop.signals.audit", "2 * (n(shop.A) + n(shop.B))")


def test_what_stands_in_the_way_is_named() -> None:
    plan = delete_plan(graph(key("B.a", "A", "PROTECT"), key("C.a", "A", "DB_CASCADE")), "shop.A")
    assert [each.relation for each in plan.refusing] == ["shop.B.a"]
    assert [each.relation for each in plan.left_to_database] == ["shop.C.a"]


def test_keys_are_emptied_first_where_constraints_are_immediate() -> None:
    parts = (key("B.a", "A", null=True), key("C.b", "B"))
    emptied = [
        [statement.table for statement in _statements(delete_plan(seen, "shop.A")) if statement.verb == "UPDATE"]
        for seen in (graph(*parts, databases=frozenset({"mysql"})), graph(*parts, databases=frozenset({"postgresql"})))
    ]
    assert emptied == [["shop.B"], []]


def test_the_text_says_what_is_read_and_for_whom() -> None:
    seen = graph(model("B", PAYLOAD), key("B.a", "A"), listener("reindex", "B"))
    lines = plan_text(seen, "shop.A").splitlines()
    assert "  ceil(n(shop.A)/b) SELECT of every column on shop.B  (for shop.signals.reindex)" in lines
    assert "  shop.signals.reindex (shop/signals.py:7)  n(shop.B) calls" in lines


def test_the_plan_as_json_is_the_plan_as_text() -> None:
    seen = graph(key("B.a", "A"), key("C.b", "B"), key("D.a", "A", "SET_NULL"), key("E.b", "B", "PROTECT"))
    plan = json.loads(json.dumps(plan_json(seen, "shop.A")))
    text = plan_text(seen, "shop.A")
    assert [table["label"] for table in plan["tables"]] == ["shop.A", "shop.B", "shop.C"]
    for group in ("tables", "updated", "refusing"):
        for each in plan[group]:
            for statement in each["statements"]:
                assert f"{statement['count']} {statement['verb']}" in text


def test_a_protected_delete_is_not_free() -> None:
    with world() as zoo:
        zoo.model("A")
        zoo.model("B", a=ForeignKey("zoo.A", PROTECT))
        (refusing,) = delete_plan(zoo.graph(), "zoo.A").refusing
    assert [statement.verb for statement in refusing.statements] == ["SELECT"]
