"""Which of a file's fixes can be made at once."""

from __future__ import annotations

from collections.abc import Iterable

from delete_lint.findings import Edit, Finding, Fix


class Choice:
    """Fixes of one file that do not get in each other's way. Imports that several of them add are added once."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.edits: set[Edit] = set()
        self._fixes: set[Fix] = set()
        self._imports: set[Edit] = set()

    @classmethod
    def of(cls, findings: Iterable[Finding]) -> Choice:
        """As many as fit, from the top of the file; those left out are for the next round."""
        chosen = cls()
        for finding in sorted(findings, key=_place):
            chosen.add(finding)
        return chosen

    def add(self, finding: Finding) -> bool:
        """Takes the finding's fix in, if it fits."""
        fix = finding.fix
        if fix is None or not self._fits(fix):
            return False
        self.findings.append(finding)
        self._fixes.add(fix)
        self.edits.update(fix.edits)
        self._imports |= fix.imports
        return True

    def _fits(self, fix: Fix) -> bool:
        if fix in self._fixes:
            return True
        new = set(fix.edits) - (fix.imports & self._imports)
        return not any(_meet(edit, other) for edit in new for other in self.edits)


def _place(finding: Finding) -> tuple[int, str]:
    fix = finding.fix
    return (min((edit.begin for edit in fix.edits if edit not in fix.imports), default=0) if fix else 0), finding.rule


def _meet(a: Edit, b: Edit) -> bool:
    """Whether they overlap, or the one is an insertion at the edge of the other."""
    if a.begin == a.end or b.begin == b.end:
        return a.begin <= b.end and b.begin <= a.end
    return a.begin < b.end and b.begin < a.end
