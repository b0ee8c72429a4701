"""What was found in files as they were at a commit, kept for the next change that is compared with it.

It goes by all that the findings hang on: the bytes of every file, their names, the settings, the version of Django, and
delete-lint itself with its rules. So a commit that was linted on another branch, or before the last one was undone, is
known again, and nothing else is.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import msgspec

from delete_lint.cache import folder as folders
from delete_lint.cache.keeping import MOST_ANSWERS, MOST_BYTES, code
from delete_lint.settings import Settings
from delete_lint.source.contents import Contents
from delete_lint.source.discover import Tree
from delete_lint.source.django_version import find_django_version
from delete_lint.source.facts import Known, key_of

_DIGEST = 32


class Found(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Entries of a baseline, each by its four parts, in their order."""

    entries: tuple[tuple[str, str, str, str], ...]


_decoder = msgspec.msgpack.Decoder(Found)


class Before:
    """What is known of one tree of files. Without a folder for the cache nothing is."""

    def __init__(self, tree: Tree, settings: Settings, known: Known) -> None:
        self._folder = settings.cache_dir
        self._key = _key(tree, settings, known) if self._folder is not None else None

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

    def keep(self, found: Found) -> None:
        """What cannot be kept will be found out again."""
        if self._key is None or self._folder is None:
            return
        with suppress(OSError, UnicodeEncodeError):
            data = msgspec.msgpack.encode(found)
            folders.make(self._folder)
            folders.write_answer(self._path, self._key + hashlib.sha256(data).digest() + data)
            folders.thin_out(self._folder, MOST_ANSWERS, MOST_BYTES)

    @property
    def _path(self) -> str:
        assert self._key is not None
        assert self._folder is not None
        return os.path.join(self._folder, f"before-{self._key.hex()[:16]}.run")


def _key(tree: Tree, settings: Settings, known: Known) -> bytes | None:
    """None when a file cannot be read: what is said then may be another thing next time."""
    digest = hashlib.sha256()
    try:
        for part in _parts(tree, settings, known):
            digest.update(len(part).to_bytes(8, "big"))
            digest.update(part)
    except (OSError, UnicodeEncodeError):
        return None
    return digest.digest()


def _parts(tree: Tree, settings: Settings, known: Known) -> Iterator[bytes]:
    yield sys.version.encode()
    for path in sorted(code(settings.plugins)):
        if os.path.isfile(path):
            yield path.encode()
            yield Path(path).read_bytes()
    here = replace(settings, cache_dir=None, baseline=None)
    yield repr(here).encode()
    yield repr((tree.root, tree.common, tree.problems, find_django_version(tree.common, settings))).encode()
    contents = Contents(known)
    for files in (tree.files, tree.migrations, tree.others):
        for source in files:
            yield repr((source.location, source.name, source.module, source.root, source.aliases)).encode()
            yield key_of(contents.data(source))  # names are looked up in the others too
        yield b""
