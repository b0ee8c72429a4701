"""The outline against Python's own parser, and against what no parser takes."""

from __future__ import annotations

import ast
import random
import sysconfig
import warnings
from collections.abc import Iterator
from pathlib import Path

import django
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from delete_lint.source.imports import imports
from delete_lint.source.outline import Block, outline, read_outline
from delete_lint.source.tokens import comments, tokens

STANDARD_LIBRARY = Path(sysconfig.get_path("stdlib"))
DJANGO = Path(django.__file__).parent


def sample(root: Path, count: int) -> list[Path]:
    paths = sorted(path for path in root.rglob("*.py") if "site-packages" not in path.relative_to(root).parts)
    return random.Random(1).sample(paths, min(count, len(paths)))


def real_files() -> Iterator[tuple[Path, str, ast.Module]]:
    for path in sample(DJANGO, 250) + sample(STANDARD_LIBRARY, 250):
        try:
            source = path.read_bytes().decode()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                yield path, source, ast.parse(source)
        except (ValueError, SyntaxError):
            continue


def flat(blocks: list[Block] | tuple[Block, ...]) -> Iterator[Block]:
    for block in blocks:
        yield block
        yield from flat(block.children)


def places(source: str) -> list[tuple[str, str, int, int, int]]:
    found = flat(outline(source))
    return sorted((b.kind, b.name, b.start, b.line, b.end) for b in found if b.kind not in ("import", "statement"))


def suites(node: ast.stmt) -> Iterator[list[ast.stmt]]:
    """The suites of a compound statement; an `elif` is no statement of its own."""
    if isinstance(node, ast.Match):
        yield from (case.body for case in node.cases)
        return
    if isinstance(node, (ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.TryStar)):
        yield node.body
    if isinstance(node, (ast.Try, ast.TryStar)):
        yield from (handler.body for handler in node.handlers)
    orelse = getattr(node, "orelse", [])
    if isinstance(node, ast.If) and len(orelse) == 1 and isinstance(orelse[0], ast.If):
        if orelse[0].col_offset == node.col_offset:
            yield from suites(orelse[0])
            return
    yield orelse
    yield getattr(node, "finalbody", [])


def ast_places(body: list[ast.stmt]) -> Iterator[tuple[str, str, int, int, int]]:
    for node in body:
        end = node.end_lineno or 0
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            start = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            is_class = isinstance(node, ast.ClassDef)
            yield "class" if is_class else "function", node.name, start, node.lineno, end
            if is_class:
                yield from ast_places(node.body)
        elif compound := [suite for suite in suites(node) if suite]:
            yield "compound", "", node.lineno, node.lineno, end
            for suite in compound:
                yield from ast_places(suite)


def ast_imports(body: list[ast.stmt]) -> Iterator[tuple[str | None, list[tuple[str, str | None]], int, int]]:
    for node in body:
        if isinstance(node, ast.Import):
            yield None, [(name.name, name.asname) for name in node.names], 0, node.lineno
        elif isinstance(node, ast.ImportFrom):
            yield node.module or "", [(name.name, name.asname) for name in node.names], node.level, node.lineno
        elif not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            for suite in suites(node):
                yield from ast_imports(suite)


def ast_names(body: list[ast.stmt]) -> Iterator[str]:
    for node in body:
        targets: list[ast.expr] = []
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, ast.AugAssign) or (isinstance(node, ast.AnnAssign) and node.simple):
            targets = [node.target]  # `(name): int = 1` is legal and nobody's way of binding a name
        elif hasattr(ast, "TypeAlias") and isinstance(node, ast.TypeAlias):
            targets = [node.name]
        for target in targets:
            for name in ast.walk(target):
                if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store):
                    yield name.id


def import_facts(source: str) -> list[tuple[str | None, list[tuple[str, str | None]], int, int]]:
    found = imports(source, outline(source))
    return [(node.module, [(name.name, name.alias) for name in node.names], node.level, node.line) for node in found]


def test_functions_and_classes_of_real_code_are_found_where_they_are() -> None:
    count = 0
    for path, source, tree in real_files():
        assert places(source) == sorted(ast_places(tree.body)), path
        assert not read_outline(source).problems, path
        count += 1
    assert count > 400


def test_imports_and_assignments_of_real_code_are_found_without_parsing() -> None:
    for path, source, tree in real_files():
        assert import_facts(source) == list(ast_imports(tree.body)), path
        names = [name for block in outline(source) if block.kind == "statement" for name in block.names]
        assert names == list(ast_names(tree.body)), path


def summary(blocks: list[Block] | tuple[Block, ...]) -> list[object]:
    return [(b.kind, b.name or b.names, b.start, b.end, *([summary(b.children)] if b.children else [])) for b in blocks]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_every_line_end_of_python_counts_and_no_other(newline: str) -> None:
    source = 'x = "\x1c \u2028 \x85"\n# \x0b\x0c\x1d\n\x0c\ndef f():\n    """a\n    b"""\n    return 1\n\n\ny = 2\n'
    assert summary(outline("\ufeff" + source.replace("\n", newline))) == [
        ("statement", ("x",), 1, 1),
        ("function", "f", 4, 7),
        ("statement", ("y",), 10, 10),
    ]


def test_one_line_suites_hold_what_stands_behind_the_colon() -> None:
    source = (
        "class A: pass\n"
        "class B(A, metaclass=M): x: int = 1; y = {1: 2}\n"
        "def f(a: int = 1) -> dict[int, str]: return a[1:2]\n"
        "if (lambda x: x)(1): import a\n"
        "elif lambda: b: import b\n"
        "else: c = 1\n"
        "if n := 10: d = 1\n"
        "z = 0\n"
    )
    assert summary(outline(source)) == [
        ("class", "A", 1, 1, [("statement", (), 1, 1)]),
        ("class", "B", 2, 2, [("statement", ("x", "y"), 2, 2)]),
        ("function", "f", 3, 3),
        ("compound", (), 4, 6, [("import", (), 4, 4), ("import", (), 5, 5), ("statement", ("c",), 6, 6)]),
        ("compound", (), 7, 7, [("statement", ("d",), 7, 7)]),
        ("statement", ("z",), 8, 8),
    ]


def test_the_syntax_of_a_newer_python_is_outlined_by_an_older_one() -> None:
    source = (
        "type Pair[T] = tuple[T, T]\n"
        "class Box[T: (int, str) = int](Base[T], metaclass=Meta):\n"
        '    label = f"{x["a"]:>{width["b"]}} {\'}\'!r}"\n'
        '    page = t"""{y["a"]\n'
        "        # a comment }\n"
        '    }"""\n'
        "    async def get[K](self, key: K = {1: 2}[1]): return 1\n"
        "    try:\n"
        "        import a\n"
        "    except A, B:\n"
        "        def late(self): ...\n"
        "    except* C:\n"
        "        pass\n"
        "match command:\n"
        '    case {"a": [x, *_]} if x: import b\n'
        "    case _:\n"
        "        class Other: pass\n"
        "match = 1\n"
        "match[1]: int = 2\n"
    )
    found = outline(source)
    assert summary(found) == [
        ("statement", ("Pair",), 1, 1),
        (
            "class",
            "Box",
            2,
            13,
            [
                ("statement", ("label",), 3, 3),
                ("statement", ("page",), 4, 6),
                ("function", "get", 7, 7),
                (
                    "compound",
                    (),
                    8,
                    13,
                    [("import", (), 9, 9), ("function", "late", 11, 11), ("statement", (), 13, 13)],
                ),
            ],
        ),
        ("compound", (), 14, 17, [("import", (), 15, 15), ("class", "Other", 17, 17, [("statement", (), 17, 17)])]),
        ("statement", ("match",), 18, 18),
        ("statement", (), 19, 19),
    ]
    assert found[1].bases == "Base[T], metaclass=Meta"
    assert not read_outline(source).problems


def test_a_header_over_several_lines_is_told_from_the_body() -> None:
    source = (
        "@receiver(\n    post_delete,\n)\n# why\n@other\n"
        "def f(\n    a,  # :\n) -> int:  # end\n    # inside\n\treturn 1\n    # behind\n# at the side\n\nx = 1\n"
    )
    function = outline(source)[0]
    assert (function.start, function.line, function.header_end, function.end) == (1, 6, 8, 10)
    assert source[function.begin : function.stop].endswith("return 1\n")


@pytest.mark.parametrize(
    ("statement", "names"),
    [
        ("a = b = 1", ("a", "b")),
        ("a, *b = (c, d) = [e, f] = x", ("a", "b", "c", "d", "e", "f")),
        ("X.y = 1", ()),
        ("x[a, b], c = 1, 2", ("c",)),
        ("f(a, b=1)", ()),
        ("x: int = f(a=1)", ("x",)),
        ("x: int", ("x",)),
        ("x = lambda: y", ("x",)),
        ("lambda: y", ()),
        ("x += 1", ("x",)),
        ("x == 1", ()),
        ("if_ = 1; y = [2]; z", ("if_", "y")),
        ("x = \\\n  y = 2", ("x", "y")),
        ("x[a:b] = 1", ()),
        ("'a = b'", ()),
        ("é = 1", ("é",)),
    ],
)
def test_the_names_that_a_statement_assigns_to(statement: str, names: tuple[str, ...]) -> None:
    assert outline(statement)[0].names == names


def test_imports_in_every_form() -> None:
    source = (
        "import a.b as c, d\n"
        "from ..x import (  # why\n    a as b,\n    c,\n)\n"
        "from . import y\n"
        "from .... import *\n"
        "from .x import\\\n    z\n"
        'import e; f = ";import no"; import g\n'
        "if TYPE_CHECKING:\n    from h import i\n"
        "try: import j\nexcept ImportError: j = None\n"
        "def k():\n    import no\n"
        "class L:\n    import no\n"
        'm = "import no"\n'
    )
    assert import_facts(source) == [
        (None, [("a.b", "c"), ("d", None)], 0, 1),
        ("x", [("a", "b"), ("c", None)], 2, 2),
        ("", [("y", None)], 1, 6),
        ("", [("*", None)], 4, 7),
        ("x", [("z", None)], 1, 8),
        (None, [("e", None)], 0, 10),
        (None, [("g", None)], 0, 10),
        ("h", [("i", None)], 0, 12),
        (None, [("j", None)], 0, 13),
    ]


@pytest.mark.parametrize(
    ("source", "line", "message"),
    [
        ("x = (1,\n\ndef f():\n    pass\n", 1, "'(' was never closed"),
        ("x = 1)\ndef f():\n    pass\n", 1, "unmatched ')'"),
        ("y = 1\nx = 'abc\ndef f():\n    pass\n", 2, "unterminated string literal"),
        ("x = 1 \\ 2\ndef f():\n    pass\n", 1, "unexpected character after line continuation character"),
        ("if x:\npass\ndef f():\n    pass\n", 2, "expected an indented block"),
        ("x = 1\n    y = 2\ndef f():\n    pass\n", 2, "unexpected indent"),
        ("x = '\0'\ndef f():\n    pass\n", 1, "source code cannot contain null bytes"),
        ("@x\ny = 1\ndef f():\n    pass\n", 1, "a decorator without a function or class"),
    ],
)
def test_a_mistake_is_told_and_what_follows_is_still_seen(source: str, line: int, message: str) -> None:
    found = read_outline(source)
    assert found.problems[0].message == message
    assert source.count("\n", 0, found.problems[0].offset) + 1 == line
    assert [block.name for block in found.blocks if block.kind == "function"] == ["f"]


FRAGMENTS = (
    *("'", '"', '"""', 'f"', 'f"{', 't"""{', "rf'{x!r:>{", "\\N{", "{{", "}}", "(", ")", "[", "]", "{", "}", "\\", "#"),
    *("\n", "\r", "\t", "    ", "\x0c", "\0", ";", ":", "=", ",", ".", "@", "é", "\u2028", "²", "1", "x", "lambda: "),
    *("if x:", "else:", "match x:", "case y:", "class A", "def f():", "async ", "import a", "from . import b"),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(FRAGMENTS), max_size=40).map("".join))
@example("f'{x' y = 1\n")
@example('f"{f"{f"{1}"}"}"')
def test_no_garbage_breaks_the_outline(source: str) -> None:
    found = read_outline(source)
    size = len(source)
    for block in flat(found.blocks):
        assert 1 <= block.start <= block.line <= block.header_end <= block.end <= len(found.line_starts)
        assert 0 <= block.begin < block.stop <= size
        assert all(block.begin <= child.begin and child.stop <= block.stop for child in block.children)
    imports(source, found.blocks)


@pytest.mark.parametrize(
    "fragment",
    ["=", ".", " ", "(", "(foo\n", "([{", ")", '"', '"""\n', "f'{", "f'{\n", "\\", "a,", "a=", "a=1;", "if x: ", "#"],
)
def test_a_long_row_of_nonsense_takes_no_longer_than_sense(fragment: str) -> None:
    """What takes the square of its length would take minutes here."""
    source = fragment * 20_000
    read_outline(source)
    tokens(source)
    list(comments(source))
