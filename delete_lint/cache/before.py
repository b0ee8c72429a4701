"""What was found in a tree of files, kept for the next change that is compared with it.

It goes by all that the findings hang on: the bytes of every file, their names, the settings, the version of Django, and
delete-lint itself with its rules. So a commit that was linted on another branch, or before the last one was undone, is
known again, and nothing else is. Where a few files differ that answer all that was asked of them as before
(`delete_lint.cache.alike`), the same is found in both.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path

import msgspec

from delete_lint.cache import folder as folders
from delete_lint.cache.alike import Alike
from delete_lint.cache.answers import MOST_CHANGED
from delete_lint.cache.keeping import MOST_ANSWERS, MOST_BYTES, code
from delete_lint.cache.told import ToldLines
from delete_lint.findings import Finding, Fix, Note, Severity
from delete_lint.graph.place import Place
from delete_lint.report import Report, Summary
from delete_lint.settings import Settings
from delete_lint.source.contents import Contents
from delete_lint.source.discover import SourcePath, Tree
from delete_lint.source.django_version import find_django_version
from delete_lint.source.facts import Known, key_of, key_of_parts
from delete_lint.source.file import SourceFile, Unreadable

_DIGEST = 32


class KeptFinding(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A `delete_lint.findings.Finding` as it is written, without what it was made of."""

    place: Place
    message: str
    help: str
    identity: str
    notes: tuple[Note, ...]
    fix: Fix | None
    rule: str
    severity: Severity
    fingerprint: str
    statement: str

    @classmethod
    def of(cls, finding: Finding) -> KeptFinding:
        return cls(**{name: getattr(finding, name) for name in cls.__struct_fields__})

    @property
    def finding(self) -> Finding:
        return Finding(**msgspec.structs.asdict(self))


class Found(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """The findings; entries of a baseline, each by its four parts, in their order; what was looked at and warned of;
    and what was asked of the files, empty when nobody can tell."""

    findings: tuple[KeptFinding, ...]
    entries: tuple[tuple[str, str, str, str], ...]
    summary: Summary
    warnings: tuple[str, ...]
    record: bytes


_decoder = msgspec.msgpack.Decoder(Found)


class Before:
    """What is known of one tree of files. Without a folder for the cache nothing is."""

    def __init__(self, tree: Tree, settings: Settings, known: Known) -> None:
        self.tree = tree
        self._folder = settings.cache_dir
        self._contents = Contents(known)
        self._frame = b""
        self._digests: dict[str, bytes] = {}
        self._key: bytes | None = None
        if self._folder is not None:
            with suppress(OSError, UnicodeEncodeError):
                self._frame = key_of_parts(_frame(tree, settings))
                self._digests = {
                    source.name: key_of(self._contents.data(source)) for source in _sources(tree)
                }  # names are looked up in the others too
                self._key = key_of_parts((self._frame, *self._digests.values()))

    @property
    def found(self) -> Found | None:
        if self._key is None:
            return None
        try:
            data = Path(self._path).read_bytes()
        except OSError:
            return None
        head, rest = data[: 2 * _DIGEST], data[2 * _DIGEST :]
        if head != self._key + hashlib.sha256(rest).digest():
            return None
        try:
            return _decoder.decode(rest)
        except (msgspec.MsgspecError, ValueError):
            return None

    def keep(self, report: Report, entries: Iterable[tuple[str, str, str, str]]) -> None:
        """Keeps what was found in these files; ``entries`` are those of the report. What cannot be kept will be found
        out again."""
        if self._key is None or self._folder is None:
            return
        with suppress(OSError, UnicodeEncodeError):
            found = Found(
                tuple(map(KeptFinding.of, report.findings)),
                tuple(entries),
                report.summary,
                report.warnings,
                self._record(report),
            )
            data = msgspec.msgpack.encode(found)
            folders.make(self._folder)
            folders.write_answer(self._path, self._key + hashlib.sha256(data).digest() + data)
            folders.thin_out(self._folder, MOST_ANSWERS, MOST_BYTES)

    def _record(self, report: Report) -> bytes:
        if report.record is None:
            return b""
        names = {source.location: source.name for source in _sources(self.tree)}
        return report.record(report.whole, (), ToldLines(report), names.__getitem__)

    def finds_the_same(self, now: Before, found: Found, *, in_place: bool) -> bool:
        """Whether in other files, few of which differ, the same must be found as in these, and, ``in_place``, at the
        same lines."""
        if self._key is None or now._key is None or not found.record:
            return False
        if self._frame != now._frame or self._digests.keys() != now._digests.keys():
            return False
        changed = [name for name, digest in now._digests.items() if self._digests[name] != digest]
        if len(changed) > MOST_CHANGED:
            return False
        sources = {source.name: source for source in _sources(now.tree)}
        try:
            return Alike(found.record).all_answer_alike(
                changed, lambda name: now._contents.data(sources[name]), in_place=in_place
            )
        except (OSError, ValueError):
            return False

    def sources(self, findings: Iterable[Finding]) -> dict[str, SourceFile]:
        """The files that findings name, as far as they can be read."""
        names = {place.file for each in findings for place in (each.place, *(note.place for note in each.notes))}
        found: dict[str, SourceFile] = {}
        for source in _sources(self.tree):
            if source.name in names:
                with suppress(OSError, Unreadable):
                    found[source.name] = self._contents.open(source)
        return found

    @property
    def _path(self) -> str:
        assert self._key is not None
        assert self._folder is not None
        return os.path.join(self._folder, f"before-{self._key.hex()[:16]}.run")


def _frame(tree: Tree, settings: Settings) -> Iterator[bytes]:
    """All that findings hang on, but for the bytes of the files."""
    yield _maker(settings.plugins)
    here = replace(settings, cache_dir=None, baseline=None)
    yield repr(here).encode()
    yield repr((tree.root, tree.common, tree.problems, find_django_version(tree.common, settings))).encode()
    for files in (tree.files, tree.migrations, tree.others):
        for source in files:
            yield repr((source.location, source.name, source.module, source.root, source.aliases)).encode()
        yield b""


@cache
def _maker(plugins: tuple[str, ...]) -> bytes:
    """Stands for the Python and for the code that lints."""
    digest = hashlib.sha256(sys.version.encode())
    for path in sorted(code(plugins)):
        if os.path.isfile(path):
            data = Path(path).read_bytes()
            digest.update(f"{path}\0{len(data)}\0".encode("utf-8", "surrogateescape") + data)
    return digest.digest()


def _sources(tree: Tree) -> tuple[SourcePath, ...]:
    return (*tree.files, *tree.migrations, *tree.others)
