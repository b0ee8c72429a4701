"""The facts of files in packs on the disk: asked when a file is met, added to at the end of a run."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from delete_lint.cache import folder as folders
from delete_lint.cache.folder import PackFile
from delete_lint.cache.maker import maker
from delete_lint.cache.pack import Entry, Pack, packed
from delete_lint.source.facts import Known, key_of

#: Bytes that all packs together may take.
LIMIT = 256_000_000
#: So many packs are read; one more, and they are made into one.
PACKS = 8
#: Days after which what nobody has used goes when packs are made into one.
UNUSED = 30
#: Seconds after which nobody is still writing.
_FORGOTTEN = 3600
_DAY = 86_400


class Store(Known):
    """What packs in a folder know. Leaving its context closes them; `save` adds one for what is new."""

    def __init__(self, folder: Path, passing: Collection[bytes] = (), *, limit: int = LIMIT) -> None:
        super().__init__()
        self._folder = folder
        self._passing = frozenset(map(key_of, passing))
        self._limit = limit
        self._packs: list[Pack] | None = None
        self._hits: set[bytes] = set()
        self._used: set[bytes] = set()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for pack in self._packs or ():
            pack.close()

    def details(self) -> Iterator[str]:
        yield f"cache: {len(self._hits)} of {len(self._facts)} files known, in {self._folder}"

    @property
    def is_empty(self) -> bool:
        return super().is_empty and not self._opened()

    def _stored(self, key: bytes) -> bytes | None:
        found = self._in_packs(key)
        if found is not None:
            self._hits.add(key)
        return found

    def noted(self, key: bytes) -> bytes | None:
        found = super().noted(key)
        if found is None and (found := self._in_packs(key)) is not None:
            self._used.add(key)
        return found

    def note(self, key: bytes, data: bytes) -> None:
        if self.noted(key) is None:  # what is there says the same, though sets may have another order
            super().note(key, data)

    def _in_packs(self, key: bytes) -> bytes | None:
        # Two runs may have added to the facts of a file at once: the longer entry has more of them.
        for pack in sorted(self._opened(), key=lambda pack: -pack.length(key)):
            if (found := pack.get(key)) is not None:
                return found
        return None

    def _opened(self) -> list[Pack]:
        if self._packs is None:
            self._packs = []
            self._maker = maker()
            with suppress(OSError):
                for file in folders.packs(self._folder):
                    if file.maker == self._maker:
                        with suppress(OSError):
                            self._packs.append(Pack(file.path))
        return self._packs

    # --- at the end of a run ------------------------------------------------------------------------------------

    def save(self) -> None:
        """Writes what is new; when that cannot be done, the next run has to find it out again."""
        today = int(time.time() // _DAY)
        news = {
            key: Entry(facts.encoded(), today)
            for key, facts in self._facts.items()
            if facts.is_news and key not in self._passing
        }
        news |= {key: Entry(data, today) for key, data in self._notes.items()}
        if not news:
            return
        with suppress(OSError):
            folders.make(self._folder)
            self._write(news, today)
            self._tidy()

    def _write(self, news: dict[bytes, Entry], today: int) -> None:
        packs = self._opened()
        if len(packs) < PACKS:
            folders.write(self._folder, self._maker, packed(news))
            return
        together = self._together(packs, news, today)
        folders.write(self._folder, self._maker, packed(together))
        for pack in packs:
            pack.close()
            folders.remove(pack.path)

    def _together(self, packs: list[Pack], news: dict[bytes, Entry], today: int) -> dict[bytes, Entry]:
        """The entries of all packs, without those that nobody has used for long; the oldest go first when they are
        too many."""
        found = dict(news)
        for pack in packs:
            for key, entry in pack.entries():
                known = found.get(key)
                data = entry.data if known is None or len(entry.data) > len(known.data) else known.data
                day = max(
                    today if key in self._facts or key in self._used else entry.day,
                    known.day if known is not None else 0,
                )
                found[key] = Entry(data, day)
        kept: dict[bytes, Entry] = {}
        size = 0
        for key, entry in sorted(found.items(), key=lambda item: -item[1].day):
            size += len(entry.data)
            if today - entry.day > UNUSED or size > self._limit // 2:
                break
            kept[key] = entry
        return kept

    def _tidy(self) -> None:
        """Removes what nobody will read: leftovers, and, when it is too much, the oldest packs, those of other
        versions first."""
        now = time.time()
        for path in folders.unfinished(self._folder):
            with suppress(OSError):
                if now - Path(path).stat().st_mtime > _FORGOTTEN:
                    folders.remove(path)

        def worth(file: PackFile) -> tuple[bool, float]:
            return file.maker == self._maker, file.written

        files = sorted(folders.packs(self._folder), key=worth, reverse=True)
        size = 0
        for file in files:
            size += file.size
            if size > self._limit or (file.maker != self._maker and now - file.written > UNUSED * _DAY):
                folders.remove(file.path)
