"""`delete-lint schema`: the settings, for editors."""

from __future__ import annotations

import click

from delete_lint.console import print_lines


@click.command(short_help="Print the JSON Schema of the settings.")
def command() -> int:
    """Print the JSON Schema of delete-lint.toml and of the table tool.delete-lint in pyproject.toml.

    Editors that go by `#:schema` complete the keys and underline mistakes: write the schema to a file, and
    `#:schema ./that-file.json` on the first line of delete-lint.toml.
    """
    from delete_lint.config.schema import schema_text

    print_lines([schema_text().rstrip("\n")])
    return 0
