"""A pack: many entries in one file, each found by its key and proved by its own check sum.

A file is its mark, the length and the check sum of the index, the index, and the entries one after the other. It is
written once, so readers need no lock; what does not prove sound is as good as not there.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import BinaryIO

import msgspec

MARK = b"delete-lint facts\n"
_HEAD = struct.Struct(">Q16s")
_KEY = 32


class _Line(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    key: bytes
    length: int
    day: int
    sum: bytes


_encoder = msgspec.msgpack.Encoder()
_index = msgspec.msgpack.Decoder(list[_Line])


@dataclass(frozen=True, slots=True)
class Entry:
    """Something by its key, and the day, counted from 1970, when it was last used."""

    data: bytes
    day: int


@dataclass(frozen=True, slots=True)
class _Place:
    offset: int
    length: int
    day: int
    sum: bytes


class Pack:
    """A pack that is being read. Close it."""

    def __init__(self, path: str) -> None:
        """Raises `OSError`."""
        self.path = path
        self._file: BinaryIO = open(path, "rb", buffering=0)  # noqa: SIM115
        try:
            self._places = self._read()
        except OSError:
            self._file.close()
            raise

    def __enter__(self) -> Pack:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._file.close()

    def _read(self) -> dict[bytes, _Place]:
        head = self._at(0, len(MARK) + _HEAD.size)
        if len(head) < len(MARK) + _HEAD.size or not head.startswith(MARK):
            return {}
        length, check = _HEAD.unpack_from(head, len(MARK))
        offset = len(head) + length
        size = self._file.seek(0, 2)
        if offset > size:
            return {}
        index = self._at(len(head), length)
        if _sum(index) != check:
            return {}
        places: dict[bytes, _Place] = {}
        try:
            for line in _index.decode(index):
                places[line.key] = _Place(offset, line.length, line.day, line.sum)
                offset += line.length
        except (msgspec.MsgspecError, ValueError):
            return {}
        return places

    def _at(self, offset: int, length: int) -> bytes:
        self._file.seek(offset)
        return self._file.read(length)

    def length(self, key: bytes) -> int:
        """How long an entry is said to be; -1 when there is none."""
        place = self._places.get(key)
        return place.length if place is not None else -1

    def get(self, key: bytes) -> bytes | None:
        place = self._places.get(key)
        entry = self._entry(place) if place is not None else None
        return entry.data if entry is not None else None

    def entries(self) -> Iterator[tuple[bytes, Entry]]:
        for key, place in self._places.items():
            if (entry := self._entry(place)) is not None:
                yield key, entry

    def _entry(self, place: _Place) -> Entry | None:
        try:
            data = self._at(place.offset, place.length)
        except (OSError, OverflowError, ValueError, MemoryError):
            return None
        return Entry(data, place.day) if len(data) == place.length and _sum(data) == place.sum else None


def packed(entries: Mapping[bytes, Entry]) -> bytes:
    """The bytes of a pack of these."""
    lines = [_Line(key, len(entry.data), entry.day, _sum(entry.data)) for key, entry in entries.items()]
    index = _encoder.encode(lines)
    return b"".join((MARK, _HEAD.pack(len(index), _sum(index)), index, *(entry.data for entry in entries.values())))


def _sum(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()[:16]
