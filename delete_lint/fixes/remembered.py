"""Fixes that an earlier run wrote: the same bytes, the same remedy and the same files give the same fix, and whoever
knows it has no need of libcst."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

import msgspec

from delete_lint.findings import Finding, Fix
from delete_lint.fixes import place_of
from delete_lint.remedies import Remedy
from delete_lint.source.contents import Contents
from delete_lint.source.discover import SourcePath
from delete_lint.source.facts import key_of, key_of_parts

_HERE = Path(__file__).parent


class _Kept(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    fix: Fix | None


_encoder = msgspec.msgpack.Encoder()
_kept = msgspec.msgpack.Decoder(_Kept)


class RememberedFixes:
    """The fixes in ``files``, by name, as far as they are known; ``names`` are those that may be changed."""

    def __init__(self, files: Mapping[str, SourcePath], contents: Contents, names: Collection[str]) -> None:
        self._files = files
        self._contents = contents
        self._names = names
        self._frame: bytes | None = None
        self._keys: dict[Remedy, bytes] = {}

    def known(self, wanted: Iterable[Remedy]) -> dict[Remedy, Fix | None]:
        """Those of these remedies that an earlier run has tried."""
        found: dict[Remedy, Fix | None] = {}
        for remedy in wanted:
            key = self._key(remedy)
            data = self._contents.known.noted(key) if key is not None else None
            if data is not None:
                try:
                    found[remedy] = _kept.decode(data).fix
                except (msgspec.MsgspecError, ValueError):
                    continue
        return found

    def remember(self, findings: Iterable[Finding]) -> None:
        """Keeps the fixes of findings that have a remedy, and that none is possible where there is none."""
        for finding in findings:
            remedy = finding.remedy
            if remedy is not None and (key := self._key(remedy)) is not None:
                try:
                    self._contents.known.note(key, _encoder.encode(_Kept(finding.fix)))
                except UnicodeEncodeError:  # a text with half a character
                    continue

    def _key(self, remedy: Remedy) -> bytes | None:
        """What a fix hangs on, all of its file among it; None for a file that is not there."""
        found = self._keys.get(remedy)
        if found is None:
            source = self._files.get(place_of(remedy).file)
            if source is None:
                return None
            if self._frame is None:
                self._frame = key_of_parts(
                    (*_code(), "\0".join(sorted(self._names)).encode("utf-8", "surrogateescape"))
                )
            self._contents.questions.of(source.name).is_whole = True
            kind = type(remedy).__name__.encode()
            try:
                data = self._contents.data(source)
                found = key_of_parts((self._frame, kind, _encoder.encode(remedy), key_of(data)))
            except (OSError, UnicodeEncodeError):
                return None
            self._keys[remedy] = found
        return found


def _code() -> Iterable[bytes]:
    """The modules that write fixes, and those that say what there is to be written."""
    files = [*sorted(_HERE.glob("*.py")), _HERE.parent / "remedies.py", _HERE.parent / "findings.py"]
    return (file.read_bytes() for file in files)
