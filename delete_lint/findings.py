"""Findings: what a rule says about one place."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from delete_lint.graph.model import Model
from delete_lint.graph.place import Place
from delete_lint.graph.receiver import Hop, Receiver

Severity = Literal["error", "warning", "info"]
Fixable = Literal["safe", "unsafe"]

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing a rule has to say.

    ``identity`` is what the finding is about in words that survive moved lines and renamed files (labels, qualified
    names, a call); the fingerprint is made of it. ``subjects`` are the models or receivers that it is about, the first
    one before all; none for a call in some function. ``severity`` and ``rule`` are filled in by the engine.
    """

    place: Place
    message: str
    help: str
    identity: str
    notes: tuple[Note, ...] = ()
    subjects: tuple[Model | Receiver, ...] = field(default=(), repr=False, compare=False)
    fixable: Fixable | None = None
    rule: str = ""
    severity: Severity = "warning"
    fingerprint: str = ""

    def stamped(self, rule: str, severity: Severity) -> Finding:
        """This finding with its rule's name, its severity and the fingerprint that follows from them."""
        digest = hashlib.sha256(f"{rule}\0{self.identity}".encode("utf-8", "surrogatepass")).hexdigest()
        return replace(self, rule=rule, severity=severity, fingerprint=digest[:16])

    @property
    def sort_key(self) -> tuple[str, int, int, str, str]:
        return (self.place.file, self.place.line, self.place.column, self.rule, self.message)


def at_least(severity: Severity, level: Severity) -> bool:
    """Whether ``severity`` is ``level`` or worse."""
    return SEVERITIES.index(severity) >= SEVERITIES.index(level)
