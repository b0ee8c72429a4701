"""What no parser must be given: libcst's would crash the process, or not come back for minutes.

The limits lie far above what people write; Python itself has some of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from delete_lint.source.tokens import Tokens

_MAX_BRACKETS = 100
# libcst takes twice as long for each further bracket in a pattern.
_MAX_PATTERN_BRACKETS = 12
_MAX_CHAIN = 2000
_MAX_BRANCHES = 2000

_OPENING = frozenset("([{")
_CLOSING = frozenset(")]}")


class TooComplex(Exception):  # noqa: N818 - it is no mistake of anybody's
    """The text is not for libcst's parser; ``offset`` says where."""

    def __init__(self, offset: int, message: str) -> None:
        super().__init__(message)
        self.offset = offset
        self.message = message


def is_surely_simple(text: str) -> bool:
    """Whether a look at the length and the brackets is enough to know that `check` would find nothing."""
    if len(text) > _MAX_CHAIN:
        return False
    brackets = text.count("(") + text.count("[") + text.count("{")
    return brackets <= (_MAX_PATTERN_BRACKETS if "case" in text else _MAX_BRACKETS)


def check(text: str, found: Tokens) -> None:
    """Raise `TooComplex` if need be."""
    texts, offsets, lines = found.texts, found.offsets, found.lines
    if texts.count("elif") > _MAX_BRANCHES:
        raise TooComplex(offsets[texts.index("elif")], "too many branches")
    for first, end in pairwise(lines):
        if found.deepest > _MAX_PATTERN_BRACKETS:
            limit = _MAX_PATTERN_BRACKETS if texts[first] == "case" else _MAX_BRACKETS
            if _depth(texts[first:end]) > limit:
                raise TooComplex(offsets[first], "too many nested brackets")
        if end - first > _MAX_CHAIN and _longest_chain(text, found, first, end) > _MAX_CHAIN:
            raise TooComplex(offsets[first], "an expression too long to be read")
        start, stop = offsets[first], offsets[end - 1]
        if stop - start > 2 * _MAX_BRACKETS and any(map(_is_fstring, texts[first:end])):
            if _depth(text[start:stop], outer="{") > _MAX_BRACKETS:
                raise TooComplex(start, "too many nested brackets")


def _is_fstring(token: str) -> bool:
    return token[-1] in "\"'" and token[0] not in "\"'"


def _depth(pieces: Sequence[str], outer: str = "([{") -> int:
    """How deep brackets nest; the outermost is one of ``outer``, so that with a brace the literal text around the
    fields of f-strings does not count."""
    depth = deepest = 0
    for piece in pieces:
        if piece in _OPENING:
            if depth or piece in outer:
                depth += 1
                deepest = max(depth, deepest)
        elif piece in _CLOSING:
            depth = max(depth - 1, 0)
    return deepest


def _longest_chain(text: str, found: Tokens, first: int, end: int) -> int:
    """The largest number of operands in one expression: what stands between commas inside one bracket."""
    counts = [0]
    longest = found.texts[first:end].count("lambda")
    position = found.offsets[first]
    for index in range(first, end):
        token, offset = found.texts[index], found.offsets[index]
        if any(separator in text[position:offset] for separator in ",;"):
            counts[-1] = 0
        position = offset + len(token)
        if token in _OPENING:
            counts.append(0)
            continue
        if token in _CLOSING and len(counts) > 1:
            counts.pop()
        counts[-1] += 1
        longest = max(longest, counts[-1])
    return longest
