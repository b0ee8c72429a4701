"""The symbolic plan as people and programs read it."""

from __future__ import annotations

import json
import re
from typing import Any

from delete_lint.graph.model import Relation
from delete_lint.graph.plan import DeletePlan, delete_plan
from delete_lint.graph.project import ProjectGraph
from delete_lint.graph.receiver import Receiver
from delete_lint.output.plan_json import plan_json
from delete_lint.output.plan_mermaid import plan_mermaid
from delete_lint.output.plan_text import plan_text
from tests.graph.small_graphs import PAYLOAD, graph, key, listener, model

POSTGRES = frozenset({"postgresql"})


def text(seen: ProjectGraph, label: str = "shop.A", **options: Any) -> str:
    return plan_text(seen, delete_plan(seen, label, **options))


def tree(seen: ProjectGraph, label: str = "shop.A") -> list[str]:
    lines = text(seen, label).splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith(f"{label} "))
    return lines[start : lines.index("", start)]


def test_each_relation_stands_on_its_line_with_what_is_sent_for_it() -> None:
    seen = graph(
        model("B", PAYLOAD),
        key("B.a", "A"),
        key("C.b", "B"),
        key("D.a", "A", "SET_NULL", null=True),
        key("E.b", "B", "PROTECT"),
        key("F.a", "A", "DO_NOTHING"),
        key("Tag.tags", "B", kind="generic"),
        listener("reindex", "B"),
        databases=POSTGRES,
    )
    assert tree(seen) == [
        "shop.A                 slow        SELECT 1            DELETE ⌈n/100⌉  reads all columns",
        "│  referred to by shop.B.a and shop.D.a",
        "├─ shop.B.a            slow        SELECT 1            DELETE ⌈n/100⌉  reads all columns, payload is large",
        "│  │  receiver shop.signals.reindex; referred to by shop.C.b and shop.E.b; GenericRelation shop.B.tags",
        "│  ├─ shop.C.b         fast                            DELETE 1",
        "│  ├─ shop.Tag (tags)  fast                            DELETE 1",
        "│  └─ shop.E.b         PROTECT     SELECT 1                            reads all columns",
        "├─ shop.D.a            SET_NULL              UPDATE 1",
        "└─ shop.F.a            DO_NOTHING                                      left to the constraint",
    ]


def test_the_sums_are_formulas_over_the_rows_of_the_models() -> None:
    seen = graph(model("B", PAYLOAD), key("B.a", "A"), key("C.b", "B"), key("D.a", "A", "SET_DEFAULT"))
    lines = text(seen).splitlines()
    start = lines.index("SELECT    1 + 2·⌈A/b⌉")
    assert lines[start + 1 : start + 4] == [
        "UPDATE    ⌈D/100⌉",
        "DELETE    ⌈A/100⌉ + ⌈B/100⌉ + ⌈B/b⌉",
        "in memory A + B + D rows, until delete() returns",
    ]


def test_a_model_that_is_met_twice_is_told_of_once() -> None:
    seen = graph(key("B.a", "A"), key("C.a", "A"), key("C.b", "B"), key("D.c", "C"), databases=POSTGRES)
    assert tree(seen)[1:] == [
        "│  referred to by shop.B.a and shop.C.a",
        "├─ shop.B.a     slow  SELECT 1    DELETE ⌈n/100⌉  reads id",
        "│  │  referred to by shop.C.b",
        "│  └─ shop.C.b  slow  SELECT 1                    reads id  ↓ below",
        "└─ shop.C.a     slow  SELECT 1    DELETE ⌈n/100⌉  reads id",
        "   │  referred to by shop.D.c",
        "   └─ shop.D.c  fast              DELETE ≥1",
    ]


def test_sixty_relations_are_still_read_at_a_glance() -> None:
    """Relations that are much alike share a line, where all of them are named."""
    seen = graph(
        *(key(f"Part{number}.a", "A") for number in range(10)),
        *(key(f"Note{number}.a", "A", "SET_NULL") for number in range(30)),
        *(key(f"Lock{number}.a", "A", "PROTECT") for number in range(20)),
        databases=POSTGRES,
    )
    lines = tree(seen)
    assert len(lines) < 25
    assert max(map(len, lines)) <= 120
    (updated,) = [line for line in lines if "30 relations with SET_NULL" in line]
    assert "UPDATE 30" in updated
    for number in range(30):
        assert re.search(rf"shop\.Note{number}\.a\b", "\n".join(lines))
    (protecting,) = [line for line in lines if "20 relations with PROTECT" in line]
    assert "SELECT 20" in protecting


def test_what_children_inherit_is_told_at_the_parent() -> None:
    seen = graph(
        model("Place"),
        model("Pub", parents=("Place",)),
        model("Inn", parents=("Place",)),
        key("Pub.place_ptr", "Place", kind="parent_link"),
        key("Inn.place_ptr", "Place", kind="parent_link"),
        key("Guest.place", "Place"),
        key("Visit.place", "Place", "SET_NULL"),
        databases=POSTGRES,
    )
    lines = tree(seen, "shop.Place")
    assert sum("shop.Guest.place" in line and "─" in line for line in lines) == 1
    assert len([line for line in lines if "2 relations inherited from shop.Place" in line]) == 2


def test_a_receiver_for_every_model_is_told_of_once_with_what_it_costs() -> None:
    seen = graph(key("B.a", "A"), key("C.b", "B"), listener("audit"), databases=POSTGRES)
    lines = text(seen).splitlines()
    assert lines[2] == (
        "shop.signals.audit (shop/signals.py:7) listens to every model, so none is fast; "
        "without it 1 table would be fast."
    )
    assert not any("audit" in line for line in tree(seen))


def test_who_is_called_how_often_is_told() -> None:
    seen = graph(
        key("B.a", "A"),
        listener("audit", "A", "B", signals=("pre_delete", "post_delete")),
        listener("sweep", "B", own=False, package="django-sweep", place=None),
    )
    lines = text(seen).splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("receivers, "))
    assert lines[start + 1 : start + 3] == [
        "  shop.signals.audit  2·A + 2·B  shop/signals.py:7",
        "  shop.signals.sweep  B          package django-sweep",
    ]


def test_what_stops_the_delete_is_named() -> None:
    seen = graph(key("Node.parent", "Node"), key("Lock.node", "Node", "PROTECT"))
    said = " ".join(text(seen, "shop.Node").split())
    assert "Stopped by a row behind shop.Lock.node (PROTECT)." in said
    assert (
        "On MySQL and MariaDB it is refused with error 1451 where rows refer to each other by shop.Node.parent" in said
    )
    mysql = graph(key("Node.parent", "Node"), databases=frozenset({"mysql"}))
    assert "MySQL or MariaDB refuses it with error 1451" in text(mysql, "shop.Node")
    assert "1451" not in text(graph(key("Node.parent", "Node"), databases=POSTGRES), "shop.Node")


def test_the_one_transaction_is_told() -> None:
    said = " ".join(text(graph(key("B.a", "A"), key("C.b", "B"))).split())
    assert "One transaction then holds it all: BEGIN, pre_delete receivers, fast DELETEs, UPDATEs, DELETEs" in said
    assert "One DELETE in a transaction; no row is fetched" in text(graph(model("A")))
    assert "One DELETE, without a transaction" in text(graph(model("A")), call="instance")


def test_a_name_cannot_drive_a_terminal() -> None:
    hostile = listener("a\x1b]0;gone\x07", "A", place=None)
    assert "\x1b" not in text(graph(model("A"), hostile))
    assert "\\x1b" in text(graph(model("A"), hostile))


# --- programs -------------------------------------------------------------------------------------------------------


def _rich() -> tuple[ProjectGraph, DeletePlan]:
    seen = graph(
        key("B.a", "A"),
        key("C.b", "B"),
        key("D.a", "A", "SET_NULL"),
        key("E.b", "B", "PROTECT"),
        key("F.a", "A", "DB_CASCADE"),
        key("Tag.tags", "B", kind="generic"),
        listener("audit", "A"),
    )
    return seen, delete_plan(seen, "shop.A")


def test_the_json_says_what_the_text_says() -> None:
    _, plan = _rich()
    document = json.loads(json.dumps(plan_json(plan)))
    assert [table["label"] for table in document["tables"]] == ["shop.A", "shop.B", "shop.C", "shop.Tag"]
    assert [table["fast"] for table in document["tables"]] == [False, False, True, True]
    assert document["selects"] == "1 + ceil(n(shop.A)/b) + ceil(n(shop.B)/b)"
    assert document["updates"] == "1"
    assert document["deletes"] == "1 + ceil(n(shop.A)/100) + ceil(n(shop.B)/100) + ceil(n(shop.B)/b)"
    assert document["rows_loaded"] == "n(shop.A) + n(shop.B) + n(shop.E)"
    groups = ("updated", "refusing", "custom", "left_to_database")
    assert {group: [each["relation"] for each in document[group]] for group in groups} == {
        "updated": ["shop.D.a"],
        "refusing": ["shop.E.b"],
        "custom": [],
        "left_to_database": ["shop.F.a"],
    }
    assert document["receivers"] == [
        {
            "name": "shop.signals.audit",
            "package": None,
            "file": "shop/signals.py",
            "line": 7,
            "models": ["shop.A"],
            "calls": "n(shop.A)",
        }
    ]
    every = [statement for table in document["tables"] for statement in table["statements"]]
    every += [statement for group in groups for each in document[group] for statement in each["statements"]]
    assert len(every) == len(list(plan.statements))


#: The part of Mermaid's grammar that is used, as its own parser (11.x) reads it.
NODE = re.compile(r'    n\d+\["[^"\[\]<>{}`\\]*(<br/>[^"\[\]<>{}`\\]*)*"\]')
ARROW = re.compile(r'    n\d+ (-->|-\.->|--x|--o)\|"[^"|<>{}`\\]*"\| n\d+')
CLASS = re.compile(r"    (classDef \w+ [\w:#,-]+|class n\d+(,n\d+)* \w+)")


def assert_is_flowchart(chart: str) -> None:
    lines = chart.splitlines()
    while lines[0].startswith("%% "):
        assert "{" not in lines.pop(0)
    assert lines.pop(0) == "flowchart TD"
    assert [
        line for line in lines if not (NODE.fullmatch(line) or ARROW.fullmatch(line) or CLASS.fullmatch(line))
    ] == []
    nodes = set(re.findall(r"^    (n\d+)\[", chart, re.MULTILINE))
    assert set(re.findall(r"\bn\d+\b(?=\s|$)", "\n".join(line for line in lines if ARROW.fullmatch(line)))) <= nodes


def test_the_flowchart_shows_every_model_and_every_relation() -> None:
    _, plan = _rich()
    chart = plan_mermaid(plan)
    assert_is_flowchart(chart)
    assert '    n0["shop.A<br/>slow: SELECT 1, DELETE ⌈n/100⌉"]' in chart.splitlines()
    arrows = [line.split("|")[1] for line in chart.splitlines() if ARROW.fullmatch(line)]
    assert sorted(arrows) == [
        '"CASCADE a"',
        '"CASCADE b"',
        '"DB_CASCADE a"',
        '"GenericRelation tags"',
        '"PROTECT b"',
        '"SET_NULL a"',
    ]
    assert re.search(r"class n\d+ refusing", chart)


def test_a_name_cannot_break_the_flowchart() -> None:
    parts: list[Relation | Receiver] = [key('B["x"]<script>|end.a;%%{init}', "A")]
    plan = delete_plan(graph(*parts), "shop.A")
    assert_is_flowchart(plan_mermaid(plan))
