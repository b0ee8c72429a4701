"""From a text to statements by way of libcst, which reads newer syntax than the Python that it runs under.

libcst gives positions only through its metadata wrapper, which costs twice the parsing. Here the tree is walked in
the order of the source, and each name, number, string and bracket takes the next token of the same text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import libcst as cst
from libcst import native  # type: ignore[attr-defined]

from delete_lint.source import syntax
from delete_lint.source.lowering.cursor import Cursor
from delete_lint.source.lowering.not_parsed import NotParsed
from delete_lint.source.lowering.statements import Statements
from delete_lint.source.outline import line_starts
from delete_lint.source.tokens import Tokens

_error_place = re.compile(r"error at (\d+):(\d+)")
_tokenizer_message = re.compile(r"tokenizer error: (.*)")


def lower_with_libcst(text: str, origin: Sequence[int], found: Tokens) -> list[list[syntax.Stmt]]:
    """As `delete_lint.source.lowering.lower` says. The text is known not to be too complex. Raises `NotParsed`."""
    module = _parse(text)
    walk = Statements(Cursor(found, line_starts(text), origin))
    return [walk.statements(node) for node in module.body]


def _parse(text: str) -> cst.Module:
    try:
        module: cst.Module = native.parse_module(text)
    except cst.ParserSyntaxError as error:
        message = _tokenizer_message.search(error.message)
        # `raw_line` is one too far for most errors of the parser; what its message says is right.
        place = _error_place.search(error.message)
        line, column = (int(place[1]), int(place[2])) if place else (error.raw_line, error.raw_column)
        raise NotParsed(line, column + 1, message[1] if message else "invalid syntax") from None
    except Exception as error:
        # The checks in libcst's nodes stumble over some of what its parser reads: ``[x async`` at the end of a line.
        raise NotParsed(1, 1, f"libcst cannot read this: {error}") from error
    return module
