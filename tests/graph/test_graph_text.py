"""A reader of the graph sees the whole cascade, each part once, with its price."""

from __future__ import annotations

from delete_lint.graph.place import Place
from delete_lint.graph.receiver import Hop, Work
from delete_lint.output.graph_text import graph_overview, graph_tree
from tests.graph.small_graphs import PAYLOAD, graph, key, listener, model

SLEEP = Work("sleep", "time.sleep", (Hop(Place("shop/signals.py", 8), "time.sleep"),))
SHOP = graph(
    model("Order"),
    model("Line", PAYLOAD),
    model("Order_tags", auto_created=True),
    key("Order.customer", "Customer"),
    key("Line.order", "Order"),
    key("Line.replaces", "Line", null=True),
    key("Line.customer", "Customer"),
    key("Order_tags.order", "Order", kind="m2m_through"),
    key("Visit.customer", "Customer", "SET_NULL", null=True),
    key("Invoice.order", "Order", "PROTECT"),
    key("Cache.order", "Order", "DB_CASCADE"),
    key("Copy.order", "Order", "DO_NOTHING"),
    key("Note.notes", "Order", kind="generic"),
    listener("reindex", "Line", work=(SLEEP,)),
)


def test_the_tree_shows_each_part_once_with_its_price() -> None:
    assert graph_tree(SHOP, "shop.Customer").splitlines() == [
        "shop.Customer  slow: CASCADE shop.Order.customer, CASCADE shop.Line.customer and SET_NULL shop.Visit.customer",
        (
            "├─ shop.Line.customer  CASCADE  slow, loads every column (payload too): "
            "receiver shop.signals.reindex (shop/signals.py:7) and CASCADE shop.Line.replaces"
        ),
        "│  └─ shop.Line.replaces  CASCADE  slow, loads every column (payload too)  ↑ above",
        (
            "├─ shop.Order.customer  CASCADE  slow, loads id: CASCADE shop.Line.order, CASCADE shop.Order_tags.order "
            "and 2 more"
        ),
        "│  ├─ shop.Line.order  CASCADE  slow, loads every column (payload too)  ↑ above",
        "│  ├─ shop.Note  GenericRelation shop.Order.notes  fast",
        "│  ├─ shop.Order_tags.order  CASCADE  many-to-many table  fast",
        "│  ├─ shop.Invoice.order  PROTECT  refuses if a row is left, loads every column",
        "│  ├─ shop.Cache.order  DB_CASCADE  the database deletes the rows, without signals",
        "│  └─ shop.Copy.order  DO_NOTHING  left to the database's constraint",
        "└─ shop.Visit.customer  SET_NULL  updated in one statement",
        "",
        "Reaches 3 models and 1 many-to-many table over 2 levels.",
    ]


def test_a_model_stands_where_the_cascade_meets_it_first() -> None:
    tree = graph_tree(graph(key("B.a", "A"), key("C.b", "B"), key("C.a", "A"), key("D.c", "C")), "shop.A")
    assert "│  └─ shop.C.b  CASCADE  slow, loads id  ↓ below" in tree.splitlines()
    assert "   └─ shop.D.c  CASCADE  fast" in tree.splitlines()


def test_a_child_says_that_it_takes_its_parent_along() -> None:
    seen = graph(model("Book", parents=("Item",)), key("Book.item_ptr", "Item", kind="parent_link"))
    assert "takes its parent's row in shop.Item along" in graph_tree(seen, "shop.Book")
    assert "child table" in graph_tree(seen, "shop.Item")


def test_colour_adds_nothing_but_colour() -> None:
    tree = graph_tree(SHOP, "shop.Customer", colour=True)
    assert "\x1b[1;31mslow\x1b[0m" in tree
    for code in ("\x1b[1;31m", "\x1b[32m", "\x1b[1m", "\x1b[2m", "\x1b[1;33m", "\x1b[0m"):
        tree = tree.replace(code, "")
    assert tree == graph_tree(SHOP, "shop.Customer")


def test_a_name_cannot_drive_the_terminal() -> None:
    hostile = graph(key("B.a", "A"), listener("x\x1b]0;owned\x07", "B"))
    for text in (graph_tree(hostile, "shop.A", colour=True), graph_overview(hostile, colour=True)):
        assert "\x1b]" not in text
        assert "\x07" not in text


def test_the_overview_counts_models_and_names_the_worst() -> None:
    assert graph_overview(SHOP).splitlines() == [
        "app   models  fast  slow  receivers",
        "shop       8     5     3          1",
        "",
        "largest cascades",
        "shop.Customer  3 models over 2 levels",
        "shop.Order     2 models over 1 level",
        "",
        "delete receivers",
        "shop.signals.reindex (shop/signals.py:7)  post_delete of shop.Line  blocks: sleep",
    ]


def test_the_overview_of_nothing_says_so() -> None:
    lines = graph_overview(graph(model("A"))).splitlines()
    assert "no cascades" in lines
    assert "no delete receivers" in lines
