"""Adds imports to a file, where isort and ruff would have them."""

from __future__ import annotations

import re
import sys
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

import libcst as cst
from libcst import helpers

from delete_lint.findings import Edit
from delete_lint.fixes.context import Context
from delete_lint.source.outline import Block

_FUTURE, _STANDARD, _THIRD_PARTY, _OWN, _RELATIVE = range(5)

_import = re.compile(r"\s*(?P<word>import|from)\b[ \t\\\n]*(?P<module>\.*[\w.]*)")
_docstring = re.compile(r"[rRuU]?[\"']")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A name to be imported, and the name that it gets in the file."""

    module: str
    name: str
    bound: str

    @property
    def as_written(self) -> str:
        return self.name if self.bound == self.name else f"{self.name} as {self.bound}"


def import_edits(context: Context, imports: Sequence[tuple[str, str]], files: Collection[str] = ()) -> list[Edit]:
    """The edits that import these ``(module, name)`` for what stands at the context's line, under the names that
    `Context.name_for` gives; none for those that are there. ``files`` are the names of the project's files, which
    tell its own modules from those of others."""
    wanted = [
        Wanted(module, name, context.name_for(module, name))
        for module, name in dict.fromkeys(imports)
        if not context.is_reachable(module, name)
    ]
    edits: list[Edit] = []
    lines: list[Wanted] = []
    for module, names in groupby(sorted(wanted, key=lambda each: (each.module, each.name)), lambda each: each.module):
        statement = _statement_for(context, module)
        if statement is not None:
            edits += _Names(context, statement).with_names([each.as_written for each in names])
        else:
            lines += names
    return [*edits, *_new_lines(context, lines, files)] if lines else edits


# --- into an import that is there -----------------------------------------------------------------------------------


def _statement_for(context: Context, module: str) -> cst.ImportFrom | None:
    """An import of names from the module that has run when the context's line is reached."""
    statements = list(_from_imports(context.module))
    modules = [found for found, _ in statements]
    one_name_each = all(len(_names_of(statement)) == 1 for _, statement in statements)
    if one_name_each and len(set(modules)) < len(modules):
        return None  # a project that imports one name on each line
    for found, statement in statements:
        runs_before = context.in_function or context.span(statement)[1] < context.offset(context.line, 1)
        if found == module and _names_of(statement) and runs_before:
            return statement
    return None


def _from_imports(module: cst.Module) -> Iterator[tuple[str, cst.ImportFrom]]:
    """The absolute ones at the top level, with the module that each imports from."""
    for line in module.body:
        for statement in line.body if isinstance(line, cst.SimpleStatementLine) else ():
            if isinstance(statement, cst.ImportFrom) and not statement.relative and statement.module is not None:
                yield helpers.get_full_name_for_node(statement.module) or "", statement


def _names_of(statement: cst.ImportFrom) -> tuple[cst.ImportAlias, ...]:
    return () if isinstance(statement.names, cst.ImportStar) else tuple(statement.names)


class _Names:
    """The names of one ``from … import …``."""

    def __init__(self, context: Context, statement: cst.ImportFrom) -> None:
        self._context = context
        self._text = context.text
        self._statement = statement
        self._names = _names_of(statement)
        self._spans = [context.span(name) for name in self._names]
        self._written = [context.code(name) for name in self._names]

    def with_names(self, new: list[str]) -> list[Edit]:
        key = next((key for key in _NAME_ORDERS if _is_sorted(self._written, key)), None)
        if self._one_on_each_line:
            return list(self._on_own_lines(new, key))
        begin, end = self._context.span(self._statement)
        single = "\n" not in self._text[begin:end]
        longer = sum(len(name) + 2 for name in new)
        if single and self._column(end) + longer > self._context.line_limit and not self._text[end:].startswith(";"):
            return [self._wrapped(new, key)]
        return list(self._in_line(new, key))

    def _on_own_lines(self, new: list[str], key: _Key | None) -> Iterator[Edit]:
        indent = self._text[self._line_start(self._spans[0][0]) : self._spans[0][0]]
        has_comma = isinstance(self._names[-1].comma, cst.Comma)
        for place, names in self._places(new, key):
            before = self._spans[place - 1][1] if place else self._context.span(self._statement)[0]
            if place:
                where = self._text.index("\n", before) + 1
            else:
                where = self._text.rindex("\n", 0, self._spans[0][0]) + 1
            if place == len(self._spans) and not has_comma:
                yield Edit(before, before, ",")
                yield Edit(where, where, f",\n{indent}".join(["", *names])[2:] + "\n")
            else:
                yield Edit(where, where, "".join(f"{indent}{name},\n" for name in names))

    def _in_line(self, new: list[str], key: _Key | None) -> Iterator[Edit]:
        for place, names in self._places(new, key):
            if place == len(self._spans):
                end = self._spans[-1][1]
                yield Edit(end, end, "".join(f", {name}" for name in names))
            else:
                begin = self._spans[place][0]
                yield Edit(begin, begin, "".join(f"{name}, " for name in names))

    def _wrapped(self, new: list[str], key: _Key | None) -> Edit:
        names = [*self._written, *new]
        if key is not None:
            names.sort(key=key)
        begin = self._spans[0][0]
        if self._statement.lpar is not None:
            begin = self._text.rindex("(", 0, begin)
        end = self._context.span(self._statement)[1]
        return Edit(begin, end, "".join(["(\n", *(f"    {name},\n" for name in names), ")"]))

    def _places(self, new: list[str], key: _Key | None) -> Iterator[tuple[int, list[str]]]:
        """Where in the list the new names go, in its own order if it has one."""
        places: dict[int, list[str]] = {}
        for name in sorted(new, key=key or str.lower):
            place = len(self._written)
            if key is not None:
                place = bisect_right([key(written) for written in self._written], key(name))
            places.setdefault(place, []).append(name)
        yield from places.items()

    @property
    def _one_on_each_line(self) -> bool:
        return self._statement.lpar is not None and all(
            self._text[self._line_start(begin) : begin].isspace() for begin, _ in self._spans
        )

    def _line_start(self, offset: int) -> int:
        return self._text.rfind("\n", 0, offset) + 1

    def _column(self, offset: int) -> int:
        return offset - self._line_start(offset)


_Key = Callable[[str], tuple[int, str, str]]


def _by_type(name: str) -> tuple[int, str, str]:
    name = name.split(maxsplit=1)[0]
    kind = 0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2
    return kind, name.lower(), name


_NAME_ORDERS: tuple[_Key, ...] = (
    _by_type,
    lambda name: (0, name.lower(), name),
    lambda name: (0, name, name),
)


def _is_sorted(values: Sequence[str], key: _Key) -> bool:
    return all(key(first) <= key(second) for first, second in pairwise(values))


# --- on a line of its own -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Line:
    """An import statement at the top level. ``top`` is where the comments above it begin."""

    top: int
    begin: int
    stop: int
    word: str
    module: str
    section: int
    after_blank: bool


@dataclass(frozen=True, slots=True)
class _Placed:
    """A new line: where it goes, and the blank lines that set it apart there."""

    where: int
    before: str
    after: str
    section: int
    module: str
    text: str


def _new_lines(context: Context, wanted: Sequence[Wanted], files: Collection[str]) -> Iterator[Edit]:
    own = _own_modules(context.source.name, files)
    runs = list(_runs(context, own))
    placed = []
    for module, together in groupby(wanted, lambda each: each.module):
        names = sorted((each.as_written for each in together), key=_by_type)
        section = _section(module, own)
        run = _run_for(runs, module)
        where, before, after = _place(module, section, run) if run else _first_place(context)
        text = f"from {module} import {', '.join(names)}\n"
        placed.append(_Placed(where, before, after, section, module, text))
    placed.sort(key=lambda each: (each.where, each.section, each.module))
    for where, group in groupby(placed, lambda each: each.where):
        lines = list(group)
        text = lines[0].before
        for previous, line in zip([None, *lines], lines, strict=False):
            text += "\n" if previous is not None and previous.section != line.section else ""
            text += line.text
        starts_line = where == 0 or context.text[where - 1] == "\n"
        yield Edit(where, where, ("" if starts_line else "\n") + text + lines[-1].after)


def _runs(context: Context, own: Collection[str]) -> Iterator[list[_Line]]:
    """The imports at the top level that have run when the context's line is reached, by what stands between them."""
    run: list[_Line] = []
    end = 0
    for block in context.source.outline:
        if not context.in_function and block.start >= context.line:
            break
        if block.kind == "import":
            run.append(_line(context.text, block, end, own))
        elif run:
            yield run
            run = []
        end = block.stop
    if run:
        yield run


def _line(text: str, block: Block, end: int, own: Collection[str]) -> _Line:
    top = _above(text, block.begin, end)
    match = _import.match(text, block.begin)
    word, module = (match["word"], match["module"]) if match else ("import", "")
    after_blank = "\n\n" in "\n" + re.sub(r"[ \t\f]", "", text[end:top] + "|")
    return _Line(top, block.begin, block.stop, word, module, _section(module, own), after_blank)


def _above(text: str, begin: int, end: int) -> int:
    """Where the comments right above a line begin, unless they are the head of the file."""
    top = begin
    while top > end:
        start = text.rfind("\n", 0, top - 1) + 1
        if start < end or not text[start:top].lstrip().startswith("#"):
            break
        top = start
    return begin if top == 0 else top


def _run_for(runs: list[list[_Line]], module: str) -> list[_Line] | None:
    root = module.partition(".")[0]
    akin = (run for run in runs if any(line.module.partition(".")[0] == root for line in run))
    more = (run for run in runs if any(line.section != _FUTURE for line in run))
    return next(akin, None) or next(more, None) or next(iter(runs), None)


def _place(module: str, section: int, run: list[_Line]) -> tuple[int, str, str]:
    """Where a ``from module import …`` goes among these lines, and the blank lines before and behind it."""
    peers = _peers(module, [line for line in run if line.section == section], run)
    if not peers:
        earlier = [line for line in run if line.section < section]
        if earlier:
            return earlier[-1].stop, "\n", ""
        return run[0].top, "", "\n"
    new = ("from", module)
    key = next((key for key in _LINE_ORDERS if _lines_sorted(peers, key)), None)
    if key is not None:
        before = [line for line in peers if key(line.word, line.module) <= key(*new)]
    else:
        root = module.partition(".")[0]
        before = [line for line in peers if line.module.partition(".")[0] == root and line.module <= module]
        before = before or [line for line in peers if line.word == "import"]
    if before:
        return before[-1].stop, "", ""
    return peers[0].top, "", ""


def _peers(module: str, lines: list[_Line], run: list[_Line]) -> list[_Line]:
    """The lines of the same section; where blank lines part them, those next to an import from the same package."""
    if not lines:
        return []
    parts: list[list[_Line]] = []
    for line in lines:
        follows = parts and run.index(line) == run.index(parts[-1][-1]) + 1
        if follows and not line.after_blank:
            parts[-1].append(line)
        else:
            parts.append([line])
    root = module.partition(".")[0]
    akin = (part for part in parts if any(line.module.partition(".")[0] == root for line in part))
    return next(akin, parts[0])


_LINE_ORDERS: tuple[Callable[[str, str], tuple[bool, str, bool]], ...] = (
    lambda word, module: (word == "from", module.lower(), False),
    lambda word, module: (False, module.lower(), word == "from"),
)


def _lines_sorted(lines: list[_Line], key: Callable[[str, str], tuple[bool, str, bool]]) -> bool:
    return all(key(a.word, a.module) <= key(b.word, b.module) for a, b in pairwise(lines))


def _first_place(context: Context) -> tuple[int, str, str]:
    """Where the first import of a file goes: behind its docstring, else in front of its first statement."""
    text, outline = context.text, context.source.outline
    if not outline:
        return len(text), "", ""
    first = outline[0]
    if first.kind == "statement" and _docstring.match(text, first.begin):
        return first.stop, "\n", "" if text.startswith("\n", first.stop) else "\n"
    gap = "\n\n" if first.kind in ("class", "function") else "\n"
    return _above(text, first.begin, 0), "", gap


def _section(module: str, own: Collection[str]) -> int:
    root = module.partition(".")[0]
    if module.startswith("."):
        return _RELATIVE
    if root == "__future__":
        return _FUTURE
    if root in sys.stdlib_module_names:
        return _STANDARD
    return _OWN if root in own else _THIRD_PARTY


def _own_modules(file: str, files: Collection[str]) -> set[str]:
    """The names of the project's folders and files, one of which its own absolute imports start with."""
    parts = {part for name in (file, *files) for part in name.split("/")}
    return {part.removesuffix(".py") for part in parts} - {"django"}
