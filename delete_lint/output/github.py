"""The findings as workflow commands, which GitHub Actions shows beside the code.

https://docs.github.com/actions/reference/workflow-commands-for-github-actions
"""

from __future__ import annotations

from collections.abc import Iterator

from delete_lint.findings import Finding, Severity
from delete_lint.output.change import remark
from delete_lint.output.checkout import name_in_checkout
from delete_lint.output.style import printable
from delete_lint.report import Report

_COMMANDS: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "notice"}


def github(report: Report) -> Iterator[str]:
    for finding in report.findings:
        yield f"::{_COMMANDS[finding.severity]} {','.join(_properties(finding))}::{_data(_message(finding, report))}"


def _properties(finding: Finding) -> Iterator[str]:
    place = finding.place
    end = max(place.end_line, place.line)
    yield f"file={_property(name_in_checkout(place.file, 'GITHUB_WORKSPACE'))}"
    yield f"line={place.line}"
    # The runner takes no columns for more than one line.
    if end == place.line:
        yield f"col={place.column}"
    yield f"endLine={end}"
    if end == place.line and place.end_column > place.column:
        yield f"endColumn={place.end_column}"
    yield f"title={_property(f'delete-lint: {finding.rule}')}"


def _message(finding: Finding, report: Report) -> str:
    lines = [finding.message + remark(report, finding)]
    lines += [f"note: {note.place}: {note.message}" for note in finding.notes]
    lines += [f"help: {finding.help}"] if finding.help else []
    return "\n".join(map(printable, lines))


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(printable(text)).replace(":", "%3A").replace(",", "%2C")
