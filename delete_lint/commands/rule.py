"""`delete-lint rule`: the pages of the rules."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from delete_lint.commands.completing import rule_names
from delete_lint.commands.reading import ALLOW_CODE
from delete_lint.console import Failure, print_lines

if TYPE_CHECKING:
    from delete_lint.rule import Rule


@click.command(short_help="Show the page of a rule.")
@click.argument("name", required=False, shell_complete=rule_names)
@click.option("--all", "show_all", is_flag=True, help="Show the pages of all rules.")
@ALLOW_CODE
def command(name: str | None, show_all: bool, allow_code: bool) -> int:
    """Show the page of a rule: why it matters, bad and good code, the way out. Without NAME, list the rules."""
    from delete_lint.config import SettingsError, load_settings
    from delete_lint.selection import known_rules, unknown_name

    if name is not None and show_all:
        raise click.UsageError("NAME and --all exclude each other")
    try:
        rules = known_rules(load_settings(Path.cwd(), is_code_allowed=allow_code).plugins)
    except SettingsError as error:
        raise Failure(*error.problems) from error
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
