"""The file of row counts: what is written is read again, and a mistake in it is told with its line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delete_lint.graph.place import Place
from delete_lint.graph.row_counts import FanOut, RowCounts, TableCounts
from delete_lint.row_counts_file import RowCountsError, read_row_counts, render, same_counts

COUNTS = RowCounts(
    tables={
        "shop.Order": TableCounts(
            rows=123_456,
            bytes=61,
            large={"payload": 4_321},
            per={"customer": FanOut(10.288, 4_123), "shop.Product.tags": FanOut(0.00123, 7)},
        ),
        "auth.User": TableCounts(rows=99, bytes=123, package="django"),
    }
)

WRITTEN = """\
# Made for a test.

["auth.User"]
package = "django"
rows = 99
bytes = 120

["shop.Order"]
rows = 120_000
bytes = 61
large.payload = 4_300
per.customer = { mean = 10, worst = 4_100 }
per."shop.Product.tags" = { mean = 0.0012, worst = 7 }
"""


def read(folder: Path, text: str) -> RowCounts:
    file = folder / "counts.toml"
    file.write_text(text, encoding="utf-8")
    return read_row_counts(file, "counts.toml")


def test_the_file_is_sorted_and_rounded_so_that_diffs_stay_small() -> None:
    assert render(COUNTS, ("Made for a test.",)) == WRITTEN
    nearly = TableCounts(rows=123_999, bytes=61, large={"payload": 4_290}, per=COUNTS.tables["shop.Order"].per)
    later = RowCounts(tables={"shop.Order": nearly, "auth.User": COUNTS.tables["auth.User"]})
    assert render(later, ("Made for a test.",)) == WRITTEN


def test_counted_rows_are_written_as_they_are() -> None:
    text = render(COUNTS, exact=True)
    assert "rows = 123_456\n" in text
    assert "per.customer = { mean = 10.288, worst = 4_123 }\n" in text
    assert "large.payload = 4_300\n" in text, "sizes are estimates whatever happens"


labels = st.sampled_from(["shop.Order", "shop.Order_tags", "auth.User", "a.B"])
names = st.sampled_from(["customer", "very_long_name", "shop.Product.tags", "rows", "per"])
sizes = st.integers(0, 10**13)
fan_outs = st.builds(FanOut, st.floats(0, 1e9), sizes)
tables = st.builds(
    TableCounts,
    rows=sizes,
    bytes=st.integers(0, 99),
    large=st.dictionaries(names, st.integers(0, 99)),
    per=st.dictionaries(names, fan_outs),
    package=st.none() | st.just("django"),
)


@given(st.dictionaries(labels, tables, max_size=3))
@settings(max_examples=50)
def test_what_is_written_is_read_again(tmp_path_factory: pytest.TempPathFactory, made: dict[str, TableCounts]) -> None:
    text = render(RowCounts(tables=made), ("#",), exact=True)
    assert read(tmp_path_factory.mktemp("counts"), text).tables == made


def test_entries_know_their_lines(tmp_path: Path) -> None:
    found = read(tmp_path, WRITTEN)
    assert found.place("shop.Order") == Place("counts.toml", 8)
    assert found.place("shop.Order", "per", "customer") == Place("counts.toml", 12)
    assert found.place("shop.Order", "per", "shop.Product.tags") == Place("counts.toml", 13)
    assert found.place("shop.Order", "per", "no_such") == Place("counts.toml", 12)
    assert found.place("no.Such") == Place("counts.toml", 1)


def test_a_file_that_was_written_by_hand_in_other_ways_is_read(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        "['shop.Order']\nrows=5\n[ \"shop.Order\".per ]\ncustomer = { worst = 3, mean = 2.5 }\n"
        '[ "shop.Order".per.payer ]\nmean = 1\nworst = 2\n',
    )
    assert found.tables["shop.Order"] == TableCounts(rows=5, per={"customer": FanOut(2.5, 3), "payer": FanOut(1, 2)})
    assert found.place("shop.Order", "per", "customer").line == 4
    assert found.place("shop.Order", "per", "payer").line == 5


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("rows = 3", "counts.toml:1: rows: is no table of a model"),
        ("[shop.Order]\nrows = 3", 'counts.toml:1: shop: is no table of a model, which looks like ["shop.Order"]'),
        ('\n["shop.Order"]\nbytes = 3', "counts.toml:2: shop.Order: has no rows"),
        (
            '["shop.Order"]\nrows = "many"',
            "counts.toml:2: shop.Order rows: must be a whole number that is not negative, not 'many'",
        ),
        ('["shop.Order"]\nrows = -1', "counts.toml:2: shop.Order rows: must be a whole number that is not negative"),
        ('["shop.Order"]\nrows = true', "counts.toml:2: shop.Order rows: must be a whole number"),
        (
            '["shop.Order"]\nrows = 1\nrow = 2',
            'counts.toml:3: shop.Order row: unknown key "row" (did you mean "rows"?)',
        ),
        ('["shop.Order"]\nrows = 1\nlarge = 2', "counts.toml:3: shop.Order large: must be a table, not 2"),
        ('["shop.Order"]\nrows = 1\nlarge.a = 2.5', "counts.toml:3: shop.Order large.a: must be a whole number"),
        ('["shop.Order"]\nrows = 1\nper.a = 2', "counts.toml:3: shop.Order per.a: must be like { mean = 10, worst"),
        ('["shop.Order"]\nrows = 1\nper.a = { mean = 1 }', "counts.toml:3: shop.Order per.a: must be like"),
        (
            '["shop.Order"]\nrows = 1\nper.a = { mean = inf, worst = 1 }',
            "counts.toml:3: shop.Order per.a.mean: must be a number that is not negative, not inf",
        ),
        ('["shop.Order"]\nrows = 1\npackage = 3', "counts.toml:3: shop.Order package: must be the name of a package"),
        ('["shop.Order"]\nrows =', "counts.toml: not valid TOML: Invalid value (at end of document)"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_key(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(RowCountsError) as raised:
        read(tmp_path, text)
    assert str(raised.value).startswith(problem)
    assert "\n" not in str(raised.value)


def test_a_file_that_is_not_there_or_no_text_is_told(tmp_path: Path) -> None:
    with pytest.raises(RowCountsError, match=r"counts\.toml: cannot be read: No such file"):
        read_row_counts(tmp_path / "counts.toml", "counts.toml")
    (tmp_path / "counts.toml").write_bytes(b"\xff")
    with pytest.raises(RowCountsError, match=r"counts\.toml: not valid TOML"):
        read_row_counts(tmp_path / "counts.toml", "counts.toml")


def test_another_date_is_no_other_count() -> None:
    assert same_counts(WRITTEN, "# Today.\n" + WRITTEN)
    assert not same_counts(WRITTEN, WRITTEN.replace("120_000", "130_000"))
    assert not same_counts(WRITTEN, "no TOML")
