"""What keeps a file from being Python, told for every file, whether or not anything in it mattered to the project."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterable

from delete_lint.source.file import SourceFile, Unreadable
from delete_lint.source.outline import Block


def is_python(data: bytes) -> bool:
    """Whether the running Python can parse this. A no says little: the syntax may be newer than the interpreter."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # such as invalid escape sequences
            ast.parse(data)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def first_mistake(file: SourceFile) -> Unreadable | None:
    """The first place that no Python would read, with the most telling of the messages for it.

    Where the outline is broken, its mistake comes first: what the blocks then seem to hold follows from it.
    """
    if not file.is_sound:
        return file.check()[0]
    _read(file, file.outline)
    return min(file.check(), key=lambda error: (error.line, error.message == "invalid syntax"), default=None)


def _read(file: SourceFile, blocks: Iterable[Block]) -> None:
    for block in blocks:
        if block.kind == "class":
            file.class_shell(block)
            _read(file, block.children)
        else:
            file.statement(block)
