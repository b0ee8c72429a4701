"""The findings in the Reviewdog Diagnostic Format, with the fixes as suggestions.

https://github.com/reviewdog/reviewdog/tree/master/proto/rdf
"""

from __future__ import annotations

from collections.abc import Iterator

from delete_lint.findings import Finding, Severity, at_least
from delete_lint.graph.place import Place
from delete_lint.output.change import remark
from delete_lint.output.document import JSON, document
from delete_lint.output.markdown import markdown
from delete_lint.output.spans import replacements
from delete_lint.report import Report

_SEVERITIES: dict[Severity, str] = {"error": "ERROR", "warning": "WARNING", "info": "INFO"}


def rdjson(report: Report) -> str:
    """One DiagnosticResult. Its messages are Markdown, since they end as comments on pull requests."""
    result: dict[str, JSON] = {
        "source": {"name": "delete-lint"},
        "diagnostics": [_diagnostic(finding, report) for finding in report.findings],
    }
    if report.findings:
        result["severity"] = _SEVERITIES[_worst(report)]
    return document(result)


def _worst(report: Report) -> Severity:
    worst: Severity = "info"
    for finding in report.findings:
        if at_least(finding.severity, worst):
            worst = finding.severity
    return worst


def _diagnostic(finding: Finding, report: Report) -> JSON:
    lines = [finding.message + remark(report, finding), *([finding.help] if finding.help else [])]
    diagnostic: dict[str, JSON] = {
        "message": "\n\n".join(map(markdown, lines)),
        "location": _location(finding.place, report),
        "severity": _SEVERITIES[finding.severity],
        "code": {"value": finding.rule},
    }
    if finding.notes:
        diagnostic["related_locations"] = [
            {"message": markdown(note.message), "location": _location(note.place, report)} for note in finding.notes
        ]
    if suggestions := list(_suggestions(finding, report)):
        diagnostic["suggestions"] = suggestions
    return diagnostic


def _location(place: Place, report: Report) -> JSON:
    span: dict[str, JSON] = {"start": _position(place.file, place.line, place.column, report)}
    if (place.end_line, place.end_column) > (place.line, place.column):
        span["end"] = _position(place.file, place.end_line, place.end_column, report)
    return {"path": place.file, "range": span}


def _position(file: str, line: int, column: int, report: Report) -> JSON:
    """Columns count bytes of UTF-8 here; without the text of the line there is no telling."""
    source = report.sources.get(file)
    text = source.line(line) if source is not None else None
    if text is None:
        return {"line": line}
    return {"line": line, "column": len(text[: column - 1].encode("utf-8", "surrogatepass")) + 1}


def _suggestions(finding: Finding, report: Report) -> Iterator[JSON]:
    """A suggestion stands for all that is to be done, and has no file of its own."""
    fix = finding.fix
    if fix is None or fix.file != finding.place.file:
        return
    for edit in replacements(fix, report):
        yield {
            "range": {
                "start": _position(fix.file, edit.line, edit.column, report),
                "end": _position(fix.file, edit.end_line, edit.end_column, report),
            },
            "text": edit.text,
        }
