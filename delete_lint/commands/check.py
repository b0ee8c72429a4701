"""`delete-lint check`: findings."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from delete_lint import disk
from delete_lint.commands.asking import Asked, checking_options
from delete_lint.commands.linting import Linting
from delete_lint.commands.reading import Common
from delete_lint.console import as_text, print_lines, print_text, tell, told, write_file
from delete_lint.process import say

if TYPE_CHECKING:
    from delete_lint.cache.keeping import Kept
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
    question: bytes | None = click.get_current_context().find_root().obj
    if question is None or not asked.is_plain or common.verbose or common.no_cache:
        return _run(asked, common, None)
    from delete_lint.cache.keeping import Kept

    with disk.watched() as looks:
        return _run(asked, common, Kept(question, looks))


def _run(asked: Asked, common: Common, kept: Kept | None) -> int:
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
    return _check(linting, kept)


def _show_files(asked: Asked, settings: Settings) -> int:
    from delete_lint.output.style import line_start
    from delete_lint.source.discover import discover

    tree = discover(asked.roots, settings, Path.cwd())
    print_lines(line_start(source.name) for source in tree.files)
    return 0


def _check(linting: Linting, kept: Kept | None) -> int:
    asked, common, settings = linting.asked, linting.common, linting.settings
    folder = settings.cache_dir if settings.django_settings is None else None
    if kept is not None and folder is not None and (said := kept.again(folder)) is not None:
        print_text(said.out)
        say(said.after)
        return said.status
    if kept is not None and folder is not None:
        kept.prepare(folder)
    report = linting.report()
    problems: tuple[str, ...] = ()
    count = 0
    if asked.fix:
        from delete_lint.commands.acting import fixed

        applied = fixed(linting, report)
        report, problems, count = applied.report, applied.problems, sum(applied.fixed.values())
    if common.verbose or (report.problems and os.environ.get("DELETE_LINT_DEBUG")):
        tell(report.details)
    try:
        out = as_text(_printed(report, linting, f"; {count} fixed" if asked.fix else ""))
    except BaseException as error:
        out, problems = "", (*problems, *_in_other_words(report, settings.output_format, error))
    print_text(out)
    lines = [] if common.quiet else list(_gone(report, common.verbose))
    lines += [f"warning: {warning}" for warning in report.warnings]
    lines += [f"error: {problem}" for problem in (*report.problems, *problems)]
    after = told(lines)
    say(after)
    status = 2 if problems else report.exit_status(settings.fail_level)
    status = 0 if asked.exit_zero and status == 1 else status
    if kept is not None and folder is not None and not (report.problems or problems):
        from delete_lint.cache.answers import Said

        refused = () if common.quiet else settings.refused
        said = Said(told(f"warning: {line}" for line in refused), out, after, status)
        kept.keep(folder, said, settings.plugins, report)
    return status


def _in_other_words(report: Report, output_format: str, error: BaseException) -> Iterable[str]:
    """What was found, when its format fails: a line each, and what failed. Raises again what is no failure of ours."""
    from delete_lint.internal_errors import internal_error, is_failure

    if isinstance(error, click.ClickException) or not is_failure(error):
        raise error
    yield internal_error(f"--format {output_format}", error).line
    if os.environ.get("DELETE_LINT_DEBUG"):
        yield from internal_error(f"--format {output_format}", error).traceback
    for finding in report.findings:
        place = finding.place
        yield f"{place.file}:{place.line}:{place.column}: {finding.rule} [{finding.severity}] {finding.message}"


def _gone(report: Report, is_all: bool) -> Iterable[str]:
    told = report.gone if is_all else report.gone[:_MOST_GONE]
    yield from (f"gone, though the baseline has it: {line}" for line in told)
    if len(told) < len(report.gone):
        yield f"and {len(report.gone) - len(told)} more, which -v shows"
    if told:
        yield "--write-baseline with the same file drops what is gone"


def _printed(report: Report, linting: Linting, ending: str) -> Iterable[str]:
    """What goes to stdout; what is wanted in a file is written there."""
    from delete_lint.output.concise import summary_line
    from delete_lint.output.formats import OPEN_FORMATS

    asked, settings = linting.asked, linting.settings
    style = _style(asked)
    summary = [] if linting.common.quiet else [summary_line(report, style) + ending]
    if asked.output_file is not None:
        from delete_lint.output.style import Style

        write_file(asked.output_file, _rendered(report, asked, settings, Style(bool(asked.colour))))
        return summary
    if settings.output_format in OPEN_FORMATS:
        return [*_rendered(report, asked, settings, style), *summary]
    return _rendered(report, asked, settings, style)


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
