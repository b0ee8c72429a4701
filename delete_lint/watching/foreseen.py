"""What the linter said of the places that were watched, and whether it was right."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from delete_lint.findings import Finding
from delete_lint.graph.measured import ENOUGH_CALLS, QUICK_CALL, MeasuredDelete, MeasuredReceiver
from delete_lint.graph.place import Place

#: Rules that say of a receiver that its calls take time. What other rules say, no clock can tell to be wrong.
TIME_RULES = frozenset(
    ("blocking_receiver", "cascading_receiver", "querying_receiver", "receiver_reads_deleted_parent")
)


class FindingsError(Exception):
    """A file of findings that cannot be used: where and why, in one line."""


@dataclass(frozen=True, slots=True)
class Said:
    """A finding, as far as it matters here: the place is absolute."""

    rule: str
    severity: str
    place: Place


class Foreseen:
    """The findings by file."""

    def __init__(self, said: Iterable[Said]) -> None:
        self._by_file: dict[str, list[Said]] = {}
        for each in said:
            self._by_file.setdefault(each.place.file, []).append(each)

    @classmethod
    def of(cls, findings: Sequence[Finding], root: Path) -> Foreseen:
        """Findings of a run, whose places are relative to ``root``."""
        return cls(Said(each.rule, each.severity, _absolute(each.place, root)) for each in findings)

    def rules_at(self, place: Place | None) -> tuple[Said, ...]:
        """What was said of the lines of a place."""
        if place is None:
            return ()
        last = max(place.line, place.end_line)
        return tuple(
            each
            for each in self._by_file.get(place.file, ())
            if each.place.line <= last and place.line <= max(each.place.line, each.place.end_line)
        )

    def of_receiver(self, receiver: MeasuredReceiver) -> str:
        """What to add about a receiver; nothing when all came as it was foreseen."""
        if receiver.place is None or receiver.package is not None:
            return ""
        at_def = Place(receiver.place.file, receiver.place.line)
        said = [each for each in self.rules_at(at_def) if each.rule in TIME_RULES]
        if receiver.is_slow and not said:
            return "not foreseen by delete-lint"
        warned = _rules(each for each in said if each.severity != "info")
        return f"overrated here by {warned}" if receiver.is_quick and warned else ""

    def of_delete(self, delete: MeasuredDelete) -> str:
        """What to add about a delete; nothing when all came as it was foreseen."""
        if not delete.own:
            return ""
        said = self.rules_at(delete.place)
        if delete.is_slow and not said:
            return "not foreseen by delete-lint"
        quick = delete.cost.calls >= ENOUGH_CALLS and delete.cost.longest <= 10 * QUICK_CALL
        warned = _rules(each for each in said if each.severity != "info")
        return f"overrated here by {warned}" if quick and warned else ""


def _rules(said: Iterable[Said]) -> str:
    return ", ".join(dict.fromkeys(each.rule for each in said))


def _absolute(place: Place, root: Path) -> Place:
    file = os.path.normpath(os.path.join(root, place.file)).replace(os.sep, "/")
    return Place(file, place.line, place.column, place.end_line, place.end_column)


def read_findings(file: Path, root: Path) -> Foreseen:
    """What ``delete-lint --format json`` has printed when it was run in ``root``. Raises `FindingsError`."""
    try:
        written = json.loads(file.read_text(encoding="utf-8"))
        return Foreseen(_said(each, root) for each in written["findings"])
    except OSError as error:
        raise FindingsError(f"{file}: cannot be read: {error.strerror or error}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise FindingsError(f"{file}: not what `delete-lint --format json` prints: {error!r}") from error


def _said(finding: Mapping[str, Any], root: Path) -> Said:
    place = Place(finding["file"], int(finding["line"]), end_line=int(finding.get("end_line") or 0))
    return Said(str(finding["rule"]), str(finding["severity"]), _absolute(place, root))


def lint_project(root: Path) -> Foreseen:
    """The findings that ``delete-lint`` has for the project in this folder, from its source alone.

    Raises what linting raises: a wrong setting, a folder that is not there.
    """
    from delete_lint.config import load_settings
    from delete_lint.lint import lint

    return Foreseen.of(lint([root], load_settings(root), root).findings, root)
