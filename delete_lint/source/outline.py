"""The outline of a file: which blocks of code it has at its top level and in its classes, and where they stand.

Made from logical lines and their indentation alone, without a grammar, so that a file in the syntax of a newer Python
is outlined the same. The inside of functions is skipped.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from collections.abc import Sequence
from typing import Literal

import msgspec

from delete_lint.source.tokens import (
    LogicalLine,
    Problem,
    bracket_end,
    deeper_lines,
    logical_line,
    tokens,
    universal_newlines,
)

Kind = Literal["class", "function", "import", "statement", "compound"]

_MAX_LEVELS = 100

_inherits = re.compile(rb"^[ \t]*class[ \t]+\w+(?:\[[^\]\n]*\])?[ \t]*\((?!\))", re.MULTILINE)
_newline = re.compile(r"\n")
_word = re.compile(r"@|[^\W\d]\w*+")
_after_async = re.compile(r"async(?:[ \t]|\\\n)++(def|for|with)\b")
_definition = re.compile(r"(?:async(?:[ \t]|\\\n)++)?(def|class)(?:[ \t]|\\\n)++([^\W\d]\w*+)")
_space = re.compile(r"(?:[ \t\f]|\\\n)*+")
_colon = re.compile(r":(?!=)")
_lazy_import = re.compile(r"lazy[ \t]++(?:import|from)\b")
_plain_target = re.compile(
    r"(?:[ \t]|\\\n)*+([^\W\d]\w*+)(?:[ \t]|\\\n)*+(?:=(?!=)|(:)(?!=)|[-+*/%@&|^]=|(?://|\*\*|<<|>>)=)"
)
_unpacking = re.compile(r"[\w\s.,*()\[\]\\]++=(?!=)")
_trailer = re.compile(r"(?<=[\w)\]])\s*[(\[][^()\[\]]*[)\]]|\.\s*\w+")
_type_alias = re.compile(r"type[ \t]++([^\W\d]\w*+)[ \t]*+[=\[]")

_COMPOUND = frozenset(("if", "for", "while", "with", "try"))
_CLAUSES = frozenset(("elif", "else", "except", "finally"))


class Block(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A block of code. Lines count from 1 and are inclusive.

    ``start`` is the first line, decorators included, ``line`` that of ``def`` or ``class``, ``header_end`` the last
    line of the header. ``begin`` and ``stop`` are offsets into the text; ``begin`` is the start of a line, except for
    what stands behind the colon of a one-line ``if x: y = 1``. ``indent`` counts characters.

    The children of a class are its members, those of a compound statement the blocks of all its branches; functions
    have none. ``names`` are the names that a simple statement assigns to. ``bases`` is what stands between the
    brackets of a class, as written.
    """

    kind: Kind
    start: int
    line: int
    header_end: int
    end: int
    indent: int
    begin: int
    stop: int
    name: str = ""
    children: tuple[Block, ...] = ()
    names: tuple[str, ...] = ()
    bases: str = ""


class Outline(msgspec.Struct, frozen=True):
    """The blocks of a module, the offset of each line, and what no Python would read."""

    blocks: list[Block]
    line_starts: Sequence[int]
    problems: list[Problem] = msgspec.field(default_factory=list)


def is_mostly_needed(data: bytes) -> bool:
    """Whether a run will most likely want the outline of a file: a class in it inherits from another, or it deletes."""
    return _inherits.search(data) is not None or b"delete(" in data


def outline(text: str) -> list[Block]:
    """The blocks at the top level of a module."""
    return read_outline(text).blocks


def read_outline(text: str) -> Outline:
    """The outline of a module's text. Offsets count in the text with universal newlines."""
    return _Outliner(universal_newlines(text).removeprefix("\ufeff")).read()


def line_starts(text: str) -> Sequence[int]:
    """The offset of each line."""
    # A tenth of the memory that a list takes: there is one for each file that is looked into.
    return array("L", [0, *[match.end() for match in _newline.finditer(text)]])


class _Outliner:
    """Reads logical lines one ahead: ``line`` is the next one, ``word`` its first word."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.starts = line_starts(text)
        self.problems: list[Problem] = []
        self.line: LogicalLine | None = None
        self.word = ""
        self.last_stop = 0

    def read(self) -> Outline:
        if (null := self.text.find("\0")) >= 0:
            self.problems.append(Problem(null, "source code cannot contain null bytes"))
        self._move(0)
        blocks = self._suite(0, 0)
        return Outline(blocks, self.starts, sorted(self.problems, key=lambda problem: problem.offset))

    def _move(self, offset: int) -> None:
        self.last_stop = offset
        self.line = logical_line(self.text, offset, self.problems)
        match = _word.match(self.text, self.line.begin) if self.line else None
        self.word = match[0] if match else ""

    def _problem(self, offset: int, message: str) -> None:
        self.problems.append(Problem(offset, message))

    def _number(self, offset: int) -> int:
        return bisect_right(self.starts, offset)

    def _suite(self, indent: int, level: int, *, cases: bool = False) -> list[Block]:
        """The blocks that follow with at least this indentation. In the body of a ``match`` a ``case`` is no block of
        its own: its body counts."""
        blocks: list[Block] = []
        while (line := self.line) is not None and line.indent >= indent:
            if line.indent > indent:
                self._problem(line.begin, "unexpected indent")
            if cases and self.word == "case":
                blocks += self._branch(line, level)
            else:
                blocks.append(self._block(line, level))
        return blocks

    def _block(self, line: LogicalLine, level: int) -> Block:
        word = self.word
        if word == "@":
            return self._decorated(line, level)
        if word == "async":
            keyword = _after_async.match(self.text, line.begin)
            word = keyword[1] if keyword else ""
        if word in ("def", "class"):
            return self._definition(line, line, level)
        if word in _COMPOUND or (word == "match" and self._opens_suite(line)) or word in _CLAUSES:
            if word in _CLAUSES:
                self._problem(line.begin, f"'{word}' without the statement that it belongs to")
            return self._compound(line, level)
        self._move(line.stop)
        return self._statement(line.begin, line.code_end, line.stop, line.indent, self._line_offset(line.begin))

    def _line_offset(self, offset: int) -> int:
        return self.starts[self._number(offset) - 1]

    def _statement(self, first: int, code_end: int, stop: int, indent: int, begin: int) -> Block:
        text = self.text
        start = self._number(first)
        end = self._number(max(stop - 1, first))
        word = _word.match(text, first)
        kind: Kind = "statement"
        if word and (word[0] in ("import", "from") or (word[0] == "lazy" and _lazy_import.match(text, first))):
            kind = "import"
        names: tuple[str, ...] = ()
        if text.find(";", first, code_end) >= 0:
            names = tuple(name for a, b in _split(text, first, code_end) for name in _assigned(text, a, b))
        elif kind == "statement":
            names = _assigned(text, first, code_end)
        return Block(kind, start, start, end, end, indent, begin, stop, names=names)

    def _decorated(self, first: LogicalLine, level: int) -> Block:
        line: LogicalLine | None = first
        while line is not None and self.word == "@":
            self._move(line.stop)
            line = self.line
        if line is not None and line.indent == first.indent and _definition.match(self.text, line.begin):
            return self._definition(first, line, level)
        self._problem(first.begin, "a decorator without a function or class")
        return self._statement(
            first.begin, first.code_end, self.last_stop, first.indent, self._line_offset(first.begin)
        )

    def _definition(self, first: LogicalLine, line: LogicalLine, level: int) -> Block:
        text = self.text
        match = _definition.match(text, line.begin)
        if match is None:
            self._problem(line.begin, f"'{self.word}' without a name")
            keyword, name, after = "def", "", line.begin
        else:
            keyword, name, after = match[1], match[2], match.end()
        bases = ""
        children: list[Block] = []
        header_end = line.stop
        opens_suite = self._opens_suite(line)
        if keyword == "def":
            self._move(line.stop)
            if opens_suite:
                self._skip_body(line)
        else:
            bases = self._bases(after, line.code_end)
            children = self._branch(line, level)
        return Block(
            kind="function" if keyword == "def" else "class",
            start=self._number(first.begin),
            line=self._number(line.begin),
            header_end=self._number(max(header_end - 1, line.begin)),
            end=self._number(max(self.last_stop - 1, line.begin)),
            indent=line.indent,
            begin=self._line_offset(first.begin),
            stop=self.last_stop,
            name=name,
            children=tuple(children),
            bases=bases,
        )

    def _bases(self, offset: int, code_end: int) -> str:
        for bracket in "[(":
            if space := _space.match(self.text, offset):
                offset = space.end()
            if self.text.startswith(bracket, offset):
                end = bracket_end(self.text, offset)
                if end is None or end > code_end:
                    return ""
                if bracket == "(":
                    return self.text[offset + 1 : end - 1].strip()
                offset = end
        return ""

    def _skip_body(self, header: LogicalLine) -> None:
        line = self.line
        if line is None or line.indent <= header.indent:
            self._problem(header.begin if line is None else line.begin, "expected an indented block")
            return
        deeper = deeper_lines(header.indent)
        while line is not None and line.indent > header.indent:
            # The pattern stops short of a line that it cannot read, and `_move` reads that line.
            match = deeper.match(self.text, line.stop)
            self._move(match.end() if match else line.stop)
            line = self.line

    def _compound(self, first: LogicalLine, level: int) -> Block:
        is_match = self.word == "match"
        children = self._branch(first, level, cases=is_match)
        while not is_match and self.line is not None and self.word in _CLAUSES and self.line.indent == first.indent:
            children += self._branch(self.line, level)
        start = self._number(first.begin)
        return Block(
            kind="compound",
            start=start,
            line=start,
            header_end=self._number(max(first.stop - 1, first.begin)),
            end=self._number(max(self.last_stop - 1, first.begin)),
            indent=first.indent,
            begin=self._line_offset(first.begin),
            stop=self.last_stop,
            children=tuple(children),
        )

    def _branch(self, header: LogicalLine, level: int, *, cases: bool = False) -> list[Block]:
        """What a header opens: an indented suite, or the statements behind its colon."""
        self._move(header.stop)
        if not self._opens_suite(header):
            colon = _header_colon(self.text, header.begin, header.code_end)
            if colon is None:
                self._problem(header.begin, "expected ':'")
                return []
            space = _space.match(self.text, colon + 1)
            first = space.end() if space else colon + 1
            return [self._statement(first, header.code_end, header.stop, header.indent, first)]
        if self.line is None or self.line.indent <= header.indent:
            self._problem(header.begin if self.line is None else self.line.begin, "expected an indented block")
            return []
        if level >= _MAX_LEVELS:
            self._problem(self.line.begin, "too many levels of indentation")
            self._skip_body(header)
            return []
        return self._suite(self.line.indent, level + 1, cases=cases)

    def _opens_suite(self, line: LogicalLine) -> bool:
        return self.text[line.begin : line.code_end].rstrip(" \t\f\\\n").endswith(":")


def _header_colon(text: str, begin: int, end: int) -> int | None:
    """The offset of the colon that ends the header of a one-line compound statement."""
    found = tokens(text[begin:end])
    depth = lambdas = position = 0
    for token, offset in zip(found.texts, found.offsets, strict=True):
        if depth == 0:
            for colon in _colon.finditer(text, begin + position, begin + offset):
                if lambdas == 0:
                    return colon.start()
                lambdas -= 1
        depth += (token in "([{") - (token in ")]}")
        lambdas += token == "lambda" and depth == 0
        position = offset + (1 if len(token) == 1 else len(token))
    return None


def _split(text: str, begin: int, end: int) -> list[tuple[int, int]]:
    """The statements of a line with semicolons."""
    found = tokens(text[begin:end])
    parts: list[tuple[int, int]] = []
    depth = position = 0
    first = begin
    for token, offset in zip(found.texts, found.offsets, strict=True):
        if depth == 0 and (semicolon := text.find(";", begin + position, begin + offset)) >= 0:
            parts.append((first, semicolon))
            first = semicolon + 1
        depth += (token in "([{") - (token in ")]}")
        position = offset + len(token)
    parts.append((first, end))
    return parts


def _assigned(text: str, begin: int, end: int) -> tuple[str, ...]:
    """The names that a simple statement assigns to."""
    if text.startswith("type", begin) and (alias := _type_alias.match(text, begin, end)):
        return (alias[1],)
    names: list[str] = []
    while True:
        plain = _plain_target.match(text, begin, end)
        if plain and plain[2]:
            # An annotation, unless it is the colon of a lambda or of a slice further on.
            if not names and plain[1] != "lambda":
                names.append(plain[1])
            break
        if plain:
            names.append(plain[1])
            begin = plain.end()
        elif (unpacking := _unpacking.match(text, begin, end)) and (found := _unpacked(unpacking[0])) is not None:
            names += found
            begin = unpacking.end()
        else:
            break
    return tuple(names)


def _unpacked(target: str) -> list[str] | None:
    """The plain names in ``(a, *b), c.d =``, or None if that is no target (but ``f(a, b=`` of a call)."""
    if target.count("(") != target.count(")") or target.count("[") != target.count("]"):
        return None
    target = target[:-1].replace("\\\n", " ")
    before = None
    while before != target:
        before, target = target, _trailer.sub(".", target)
    pieces = (piece.strip() for piece in re.sub(r"[()\[\]*]", " ", target).split(","))
    return [piece for piece in pieces if piece.isidentifier()]
