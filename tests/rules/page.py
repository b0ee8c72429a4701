"""A rule's page, taken apart into the small projects that it shows.

Below ``## Bad`` and ``## Good``, the fenced blocks up to the next heading are the files of one example project, each
named by a comment on its first line (``# shop/signals.py``; a Python block without one is ``shop/models.py``). A
trailing ``# <- rule_name`` says that this rule speaks exactly once about this line; where no comment can stand, the
fence says so: ``python expect=rule_name:3``, ``json file=name.json expect=rule_name:3``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

DEFAULT_FILE = "shop/models.py"

_HEADING = re.compile(r"(#{1,3}) +(?P<title>.+?)\s*$")
_FENCE = re.compile(r"```(?P<language>\w*)(?: +file=(?P<file>\S+))?(?: +expect=(?P<expect>\S+))?\s*$")
_FILE = re.compile(r"# (?P<file>[\w./-]+\.(?:py|toml))$")
_MARKER = re.compile(r"\s*# <- (?P<rules>\w+(?:, \w+)*)$")


class Said(NamedTuple):
    """That a rule speaks about a line."""

    file: str
    line: int
    rule: str


@dataclass(slots=True)
class Example:
    """One small project, and what is to be said about it."""

    side: str  # "Bad" or "Good"
    name: str
    files: dict[str, str] = field(default_factory=dict)
    expected: Counter[Said] = field(default_factory=Counter)

    def write(self, folder: Path) -> None:
        """Make it a project on disk; every folder that holds Python is a package."""
        for name, source in self.files.items():
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(source, encoding="utf-8")
            if file.suffix == ".py":
                for parent in file.parents[: len(Path(name).parents) - 1]:
                    (parent / "__init__.py").touch()


@dataclass(frozen=True, slots=True)
class Page:
    title: str
    sections: tuple[str, ...]
    examples: tuple[Example, ...]


class PageError(ValueError):
    """A page that is not of the form that this module describes."""


def parse(text: str) -> Page:
    title = section = ""
    sections: list[str] = []
    examples: list[Example] = []
    current: Example | None = None
    lines = iter(enumerate(text.splitlines(), 1))
    for number, line in lines:
        if fence := _FENCE.match(line):
            block = _block(lines, number)
            if section in ("Bad", "Good"):
                if current is None:
                    current = Example(section, section)
                    examples.append(current)
                _add(current, block, fence, number)
        elif line.startswith("```"):
            raise PageError(f"line {number}: cannot read the fence {line!r}")
        elif heading := _HEADING.match(line):
            current = None
            level = len(heading[1])
            if level == 1:
                title = heading["title"]
            elif level == 2:
                section = heading["title"]
                sections.append(section)
            elif section in ("Bad", "Good"):
                current = Example(section, f"{section}: {heading['title']}")
                examples.append(current)
    empty = [example.name for example in examples if not example.files]
    if empty:
        raise PageError(f"no code below {', '.join(empty)}")
    return Page(title, tuple(sections), tuple(examples))


def _block(lines: Iterable[tuple[int, str]], start: int) -> list[str]:
    block: list[str] = []
    for _, line in lines:
        if line.rstrip() == "```":
            return block
        block.append(line)
    raise PageError(f"line {start}: the block is not closed")


def _add(example: Example, block: list[str], fence: re.Match[str], number: int) -> None:
    named = _FILE.match(block[0]) if block else None
    if named is None and fence["file"] is None and fence["language"] != "python":
        raise PageError(f"line {number}: only a Python block may leave its file unnamed")
    expect: str | None = fence["expect"]
    file = fence["file"] or (named["file"] if named else DEFAULT_FILE)
    if file in example.files:
        raise PageError(f"line {number}: {example.name} has {file} twice")
    for row, line in enumerate(block, 1):
        if marker := _MARKER.search(line):
            block[row - 1] = line[: marker.start()]
            example.expected.update(Said(file, row, rule) for rule in marker["rules"].split(", "))
        elif "# <-" in line:
            raise PageError(f"line {number + row}: cannot read the marker in {line!r}")
    for wanted in expect.split(",") if expect else ():
        rule, _, row_text = wanted.partition(":")
        example.expected[Said(file, int(row_text), rule)] += 1
    example.files[file] = "\n".join(block) + "\n"
