"""What a cascade reaches, how large it is, and who is to blame for rows that are loaded whole."""

from __future__ import annotations

import random
import time

from delete_lint.graph.cascade import Cascade, cascade, is_large, leaf_first, loaded_wide, once_per_cascade
from delete_lint.graph.project import ProjectGraph
from delete_lint.settings import Thresholds
from tests.graph.small_graphs import PAYLOAD, graph, key, listener, model


def test_levels_are_the_shortest_ways() -> None:
    reached = cascade(graph(key("B.a", "A"), key("C.b", "B"), key("C.a", "A"), key("D.c", "C")), "shop.A")
    assert reached.level == {"shop.A": 0, "shop.B": 1, "shop.C": 1, "shop.D": 2}
    assert (reached.depth, reached.models, reached.at(2)) == (2, ("shop.B", "shop.C", "shop.D"), ("shop.D",))


def test_circles_and_self_references_end() -> None:
    reached = cascade(graph(key("A.up", "A"), key("B.a", "A"), key("A.b", "B")), "shop.A")
    assert reached.level == {"shop.A": 0, "shop.B": 1}
    assert leaf_first(reached) == ("shop.B", "shop.A")


def test_automatic_many_to_many_tables_make_no_cascade_large() -> None:
    tables = [
        part
        for number in range(9)
        for part in (
            model(f"A_tags{number}", auto_created=True),
            key(f"A_tags{number}.a", "A", kind="m2m_through"),
        )
    ]
    reached = cascade(graph(*tables), "shop.A")
    assert (len(reached.tables), reached.models, reached.depth) == (9, (), 0)
    assert not is_large(reached, Thresholds())


def test_a_cascade_is_large_by_its_depth_or_by_its_models() -> None:
    deep = graph(key("B.a", "A"), key("C.b", "B"), key("D.c", "C"))
    wide = graph(*(key(f"M{number}.a", "A") for number in range(8)))
    assert is_large(cascade(deep, "shop.A"), Thresholds())
    assert not is_large(cascade(deep, "shop.B"), Thresholds())
    assert not is_large(cascade(deep, "shop.A"), Thresholds(max_depth=3))
    assert is_large(cascade(wide, "shop.A"), Thresholds())
    assert not is_large(cascade(wide, "shop.A"), Thresholds(max_models=9))


def test_what_is_updated_refused_or_left_to_the_database_is_not_reached() -> None:
    handlers = ("SET_NULL", "PROTECT", "RESTRICT", "DO_NOTHING", "DB_CASCADE", "shop.models.keep")
    seen = graph(
        *(key(f"M{number}.a", "A", handler) for number, handler in enumerate(handlers)),
        key("N.m", "M0"),
    )
    reached = cascade(seen, "shop.A")
    assert reached.models == ()
    assert [edge.effect for edge in reached.edges] == ["update", "refuse", "refuse", "database", "database", "custom"]


def test_generic_relations_and_what_hangs_on_them_are_reached() -> None:
    reached = cascade(graph(key("Note.notes", "A", kind="generic"), key("File.note", "Note")), "shop.A")
    assert reached.models == ("shop.Note", "shop.File")
    assert (
        loaded_wide(cascade(graph(model("Note", PAYLOAD), *reached.graph.relations), "shop.A"))[0].model == "shop.Note"
    )


def test_parents_of_reached_children_go_along() -> None:
    seen = graph(
        model("Book", parents=("Item",)),
        key("Book.item_ptr", "Item", kind="parent_link"),
        key("Book.author", "Author"),
    )
    reached = cascade(seen, "shop.Author")
    assert reached.parents == {"shop.Item": "shop.Book"}
    assert reached.models == ("shop.Book", "shop.Item")
    assert cascade(seen, "shop.Item").parents == {}


def test_the_receiver_is_blamed_for_large_columns() -> None:
    parts = (model("B", PAYLOAD), key("B.a", "A"), key("C.b", "B"))
    assert loaded_wide(cascade(graph(*parts), "shop.A")) == ()
    (wide,) = loaded_wide(cascade(graph(*parts, listener("reindex", "B")), "shop.A"))
    assert (wide.model, wide.fields) == ("shop.B", ("payload",))
    assert [reason.by for reason in wide.because] == ["shop.signals.reindex"]


def test_a_generic_relation_is_blamed_where_nothing_else_refers_to_the_rows() -> None:
    parts = (model("B", PAYLOAD), key("B.a", "A"), key("Tag.tags", "B", kind="generic"))
    (wide,) = loaded_wide(cascade(graph(*parts), "shop.A"))
    assert [reason.reason for reason in wide.because] == ["generic_relation"]
    assert loaded_wide(cascade(graph(*parts, key("C.b", "B")), "shop.A")) == ()


def test_the_root_is_loaded_whole_when_a_queryset_of_it_is_deleted() -> None:
    seen = graph(model("A", PAYLOAD), key("B.a", "A"))
    assert loaded_wide(cascade(seen, "shop.A")) == ()
    (wide,) = loaded_wide(cascade(seen, "shop.A"), root_is_fetched=True)
    assert (wide.model, wide.edge) == ("shop.A", None)


def test_large_columns_of_a_parent_are_loaded_with_its_child() -> None:
    seen = graph(
        model("Item", PAYLOAD),
        model("Book", parents=("Item",)),
        key("Book.item_ptr", "Item", kind="parent_link"),
        key("Book.author", "Author"),
    )
    (joined,) = loaded_wide(cascade(seen, "shop.Author"))
    assert (joined.model, joined.fields) == ("shop.Book", ("payload",))
    referenced = graph(*seen.models.values(), *seen.relations, key("Review.item", "Item"))
    (row_by_row,) = loaded_wide(cascade(referenced, "shop.Author"))
    assert (row_by_row.model, row_by_row.fields) == ("shop.Item", ("payload",))


def _large_project() -> ProjectGraph:
    chance = random.Random(1)
    names = [f"M{number}" for number in range(2000)]
    handlers = ("CASCADE", "CASCADE", "SET_NULL", "PROTECT")
    keys = (
        key(f"{chance.choice(names)}.f{number}", chance.choice(names), chance.choice(handlers))
        for number in range(10_000)
    )
    return graph(*(model(name, PAYLOAD) for name in names), *keys)


def test_a_project_of_two_thousand_models_keeps_nobody_waiting() -> None:
    project = _large_project()
    start = time.process_time()
    for number in range(50):
        is_large(cascade(project, f"shop.M{number}"), Thresholds())
    assert time.process_time() - start < 2


def test_a_cascade_deeper_than_pythons_stack_is_followed_to_its_end() -> None:
    reached = cascade(graph(*(key(f"M{number + 1}.up", f"M{number}") for number in range(3000))), "shop.M0")
    assert reached.depth == 3000
    assert leaf_first(reached)[:2] == ("shop.M3000", "shop.M2999")


def test_what_is_asked_of_a_cascade_by_many_sites_is_worked_out_once() -> None:
    asked: list[str] = []

    @once_per_cascade
    def question(reached: Cascade, of: str) -> str:
        asked.append(of)
        return f"{reached.root} {of}"

    drawn = graph(key("B.a", "A"))
    assert [question(cascade(drawn, "shop.A"), of) for of in ("x", "y", "x")] == ["shop.A x", "shop.A y", "shop.A x"]
    assert question(cascade(drawn, "shop.B"), "x") == "shop.B x"
    assert asked == ["x", "y", "x"]
