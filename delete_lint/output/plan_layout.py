"""What the texts of plans have in common: a tree beside columns, and lines that keep within a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from delete_lint.output.style import Colour, Style, printable

#: Columns of a terminal that a text keeps to where names allow it.
WIDTH = 116
#: A tree that is wider pushes its columns aside on the long lines only.
_TREE = 58

_GAP = "  "


@dataclass(frozen=True, slots=True)
class Cell:
    """One column of a line; numbers stand to the right."""

    text: str = ""
    colour: Colour | None = None
    right: bool = False


@dataclass(frozen=True, slots=True)
class TreeLine:
    """A node of a tree: ``fork`` are the branches before its name, ``stem`` those before the lines that follow it."""

    fork: str
    stem: str
    name: str
    bold: str = ""  # the beginning of the name that is printed bold
    cells: tuple[Cell, ...] = ()
    below: tuple[Cell, ...] = field(default=())  # whole sentences


def tree(lines: Sequence[TreeLine], style: Style, header: tuple[Cell, ...] = ()) -> Iterator[str]:
    """The lines with their columns aligned, under a header if there is one."""
    rows = [(line, tuple(map(_printable, line.cells))) for line in lines]
    heads = [f"{line.fork}{printable(line.name)}" for line in lines]
    left = max((len(head) for head in heads if len(head) <= _TREE), default=_TREE)
    columns = max((len(cells) for _, cells in rows), default=0)
    widths = [
        max([len(cells[i].text) for _, cells in rows if i < len(cells)] + [len(c.text) for c in header[i : i + 1]])
        for i in range(columns)
    ]
    if header:
        yield style(_columns(left, header, widths, Style()).rstrip(), "dim")
    for (line, cells), head in zip(rows, heads, strict=True):
        name = f"{style(line.fork, 'dim')}{_name(line, style)}"
        yield f"{name}{_columns(left - len(head), cells, widths, style)}".rstrip()
        for sentence in line.below:
            yield from wrapped(sentence.text, style, sentence.colour, first=line.stem, rest=line.stem)


def wrapped(text: str, style: Style, colour: Colour | None = None, first: str = "", rest: str = "") -> Iterator[str]:
    """A text in lines of `WIDTH`, each after its indent; a single long word stays whole."""
    lines = textwrap.wrap(printable(text), max(WIDTH - len(rest), 40), break_long_words=False, break_on_hyphens=False)
    for number, line in enumerate(lines):
        indent = rest if number else first
        yield f"{style(indent, 'dim')}{style(line, colour) if colour else line}"


def listing(
    title: str, items: Iterable[str], style: Style, separator: str = ",", colour: Colour = "bold"
) -> Iterator[str]:
    """``title item, item, …``: the lines that follow stand under the first item, and no item is broken."""
    indent = " " * len(title)
    line = ""
    shown = style(title, colour)
    *first, last = map(printable, items)
    for item in (*(f"{item}{separator}" for item in first), last):
        if line and len(indent) + len(line) + len(item) + 1 > WIDTH:
            yield f"{shown}{line}"
            line, shown = item, indent
        else:
            line = f"{line} {item}".lstrip()
    yield f"{shown}{line}"


def _name(line: TreeLine, style: Style) -> str:
    return f"{style(printable(line.bold), 'bold')}{printable(line.name[len(line.bold) :])}"


def _printable(cell: Cell) -> Cell:
    return Cell(printable(cell.text), cell.colour, cell.right)


def _columns(space: int, cells: tuple[Cell, ...], widths: list[int], style: Style) -> str:
    text = " " * max(space, 0)
    for cell, width in zip(cells, widths, strict=False):
        padding = " " * (width - len(cell.text))
        shown = style(cell.text, cell.colour) if cell.colour else cell.text
        text += _GAP + (f"{padding}{shown}" if cell.right else f"{shown}{padding}")
    return text
