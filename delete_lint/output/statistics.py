"""How often each rule had something to say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from delete_lint.findings import Finding
from delete_lint.output.document import document
from delete_lint.output.style import SEVERITY_COLOURS, Style
from delete_lint.report import Report


def statistics(report: Report, style: Style) -> Iterator[str]:
    """One line for each rule with findings, the most frequent first, and what the marks mean."""
    counted = _by_rule(report)
    if not counted:
        return
    marks = {rule: _mark(findings) for rule, findings in counted.items()}
    numbers = max(len(str(len(findings))) for findings in counted.values())
    names = max(map(len, counted))
    has_marks = set(marks.values()) != {" "}
    for rule, findings in counted.items():
        severity = findings[0].severity
        mark = f"[{style(marks[rule], 'cyan')}] " if has_marks else ""
        name = style(rule, SEVERITY_COLOURS[severity]) + " " * (names - len(rule))
        yield f"{len(findings):>{numbers}}  {mark}{name}  {severity}"
    if "*" in marks.values():
        yield "[*] fixable with --fix"
    if "-" in marks.values():
        yield "[-] some of them, or with --unsafe-fixes"


def statistics_json(report: Report) -> str:
    """The same as JSON, with ``fixable`` and ``unsafely_fixable`` as counts."""
    return document(
        [
            {
                "rule": rule,
                "severity": findings[0].severity,
                "count": len(findings),
                "fixable": sum(finding.fixable == "safe" for finding in findings),
                "unsafely_fixable": sum(finding.fixable == "unsafe" for finding in findings),
            }
            for rule, findings in _by_rule(report).items()
        ]
    )


def _by_rule(report: Report) -> dict[str, list[Finding]]:
    counted: defaultdict[str, list[Finding]] = defaultdict(list)
    for finding in report.findings:
        counted[finding.rule].append(finding)
    return dict(sorted(counted.items(), key=lambda item: (-len(item[1]), item[0])))


def _mark(findings: list[Finding]) -> str:
    told = {finding.fixable for finding in findings}
    return "*" if told == {"safe"} else " " if told == {None} else "-"
