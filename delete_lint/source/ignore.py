"""Patterns as in ``.gitignore``, read from such files and from the settings.

Matching is per entry, as git does it: a walk asks about each file and folder on its way down and does not enter what
is ignored. A library that matches whole paths lets a pattern which takes a folder back in a nested ``.gitignore``
take back everything below it, against what git does.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from msgspec import Struct

from delete_lint import disk


class Pattern(Struct, frozen=True):
    """One line; ``by_name`` when it holds no slash and so matches at any depth."""

    regex: re.Pattern[str]
    negated: bool
    folders_only: bool
    by_name: bool


@dataclass(frozen=True)
class Patterns:
    """The lines of one file, relative to the folder ``base``."""

    base: str
    patterns: tuple[Pattern, ...]

    @classmethod
    def from_lines(cls, base: str | Path, lines: Iterable[str]) -> Patterns:
        found = (parse(line) for line in lines)
        return cls(os.fspath(base), tuple(pattern for pattern in found if pattern is not None))

    @cached_property
    def _last_first(self) -> tuple[Pattern, ...]:
        return self.patterns[::-1]

    @cached_property
    def _any_name(self) -> re.Pattern[str]:
        return _union(pattern for pattern in self.patterns if pattern.by_name)

    @cached_property
    def _any_path(self) -> re.Pattern[str]:
        return _union(pattern for pattern in self.patterns if not pattern.by_name)

    def decide(self, relative: str, is_folder: bool) -> bool | None:
        """Whether the entry is ignored (True), taken back (False), or not spoken of.

        ``relative`` is the entry's path below ``base``, with ``/``.
        """
        name = relative[relative.rfind("/") + 1 :]
        if not self._any_name.fullmatch(name) and not self._any_path.fullmatch(relative):
            return None
        for pattern in self._last_first:
            if pattern.folders_only and not is_folder:
                continue
            if pattern.regex.fullmatch(name if pattern.by_name else relative):
                return not pattern.negated
        return None

    def covers(self, path: str, is_folder: bool = False) -> bool:
        """Whether the entry at this absolute path, or a folder that it is in, is matched."""
        relative = below(self.base, path)
        if not relative:
            return False
        parts = relative.split("/")
        folders = ("/".join(parts[:count]) for count in range(1, len(parts)))
        return any(self.decide(folder, True) for folder in folders) or bool(self.decide(relative, is_folder))


def below(base: str, path: str) -> str | None:
    """The path relative to a folder above it, with ``/``; None when it is not below that folder."""
    prefix = base if base.endswith(os.sep) else base + os.sep
    if not path.startswith(prefix):
        return None
    relative = path[len(prefix) :]
    return relative if os.sep == "/" else relative.replace(os.sep, "/")


def ignored(chain: tuple[Patterns, ...], path: str, is_folder: bool) -> bool:
    """Whether git would ignore the entry: the innermost file with an opinion decides. ``chain`` is outermost first."""
    for patterns in reversed(chain):
        relative = below(patterns.base, path)
        decision = patterns.decide(relative, is_folder) if relative else None
        if decision is not None:
            return decision
    return False


def read_patterns(file: Path, base: str) -> Patterns | None:
    """The patterns of a file, None when there are none or it cannot be read."""
    try:
        text = disk.read_text(file, "utf-8-sig", "surrogateescape")
    except OSError:
        return None
    found = Patterns.from_lines(base, text.split("\n"))
    return found if found.patterns else None


def repository_root(start: str) -> str | None:
    """The nearest folder, this one or above it, that git would take for the top of a repository."""
    folder = start
    while True:
        if disk.is_there(os.path.join(folder, ".git")):
            return folder
        parent = os.path.dirname(folder)
        if parent == folder:
            return None
        folder = parent


def repository_excludes(root: str) -> Patterns | None:
    """The patterns of ``.git/info/exclude``, also where ``.git`` is the file of a worktree."""
    folder = Path(root, ".git")
    try:
        if disk.is_file(folder):
            folder = Path(root, disk.read_text(folder).removeprefix("gitdir:").strip())
            common = folder / "commondir"
            if disk.is_file(common):
                folder = folder / disk.read_text(common).strip()
    except (OSError, ValueError):
        return None
    return read_patterns(folder / "info" / "exclude", root)


def parse(line: str) -> Pattern | None:
    """One line as a pattern; None for comments, blank lines and what git would not match anything with."""
    line = _without_trailing_spaces(line.removesuffix("\r"))
    if not line or line.startswith("#"):
        return None
    negated = line.startswith("!")
    body = line[1:] if negated else line
    folders_only = body.endswith("/")
    body = body.removesuffix("/")
    by_name = "/" not in body
    body = body.removeprefix("/")
    regex = _translate(body) if body else None
    return None if regex is None else Pattern(regex, negated, folders_only, by_name)


def _without_trailing_spaces(line: str) -> str:
    stripped = line.rstrip(" ")
    backslashes = len(stripped) - len(stripped.rstrip("\\"))
    return stripped + " " if backslashes % 2 and len(stripped) < len(line) else stripped


def _translate(body: str) -> re.Pattern[str] | None:
    """The regular expression of a pattern, for ``fullmatch``."""
    out: list[str] = []
    segments = body.split("/")
    for index, segment in enumerate(segments):
        last = index == len(segments) - 1
        if segment == "**" and len(segments) > 1:
            out.append(".+" if last else "(?:[^/]+/)*")
            continue
        part = _segment(segment)
        if part is None:
            return None
        out.append(part if last else part + "/")
    try:
        return re.compile("".join(out), re.DOTALL)
    except re.error:
        return None


def _segment(segment: str) -> str | None:
    out: list[str] = []
    index = 0
    while index < len(segment):
        char = segment[index]
        index += 1
        if char == "*":
            if not out or out[-1] != "[^/]*":
                out.append("[^/]*")
        elif char == "?":
            out.append("[^/]")
        elif char == "[":
            part, index = _class(segment, index)
            if index == 0:
                return None
            out.append(part)
        elif char == "\\":
            if index == len(segment):
                return None
            out.append(re.escape(segment[index]))
            index += 1
        else:
            out.append(re.escape(char))
    return "".join(out)


def _class(segment: str, index: int) -> tuple[str, int]:
    """The character class whose inside starts at ``index``, and where it ends; 0 when it is never closed."""
    negated = segment[index : index + 1] in ("!", "^")
    index += negated
    start = index
    inside: list[str] = []
    while index < len(segment) and (segment[index] != "]" or index == start):
        char = segment[index]
        index += 1
        if char == "\\" and index < len(segment):
            inside.append(re.escape(segment[index]))
            index += 1
        else:
            inside.append(char if char == "-" or char.isalnum() else "\\" + char)
    if index == len(segment):
        return "", 0
    return f"(?!/)[{'^' if negated else ''}{''.join(inside)}]", index + 1


def _union(patterns: Iterable[Pattern]) -> re.Pattern[str]:
    parts = [f"(?:{pattern.regex.pattern})" for pattern in patterns]
    return re.compile("|".join(parts) if parts else r"(?!)", re.DOTALL)
