"""`delete-lint check`: findings."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from delete_lint.commands.asking import Asked, checking_options
from delete_lint.commands.linting import Linting
from delete_lint.commands.reading import Common
from delete_lint.console import print_lines, tell, write_file

if TYPE_CHECKING:
    from delete_lint.output.style import Style
    from delete_lint.report import Report
    from delete_lint.settings import Settings

#: How many entries of a baseline are told that nobody found, unless somebody wants to know everything.
_MOST_GONE = 5


@click.command(short_help="Lint files and folders.")
@checking_options
def command(**options: Any) -> int:
    """Lint files and folders; without any, the working folder.

    Exit status: 0 nothing at or above the fail level, 1 findings, 2 the run itself could not be done.
    """
    common = Common.taken_from(options)
    asked = Asked.taken_from(options)
    settings = asked.settings(common)
    linting = Linting(asked, common, settings)
    if asked.show_settings:
        from delete_lint.config.showing import settings_toml

        print_lines(settings_toml(settings))
        return 0
    if asked.show_files:
        return _show_files(asked, settings)
    if asked.write_baseline is not None:
        from delete_lint.commands.acting import write_baseline

        return write_baseline(linting, asked.write_baseline)
    if asked.add_ignores is not None:
        from delete_lint.commands.acting import add_ignores

        return add_ignores(linting, asked.add_ignores)
    if asked.diff:
        from delete_lint.commands.acting import show_diff

        return show_diff(linting, _style(asked))
    return _check(linting)


def _show_files(asked: Asked, settings: Settings) -> int:
    from delete_lint.source.discover import discover

    tree = discover(asked.roots, settings, Path.cwd())
    print_lines(source.name for source in tree.files)
    return 0


def _check(linting: Linting) -> int:
    asked, common, settings = linting.asked, linting.common, linting.settings
    report = linting.report()
    problems: tuple[str, ...] = ()
    count = 0
    if asked.fix:
        from delete_lint.commands.acting import fixed

        applied = fixed(linting, report)
        report, problems, count = applied.report, applied.problems, sum(applied.fixed.values())
    if common.verbose:
        tell(report.details)
    _print(report, linting, f"; {count} fixed" if asked.fix else "")
    if not common.quiet:
        tell(_gone(report, common.verbose))
    tell(f"warning: {warning}" for warning in report.warnings)
    tell(f"error: {problem}" for problem in (*report.problems, *problems))
    status = 2 if problems else report.exit_status(settings.fail_level)
    return 0 if asked.exit_zero and status == 1 else status


def _gone(report: Report, is_all: bool) -> Iterable[str]:
    told = report.gone if is_all else report.gone[:_MOST_GONE]
    yield from (f"gone, though the baseline has it: {line}" for line in told)
    if len(told) < len(report.gone):
        yield f"and {len(report.gone) - len(told)} more, which -v shows"
    if told:
        yield "--write-baseline with the same file drops what is gone"


def _print(report: Report, linting: Linting, ending: str) -> None:
    from delete_lint.output.concise import summary_line
    from delete_lint.output.formats import OPEN_FORMATS

    asked, settings = linting.asked, linting.settings
    style = _style(asked)
    summary = [] if linting.common.quiet else [summary_line(report, style) + ending]
    if asked.output_file is not None:
        from delete_lint.output.style import Style

        write_file(asked.output_file, _rendered(report, asked, settings, Style(bool(asked.colour))))
        print_lines(summary)
    elif settings.output_format in OPEN_FORMATS:
        print_lines([*_rendered(report, asked, settings, style), *summary])
    else:
        print_lines(_rendered(report, asked, settings, style))


def _rendered(report: Report, asked: Asked, settings: Settings, style: Style) -> Iterable[str]:
    if asked.statistics:
        from delete_lint.output.statistics import statistics, statistics_json

        if settings.output_format == "json":
            return [statistics_json(report)]
        return statistics(report, style)
    from delete_lint.output.formats import render

    return render(report, settings.output_format, style, settings.fail_level)


def _style(asked: Asked) -> Style:
    from delete_lint.output.style import Style, wants_colour

    return Style(wants_colour(sys.stdout, asked.colour))
