"""A finding has the same fingerprint from run to run, and no other finding has it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delete_lint.findings import Finding
from delete_lint.graph.place import Place
from delete_lint.recognition import normalised, recognisable
from delete_lint.source.file import SourceFile
from tests.small_shop import FILES, run, write


def fingerprints(folder: Path) -> dict[str, str]:
    """What has each fingerprint."""
    found = {finding.fingerprint: f"{finding.rule} {finding.identity}" for finding in run(folder).findings}
    assert len(found) == len(run(folder).findings)
    return found


def test_the_rules_tell_no_two_findings_in_the_same_words(tmp_path: Path) -> None:
    assert len(set(fingerprints(write(tmp_path)).values())) == len(fingerprints(tmp_path))


CHANGES: dict[str, Callable[[str], str]] = {
    "moved lines": lambda text: "# Licence\n\n" + text.replace("\n\n\n", "\n\n\n# more\n\n\n"),
    "edited": lambda text: text.replace(".objects.all()", ".objects").replace("sleep(1)", "sleep(2)"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_edits_and_renames_leave_them(tmp_path: Path, change: Callable[[str], str]) -> None:
    write(tmp_path / "before")
    moved = {name.replace("signals", "handlers").replace("tasks", "jobs"): text for name, text in FILES.items()}
    for name, text in moved.items():
        moved[name] = change(text.replace("import signals", "import handlers").replace("shop.tasks", "shop.jobs"))
    write(tmp_path / "after", moved)
    assert fingerprints(tmp_path / "before") == fingerprints(tmp_path / "after")


def test_what_other_files_hold_leaves_them(tmp_path: Path) -> None:
    """Functions with the same names that delete the same models, in a file that comes first."""
    write(tmp_path / "before", FILES)
    text = FILES["shop/tasks.py"].replace("all()", "none()").replace("name=name", "name=1").replace('"Jane"', "2")
    write(tmp_path / "before", {"shop/a.py": text})
    write(tmp_path / "after", {**FILES, "shop/a.py": text, "shop/b.py": text.replace("none()", "all()")})
    before, after = fingerprints(tmp_path / "before"), fingerprints(tmp_path / "after")
    same = {mark for mark in before if mark in after}
    in_b = {finding.fingerprint for finding in run(tmp_path / "after").findings if finding.place.file == "shop/b.py"}
    assert not in_b & same
    assert len(after) == len(before) + len(in_b)


_places = st.builds(Place, st.sampled_from(["a.py", "b.py", "gone.py"]), st.integers(1, 4))
_made = st.builds(
    lambda place, identity: Finding(place=place, message="", help="", identity=identity).stamped("rule", "error"),
    _places,
    st.sampled_from(["x", "y"]),
)


@given(st.lists(_made, max_size=12))
def test_no_two_are_the_same(found: list[Finding]) -> None:
    sources = {name: SourceFile(name, b"one()\ntwo(\n)\none()\n") for name in ("a.py", "b.py")}
    made = recognisable(found, sources)
    assert len({finding.fingerprint for finding in made}) == len(found)
    assert recognisable(found, sources) == made


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("f(a, 'b')", 'f(\n    a,\n    "b",\n)'),
        ("x = a.b().c()", "x = (\n    a.b()\n    .c()\n)"),
        ("raise E('it\\'s ' 'long')", 'raise E("it\'s long")'),
        ("a = 0XFF \\\n    + 1", "a = 0xFF + 1"),
    ],
)
def test_formatting_makes_no_other_statement(one: str, other: str) -> None:
    assert normalised(one) == normalised(other)


@pytest.mark.parametrize(("one", "other"), [("f(a)", "f(b)"), ("a.b", "a.c"), ("a + b", "a - b"), ("'a'", "'b'")])
def test_other_code_does(one: str, other: str) -> None:
    assert normalised(one) != normalised(other)
