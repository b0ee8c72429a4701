"""The command line. What takes long to import is imported by the command that needs it."""

from __future__ import annotations

import gc
import os
import re
import sys
from collections.abc import Iterator, Sequence
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from delete_lint import __version__, disk
from delete_lint.cache.answers import question
from delete_lint.console import Failure, tell, tolerate_any_terminal
from delete_lint.process import INTERRUPTED, end, flushed, prepare

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

#: Each is a module of `delete_lint.commands`.
COMMANDS = ("check", "rule", "graph", "plan", "report", "clean", "schema", "completion")
#: How click tells of a value that is not among the choices.
_NO_CHOICE = re.compile("'(.*?)' is not one of")
CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class CheckByDefault(click.Group):
    """What is no command is a path (or an option) for ``check``: ``delete-lint src/``."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        command: click.Command = import_module(f"delete_lint.commands.{name}").command
        command.name = name
        return command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        own = (*COMMANDS, "-h", "--help", "-V", "--version")
        if (args and args[0] not in own) or not (args or ctx.resilient_parsing):
            args = ["check", *args]
        return super().parse_args(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem[Any]]:
        """The first word is a command, a path or an option."""
        from click.shell_completion import CompletionItem

        found = super().shell_complete(ctx, incomplete)
        check = self.get_command(ctx, "check")
        if check is None or not incomplete.startswith("-"):
            return [*found, CompletionItem(incomplete, type="file")]
        known = {item.value for item in found}
        options = check.shell_complete(check.make_context("check", [], ctx, resilient_parsing=True), incomplete)
        return [*found, *(item for item in options if item.value not in known)]


@click.group(cls=CheckByDefault, context_settings=CONTEXT)
@click.version_option(__version__, "-V", "--version", prog_name="delete-lint", message="%(prog)s %(version)s")
def app() -> None:
    """Finds the deletes that will hurt a Django project.

    `delete-lint PATH...` is short for `delete-lint check PATH...`.
    """


def main(args: Sequence[str] | None = None) -> NoReturn:
    """Runs a command line and ends the process."""
    # A run makes very many objects, keeps most of them and ends soon: looking for garbage takes a tenth of its time.
    gc.set_threshold(100_000, 20, 100)
    prepare()
    end(run(args))


def run(args: Sequence[str] | None = None) -> int:
    """Runs a command line and returns its exit status."""
    try:
        return _run(args)
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED


def _run(args: Sequence[str] | None) -> int:
    tolerate_any_terminal()
    if "_DELETE_LINT_COMPLETE" in os.environ:
        from delete_lint.commands.completing import register

        register()
    given = list(sys.argv[1:] if args is None else args)
    try:
        # What is asked goes with it, for an answer that is to be kept.
        asked = question(given)
        status = app.main(list(_expanded(given)), prog_name="delete-lint", standalone_mode=False, obj=asked)
    except click.UsageError as error:
        tell([_usage(error)])
        return error.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except BaseException as error:
        from delete_lint.internal_errors import internal_error, is_failure

        if isinstance(error, (click.Abort, SystemExit)) or not is_failure(error):
            raise
        if isinstance(error, OSError) and not flushed(sys.stdout):
            tell([f"cannot write to stdout: {error.strerror or error}"])
            return 2
        if isinstance(error, OSError) and not _is_somewhere():
            tell(["the working folder is gone: go to one that is there"])
            return 2
        failure = internal_error("the run", error)
        tell([failure.line, *(failure.traceback if os.environ.get("DELETE_LINT_DEBUG") else ())])
        return 2
    return int(status or 0)


def _is_somewhere() -> bool:
    try:
        os.getcwd()
    except OSError:
        return False
    return True


def _usage(error: click.UsageError) -> str:
    """What is wrong with the command line, or with a variable that goes in place of an option, in one line."""
    text = " ".join(error.format_message().split()).rstrip(".")
    param = error.param if isinstance(error, click.BadParameter) else None
    context = error.ctx
    if param is not None and context is not None and param.name is not None:
        if context.get_parameter_source(param.name) is click.core.ParameterSource.ENVIRONMENT:
            text = f"{param.envvar}: {error.message.rstrip('.')}"
        if isinstance(param.type, click.Choice) and (wrong := _NO_CHOICE.match(error.message)):
            from delete_lint.graph.named import did_you_mean

            text += did_you_mean(wrong[1], param.type.choices)
    path = context.command_path if context is not None else "delete-lint"
    return f"{text[0].lower()}{text[1:]}: see {path} --help" if not text.startswith("DELETE_LINT") else text


def _expanded(args: Sequence[str]) -> Iterator[str]:
    """``@FILE`` stands for the arguments in that file, one a line: more of them than a command line can hold. The value
    of an option is none: ``--since @{upstream}``."""
    for before, arg in pairwise(("", *args)):
        if not arg.startswith("@") or os.path.exists(arg) or _takes_value(before):
            yield arg
            continue
        try:
            lines = disk.read_text(Path(arg[1:])).splitlines()
        except OSError as error:
            raise Failure(f"{arg}: the arguments cannot be read: {error.strerror or error}") from error
        except ValueError as error:
            raise Failure(f"{arg}: the arguments cannot be read: {error}") from error
        yield from filter(None, lines)


def _takes_value(option: str) -> bool:
    check = app.get_command(click.Context(app), "check") if option.startswith("-") else None
    return check is not None and any(
        option in each.opts for each in check.params if isinstance(each, click.Option) and not each.is_flag
    )
