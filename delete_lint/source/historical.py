"""What a migration's ``RunPython`` runs: deletes of historical models, which receivers with a sender do not hear."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from delete_lint.graph.site import DeleteSite

if TYPE_CHECKING:
    from delete_lint.source.evaluate import Evaluator
    from delete_lint.source.sites import Sites

_RUN_PYTHON = re.compile(r"RunPython\(([^()]*)\)")
_NAME = re.compile(r"[A-Za-z_]\w*")


class HistoricalSites:
    """Finds the delete sites in functions that migrations hand to ``RunPython``."""

    def __init__(self, evaluator: Evaluator, sites: Sites) -> None:
        self.evaluator = evaluator
        self.sites = sites

    def find(self) -> Iterator[DeleteSite]:
        project = self.evaluator.project
        for source in project.tree.migrations:
            if not project.holds(source, b"RunPython") or not project.holds(source, b"delete("):
                continue
            module = project.module_of(source)
            if module is None:
                continue
            names = {name for match in _RUN_PYTHON.finditer(module.file.text) for name in _NAME.findall(match[1])}
            for name, decl in sorted(module.functions.items()):
                if name in names:
                    for site in self.sites.of_function(decl):
                        yield replace(site, historical=True)
