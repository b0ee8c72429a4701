r"""Just enough of Python's tokens, by regular expressions that know no grammar and so read any Python's source.

Everything here takes text whose line ends are ``\n`` alone (see `universal_newlines`). Loops over groups are written
as ``(?>(?:…)*)`` and never as ``(?:…)*+``: Python before 3.11.5 forgets to go back after a failed last round of the
latter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

# --- patterns ---------------------------------------------------------------------------------------------------

_PLAIN_STRING = (
    r'(?:"""[^"\\]*+(?>(?:(?:\\.|"(?!""))[^"\\]*+)*)"""'
    r"|'''[^'\\]*+(?>(?:(?:\\.|'(?!''))[^'\\]*+)*)'''"
    r'|"(?!"")[^"\\\n]*+(?>(?:\\.[^"\\\n]*+)*)"'
    r"|'(?!'')[^'\\\n]*+(?>(?:\\.[^'\\\n]*+)*)')"
)
_AFTER_F = r"(?:(?<=\b[fFtT])|(?<=\b[fFtT][rR])|(?<=\b[rR][fFtT]))"
_NOT_AFTER_F = r"(?:(?<![fFtTrR])|(?<!\b[fFtT])(?<!\b[fFtT][rR])(?<!\b[rR][fFtT]))"


def _fstring(quote: str) -> str:
    """An f-string that needs no counting: its fields hold at most one level of braces, and no string with a brace, a
    backslash or the outer quote in it. `string_end` reads the others."""
    one, triple = quote[0], len(quote) == 3
    other = "'" if one == '"' else '"'
    newline = "" if triple else r"\n"
    string = rf"{other}(?!{other}{other})[^'\"\\\n{{}}#]*+{other}"
    inner = r"\{[^{}'\"#\\\n]*+\}"
    replacement = rf"\{{[^{{}}'\"#\\\n]*+(?>(?:(?:{string}|{inner})[^{{}}'\"#\\\n]*+)*)\}}"
    lone_quote = rf"|{one}(?!{one}{one})" if triple else ""
    piece = rf"(?:\{{\{{|{replacement}|\\(?:[^{{}}]|(?=[{{}}])){lone_quote})"
    start = quote if triple else rf"{one}(?!{one}{one})"
    plain = rf"[^{one}\\{{{newline}]*+"
    return rf"{start}{plain}(?>(?:{piece}{plain})*){quote}"


_FSTRING = "(?:" + "|".join(_fstring(quote) for quote in ('"""', "'''", '"', "'")) + ")"
_STRING = rf"(?:{_NOT_AFTER_F}{_PLAIN_STRING}|{_AFTER_F}{_FSTRING})"


def _balanced(levels: int) -> str:
    inner = rf"|{_balanced(levels - 1)}" if levels > 1 else ""
    plain = r"""[^"'#()\[\]{}\\]*+"""
    return rf"[(\[{{]{plain}(?>(?:(?:(?=[\"']){_STRING}|\#[^\n]*+|\\.{inner}){plain})*)[)\]}}]"


_BALANCED = _balanced(2)
_BLANK = r"(?>(?:[ \t\f]*+(?:\#[^\n]*+)?\n)*)"
_INDENT = r"(?>(?:[ \t]*+\f)*)"
_CODE = rf"""[^"'#()\[\]{{}}\\\n]*+(?>(?:(?:(?=["']){_STRING}|{_BALANCED}|\\\n)[^"'#()\[\]{{}}\\\n]*+)*)"""
_REST_OF_LINE = r"(?:\#[^\n]*+)?(?:\n|\Z)"

PREFIX = r"(?:[rR][bBfFtT]?|[bBfFtT][rR]?|[uU])"
_NUMBER = (
    r"(?:0[xX][\da-fA-F_]++|0[bBoO][\d_]++"
    r"|(?:\d[\d_]*+\.?[\d_]*+|\.\d[\d_]*+)(?:[eE][-+]?\d[\d_]*+)?[jJ]?)"
)

_string = re.compile(_STRING, re.DOTALL)
_plain_string = re.compile(_PLAIN_STRING, re.DOTALL)
_balanced_brackets = re.compile(_BALANCED, re.DOTALL)
_after_f = re.compile(_AFTER_F)
_line = re.compile(rf"{_BLANK}{_INDENT}([ \t]*+)(?=[^\n\#]){_CODE}(){_REST_OF_LINE}", re.DOTALL)
_line_start = re.compile(rf"{_BLANK}{_INDENT}([ \t]*+)(?=[^\n\#])", re.DOTALL)
_plain = re.compile(r"""[^"'#()\[\]{}\\\n]*+""")
_in_literal = re.compile(r"""[\\{\n"']""")
_in_field = re.compile(r"""[()\[\]{}"'#:]""")
_in_format = re.compile(r"""[{}\n"']""")
_unterminated_line = re.compile(r"(?>(?:[^\\\n]++|\\.)*)", re.DOTALL)
# An unclosed bracket is taken to end before a line that can only be the start of a statement.
_new_statement = re.compile(r"\n(?=[ \t]*(?:(?:async[ \t]+)?def[ \t]|class[ \t]|import[ \t]|from[ \t]+[.\w]|@\w))")
_token = re.compile(
    r"""[^\w"'#()\[\]{}\n\\+*~.-]*+(?:"""
    rf"((?:(?<!\w){PREFIX})?(?=[\"']){_STRING})"
    rf"|([^\W\d]\w*+|{_NUMBER}|\.\.\.|[-+~*])"
    r"|([(\[{])|([)\]}])|(\n)|(\#[^\n]*+|\\\n)"
    # The last two are there so that there is a match wherever one looks for it: looking on from each next character
    # would take for ever.
    r"""|(["'])|[.\\]|\Z)""",
    re.DOTALL,
)
_fstring_start = re.compile(r"""(?:[fFtT][rR]?|[rR][fFtT])(?:\"""|'''|"|')""")
_comment = re.compile(rf"""[^"'#]*+(?>(?:{_STRING}[^"'#]*+)*)(?:(\#[^\n]*+)|(["'])|\Z)""", re.DOTALL)

_CLOSING = {"(": ")", "[": "]", "{": "}"}
_MAX_FSTRING_LEVELS = 10
_MAX_PROBLEMS = 20


def universal_newlines(text: str) -> str:
    r"""The text with ``\r\n`` and ``\r`` as ``\n``, as Python itself reads it; lines and columns stay as they are."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


# --- logical lines ----------------------------------------------------------------------------------------------


class Problem(msgspec.Struct, frozen=True, gc=False):
    """Something that no Python would read."""

    offset: int
    message: str


class LogicalLine(msgspec.Struct, frozen=True, gc=False):
    """Offsets of one logical line: ``begin`` is its first character that is not white space, ``code_end`` the end of
    its code, in front of a comment, and ``stop`` the start of the next line."""

    indent: int
    begin: int
    code_end: int
    stop: int


def logical_line(text: str, offset: int, problems: list[Problem]) -> LogicalLine | None:
    """The first logical line at or after ``offset``, which is at the start of a line."""
    if match := _line.match(text, offset):
        begin = match.end(1)
        return LogicalLine(begin - match.start(1), begin, match.start(2), match.end())
    start = _line_start.match(text, offset)
    if start is None or start.end() == len(text):
        return None
    begin = start.end()
    code_end, stop = _line_end(text, begin, problems)
    return LogicalLine(begin - start.start(1), begin, code_end, stop)


def logical_lines(text: str) -> Iterator[LogicalLine]:
    """All logical lines, at whatever depth."""
    offset = 0
    problems: list[Problem] = []  # of all lines, so that a file of garbage is given up
    while (line := logical_line(text, offset, problems)) is not None:
        yield line
        offset = line.stop


def deeper_lines(indent: int) -> re.Pattern[str]:
    """Matches, at a line's start, the logical lines indented deeper than ``indent``, so far as no counting is needed
    to read them."""
    if indent not in _deeper:
        pattern = rf"(?>(?:{_BLANK}{_INDENT}[ \t]{{{indent + 1},}}+(?=[^\n\#]){_CODE}{_REST_OF_LINE})*)"
        _deeper[indent] = re.compile(pattern, re.DOTALL)
    return _deeper[indent]


_deeper: dict[int, re.Pattern[str]] = {}


def _line_end(text: str, offset: int, problems: list[Problem]) -> tuple[int, int]:
    """Like the pattern for a logical line, but counts, so that nothing is too deep or too wrong for it."""
    open_brackets: list[int] = []
    code_end = offset
    size = len(text)
    while True:
        if plain := _plain.match(text, offset):
            offset = plain.end()
        if offset >= size:
            break
        char = text[offset]
        if char == "\n":
            if not open_brackets:
                return max(code_end, offset), offset + 1
            offset += 1
        elif char == "#":
            code_end = offset
            newline = text.find("\n", offset)
            offset = size if newline < 0 else newline
            if not open_brackets:
                return code_end, min(offset + 1, size)
        elif char in "\"'":
            end = string_end(text, offset)
            if end is None:
                problems.append(Problem(offset, "unterminated string literal"))
                end = unterminated_end(text, offset)
            offset = end
        elif char == "\\":
            if not text.startswith("\n", offset + 1) and len(problems) < _MAX_PROBLEMS:
                problems.append(Problem(offset, "unexpected character after line continuation character"))
            offset += 2 if text.startswith("\n", offset + 1) else 1
        elif char in _CLOSING:
            open_brackets.append(offset)
            offset += 1
        else:
            if not open_brackets:
                if len(problems) < _MAX_PROBLEMS:
                    problems.append(Problem(offset, f"unmatched '{char}'"))
            elif _CLOSING[opening := text[open_brackets.pop()]] != char:
                problems.append(Problem(offset, f"closing '{char}' does not match opening '{opening}'"))
            offset += 1
    if not open_brackets:
        return size, size
    problems.append(Problem(open_brackets[-1], f"'{text[open_brackets[-1]]}' was never closed"))
    # Each further attempt may read to the end of the text again, so that a file of garbage is given up at some point.
    again = _new_statement.search(text, open_brackets[0]) if len(problems) < _MAX_PROBLEMS else None
    return (again.start(), again.end()) if again else (size, size)


# --- strings and brackets ---------------------------------------------------------------------------------------


def string_end(text: str, offset: int) -> int | None:
    """The end of the string whose opening quote is at ``offset`` (its prefix, if any, in front of it)."""
    if match := _string.match(text, offset):
        return match.end()
    if _after_f.match(text, offset):
        if (end := _fstring_end(text, offset, 0)) is not None:
            return end
        match = _plain_string.match(text, offset)
        return match.end() if match else None
    return None


def unterminated_end(text: str, offset: int) -> int:
    """Where a string that is never closed is taken to end: at its line's end, or the text's if it has three quotes."""
    if text.startswith(('"""', "'''"), offset):
        return len(text)
    match = _unterminated_line.match(text, offset)
    return match.end() if match else len(text)


def _fstring_end(text: str, offset: int, level: int) -> int | None:
    if level > _MAX_FSTRING_LEVELS:
        return None
    quote = text[offset]
    if text.startswith(quote * 3, offset):
        quote *= 3
    offset += len(quote)
    while match := _in_literal.search(text, offset):
        offset = match.start()
        char = match[0]
        if char == "\\":
            offset += 1 if text.startswith(("{", "}"), offset + 1) else 2
        elif char == "{":
            if text.startswith("{", offset + 1):
                offset += 2
            elif (end := _field_end(text, offset + 1, quote, level)) is not None:
                offset = end
            else:
                return None
        elif char == "\n":
            if len(quote) == 1:
                return None
            offset += 1
        elif text.startswith(quote, offset):
            return offset + len(quote)
        else:
            offset += 1
    return None


def _field_end(text: str, offset: int, quote: str, level: int) -> int | None:
    """The end of the replacement field whose opening brace is in front of ``offset``."""
    depth = 0
    while match := _in_field.search(text, offset):
        char = match[0]
        offset = match.end()
        if char in "\"'":
            match = _string.match(text, offset - 1)
            end = match.end() if match else None
            if end is None and _after_f.match(text, offset - 1):
                end = _fstring_end(text, offset - 1, level + 1)
            if end is None:
                return None
            offset = end
        elif char == "#":
            offset = text.find("\n", offset)
            if offset < 0:
                return None
        elif char == ":":
            if depth == 0:
                return _format_end(text, offset, quote, level)
        elif char in _CLOSING:
            depth += 1
        elif depth == 0:
            return offset if char == "}" else None
        else:
            depth -= 1
    return None


def _format_end(text: str, offset: int, quote: str, level: int) -> int | None:
    """The end of the replacement field whose format specification starts at ``offset``."""
    if level > _MAX_FSTRING_LEVELS:
        return None
    while match := _in_format.search(text, offset):
        char = match[0]
        offset = match.end()
        if char == "}":
            return offset
        if char == "{":
            end = _field_end(text, offset, quote, level + 1)
            if end is None:
                return None
            offset = end
        elif (char == "\n" and len(quote) == 1) or text.startswith(quote, offset - 1):
            return None
    return None


def bracket_end(text: str, offset: int) -> int | None:
    """The end of the bracket that opens at ``offset``, or None if it is never closed."""
    if match := _balanced_brackets.match(text, offset):
        return match.end()
    depth = 0
    found = tokens(text, offset, stop_at_balance=True)
    for kind in found.texts:
        depth += (kind in _CLOSING) - (kind in ")]}")
    return found.offsets[-1] + 1 if found.texts and depth == 0 else None


# --- tokens -----------------------------------------------------------------------------------------------------


class Tokens(msgspec.Struct):
    r"""Names, keywords, numbers, strings, brackets and ends of logical lines (``"\n"``), in order.

    A string's text is the whole of it; an f-string's or t-string's is its prefix and its opening quotes. Of the
    operators only those are here that can start an expression. ``lines`` holds the index of the first token of each
    logical line, and one more.
    """

    texts: list[str] = msgspec.field(default_factory=list)
    offsets: list[int] = msgspec.field(default_factory=list)
    lines: list[int] = msgspec.field(default_factory=lambda: [0])
    deepest: int = 0


def tokens(text: str, offset: int = 0, *, stop_at_balance: bool = False) -> Tokens:
    """The tokens from ``offset`` on; with ``stop_at_balance`` up to where all brackets are closed again."""
    found = Tokens()
    texts, offsets, lines = found.texts, found.offsets, found.lines
    depth = deepest = 0
    position: int | None = offset
    while position is not None:
        start, position = position, None
        for match in _token.finditer(text, start):
            kind = match.lastindex
            if kind == 2:
                texts.append(match[2])
                offsets.append(match.start(2))
            elif kind == 1:
                texts.append(_string_token(match[1]))
                offsets.append(match.start(1))
            elif kind == 3:
                depth += 1
                if depth > deepest:
                    deepest = depth
                texts.append(match[3])
                offsets.append(match.start(3))
            elif kind == 4:
                depth = max(depth - 1, 0)
                texts.append(match[4])
                offsets.append(match.start(4))
                if stop_at_balance and depth == 0:
                    return found
            elif kind == 5:
                if depth == 0 and len(texts) > lines[-1]:
                    texts.append("\n")
                    offsets.append(match.start(5))
                    lines.append(len(texts))
            elif kind == 7:
                quote = match.start(7)
                end = string_end(text, quote)
                position = unterminated_end(text, quote) if end is None else end
                # The prefix in front of the quote was taken for a name.
                if texts and offsets[-1] + len(texts[-1]) == quote and re.fullmatch(PREFIX, texts[-1]):
                    texts.pop()
                    quote = offsets.pop()
                texts.append(_string_token(text[quote:position]))
                offsets.append(quote)
                break
    if len(texts) > lines[-1]:
        texts.append("\n")
        offsets.append(len(text))
        lines.append(len(texts))
    found.deepest = deepest
    return found


def _string_token(text: str) -> str:
    start = _fstring_start.match(text)
    return start[0] if start else text


def comments(text: str) -> Iterator[tuple[int, str]]:
    """Offset and text, from the ``#`` on, of each comment."""
    position: int | None = 0
    while position is not None:
        start, position = position, None
        for match in _comment.finditer(text, start):
            if match.lastindex == 1:
                yield match.start(1), match[1].rstrip()
            elif match.lastindex == 2:
                quote = match.start(2)
                end = string_end(text, quote)
                position = unterminated_end(text, quote) if end is None else end
                break
