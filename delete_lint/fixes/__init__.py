"""Remedies written into the source: from a finding and the text around it to edits."""

from __future__ import annotations

import importlib
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING, cast

from delete_lint import remedies
from delete_lint.findings import Edit, Finding, Fix
from delete_lint.graph.place import Place
from delete_lint.remedies import Remedy
from delete_lint.source.file import SourceFile

if TYPE_CHECKING:
    from delete_lint.fixes.context import Context
    from delete_lint.fixes.granted import Granted

    Fixer = Callable[[Remedy, Context], Granted | None]

#: The module in this package that grants a remedy, with its function ``fix``.
FIXERS: Mapping[type[Remedy], str] = {
    remedies.DeferToCommit: "defer_to_commit",
    remedies.DeleteAsQueryset: "delete_as_queryset",
    remedies.LoadOnly: "load_only",
    remedies.DeleteByKeys: "delete_by_keys",
    remedies.KeepOffManagers: "keep_off_managers",
    remedies.GuardByOrigin: "guard_by_origin",
    remedies.ConnectStrongly: "connect_strongly",
    remedies.CascadeInDatabase: "cascade_in_database",
    remedies.DropSuppression: "drop_suppression",
}


def with_fixes(
    findings: Iterable[Finding],
    sources: Mapping[str, SourceFile],
    files: Collection[str],
    failed: Callable[[str, BaseException], None],
    known: Mapping[Remedy, Fix | None] = MappingProxyType({}),
) -> list[Finding]:
    """The findings, those with a remedy that their source allows for with its fix.

    ``files`` are the names of the files that may be changed. ``failed`` is told of a fixer that raised.
    The fixes that are ``known`` are taken as they are.
    """
    workshop = Workshop(sources, files)
    done: list[Finding] = []
    for finding in findings:
        fix: Fix | None = None
        if finding.remedy is not None:
            try:
                fix = known[finding.remedy] if finding.remedy in known else workshop.fix(finding.remedy)
            except BaseException as error:  # one broken fixer must not hide the findings
                failed(f"the fix of {finding.rule} at {finding.place}", error)
        done.append(finding if fix is None else replace(finding, fix=fix))
    return done


class Workshop:
    """Asks the fixers. A top-level block is parsed once for all of its findings; nothing is imported in vain."""

    def __init__(self, sources: Mapping[str, SourceFile], files: Collection[str]) -> None:
        self._sources = sources
        self._files = files
        self._blocks: dict[str, dict[int, Context]] = defaultdict(dict)

    def fix(self, remedy: Remedy) -> Fix | None:
        """None when the source does not allow for it. Raises what a broken fixer raises."""
        from delete_lint.fixes.context import Context, NotShown
        from delete_lint.fixes.imports import import_edits

        place = place_of(remedy)
        source = self._sources.get(place.file) if place.file in self._files else None
        if source is None or not 1 <= place.line <= len(source.lines):
            return None
        context = Context(source, place.line, self._blocks[source.name])
        try:
            granted = _fixer(remedy)(remedy, context)
            if granted is None:
                return None
            imports = import_edits(context, granted.imports, self._files)
        except NotShown:
            return None
        edits = tuple(sorted({*granted.edits, *imports}))
        if not _apart(edits):
            return None
        return Fix(place.file, granted.description, granted.safety, edits, frozenset(imports))


def _fixer(remedy: Remedy) -> Fixer:
    module = importlib.import_module(f"{__name__}.{FIXERS[type(remedy)]}")
    return cast("Fixer", module.fix)


def place_of(remedy: Remedy) -> Place:
    """Where the change is to be made."""
    values = (getattr(remedy, name) for name in remedy.__struct_fields__)
    return next(value for value in values if isinstance(value, Place))


def _apart(edits: tuple[Edit, ...]) -> bool:
    """Whether no two edits, in order, overlap or insert at the same place."""
    return all(a.end <= b.begin and (a.begin, a.end) != (b.begin, b.end) for a, b in pairwise(edits))
