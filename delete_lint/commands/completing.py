"""Completion in shells: names of rules, and scripts that can do what those of click cannot."""

from __future__ import annotations

from pathlib import Path

import click
from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    ShellComplete,
    ZshComplete,
    add_completion_class,
)

# As click's own, but files are offered beside words (the first word is a command or a path).
_BASH = """\
%(complete_func)s() {
    local IFS=$'\\n'
    local response completion type value path

    response=$(env COMP_WORDS="${COMP_WORDS[*]}" COMP_CWORD=$COMP_CWORD %(complete_var)s=bash_complete $1)

    for completion in $response; do
        IFS=',' read -r type value <<< "$completion"
        if [[ $type == 'plain' ]]; then
            COMPREPLY+=("$value")
        else
            compopt -o filenames
            for path in $(compgen -f -- "$value"); do
                COMPREPLY+=("$path")
            done
        fi
    done
}

complete -o nosort -F %(complete_func)s %(prog_name)s
"""

# As click's own, but a value may hold commas.
_FISH = """\
function %(complete_func)s
    set -l response (env %(complete_var)s=fish_complete COMP_WORDS=(commandline -cp) \\
        COMP_CWORD=(commandline -t) %(prog_name)s)
    for completion in $response
        set -l metadata (string split -m 1 "," -- $completion)
        if test $metadata[1] = "plain"
            echo $metadata[2]
        else
            __fish_complete_path $metadata[2]
        end
    end
end

complete --no-files --command %(prog_name)s --arguments "(%(complete_func)s)"
"""


class Bash(BashComplete):
    source_template = _BASH

    def get_completion_args(self) -> tuple[list[str], str]:
        # Bash takes `--select=name` apart.
        args, incomplete = super().get_completion_args()
        return [arg for arg in args if arg != "="], "" if incomplete == "=" else incomplete


class Fish(FishComplete):
    source_template = _FISH


SCRIPTS: dict[str, type[ShellComplete]] = {"bash": Bash, "zsh": ZshComplete, "fish": Fish}


def register() -> None:
    """Tells click of the scripts; before a command line is run that asks for completions."""
    for name, script in SCRIPTS.items():
        add_completion_class(script, name)


def rule_names(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    """The names of rules that begin so."""
    return [CompletionItem(name, help=about) for name, about in _rules() if name.startswith(incomplete)]


def rule_list(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    """The same behind others and a comma."""
    chosen, comma, begun = incomplete.rpartition(",")
    return [
        CompletionItem(chosen + comma + name, help=about)
        for name, about in _rules()
        if name.startswith(begun) and name not in chosen.split(",")
    ]


def _rules() -> list[tuple[str, str]]:
    """All rules and what they say, those of the project's plugins included."""
    from delete_lint.config import usable_settings
    from delete_lint.selection import PluginError, known_rules

    settings, _ = usable_settings(Path.cwd())
    try:
        rules = known_rules(settings.plugins)
    except PluginError:
        rules = known_rules()
    return [(rule.name, rule.summary) for rule in rules.values()]
