"""The files of a run, each read from the disk once, and what is known of them."""

from __future__ import annotations

from delete_lint.source.discover import SourcePath
from delete_lint.source.facts import Facts, Known
from delete_lint.source.file import SourceFile


class Contents:
    """All methods raise `OSError` when the file cannot be read."""

    def __init__(self, known: Known | None = None) -> None:
        self._known = known if known is not None else Known()
        self._bytes: dict[str, bytes] = {}
        self._facts: dict[str, Facts] = {}

    def data(self, source: SourcePath) -> bytes:
        found = self._bytes.get(source.name)
        if found is None:
            found = self._bytes[source.name] = source.read_bytes()
        return found

    def facts(self, source: SourcePath) -> Facts:
        found = self._facts.get(source.name)
        if found is None:
            found = self._facts[source.name] = self._known.of(self.data(source))
        return found

    def open(self, source: SourcePath) -> SourceFile:
        """Raises `delete_lint.source.file.Unreadable` too."""
        return SourceFile(source.name, self.data(source), self.facts(source))
