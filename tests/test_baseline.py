"""A baseline knows what was found before, wherever it has got to since, and nothing else."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delete_lint.baseline import Baseline, BaselineError, Entry, read_baseline, write_baseline
from delete_lint.findings import Finding
from delete_lint.graph.place import Place
from delete_lint.report import Report
from tests.small_shop import run, write

NAME = "delete-lint-baseline.txt"


def accept(folder: Path) -> None:
    """A first run, and everything it found in the baseline."""
    report = run(folder)
    assert len(report.findings) > 5
    assert write_baseline(folder / NAME, report.findings, folder) == len(report.findings)


def again(folder: Path, *paths: str, **settings: object) -> Report:
    return run(folder, *paths, baseline=read_baseline(folder / NAME), **settings)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    accept(write(tmp_path))
    return tmp_path


def edit(file: Path, *replacements: tuple[str, str]) -> None:
    text = file.read_text(encoding="utf-8")
    for old, new in replacements:
        assert old in text
        text = text.replace(old, new)
    file.write_text(text, encoding="utf-8")


def everywhere(folder: Path, change: Callable[[str], str]) -> None:
    for file in folder.rglob("*.py"):
        file.write_text(change(file.read_text(encoding="utf-8")), encoding="utf-8")


# --- what is known stays known --------------------------------------------------------------------------------------


def reformat(folder: Path, length: int, quotes: str = "double") -> None:
    command = [sys.executable, "-m", "ruff", "format", "--quiet", "--isolated", "--line-length", str(length)]
    subprocess.run([*command, "--config", f"format.quote-style = '{quotes}'", "."], cwd=folder, check=True)


def rename_files(folder: Path) -> None:
    (folder / "shop/tasks.py").rename(folder / "shop/jobs.py")
    (folder / "shop/signals.py").rename(folder / "shop/handlers.py")
    everywhere(folder, lambda text: text.replace("shop.tasks", "shop.jobs").replace("signals\n", "handlers\n"))


def rename_package(folder: Path) -> None:
    """The app's label, and so that of every model, goes with it."""
    (folder / "shop").rename(folder / "store")
    everywhere(folder, lambda text: text.replace("shop", "store"))


def models_into_a_package(folder: Path) -> None:
    whole = (folder / "shop/models.py").read_text(encoding="utf-8")
    begin = whole.index("class Line")
    (folder / "shop/models.py").unlink()
    write(
        folder,
        {
            "shop/models/__init__.py": "from .line import Line\nfrom .order import Customer, Order\n",
            "shop/models/order.py": whole[:begin],
            "shop/models/line.py": "from django.db import models\n\n\n" + whole[begin:],
        },
    )


def move_function(folder: Path) -> None:
    text = (folder / "shop/tasks.py").read_text(encoding="utf-8")
    begin, end = text.index("def forget_everybody"), text.index("def forget_one_by_one")
    (folder / "shop/tasks.py").write_text(text[:begin] + text[end:], encoding="utf-8")
    (folder / "shop/cleaning.py").write_text(
        "from shop.models import Customer\n\n\n" + text[begin:end], encoding="utf-8"
    )


def licence(folder: Path) -> None:
    everywhere(folder, lambda text: "# Copyright\n#\n# Licensed under terms.\n\n" + text)


def narrow(folder: Path) -> None:
    reformat(folder, 30)


def wide(folder: Path) -> None:
    reformat(folder, 300, "single")


def rename_function(folder: Path) -> None:
    edit(folder / "shop/tasks.py", ("forget_everybody", "forget_all"))


def edit_statement(folder: Path) -> None:
    edit(next(folder.glob("shop/[tj]*s.py")), ("Customer.objects.all()", "Customer.objects"))


def rename_files_and_edit_statement(folder: Path) -> None:
    rename_files(folder)
    edit_statement(folder)


def everything(folder: Path) -> None:
    for move in (rename_files, rename_package, narrow, licence, wide):
        move(folder)


MOVES = (
    licence,
    narrow,
    wide,
    rename_files,
    rename_package,
    models_into_a_package,
    move_function,
    rename_function,
    edit_statement,
    rename_files_and_edit_statement,
    everything,
)


@pytest.mark.parametrize("move", MOVES)
def test_a_finding_is_recognised_where_it_has_got_to(shop: Path, move: Callable[[Path], None]) -> None:
    before = len(read_baseline(shop / NAME).entries)
    move(shop)
    report = again(shop)
    assert (report.findings, report.gone, report.unchecked) == ((), (), ())
    assert report.summary.baselined == len(report.baselined) == before
    # What is written then is about the files as they are, and knows the same.
    write_baseline(shop / NAME, report.baselined, shop)
    assert again(shop).summary.baselined == before
    assert all((shop / entry.file).exists() for entry in read_baseline(shop / NAME).entries)


def test_a_run_from_another_folder_knows_the_same(shop: Path) -> None:
    report = run(shop / "shop", baseline=read_baseline(shop / NAME))
    assert (report.findings, report.gone) == ((), ())


# --- what is new is found -------------------------------------------------------------------------------------------


def new(report: Report) -> list[tuple[str, str]]:
    return [(finding.place.file, finding.identity) for finding in report.findings]


def test_a_new_problem_is_the_only_finding(shop: Path) -> None:
    everything(shop)
    tasks = shop / "store/jobs.py"
    tasks.write_text(tasks.read_text() + "\n\ndef forget_more():\n    Order.objects.all().delete()\n")
    report = again(shop)
    assert set(new(report)) == {("store/jobs.py", "forget_more: store.Order")}
    assert not report.gone


def test_one_more_of_the_same_is_new(shop: Path) -> None:
    edit(shop / "shop/tasks.py", ("    Customer.objects.all().delete()\n", "    Customer.objects.all().delete()\n" * 2))
    assert set(new(again(shop))) == {("shop/tasks.py", "forget_everybody: shop.Customer")}


def test_the_statement_tells_which_of_two_is_new(shop: Path) -> None:
    edit(
        shop / "shop/tasks.py",
        ("    Customer.objects.all().delete()\n", "    Customer.objects.filter().delete()\n" + EVERYBODY),
    )
    assert {finding.place.line for finding in again(shop).findings} == {12}


EVERYBODY = "    Customer.objects.all().delete()\n"


def test_a_copy_of_a_file_is_new_even_under_the_same_name(shop: Path) -> None:
    write(shop, {"other/tasks.py": (shop / "shop/tasks.py").read_text()})
    report = again(shop)
    assert {file for file, _ in new(report)} == {"other/tasks.py"}
    assert not report.gone


def test_what_was_put_right_here_does_not_excuse_the_same_elsewhere(shop: Path) -> None:
    """The function is still there, so it cannot have moved."""
    edit(shop / "shop/tasks.py", (EVERYBODY, "    return\n"))
    write(shop, {"other/tasks.py": f"from shop.models import Customer\n\n\ndef forget_everybody():\n{EVERYBODY}"})
    report = again(shop)
    assert set(new(report)) == {("other/tasks.py", "forget_everybody: shop.Customer")}
    assert set(report.gone) == {
        "shop/tasks.py: unbatched_cascade: forget_everybody: shop.Customer",
        "shop/tasks.py: unfiltered_delete: forget_everybody: shop.Customer",
    }


def test_a_removed_function_does_not_excuse_another_one_of_its_name(shop: Path) -> None:
    text = (shop / "shop/tasks.py").read_text()
    (shop / "shop/tasks.py").write_text(text.replace("def forget_everybody():\n" + EVERYBODY, ""))
    other = "from shop.models import Customer\n\n\ndef forget_everybody():\n    Customer.objects.filter().delete()\n"
    write(shop, {"other/tasks.py": other})
    assert set(new(again(shop))) == {("other/tasks.py", "forget_everybody: shop.Customer")}


_files = st.sampled_from(["a/tasks.py", "b/tasks.py", "b/views.py"])
_whats = st.sampled_from(["f: shop.Order", "g: shop.Order", "View.f: shop.Line", "shop.Line", "f"])
_found = st.lists(st.tuples(_files, st.sampled_from(["one", "two"]), _whats, st.sampled_from(["x", "y"])), max_size=8)

SOURCE = "def f(): ...\ndef g(): ...\nclass View:\n    def f(self): ...\nclass Line: ...\n"


def findings(found: list[tuple[str, str, str, str]]) -> list[Finding]:
    return [
        Finding(place=Place(file, line), message="", help="", identity=what, rule=rule, statement=statement)
        for line, (file, rule, what, statement) in enumerate(found, 1)
    ]


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("places")
    return write(folder, dict.fromkeys(("a/tasks.py", "b/tasks.py", "b/views.py"), SOURCE))


@given(before=_found, after=_found)
def test_where_nothing_was_moved_the_known_ones_are_counted_for_each_place(
    before: list[tuple[str, str, str, str]], after: list[tuple[str, str, str, str]], places: Path
) -> None:
    baseline = Baseline(places, tuple(Entry(*each) for each in before))
    sifted = baseline.sift(findings(after), places)
    known = Counter((each.place.file, each.rule, each.identity) for each in sifted.known)
    had = Counter(each[:3] for each in before)
    have = Counter(each[:3] for each in after)
    assert known == had & have
    assert len(sifted.kept) + len(sifted.known) == len(after)
    assert len(sifted.gone) + len(sifted.known) == len(before)
    # Of those in one place, the very same statements come first.
    exact = Counter(before) & Counter(after)
    assert not exact - Counter((e.place.file, e.rule, e.identity, e.statement) for e in sifted.known)


@given(before=_found, after=_found)
def test_where_files_are_gone_a_known_finding_is_in_its_place_or_the_same_in_another(
    before: list[tuple[str, str, str, str]], after: list[tuple[str, str, str, str]], places: Path
) -> None:
    lost = {"a/tasks.py": "lost/tasks.py", "b/views.py": "lost/views.py"}
    entries = [(lost.get(file, file), *rest) for file, *rest in before]
    sifted = Baseline(places, tuple(Entry(*each) for each in entries)).sift(findings(after), places)
    for rule in ("one", "two"):
        for what in {each[2] for each in after}:
            known = [each for each in sifted.known if (each.rule, each.identity) == (rule, what)]
            assert len(known) <= sum(each[1:3] == (rule, what) for each in entries)
            stayed = sum(each[:3] == ("b/tasks.py", rule, what) for each in entries)
            assert sum(each.place.file == "b/tasks.py" for each in known) >= min(
                stayed, sum(each[:3] == ("b/tasks.py", rule, what) for each in after)
            )
    assert len(sifted.gone) + len(sifted.known) == len(before)


@given(before=_found)
def test_a_move_of_every_file_loses_nothing(before: list[tuple[str, str, str, str]], places: Path) -> None:
    baseline = Baseline(places, tuple(Entry(f"lost/{file}", *rest) for file, *rest in before))
    assert len(baseline.sift(findings(before), places).known) == len(before)


# --- what is gone ---------------------------------------------------------------------------------------------------


def test_what_is_gone_is_told_and_dropped_when_the_file_is_written_anew(shop: Path) -> None:
    edit(shop / "shop/signals.py", ("    time.sleep(1)\n", "    pass\n"))
    report = again(shop)
    assert not report.findings
    assert "shop/signals.py: blocking_receiver: forget_line" in report.gone
    write_baseline(shop / NAME, [*report.findings, *report.baselined], shop, report.unchecked)
    assert not again(shop).gone
    assert "blocking_receiver" not in (shop / NAME).read_text()


def test_a_run_over_a_part_drops_nothing_of_the_rest(shop: Path) -> None:
    before = (shop / NAME).read_bytes()
    edit(shop / "shop/signals.py", ("    time.sleep(1)\n", "    pass\n"))
    for report in (
        again(shop, "shop/models.py", "shop/apps.py"),
        again(shop, ignore=("blocking_receiver",)),
    ):
        assert not [line for line in report.gone if "blocking_receiver" in line]
        write_baseline(shop / NAME, [*report.findings, *report.baselined], shop, report.unchecked)
        assert "blocking_receiver" in (shop / NAME).read_text()
    report = again(shop, "shop/tasks.py", "shop/models.py")  # what receivers do is not among these
    assert not report.gone
    assert before.count(b"\n[") == len(report.baselined) + len(report.unchecked)


def test_a_file_that_cannot_be_read_is_no_reason_to_forget_it(shop: Path) -> None:
    edit(shop / "shop/signals.py", ("time.sleep(1)", "time.sleep(1"))
    report = again(shop)
    assert [finding.rule for finding in report.findings] == ["unreadable_file"]
    assert not report.gone
    assert [line for line in report.unchecked if "blocking_receiver" in line]


# --- the file ---------------------------------------------------------------------------------------------------------


def test_the_file_is_sorted_and_tells_a_reader_what_is_accepted(shop: Path) -> None:
    text = (shop / NAME).read_text()
    lines = text.splitlines()
    assert lines[0] == "# delete-lint baseline 1: known findings, one a line, in any order"
    entries = [line for line in lines[1:] if line]
    assert entries == sorted(entries)
    assert any(
        re.fullmatch(
            r'\["shop/tasks\.py", "unfiltered_delete", "forget_everybody: shop\.Customer", "[0-9a-f]{8}"\]', each
        )
        for each in entries
    )
    for above, below in pairwise(lines[2:]):
        if above and below:
            assert above.split(",")[0] == below.split(",")[0]
    write_baseline(shop / NAME, again(shop).baselined, shop)
    assert (shop / NAME).read_text() == text


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", ':1: not a baseline, which begins with "# delete-lint baseline 1: '),
        ("{}\n", ":1: not a baseline, which begins with "),
        ("# delete-lint baseline 2: x\n", ":1: version 2 of the baseline, and this delete-lint knows version 1: "),
        ("# delete-lint baseline 1\n\n[1, 2]\n", ':3: not an entry, which looks like ["file", "rule", '),
        ('# delete-lint baseline 1\n["a", "b", "c"]\nshop.py\n', ":3: not an entry"),
        ("# delete-lint baseline 1\n<<<<<<< HEAD\n", ":2: a merge conflict is left: "),
        ("# delete-lint baseline 1\n=======\n", ":2: a merge conflict is left: "),
        (
            b"# delete-lint baseline 1\n\n\xff\n",
            ":3: not in UTF-8: remove the file and write it anew with --write-baseline",
        ),
    ],
)
def test_a_damaged_file_is_told_with_its_line(tmp_path: Path, text: str | bytes, told: str) -> None:
    path = tmp_path / NAME
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(BaselineError) as caught:
        read_baseline(path)
    assert str(caught.value).startswith(f"{path}{told}")
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_is_told_with_the_way_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(BaselineError, match=r"no such file: write it with --write-baseline"):
        read_baseline(tmp_path / NAME)
    with pytest.raises(BaselineError, match="cannot be read"):
        read_baseline(tmp_path)


def test_windows_line_ends_a_mark_and_comments_are_read(tmp_path: Path) -> None:
    path = tmp_path / NAME
    path.write_bytes(b'\xef\xbb\xbf# delete-lint baseline 1\r\n# mine\r\n\r\n["a.py", "b", "c"]\r\n')
    assert read_baseline(path).entries == (Entry("a.py", "b", "c"),)


def test_any_name_of_a_file_comes_back(tmp_path: Path) -> None:
    names = ['a "b", [c].py', "ü/ ö.py", "line\nend.py", "\u2028.py", "raw\udcff.py"]
    made = findings([(name, "rule", "what: \\ it", "") for name in names])
    write_baseline(tmp_path / NAME, made, tmp_path)
    assert {entry.file for entry in read_baseline(tmp_path / NAME).entries} == set(names)
    assert not read_baseline(tmp_path / NAME).sift(made, tmp_path).kept


def test_the_file_is_replaced_whole_and_stays_what_it_was(tmp_path: Path) -> None:
    real = tmp_path / "real.txt"
    write_baseline(real, findings([("a.py", "r", "w", "")]), tmp_path)
    real.chmod(0o640)
    (tmp_path / "link.txt").symlink_to(real)
    write_baseline(tmp_path / "link.txt", [], tmp_path)
    assert (tmp_path / "link.txt").is_symlink()
    assert real.stat().st_mode & 0o777 == 0o640
    assert not read_baseline(real).entries
    assert sorted(os.listdir(tmp_path)) == ["link.txt", "real.txt"]
    with pytest.raises(BaselineError, match="cannot be written"):
        write_baseline(tmp_path / "no folder" / NAME, [], tmp_path)
    (tmp_path / "folder").mkdir()
    with pytest.raises(BaselineError, match="cannot be written"):
        write_baseline(tmp_path / "folder", [], tmp_path)
    assert sorted(os.listdir(tmp_path)) == ["folder", "link.txt", "real.txt"]


# --- git --------------------------------------------------------------------------------------------------------------


def git(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    me = ("-c", "user.name=me", "-c", "user.email=me@example.com", "-c", "commit.gpgsign=false")
    return subprocess.run(["git", *me, *arguments], cwd=folder, capture_output=True, text=True, check=False)


Found = list[tuple[str, str, str, str]]

BASE: Found = [("a.py", "r", "f: x.A", "1"), ("c.py", "r", "f: x.A", "1"), ("c.py", "r", "h: x.A", "1")]


def merged(folder: Path, ours: Found, theirs: Found) -> bool:
    """Whether git can merge two branches that have these in their baselines."""
    git(folder, "init", "-q", "-b", "main")
    for branch, found in (("main", BASE), ("theirs", theirs), ("ours", ours)):
        if branch != "main":
            git(folder, "checkout", "-q", "-b", branch, "main")
        write_baseline(folder / NAME, findings(found), folder)
        git(folder, "add", "-A")
        assert git(folder, "commit", "-q", "-m", branch).returncode == 0
    return git(folder, "merge", "-q", "-m", "merge", "theirs").returncode == 0


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        pytest.param([("a.py", "s", "f", "1")], [("c.py", "q", "f", "1")], id="neighbouring files"),
        pytest.param([("c.py", "r", "g: x.A", "1")], [("c.py", "s", "g", "1")], id="the same file"),
        pytest.param([("a.py", "q", "f", "1")], [("d.py", "r", "g", "1")], id="both ends"),
        pytest.param([("b.py", "r", "f", "1")], [("b.py", "r", "f", "1")], id="the same finding"),
    ],
)
def test_branches_that_each_accept_something_merge(tmp_path: Path, ours: Found, theirs: Found) -> None:
    assert merged(tmp_path, BASE + ours, BASE + theirs)
    entries = read_baseline(tmp_path / NAME).entries
    assert sorted(entries) == sorted({Entry(*each) for each in BASE + ours + theirs})


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ([("b.py", "r", "f", "1")], [("bb.py", "r", "f", "1")]),
        ([("b.py", "r", "f", "1")], [("c.py", "q", "f", "1")]),
        ([("c.py", "r", "g: x.A", "1")], [("c.py", "r", "g: x.B", "1"), ("d.py", "r", "g", "1")]),
    ],
)
def test_with_the_union_driver_even_additions_in_the_same_spot_merge(
    tmp_path: Path, ours: Found, theirs: Found
) -> None:
    (tmp_path / ".gitattributes").write_text(f"{NAME} merge=union\n")
    assert merged(tmp_path, BASE + ours, BASE + theirs)
    assert set(read_baseline(tmp_path / NAME).entries) == {Entry(*each) for each in BASE + ours + theirs}


def test_a_conflict_left_in_the_file_is_told(tmp_path: Path) -> None:
    assert not merged(tmp_path, [*BASE, ("b.py", "r", "f", "1")], [*BASE, ("bb.py", "r", "f", "1")])
    with pytest.raises(BaselineError, match="a merge conflict is left: keep the entries of both sides"):
        read_baseline(tmp_path / NAME)
