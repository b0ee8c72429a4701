"""The findings as GitLab takes them from a ``codequality`` artifact, in the form that Code Climate gave to issues.

https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from delete_lint.findings import Finding, Severity
from delete_lint.graph.place import Place
from delete_lint.output.change import remark
from delete_lint.output.checkout import name_in_checkout
from delete_lint.output.document import JSON, document
from delete_lint.output.markdown import markdown
from delete_lint.output.style import printable
from delete_lint.report import Report

_SEVERITIES: dict[Severity, str] = {"error": "major", "warning": "minor", "info": "info"}


def gitlab(report: Report) -> str:
    """One JSON array. Its paths count from the project's folder, which GitLab names in ``CI_PROJECT_DIR``."""
    return document(list(_issues(report)))


def _issues(report: Report) -> Iterator[dict[str, JSON]]:
    seen: set[str] = set()
    for finding in report.findings:
        fingerprint = finding.fingerprint
        while fingerprint in seen:  # GitLab shows one of those that are alike
            fingerprint = hashlib.sha256(fingerprint.encode()).hexdigest()[:16]
        seen.add(fingerprint)
        yield {
            "type": "issue",
            "check_name": finding.rule,
            "description": printable(finding.message) + remark(report, finding),
            "content": {"body": _body(finding)},
            "categories": ["Performance", "Bug Risk"],
            "severity": _SEVERITIES[finding.severity],
            "fingerprint": fingerprint,
            "location": _location(finding.place),
            "other_locations": [_location(note.place) for note in finding.notes],
        }


def _location(place: Place) -> JSON:
    lines = {"begin": place.line, "end": max(place.end_line, place.line)}
    return {"path": name_in_checkout(place.file, "CI_PROJECT_DIR"), "lines": lines}


def _body(finding: Finding) -> str:
    lines = [f"{note.place}: {note.message}" for note in finding.notes]
    return "\n\n".join(map(markdown, [*lines, finding.help]))
