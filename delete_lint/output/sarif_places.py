"""Places, the ways of calls between them, and fixes, as SARIF has them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import quote

from delete_lint.findings import Finding, Fix
from delete_lint.graph.collector import receiver_path
from delete_lint.graph.model import Model
from delete_lint.graph.place import Place
from delete_lint.graph.receiver import Hop, Receiver
from delete_lint.output.checkout import name_in_checkout
from delete_lint.output.document import JSON
from delete_lint.output.spans import replacements
from delete_lint.output.style import printable
from delete_lint.report import Report

ROOT = "%SRCROOT%"

_LINK = re.compile(r"\](?=\()")


def message(text: str) -> str:
    """Text in which nothing is a link by accident."""
    return _LINK.sub("] ", printable(text))


def artifact(file: str) -> JSON:
    name = name_in_checkout(file, "GITHUB_WORKSPACE")
    if os.path.isabs(name):
        return {"uri": Path(_encodable(name)).as_uri()}
    return {"uri": quote(os.fsencode(_encodable(name))), "uriBaseId": ROOT}


def _encodable(name: str) -> str:
    try:
        os.fsencode(name)
    except UnicodeEncodeError:
        return printable(name)
    return name


def physical(place: Place) -> JSON:
    region: dict[str, JSON] = {"startLine": place.line, "startColumn": place.column}
    if (place.end_line, place.end_column) > (place.line, place.column):
        region |= {"endLine": place.end_line, "endColumn": place.end_column}
    return {"artifactLocation": artifact(place.file), "region": region}


def location(place: Place, text: str = "") -> dict[str, JSON]:
    told: dict[str, JSON] = {"message": {"text": message(text)}} if text else {}
    return {"physicalLocation": physical(place), **told}


def logical(subject: Model | Receiver) -> JSON:
    """A model or a receiver by its name in Python."""
    kind = "type" if isinstance(subject, Model) else "function"
    name = f"{subject.module}.{subject.name}"
    return {"name": subject.name, "fullyQualifiedName": name, "kind": kind}


def related(finding: Finding) -> list[dict[str, JSON]]:
    """The notes in their order, then the models and receivers that the finding is about."""
    found = [location(note.place, note.message) for note in finding.notes]
    told = {finding.place.line, *(note.place.line for note in finding.notes if note.place.file == finding.place.file)}
    for subject in dict.fromkeys(finding.subjects):
        if subject.place is None:
            found.append({"logicalLocations": [logical(subject)], "message": {"text": message(_called(subject))}})
        elif subject.place.file != finding.place.file or subject.place.line not in told:
            found.append({**location(subject.place, _called(subject)), "logicalLocations": [logical(subject)]})
    return [{"id": number, **each} for number, each in enumerate(found, 1)]


def _called(subject: Model | Receiver) -> str:
    if isinstance(subject, Model):
        return f"the model {subject.label}"
    return f"the receiver {receiver_path(subject)}"


def code_flows(finding: Finding) -> list[JSON]:
    """For each way of calls that the notes tell: from the receiver, which Django calls, to the work."""
    return [
        {"threadFlows": [{"locations": list(_steps(receiver, receiver.place, path))}]}
        for receiver in finding.subjects
        if isinstance(receiver, Receiver) and receiver.place is not None
        for path in dict.fromkeys(_paths(receiver))
        if path and all(_is_told(hop, finding) for hop in path)
    ]


def _paths(receiver: Receiver) -> Iterator[tuple[Hop, ...]]:
    yield from (work.path for work in receiver.work)
    yield from (dispatch.path for dispatch in receiver.dispatches)
    yield from (creation.path for creation in receiver.creations)


def _is_told(hop: Hop, finding: Finding) -> bool:
    return any(note.place == hop.place and note.message.endswith(f" {hop.call}") for note in finding.notes)


def _steps(receiver: Receiver, place: Place, path: Sequence[Hop]) -> Iterator[JSON]:
    yield {"location": location(place, f"Django calls {receiver_path(receiver)}"), "nestingLevel": 0}
    for level, hop in enumerate(path, 1):
        yield {"location": location(hop.place, f"calls {hop.call}"), "nestingLevel": level}


def fixes(fix: Fix | None, report: Report) -> list[JSON]:
    edits = replacements(fix, report) if fix is not None else []
    if fix is None or not edits:
        return []
    changes: list[JSON] = [
        {
            "deletedRegion": {
                "startLine": edit.line,
                "startColumn": edit.column,
                "endLine": edit.end_line,
                "endColumn": edit.end_column,
            },
            "insertedContent": {"text": edit.text},
        }
        for edit in edits
    ]
    option = "--fix" if fix.safety == "safe" else "--fix --unsafe-fixes"
    return [
        {
            "description": {"text": message(f"{fix.description} ({option})")},
            "artifactChanges": [{"artifactLocation": artifact(fix.file), "replacements": changes}],
        }
    ]
