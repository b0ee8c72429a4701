"""The command line. What takes long to import is imported by the command that needs it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NoReturn, TypeVar

import click

from delete_lint import __version__
from delete_lint.console import Failure, coloured, print_json, print_lines, tell, tolerate_any_terminal, write_file

if TYPE_CHECKING:
    from delete_lint.graph.project import ProjectGraph
    from delete_lint.progress import TerminalProgress
    from delete_lint.report import Report
    from delete_lint.rule import Rule
    from delete_lint.settings import Settings
    from delete_lint.source.front import Reading

F = TypeVar("F", bound=Callable[..., Any])
LintFormat = Literal["text", "full", "concise", "json"]
GraphFormat = Literal["text", "json"]
PlanFormat = Literal["text", "json", "mermaid"]

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class CheckByDefault(click.Group):
    """What is no command is a path (or an option) for ``check``: ``delete-lint src/``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or (args[0] not in self.commands and args[0] not in ("-h", "--help", "--version")):
            args = ["check", *args]
        return super().parse_args(ctx, args)


@click.group(cls=CheckByDefault, context_settings=CONTEXT)
@click.version_option(__version__, prog_name="delete-lint", message="%(prog)s %(version)s")
def app() -> None:
    """Finds the deletes that will hurt a Django project.

    `delete-lint PATH...` is short for `delete-lint check PATH...`.
    """


# --- options that several commands have ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Common:
    """The options of every command that reads a project."""

    config: Path | None
    isolated: bool
    include_tests: bool
    include_migrations: bool
    django_version: str | None
    django_settings: str | None
    quiet: bool
    verbose: bool

    def settings(self, paths: Sequence[str], **overrides: object) -> Settings:
        from delete_lint.config import SettingsError, load_settings
        from delete_lint.source.discover import PathError, common_folder

        if self.isolated and self.config is not None:
            raise click.UsageError("--isolated and --config exclude each other")
        given = {
            "include-tests": self.include_tests or None,
            "include-migrations": self.include_migrations or None,
            "django-version": self.django_version,
            "django-settings": self.django_settings,
            **{key.replace("_", "-"): value for key, value in overrides.items()},
        }
        try:
            return load_settings(
                common_folder(paths, Path.cwd()),
                {key: value for key, value in given.items() if value is not None},
                config=self.config,
                isolated=self.isolated,
            )
        except (PathError, SettingsError) as error:
            raise Failure(f"{error}{_or_command(paths)}") from error


def reading_options(command: F) -> F:
    """Adds the options of `Common`."""
    options = (
        click.option("--config", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Settings file."),
        click.option("--isolated", is_flag=True, help="Read no settings file."),
        click.option("--include-tests", is_flag=True, help="Lint tests too."),
        click.option("--include-migrations", is_flag=True, help="Lint migrations too."),
        click.option("--django-version", metavar="X.Y", help="The Django that the project runs on."),
        click.option(
            "--django-settings",
            metavar="MODULE",
            help="Set this project up and ask Django itself, installed apps included. This imports and runs the "
            "project's code; nothing else here does.",
        ),
        click.option("-q", "--quiet", is_flag=True, help="No summary and no progress."),
        click.option("-v", "--verbose", is_flag=True, help="Tell on stderr what was left out, and timings."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def _common(options: dict[str, Any]) -> Common:
    return Common(**{name: options.pop(name) for name in Common.__dataclass_fields__})


def _names(values: Iterable[str]) -> list[str] | None:
    """Rule names given as `--select a,b --select c`; None when there are none."""
    return [name.strip() for value in values for name in value.split(",") if name.strip()] or None


def _or_command(paths: Sequence[str]) -> str:
    import difflib

    close = (
        difflib.get_close_matches(paths[0], app.commands, n=1) if len(paths) and not os.path.exists(paths[0]) else []
    )
    return f' (or did you mean the command "{close[0]}"?)' if close else ""


# --- commands -----------------------------------------------------------------------------------------------------


@app.command(short_help="Lint files and folders.")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--select", multiple=True, metavar="RULE,...", help="Run only these rules.")
@click.option("--ignore", multiple=True, metavar="RULE,...", help="Do not run these rules.")
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "full", "concise", "json"]),
    default="text",
    show_default=True,
    help="How to print findings; full is another word for text.",
)
@click.option("--fail-level", type=click.Choice(["error", "warning", "info"]), help="What makes the exit status 1.")
@click.option("--exit-zero", is_flag=True, help="Findings do not change the exit status.")
@click.option("--max-depth", type=int, metavar="N", help="Levels beyond which a cascade is large.")
@click.option("--max-models", type=int, metavar="N", help="Reached models from which on a cascade is large.")
@click.option("--color/--no-color", "colour", default=None, help="Colours or none, whatever the terminal.")
@click.option("--output-file", type=click.Path(dir_okay=False, path_type=Path), help="Write the findings there.")
@reading_options
def check(
    paths: tuple[str, ...],
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    output_format: LintFormat,
    fail_level: str | None,
    exit_zero: bool,
    max_depth: int | None,
    max_models: int | None,
    colour: bool | None,
    output_file: Path | None,
    **options: Any,
) -> int:
    """Lint files and folders; without any, the working folder.

    Exit status: 0 nothing at or above the fail level, 1 findings, 2 the run itself could not be done.
    """
    paths = paths or (".",)
    common = _common(options)
    settings = common.settings(
        paths,
        select=_names(select),
        ignore=_names(ignore),
        fail_level=fail_level,
        max_depth=max_depth,
        max_models=max_models,
    )
    from delete_lint.lint import lint
    from delete_lint.output.concise import summary_line
    from delete_lint.output.style import Style, wants_colour

    progress = _progress(common)
    try:
        with _setup_errors_told(settings):
            report = lint(paths, settings, Path.cwd(), progress)
    finally:
        progress.clear()
    if common.verbose:
        tell(report.details)
    to_stdout = Style(wants_colour(sys.stdout, colour))
    summary = [] if common.quiet else [summary_line(report, to_stdout)]
    if output_file is not None:
        write_file(output_file, _rendered(report, output_format, Style(bool(colour))))
        print_lines(summary)
    elif output_format == "json":
        print_lines(_rendered(report, output_format, to_stdout))
    else:
        print_lines([*_rendered(report, output_format, to_stdout), *summary])
    tell(f"warning: {warning}" for warning in report.warnings)
    tell(f"error: {problem}" for problem in report.problems)
    status = report.exit_status(settings.fail_level)
    return 0 if exit_zero and status == 1 else status


def _rendered(report: Report, output_format: LintFormat, style: Any) -> Iterable[str]:
    if output_format == "json":
        from delete_lint.output.json_report import json_report

        return [json_report(report)]
    if output_format == "concise":
        from delete_lint.output.concise import concise

        return concise(report, style)
    from delete_lint.output.text import text

    return text(report, style)


@app.command(short_help="Show the page of a rule.")
@click.argument("name", required=False)
@click.option("--all", "show_all", is_flag=True, help="Show the pages of all rules.")
def rule(name: str | None, show_all: bool) -> int:
    """Show the page of a rule: why it matters, bad and good code, the way out. Without NAME, list the rules."""
    from delete_lint.config import SettingsError, load_settings
    from delete_lint.selection import known_rules, unknown_name

    if name is not None and show_all:
        raise click.UsageError("NAME and --all exclude each other")
    try:
        rules = known_rules(load_settings(Path.cwd()).plugins)
    except SettingsError as error:
        raise Failure(str(error)) from error
    if name is not None:
        if name not in rules:
            raise Failure(unknown_name("rule", name, rules))
        print_lines([_page(rules[name])])
    elif show_all:
        print_lines(["\n\n".join(_page(each) for each in rules.values())])
    else:
        width = max(map(len, rules))
        print_lines(f"{each.name:{width}}  {each.severity:7}  {each.summary}" for each in rules.values())
    return 0


def _page(rule: Rule) -> str:
    try:
        return rule.page.rstrip()
    except OSError as error:
        raise Failure(f"the rule {rule.name} has no page {rule.name}.md in {rule.package}") from error


@app.command(short_help="Show the project graph.")
@click.argument("arguments", nargs=-1, required=True, metavar="PATH... [MODEL]")
@click.option("--format", "output_format", type=click.Choice(["text", "json"]), default="text", show_default=True)
@reading_options
def graph(arguments: tuple[str, ...], output_format: GraphFormat, **options: Any) -> int:
    """Show what was understood of a project, or what deleting one model reaches.

    MODEL is a label such as shop.Order, in any case, or a class name that only one model has.
    """
    common = _common(options)
    *first, last = arguments
    has_model = bool(first) and not os.path.exists(last)
    paths = tuple(first) if has_model else arguments
    reading = _read(paths, common)
    label = _model(reading.graph, last) if has_model else None
    if output_format == "json":
        from delete_lint.output.graph_json import graph_json, graph_json_around

        print_json(graph_json(reading.graph) if label is None else graph_json_around(reading.graph, label))
    else:
        from delete_lint.output.graph_text import graph_overview, graph_tree

        colour = coloured()
        text = graph_overview(reading.graph, colour) if label is None else graph_tree(reading.graph, label, colour)
        print_lines([text])
    return _unread(reading)


@app.command(short_help="Show what deleting a model does.")
@click.argument("model")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option(
    "--format", "output_format", type=click.Choice(["text", "json", "mermaid"]), default="text", show_default=True
)
@reading_options
def plan(model: str, paths: tuple[str, ...], output_format: PlanFormat, **options: Any) -> int:
    """Show what Django does to delete rows of MODEL: tables, queries, what is loaded and why."""
    reading = _read(paths or (".",), _common(options))
    label = _model(reading.graph, model)
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
    return _unread(reading)


def _read(paths: Sequence[str], common: Common) -> Reading:
    settings = common.settings(paths)
    from delete_lint.reading import read
    from delete_lint.source.discover import discover

    progress = _progress(common)
    try:
        with _setup_errors_told(settings):
            reading = read(discover(paths, settings, Path.cwd()), settings, progress)
    finally:
        progress.clear()
    if common.verbose:
        tell(reading.notes)
    tell(f"warning: {problem}" for problem in reading.graph.problems)
    return reading


@contextmanager
def _setup_errors_told(settings: Settings) -> Iterator[None]:
    """What goes wrong in the project's own code takes one line."""
    if settings.django_settings is None:
        yield
        return
    from delete_lint.runtime.setup import SetupError

    try:
        yield
    except SetupError as error:
        if os.environ.get("DELETE_LINT_DEBUG"):
            raise
        raise Failure(str(error)) from error


def _unread(reading: Reading) -> int:
    """Tells what was not seen; a graph of nothing is no graph."""
    tell(f"error: {error.path}:{error.line}:{error.column}: {error.message}" for error in reading.errors)
    if any(reading.graph.own_models()):
        return 0
    tell(["error: no model found: is the path right?"])
    return 2


def _model(graph: ProjectGraph, name: str) -> str:
    """The label that a name on the command line stands for."""
    from delete_lint.graph.named import UnknownModelError, named_model

    try:
        return named_model(graph, name)
    except UnknownModelError as error:
        raise Failure(str(error)) from error


def _progress(common: Common) -> TerminalProgress:
    from delete_lint.progress import TerminalProgress

    return TerminalProgress(sys.stderr if sys.stderr.isatty() and not common.quiet else None)


def main(args: Sequence[str] | None = None) -> NoReturn:
    """Runs a command line and ends the process."""
    sys.exit(run(args))


def run(args: Sequence[str] | None = None) -> int:
    """Runs a command line and returns its exit status."""
    tolerate_any_terminal()
    try:
        status = app.main(args, prog_name="delete-lint", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return 130
    except Exception as error:
        if os.environ.get("DELETE_LINT_DEBUG"):
            raise
        tell([f"internal error: {type(error).__name__}: {error} (DELETE_LINT_DEBUG=1 shows where; please report it)"])
        return 2
    return int(status or 0)
