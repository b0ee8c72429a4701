"""`delete-lint completion`: what makes a shell complete the command line."""

from __future__ import annotations

import click

from delete_lint.commands.completing import SCRIPTS
from delete_lint.console import print_lines


@click.command(short_help="Print the completion script of a shell.")
@click.argument("shell", type=click.Choice(list(SCRIPTS)))
@click.pass_context
def command(context: click.Context, shell: str) -> int:
    """Print the script that makes a shell complete commands, options, names of rules and paths.

    \b
    bash   eval "$(delete-lint completion bash)"                                        in ~/.bashrc
    zsh    eval "$(delete-lint completion zsh)"                                         in ~/.zshrc
    fish   delete-lint completion fish > ~/.config/fish/completions/delete-lint.fish    once
    """
    root = context.find_root()
    script = SCRIPTS[shell](root.command, {}, "delete-lint", "_DELETE_LINT_COMPLETE").source()
    print_lines([script.rstrip("\n")])
    return 0
