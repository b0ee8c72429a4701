"""The report as a SARIF 2.1.0 log, for code scanning services and editors.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from delete_lint.findings import Finding
from delete_lint.output.change import CHANGED, ELSEWHERE, remark
from delete_lint.output.document import JSON, document
from delete_lint.output.sarif_places import ROOT, code_flows, fixes, location, logical, message, related
from delete_lint.output.sarif_rules import LEVELS, descriptors
from delete_lint.report import Report
from delete_lint.version import __version__

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

State = Literal["new", "unchanged"]


def sarif(report: Report) -> str:
    """One log with one run. Findings that a comment or the baseline waves off are in it, and marked as suppressed."""
    return document({"$schema": SCHEMA, "version": "2.1.0", "runs": [_run(report)]})


def _run(report: Report) -> JSON:
    suppressed = [each.finding for each in report.suppressed]
    named = (finding.rule for finding in (*report.findings, *suppressed, *report.baselined))
    rules = descriptors(report.rules, named)
    return {
        "tool": {
            "driver": {
                "name": "delete-lint",
                "version": __version__,
                "semanticVersion": __version__,
                "rules": list(rules.values()),
            }
        },
        "columnKind": "unicodeCodePoints",
        "newlineSequences": ["\r\n", "\n", "\r"],
        "originalUriBaseIds": {
            ROOT: {"description": {"text": "The top of the checkout, or else the folder that delete-lint ran in."}}
        },
        "invocations": [_invocation(report)],
        "results": list(_results(report, list(rules))),
    }


def _invocation(report: Report) -> JSON:
    notifications: list[JSON] = [
        {"level": level, "message": {"text": message(line)}}
        for level, lines in (("error", report.problems), ("warning", report.warnings))
        for line in lines
    ]
    notifications += [
        {"level": "note", "message": {"text": message(f"In the baseline, and no longer found: {line}")}}
        for line in report.gone
    ]
    return {"executionSuccessful": not report.problems, "toolExecutionNotifications": notifications}


def _results(report: Report, rules: list[str]) -> Iterator[JSON]:
    # What some results say of suppressions and of the baseline, all must.
    has_suppressed = bool(report.suppressed or report.baselined)
    has_baseline = bool(report.baselined or report.gone)

    def result(finding: Finding, suppressions: list[JSON], state: State) -> JSON:
        return {
            **_result(finding, report),
            "ruleIndex": rules.index(finding.rule),
            **({"suppressions": suppressions} if has_suppressed else {}),
            **({"baselineState": state} if has_baseline else {}),
        }

    for finding in report.findings:
        yield result(finding, [], "new")
    for each in report.suppressed:
        comment: dict[str, JSON] = {"kind": "inSource", "location": location(each.comment)}
        if each.reason:
            comment["justification"] = message(each.reason)
        yield result(each.finding, [comment], "new")
    for finding in report.baselined:
        yield result(finding, [{"kind": "external", "justification": "In the baseline."}], "unchanged")


def _result(finding: Finding, report: Report) -> dict[str, JSON]:
    here = [subject for subject in finding.subjects if subject.place and subject.place.file == finding.place.file]
    about = [subject for subject in here if subject.place and subject.place.line == finding.place.line]
    properties: dict[str, JSON] = {"help": message(finding.help), "fixable": finding.fixable}
    if report.changed is not None:
        properties["change"] = ELSEWHERE if report.is_elsewhere(finding) else CHANGED
    extra: dict[str, JSON] = {
        "relatedLocations": related(finding),
        "codeFlows": code_flows(finding),
        "fixes": fixes(finding.fix, report),
    }
    return {
        "ruleId": finding.rule,
        "level": LEVELS[finding.severity],
        "message": {"text": _text(finding, report)},
        "locations": [
            {**location(finding.place), **({"logicalLocations": [logical(each) for each in about]} if about else {})}
        ],
        "partialFingerprints": {"deleteLint/v1": finding.fingerprint},
        "properties": properties,
        **{key: value for key, value in extra.items() if value},
    }


def _text(finding: Finding, report: Report) -> str:
    """The message, and the notes with links to their places: viewers show no related location that nothing links to."""
    lines = [f"{message(finding.message + remark(report, finding))}."]
    for number, note in enumerate(finding.notes, 1):
        place = message(str(note.place)).replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")
        lines.append(f"Note: {message(note.message)}, see [{place}]({number}).")
    if finding.help:
        lines.append(f"Help: {message(finding.help)}.")
    return "\n".join(lines)
