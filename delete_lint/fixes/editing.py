"""Edits made in the bytes of a file, which stay as they are everywhere else: line ends, byte order mark, encoding."""

from __future__ import annotations

import codecs
import re
from bisect import bisect_left
from collections.abc import Sequence

from delete_lint.findings import Edit
from delete_lint.source.decoding import decode, encoding

_line_end = re.compile(r"\r\n|\r|\n")


class NotEdited(Exception):  # noqa: N818 - it is reported, not raised to the user
    """Why a file cannot be changed, in a few words that follow its name."""


def edited(data: bytes, text: str, edits: Sequence[Edit]) -> bytes:
    """A file's bytes with the edits made, which are sorted and refer to ``text``.

    Raises `NotEdited` when the bytes do not hold that text, or what is put in cannot be written in their encoding.
    """
    if decode(data) != text:
        raise NotEdited("changed since it was read: run again")
    mark = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
    name = encoding(data)
    raw = data[len(mark) :].decode(name)
    if raw.encode(name) != data[len(mark) :]:
        raise NotEdited(f"cannot be written down again as it is in {name}")
    # A line end of two characters counts as one in the text.
    double = [match.start() - number for number, match in enumerate(re.finditer("\r\n", raw))]
    pieces: list[str] = []
    end = 0
    for edit in edits:
        begin = edit.begin + bisect_left(double, edit.begin)
        pieces += [raw[end:begin], edit.text.replace("\n", _line_end_at(raw, begin))]
        end = edit.end + bisect_left(double, edit.end)
    pieces.append(raw[end:])
    try:
        return mark + "".join(pieces).encode(name)
    except UnicodeEncodeError as error:
        raise NotEdited(f"the fix cannot be written in {name}: {error.reason}") from None


def _line_end_at(raw: str, offset: int) -> str:
    """How the lines around an offset end: the one before it, or else the one that it is in."""
    if (before := max(raw.rfind("\n", 0, offset), raw.rfind("\r", 0, offset))) >= 0:
        return "\r\n" if raw[before - 1 : before + 1] == "\r\n" else raw[before]
    after = _line_end.search(raw, offset)
    return after[0] if after else "\n"
