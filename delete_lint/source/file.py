"""One source file, of which only those blocks are parsed that somebody asks for."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass
from functools import cached_property

from delete_lint.source import syntax
from delete_lint.source.decoding import Unreadable, decode
from delete_lint.source.facts import Facts
from delete_lint.source.imports import imports
from delete_lint.source.outline import Block, Outline, line_starts, read_outline
from delete_lint.source.questions import Nested, TextQuestions, digest, rows
from delete_lint.source.tokens import bracket_end, comments, logical_lines, string_end

__all__ = ["SourceFile", "Unreadable"]

_name_and_bracket = re.compile(r"\w+(?:(?:[ \t\f]|\\\n)*+(?=(\()))?")
_empty_lines = re.compile(r"\A(?:[ \t\f]*\n)+")
_WRAPPER = "if 1:\n"


@dataclass(frozen=True, slots=True)
class _Cut:
    """Text that can be parsed by itself, and the line of the file that each of its lines comes from."""

    code: str
    origin: list[int]
    is_wrapped: bool


class SourceFile:
    r"""A file's text and what is in it. ``name`` is its path as reported, ``facts`` what is known of these bytes
    already: it is added to.

    The text has ``\n`` as its line ends and no byte order mark; lines and columns are those of the file. What cannot
    be parsed is put into ``errors`` and lowered to nothing. What is asked of the text is noted in ``asked``.
    """

    def __init__(self, name: str, data: bytes, facts: Facts | None = None, asked: TextQuestions | None = None) -> None:
        """Raises `Unreadable` if the bytes are no text."""
        self.name = name
        self.asked = asked if asked is not None else TextQuestions()
        self._text = decode(data)
        self.errors: list[Unreadable] = []
        self.is_certain = True
        """Whether all errors are the file's own, and none comes from how deep the stack was."""
        self._facts = facts if facts is not None else Facts()
        self._lowered: dict[int, list[syntax.Stmt]] = {}

    def unasked(self) -> SourceFile:
        """The same file with nothing asked of it."""
        other = copy(self)
        other.asked = TextQuestions()
        return other

    @property
    def text(self) -> str:
        self.asked.is_whole = True
        return self._text

    @cached_property
    def lines(self) -> list[str]:
        """The lines without their ends."""
        return self.text.split("\n")

    def line(self, number: int) -> str | None:
        """One line without its end, counted from 1; None when there is none."""
        if not 1 <= number <= len(self._starts):
            self.asked.is_whole = True
            return None
        self.asked.show(number)
        return self._between(number - 1, number)

    def between(self, begin: int, end: int) -> str:
        """The text of ``lines[begin:end]``, without making them."""
        self.asked.ranges.add((begin, end))
        return self._between(begin, end)

    def holds(self, pattern: re.Pattern[str], begin: int, end: int) -> bool:
        """Whether the pattern is found `between` two lines. Who only wants to know this should ask no more: a change
        that keeps the answer is no change."""
        key = begin, end, pattern
        found = self.asked.searches.get(key)
        if found is None:
            found = self.asked.searches[key] = pattern.search(self._between(begin, end)) is not None
        return found

    def _between(self, begin: int, end: int) -> str:
        starts = self._starts
        if begin >= min(end, len(starts)):
            return ""
        return self._text[starts[begin] : starts[end] - 1 if end < len(starts) else len(self._text)]

    @cached_property
    def outline(self) -> list[Block]:
        self.asked.blocks = True
        return self._outline.blocks

    def rows(self, nested: Sequence[Nested]) -> bytes:
        """The rows of the outline, whose blocks are ``nested``."""
        found = self._facts.rows
        if not found and nested:
            found = rows(nested)
            self._facts.keep_rows(found)
        return found

    @cached_property
    def imports(self) -> list[syntax.Import]:
        """The imports at module level, those under ``if``, ``try`` and ``with`` included."""
        self.asked.imports = True
        found = self._facts.imports
        if found is None:
            found = imports(self._text, self._outline.blocks)
            self._facts.keep_imports(found)
        return found

    @cached_property
    def comments(self) -> list[tuple[int, int, str]]:
        """Line, column and text of each comment."""
        if "#" not in self.text:
            return []
        return [(*self._position(offset), text) for offset, text in comments(self.text)]

    def check(self) -> list[Unreadable]:
        """What is known to be wrong with the file: what shows without parsing it, and in the blocks read so far."""
        self._outline  # noqa: B018
        return self.errors

    # --- lowering -----------------------------------------------------------------------------------------------

    def function(self, block: Block) -> syntax.Function:
        found = self._lower(block)
        if len(found) == 1 and isinstance(found[0], syntax.Function):
            return found[0]
        return syntax.Function(block.name, [], [], [], None, False, block.line, block.indent + 1)

    def class_shell(self, block: Block) -> syntax.Class:
        """A class with everything in its body except for functions."""
        found = self._lower(block)
        if len(found) == 1 and isinstance(found[0], syntax.Class):
            return found[0]
        return syntax.Class(block.name, [], [], [], block.line, block.indent + 1)

    def statement(self, block: Block) -> list[syntax.Stmt]:
        """An import, a simple statement or a compound statement, functions and classes in it included."""
        return self._lower(block)

    def read(self, blocks: Iterable[Block]) -> None:
        """Lower these blocks at once, which is faster than one after the other: classes as shells."""
        wanted = {block.begin: block for block in blocks if not self._is_known(block)}
        self.asked.lowered.update(wanted)
        # In what is broken, one block may seem to go on in the next one: what it holds must not hang on its company.
        if len(wanted) > 1 and self.is_sound:
            cuts = [self._cut(block) for block in wanted.values()]
            code = "".join(cut.code for cut in cuts)
            origin = [line for cut in cuts for line in cut.origin]
            nodes = self._parsed(code, origin)
            if isinstance(nodes, list) and len(nodes) == len(cuts):
                for block, cut, statements in zip(wanted.values(), cuts, nodes, strict=True):
                    self._keep(block, _unwrapped(statements) if cut.is_wrapped else statements)
                return
        for block in wanted.values():
            self._lower(block)

    def _lower(self, block: Block) -> list[syntax.Stmt]:
        self.asked.lowered.add(block.begin)
        if not self._is_known(block):
            cut = self._cut(block)
            nodes = self._parsed(cut.code, cut.origin)
            if isinstance(nodes, Unreadable):
                self._keep(block, nodes)
            else:
                found = [statement for statements in nodes for statement in statements]
                self._keep(block, _unwrapped(found) if cut.is_wrapped else found)
        return self._lowered[block.begin]

    def _is_known(self, block: Block) -> bool:
        """Whether a block has been lowered, by this run or by one before it."""
        if block.begin in self._lowered:
            return True
        found = self._facts.lowered(block.begin)
        if found is not None:
            self._take(block, found)
        return found is not None

    def _keep(self, block: Block, found: list[syntax.Stmt] | Unreadable) -> None:
        if self.is_certain or not isinstance(found, Unreadable):
            self._facts.keep_lowered(block.begin, found)
        self._take(block, found)

    def _take(self, block: Block, found: list[syntax.Stmt] | Unreadable) -> None:
        if isinstance(found, Unreadable):
            self.errors.append(found)
        self._lowered[block.begin] = [] if isinstance(found, Unreadable) else found

    def _parsed(self, code: str, origin: list[int]) -> list[list[syntax.Stmt]] | Unreadable:
        # A run in which nothing changed has no need of libcst, which takes long to import.
        from delete_lint.source.lowering import NotParsed, lower

        try:
            return lower(code, origin)
        except NotParsed as error:
            line = min(max(error.line, 1), len(origin))
            return Unreadable(origin[line - 1], error.column, error.message)
        except RecursionError:
            self.is_certain = False
            return Unreadable(origin[0], 1, "nested too deeply")

    def _cut(self, block: Block) -> _Cut:
        """A block's text, made to stand alone. An indented one goes under an ``if``, and what stands behind a colon
        is filled up with spaces, so that columns stay true."""
        line_start = self._starts[bisect_right(self._starts, block.begin) - 1]
        is_wrapped = block.indent > 0 or block.begin > line_start
        code = [_WRAPPER] if is_wrapped else []
        origin = [block.start] if is_wrapped else []
        code.append(" " * (block.begin - line_start))
        pieces = self._shell_pieces(block) if block.kind == "class" else [(block.begin, block.stop, "")]
        for begin, stop, filler in pieces:
            piece = filler + self._text[begin:stop]
            if not piece.endswith("\n"):
                piece += "\n"
            first = bisect_right(self._starts, begin) - (1 if filler else 0)
            code.append(piece)
            origin += range(first, first + piece.count("\n"))
        return _Cut("".join(code), origin, is_wrapped)

    def digest(self, block: Block) -> bytes:
        """Stands for all that a block is lowered to, but for its line."""
        if block.kind == "class":  # between whose functions others may have been put
            pieces = (
                filler + _empty_lines.sub("", self._text[begin:stop]).rstrip()
                for begin, stop, filler in self._shell_pieces(block)
            )
            code = "\n".join(filter(None, pieces))
        else:
            code = self._cut(block).code
        return digest(f"{block.indent} {code}".encode("utf-8", "surrogatepass"))

    def _shell_pieces(self, block: Block) -> list[tuple[int, int, str]]:
        """What is left of a class without its functions, with a ``pass`` in front where a suite may have become
        empty."""
        pieces: list[tuple[int, int, str]] = []
        begin, filler = block.begin, ""
        for function, leaves_nothing in _functions(block):
            if function.begin > begin or filler:
                pieces.append((begin, function.begin, filler))
            begin, filler = function.stop, ""
            if leaves_nothing:
                white = self._text[function.begin :]
                filler = white[: len(white) - len(white.lstrip(" \t\f"))] + "pass\n"
        if begin < block.stop or filler:
            pieces.append((begin, block.stop, filler))
        return pieces

    # --- places -------------------------------------------------------------------------------------------------

    def offset(self, line: int, column: int) -> int:
        """The offset of a line and column that count from 1."""
        self.asked.is_whole = True
        return self._offset(line, column)

    def _offset(self, line: int, column: int) -> int:
        return self._starts[line - 1] + column - 1

    def extent(self, line: int, column: int) -> tuple[int, int]:
        """Where what starts here ends (line, and column exclusive): a name with the brackets of its call, if it is
        called, or a string."""
        offset = self._offset(line, column)
        if match := _name_and_bracket.match(self._text, offset):
            end = match.end()
            if match[1] and (closed := bracket_end(self._text, match.start(1))):
                end = closed
            elif self._text.startswith(("'", '"'), end):
                end = string_end(self._text, end) or end
            else:
                end = offset + len(match[0].rstrip(" \t\f\\\n"))
        else:
            end = string_end(self._text, offset) or offset + 1
        return self._position(end)

    def statement_at(self, line: int) -> str:
        """The statement, or header of a compound statement, that this line belongs to, without its comments."""
        first, last = self._logical_line(line)
        if last >= len(self._starts):  # it may go on in what is put behind it
            self.asked.is_whole = True
        self.asked.show(last)
        text = self._between(first - 1, last)
        if "#" not in text:
            return text
        pieces: list[str] = []
        begin = 0
        for offset, comment in comments(text):
            pieces.append(text[begin:offset])
            begin = offset + len(comment)
        return "".join((*pieces, text[begin:]))

    def logical_line(self, line: int) -> tuple[int, int]:
        """First and last line of the statement, or header of a compound statement, that this line belongs to."""
        self.asked.is_whole = True
        return self._logical_line(line)

    def _logical_line(self, line: int) -> tuple[int, int]:
        index = bisect_right(self._logical_lines, (line, len(self._starts) + 1)) - 1
        if index >= 0 and self._logical_lines[index][1] >= line:
            return self._logical_lines[index]
        return line, line

    @cached_property
    def _logical_lines(self) -> list[tuple[int, int]]:
        number = self._starts
        return [
            (bisect_right(number, found.begin), bisect_right(number, max(found.stop - 1, found.begin)))
            for found in logical_lines(self._text)
        ]

    @cached_property
    def _outline(self) -> Outline:
        known = self._facts.outline
        if known is None:
            found = read_outline(self._text)
            self._facts.keep_outline(found.blocks, found.problems)
        else:
            blocks, problems = known
            found = Outline(blocks, line_starts(self._text), problems)
        for problem in found.problems[:1]:
            line = bisect_right(found.line_starts, problem.offset)
            column = problem.offset - found.line_starts[line - 1] + 1
            self.errors.append(Unreadable(line, column, problem.message))
        return found

    @property
    def is_sound(self) -> bool:
        """Whether the outline shows no mistake: what the blocks hold may still have some."""
        return not self._outline.problems

    @property
    def _starts(self) -> Sequence[int]:
        return self._outline.line_starts

    def _position(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1


def _functions(block: Block) -> list[tuple[Block, bool]]:
    """The functions in a class, those in its compound statements and nested classes included, and whether a ``pass``
    must stand in for them."""
    found: list[tuple[Block, bool]] = []
    only_functions = all(child.kind == "function" for child in block.children)
    for index, child in enumerate(block.children):
        if child.kind == "function":
            found.append((child, block.kind == "compound" or (only_functions and index == 0)))
        else:
            found += _functions(child)
    return found


def _unwrapped(statements: list[syntax.Stmt]) -> list[syntax.Stmt]:
    wrapper = statements[0] if statements else None
    return wrapper.body if isinstance(wrapper, syntax.If) else []
