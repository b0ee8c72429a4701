"""What a change adds to a file and what nobody would have taken notice of: a function of a new name that says no to all
that others were asked, an import of a new name.

Who looks at all functions or statements of a module or class asks each for a pattern before anything else. Those that
stand beside the new one show which patterns; where there are none, it is held against all patterns of the run.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TypeVar

from delete_lint.source.file import SourceFile
from delete_lint.source.questions import DECORATORS, ROW, Imported, Nested, is_long, parts

_KINDS = frozenset(("function", "import", "statement"))
_T = TypeVar("_T")


class Asked:
    """What was asked of a file. Blocks go by their numbers: ``busy`` are those that matter somehow, ``searched`` are
    blocks, parts of them and the patterns that were looked for there. ``missed`` are names that were not there, and
    ``sought`` those that might have been imported from anywhere."""

    def __init__(
        self,
        busy: Iterable[int],
        searched: Iterable[tuple[int, int, int]],
        missed: Iterable[str],
        sought: Iterable[str],
    ) -> None:
        self.busy = frozenset(busy)
        self.searched = frozenset(searched)
        self.missed = frozenset(missed)
        self.sought = frozenset(sought)


def told_apart(new: Sequence[_T], now: bytes, old: bytes) -> tuple[list[_T], list[_T]] | None:
    """What was there before and what was added to it, by the rows of both; None when something went or changed."""
    if now == old:
        return list(new), []
    kept: list[_T] = []
    added: list[_T] = []
    at = 0
    for number, each in enumerate(new):
        if at < len(old) and now[number * ROW : (number + 1) * ROW] == old[at : at + ROW]:
            kept.append(each)
            at += ROW
        else:
            added.append(each)
    return (kept, added) if at == len(old) else None


class Added:
    """Blocks and imports beside those that were there before. ``patterns`` are those of the run, by their numbers."""

    def __init__(
        self, kept: Sequence[Nested], imported: Sequence[Imported], asked: Asked, patterns: Sequence[re.Pattern[str]]
    ) -> None:
        self._kept = kept
        self._asked = asked
        self._patterns = patterns
        self._taken = set(asked.missed)
        self._taken.update(name for each in kept for name in (each.block.name, *each.block.names))
        self._taken.update(each.local for each in imported)

    def are_idle_imports(self, added: Iterable[Imported]) -> bool:
        """Whether nobody would have taken notice of these."""
        return all(self._is_new({each.local}) and each.name not in {"*", *self._asked.sought} for each in added)

    def are_idle_blocks(self, added: Iterable[Nested], file: SourceFile) -> bool:
        """Whether nobody would have taken notice of these blocks of the file."""
        return all(self._may_be_idle(each) and self._says_no(each, file) for each in added)

    def _is_new(self, names: set[str]) -> bool:
        is_new = not names & self._taken
        self._taken |= names
        return is_new

    def _may_be_idle(self, each: Nested) -> bool:
        block = each.block
        if block.kind not in _KINDS or block.start != block.line or is_long(block):
            return False
        if each.parent is not None and (each.parent.kind != "class" or block.kind != "function"):
            return False
        return self._is_new({block.name, *block.names} - {""})

    def _says_no(self, each: Nested, file: SourceFile) -> bool:
        """To all that the blocks beside it were asked, or any block."""
        searches = {(part, number) for part in range(DECORATORS) for number in range(len(self._patterns))}
        beside = enumerate(self._kept)
        if any(_are_twins(each, other) and number not in self._asked.busy for number, other in beside):
            searches = {
                (part, number)
                for block, part, number in self._asked.searched
                if part != DECORATORS and self._kept[block].block.kind in _KINDS
            }
        ranges = parts(each.block)
        return not any(file.holds(self._patterns[number], *ranges[part]) for part, number in searches)


def _are_twins(one: Nested, other: Nested) -> bool:
    """Whether two blocks stand at the top level, or in the same class, and are of one kind: who looks at one of them
    because of where it stands has looked at both."""
    block = other.block
    return one.parent is other.parent and one.block.kind == block.kind and block.start == block.line
