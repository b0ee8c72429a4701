"""The shapes of syntax trees, against libcst's own matchers on the code of this project."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import libcst as cst
import pytest
from libcst import matchers

from delete_lint.fixes import shapes
from tests.command import ROOT

FILES = ("rules/delete_lint_rules/delete_in_loop.py", "delete_lint/source/flow.py", "delete_lint/fixes/imports.py")


def patterns(m: Any) -> dict[str, Any]:
    """The same declarations for either."""
    base = m.SaveMatchedNode(m.Name(), "name")
    return {
        "any call": m.Call(),
        "a call without arguments": m.Call(func=m.Attribute(value=m.Name()), args=[]),
        "one argument": m.Call(m.Name("list") | m.Name("tuple") | m.Name("len"), args=[m.Arg(keyword=None, star="")]),
        "one of several": m.OneOf(m.Await(), m.Yield(), m.Lambda(), m.GeneratorExp()),
        "a slice": m.Subscript(slice=[m.SubscriptElement(m.Slice(step=None))]),
        "not that": m.Attribute(value=m.DoesNotMatch(m.Name("self") | m.Subscript(value=m.Name()))),
        "nothing returned": m.SimpleStatementLine(body=[m.Return(value=None)]),
        "a name kept": m.AssignTarget(target=base | m.Subscript(value=base)),
        "a method of a name": m.Call(func=m.Attribute(value=base, attr=m.Name("append") | m.Name("update"))),
    }


@pytest.mark.parametrize("name", patterns(shapes))
def test_a_shape_fits_what_the_matcher_of_libcst_matches(name: str) -> None:
    ours, theirs = patterns(shapes)[name], patterns(matchers)[name]
    total = 0
    for file in FILES:
        module = cst.parse_module(Path(ROOT, file).read_text())
        expected = matchers.findall(module, theirs)
        found = shapes.findall(module, ours)
        assert {id(node) for node in found} == {id(node) for node in expected}
        assert [shapes.extract(node, ours) for node in found] == [matchers.extract(node, theirs) for node in found]
        assert len(shapes.extractall(module, ours)) == len(found)
        total += len(found)
    assert total, "the files hold nothing of the kind: the test says nothing"


def test_a_misspelt_shape_is_told_of_at_once() -> None:
    with pytest.raises(AttributeError, match="no nodes called Cal"):
        shapes.Cal()
    with pytest.raises(TypeError, match="Call has no fun"):
        shapes.Call(fun=shapes.Name())
