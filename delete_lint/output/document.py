"""JSON that every reader takes and that does nothing in a terminal or in the log of a CI service."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

JSON = Mapping[str, "JSON"] | Sequence["JSON"] | str | int | float | bool | None

# Halves of a pair, as file names that are no UTF-8 have them: strict parsers reject the whole document for one.
_SURROGATE = re.compile("[\ud800-\udfff]")
# Both can stand within strings only: characters of their own there, whatever is in front of them.
_IN_STRINGS = (("\x7f", "\\u007f"), ("##", "#\\u0023"))


def document(value: JSON) -> str:
    """A document of many lines."""
    return _inert(json.dumps(_sound(value), indent=2))


def line(value: JSON) -> str:
    """A document on one line."""
    return _inert(json.dumps(_sound(value)))


def _inert(written: str) -> str:
    for character, escape in _IN_STRINGS:
        written = written.replace(character, escape)
    return written


def _sound(value: JSON) -> JSON:
    if isinstance(value, str):
        return _sound_text(value)
    if isinstance(value, Mapping):
        return {_sound_text(key): _sound(each) for key, each in value.items()}
    if isinstance(value, Sequence):
        return [_sound(each) for each in value]
    return value


def _sound_text(text: str) -> str:
    return _SURROGATE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
