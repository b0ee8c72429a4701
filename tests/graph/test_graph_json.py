"""Programs that read `delete-lint graph --format json` find what they were promised, under the promised names."""

from __future__ import annotations

import json
from dataclasses import replace

from delete_lint.graph.model import Relation
from delete_lint.graph.place import Place
from delete_lint.graph.project import ProjectGraph
from delete_lint.graph.receiver import Dispatch, Hop, Registration, Work
from delete_lint.graph.site import DeleteSite
from delete_lint.output.graph_json import graph_json
from tests.graph.small_graphs import PAYLOAD, graph, key, listener, model

HERE = Place("shop/signals.py", 9, 5)
RECEIVER = listener(
    "Registry.on_delete",
    "Order",
    registrations=(Registration(Place("shop/apps.py", 31), ("post_delete",), ("shop.Order",)),),
    work=(
        Work(
            "http", "requests.post", (Hop(Place("shop/signals.py", 8), "shop.search.push"), Hop(HERE, "requests.post"))
        ),
        Work("orm-query", "shop.Line.objects.filter", (Hop(HERE, "shop.Line.objects.filter"),)),
    ),
    dispatches=(Dispatch(Place("shop/signals.py", 11), "reindex.delay", on_commit=False),),
)
SITE = DeleteSite(place=Place("shop/views.py", 40, 12), kind="queryset", model="shop.Order", unbounded=True)


def _shop() -> ProjectGraph:
    return graph(
        model("Base", abstract=True),
        model("Order", PAYLOAD, parents=("Document",), delete_override=Place("shop/models.py", 30)),
        model("Old", swapped="shop.Order"),
        key("Order.document_ptr", "Document", kind="parent_link"),
        key("Line.order", "Order"),
        key("Audit.document", "Document", "SET_VALUE", null=True),
        key("Keep.order", "Order", "shop.models.archive", wraps_cascade=True),
        key("Tag.tags", "Order", kind="generic"),
        RECEIVER,
        listener("audit"),
        deletes=(SITE,),
    )


def test_a_model_comes_with_its_reasons_and_with_the_edges_that_point_at_it() -> None:
    found = {entry["label"]: entry for entry in graph_json(_shop())["models"]}
    order = found["shop.Order"]
    assert {name: order[name] for name in ("module", "name", "file", "line", "abstract", "proxy", "auto_created")} == {
        "module": "shop.models",
        "name": "Order",
        "file": "shop/models.py",
        "line": 1,
        "abstract": False,
        "proxy": False,
        "auto_created": False,
    }
    assert order["parents"] == ["shop.Document"]
    assert order["fast_delete"] is False
    assert [(why["reason"], why["by"]) for why in order["slow_because"]] == [
        ("cascade", "shop.Line.order"),
        ("custom", "shop.Keep.order"),
        ("generic_relation", "shop.Order.tags"),
        ("parent", "shop.Document"),
        ("receiver", "shop.signals.Registry.on_delete"),
        ("receiver", "shop.signals.audit"),
        ("set_value", "shop.Audit.document"),
    ]
    assert order["large_fields"] == ["payload"]
    assert order["delete_override"] is True
    named = [(each["model"], each["field"], each["on_delete"], each["kind"]) for each in order["relations"]]
    assert named == [
        ("shop.Audit", "document", "set_on_delete", "fk"),
        ("shop.Keep", "order", "archive", "fk"),
        ("shop.Line", "order", "CASCADE", "fk"),
        ("shop.Tag", "tags", "CASCADE", "generic"),
    ]
    assert ("shop.Order", "document_ptr", "parent_link") in [
        (each["model"], each["field"], each["kind"]) for each in found["shop.Document"]["relations"]
    ]
    assert found["shop.Base"]["abstract"] is True
    assert "shop.Old" not in found


def test_a_receiver_comes_with_all_its_work() -> None:
    audit, registry = sorted(graph_json(_shop())["receivers"], key=lambda entry: str(entry["name"]).lower())
    assert audit["senders"] is None
    assert registry["senders"] == ["shop.Order"]
    assert (registry["file"], registry["line"], registry["module"]) == ("shop/signals.py", 7, "shop.signals")
    assert registry["signals"] == ["post_delete"]
    assert registry["registered"] == [{"file": "shop/apps.py", "line": 31}]
    assert [(work["category"], work["call"], len(work["path"])) for work in registry["blocking"]] == [
        ("http", "requests.post", 2),
        ("orm-query", "shop.Line.objects.filter", 1),
    ]
    assert registry["blocking"][0]["path"][1] == {"file": "shop/signals.py", "line": 9, "call": "requests.post"}
    (dispatch,) = registry["dispatch"]
    assert (dispatch["file"], dispatch["line"], dispatch["call"], dispatch["on_commit"]) == (
        "shop/signals.py",
        11,
        "reindex.delay",
        False,
    )


def test_a_delete_comes_with_its_model() -> None:
    (site,) = graph_json(_shop())["deletes"]
    wanted = {"file": "shop/views.py", "line": 40, "kind": "queryset", "model": "shop.Order"}
    wanted |= {"batched": False, "unbounded": True, "in_loop": False}
    assert site.items() >= wanted.items()


def test_the_order_in_which_files_were_read_leaves_no_trace() -> None:
    shop = _shop()
    turned = replace(
        shop,
        models=dict(reversed(shop.models.items())),
        receivers=shop.receivers[::-1],
        deletes=(SITE, replace(SITE, place=Place("shop/api.py", 3))),
    )
    straight = replace(shop, deletes=(replace(SITE, place=Place("shop/api.py", 3)), SITE))
    assert json.dumps(graph_json(turned)) == json.dumps(graph_json(straight))


def test_the_order_of_relations_leaves_no_trace() -> None:
    keys: list[Relation] = [key("B.a", "A"), key("C.a", "A", "PROTECT"), key("C.b", "A")]
    straight, turned = graph(*keys), graph(*reversed(keys))
    assert json.dumps(graph_json(straight)) == json.dumps(graph_json(turned))
