"""What `delete-lint check` does besides reporting: it writes a baseline, comments, or fixes."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from delete_lint.console import Failure, print_lines, tell

if TYPE_CHECKING:
    from delete_lint.commands.linting import Linting
    from delete_lint.fixes.apply import Applied
    from delete_lint.output.style import Style
    from delete_lint.report import Report


def write_baseline(linting: Linting, file: Path) -> int:
    """Everything that is found is known from now on; what the file knew and nobody found is dropped."""
    from delete_lint import baseline

    report = linting.against(file)
    if _told(report.problems):
        raise Failure(f"{file} is not written: the run could not be done whole")
    findings = (*report.findings, *report.baselined)
    try:
        count = baseline.write_baseline(file, findings, Path.cwd(), report.unchecked)
    except baseline.BaselineError as error:
        raise Failure(str(error)) from error
    if not linting.common.quiet:
        parts = [f"{_counted(count, 'finding')} in {file}"]
        parts += [f"{len(report.findings)} new"] if report.baselined and report.findings else []
        parts += [f"{len(report.gone)} gone"] if report.gone else []
        print_lines(["; ".join(parts)])
    return 0


def add_ignores(linting: Linting, reason: str) -> int:
    """A comment at each finding, so that it is not reported any more."""
    from delete_lint.add_ignores import ReasonError, ignores_for
    from delete_lint.fixes.apply import write_fixes

    report = linting.report()
    try:
        fixes = ignores_for(report, reason)
    except ReasonError as error:
        raise Failure(f"--add-ignores: {error}") from error
    applied = write_fixes(fixes, report, Path.cwd())
    if not linting.common.quiet:
        left = len(linting.report().findings)
        files = _counted(len(applied.changes), "file")
        what = f"{_counted(len(report.findings) - left, 'finding')} ignored by comments in {files}"
        print_lines([f"{what}; {left} left" if left else what])
    return 2 if _told((*report.problems, *applied.problems)) else 0


def fixed(linting: Linting, report: Report) -> Applied:
    """What is left when the files are fixed."""
    from delete_lint.fixes.apply import apply_fixes

    return apply_fixes(report, Path.cwd(), linting.report, unsafe=linting.asked.unsafe_fixes)


def show_diff(linting: Linting, style: Style) -> int:
    """What fixing would change; nothing is written."""
    from delete_lint.fixes.apply import preview_fixes
    from delete_lint.output.diff import diff

    applied = preview_fixes(linting.report(), Path.cwd(), linting.report, unsafe=linting.asked.unsafe_fixes)
    for change in applied.changes:
        print_lines(diff(change.name, change.before, change.after, style))
    if not linting.common.quiet:
        count = sum(applied.fixed.values())
        tell([f"{_counted(count, 'finding')} would be fixed" if count else "there is nothing to fix"])
    if _told((*applied.report.problems, *applied.problems)):
        return 2
    return 0 if linting.asked.exit_zero else int(bool(applied.changes))


def _told(problems: Iterable[str]) -> bool:
    told = list(problems)
    tell(f"error: {problem}" for problem in told)
    return bool(told)


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
