"""What a fixer comes back with."""

from __future__ import annotations

from dataclasses import dataclass

from delete_lint.findings import Edit, Safety


@dataclass(frozen=True, slots=True)
class Granted:
    """A remedy that the source allows for: the edits, and what they do in a few words ("delete with one query").

    ``imports`` are modules and names that the file must have imported for the edits to work, ``("django.db",
    "transaction")`` or ``("functools", "partial")``; the name in the edits is the one that
    `delete_lint.fixes.context.Context.name_for` gave.
    """

    description: str
    safety: Safety
    edits: tuple[Edit, ...]
    imports: tuple[tuple[str, str], ...] = ()
