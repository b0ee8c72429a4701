"""``manage.py delete_counts``: writes the file of row counts that lets the linter weigh cascades in rows and bytes."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections
from django.utils.connection import ConnectionDoesNotExist

from delete_lint.management.printing import refusal
from delete_lint.output.style import printable
from delete_lint.project_settings import project_settings
from delete_lint.row_counts_file import FILE, render, same_counts
from delete_lint.runtime.statistics import read_statistics
from delete_lint.whole_file import line_end, write_whole


class Command(BaseCommand):
    help = (
        "Write how many rows the tables have, how wide these are, and how many hang on one row of another, so that "
        "delete-lint can weigh cascades where there is no database. Reads only; commit the file."
    )
    requires_system_checks: list[str] = []  # noqa: RUF012

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--database", default=DEFAULT_DB_ALIAS, metavar="ALIAS", help="The database to ask.")
        parser.add_argument(
            "--count",
            action="store_true",
            help="Count tables and relations instead of asking the database's statistics. Exact, but takes a while.",
        )
        parser.add_argument(
            "-o",
            "--output-file",
            metavar="FILE",
            help=f"Where to write; - is stdout. Default: the file that is in use, else {FILE} in the working folder.",
        )

    def handle(self, *args: Any, database: str, count: bool, output_file: str | None, **options: Any) -> None:
        try:
            vendor = _vendor(database)
            counts = read_statistics(database, count=count)
        except ConnectionDoesNotExist as error:
            raise refusal(str(error)) from error
        except DatabaseError as error:
            raise refusal(f'the database "{database}" cannot be read: {error}') from error
        if not counts.tables:
            raise refusal(f'the database "{database}" has no table of an installed model')
        text = render(counts, _header(database, vendor, count), exact=count)
        for note in counts.notes:
            self.stderr.write(printable(note))
        if output_file == "-":
            self.stdout.write(text, ending="")
            return
        file = Path(output_file) if output_file else _file_in_use()
        self.stdout.write(f"{len(counts.tables)} tables, {_write(file, text)}: {printable(str(file))}")


def _write(file: Path, text: str) -> str:
    """Leaves a file alone of which only the date would change; what became of it."""
    try:
        before = file.read_text(encoding="utf-8") if file.exists() else None
        if before is not None and same_counts(before, text):
            return "nothing has changed"
        write_whole(file, text.replace("\n", line_end(file)).encode("utf-8"), is_in_place_enough=True)
    except (OSError, UnicodeDecodeError) as error:
        raise refusal(f"cannot write {file}: {error}") from error
    return "written" if before is None else "written anew"


def _file_in_use() -> Path:
    counts = project_settings().settings.row_counts
    return Path(counts.source) if counts is not None else Path(FILE)


def _vendor(database: str) -> str:
    """The database as people call it, with its version."""
    connection: Any = connections[database]
    version = ".".join(map(str, connection.get_database_version()))
    return f"{connection.display_name} {version}"


def _header(database: str, vendor: str, count: bool) -> tuple[str, ...]:
    options = f"--database {database}" + (" --count" if count else "")
    how = "counted" if count else "rounded to two digits"
    today = datetime.now(tz=UTC).date()
    return (
        "Row counts for delete-lint: how many rows tables have, how many bytes a row (large columns apart), and for",
        "each relation how many rows hang on one row of the other table, on average and where there are most.",
        f"From `manage.py delete_counts {options}` on {today}: {vendor}, {how}.",
        "These are numbers only; nothing of what is in the rows is written here.",
    )
