"""The exact plan as people and programs read it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from delete_lint.graph.collector import SlowReason
from delete_lint.graph.exact_plan import ExactPlan, ReceiverCalls, Step, TableCost
from delete_lint.graph.place import Place
from delete_lint.output.exact_json import exact_json
from delete_lint.output.exact_mermaid import exact_mermaid
from delete_lint.output.exact_text import exact_text
from delete_lint.output.plan_words import size
from tests.graph.small_graphs import listener
from tests.output.test_symbolic_plan import assert_is_flowchart


def table(name: str, under: str = "", level: int = 1, **numbers: Any) -> TableCost:
    options: dict[str, Any] = {"fast": False, "by": (f"shop.{name}.key",) if under else (), **numbers}
    return TableCost(
        label=f"shop.{name}", under=f"shop.{under}" if under else "", level=level if under else 0, **options
    )


REINDEX = SlowReason(reason="receiver", by="shop.signals.reindex", receiver=listener("reindex", "Line"))
AUDIT = SlowReason(
    reason="receiver", by="shop.signals.audit", place=Place("shop/signals.py", 9), receiver=listener("audit")
)

TABLES = (
    table(
        "Customer",
        slow_because=(AUDIT,),
        selects=1,
        deletes=1,
        rows_deleted=2,
        rows_loaded=2,
        columns=None,
        bytes=1_400,
    ),
    table(
        "Order",
        "Customer",
        slow_because=(AUDIT,),
        selects=1,
        deletes=12,
        rows_deleted=1_200,
        rows_loaded=1_200,
        columns=("id",),
        bytes=768_000,
    ),
    table(
        "Line",
        "Order",
        2,
        slow_because=(REINDEX, AUDIT),
        selects=1,
        deletes=48,
        rows_deleted=4_800,
        rows_loaded=4_800,
        columns=None,
        bytes=53_400_000,
    ),
    table("Note", "Order", 2, fast=True, deletes=1, rows_deleted=7),
    table("Visit", "Customer", updates=1, rows_updated=31, by=("shop.Visit.customer", "shop.Visit.guest")),
    table("Card", "Customer", selects=1),
    table("Seat", "Customer", fast=True, deletes=1),
    table("Wish", "Customer", fast=True, deletes=1),
)

PLAN = ExactPlan(
    root="shop.Customer",
    call="queryset",
    django="5.2",
    database="default",
    vendor="postgresql",
    keep_parents=False,
    selects=4,
    updates=1,
    deletes=64,
    rows_deleted={"shop.Customer": 2, "shop.Order": 1_200, "shop.Line": 4_800, "shop.Note": 7},
    rows_loaded={"shop.Customer": 2, "shop.Order": 1_200, "shop.Line": 4_800},
    rows_updated={"shop.Visit": 31},
    columns={"shop.Customer": None, "shop.Order": ("id",), "shop.Line": None},
    peak_bytes=54_200_000,
    error=None,
    stopped_by=(),
    transaction=True,
    tables=TABLES,
    receivers=(
        ReceiverCalls(
            name="shop.signals.reindex",
            place=Place("shop/signals.py", 7),
            package=None,
            models=("shop.Line",),
            calls=4_800,
        ),
        ReceiverCalls(
            name="sweep.handlers.sweep",
            place=None,
            package="django-sweep",
            models=("shop.Line", "shop.Order"),
            calls=6_000,
        ),
    ),
    steps=(
        Step(verb="SELECT", label="shop.Customer", columns=None, rows=2),
        Step(verb="BEGIN"),
        Step(verb="DELETE", label="shop.Customer", rows=2),
        Step(verb="COMMIT"),
    ),
    notes=("shop.Line has a base manager of its own",),
    seconds=41.3,
)


TEXT = """\
Customer.objects.filter(pk__in=[1, 2]).delete()  on the database default (PostgreSQL), Django 5.2
shop.signals.audit (shop/signals.py:9) listens to every model, so none is fast; without it 1,202 rows would not be
loaded.

                                   deleted  updated  loaded  SELECT  UPDATE  DELETE   memory
shop.Customer             slow           2                2       1               1   1.4 kB  all columns
├─ shop.Order             slow       1,200            1,200       1              12   768 kB  id
│  ├─ shop.Line           slow       4,800            4,800       1              48  53.4 MB  all columns
│  │     receiver shop.signals.reindex
│  └─ shop.Note           fast           7                                        1
├─ shop.Visit             updated                31                       1
│     over shop.Visit.customer and shop.Visit.guest
└─ 3 models without rows  empty                                   1               2
      shop.Card, shop.Seat, shop.Wish
total                                6,009       31   6,002       4       1      64  54.2 MB

receivers, called inside the transaction
                        calls  for each row of
  shop.signals.reindex  4,800  shop.Line        shop/signals.py:7
  sweep.handlers.sweep  6,000  2 models         package django-sweep

One transaction holds 1 UPDATE, 64 DELETEs and 10,800 calls of receivers; 4 SELECTs before it, in autocommit.
6,002 rows loaded and held until delete() returns, about 54.2 MB at the peak. Takes roughly 41 s, receivers' own
work aside.
note: shop.Line has a base manager of its own"""


def test_the_numbers_stand_in_the_tree() -> None:
    assert exact_text(PLAN, "Customer.objects.filter(pk__in=[1, 2]).delete()") == TEXT


@pytest.mark.parametrize(
    ("error", "by", "said"),
    [
        ("ProtectedError", "shop.Lock.order: 3 rows", "3 rows. Nothing is deleted; the SELECTs are sent all the same."),
        ("IntegrityError", "shop.Node.parent", "IntegrityError: shop.Node.parent. Everything is rolled back."),
    ],
)
def test_what_stops_the_delete_is_told(error: Any, by: str, said: str) -> None:
    lock = table("Lock", "Order", 2, selects=1, rows_loaded=3, rows_left=3)
    stopped = replace(PLAN, error=error, stopped_by=(by,), tables=(*TABLES, lock), rows_deleted={})
    text = exact_text(stopped)
    assert said in " ".join(text.split())
    (line,) = [line for line in text.splitlines() if "shop.Lock " in line]
    assert line.split()[3:6] == ["stops", "3", "3"]
    assert f"\x1b[1;31m{error}: {by}" in exact_text(stopped, colour=True)


def test_the_short_way_of_a_single_row_is_told() -> None:
    leaf = replace(
        PLAN,
        root="shop.Note",
        call="instance",
        selects=0,
        updates=0,
        deletes=1,
        transaction=False,
        tables=(table("Note", fast=True, deletes=1, rows_deleted=1),),
        rows_loaded={},
        receivers=(),
        peak_bytes=0,
        seconds=None,
        notes=(),
    )
    assert exact_text(leaf).splitlines() == [
        "shop.Note: delete() of an instance  on the database default (PostgreSQL), Django 5.2",
        "",
        "                 deleted  loaded  SELECT  DELETE",
        "shop.Note  fast        1                       1",
        "total                  1                       1",
        "",
        "One DELETE, without a transaction and without receivers.",
        "No row is loaded.",
    ]


def test_a_table_whose_way_is_not_told_is_not_lost() -> None:
    odd = (
        table("Loop", "Ring", rows_deleted=1),
        table("Ring", "Loop", rows_deleted=1),
        table("Far", "Nowhere", rows_deleted=1),
    )
    text = exact_text(replace(PLAN, tables=(*TABLES, *odd)))
    assert all(sum(f" {each.label} " in line for line in text.splitlines()) == 1 for each in odd)


def test_rows_that_are_only_read_are_not_told_as_deleted() -> None:
    looked_up = table("Kind", "Customer", selects=3, rows_loaded=3, columns=None)
    (line,) = [line for line in exact_text(replace(PLAN, tables=(*TABLES, looked_up))).splitlines() if "Kind" in line]
    assert line.split()[1:] == ["shop.Kind", "read", "3", "3", "all", "columns"]


def test_hundreds_of_empty_tables_take_a_few_lines() -> None:
    empty = tuple(table(f"Empty{number}", "Customer", selects=1) for number in range(300))
    lines = exact_text(replace(PLAN, tables=(*TABLES, *empty))).splitlines()
    (line,) = [number for number, line in enumerate(lines) if "303 models without rows" in line]
    assert "… 279 more" in " ".join(lines[line + 1 : line + 8])


def test_a_name_cannot_drive_a_terminal() -> None:
    hostile = replace(PLAN, stopped_by=("\x1b[2Jgone",), error="IntegrityError", notes=("\x1b]0;x\x07",))
    assert "\x1b" not in exact_text(hostile, "x\x1b[2J")


def test_the_json_holds_the_whole_plan() -> None:
    document = json.loads(json.dumps(exact_json(PLAN)))
    for name in ("selects", "updates", "deletes", "rows_deleted", "rows_loaded", "peak_bytes", "error", "seconds"):
        assert document[name] == getattr(PLAN, name)
    assert document["columns"] == {"shop.Customer": None, "shop.Order": ["id"], "shop.Line": None}
    assert {each["label"]: each["fast"] for each in document["tables"]} == {each.label: each.fast for each in TABLES}
    assert document["tables"][2]["slow_because"][0]["by"] == "shop.signals.reindex"
    assert [step["verb"] for step in document["steps"]] == ["SELECT", "BEGIN", "DELETE", "COMMIT"]


def test_the_flowchart_shows_every_table_below_another() -> None:
    chart = exact_mermaid(replace(PLAN, error="ProtectedError", stopped_by=('a "b" <c>',)), "Customer[1];%%{x}")
    assert_is_flowchart(chart)
    assert '    n2["shop.Line<br/>4,800 deleted, 4,800 loaded, 53.4 MB<br/>1 SELECT, 48 DELETE"]' in chart.splitlines()
    assert sum(" -->|" in line or " -.->|" in line for line in chart.splitlines()) == len(TABLES) - 1


@pytest.mark.parametrize(
    ("number", "said"),
    [(0, "0 B"), (999, "999 B"), (1_000, "1.0 kB"), (99_960, "100 kB"), (999_600, "1.0 MB"), (4_100_000_000, "4.1 GB")],
)
def test_sizes_read_as_people_write_them(number: int, said: str) -> None:
    assert size(number) == said
