"""What keeps a file from being Python, told for every file, whether or not anything in it mattered to the project."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from delete_lint.source.facts import Facts, Mistake, key_of
from delete_lint.source.file import SourceFile, Unreadable
from delete_lint.source.outline import Block
from delete_lint.source.second_opinion import is_python


def known_mistake(data: bytes, facts: Facts, python: Collection[bytes] = ()) -> Mistake | None:
    """The `first_mistake` of a file's bytes, from the facts that are known of them if they tell. ``python`` are the
    keys of contents that are known to have none."""
    mistakes = facts.mistakes
    if mistakes is None:
        mistakes, is_certain = ([], True) if python and key_of(data) in python else _mistakes(data, facts)
        if is_certain:
            facts.keep_mistakes(mistakes)
    return mistakes[0] if mistakes else None


def _mistakes(data: bytes, facts: Facts) -> tuple[list[Mistake], bool]:
    if is_python(data):
        return [], True
    try:
        # Not the file that the project has read: which of its blocks are read is another file's doing.
        file = SourceFile("", data, facts)
    except Unreadable as error:
        found: Unreadable | None = error
        is_certain = True
    else:
        found = first_mistake(file)
        is_certain = file.is_certain
    return [Mistake(found.line, found.column, found.message)] if found is not None else [], is_certain


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
