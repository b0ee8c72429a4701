"""What a fixer is shown has true positions, whatever stands around it, so that no edit can hit a wrong place."""

from __future__ import annotations

import ast
import random
from pathlib import Path

import libcst as cst
import pytest
from libcst import matchers as m
from libcst.metadata import MetadataWrapper, ParentNodeProvider

from delete_lint.fixes.context import Context, NotShown
from delete_lint.fixes.tree import Tree
from delete_lint.graph.place import Place
from delete_lint.source.file import SourceFile

PROJECT = Path(__file__).resolve().parents[2]

ODD = '''\
# -*- coding: utf-8 -*-
"""Ünïcode 😀 docstring

that has def lines():
    in it"""
import os; import sys
from a import (b,  # one
    c)
try:
    import d
except ImportError:
    d = None

@first
# between
@second(
    1)
async def decorated(x: int = 1, *, y="ü😀") -> None:
\tif x: target(y); other(y)
\treturn (  # hanging
\t  target(x)
\t)

class A(
    B):

    """text"""

    class C:
        def f(self): return target("😀", 2) \\
            + target(3)
        # a comment at the end

    @property
    def g(self):
        def h():
            target(
                4,  # four
            )
        return """
\tnot code: target(5)
\x0c
""", target(6)

\x0cdef after_form_feed():
\x0c    x = "a\x0cb"; target(7)
    \x0c

if x:
    def conditional(): target(8)
lazy import e
for i in target(9): target(10)
last = lambda: target(11)'''


def test_names_in_odd_files_are_where_they_are_said_to_be() -> None:
    source = SourceFile("a.py", ODD.encode())
    found = set()
    for line, text in enumerate(source.lines, 1):
        if text.startswith("lazy"):
            continue
        context = Context(source, line)
        for name in m.findall(context.module, m.Name("target")):
            begin, end = context.span(name)
            assert context.text[begin:end] == "target"
            call = context.parent(name)
            assert call is not None
            found.add(context.code(call))
            row = context.text.count("\n", 0, begin) + 1
            column = begin - context.text.rfind("\n", 0, begin)
            assert context.nodes_at(Place("a.py", row, column))[:2] == [name, call]
    assert len(found) == 11


@pytest.mark.parametrize("line", [14, 30, 50])
def test_no_node_stands_at_two_places_of_the_tree(line: int) -> None:
    tree = Tree(SourceFile("a.py", ODD.encode()), line)
    parents = MetadataWrapper(tree.module, unsafe_skip_copy=True).resolve(ParentNodeProvider)
    assert dict(parents) == tree.parents


def test_what_libcst_cannot_read_is_not_shown_and_the_rest_is() -> None:
    source = SourceFile("a.py", b"import a\n\ndef f():\n    x = = 1\n\ndef g():\n    pass\n")
    with pytest.raises(NotShown):
        Context(source, 4).module  # noqa: B018
    assert m.findall(Context(source, 6).module, m.FunctionDef(m.Name("g")))


def test_contexts_of_one_block_share_its_tree() -> None:
    source = SourceFile("a.py", ODD.encode())
    first = Context(source, 28)
    assert first.at_line(35).module is first.module


def own_files() -> list[Path]:
    files = sorted(PROJECT.glob("delete_lint/**/*.py")) + sorted(PROJECT.glob("examples/shop/**/*.py"))
    return random.Random(5).sample(files, 25)


@pytest.mark.parametrize("path", own_files(), ids=lambda path: path.stem)
def test_positions_agree_with_the_interpreter_s_own_parser(path: Path) -> None:
    source = SourceFile(path.name, path.read_bytes())
    try:
        tree = ast.parse(source.text)
    except SyntaxError:
        pytest.skip("Python 2, on purpose")
    names = {
        (node.lineno, len(source.lines[node.lineno - 1].encode()[: node.col_offset].decode()) + 1, node.id)
        for node in ast.walk(tree)
        if isinstance(node, ast.Name)
    }
    for block in source.outline:
        if block.kind not in ("function", "class"):
            continue
        context = Context(source, block.line)
        inside = {each for each in names if block.start <= each[0] <= block.end}
        found = m.findall(context.module, m.Name())
        shown = {(context.span(name)[0], name.value) for name in found if isinstance(name, cst.Name)}
        assert {(context.offset(line, column), name) for line, column, name in inside} <= shown
