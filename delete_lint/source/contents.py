"""The files of a run, each read from the disk once, and what is known of them."""

from __future__ import annotations

from collections.abc import Iterable

from delete_lint import disk
from delete_lint.source.discover import SourcePath
from delete_lint.source.facts import Facts, Known
from delete_lint.source.file import SourceFile
from delete_lint.source.questions import Questions


class Contents:
    """All methods raise `OSError` when the file cannot be read."""

    def __init__(self, known: Known | None = None) -> None:
        self.known = known if known is not None else Known()
        self.questions = Questions()
        self._bytes: dict[str, bytes] = {}
        self._facts: dict[str, Facts] = {}
        self._opened: dict[str, SourceFile] = {}

    def data(self, source: SourcePath) -> bytes:
        found = self._bytes.get(source.name)
        if found is None:
            found = self._bytes[source.name] = source.read_bytes()
        return found

    def facts(self, source: SourcePath) -> Facts:
        found = self._facts.get(source.name)
        if found is None:
            data = self.data(source)
            found = self._facts[source.name] = self.known.of(data, self._digest(source))
        return found

    def _digest(self, source: SourcePath) -> bytes | None:
        looks = disk.noted() if source.content is None else None
        return looks.digest(source.location) if looks is not None else None

    def forget(self, names: Iterable[str]) -> None:
        """Has these files read anew."""
        for name in names:
            self._bytes.pop(name, None)
            self._facts.pop(name, None)
            self._opened.pop(name, None)

    def open(self, source: SourcePath) -> SourceFile:
        """Raises `delete_lint.source.file.Unreadable` too."""
        found = SourceFile(source.name, self.data(source), self.facts(source), self.questions.of(source.name))
        self._opened[source.name] = found
        return found

    def unasked(self, source: SourcePath) -> SourceFile:
        """A file of which to ask what nobody takes note of; what is known of it since it was opened is known. Raises
        `delete_lint.source.file.Unreadable` too."""
        opened = self._opened.get(source.name)
        if opened is not None:
            return opened.unasked()
        return SourceFile(source.name, self.data(source), self.facts(source))
