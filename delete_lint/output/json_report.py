"""The report as JSON, for other programs."""

from __future__ import annotations

from delete_lint.findings import Finding
from delete_lint.output.document import JSON, document
from delete_lint.output.spans import replacements
from delete_lint.report import Report

VERSION = 1


def json_report(report: Report) -> str:
    """The whole report as one JSON document. Lines and columns count from 1, the end column is exclusive."""
    summary = report.summary
    return document(
        {
            "version": VERSION,
            "findings": [finding_json(finding, report) for finding in report.findings],
            "summary": {
                "files": summary.files,
                "models": summary.models,
                "receivers": summary.receivers,
                "delete_sites": summary.delete_sites,
                "django": summary.django,
                "suppressed": summary.suppressed,
                "baselined": max(summary.baselined, len(report.baselined)),
            },
            "gone": report.gone,
            "problems": report.problems,
        }
    )


def finding_json(finding: Finding, report: Report) -> dict[str, JSON]:
    """One finding. ``elsewhere`` is there when the run is about a change."""
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
        "fix": _fix(finding, report),
        "fingerprint": finding.fingerprint,
        **({} if report.changed is None else {"elsewhere": report.is_elsewhere(finding)}),
    }


def _fix(finding: Finding, report: Report) -> JSON:
    fix = finding.fix
    if fix is None:
        return None
    return {
        "description": fix.description,
        "file": fix.file,
        "edits": [
            {
                "line": edit.line,
                "column": edit.column,
                "end_line": edit.end_line,
                "end_column": edit.end_column,
                "text": edit.text,
            }
            for edit in replacements(fix, report)
        ],
    }
