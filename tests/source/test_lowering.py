"""Lowering: where everything stands, compared with two other parsers' word for it, and what is kept of it."""

from __future__ import annotations

import ast
import random
import sysconfig
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import django
import libcst as cst
import msgspec
import pytest
from libcst.metadata import MetadataWrapper, PositionProvider

from delete_lint.source import syntax
from delete_lint.source.file import SourceFile, Unreadable
from delete_lint.source.outline import Block


def sample(count: int) -> list[Path]:
    found: list[Path] = []
    for root in (Path(django.__file__).parent, Path(sysconfig.get_path("stdlib"))):
        paths = [path for path in root.rglob("*.py") if "site-packages" not in path.relative_to(root).parts]
        small = sorted(path for path in paths if 200 < path.stat().st_size < 25_000)
        found += random.Random(2).sample(small, count)
    return found


def nodes_in(value: object) -> Iterator[Any]:
    """All nodes below a node or a list of them."""
    if isinstance(value, list):
        for item in value:
            yield from nodes_in(item)
    elif isinstance(value, syntax.Node):
        yield value
        for name in value.__struct_fields__:
            yield from nodes_in(getattr(value, name))


def everything(file: SourceFile, blocks: tuple[Block, ...] | None = None) -> Iterator[Any]:
    """The nodes of a whole file, read block by block: the functions of classes apart from their classes."""
    for block in file.outline if blocks is None else blocks:
        if block.kind == "function":
            yield from nodes_in(file.function(block))
        elif block.kind == "class":
            if blocks is None:
                yield from nodes_in(file.class_shell(block))
            yield from everything(file, block.children)
        elif blocks is None:
            yield from nodes_in(file.statement(block))
        else:
            yield from everything(file, block.children)


class Names(cst.CSTVisitor):
    """The names that lowering keeps, with libcst's own positions."""

    METADATA_DEPENDENCIES = (PositionProvider,)

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, int, int]] = []
        self.string: tuple[int, int] | None = None

    def add(self, text: str, node: cst.Name) -> None:
        start = self.get_metadata(PositionProvider, node).start
        self.found.append((text, *(self.string or (start.line, start.column + 1))))

    def only(self, *nodes: cst.CSTNode | None) -> bool:
        for node in nodes:
            if node is not None:
                node.visit(self)
        return False

    def visit_Name(self, node: cst.Name) -> None:  # noqa: N802
        if node.value not in ("True", "False", "None"):
            self.add(node.value, node)

    def visit_Attribute(self, node: cst.Attribute) -> bool:  # noqa: N802
        self.add(f".{node.attr.value}", node.attr)
        return self.only(node.value)

    def visit_FormattedString(self, node: cst.FormattedString) -> bool:  # noqa: N802
        before = self.string
        start = self.get_metadata(PositionProvider, node).start
        self.string = before or (start.line, start.column + 1)
        self.only(*node.parts)
        self.string = before
        return False

    def visit_Arg(self, node: cst.Arg) -> bool:  # noqa: N802
        return self.only(node.value)

    def visit_Param(self, node: cst.Param) -> bool:  # noqa: N802
        return self.only(node.annotation, node.default)

    def visit_FunctionDef(self, node: cst.FunctionDef) -> bool:  # noqa: N802
        return self.only(*node.decorators, node.params, node.returns, node.body)

    def visit_ClassDef(self, node: cst.ClassDef) -> bool:  # noqa: N802
        return self.only(*node.decorators, *node.bases, *node.keywords, node.body)

    def visit_ExceptHandler(self, node: cst.ExceptHandler) -> bool:  # noqa: N802
        return self.only(node.type, node.body)

    def visit_MatchCase(self, node: cst.MatchCase) -> bool:  # noqa: N802
        return self.only(node.guard, node.body)

    def visit_Assert(self, node: cst.Assert) -> bool:  # noqa: N802
        return self.only(node.test)

    def visit_Raise(self, node: cst.Raise) -> bool:  # noqa: N802
        return self.only(node.exc)

    def visit_TypeAlias(self, node: cst.TypeAlias) -> bool:  # noqa: N802
        return self.only(node.name, node.value)

    def visit_ImportAlias(self, node: cst.ImportAlias) -> bool:  # noqa: N802
        return False

    def visit_ImportFrom(self, node: cst.ImportFrom) -> bool:  # noqa: N802
        return False

    def visit_NameItem(self, node: cst.NameItem) -> bool:  # noqa: N802
        return False


def names_of(nodes: Iterator[Any]) -> list[tuple[str, int, int]]:
    found: list[tuple[str, int, int]] = []
    for node in nodes:
        if isinstance(node, syntax.Name):
            found.append((node.id, node.line, node.column))
        elif isinstance(node, syntax.Attribute):
            found.append((f".{node.name}", node.line, node.column))
    return sorted(found)


def test_every_name_of_real_code_stands_where_libcst_says() -> None:
    """A finding on the wrong line sends its reader, and the suppression comment, to the wrong place."""
    total = 0
    for path in sample(35):
        file = SourceFile(path.name, path.read_bytes())
        names = Names()
        MetadataWrapper(cst.parse_module(file.text), unsafe_skip_copy=True).visit(names)
        assert names_of(everything(file)) == sorted(names.found), path
        assert not file.errors
        total += len(names.found)
    assert total > 10_000


STATEMENTS = {
    ast.Assign: syntax.Assign,
    ast.AugAssign: syntax.AugAssign,
    ast.AnnAssign: syntax.AnnAssign,
    ast.Expr: syntax.ExprStmt,
    ast.Return: syntax.Return,
    ast.Raise: syntax.Raise,
    ast.Delete: syntax.Delete,
    ast.Assert: syntax.Assert,
    ast.Break: syntax.Jump,
    ast.Continue: syntax.Jump,
    ast.If: syntax.If,
    ast.For: syntax.For,
    ast.AsyncFor: syntax.For,
    ast.While: syntax.While,
    ast.With: syntax.With,
    ast.AsyncWith: syntax.With,
    ast.Try: syntax.Try,
    ast.TryStar: syntax.Try,
    ast.Match: syntax.Match,
    ast.FunctionDef: syntax.Function,
    ast.AsyncFunctionDef: syntax.Function,
    ast.ClassDef: syntax.Class,
    ast.Lambda: syntax.Lambda,
}


def test_every_statement_of_real_code_starts_where_python_says() -> None:
    kinds = set(STATEMENTS.values())
    for path in sample(60):
        data = path.read_bytes()
        if not data.isascii():
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(data)
        expected = {
            (STATEMENTS[type(node)].__name__, node.lineno, node.col_offset + 1)  # type: ignore[attr-defined]
            for node in ast.walk(tree)
            if type(node) in STATEMENTS
        }
        file = SourceFile(path.name, data)
        found = {
            place(node)
            for node in everything(file)
            if type(node) in kinds and not (isinstance(node, syntax.Jump) and node.kind == "pass")
        }
        in_strings = {place for place in found ^ expected if place[0] == "Lambda"}
        assert found ^ expected == in_strings, path


def place(node: Any) -> tuple[str, int, int]:
    return type(node).__name__, node.line, node.column


def shape(node: object) -> Any:
    """A node as plain tuples, without positions."""
    if isinstance(node, list):
        return [shape(item) for item in node]
    if isinstance(node, syntax.Node):
        fields = [name for name in node.__struct_fields__ if name not in ("line", "column")]
        return (type(node).__name__, *(shape(getattr(node, name)) for name in fields))
    return node


def lowered(source: str) -> list[syntax.Stmt]:
    file = SourceFile("a.py", source.encode())
    found = [statement for block in file.outline for statement in file.statement(block)]
    assert not file.errors
    return found


def expression(source: str) -> Any:
    (statement,) = lowered(source)
    assert isinstance(statement, syntax.ExprStmt)
    return shape(statement.value)


A, B = ("Name", "a"), ("Name", "b")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("None", ("Constant", None)),
        ("-1_000", ("Unary", "-", ("Constant", 1000))),
        ("0x_ff", ("Constant", 255)),
        ("1.5e1", ("Constant", 15.0)),
        ("1j", ("Opaque",)),
        ("99999999999999999999", ("Opaque",)),
        ("...", ("Opaque",)),
        ("b'a'", ("Opaque",)),
        (r"'\ud800'", ("Opaque",)),
        (r"'a\n\x41\u00e9\N{BULLET}\101\q\'' ", ("Constant", "a\nA\u00e9\u2022A\\q'")),
        (r"r'a\n'", ("Constant", r"a\n")),
        ("'''a\nb'''", ("Constant", "a\nb")),
        ("('a' \"b\" r'''c''')", ("Constant", "abc")),
        ("f'x{{{a}y{b:>{a}}'", ("FString", "x{", [A, B, A])),
        ("'p' f'q{a}' 'r' f'{b}'", ("FString", "pq", [A, B])),
        ("t'x{a}'", ("FString", "x", [A])),
        ('f"{a["k"]}"', ("FString", "", [("Subscript", A, ("Constant", "k"))])),
        ("a[b]", ("Subscript", A, B)),
        ("a[b,]", ("Subscript", A, ("Sequence", "tuple", [B]))),
        ("a[1:, ::b]", ("Subscript", A, ("Sequence", "tuple", [
            ("Slice", ("Constant", 1), None, None), ("Slice", None, None, B),
        ]))),
        ("a(b, *a, k=b, **a)", ("Call", A, [
            ("Arg", B, None, 0), ("Arg", A, None, 1), ("Arg", B, "k", 0), ("Arg", A, None, 2),
        ])),
        ("{a: b, **b}", ("Dict", [A, None], [B, B])),
        ("{a, *b}", ("Sequence", "set", [A, ("Starred", B)])),
        ("[a for a in b if a if b for b in a]", ("Comprehension", "list", A, None, [
            ("Generator", A, B, [A, B]), ("Generator", B, A, []),
        ])),
        ("{a: b for a, b in b}", ("Comprehension", "dict", A, B, [
            ("Generator", ("Sequence", "tuple", [A, B]), B, []),
        ])),
        ("lambda a, /, *, b=1: a", ("Lambda", [
            ("Param", "a", None, None, "posonly"), ("Param", "b", None, ("Constant", 1), "kwonly"),
        ], A)),
        ("a if b else 1", ("Conditional", B, A, ("Constant", 1))),
        ("a and not b", ("BoolOp", "and", A, ("Unary", "not", B))),
        ("a is not b not in a", ("Compare", A, ["is not", "not in"], [B, A])),
        ("a ** b", ("BinOp", "**", A, B)),
        ("(a := b)", ("Walrus", A, B)),
        ("await a", ("Await", A)),
        ("yield from a", ("Yield", A, True)),
        ("(yield)", ("Yield", None, False)),
    ],
)  # fmt: skip
def test_what_is_kept_of_an_expression(source: str, expected: object) -> None:
    assert expression(source) == expected


def test_what_is_kept_of_a_statement() -> None:
    source = (
        "a.b = c, d = x\n"
        "del a, b[0]\n"
        "from ..p import (q as r,\n  s)\n"
        "from . import t; import u.v as w, x.y\n"
        "type T[K: int] = list[K]\n"
        "raise A from b\n"
        "global g, h\n"
    )
    assert shape(lowered(source)) == [
        (
            "Assign",
            [("Attribute", A, "b"), ("Sequence", "tuple", [("Name", "c"), ("Name", "d")])],
            ("Name", "x"),
        ),
        ("Delete", [A, ("Subscript", B, ("Constant", 0))]),
        ("Import", "p", [("ImportedName", "q", "r"), ("ImportedName", "s", None)], 2),
        ("Import", "", [("ImportedName", "t", None)], 1),
        ("Import", None, [("ImportedName", "u.v", "w"), ("ImportedName", "x.y", None)], 0),
        ("Assign", [("Name", "T")], ("Subscript", ("Name", "list"), ("Name", "K"))),
        ("Raise", ("Name", "A")),
        ("Global", ["g", "h"]),
    ]


def test_a_match_keeps_what_its_patterns_bind() -> None:
    source = (
        "match a:\n"
        '    case {"k": [x, *y], **z} | Point(1, p=q) as w if b: c\n'
        "    case None | -1 | m.n | (_, _):\n"
        "        d\n"
        "e\n"
    )
    match, after = lowered(source)
    assert isinstance(match, syntax.Match)
    assert isinstance(after, syntax.ExprStmt)
    assert [(case.binds, shape(case.guard)) for case in match.cases] == [(["x", "y", "z", "q", "w"], B), ([], None)]
    assert [place(case.body[0]) for case in match.cases] == [("ExprStmt", 2, 57), ("ExprStmt", 4, 9)]
    assert (after.line, after.column) == (5, 1)


def test_the_syntax_of_the_newest_python_is_read() -> None:
    source = (
        "class A[T: (int, str) = int](B[T], metaclass=M):\n"
        "    try:\n"
        "        x = 1\n"
        "    except B, C:\n"
        '        y = t"{a["b"]}"\n'
        "    try: pass\n"
        "    except* D: z = 3\n"
    )
    file = SourceFile("a.py", source.encode())
    shell = file.class_shell(file.outline[0])
    assert not file.errors
    assert [arg.keyword for arg in shell.bases] == [None, "metaclass"]
    first, second = shell.body
    assert isinstance(first, syntax.Try)
    assert isinstance(second, syntax.Try)
    assert shape(first.handlers[0].exception) == ("Sequence", "tuple", [("Name", "B"), ("Name", "C")])
    assert place(second.handlers[0].body[0]) == ("Assign", 7, 16)


def test_a_call_stands_at_the_called_name() -> None:
    (statement,) = lowered("(\n    a\n    .b()\n    .delete\n    (1)\n)\n")
    assert isinstance(statement, syntax.ExprStmt)
    assert isinstance(statement.value, syntax.Call)
    assert (statement.value.line, statement.value.column) == (4, 6)
    (statement,) = lowered("f()(x)[a](b)\n")
    calls = [(node.line, node.column) for node in nodes_in(statement) if isinstance(node, syntax.Call)]
    assert calls == [(1, 9), (1, 3), (1, 1)]


SHELL = """\
import x

if x:
    @deco(x)
    class A(B):
        '''Doc.'''
        a = 1

        @property
        def f(self):
            return "not in the shell"

        if DEBUG:
            async def g(self): return "not in the shell"
        else:
            b = 2
            def h(self): return "not in the shell"

        class Meta:
            def only(self): return "not in the shell"

        # the end
        c = 3
"""


def test_the_shell_of_a_class_has_all_but_its_functions() -> None:
    file = SourceFile("a.py", SHELL.encode())
    (block,) = file.outline[1].children
    shell = file.class_shell(block)
    assert not file.errors
    assert (shell.name, shell.line, shell.column, shape(shell.bases)) == ("A", 5, 5, [("Arg", ("Name", "B"), None, 0)])
    assert shape(shell.decorators) == [("Call", ("Name", "deco"), [("Arg", ("Name", "x"), None, 0)])]
    nodes = list(nodes_in(shell))
    assert not any(isinstance(node, (syntax.Function, syntax.Return)) for node in nodes)
    assigned = [
        (*shape(node.targets[0])[1:], node.line, node.column) for node in nodes if isinstance(node, syntax.Assign)
    ]
    assert assigned == [("a", 7, 9), ("b", 16, 13), ("c", 23, 9)]
    assert [(node.name, node.line) for node in nodes if isinstance(node, syntax.Class)] == [("A", 5), ("Meta", 19)]


def test_reading_many_blocks_at_once_gives_the_same() -> None:
    """And what is wrong with one of them does not touch the others."""
    source = SHELL + "x = (1 +)\ndef k(y):\n    print y\ndef l(): return 1\nclass C: z = 1\n"
    together, apart = (SourceFile("a.py", source.encode()) for _ in range(2))
    together.read([*together.outline, *together.outline[1].children])
    for file in (together, apart):
        found = [file.statement(block) for block in file.outline if block.kind in ("statement", "compound", "import")]
        function = file.function(file.outline[3])
        assert (function.name, function.line, function.column, function.body) == ("k", 25, 1, [])
        assert len(file.function(file.outline[4]).body) == 1
        assert shape(file.class_shell(file.outline[5]).body) == [("Assign", [("Name", "z")], ("Constant", 1))]
        assert found[2] == []
        assert sorted((error.line, error.message) for error in file.errors) == [
            (24, "invalid syntax"),
            (26, "invalid syntax"),
        ]
    assert msgspec.json.encode(everything_at_once(together)) == msgspec.json.encode(everything_at_once(apart))


def everything_at_once(file: SourceFile) -> list[Any]:
    return [node for node in everything(file) if isinstance(node, (syntax.Name, syntax.Constant, syntax.Call))]


def test_what_stands_behind_a_colon_can_be_read_by_itself() -> None:
    file = SourceFile("a.py", b"if x:\n    if y: z = f(1,\n  2); w = 3\n")
    (block,) = file.outline[0].children[0].children
    z, w = file.statement(block)
    assert [place(z), place(w)] == [("Assign", 2, 11), ("Assign", 3, 7)]
    assert not file.errors


@pytest.mark.parametrize(
    "expression",
    [
        "(" * 5000 + ")" * 5000,
        "[" * 150 + "]" * 150,
        "a" + ".b()" * 20_000,
        "1" + " + 1" * 20_000,
        "not " * 20_000 + "a",
        "lambda: " * 20_000 + "a",
        'f"{' + "(" * 5000 + ")" * 5000 + '}"',
        "f'{f\"{" * 300 + "1" + "}\"}'" * 300,
        "0\nif a: pass\n" + "elif a: pass\n" * 20_000,
        "0\nmatch a:\n    case " + "[" * 60 + "]" * 60 + ": pass",
        "0\n" + "".join(" " * depth + "if a:\n" for depth in range(300)) + " " * 300 + "pass",
    ],
    ids=lambda source: source[:12],
)
def test_what_would_crash_the_parser_is_told_instead(expression: str) -> None:
    file = SourceFile("a.py", f"x = {expression}\ny = 1\n".encode())
    file.read(file.outline)
    found = [file.statement(block) for block in file.outline]
    assert shape(found[-1]) == [("Assign", [("Name", "y")], ("Constant", 1))]
    assert file.errors


def test_what_libcst_trips_over_is_read_if_python_can() -> None:
    source = "y = 1\nasync def f(x):\n    return [\n        y async\n        for y in x\n    ]\n"
    file = SourceFile("a.py", source.encode())
    file.read(file.outline)
    assert shape(file.function(file.outline[1]).body)
    assert file.errors == []


@pytest.mark.parametrize(
    "expression",
    [
        "a" + ".b()" * 500,
        "1" + " + 1" * 900,
        "'a' " * 1500,
        "(" * 90 + "a" + ")" * 90,
        "0\nif a: pass\n" + "elif a: pass\n" * 1500,
        "0\n" + "".join(" " * depth + "if a:\n" for depth in range(98)) + " " * 98 + "pass",
    ],
    ids=lambda source: source[:12],
)
def test_long_and_deep_but_valid_code_is_read_and_can_be_stored(expression: str) -> None:
    source = f"x = {expression}\n" if "\n" in expression else f"x = ({expression})\n"
    file = SourceFile("a.py", source.encode())
    found = [file.statement(block) for block in file.outline]
    assert not file.errors
    data = msgspec.json.encode(found)
    assert msgspec.json.decode(data, type=list[list[syntax.Stmt]])


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"# -*- coding: latin-1 -*-\nx = '\xe9'\n", "# -*- coding: latin-1 -*-\nx = '\xe9'\n"),
        (b"#!python\n# vim: set fileencoding=cp1252 :\n'\x80'", "#!python\n# vim: set fileencoding=cp1252 :\n'\u20ac'"),
        (b"x = 1\n# coding: latin-1\n'\xc3\xa9'", "x = 1\n# coding: latin-1\n'\xe9'"),
        (b"\xef\xbb\xbf# coding: utf-8\r\nx\ry", "# coding: utf-8\nx\ny"),
        (b"", ""),
    ],
)
def test_a_file_is_decoded_as_python_does(data: bytes, text: str) -> None:
    assert SourceFile("a.py", data).text == text


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (b"x = 1\r\ny = '\xc3\xa9\xff'", (2, 7)),
        (b"\xff\xfex\0", (1, 1)),
        (b"# coding: klingon\n", (1, 1)),
        (b"# coding: hex\n", (1, 1)),
        (b"\xef\xbb\xbf# coding: latin-1\n", (1, 1)),
    ],
)
def test_bytes_that_are_no_text_are_told_with_their_place(data: bytes, place: tuple[int, int]) -> None:
    with pytest.raises(Unreadable) as caught:
        SourceFile("a.py", data)
    assert (caught.value.line, caught.value.column) == place


def test_columns_count_characters_and_the_lines_are_those_of_an_editor() -> None:
    source = '\ufeffx = "é\u2028\x0c"; élan.delete()\r\n\r\n\r\ndef f():\r\n\treturn "日本" + y\r\n'
    file = SourceFile("a.py", source.encode())
    assert file.lines[3] == "def f():"
    assert names_of(everything(file)) == [(".delete", 1, 17), ("x", 1, 1), ("y", 5, 16), ("élan", 1, 12)]


def test_a_span_ends_with_the_brackets_of_the_call() -> None:
    source = 'a.delete(b(")"),  # )\n  c)  ; d = e\nf  (x)[0]\ng["k"](f"{x[")"]}")\nh(\n'
    file = SourceFile("a.py", source.encode())
    assert file.extent(1, 3) == (2, 5)
    assert file.extent(1, 10) == (1, 16)
    assert file.extent(2, 9) == (2, 10)
    assert file.extent(3, 1) == (3, 7)
    assert file.extent(4, 3) == (4, 6)
    assert file.extent(4, 8) == (4, 19)
    assert file.extent(5, 1) == (5, 2)


def test_comments_are_not_looked_for_in_strings() -> None:
    source = '# a\nx = "# no"  # b  \ny = f"{"#"}" """\n# no""" # c\nz(  # d\n)\n# e'
    assert SourceFile("a.py", source.encode()).comments == [
        (1, 1, "# a"),
        (2, 13, "# b"),
        (4, 9, "# c"),
        (5, 5, "# d"),
        (7, 1, "# e"),
    ]


def test_a_line_belongs_to_its_statement() -> None:
    source = (
        'def f(\n    a,\n):\n    x = """\n    a"""; y = \\\n    2\n'
        "\n    # alone\n    return {\n        # in it\n    }\n"
    )
    file = SourceFile("a.py", source.encode())
    expected = [(1, 3)] * 3 + [(4, 6)] * 3 + [(7, 7), (8, 8)] + [(9, 11)] * 3 + [(12, 12)]
    assert [file.logical_line(line) for line in range(1, 13)] == expected


def test_a_file_that_is_no_python_is_told_without_parsing_it() -> None:
    file = SourceFile("a.py", b"import x\n\ny = foo(1,\n\ndef f():\n    return 1\n")
    assert [(error.line, error.column, error.message) for error in file.check()] == [(3, 8, "'(' was never closed")]
    assert len(file.imports) == 1
    assert len(file.function(file.outline[-1]).body) == 1
