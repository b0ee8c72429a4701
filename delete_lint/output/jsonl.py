"""The findings as JSON, one a line, in the form that they have in the JSON report."""

from __future__ import annotations

from collections.abc import Iterator

from delete_lint.output.document import line
from delete_lint.output.json_report import finding_json
from delete_lint.report import Report


def jsonl(report: Report) -> Iterator[str]:
    for finding in report.findings:
        yield line(finding_json(finding, report))
