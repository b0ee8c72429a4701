"""What a SARIF log says of the rules: their pages, and how severe they are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from delete_lint.findings import Severity
from delete_lint.output.document import JSON
from delete_lint.rule import Rule

LEVELS: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "note"}

#: The words of GitHub's code scanning for the same.
_PROBLEMS: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "recommendation"}
_SECTION = re.compile(r"^## +(.+?) *$", re.MULTILINE)


def descriptors(rules: Sequence[tuple[Rule, Severity]], found: Iterable[str]) -> dict[str, JSON]:
    """A ``reportingDescriptor`` for each rule that ran, and for each further one that has findings, by name."""
    described: dict[str, JSON] = {rule.name: _descriptor(rule, severity) for rule, severity in rules}
    for name in found:
        described.setdefault(name, {"id": name, "name": _pascal(name), "shortDescription": {"text": name}})
    return described


def _descriptor(rule: Rule, severity: Severity) -> JSON:
    described: dict[str, JSON] = {
        "id": rule.name,
        "name": _pascal(rule.name),
        "shortDescription": {"text": _sentence(rule.summary)},
        "defaultConfiguration": {"level": LEVELS[severity]},
        "properties": {"tags": ["django", "delete"], "problem.severity": _PROBLEMS[severity]},
    }
    try:
        page = rule.page
    except OSError:  # a plugin's rule may have none
        return described
    opening, *sections = _SECTION.split(page)
    told = dict(zip(sections[::2], sections[1::2], strict=True))
    introduction = _one_line(opening.partition("\n")[2])
    described["fullDescription"] = {"text": _sentence(introduction or rule.summary)}
    described["help"] = {"text": told.get("What to do", introduction).strip() or rule.summary, "markdown": page}
    return described


def _pascal(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _sentence(text: str) -> str:
    return text if text.endswith(".") else f"{text}."
