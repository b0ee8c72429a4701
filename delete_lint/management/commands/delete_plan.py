"""``manage.py delete_plan shop.Customer``: what a delete would do, as EXPLAIN tells of a query."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandParser
from django.db import Error, connections, router
from django.db.models import Model

from delete_lint.graph.named import UnknownModelError, did_you_mean, named_model
from delete_lint.management.printing import coloured, refusal, show
from delete_lint.output.document import document
from delete_lint.recipe.asked import BATCH_SIZE, FORMS, unwritable

if TYPE_CHECKING:
    from delete_lint.graph.project import ProjectGraph


class Command(BaseCommand):
    help = (
        "Shows what deleting rows of a model would do, without doing it: the cascade as a tree, fast or slow and why, "
        "statements, what is loaded, what stops it, receivers, the transaction. Without --pk, --filter or --all no "
        "database is touched and the numbers are functions of row counts; with them rows are counted, by SELECTs "
        "alone. One --pk is the delete() of an instance, everything else that of a queryset."
    )
    # A plan is looked at before everything is known to be right.
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("model", help="A label such as shop.Customer, in any case, or the class name of one model.")
        rows = parser.add_mutually_exclusive_group()
        rows.add_argument(
            "--pk",
            nargs="+",
            action="extend",
            metavar="PK",
            help="Rows by key: one is an instance that is at hand, several are a queryset.",
        )
        rows.add_argument(
            "--filter",
            nargs="+",
            action="extend",
            metavar="FIELD=VALUE",
            help="The queryset of a filter: paid=false customer__name=Ada number__in=1,2,3.",
        )
        rows.add_argument("--all", action="store_true", help="The queryset of all rows.")
        parser.add_argument("--database", metavar="ALIAS", help="By default the one that the model is written to.")
        parser.add_argument("--keep-parents", action="store_true", help="As in instance.delete(keep_parents=True).")
        parser.add_argument("--time", action="store_true", help="Estimate, roughly, how long it takes.")
        parser.add_argument("--format", choices=("text", "json", "mermaid"), default="text", help="How to print it.")
        parser.add_argument("--output-file", metavar="FILE", help="Write the plan there.")
        parser.add_argument(
            "--recipe",
            nargs="?",
            choices=FORMS,
            const="function",
            help="Write Python that deletes the same rows in batches: a function (also when no form is named), a "
            "management command, Celery tasks.",
        )
        parser.add_argument("--batch-size", type=int, help=f"Rows of a recipe's batch, by default {BATCH_SIZE}.")
        parser.add_argument("--mute-receivers", action="store_true", help="The recipe sends no signals.")

    def handle(self, *args: Any, **options: Any) -> None:
        from delete_lint.project_settings import project_settings
        from delete_lint.runtime.front import runtime_graph

        _refuse_odd_recipes(options)
        graph = runtime_graph(settings=project_settings().settings)
        model = _model(graph, options["model"])
        exact = bool(options["pk"] or options["filter"] or options["all"])
        alias = options["database"] or (router.db_for_write(model) if exact else None)
        if alias is not None:
            graph = replace(graph, databases=frozenset({_vendor(alias)}))
        if options["keep_parents"] and exact and len(options["pk"] or ()) != 1:
            raise refusal("--keep-parents goes with one --pk: the delete() of a queryset has no such argument")
        if options["time"] and not exact:
            raise refusal("--time needs rows: --pk, --filter or --all")
        if options["recipe"]:
            show(self, _recipe(graph, model._meta.label, options).rstrip("\n"), options)
            return
        colour = coloured(self, options)
        if exact:
            assert alias is not None
            text = _exact(graph, model, alias, options, colour)
        else:
            text = _symbolic(graph, model._meta.label, options, colour)
        show(self, text, options)


def _refuse_odd_recipes(options: dict[str, Any]) -> None:
    if not options["recipe"]:
        for option in ("batch_size", "mute_receivers"):
            if options[option]:
                raise refusal(f"--{option.replace('_', '-')} goes with --recipe")
        return
    others = ("pk", "filter", "all", "keep_parents", "time")
    if (given := [f"--{name.replace('_', '-')}" for name in others if options[name]]) or options["format"] != "text":
        raise refusal(f"--recipe is for any rows of the model: it takes no {(given or ['--format'])[0]}")
    if options["batch_size"] is not None and options["batch_size"] < 1:
        raise refusal("--batch-size must be 1 or more")


def _recipe(graph: ProjectGraph, label: str, options: dict[str, Any]) -> str:
    from delete_lint.recipe.text import recipe_text

    size = options["batch_size"] or BATCH_SIZE
    mute = options["mute_receivers"]
    if problem := unwritable(graph, label, mute_receivers=mute):
        raise refusal(problem)
    return recipe_text(graph, label, options["recipe"], batch_size=size, mute_receivers=mute)


def _symbolic(graph: ProjectGraph, label: str, options: dict[str, Any], colour: bool) -> str:
    from delete_lint.graph.plan import delete_plan

    keep_parents = options["keep_parents"]
    plan = delete_plan(graph, label, call="instance" if keep_parents else "queryset", keep_parents=keep_parents)
    if options["format"] == "json":
        from delete_lint.output.plan_json import plan_json

        return document(plan_json(plan))
    if options["format"] == "mermaid":
        from delete_lint.output.plan_mermaid import plan_mermaid

        return plan_mermaid(plan)
    from delete_lint.output.plan_text import plan_text

    return plan_text(graph, plan, colour)


def _exact(graph: ProjectGraph, model: type[Model], alias: str, options: dict[str, Any], colour: bool) -> str:
    from delete_lint.runtime.chosen import ChoiceError, chosen
    from delete_lint.runtime.foresee.plan import plan
    from delete_lint.runtime.foresee.read_only import WriteRefusedError

    keep_parents = options["keep_parents"]
    with _asking(alias):
        try:
            rows = chosen(model, alias, options["pk"] or (), options["filter"] or (), keep_parents)
            found = plan(rows.objects, using=alias, keep_parents=keep_parents, graph=graph)
            if options["time"]:
                from delete_lint.runtime.foresee.clock import seconds

                found = replace(found, seconds=seconds(found, alias))
        except (ChoiceError, WriteRefusedError) as error:
            raise refusal(str(error)) from error
    if options["format"] == "json":
        from delete_lint.output.exact_json import exact_json

        return document(exact_json(found))
    if options["format"] == "mermaid":
        from delete_lint.output.exact_mermaid import exact_mermaid

        return exact_mermaid(found, rows.call)
    from delete_lint.output.exact_text import exact_text

    return exact_text(found, rows.call, colour)


def _model(graph: ProjectGraph, name: str) -> type[Model]:
    try:
        label = named_model(graph, name)
    except UnknownModelError as error:
        raise refusal(str(error)) from error
    known = graph.models[label]
    if known.abstract:
        raise refusal(f"{label} is abstract: it has no rows")
    if known.swapped:
        raise refusal(f"{label} is swapped out for {known.swapped}")
    found: type[Model] = apps.get_model(label)
    return found


def _vendor(alias: str) -> str:
    if alias not in connections:
        raise refusal(f'unknown database "{alias}"{did_you_mean(alias, connections)}')
    try:
        return connections[alias].vendor
    except ImproperlyConfigured as error:
        raise refusal(f"the database {alias} cannot be used: {_first_line(error)}") from error


@contextmanager
def _asking(alias: str) -> Iterator[None]:
    """What a database has to say against a question, in one line."""
    try:
        yield
    except (Error, ImproperlyConfigured) as error:
        raise refusal(f"the database {alias} cannot be asked: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
