"""What is known of a file by its bytes alone, in a form that can be kept.

Nothing here may depend on another file, on the file's name or on the settings: the same facts are right for the same
bytes wherever they turn up.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import TypeVar

import msgspec

from delete_lint.source.beside import Beside
from delete_lint.source.decoding import Unreadable
from delete_lint.source.outline import Block
from delete_lint.source.syntax import Import, Stmt
from delete_lint.source.tokens import Problem

T = TypeVar("T")


class Mistake(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """An `Unreadable` to be kept."""

    line: int
    column: int
    message: str


class _Outlined(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    blocks: list[Block]
    problems: list[Problem]


class _Lowered(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    statements: list[Stmt]
    mistake: Mistake | None


class _Kept(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    """Each part by itself, for it is decoded only when somebody asks for it. ``mistakes`` is None when nobody has
    looked for one."""

    outline: bytes = b""
    imports: bytes = b""
    lowered: dict[int, bytes] = {}
    mistakes: list[Mistake] | None = None
    rows: bytes = b""


_encoder = msgspec.msgpack.Encoder()
_kept = msgspec.msgpack.Decoder(_Kept)
_outlined = msgspec.msgpack.Decoder(_Outlined)
_imports = msgspec.msgpack.Decoder(list[Import])
_lowered = msgspec.msgpack.Decoder(_Lowered)


class Facts:
    """The facts of one file. What is asked for is None when it is not known (yet).

    Some things cannot be encoded, such as an integer of more than 64 bits: they are not kept.
    """

    __slots__ = ("_kept", "is_news")

    def __init__(self, stored: bytes | None = None) -> None:
        """``stored`` is what `encoded` gave; anything else is as good as nothing."""
        self._kept = (_decoded(_kept, stored) if stored else None) or _Kept()
        self.is_news = False

    def encoded(self) -> bytes:
        return _encoder.encode(self._kept)

    @property
    def outline(self) -> tuple[list[Block], list[Problem]] | None:
        found = _decoded(_outlined, self._kept.outline)
        return (found.blocks, found.problems) if found is not None else None

    def keep_outline(self, blocks: list[Block], problems: list[Problem]) -> None:
        self._kept.outline = self._encoded(_Outlined(blocks, problems))

    @property
    def rows(self) -> bytes:
        """The rows of the outline (`delete_lint.source.questions.rows`), empty when they are not known."""
        return self._kept.rows

    def keep_rows(self, rows: bytes) -> None:
        self._kept.rows = rows
        self.is_news = True

    @property
    def imports(self) -> list[Import] | None:
        return _decoded(_imports, self._kept.imports)

    def keep_imports(self, imports: list[Import]) -> None:
        self._kept.imports = self._encoded(imports)

    def lowered(self, begin: int) -> list[Stmt] | Unreadable | None:
        """The statements of the block that begins there, or why it has none."""
        found = _decoded(_lowered, self._kept.lowered.get(begin, b""))
        if found is None or found.mistake is None:
            return found.statements if found is not None else None
        return Unreadable(found.mistake.line, found.mistake.column, found.mistake.message)

    def keep_lowered(self, begin: int, found: list[Stmt] | Unreadable) -> None:
        if isinstance(found, Unreadable):
            kept = _Lowered([], Mistake(found.line, found.column, found.message))
        else:
            kept = _Lowered(found, None)
        if data := self._encoded(kept):
            self._kept.lowered[begin] = data

    @property
    def mistakes(self) -> list[Mistake] | None:
        """The file's first mistake, if it has one."""
        return self._kept.mistakes

    def keep_mistakes(self, mistakes: list[Mistake]) -> None:
        if self._encoded(mistakes):
            self._kept.mistakes = mistakes

    def _encoded(self, part: object) -> bytes:
        try:
            data = _encoder.encode(part)
        except (OverflowError, UnicodeEncodeError, RecursionError):
            return b""
        self.is_news = True
        return data


def _decoded(decoder: msgspec.msgpack.Decoder[T], data: bytes) -> T | None:
    if not data:
        return None
    try:
        return decoder.decode(data)
    except (msgspec.MsgspecError, ValueError, OverflowError, RecursionError):
        return None


class Known:
    """The facts of all files that a run meets, by their bytes: the same ones are read once."""

    def __init__(self) -> None:
        self._facts: dict[bytes, Facts] = {}
        self._notes: dict[bytes, bytes] = {}
        self.beside = Beside()
        """What is being found out elsewhere in the meantime."""

    def of(self, data: bytes, key: bytes | None = None) -> Facts:
        """The facts of these bytes; ``key`` is what `key_of` gives of them, if somebody has asked for it already."""
        key = key or key_of(data)
        found = self._facts.get(key)
        if found is None:
            found = self._facts[key] = self._new(key)
        return found

    def _new(self, key: bytes) -> Facts:
        stored = self._stored(key)
        told = self.beside.outlines.pop(key, None) if stored is None else None
        found = Facts(stored if told is None else told)
        found.is_news = told is not None
        return found

    @property
    def is_empty(self) -> bool:
        """Whether every file is new."""
        return not self._facts

    def _stored(self, key: bytes) -> bytes | None:
        """What an earlier run knew."""
        return None

    def noted(self, key: bytes) -> bytes | None:
        """What was noted under a key, by this run or by one before it, that goes by all that it hangs on."""
        return self._notes.get(key)

    def note(self, key: bytes, data: bytes) -> None:
        """Keeps what is no fact of a file, and took long to find out."""
        self._notes[key] = data

    def details(self) -> Iterator[str]:
        """What there is to tell about it, a line each."""
        return iter(())


def key_of(data: bytes) -> bytes:
    """What the facts of a file go by."""
    return hashlib.sha256(data).digest()


def key_of_parts(parts: Iterable[bytes]) -> bytes:
    """What goes by several things goes by this, which tells where each of them ends."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.digest()
