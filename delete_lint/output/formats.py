"""The formats of a report, each in a module of its own that is imported when it is asked for."""

from __future__ import annotations

from collections.abc import Iterator

from delete_lint.findings import Severity
from delete_lint.output.style import Style
from delete_lint.report import Report

FORMATS: tuple[str, ...] = (
    "text",
    "full",
    "concise",
    "grouped",
    "json",
    "jsonl",
    "sarif",
    "github",
    "gitlab",
    "junit",
    "rdjson",
)

#: Formats that further lines may follow, such as the summary; the others are documents, whole as they are.
OPEN_FORMATS = frozenset({"text", "full", "concise", "grouped", "github"})


def render(report: Report, name: str, style: Style, fail_level: Severity = "warning") -> Iterator[str]:
    """The report in the format of this name, in lines without their ends.

    ``fail_level`` is the severity from which on a finding makes the run fail; JUnit tells failed from passed by it.
    Raises `ValueError` for a name that is not in `FORMATS`.
    """
    match name:
        case "text" | "full":
            from delete_lint.output.text import text

            return text(report, style)
        case "concise":
            from delete_lint.output.concise import concise

            return concise(report, style)
        case "grouped":
            from delete_lint.output.grouped import grouped

            return grouped(report, style)
        case "json":
            from delete_lint.output.json_report import json_report

            return iter([json_report(report)])
        case "jsonl":
            from delete_lint.output.jsonl import jsonl

            return jsonl(report)
        case "sarif":
            from delete_lint.output.sarif import sarif

            return iter([sarif(report)])
        case "github":
            from delete_lint.output.github import github

            return github(report)
        case "gitlab":
            from delete_lint.output.gitlab import gitlab

            return iter([gitlab(report)])
        case "junit":
            from delete_lint.output.junit import junit

            return iter([junit(report, fail_level)])
        case "rdjson":
            from delete_lint.output.rdjson import rdjson

            return iter([rdjson(report)])
    raise ValueError(f"no format {name!r}")
