"""The file of measurements, written by `delete_lint.watch` and read back by ``delete-lint``: JSON, an entry a line.

    {"receiver": "shop.signals.reindex", "file": "shop/signals.py", "line": 31, "calls": 312, "seconds": 74.9, …}
    {"delete": "shop/views.py:40", "function": "purge", "model": "shop.Order", "how": "QuerySet.delete", …}

Files are named relative to the folder that the file of measurements lies in. `Measured` tells what entries mean.
"""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn

from delete_lint import disk
from delete_lint.graph.measured import Cost, Measured, MeasuredDelete, MeasuredReceiver
from delete_lint.graph.place import Place
from delete_lint.selection import unknown_name
from delete_lint.whole_file import write_whole

FILE = "delete-lint-measured.json"
VERSION = 1

_TOP = ("version", "about", "receivers", "deletes")
_COST = ("calls", "seconds", "longest", "queries", "database_seconds")
_RECEIVER = ("receiver", "module", "file", "line", "package", *_COST, "models")
_DELETE = (
    *("delete", "file", "line", "end_line", "function", "model", "how", "own"),
    *_COST,
    *("refused", "most_deleted", "rows_deleted", "rows_loaded"),
)
_ABOUT = "What deletes and their receivers took, measured by delete-lint; `delete-lint` weighs its findings with it."
_ENTRY = re.compile(r'"(receiver|delete)"\s*:\s*("(?:[^"\\]|\\.)*")')


class MeasuredError(Exception):
    """A file of measurements that cannot be used: where and why, in one line."""


# --- reading ------------------------------------------------------------------------------------------------------


def read_measured(file: Path, name: str = "") -> Measured:
    """The measurements of a file, the places in it absolute; ``name`` is what messages call it. Raises
    `MeasuredError`."""
    name = name or file.as_posix()
    try:
        text = disk.read_text(file)
    except OSError as error:
        raise MeasuredError(f"{name}: cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise MeasuredError(f"{name}: not valid JSON: {error}") from error
    return parse(text, file.absolute().parent, name)


def parse(text: str, folder: Path, name: str = "measurements") -> Measured:
    """The measurements of a text that `render` has made for a file in this folder. Raises `MeasuredError`."""
    try:
        written = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise MeasuredError(f"{name}: not valid JSON: {error}") from error
    return _Reader(name, os.path.abspath(folder), text).measured(written)


class _Reader:
    def __init__(self, name: str, folder: str, text: str) -> None:
        self.name = name
        self.folder = folder
        self.text = text
        self.line = 1

    def measured(self, written: object) -> Measured:
        if not isinstance(written, dict):
            self._wrong("must be an object, as delete_lint.watch writes it")
        self._known(written, _TOP)
        if written.get("version") != VERSION:
            self._wrong(f"version must be {VERSION}, not {written.get('version')!r}: it is of another delete-lint")
        lines = iter(self._lines())
        keyed: dict[tuple[object, ...], int] = {}
        receivers: list[MeasuredReceiver] = []
        deletes: list[MeasuredDelete] = []
        for entry in self._entries(written, "receivers"):
            self.line = next(lines, self.line)
            receivers.append(self._receiver(entry))
            keyed.setdefault(receivers[-1].key, self.line)
        for entry in self._entries(written, "deletes"):
            self.line = next(lines, self.line)
            deletes.append(self._delete(entry))
            keyed.setdefault(deletes[-1].key, self.line)
        return Measured(tuple(receivers), tuple(deletes), self.name, keyed)

    def _lines(self) -> list[int]:
        """The line of each entry, in the order in which they stand there: receivers first, as they are written."""
        found: dict[str, list[int]] = {"receiver": [], "delete": []}
        offset, line = 0, 1
        for match in _ENTRY.finditer(self.text):
            line += self.text.count("\n", offset, match.start())
            offset = match.start()
            found[match[1]].append(line)
        return [*found["receiver"], *found["delete"]]

    def _entries(self, written: Mapping[str, Any], key: str) -> list[Any]:
        entries = written.get(key, [])
        if not isinstance(entries, list):
            self._wrong(f"{key} must be a list, not {_short(entries)}")
        return entries

    def _receiver(self, entry: object) -> MeasuredReceiver:
        values = self._object(entry, _RECEIVER, ("receiver", "module"))
        package = values.get("package")
        module, title = self._text(values, "module"), self._text(values, "receiver")
        if not title.startswith(f"{module}.") and module:
            self._wrong(f"receiver {_short(title)} is not in its module {_short(module)}")
        return MeasuredReceiver(
            module=module,
            name=title[len(module) + 1 :] if module else title.removeprefix("."),
            place=self._place(values),
            package=self._text(values, "package") if package is not None else None,
            cost=self._cost(values),
            models=self._rows(values, "models"),
        )

    def _delete(self, entry: object) -> MeasuredDelete:
        values = self._object(entry, _DELETE, ("delete", "model"))
        own = values.get("own", True)
        if not isinstance(own, bool):
            self._wrong(f"own must be true or false, not {_short(own)}")
        return MeasuredDelete(
            place=self._place(values),
            function=self._text(values, "function"),
            model=self._text(values, "model"),
            how=self._text(values, "how"),
            own=own,
            cost=self._cost(values),
            refused=self._whole(values, "refused"),
            most_deleted=self._whole(values, "most_deleted"),
            rows_deleted=self._rows(values, "rows_deleted"),
            rows_loaded=self._rows(values, "rows_loaded"),
        )

    def _object(self, entry: object, known: tuple[str, ...], required: tuple[str, ...]) -> dict[str, Any]:
        if not isinstance(entry, dict):
            self._wrong(f"must be an object with {required[0]!r}, not {_short(entry)}")
        self._known(entry, known)
        for key in required:
            if key not in entry:
                self._wrong(f"has no {key}")
        return entry

    def _known(self, entry: Mapping[str, Any], known: tuple[str, ...]) -> None:
        for key in entry:
            if key not in known:
                self._wrong(unknown_name("key", key, known))

    def _place(self, values: Mapping[str, Any]) -> Place | None:
        if values.get("file") is None:
            return None
        file = os.path.normpath(os.path.join(self.folder, self._text(values, "file")))
        return Place(file.replace(os.sep, "/"), self._whole(values, "line"), end_line=self._whole(values, "end_line"))

    def _cost(self, values: Mapping[str, Any]) -> Cost:
        return Cost(
            calls=self._whole(values, "calls"),
            seconds=self._seconds(values, "seconds"),
            longest=self._seconds(values, "longest"),
            queries=self._whole(values, "queries"),
            database=self._seconds(values, "database_seconds"),
        )

    def _rows(self, values: Mapping[str, Any], key: str) -> dict[str, int]:
        rows = values.get(key, {})
        if not isinstance(rows, dict):
            self._wrong(f"{key} must be an object, not {_short(rows)}")
        return {label: self._whole(rows, label) for label in rows}

    def _text(self, values: Mapping[str, Any], key: str) -> str:
        text = values.get(key, "")
        if not isinstance(text, str):
            self._wrong(f"{key} must be a string, not {_short(text)}")
        return text

    def _whole(self, values: Mapping[str, Any], key: str) -> int:
        number = values.get(key, 0)
        if not isinstance(number, int) or isinstance(number, bool) or number < 0:
            self._wrong(f"{key} must be a whole number that is not negative, not {_short(number)}")
        return number

    def _seconds(self, values: Mapping[str, Any], key: str) -> float:
        number = values.get(key, 0)
        good = isinstance(number, (int, float)) and not isinstance(number, bool)
        if not good or not math.isfinite(number) or number < 0:
            self._wrong(f"{key} must be a number of seconds, not {_short(number)}")
        return float(number)

    def _wrong(self, problem: str) -> NoReturn:
        raise MeasuredError(f"{self.name}:{self.line}: {problem}")


def _short(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."


# --- writing ------------------------------------------------------------------------------------------------------


def write_measured(measured: Measured, file: Path) -> None:
    """Puts the measurements into a file, whole or not at all: who reads it meanwhile sees what was there before.

    Raises `OSError`."""
    write_whole(file, render(measured, file.absolute().parent).encode("utf-8", "surrogateescape"))


def render(measured: Measured, folder: Path) -> str:
    """The file's text: what cost most comes first."""
    receivers = sorted(measured.receivers, key=lambda each: (-each.cost.seconds, each.key))
    deletes = sorted(measured.deletes, key=lambda each: (-each.cost.seconds, each.key))
    listed = {
        "receivers": [_receiver(each, folder) for each in receivers],
        "deletes": [_delete(each, folder) for each in deletes],
    }
    return "".join(_text(listed))


def _text(listed: Mapping[str, list[dict[str, Any]]]) -> Iterator[str]:
    yield f'{{\n"version": {VERSION},\n"about": {json.dumps(_ABOUT)}'
    for key, entries in listed.items():
        rows = ",\n".join(json.dumps(entry, ensure_ascii=False) for entry in entries)
        yield f',\n"{key}": [{chr(10) if rows else ""}{rows}{chr(10) if rows else ""}]'
    yield "\n}\n"


def _receiver(each: MeasuredReceiver, folder: Path) -> dict[str, Any]:
    entry: dict[str, Any] = {"receiver": f"{each.module}.{each.name}", "module": each.module}
    if each.place is not None:
        entry |= {"file": _relative(each.place.file, folder), "line": each.place.line}
    if each.package is not None:
        entry["package"] = each.package
    return entry | _cost(each.cost) | {"models": dict(sorted(each.models.items()))}


def _delete(each: MeasuredDelete, folder: Path) -> dict[str, Any]:
    entry: dict[str, Any] = {"delete": each.model}
    if each.place is not None:
        file = _relative(each.place.file, folder)
        entry = {"delete": f"{file}:{each.place.line}", "file": file, "line": each.place.line}
        if each.place.end_line > each.place.line:
            entry["end_line"] = each.place.end_line
    entry |= {"function": each.function, "model": each.model, "how": each.how}
    if not each.own:
        entry["own"] = False
    entry |= _cost(each.cost)
    if each.refused:
        entry["refused"] = each.refused
    entry["most_deleted"] = each.most_deleted
    entry["rows_deleted"] = dict(sorted(each.rows_deleted.items()))
    entry["rows_loaded"] = dict(sorted(each.rows_loaded.items()))
    return entry


def _cost(cost: Cost) -> dict[str, Any]:
    times = (cost.calls, round(cost.seconds, 6), round(cost.longest, 6), cost.queries, round(cost.database, 6))
    return dict(zip(_COST, times, strict=True))


def _relative(file: str, folder: Path) -> str:
    try:
        return os.path.relpath(file, os.path.realpath(folder)).replace(os.sep, "/")
    except ValueError:  # another drive
        return file
