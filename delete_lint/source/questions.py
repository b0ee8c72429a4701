"""What a run asks of the bytes and of the text of its files, noted so that a file of other bytes that gives the same
answers need not be linked anew.

Whoever takes all bytes of a file, or all its lines, has asked for the whole of it. Everything else is narrower: whether
some bytes are in it, what a pattern finds, how its blocks lie, what stands in some of them. Whoever shows a line asks
for all down to it, so that it is where it was.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import NamedTuple
from zlib import crc32

from delete_lint.source.outline import Block
from delete_lint.source.syntax import Import

_DIGEST = 8
#: Bytes.
ROW = 4
#: The number of the decorators among the `parts`.
DECORATORS = 3
#: Characters. What is longer is a table of data, from which nobody makes classes, receivers or querysets.
LONGEST_STATEMENT = 100_000


def digest(*parts: bytes) -> bytes:
    """Stands for an answer."""
    found = blake2b(digest_size=_DIGEST)
    for part in parts:
        found.update(len(part).to_bytes(8, "big"))
        found.update(part)
    return found.digest()


class TextQuestions:
    """What was asked of the text of one file. Ranges of lines are those of `SourceFile.between`."""

    __slots__ = ("blocks", "imports", "is_whole", "lowered", "missed", "ranges", "searches", "shown", "sought")

    def __init__(self) -> None:
        self.is_whole = False
        """Whether nothing of it may change."""
        self.shown = 0
        """So many lines at the top hold all that was shown: none of these may change."""
        self.blocks = False
        """Whether somebody has asked which blocks there are."""
        self.imports = False
        self.lowered: set[int] = set()
        """The offsets at which blocks begin that were read as statements."""
        self.missed: set[str] = set()
        """Names of functions, methods, variables and imports that were looked up and are not there."""
        self.sought: set[str] = set()
        """Names of what might have been imported, from whatever module."""
        self.ranges: set[tuple[int, int]] = set()
        self.searches: dict[tuple[int, int, re.Pattern[str]], bool] = {}

    @property
    def is_idle(self) -> bool:
        """Whether nobody has asked anything."""
        asked = self.is_whole or self.blocks or self.imports or self.shown
        return not (asked or self.lowered or self.ranges or self.searches)

    def show(self, line: int) -> None:
        """Notes that a line is shown, counted from 1."""
        self.shown = max(self.shown, line)


class Holders:
    """Who holds any of some bytes, or what a pattern finds, so far as somebody has looked: linted files, by index."""

    __slots__ = ("holders", "seen")

    def __init__(self) -> None:
        self.holders: list[int] = []
        self.seen = 0


class Questions:
    """What was asked of all files of a run, by their names."""

    def __init__(self) -> None:
        self.texts: dict[str, TextQuestions] = {}
        self.needles: dict[tuple[bytes, ...], Holders] = {}
        self.patterns: dict[re.Pattern[bytes], Holders] = {}
        self.found: dict[re.Pattern[bytes], dict[str, bytes]] = {}
        """What patterns find in the bytes of files, as a `digest`."""
        self.held: dict[bytes, dict[str, bool]] = {}
        """Which of some files hold some bytes, where not all were asked."""
        self.matched: dict[re.Pattern[bytes], dict[str, bool]] = {}
        """Whether patterns are found in the bytes of files."""
        self.mentioned: dict[bytes, bool] = {}
        """Whether any of the linted files holds some bytes."""

    def of(self, name: str) -> TextQuestions:
        """Those about the text of one file."""
        found = self.texts.get(name)
        if found is None:
            found = self.texts[name] = TextQuestions()
        return found

    def note_holders(self, pattern: re.Pattern[bytes], holders: Sequence[int], seen: int) -> None:
        noted = self.patterns[pattern] = Holders()
        noted.holders.extend(holders)
        noted.seen = seen

    def note_found(self, name: str, pattern: re.Pattern[bytes], found: Sequence[bytes | tuple[bytes, ...]]) -> None:
        self.found.setdefault(pattern, {})[name] = found_digest(found)


def found_digest(found: Sequence[bytes | tuple[bytes, ...]]) -> bytes:
    """What `re.Pattern.findall` gave, in short."""
    if not found:
        return b""
    return digest(*(part for each in found for part in ((each,) if isinstance(each, bytes) else each)))


class Imported(NamedTuple):
    """A name that is imported: ``import name``, or from a module at a level. ``local`` is what it is called here."""

    module: str | None
    level: int
    name: str
    local: str


def imported(imports: Iterable[Import]) -> list[Imported]:
    """What import statements bring, name by name."""
    return [
        Imported(each.module, each.level, name.name, name.alias or name.name.partition(".")[0])
        for each in imports
        for name in each.names
    ]


def import_rows(names: Iterable[Imported]) -> bytes:
    """`ROW` bytes for each imported name."""
    return b"".join(_row(repr(tuple(name))) for name in names)


class Nested(NamedTuple):
    """A block and where it stands."""

    block: Block
    depth: int
    parent: Block | None


def flat(blocks: Iterable[Block], depth: int = 0, parent: Block | None = None) -> list[Nested]:
    """All blocks, those in front first."""
    found: list[Nested] = []
    for block in blocks:
        found.append(Nested(block, depth, parent))
        if block.children:
            found += flat(block.children, depth + 1, block)
    return found


def parts(block: Block) -> tuple[tuple[int, int], ...]:
    """The ranges of lines that are asked for, as `SourceFile.between` takes them: the whole block, without its
    decorators, without its first line too, and the decorators by themselves."""
    whole, bare, inside = (block.start - 1, block.end), (block.line - 1, block.end), (block.line, block.end)
    return whole, bare, inside, (block.start - 1, block.line - 1)


def is_long(block: Block) -> bool:
    """Whether a block is too long to be read."""
    return block.stop - block.begin > LONGEST_STATEMENT


def rows(blocks: Iterable[Nested]) -> bytes:
    """`ROW` bytes for each block, which stand for all that is known of it without its text, but for its lines."""
    return b"".join(
        _row(
            f"{depth} {block.kind} {block.start == block.line} {block.indent} {block.name} {block.names}"
            f" {block.bases!r} {is_long(block)}"
        )
        for block, depth, _ in blocks
    )


def _row(text: str) -> bytes:
    return crc32(text.encode("utf-8", "surrogatepass")).to_bytes(ROW, "big")


def placed(blocks: Iterable[Nested], told: int) -> bytes:
    """On which lines those blocks are that begin, or end, down to the line ``told``, as a `digest`."""
    lines = [
        f"{block.start} {block.line} {block.header_end} {min(block.end, told + 1)}"
        for block, _, _ in blocks
        if block.start <= told
    ]
    return digest("\n".join(lines).encode())
