"""``manage.py delete_report -o report.html``: the page, of the running project, with what its database has."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings as django_settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DEFAULT_DB_ALIAS, Error
from django.utils.connection import ConnectionDoesNotExist

from delete_lint.project_settings import project_settings
from delete_lint.whole_file import write_whole

if TYPE_CHECKING:
    from delete_lint.settings import Settings


class Command(BaseCommand):
    help = (
        "Writes one HTML page about the running project: findings by rule, app and entry point, the picture of all "
        "models, for each what deleting it reaches and how many rows that is, for each receiver what it does. The "
        "database is asked for its statistics only; nothing is written there."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("paths", nargs="*", metavar="PATH", help="By default BASE_DIR, or the working folder.")
        parser.add_argument("-o", "--output-file", default="delete-lint-report.html", metavar="FILE", help="The page.")
        parser.add_argument("--title", help="What the page calls the project; by default the name of its folder.")
        parser.add_argument("--database", action="append", metavar="ALIAS", help="The databases to ask for row counts.")
        parser.add_argument("--no-counts", action="store_true", help="Connect to no database; a counts file is used.")

    def handle(self, *args: Any, **options: Any) -> None:
        from delete_lint.lint import lint
        from delete_lint.report_page.data import page_data
        from delete_lint.report_page.html import html
        from delete_lint.report_page.libraries import MissingLibraryError
        from delete_lint.runtime.setup import SetupError
        from delete_lint.runtime.urls import admin_urls, view_urls
        from delete_lint.source.discover import PathError

        project = project_settings()
        for problem in project.problems:
            self.stderr.write(f"warning: {problem}")
        settings = _joined(project.settings)
        if not options["no_counts"]:
            settings = _counted(settings, options["database"] or [DEFAULT_DB_ALIAS])
        base = getattr(django_settings, "BASE_DIR", None)
        paths = options["paths"] or [str(base) if base else "."]
        try:
            report = lint(paths, settings, Path.cwd())
            data = page_data(
                report, options["title"] or Path(paths[0]).resolve().name, view_urls(Path.cwd()), admin_urls()
            )
            page = html(data)
        except (PathError, SetupError, MissingLibraryError) as error:
            raise CommandError(str(error)) from error
        for line in (*report.problems, *report.warnings):
            self.stderr.write(f"warning: {line}")
        file = Path(options["output_file"])
        try:
            write_whole(file, f"{page}\n".encode("utf-8", "backslashreplace"))
        except OSError as error:
            raise CommandError(f"cannot write {file}: {error.strerror or error}") from error
        self.stdout.write(f"{file}: {len(report.findings)} findings, {report.summary.models} models")


def _joined(settings: Settings) -> Settings:
    """The project that runs is the one to ask."""
    module = getattr(django_settings, "SETTINGS_MODULE", None)
    if not module:
        raise CommandError("the settings of this process have no module: set DJANGO_SETTINGS_MODULE")
    return replace(settings, django_settings=module, cache_dir=None)


def _counted(settings: Settings, aliases: list[str]) -> Settings:
    from delete_lint.runtime.sizes import read_sizes

    try:
        return replace(settings, row_counts=read_sizes(aliases))
    except ConnectionDoesNotExist as error:
        raise CommandError(str(error)) from error
    except (Error, ImproperlyConfigured) as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise CommandError(
            f"the database {', '.join(aliases)} cannot be asked for row counts: {reason} (--no-counts does without)"
        ) from error
