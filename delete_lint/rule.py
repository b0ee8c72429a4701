"""What a rule is, and where rules are found.

A rule is a module: its name is the rule's name, ``SEVERITY`` its severity, ``check`` its question, and the Markdown
page beside it, with the same stem, its documentation and its test.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import ModuleType
from typing import cast

from delete_lint.findings import Finding, Severity
from delete_lint.graph.project import ProjectGraph
from delete_lint.settings import Thresholds

#: The linter's own rules, which have no ``check``: the engine itself makes their findings.
UNREADABLE = "unreadable_file"
UNUSED = "unused_suppression"

Check = Callable[[ProjectGraph, Thresholds], Iterable[Finding]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule, as found in a package of rules."""

    name: str
    package: str
    severity: Severity
    check: Check | None
    summary: str

    @property
    def page(self) -> str:
        """The rule's page, in Markdown."""
        return files(self.package).joinpath(f"{self.name}.md").read_text(encoding="utf-8")


@cache
def load_rules(package: str = "delete_lint_rules") -> dict[str, Rule]:
    """All rules of a package, by name: every public module in it is one.

    The linter's own rules (`UNREADABLE`, `UNUSED`) are modules too, without a ``check``.
    """
    return {rule.name: rule for rule in _modules(package)}


def _modules(package: str) -> Iterator[Rule]:
    root = importlib.import_module(package)
    for info in sorted(pkgutil.iter_modules(root.__path__), key=lambda info: info.name):
        if info.ispkg or info.name.startswith("_"):
            continue
        module = importlib.import_module(f"{package}.{info.name}")
        yield Rule(
            name=info.name,
            package=package,
            severity=cast(Severity, module.SEVERITY),
            check=cast("Check | None", getattr(module, "check", None)),
            summary=_summary(module),
        )


def _summary(module: ModuleType) -> str:
    """The first line of a rule's module. Under ``-OO`` it has to be read from the source."""
    text = module.__doc__
    if text is None and module.__file__ is not None and sys.flags.optimize > 1:
        import ast

        with suppress(OSError, SyntaxError):
            text = ast.get_docstring(ast.parse(Path(module.__file__).read_bytes()))
    return next(iter((text or "").strip().splitlines()), "")
