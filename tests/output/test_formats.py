"""What holds for every format: nothing in it drives a terminal or a CI service, every reader can decode it, and nobody
is told anything different in another one."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import given, settings

from delete_lint.findings import Edit, Finding, Fix
from delete_lint.graph.place import Place
from delete_lint.output.concise import summary_line
from delete_lint.output.formats import FORMATS, OPEN_FORMATS, render
from delete_lint.output.statistics import statistics, statistics_json
from delete_lint.output.style import Style
from delete_lint.report import Report
from delete_lint.source.file import SourceFile
from tests.output.reports import adopted, applied, fixed, nasty, nothing, real, reports, shop

PLAIN = Style()
BLOCKING = [finding for finding in shop().findings if finding.rule == "blocking_receiver"]

_CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def written(report: Report, name: str, style: Style = PLAIN) -> str:
    return "".join(f"{line}\n" for line in render(report, name, style))


def obeyed(line: str) -> bool:
    """Whether GitHub's runner or an Azure agent might take the line for a command (ActionCommand.TryParseV2 and
    TryParse in the runner's source; the agent looks for its prefix anywhere)."""
    return line.lstrip().startswith("::") or re.search(r"##\w*\[", line) is not None


def assert_inert(text: str, name: str) -> None:
    assert not _CONTROL.findall(text)
    commands = [line for line in text.split("\n") if obeyed(line)]
    if name == "github":
        assert all(re.match(r"::(error|warning|notice) file=[^:]*::", line) for line in commands)
        assert not any("##[" in line for line in commands)
    else:
        assert commands == []
    text.encode("utf-8")


@pytest.mark.parametrize("name", FORMATS)
def test_names_and_contents_of_files_do_nothing_but_be_read(name: str) -> None:
    for report in real():
        assert_inert(written(report, name), name)


@given(report=reports())
@settings(max_examples=30, deadline=None)
def test_no_report_does_anything_but_be_read(report: Report) -> None:
    for name in FORMATS:
        assert_inert(written(report, name), name)
    assert_inert(summary_line(report, PLAIN), "summary")
    assert_inert("\n".join(statistics(report, PLAIN)), "statistics")


@pytest.mark.parametrize("name", sorted(OPEN_FORMATS))
def test_colours_do_not_change_the_words(name: str) -> None:
    for report in (shop(), adopted(nasty())):
        coloured = written(report, name, Style(colour=True))
        assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == written(report, name)
        if name != "github":
            assert "\x1b[1;31m" in coloured


def test_every_finding_is_in_every_format() -> None:
    for name in FORMATS:
        text = written(shop(), name)
        for finding in shop().findings:
            assert text.count(finding.rule) >= sum(each.rule == finding.rule for each in shop().findings), name


def test_a_format_of_another_name_is_an_error() -> None:
    with pytest.raises(ValueError, match="no format 'xml'"):
        list(render(shop(), "xml", PLAIN))


def test_a_format_does_not_cost_the_import_of_the_others() -> None:
    code = (
        "import sys; from delete_lint.output.formats import render; from delete_lint.output.style import Style;"
        "from tests.output.reports import nothing; report = nothing(); seen = set(sys.modules);"
        "list(render(report, 'concise', Style()));"
        "print(sorted(name for name in set(sys.modules) - seen if name.startswith('delete_lint.')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['delete_lint.output.change', 'delete_lint.output.concise']"


def test_a_mark_within_a_command_does_not_put_it_together_again() -> None:
    source = SourceFile("a.py", b"##[group] x")
    split = replace(finding("a.py", 1), place=Place("a.py", 1, 2, 1, 4))
    assert_inert(written(report(split, sources={"a.py": source}), "text"), "text")


# --- for people -----------------------------------------------------------------------------------------------------


def finding(file: str, line: int, **changes: object) -> Finding:
    made = Finding(place=Place(file, line, 5), message="it sleeps", help="move it", identity=f"{file}{line}")
    stamped = made.stamped("blocking_receiver", "error")
    return replace(stamped, **changes)  # type: ignore[arg-type]


def fix(file: str, safety: str = "safe") -> Fix:
    return Fix(file, "delete with one query", "safe" if safety == "safe" else "unsafe", (Edit(0, 1, "y"),))


def report(*findings: Finding, **changes: object) -> Report:
    empty = replace(nothing(), rules=(), sources={}, graph=shop().graph)
    return replace(empty, findings=findings, **changes)  # type: ignore[arg-type]


def test_people_see_what_can_be_fixed_and_how() -> None:
    whole = report(
        finding("a.py", 1, fix=fix("a.py")), finding("a.py", 2, fix=fix("a.py", "unsafe")), finding("a.py", 3)
    )
    assert written(whole, "full").splitlines() == [
        "a.py:1:5: blocking_receiver [error] it sleeps",
        "  help: move it",
        "  fix: delete with one query (--fix)",
        "",
        "a.py:2:5: blocking_receiver [error] it sleeps",
        "  help: move it",
        "  fix: delete with one query (--fix --unsafe-fixes)",
        "",
        "a.py:3:5: blocking_receiver [error] it sleeps",
        "  help: move it",
        "",
    ]
    assert written(whole, "concise").splitlines() == [
        "a.py:1:5: blocking_receiver [error] [*] it sleeps",
        "a.py:2:5: blocking_receiver [error] it sleeps",
        "a.py:3:5: blocking_receiver [error] it sleeps",
    ]
    assert summary_line(whole, PLAIN).endswith("; 3 errors; 1 fixable with --fix, 1 more with --unsafe-fixes")
    assert summary_line(report(whole.findings[1]), PLAIN).endswith("; 1 error; 1 fixable with --unsafe-fixes")
    assert summary_line(report(whole.findings[0]), PLAIN).endswith("; 1 error; 1 fixable with --fix")


def test_people_see_what_a_change_does_elsewhere() -> None:
    whole = report(finding("a.py", 1), finding("b.py", 22), finding("c.py", 3), changed=frozenset({"a.py", "c.py"}))
    assert [line for line in written(whole, "text").splitlines() if line and not line.startswith(" ")] == [
        "In the changed files:",
        "a.py:1:5: blocking_receiver [error] it sleeps",
        "c.py:3:5: blocking_receiver [error] it sleeps",
        "Elsewhere, caused by the change:",
        "b.py:22:5: blocking_receiver [error] it sleeps",
    ]
    assert written(whole, "concise").splitlines() == [
        "a.py:1:5: blocking_receiver [error] it sleeps",
        "b.py:22:5: blocking_receiver [error] it sleeps (elsewhere, caused by the change)",
        "c.py:3:5: blocking_receiver [error] it sleeps",
    ]
    assert written(whole, "grouped").splitlines() == [
        "a.py:",
        "  1:5  error    blocking_receiver  it sleeps",
        "",
        "c.py:",
        "  3:5  error    blocking_receiver  it sleeps",
        "",
        "b.py: (elsewhere, caused by the change)",
        "  22:5  error    blocking_receiver  it sleeps",
        "",
    ]
    assert "; 2 errors in the changed files, 1 error elsewhere" in summary_line(whole, PLAIN)
    assert [json.loads(line)["elsewhere"] for line in render(whole, "jsonl", PLAIN)] == [False, True, False]
    clean = report(changed=frozenset({"a.py"}))
    assert written(clean, "text") == ""
    assert summary_line(clean, PLAIN).endswith("; nothing found")


def test_a_file_is_named_once_with_its_findings_in_columns() -> None:
    other = replace(finding("a.py", 100), place=Place("a.py", 100, 12), fix=fix("a.py")).stamped(
        "dead_receiver", "warning"
    )
    assert written(report(finding("a.py", 1), other), "grouped").splitlines() == [
        "a.py:",
        "    1:5   error    blocking_receiver  it sleeps",
        "  100:12  warning  dead_receiver      [*] it sleeps",
        "",
    ]


def test_the_summary_counts_what_the_baseline_knows_and_what_is_gone() -> None:
    known = report(finding("a.py", 1), baselined=(finding("a.py", 2), finding("a.py", 3)), gone=("x",))
    assert summary_line(known, PLAIN).endswith("; 1 error; 2 in the baseline, 1 of the baseline gone")


def test_statistics_count_the_findings_of_each_rule_and_mark_what_can_be_fixed() -> None:
    safe, unsafe = finding("a.py", 1, fix=fix("a.py")), finding("a.py", 2, fix=fix("a.py", "unsafe"))
    others = [each.stamped("dead_receiver", "warning") for each in (safe, safe)]
    whole = report(safe, unsafe, finding("a.py", 4), *others, finding("b.py", 1).stamped("x", "info"))
    assert list(statistics(whole, PLAIN)) == [
        "3  [-] blocking_receiver  error",
        "2  [*] dead_receiver      warning",
        "1  [ ] x                  info",
        "[*] fixable with --fix",
        "[-] some of them, or with --unsafe-fixes",
    ]
    assert list(statistics(report(*[finding("a.py", 1)] * 10, finding("b.py", 1).stamped("x", "info")), PLAIN)) == [
        "10  blocking_receiver  error",
        " 1  x                  info",
    ]
    assert list(statistics(report(), PLAIN)) == []
    assert json.loads(statistics_json(whole))[0] == {
        "rule": "blocking_receiver",
        "severity": "error",
        "count": 3,
        "fixable": 1,
        "unsafely_fixable": 1,
    }


def test_statistics_of_a_real_run_add_up() -> None:
    counted = {entry["rule"]: entry["count"] for entry in json.loads(statistics_json(shop()))}
    assert sum(counted.values()) == len(shop().findings)
    assert counted["blocking_receiver"] == len(BLOCKING)
    assert list(counted.values()) == sorted(counted.values(), reverse=True)


# --- JSON -----------------------------------------------------------------------------------------------------------


def strictly(text: str) -> object:
    """JSON as RFC 8259 has it, in UTF-8, without halves of surrogate pairs, `NaN` and repeated keys."""
    import msgspec

    def pairs(found: list[tuple[str, object]]) -> dict[str, object]:
        assert len({key for key, _ in found}) == len(found)
        return dict(found)

    decoded: object = msgspec.json.decode(text.encode("utf-8"))
    assert json.loads(text, object_pairs_hook=pairs) == decoded
    return decoded


@given(report=reports())
@settings(max_examples=30, deadline=None)
def test_documents_are_json_to_the_strictest_reader(report: Report) -> None:
    for name in ("json", "sarif", "gitlab", "rdjson"):
        strictly(written(report, name))
    for line in render(report, "jsonl", PLAIN):
        strictly(line)
    strictly(statistics_json(report))


def test_json_lines_have_the_findings_of_the_document() -> None:
    for whole in real():
        document = json.loads(written(whole, "json"))
        assert [json.loads(line) for line in render(whole, "jsonl", PLAIN)] == document["findings"]


def test_json_has_the_names_and_messages_as_they_are() -> None:
    for given_finding, line in zip(nasty().findings, render(nasty(), "jsonl", PLAIN), strict=True):
        read = json.loads(line)
        assert read["file"].replace("\\udcff", "\udcff") == given_finding.place.file
        assert read["message"].replace("\\udcff", "\udcff") == given_finding.message


@given(whole=reports())
@settings(max_examples=30, deadline=None)
def test_an_editor_that_makes_the_edits_of_the_json_gets_the_fixed_file(whole: Report) -> None:
    for given_finding, read in zip(whole.findings, json.loads(written(whole, "json"))["findings"], strict=True):
        if given_finding.fix is None:
            assert read["fix"] is None
            continue
        edits = [
            tuple(edit[key] for key in ("line", "column", "end_line", "end_column", "text"))
            for edit in read["fix"]["edits"]
        ]
        before = "\n".join(whole.sources[given_finding.fix.file].lines)
        assert applied(before, edits) == fixed(whole, given_finding.fix)


def test_real_fixes_are_told() -> None:
    told = [each for each in json.loads(written(shop(), "json"))["findings"] if each["fix"]]
    assert told
    assert {each["fixable"] for each in told} <= {"safe", "unsafe"}
    assert all(each["fix"]["edits"] for each in told)
