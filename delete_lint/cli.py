"""The command line. What takes long to import is imported by the command that needs it."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator, Sequence
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from delete_lint import __version__
from delete_lint.console import Failure, tell, tolerate_any_terminal

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

#: Each is a module of `delete_lint.commands`.
COMMANDS = ("check", "rule", "graph", "plan", "clean", "schema", "completion")
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
    sys.exit(run(args))


def run(args: Sequence[str] | None = None) -> int:
    """Runs a command line and returns its exit status."""
    tolerate_any_terminal()
    if "_DELETE_LINT_COMPLETE" in os.environ:
        from delete_lint.commands.completing import register

        register()
    try:
        status = app.main(
            list(_expanded(sys.argv[1:] if args is None else args)), prog_name="delete-lint", standalone_mode=False
        )
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


def _expanded(args: Sequence[str]) -> Iterator[str]:
    """``@FILE`` stands for the arguments in that file, one a line: more of them than a command line can hold. The value
    of an option is none: ``--since @{upstream}``."""
    for before, arg in pairwise(("", *args)):
        if not arg.startswith("@") or os.path.exists(arg) or _takes_value(before):
            yield arg
            continue
        try:
            lines = Path(arg[1:]).read_text(encoding="utf-8").splitlines()
        except (OSError, ValueError) as error:
            raise Failure(f"{arg}: the arguments cannot be read: {error}") from error
        yield from filter(None, lines)


def _takes_value(option: str) -> bool:
    check = app.get_command(click.Context(app), "check") if option.startswith("-") else None
    return check is not None and any(
        option in each.opts for each in check.params if isinstance(each, click.Option) and not each.is_flag
    )
