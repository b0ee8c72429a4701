"""``manage.py delete_graph``: the project graph as the running project has it."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from delete_lint.graph.named import UnknownModelError, named_model
from delete_lint.management.printing import coloured, refusal, show
from delete_lint.output.document import document
from delete_lint.output.graph_json import graph_json, graph_json_around
from delete_lint.output.graph_text import graph_overview, graph_tree
from delete_lint.project_settings import project_settings
from delete_lint.runtime.front import runtime_graph


class Command(BaseCommand):
    help = (
        "Shows all models, what deleting them reaches, whether it is fast and why not, and every receiver of "
        "pre_delete and post_delete; or what deleting one model reaches. No database is connected to."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "model",
            nargs="?",
            metavar="MODEL",
            help="A label such as shop.Order, in any case, or a class name that only one model has.",
        )
        parser.add_argument(
            "--format", choices=("text", "json", "mermaid", "dot", "svg"), default="text", help="Text by default."
        )
        parser.add_argument("--output-file", metavar="FILE", help="Write the graph there.")

    def handle(self, *args: Any, **options: Any) -> None:
        graph = runtime_graph(settings=project_settings().settings)
        label = None
        if options["model"] is not None:
            try:
                label = named_model(graph, options["model"])
            except UnknownModelError as error:
                raise refusal(str(error)) from error
        if options["format"] == "json":
            text = document(graph_json(graph) if label is None else graph_json_around(graph, label))
        elif options["format"] != "text":
            from delete_lint.output.graph_drawing import drawing
            from delete_lint.output.svg import DrawingError

            try:
                text = drawing(graph, label, options["format"])
            except DrawingError as error:
                raise refusal(str(error)) from error
        else:
            colour = coloured(self, options)
            text = graph_overview(graph, colour) if label is None else graph_tree(graph, label, colour)
        show(self, text, options)
