"""`delete-lint plan`: what Django does to delete rows of a model."""

from __future__ import annotations

from typing import Any, Literal

import click

from delete_lint.commands.reading import Common, named_model, read, reading_options, status
from delete_lint.console import coloured, print_json, print_lines


@click.command(short_help="Show what deleting a model does.")
@click.argument("model")
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path())
@click.option(
    "--format", "output_format", type=click.Choice(["text", "json", "mermaid"]), default="text", show_default=True
)
@reading_options
def command(
    model: str, paths: tuple[str, ...], output_format: Literal["text", "json", "mermaid"], **options: Any
) -> int:
    """Show what Django does to delete rows of MODEL: tables, queries, what is loaded and why."""
    reading = read(paths or (".",), Common.taken_from(options))
    label = named_model(reading.graph, model)
    from delete_lint.graph.plan import delete_plan

    plan = delete_plan(reading.graph, label)
    if output_format == "json":
        from delete_lint.output.plan_json import plan_json

        print_json(plan_json(plan))
    elif output_format == "mermaid":
        from delete_lint.output.plan_mermaid import plan_mermaid

        print_lines([plan_mermaid(plan)])
    else:
        from delete_lint.output.plan_text import plan_text

        print_lines([plan_text(reading.graph, plan, coloured())])
    return status(reading)
