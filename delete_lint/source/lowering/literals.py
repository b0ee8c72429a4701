"""The values of literals, as far as they are kept."""

from __future__ import annotations

import re
import unicodedata

_prefixed = re.compile(r"""([A-Za-z]*)('''|\"""|'|")""")
_escape = re.compile(
    r"""\\(?:([0-7]{1,3})|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|N\{([^}]*)\}|(\n)|([\\'"abfnrtv]))"""
)
_CONTROL = dict(zip("\\'\"abfnrtv", "\\'\"\a\b\f\n\r\t\v", strict=True))
_LARGEST = 2**63


def string_value(source: str) -> str | None:
    """The value of a string literal, or None if it is of bytes or cannot be stored as UTF-8."""
    match = _prefixed.match(source)
    if match is None or "b" in (prefix := match[1].lower()):
        return None
    body = source[match.end() : -len(match[2])]
    return body if "\\" not in body or "r" in prefix else _storable(_escape.sub(_unescaped, body))


def text_value(source: str, prefix: str) -> str:
    """The value of literal text inside an f-string."""
    text = source.replace("{{", "{").replace("}}", "}")
    if "\\" in text and "r" not in prefix.lower():
        return _storable(_escape.sub(_unescaped, text)) or ""
    return text


def integer_value(source: str) -> int | None:
    """The value of an integer literal, or None if it does not fit into 64 bits."""
    try:
        value = int(source, 0)
    except ValueError:
        return None
    return value if value < _LARGEST else None


def _unescaped(match: re.Match[str]) -> str:
    octal, hex2, hex4, hex8, name, newline, control = match.groups()
    if control:
        return _CONTROL[control]
    if newline:
        return ""
    if name is not None:
        try:
            return unicodedata.lookup(name)
        except KeyError:
            return match[0]
    code = int(octal, 8) if octal else int(hex2 or hex4 or hex8, 16)
    return chr(code) if code <= 0x10FFFF else match[0]


def _storable(text: str) -> str | None:
    """None for text with half a surrogate pair in it, which no cache can hold."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return None
    return text
