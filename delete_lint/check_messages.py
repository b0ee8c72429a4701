"""Findings as the messages of Django's system checks."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.core import checks

from delete_lint.findings import SEVERITIES, Finding, Note, Severity
from delete_lint.graph.collector import receiver_path
from delete_lint.graph.model import Model
from delete_lint.graph.receiver import Receiver
from delete_lint.output.style import line_start, printable
from delete_lint.runtime.callables import names
from delete_lint.runtime.receivers import heard

#: A path of calls is seldom longer.
_NOTES = 8


class _Placed(checks.CheckMessage):
    """Begins with the name of its model or receiver and the place in the source, where Django would print no more than
    a label, or the address of a function."""

    subject = ""

    def __str__(self) -> str:
        hint = f"\n\tHINT: {self.hint}" if self.hint else ""
        return f"{self.subject}: ({self.id}) {self.msg}{hint}"


class InfoMessage(checks.Info, _Placed):
    pass


class WarningMessage(checks.Warning, _Placed):
    pass


class ErrorMessage(checks.Error, _Placed):
    pass


_CLASSES: dict[Severity, type[InfoMessage | WarningMessage | ErrorMessage]] = {
    "info": InfoMessage,
    "warning": WarningMessage,
    "error": ErrorMessage,
}


class Messages:
    """Makes messages of findings, not above a level. ``obj`` is the model class, or the function that is connected."""

    def __init__(self, level: Severity) -> None:
        self.level = level
        self._functions = {names(entry.function): entry.function for entry in heard({}, ()).connected}

    def about(self, finding: Finding, subject: Model | Receiver | None) -> checks.CheckMessage:
        """A finding as being about one of its subjects; about its place, where it has none."""
        severity = min(finding.severity, self.level, key=SEVERITIES.index)
        said = _CLASSES[severity](
            printable(finding.message), hint=_hint(finding), obj=self._object(subject), id=f"delete_lint.{finding.rule}"
        )
        name = _name(subject)
        said.subject = line_start(f"{name} ({finding.place})" if name else str(finding.place))
        return said

    def _object(self, subject: Model | Receiver | None) -> Any:
        if isinstance(subject, Model):
            try:
                return apps.get_model(subject.label)
            except (LookupError, ValueError):  # an abstract one
                return subject.label
        if isinstance(subject, Receiver):
            return self._functions.get((subject.module, subject.name), receiver_path(subject))
        return None


def _name(subject: Model | Receiver | None) -> str:
    if subject is None:
        return ""
    return subject.label if isinstance(subject, Model) else receiver_path(subject)


def _hint(finding: Finding) -> str:
    notes = [_note(note) for note in finding.notes if not _is_told(note, finding.message)]
    if len(notes) > _NOTES:
        notes = [*notes[: _NOTES - 1], f"and {len(notes) - _NOTES + 1} more"]
    shown = printable(finding.help)
    return f"{shown}\n\tSEE: {printable('; '.join(notes))}" if notes else shown


def _is_told(note: Note, message: str) -> bool:
    """Whether a note only repeats a part of the message, place and all."""
    return note.message in message and f":{note.place.line})" in note.message


def _note(note: Note) -> str:
    return note.message if str(note.place) in note.message else f"{note.place} {note.message}"
