"""Lines as ruff and black leave them, at their own width."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence

WIDTH = 88


def imported(module: str, names: Sequence[str]) -> Iterator[str]:
    line = f"from {module} import {', '.join(names)}"
    if len(line) <= WIDTH:
        yield line
        return
    yield f"from {module} import ("
    yield from (f"    {name}," for name in names)
    yield ")"


def table(name: str, type_: str, rows: Iterable[tuple[str, Sequence[str]]]) -> Iterator[str]:
    """A dictionary of lists; each list on a line of its own where it fits."""
    rows = list(rows)
    if not rows:
        yield f"{name}: {type_} = {{}}"
        return
    yield f"{name}: {type_} = {{"
    for key, values in rows:
        line = f"    {key}: [{', '.join(values)}],"
        if len(line) <= WIDTH:
            yield line
        else:
            yield f"    {key}: ["
            yield from (f"        {value}," for value in values)
            yield "    ],"
    yield "}"


def members(name: str, type_: str, values: Sequence[str]) -> Iterator[str]:
    """A set, or with a type that says so a list; one value on each line where they do not fit on one."""
    first, last = "[]" if type_.startswith("list") else "{}"
    line = f"{name}: {type_} = {first}{', '.join(values)}{last}"
    if len(line) <= WIDTH:
        yield line
        return
    yield f"{name}: {type_} = {first}"
    yield from (f"    {value}," for value in values)
    yield last


def paragraph(text: str, first: str = "", later: str = "") -> Iterator[str]:
    yield from textwrap.wrap(
        text, WIDTH, initial_indent=first, subsequent_indent=later, break_long_words=False, break_on_hyphens=False
    )


def comment(text: str) -> Iterator[str]:
    yield from paragraph(text, "# ", "# ")
