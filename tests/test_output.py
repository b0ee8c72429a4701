"""What people and programs read."""

from __future__ import annotations

import io
import json

import pytest

from delete_lint.findings import Finding, Note
from delete_lint.graph.place import Place
from delete_lint.graph.project import DjangoVersion, ProjectGraph
from delete_lint.output.concise import concise, summary_line
from delete_lint.output.json_report import json_report
from delete_lint.output.style import Style, printable, wants_colour
from delete_lint.output.text import text
from delete_lint.report import Report, Summary
from delete_lint.source.file import SourceFile

PLAIN = Style()


def finding(place: Place, message: str = "it sleeps", notes: tuple[Note, ...] = ()) -> Finding:
    made = Finding(place=place, message=message, help="move it", identity="x", notes=notes)
    return made.stamped("blocking_receiver", "error")


def report(*findings: Finding, source: str = "", **summary: int) -> Report:
    counts = {"files": 1, "models": 1, "receivers": 1, "delete_sites": 1, **summary}
    return Report(
        findings=findings,
        summary=Summary(django="5.2", django_source="uv.lock pins 5.2.8", **counts),
        graph=ProjectGraph(root=".", source="static", django=DjangoVersion(5, 2), models={}, relations=()),
        sources={"a.py": SourceFile("a.py", source.encode())},
    )


def shown(place: Place, source: str, notes: tuple[Note, ...] = ()) -> list[str]:
    return list(text(report(finding(place, notes=notes), source=source), PLAIN))


def test_a_finding_shows_its_place_its_way_and_its_way_out() -> None:
    notes = (Note(Place("b.py", 9), "calls requests.post"), Note(Place("c.py", 2), "at last"))
    assert shown(Place("a.py", 2, 5, 2, 10), "x = 1\ndef sleep(): ...\n", notes=notes) == [
        "a.py:2:5: blocking_receiver [error] it sleeps",
        "    |",
        "  2 | def sleep(): ...",
        "    |     ^^^^^",
        "  note: b.py:9: calls requests.post",
        "  note: c.py:2: at last",
        "  help: move it",
        "",
    ]


@pytest.mark.parametrize(
    ("place", "line", "mark"),
    [
        (Place("a.py", 1, 5), "def sleep(): ...", "    ^^^^^"),
        (Place("a.py", 1, 1), "@receiver(x)", "^^^^^^^^^"),
        (Place("a.py", 1, 3, 4, 2), "x.delete(", "  ^^^^^^^"),
        (Place("a.py", 1, 2, 1, 3), "\tx", "    ^"),
        (Place("a.py", 1, 6, 1, 7), "'日本' x", "       ^"),
        (Place("a.py", 1, 90), "short", "     ^"),
    ],
)
def test_the_mark_stands_under_the_place(place: Place, line: str, mark: str) -> None:
    assert shown(place, line + "\n")[3] == f"    | {mark}"


def test_a_line_without_end_is_cut_around_the_place() -> None:
    line = "a" * 500 + " sleep " + "b" * 500
    lines = shown(Place("a.py", 1, 502, 1, 507), line)
    assert len(lines[2]) < 160
    assert lines[2][lines[3].index("^") :].startswith("sleep")
    assert lines[3].count("^") == 5
    assert lines[2].count("…") == 2


def test_a_place_without_source_shows_none() -> None:
    assert shown(Place("gone.py", 1), "x")[1:] == ["  help: move it", ""]
    assert shown(Place("a.py", 9), "x")[1:] == ["  help: move it", ""]


def test_what_a_file_holds_cannot_drive_the_terminal() -> None:
    evil = Place("a\x1b[2J.py", 1)
    lines = [*concise(report(finding(evil, message="\x1b]0;x\x07\u202e\n")), PLAIN)]
    assert lines == ["a\\x1b[2J.py:1:1: blocking_receiver [error] \\x1b]0;x\\x07\\u202e\\n"]
    assert shown(Place("a.py", 1, 1), "x = '\x1b[2J'")[2] == "  1 | x = '\\x1b[2J'"
    assert printable("\udcff") == "\\udcff"


def test_the_summary_says_what_was_looked_at() -> None:
    some = [finding(Place("a.py", 1)), finding(Place("a.py", 2)), finding(Place("a.py", 3)).stamped("x", "info")]
    whole = report(*some, files=812, models=120, receivers=14, delete_sites=96, suppressed=3)
    assert summary_line(whole, PLAIN) == (
        "812 files: 120 models, 14 delete receivers, 96 delete sites (Django 5.2: uv.lock pins 5.2.8); "
        "2 errors, 1 note; 3 suppressed"
    )
    assert summary_line(report(), PLAIN) == (
        "1 file: 1 model, 1 delete receiver, 1 delete site (Django 5.2: uv.lock pins 5.2.8); nothing found"
    )


def test_json_has_the_form_that_others_rely_on() -> None:
    notes = (Note(Place("b.py", 9), "calls requests.post"),)
    whole = report(finding(Place("a.py", 2, 5, 2, 10), notes=notes), finding(Place("a.py", 3)), suppressed=3)
    first, second = whole.findings
    assert json.loads(json_report(whole)) == {
        "version": 1,
        "findings": [
            {
                "rule": "blocking_receiver",
                "severity": "error",
                "file": "a.py",
                "line": 2,
                "column": 5,
                "end_line": 2,
                "end_column": 10,
                "message": "it sleeps",
                "help": "move it",
                "notes": [{"file": "b.py", "line": 9, "message": "calls requests.post"}],
                "fixable": None,
                "fix": None,
                "fingerprint": first.fingerprint,
            },
            {
                "rule": "blocking_receiver",
                "severity": "error",
                "file": "a.py",
                "line": 3,
                "column": 1,
                "end_line": 3,
                "end_column": 1,
                "message": "it sleeps",
                "help": "move it",
                "notes": [],
                "fixable": None,
                "fix": None,
                "fingerprint": second.fingerprint,
            },
        ],
        "summary": {
            "files": 1,
            "models": 1,
            "receivers": 1,
            "delete_sites": 1,
            "django": "5.2",
            "suppressed": 3,
            "baselined": 0,
        },
        "gone": [],
        "problems": [],
    }


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("asked", "environment", "terminal", "coloured"),
    [
        (None, {}, True, True),
        (None, {}, False, False),
        (None, {"NO_COLOR": "1"}, True, False),
        (None, {"NO_COLOR": ""}, True, True),
        (None, {"TERM": "dumb"}, True, False),
        (None, {"FORCE_COLOR": "1"}, False, True),
        (None, {"FORCE_COLOR": "1", "NO_COLOR": "1"}, True, False),
        (True, {"NO_COLOR": "1"}, False, True),
        (False, {"FORCE_COLOR": "1"}, True, False),
    ],
)
def test_colour_is_for_those_who_can_see_it(
    asked: bool | None, environment: dict[str, str], terminal: bool, coloured: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert wants_colour(Terminal() if terminal else io.StringIO(), asked) is coloured


def test_colour_does_not_change_the_words() -> None:
    import re

    whole = report(finding(Place("a.py", 1, 1, 1, 2)), source="x = 1")
    coloured = [re.sub(r"\x1b\[[\d;]*m", "", line) for line in text(whole, Style(colour=True))]
    assert coloured == list(text(whole, PLAIN))
