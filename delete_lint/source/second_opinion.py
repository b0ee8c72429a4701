"""Whether the running Python can parse a file: it is the quickest way to know that there is nothing wrong with it."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Callable
from symtable import symtable

#: Bytes from which on a file is looked at for rows of data: a parser takes fifty times their size in memory.
_TABLE = 500_000
_ATOM = rb"(?:'[^'\\\n{}]*+'|\"[^\"\\\n{}]*+\"|-?(?:0|[1-9]\d{0,17}+)(?:\.\d{1,17}+)?|None|True|False)"
_ROW = rb"\(%b(?:, ?%b)*+,?\),\n" % (_ATOM, _ATOM)
_ROWS = rb"(?m)^([ \t]++)(%b)(?>(?:\1%b)+)" % (_ROW, _ROW)


def is_python(data: bytes) -> bool:
    """Whether the running Python can parse this. A no says little: the syntax may be newer than the interpreter."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # such as invalid escape sequences
        if len(data) > _TABLE:
            data = _without_repetition(data)
        # A table of symbols takes two thirds of the time that a tree does, but it comes with checks of its own.
        return _is_taken(_symbols, data) or _is_taken(ast.parse, data)


def _without_repetition(data: bytes) -> bytes:
    """Of rows of literals in a table, all that stand below one another with the same indentation, only the first:
    a parser takes either all of them or none."""
    if b"coding" in data[:1000]:
        return data
    try:
        data.decode()
    except UnicodeDecodeError:
        return data
    return re.sub(_ROWS, rb"\1\2", data)


def _symbols(data: bytes) -> object:
    return symtable(data, "", "exec")  # type: ignore[arg-type]  # whatever `compile` takes


def _is_taken(read: Callable[[bytes], object], data: bytes) -> bool:
    try:
        read(data)
    except (SyntaxError, ValueError, RecursionError, MemoryError, SystemError):
        return False
    return True
