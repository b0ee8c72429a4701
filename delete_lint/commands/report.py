"""`delete-lint report`: one HTML page with the findings, the picture of all models, and a card for each."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from delete_lint.commands.reading import Common, reading_options, setup_errors_told
from delete_lint.console import Failure, print_lines, tell, write_file

if TYPE_CHECKING:
    from delete_lint.report import Report
    from delete_lint.settings import Settings


@click.command(short_help="Write everything as one HTML page.")
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path())
@click.option(
    "-o",
    "--output-file",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("delete-lint-report.html"),
    show_default=True,
    help="Write the page there; - is stdout.",
)
@click.option("--title", help="What the page calls the project.  [default: the name of its folder]")
@reading_options
def command(paths: tuple[str, ...], output_file: Path, title: str | None, **options: Any) -> int:
    """Write one HTML page that needs nothing else and asks for nothing: the findings by rule, app and entry point, the
    picture of all models, for each model what deleting it reaches and why, for each receiver what it does.

    Exit status: 0 the page is written, whatever it says; 2 it could not be.
    """
    common = Common.taken_from(options)
    settings = common.settings(paths or (".",))
    report = _report(paths or (".",), settings, common)
    if common.verbose:
        tell(report.details)
    tell(f"warning: {warning}" for warning in report.warnings)
    tell(f"error: {problem}" for problem in report.problems)
    from delete_lint.report_page.data import page_data
    from delete_lint.report_page.html import html
    from delete_lint.report_page.libraries import MissingLibraryError

    urls, admin_urls = _urls(settings)
    data = page_data(report, title or _folder(paths or (".",)), urls, admin_urls)
    try:
        page = html(data)
    except MissingLibraryError as error:
        raise Failure(str(error)) from error
    if str(output_file) == "-":
        print_lines([page])
    else:
        write_file(output_file, [page])
        if not common.quiet:
            size = output_file.stat().st_size
            tell([f"{output_file}: {len(report.findings)} findings, {report.summary.models} models, {size // 1000} kB"])
    return 2 if report.problems else 0


def _report(paths: tuple[str, ...], settings: Settings, common: Common) -> Report:
    from delete_lint.lint import lint

    progress = common.progress()
    try:
        with setup_errors_told(settings):
            return lint(paths, settings, Path.cwd(), progress)
    finally:
        progress.clear()


def _urls(settings: Settings) -> tuple[dict[tuple[str, str], tuple[str, ...]], dict[str, str]]:
    """Those of a project that runs; the source alone does not tell them."""
    if settings.django_settings is None:
        return {}, {}
    from delete_lint.runtime.urls import admin_urls, view_urls

    return view_urls(Path.cwd()), admin_urls()


def _folder(paths: tuple[str, ...]) -> str:
    return Path(paths[0]).resolve().name or "project"
