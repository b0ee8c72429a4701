"""The linted files as test cases, for services that show test results."""

from __future__ import annotations

import re
from collections.abc import Iterable
from xml.etree import ElementTree

from delete_lint.findings import Finding, Severity, at_least
from delete_lint.output.change import remark
from delete_lint.output.style import Style, line_start, printable
from delete_lint.output.text import told
from delete_lint.report import Report

_NAME = "delete-lint"
_NO_XML = re.compile("[\ufffe\uffff]")


def junit(report: Report, fail_level: Severity) -> str:
    """One suite with a case for each file: failed when its findings alone make the run fail, that is when one is at or
    above ``fail_level``; lesser findings are the output of a case that passes. What kept the run from being done is a
    case with an error."""
    suite = ElementTree.Element("testsuite", name=_NAME)
    by_file: dict[str, list[Finding]] = {file: [] for file in report.files}
    for finding in report.findings:
        by_file.setdefault(finding.place.file, []).append(finding)
    failures = 0
    for file, findings in by_file.items():
        failures += _case(suite, file, findings, report, fail_level)
    if report.problems or not by_file:
        case = ElementTree.SubElement(suite, "testcase", name="the run", classname=_NAME)
        if report.problems:
            error = ElementTree.SubElement(case, "error", type="problem", message=_xml(report.problems[0]))
            error.text = _text(map(line_start, report.problems))
    suites = ElementTree.Element("testsuites", name=_NAME)
    suites.append(suite)
    for element in (suite, suites):
        element.set("tests", str(len(suite)))
        element.set("failures", str(failures))
        element.set("errors", str(int(bool(report.problems))))
    ElementTree.indent(suites)
    # Without a character beyond ASCII it does not matter in which encoding this is written.
    xml: bytes = ElementTree.tostring(suites, encoding="us-ascii", xml_declaration=False)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + xml.decode("ascii").replace("##", "#&#35;")


def _case(suite: ElementTree.Element, file: str, findings: list[Finding], report: Report, fail_level: Severity) -> bool:
    """Adds the case of a file and says whether it fails."""
    case = ElementTree.SubElement(suite, "testcase", name=_xml(file), classname=_NAME)
    failing = [finding for finding in findings if at_least(finding.severity, fail_level)]
    passing = [finding for finding in findings if not at_least(finding.severity, fail_level)]
    if failing:
        first = failing[0]
        more = f" (and {len(failing) - 1} more)" if len(failing) > 1 else ""
        message = f"{first.place.line}:{first.place.column}: {first.rule}: {first.message}{more}"
        failure = ElementTree.SubElement(case, "failure", type=failing[0].severity, message=_xml(message))
        failure.text = _told(failing, report)
    if passing:
        ElementTree.SubElement(case, "system-out").text = _told(passing, report)
    return bool(failing)


def _told(findings: Iterable[Finding], report: Report) -> str:
    lines: list[str] = []
    for finding in findings:
        first, *rest = told(finding, report, Style())
        lines += [first + remark(report, finding), *rest, ""]
    return _text(lines)


def _text(lines: Iterable[str]) -> str:
    return _NO_XML.sub(_written_out, "\n".join(lines).rstrip())


def _xml(text: str) -> str:
    """Text without the characters that XML knows no way to write."""
    return _NO_XML.sub(_written_out, printable(text))


def _written_out(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"
