"""The findings under the files that they stand in."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from delete_lint.output.change import ELSEWHERE, parts
from delete_lint.output.concise import fix_mark
from delete_lint.output.style import SEVERITY_COLOURS, Style, line_start, printable
from delete_lint.report import Report


def grouped(report: Report, style: Style) -> Iterator[str]:
    """A block for each file, with an empty line behind it; positions, severities and rules stand in columns."""
    for title, findings in parts(report):
        for file, found in groupby(findings, key=lambda finding: finding.place.file):
            inside = list(found)
            lines = max(len(str(finding.place.line)) for finding in inside)
            columns = max(len(str(finding.place.column)) for finding in inside)
            rules = max(len(finding.rule) for finding in inside)
            yield style(f"{line_start(file)}:", "bold") + (f" ({ELSEWHERE})" if title == ELSEWHERE else "")
            for finding in inside:
                colour = SEVERITY_COLOURS[finding.severity]
                place = f"{finding.place.line:>{lines}}:{finding.place.column:<{columns}}"
                severity = style(finding.severity, colour) + " " * (len("warning") - len(finding.severity))
                rule = style(finding.rule, colour) + " " * (rules - len(finding.rule))
                yield f"  {place}  {severity}  {rule}  {fix_mark(finding, style)}{printable(finding.message)}"
            yield ""
