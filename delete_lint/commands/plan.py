"""`delete-lint plan`: what Django does to delete rows of a model."""

from __future__ import annotations

from typing import Any, Literal

import click

from delete_lint.commands.reading import Common, named_model, read, reading_options, status
from delete_lint.console import Failure, coloured, print_json, print_lines
from delete_lint.recipe.asked import BATCH_SIZE, FORMS, Form, unwritable


@click.command(short_help="Show what deleting a model does.")
@click.argument("model")
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path())
@click.option(
    "--format", "output_format", type=click.Choice(["text", "json", "mermaid"]), default="text", show_default=True
)
@click.option(
    "--recipe",
    "form",
    is_flag=False,
    flag_value="function",
    type=click.Choice(FORMS),
    help="Write Python that deletes the same rows in batches: a function (also when no form is named), a management "
    "command, Celery tasks. As the last option, or with a form, since a path may follow.",
)
@click.option("--batch-size", type=click.IntRange(min=1), help=f"Rows of a recipe's batch.  [default: {BATCH_SIZE}]")
@click.option("--mute-receivers", is_flag=True, help="The recipe sends no signals.")
@reading_options
def command(
    model: str,
    paths: tuple[str, ...],
    output_format: Literal["text", "json", "mermaid"],
    form: Form | None,
    batch_size: int | None,
    mute_receivers: bool,
    **options: Any,
) -> int:
    """Show what Django does to delete rows of MODEL: tables, queries, what is loaded and why."""
    if form is not None and output_format != "text":
        raise click.UsageError("--recipe writes Python: it takes no --format")
    if form is None and (batch_size or mute_receivers):
        raise click.UsageError(f"{'--batch-size' if batch_size else '--mute-receivers'} goes with --recipe")
    reading = read(paths or (".",), Common.taken_from(options))
    label = named_model(reading.graph, model)
    if form is not None:
        from delete_lint.recipe.text import recipe_text

        problem = unwritable(reading.graph, label, mute_receivers=mute_receivers)
        if problem is not None:
            raise Failure(problem)
        text = recipe_text(
            reading.graph, label, form, batch_size=batch_size or BATCH_SIZE, mute_receivers=mute_receivers
        )
        print_lines([text.rstrip("\n")])
        return status(reading)
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
