"""What a finding is recognised by from run to run: its fingerprint, and the statement it stands on."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Protocol

from delete_lint.findings import Finding

#: What formatters add, drop, move or change when they give code another line length or other quotes.
_FORMATTING = re.compile(r"""[\s()\[\]{},"'\\]+""")


class StatementSource(Protocol):
    """What is asked of a source file, as `delete_lint.source.file.SourceFile` has it."""

    def statement_at(self, line: int) -> str: ...


def recognisable(findings: Iterable[Finding], sources: Mapping[str, StatementSource]) -> list[Finding]:
    """The findings with their statements, and with fingerprints that no two of them share.

    A fingerprint is made of the rule and the finding's identity. Only where several findings have both in common, the
    statement tells them apart, then the file, then their order.
    """
    found = [replace(finding, statement=_statement(finding, sources)) for finding in findings]
    for tell_apart in (_by_statement, _by_file):
        shared = {mark for mark, count in Counter(finding.fingerprint for finding in found).items() if count > 1}
        found = [tell_apart(finding) if finding.fingerprint in shared else finding for finding in found]
    return _numbered(found)


def normalised(text: str) -> str:
    """Code without comments, as far as formatters leave it alone."""
    return _FORMATTING.sub("", text).lower()


def digest(*parts: str) -> str:
    """16 hexadecimal digits."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _by_statement(finding: Finding) -> Finding:
    return _told_apart(finding, finding.statement)


def _by_file(finding: Finding) -> Finding:
    return _told_apart(finding, finding.place.file)


def _told_apart(finding: Finding, by: str) -> Finding:
    return replace(finding, fingerprint=digest(finding.fingerprint, by))


def _numbered(findings: list[Finding]) -> list[Finding]:
    seen: Counter[str] = Counter()
    found: list[Finding] = []
    for finding in findings:
        seen[finding.fingerprint] += 1
        count = seen[finding.fingerprint]
        found.append(finding if count == 1 else _told_apart(finding, str(count)))
    return found


def _statement(finding: Finding, sources: Mapping[str, StatementSource]) -> str:
    source = sources.get(finding.place.file)
    if source is None:
        return ""
    text = normalised(source.statement_at(finding.place.line))
    return digest(text)[:8] if text else ""
