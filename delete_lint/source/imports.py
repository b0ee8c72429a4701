"""The imports of a module, read off its outline without parsing it."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence

from delete_lint.source.outline import Block, line_starts
from delete_lint.source.syntax import Import, ImportedName
from delete_lint.source.tokens import tokens, universal_newlines

_pieces = re.compile(r"[^\W\d]\w*|\.+|[,;*]|#[^\n]*")
_has_import = re.compile(r"\bimport\b")


def imports(text: str, blocks: Iterable[Block]) -> list[Import]:
    """All imports at module level, those under ``if``, ``try`` and ``with`` included, in the order of the source.

    ``from . import a`` has the module ``""``.
    """
    text = universal_newlines(text).removeprefix("\ufeff")
    starts = line_starts(text)
    return [found for block in _lines(blocks) for found in _read(text, block, starts)]


def _lines(blocks: Iterable[Block]) -> Iterator[Block]:
    for block in blocks:
        if block.kind == "compound":
            yield from _lines(block.children)
        elif block.kind in ("import", "statement"):
            yield block


def _read(text: str, block: Block, starts: Sequence[int]) -> Iterator[Import]:
    source = text[block.begin : block.stop]
    if block.kind == "import" and ";" not in source:
        yield from _import(source, block.line)
    elif ";" in source and _has_import.search(source):
        found = tokens(source)
        position = 0
        for token, offset in zip(found.texts, found.offsets, strict=True):
            first = position == 0 or ";" in source[position:offset]
            if first and token in ("import", "from", "lazy"):
                yield from _import(source[offset:], bisect_right(starts, block.begin + offset))
            position = offset + len(token)


def _import(source: str, line: int) -> Iterator[Import]:
    """The import that ``source`` starts with."""
    words = iter([piece for piece in _pieces.findall(source) if not piece.startswith("#")])
    module: str | None = None
    level = 0
    first = next(words, "")
    if first == "lazy":
        first = next(words, "")
    if first == "from":
        module = ""
        for word in words:
            if word == "import":
                break
            if word.startswith(".") and not module:
                level += len(word)
            else:
                module += word
    names: list[ImportedName] = []
    name, alias, after_as = "", None, False
    for word in words:
        if word == ";":
            break
        if word == ",":
            if name:
                names.append(ImportedName(name, alias))
            name, alias, after_as = "", None, False
        elif word == "as" and name:
            after_as = True
        elif after_as:
            alias = word
        else:
            name += word
    if name:
        names.append(ImportedName(name, alias))
    if names:
        yield Import(module, names, level, line)
