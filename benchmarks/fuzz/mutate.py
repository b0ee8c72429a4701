"""Files made worse: cut, spliced, with bytes flipped, with names, lines and subtrees in each other's places."""

from __future__ import annotations

import ast
import copy
import keyword
import random
import re
import warnings
from collections.abc import Callable, Mapping

_WORD = re.compile(rb"[A-Za-z_]\w*")
_KEYWORDS = frozenset(word.encode() for word in keyword.kwlist)
_BRACKETED = re.compile(rb"\([^()\n]*\)|\[[^\[\]\n]*\]|\"[^\"\n]*\"|'[^'\n]*'")

#: What readers of Python stumble over.
NASTY: tuple[bytes, ...] = (
    *(bytes([byte]) for byte in range(33)),
    *(token.encode() for token in ['()', '[]', '{}', '(', ')', '[', ']', '{', '}', '"', "'", '"""', "'''", '\\', '#', ':', ':=', ';', ',', '.', '...', '*', '**', '@', '->', '=', '==', '~', '!', '`', '$', '?']),
    *(token.encode() for token in ["f'", 'f"', "rb'", "t'", "f'{", "f'{x!r:{", "{{", "}}", "}'", "b''", "u''", "\\\n", "\\\r\n\t", "\r", "\r\r\n", "\x0c", "\x0b"]),
    *(token.encode() for token in ("\ufeff", "\u2028", "\x85", "\u00e9", "\u212a", "\u0661", "\U0001f600", "\u202e")),
    b"\xff\xfe", b"\xed\xa0\x80", b"\xc0\x80", b"\xf4\x90\x80\x80", b"\x80",
    b"# -*- coding: latin-1 -*-\n", b"# coding: utf-16\n", b"# coding: rot13\n", b"# coding: undefined\n",
    b"# coding: utf-7\n", b"# coding: idna\n", b"# coding: unicode_escape\n", b"# coding: \x80\n",
    b"# delete-lint: ignore", b"# delete-lint: ignore[", b"# delete-lint: ignore-file[unbatched_cascade] x\n",
    b"  # delete-lint: ignore[delete_in_loop, nothing]", b"# type: ignore", b"# fmt: off\n",
    b"lambda: ", b"lambda *a, **k: ", b"async ", b"await ", b"yield ", b"yield from ", b"match x:\n", b"case _:\n",
    b"class A(A): pass\n", b"class A[T: (A, B)](B): pass\n", b"type X = X\n", b"def f(a, /, *, b): pass\n",
    b"del x\n", b"global x\n", b"nonlocal x\n", b"from . import *\n", b"from .. import x\n", b"from ....... import x\n",
    b"import a.b.c as d\n", b"from __future__ import braces\n", b"if 1:\n", b"else:\n", b"try:\n", b"except* E:\n",
    b"finally:\n", b"with a as b, c:\n", b"return\n", b"raise\n", b"print x\n", b"exec 'x'\n", b"x = yield\n", b"<>",
    b"9" * 5000, b"0x" + b"f" * 300, b"1e999", b"1_0", b"0777", b"1__0", b"1if 1else 2", b"-" * 300, b"not " * 150,
    b"(" * 250, b"[" * 90, b"{" * 120, b"((" * 60 + b"))" * 60, b"x." * 400, b"x()" * 300, b"[0]" * 300, b"+1" * 900,
    b"    ", b"\t", b"        \t", b"  ", b"\n\n\n", b"\n    \n", b".delete()", b".all()", b"self.", b"instance.",
    b".filter(pk__in=[]).delete()\n", b"post_delete.connect(", b"@receiver(post_delete)\n", b"on_delete=models.CASCADE",
    b"models.ForeignKey('self', models.CASCADE)", b"models.ForeignKey('auth.User', models.DB_CASCADE)", b"super().",
    b"a" * 5000, b"'a' " * 300, b"class Meta:\n        abstract = True\n", b"class Meta: proxy = True\n",
)  # fmt: skip


def mutated(data: bytes, others: Mapping[str, bytes], chance: random.Random) -> bytes:
    """The file after a few mutations; ``others`` are files to take from."""
    kinds = _GENTLE if chance.random() < 0.55 else _MUTATIONS
    for _ in range(chance.choice((1, 1, 1, 2, 2, 3, 5, 8))):
        data = chance.choice(kinds)(data, others, chance)
    return data


def _cut(data: bytes, others: Mapping[str, bytes], chance: random.Random) -> bytes:
    begin, end = sorted((_anywhere(data, chance), _anywhere(data, chance)))
    kind = chance.random()
    if kind < 0.3:
        return data[:end]
    if kind < 0.5:
        return data[begin:]
    # A short piece out of the middle.
    return data[:begin] + data[min(begin + chance.choice((1, 2, 5, 20, 100)), len(data)) :]


def _flip(data: bytes, others: Mapping[str, bytes], chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(min(chance.choice((1, 1, 2, 4, 16)), len(changed))):
        at = chance.randrange(len(changed))
        changed[at] = changed[at] ^ (1 << chance.randrange(8)) if chance.random() < 0.5 else chance.randrange(256)
    return bytes(changed)


def _insert(data: bytes, others: Mapping[str, bytes], chance: random.Random) -> bytes:
    at = _anywhere(data, chance)
    if chance.random() < 0.5:
        at = data.find(b"\n", at) + 1
        at += len(data[at : at + 40]) - len(data[at : at + 40].lstrip(b" "))
    return data[:at] + chance.choice(NASTY) + data[at:]


def _splice(data: bytes, others: Mapping[str, bytes], chance: random.Random) -> bytes:
    other = others[chance.choice(sorted(others))]
    lines, further = data.splitlines(keepends=True), other.splitlines(keepends=True)
    if chance.random() < 0.3:
        return data[: _anywhere(data, chance)] + other[_anywhere(other, chance) :]
    begin, at = _index(further, chance), _index(lines, chance)
    return b"".join([*lines[:at], *further[begin : begin + chance.choice((1, 3, 10, 40))], *lines[at:]])


def _lines(data: bytes, others: Mapping[str, bytes], chance: random.Random) -> bytes:
    """Lines doubled, dropped, swapped, moved in or out."""
    lines = data.splitlines(keepends=True)
    if len(lines) < 2:
        return data * 2
    at, to = chance.randrange(len(lines)), chance.randrange(len(lines))
    match chance.randrange(6):
        case 0:
            lines.insert(to, lines[at])
        case 1:
            del lines[at : at + chance.choice((1, 1, 2, 8))]
        case 2:
            lines[at], lines[to] = lines[to], lines[at]
        case 3:
            lines[at] = chance.choice((b" ", b"    ", b"\t", b"        ")) + lines[at]
        case 4:
            lines[at] = lines[at].lstrip(b" \t")
        case _:
            lines[at] = lines[at].rstrip(b"\r\n")
    return b"".join(lines)


def _names(data: bytes, others: Mapping[str, bytes], chance: random.Random) -> bytes:
    """A name in the place of another one, once or everywhere: classes come to inherit from themselves, and the like."""
    keywords = chance.random() < 0.1
    words = [match.span() for match in _WORD.finditer(data) if keywords or match[0] not in _KEYWORDS]
    if not words:
        return data
    (begin, end), (first, last) = chance.choice(words), chance.choice(words)
    if chance.random() < 0.3:
        return re.sub(rb"\b" + re.escape(data[begin:end]) + rb"\b", lambda match: data[first:last], data)
    return data[:begin] + data[first:last] + data[end:]


def _brackets(data: bytes, others: Mapping[str, bytes], chance: random.Random) -> bytes:
    """What stands in brackets or quotes in the place of something else that does."""
    spans = [match.span() for match in _BRACKETED.finditer(data)]
    if not spans:
        return data
    (begin, end), (first, last) = chance.choice(spans), chance.choice(spans)
    return data[:begin] + data[first:last] + data[end:]


def _ends(data: bytes, others: Mapping[str, bytes], chance: random.Random) -> bytes:
    end = chance.choice((b"\r", b"\r\n", b"\f\n", b"\\\n", b"\x00\n", b" \n", b";\n", b""))
    if chance.random() < 0.5:
        return data.replace(b"\n", end, chance.choice((1, 3, -1)))
    return data.rstrip(b"\n") + end


def _subtrees(data: bytes, others: Mapping[str, bytes], chance: random.Random) -> bytes:
    """Expressions, and statements, in each other's places: still Python, and about something else."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            tree = ast.parse(data)
            for _ in range(chance.choice((1, 2, 4))):
                _swap(tree, chance)
            return ast.unparse(tree).encode("utf-8", "surrogatepass") + b"\n"
        except (SyntaxError, ValueError, RecursionError, MemoryError, TypeError, AttributeError, LookupError):
            return _names(data, others, chance)


def _swap(tree: ast.AST, chance: random.Random) -> None:
    places: list[tuple[list[ast.AST], int]] = []
    fields: list[tuple[ast.AST, str]] = []
    for node in ast.walk(tree):
        for name, value in ast.iter_fields(node):
            if isinstance(value, list) and value and isinstance(value[0], (ast.expr, ast.stmt)):
                places += [(value, at) for at in range(len(value))]
            elif isinstance(value, ast.expr):
                fields.append((node, name))
    if fields and (not places or chance.random() < 0.6):
        node, name = chance.choice(fields)
        donor, theirs = chance.choice(fields)
        setattr(node, name, copy.deepcopy(getattr(donor, theirs)))  # a tree, and not a ring
    elif places:
        (one, at), (other, there) = chance.choice(places), chance.choice(places)
        if isinstance(one[at], ast.stmt) == isinstance(other[there], ast.stmt):
            moved = copy.deepcopy(other[there])
            if chance.random() < 0.5:
                one[at] = moved
            else:
                one.insert(at, moved)


def _anywhere(data: bytes, chance: random.Random) -> int:
    return chance.randint(0, len(data))


def _index(lines: list[bytes], chance: random.Random) -> int:
    return chance.randint(0, len(lines))


_Mutation = Callable[[bytes, Mapping[str, bytes], random.Random], bytes]
#: After these there is mostly still Python.
_GENTLE: tuple[_Mutation, ...] = (_names, _brackets, _subtrees, _subtrees)
_MUTATIONS: tuple[_Mutation, ...] = (*_GENTLE, _cut, _flip, _insert, _insert, _splice, _lines, _lines, _ends)
