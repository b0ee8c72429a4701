"""One line for each finding, and the line that says what was looked at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from delete_lint.findings import SEVERITIES, Finding, Severity
from delete_lint.output.change import CHANGED, ELSEWHERE, parts, remark
from delete_lint.output.style import SEVERITY_COLOURS, Style, line_start, printable
from delete_lint.report import Report

_WORDS: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "note"}
_IN_SHORT = {"": "", CHANGED: CHANGED, ELSEWHERE: "elsewhere"}


def concise(report: Report, style: Style) -> Iterator[str]:
    """The findings, a line each."""
    for finding in report.findings:
        yield headline(finding, style, mark=True) + remark(report, finding)


def headline(finding: Finding, style: Style, mark: bool = False) -> str:
    """Position, rule, severity and message; with ``mark`` also whether ``--fix`` does away with it."""
    place = finding.place
    position = style(f"{line_start(place.file)}:{place.line}:{place.column}:", "bold")
    colour = SEVERITY_COLOURS[finding.severity]
    fixable = fix_mark(finding, style) if mark else ""
    return f"{position} {style(finding.rule, colour)} [{finding.severity}] {fixable}{printable(finding.message)}"


def fix_mark(finding: Finding, style: Style) -> str:
    """``[*]`` and a space in front of the message of what ``--fix`` does away with."""
    return f"[{style('*', 'cyan')}] " if finding.fixable == "safe" else ""


def summary_line(report: Report, style: Style) -> str:
    """What was looked at and what came of it."""
    summary = report.summary
    seen = (
        f"{_counted(summary.files, 'file')}: {_counted(summary.models, 'model')}, "
        f"{_counted(summary.receivers, 'delete receiver')}, {_counted(summary.delete_sites, 'delete site')} "
        f"(Django {summary.django}: {printable(summary.django_source)})"
    )
    found = [
        f"{counts} {_IN_SHORT[title]}".rstrip()
        for title, findings in parts(report)
        if (counts := _severities(findings, style))
    ]
    known = [
        f"{count} {what}"
        for count, what in (
            (summary.suppressed, "suppressed"),
            (max(summary.baselined, len(report.baselined)), "in the baseline"),
            (len(report.gone), "of the baseline gone"),
        )
        if count
    ]
    fixable = _fixable(report.findings)
    return "; ".join(
        [
            seen,
            ", ".join(found) or style("nothing found", "green"),
            *([", ".join(known)] if known else []),
            *([fixable] if fixable else []),
        ]
    )


def _severities(findings: Iterable[Finding], style: Style) -> str:
    told = [finding.severity for finding in findings]
    return ", ".join(
        style(_counted(told.count(severity), _WORDS[severity]), SEVERITY_COLOURS[severity])
        for severity in reversed(SEVERITIES)
        if severity in told
    )


def _fixable(findings: Iterable[Finding]) -> str:
    told = [finding.fixable for finding in findings]
    safe, unsafe = told.count("safe"), told.count("unsafe")
    if not unsafe:
        return f"{safe} fixable with --fix" if safe else ""
    more = f"{safe} fixable with --fix, {unsafe} more" if safe else f"{unsafe} fixable"
    return f"{more} with --unsafe-fixes"


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
