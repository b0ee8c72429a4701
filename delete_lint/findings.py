"""Findings: what a rule says about one place."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from delete_lint.graph.model import Model
from delete_lint.graph.place import Place
from delete_lint.graph.receiver import Hop, Receiver
from delete_lint.remedies import Remedy

Severity = Literal["error", "warning", "info"]
Safety = Literal["safe", "unsafe"]

SEVERITIES: tuple[Severity, ...] = ("info", "warning", "error")


@dataclass(frozen=True, slots=True, order=True)
class Note:
    """A further place that a finding rests on, for example one step of a path of calls."""

    place: Place
    message: str


def steps(path: Sequence[Hop], last: str = "calls") -> tuple[Note, ...]:
    """The way of calls to a piece of work, one note for each; ``last`` is the verb for the last of them."""
    return tuple(
        Note(hop.place, f"{last if number == len(path) else 'calls'} {hop.call}") for number, hop in enumerate(path, 1)
    )


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """Puts ``text`` in place of what stands from ``begin`` to ``end``, offsets into the text of a source file (whose
    line ends are single and which has no byte order mark, see `delete_lint.source.file.SourceFile`)."""

    begin: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """A change of one file that grants a finding's remedy. ``unsafe`` when it may change what the program does.

    The edits do not overlap. ``description`` says in a few words what is done: "delete with one query". ``imports``
    are those of the edits that add imports, which other fixes of the file may want as well.
    """

    file: str
    description: str
    safety: Safety
    edits: tuple[Edit, ...]
    imports: frozenset[Edit] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing a rule has to say.

    ``identity`` is what the finding is about in words that survive moved lines and renamed files (labels, qualified
    names, a call); the fingerprint is made of it. ``subjects`` are the models or receivers that it is about, the first
    one before all; none for a call in some function. ``remedy`` is what would put an end to it. ``severity``, ``rule``
    and ``fix`` are filled in by the engine, the last one when the source allows for the remedy. So is ``statement``,
    eight hexadecimal digits that stand for the text of the statement, however it is formatted; empty without one.
    """

    place: Place
    message: str
    help: str
    identity: str
    notes: tuple[Note, ...] = ()
    subjects: tuple[Model | Receiver, ...] = field(default=(), repr=False, compare=False)
    remedy: Remedy | None = field(default=None, repr=False, compare=False)
    fix: Fix | None = field(default=None, repr=False, compare=False)
    rule: str = ""
    severity: Severity = "warning"
    fingerprint: str = ""
    statement: str = field(default="", repr=False, compare=False)

    def stamped(self, rule: str, severity: Severity) -> Finding:
        """This finding with its rule's name, its severity and the fingerprint that follows from them."""
        digest = hashlib.sha256(f"{rule}\0{self.identity}".encode("utf-8", "surrogatepass")).hexdigest()
        return replace(self, rule=rule, severity=severity, fingerprint=digest[:16])

    @property
    def fixable(self) -> Safety | None:
        """Whether there is a fix, and how safe it is."""
        return self.fix.safety if self.fix is not None else None

    @property
    def sort_key(self) -> tuple[str, int, int, str, str]:
        return (self.place.file, self.place.line, self.place.column, self.rule, self.message)


def at_least(severity: Severity, level: Severity) -> bool:
    """Whether ``severity`` is ``level`` or worse."""
    return SEVERITIES.index(severity) >= SEVERITIES.index(level)
