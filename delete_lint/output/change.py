"""Findings of a change told apart: those in the changed files, and those that it causes elsewhere."""

from __future__ import annotations

from collections.abc import Iterator

from delete_lint.findings import Finding
from delete_lint.report import Report

CHANGED = "in the changed files"
ELSEWHERE = "elsewhere, caused by the change"


def parts(report: Report) -> Iterator[tuple[str, tuple[Finding, ...]]]:
    """The findings, in the order of the report, under what they have in common; under "" without a change."""
    if report.changed is None:
        yield "", report.findings
        return
    for title, elsewhere in ((CHANGED, False), (ELSEWHERE, True)):
        found = tuple(finding for finding in report.findings if report.is_elsewhere(finding) is elsewhere)
        if found:
            yield title, found


def remark(report: Report, finding: Finding) -> str:
    """What to put behind the message of a finding when each stands alone."""
    return f" ({ELSEWHERE})" if report.is_elsewhere(finding) else ""
