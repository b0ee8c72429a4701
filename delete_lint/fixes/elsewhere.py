"""Fixes that a second process writes: the order and the answer, as both sides have them.

What it takes is a file's bytes, the remedy and the names of the run's files: the fix is the same wherever it is made.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence

import msgspec

from delete_lint import remedies
from delete_lint.findings import Fix
from delete_lint.fixes import Workshop, place_of
from delete_lint.remedies import Remedy
from delete_lint.source.beside import Beside
from delete_lint.source.contents import Contents
from delete_lint.source.discover import SourcePath
from delete_lint.source.facts import key_of
from delete_lint.source.file import SourceFile, Unreadable


class _Wanted(msgspec.Struct, frozen=True, array_like=True):
    kind: str
    remedy: bytes
    file: str
    path: bytes
    key: bytes


class _Order(msgspec.Struct, frozen=True, array_like=True):
    files: list[str]
    wanted: list[_Wanted]


class _Answer(msgspec.Struct, frozen=True, array_like=True):
    """``done`` is False where it has to be tried where it can be told of: something failed, or the file is another."""

    done: bool
    fix: Fix | None = None


_encoder = msgspec.msgpack.Encoder()
_order = msgspec.msgpack.Decoder(_Order)
_answers = msgspec.msgpack.Decoder(list[_Answer])


def fixes(
    wanted: Sequence[Remedy],
    files: Mapping[str, SourcePath],
    contents: Contents,
    names: Collection[str],
    beside: Beside,
) -> dict[Remedy, Fix | None]:
    """The fixes of those remedies that the second process could try. ``names`` are those of the files that may be
    changed."""
    order: list[_Wanted] = []
    asked: list[Remedy] = []
    for remedy in dict.fromkeys(wanted):
        source = files.get(place_of(remedy).file)
        if source is not None and source.content is None:
            data = _encoder.encode(remedy)
            key = key_of(contents.data(source))
            order.append(_Wanted(type(remedy).__name__, data, source.name, os.fsencode(source.location), key))
            asked.append(remedy)
    if beside.process is None or not order:
        return {}
    try:
        answer = beside.fixes(_encoder.encode(_Order(sorted(names), order)))
        answers = _answers.decode(answer) if answer is not None else []
    except (UnicodeEncodeError, msgspec.MsgspecError):
        return {}
    return {remedy: each.fix for remedy, each in zip(asked, answers, strict=False) if each.done}


def answer(order: bytes) -> bytes:
    """What the second process says to an order."""
    asked = _order.decode(order)
    sources: dict[str, SourceFile] = {}
    for wanted in asked.wanted:
        if wanted.file not in sources:
            try:
                with open(wanted.path, "rb") as file:
                    data = file.read()
                if key_of(data) == wanted.key:
                    sources[wanted.file] = SourceFile(wanted.file, data)
            except (OSError, Unreadable):
                continue
    workshop = Workshop(sources, frozenset(asked.files))
    return _encoder.encode([_tried(wanted, workshop, sources) for wanted in asked.wanted])


def _tried(wanted: _Wanted, workshop: Workshop, sources: Mapping[str, SourceFile]) -> _Answer:
    if wanted.file not in sources:
        return _Answer(False)
    try:
        remedy: Remedy = msgspec.msgpack.decode(wanted.remedy, type=getattr(remedies, wanted.kind))
        return _Answer(True, workshop.fix(remedy))
    except Exception:  # whoever has ordered it finds the same, and can say so
        return _Answer(False)
