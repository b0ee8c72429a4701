"""`delete-lint graph`: what was understood of a project."""

from __future__ import annotations

import os
from typing import Any, Literal, get_args

import click

from delete_lint.commands.reading import Common, named_model, read, reading_options, status
from delete_lint.console import Failure, coloured, print_json, print_lines

Format = Literal["text", "json", "mermaid", "dot", "svg"]


@click.command(short_help="Show the project graph.")
@click.argument("arguments", nargs=-1, required=True, metavar="PATH... [MODEL]", type=click.Path())
@click.option("--format", "output_format", type=click.Choice(get_args(Format)), default="text", show_default=True)
@reading_options
def command(arguments: tuple[str, ...], output_format: Format, **options: Any) -> int:
    """Show what was understood of a project, or what deleting one model reaches.

    MODEL is a label such as shop.Order, in any case, or a class name that only one model has.
    """
    common = Common.taken_from(options)
    *first, last = arguments
    has_model = bool(first) and not os.path.exists(last)
    paths = tuple(first) if has_model else arguments
    reading = read(paths, common)
    label = named_model(reading.graph, last) if has_model else None
    if output_format == "json":
        from delete_lint.output.graph_json import graph_json, graph_json_around

        print_json(graph_json(reading.graph) if label is None else graph_json_around(reading.graph, label))
    elif output_format != "text":
        from delete_lint.output.graph_drawing import drawing
        from delete_lint.output.svg import DrawingError

        try:
            print_lines([drawing(reading.graph, label, output_format)])
        except DrawingError as error:
            raise Failure(str(error)) from error
    else:
        from delete_lint.output.graph_text import graph_overview, graph_tree

        colour = coloured()
        text = graph_overview(reading.graph, colour) if label is None else graph_tree(reading.graph, label, colour)
        print_lines([text])
    return status(reading)
