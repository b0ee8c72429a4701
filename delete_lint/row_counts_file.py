"""The file of row counts, made by ``manage.py delete_counts`` and committed: a table for each model, an entry a line.

    ["shop.Line"]
    rows = 1_200_000
    bytes = 64
    large.payload = 4_200
    per.order = { mean = 10, worst = 4_000 }

`TableCounts` tells what the entries mean.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn

from delete_lint import disk
from delete_lint.graph.row_counts import FanOut, RowCounts, TableCounts
from delete_lint.graph.weight import two_digits
from delete_lint.selection import unknown_name

FILE = "delete-lint-counts.toml"

_KEYS = ("rows", "bytes", "large", "per", "package")
_FAN_OUT = ("mean", "worst")

_HEADER = re.compile(r"\s*\[(?P<key>[^\[\]]+)\]")
_ENTRY = re.compile(r"\s*(?P<key>[^=#\[]+?)\s*=")
_PART = re.compile(r"""\s*(?:"(?P<basic>[^"]*)"|'(?P<literal>[^']*)'|(?P<bare>[\w-]+))\s*(?:\.|$)""")


class RowCountsError(Exception):
    """A file of row counts that cannot be used: where and why, in one line."""


# --- reading ------------------------------------------------------------------------------------------------------


def read_row_counts(file: Path, name: str = "") -> RowCounts:
    """The row counts of a file; ``name`` is what messages call it. Raises `RowCountsError`."""
    name = name or file.as_posix()
    try:
        text = disk.read_text(file)
        written = tomllib.loads(text)
    except OSError as error:
        raise RowCountsError(f"{name}: cannot be read: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise RowCountsError(f"{name}: not valid TOML: {error}") from error
    return _Reader(name, dict(_lines(text))).counts(written)


def _lines(text: str) -> Iterator[tuple[tuple[str, ...], int]]:
    """The first line of every key that has one of its own; TOML's own reader does not tell."""
    table: tuple[str, ...] = ()
    seen: set[tuple[str, ...]] = set()
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            key = table = _parts(header["key"])
        elif entry := _ENTRY.match(line):
            key = (*table, *_parts(entry["key"]))
        else:
            continue
        for length in range(1, len(key) + 1):
            if key[:length] not in seen:
                seen.add(key[:length])
                yield key[:length], number


def _parts(key: str) -> tuple[str, ...]:
    return tuple(part["basic"] or part["literal"] or part["bare"] or "" for part in _PART.finditer(key))


class _Reader:
    def __init__(self, name: str, lines: Mapping[tuple[str, ...], int]) -> None:
        self.name = name
        self.lines = lines

    def counts(self, written: Mapping[str, Any]) -> RowCounts:
        tables = {label: self._table(label, value) for label, value in written.items()}
        return RowCounts(tables=tables, source=self.name, lines=self.lines)

    def _table(self, label: str, value: Any) -> TableCounts:
        if "." not in label or not isinstance(value, dict):
            self._wrong((label,), 'is no table of a model, which looks like ["shop.Order"], in quotes')
        for key in value:
            if key not in _KEYS:
                self._wrong((label, key), unknown_name("key", key, _KEYS))
        if "rows" not in value:
            self._wrong((label,), "has no rows")
        package = value.get("package")
        if package is not None and not isinstance(package, str):
            self._must_be((label, "package"), "the name of a package", package)
        return TableCounts(
            rows=self._whole((label, "rows"), value["rows"]),
            bytes=self._whole((label, "bytes"), value.get("bytes", 0)),
            large={
                column: self._whole((label, "large", column), size)
                for column, size in self._entries((label, "large"), value.get("large", {}))
            },
            per={
                relation: self._fan_out((label, "per", relation), fan_out)
                for relation, fan_out in self._entries((label, "per"), value.get("per", {}))
            },
            package=package,
        )

    def _fan_out(self, key: tuple[str, ...], value: Any) -> FanOut:
        if not isinstance(value, dict) or set(value) != set(_FAN_OUT):
            self._must_be(key, "like { mean = 10, worst = 4_000 }", value)
        mean = value["mean"]
        if not isinstance(mean, (int, float)) or isinstance(mean, bool) or not math.isfinite(mean) or mean < 0:
            self._must_be((*key, "mean"), "a number that is not negative", mean)
        return FanOut(mean=mean, worst=self._whole((*key, "worst"), value["worst"]))

    def _entries(self, key: tuple[str, ...], value: Any) -> list[tuple[str, Any]]:
        if not isinstance(value, dict):
            self._must_be(key, "a table", value)
        return list(value.items())

    def _whole(self, key: tuple[str, ...], value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            self._must_be(key, "a whole number that is not negative", value)
        return value

    def _must_be(self, key: tuple[str, ...], what: str, value: object) -> NoReturn:
        self._wrong(key, f"must be {what}, not {value!r}")

    def _wrong(self, key: tuple[str, ...], problem: str) -> NoReturn:
        place = RowCounts(source=self.name, lines=self.lines).place(*key)
        entry = ".".join(map(_quoted, key[1:]))
        raise RowCountsError(f"{place}: {key[0]}{f' {entry}' if entry else ''}: {problem}")


# --- writing ------------------------------------------------------------------------------------------------------


def render(counts: RowCounts, header: tuple[str, ...] = (), *, exact: bool = False) -> str:
    """The file's text: sorted, an entry a line. Numbers keep their first two digits, so that a file made again soon
    differs little; with ``exact`` rows are written as they are."""
    lines = [f"# {line}".rstrip() for line in header]
    for label, table in sorted(counts.tables.items()):
        lines += ["", f'["{label}"]', *_entries(table, exact)]
    return "".join(line + "\n" for line in lines)


def _entries(table: TableCounts, exact: bool) -> Iterator[str]:
    if table.package is not None:
        yield f'package = "{table.package}"'
    yield f"rows = {_count(table.rows, exact)}"
    yield f"bytes = {_count(table.bytes)}"
    for column, size in sorted(table.large.items()):
        yield f"large.{_quoted(column)} = {_count(size)}"
    for relation, fan_out in sorted(table.per.items()):
        mean = _mean(fan_out.mean, exact)
        yield f"per.{_quoted(relation)} = {{ mean = {mean}, worst = {_count(fan_out.worst, exact)} }}"


def _quoted(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else f'"{key}"'


def _count(number: int, exact: bool = False) -> str:
    return f"{number if exact else two_digits(number):_}"


def _mean(mean: float, exact: bool) -> str:
    if not exact:
        mean = float(f"{mean:.1e}")
    return f"{int(mean):_}" if mean == int(mean) else repr(mean)


def same_counts(text: str, other: str) -> bool:
    """Whether two files say the same but for their comments."""
    try:
        return tomllib.loads(text) == tomllib.loads(other)
    except ValueError:
        return False
