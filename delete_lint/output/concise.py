"""One line for each finding, and the line that says what was looked at."""

from __future__ import annotations

from collections.abc import Iterator

from delete_lint.findings import SEVERITIES, Finding, Severity
from delete_lint.output.style import SEVERITY_COLOURS, Style, printable
from delete_lint.report import Report

_WORDS: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "note"}


def concise(report: Report, style: Style) -> Iterator[str]:
    """The findings, a line each."""
    for finding in report.findings:
        yield headline(finding, style)


def headline(finding: Finding, style: Style) -> str:
    """Position, rule, severity and message."""
    place = finding.place
    position = style(f"{printable(place.file)}:{place.line}:{place.column}:", "bold")
    colour = SEVERITY_COLOURS[finding.severity]
    return f"{position} {style(finding.rule, colour)} [{finding.severity}] {printable(finding.message)}"


def summary_line(report: Report, style: Style) -> str:
    """What was looked at and what came of it."""
    summary = report.summary
    seen = (
        f"{_counted(summary.files, 'file')}: {_counted(summary.models, 'model')}, "
        f"{_counted(summary.receivers, 'delete receiver')}, {_counted(summary.delete_sites, 'delete site')} "
        f"(Django {summary.django}: {printable(summary.django_source)})"
    )
    found = []
    for severity in reversed(SEVERITIES):
        count = sum(finding.severity == severity for finding in report.findings)
        if count:
            found.append(style(_counted(count, _WORDS[severity]), SEVERITY_COLOURS[severity]))
    parts = [seen, ", ".join(found) or style("nothing found", "green")]
    if summary.suppressed:
        parts.append(f"{summary.suppressed} suppressed")
    return "; ".join(parts)


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
