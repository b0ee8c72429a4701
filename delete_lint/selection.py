"""Which rules run, and how severe their findings are."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from delete_lint.findings import SEVERITIES, Severity
from delete_lint.graph.named import did_you_mean
from delete_lint.rule import Rule, load_rules
from delete_lint.settings import Settings


class PluginError(Exception):
    """A package of rules that the settings name cannot be used."""


def known_rules(plugins: Iterable[str] = ()) -> dict[str, Rule]:
    """The rules of delete-lint and of the plugins, by name."""
    known = dict(load_rules())
    for package in plugins:
        try:
            rules = load_rules(package)
        except (Exception, SystemExit) as error:  # what runs here is the user's own code
            raise PluginError(f"cannot load the rules of {package}: {type(error).__name__}: {error}") from error
        for name, rule in rules.items():
            if rule.severity not in SEVERITIES:
                raise PluginError(f"the rule {name} of {package} has no severity that there is: {rule.severity!r}")
            if name in known and known[name].package != package:
                raise PluginError(f"{package} has a rule {name}, as has {known[name].package}")
            known[name] = rule
    return known


def selected_rules(settings: Settings) -> list[tuple[Rule, Severity]]:
    """The rules that the settings ask for, each with its severity."""
    return [
        (rule, settings.severity.get(rule.name, rule.severity))
        for rule in known_rules(settings.plugins).values()
        if (not settings.select or rule.name in settings.select) and rule.name not in settings.ignore
    ]


def unknown_name(what: str, name: str, known: Collection[str]) -> str:
    """The sentence for a name that nothing has, with the nearest that something does have."""
    return f'unknown {what} "{name}"{did_you_mean(name, known)}'
