"""The report as JSON, for other programs."""

from __future__ import annotations

import json
from typing import Any

from delete_lint.findings import Finding
from delete_lint.report import Report

VERSION = 1


def json_report(report: Report) -> str:
    """The whole report as one JSON document. Lines and columns count from 1, the end column is exclusive."""
    summary = report.summary
    document = {
        "version": VERSION,
        "findings": [_finding(finding) for finding in report.findings],
        "summary": {
            "files": summary.files,
            "models": summary.models,
            "receivers": summary.receivers,
            "delete_sites": summary.delete_sites,
            "django": summary.django,
            "suppressed": summary.suppressed,
            "baselined": summary.baselined,
        },
    }
    return json.dumps(document, indent=2)


def _finding(finding: Finding) -> dict[str, Any]:
    place = finding.place
    return {
        "rule": finding.rule,
        "severity": finding.severity,
        "file": place.file,
        "line": place.line,
        "column": place.column,
        "end_line": place.end_line or place.line,
        "end_column": place.end_column or place.column,
        "message": finding.message,
        "help": finding.help,
        "notes": [
            {"file": note.place.file, "line": note.place.line, "message": note.message} for note in finding.notes
        ],
        "fixable": finding.fixable,
        "fingerprint": finding.fingerprint,
    }
