"""Whatever can be connected to a signal is named as Python names it and found where it was written."""

from __future__ import annotations

from functools import partial
from types import SimpleNamespace
from unittest.mock import Mock

import pytest

from delete_lint.runtime.callables import describe, innermost, names
from delete_lint.runtime.sources import Sources
from tests.command import ROOT
from tests.runtime.callable_kinds import FILE, KINDS, decorated, line_of, plain


@pytest.mark.parametrize("kind", KINDS)
def test_a_receiver_of_any_kind_is_named_and_found(kind: str) -> None:
    function, module, name, comment = KINDS[kind]
    described = describe(function, Sources(ROOT))
    assert (described.module, described.name) == (module, name)
    place = None if described.place is None else (described.place.file, described.place.line)
    assert place == (None if comment is None else (FILE, line_of(comment)))


@pytest.mark.parametrize("kind", [kind for kind, (_, module, _, _) in KINDS.items() if module != __name__])
def test_code_of_the_standard_library_is_not_taken_for_the_users(kind: str) -> None:
    function, module, _, _ = KINDS[kind]
    assert describe(function, Sources(ROOT)).origin.own == module.startswith("tests.") or module == ""


def test_a_mock_in_place_of_a_receiver_does_not_stop_the_reading() -> None:
    assert names(Mock()) == ("unittest.mock", "Mock.__call__")
    assert innermost(Mock()) is not None


def test_names_that_are_no_strings_are_not_believed() -> None:
    odd = SimpleNamespace(__qualname__=3, __module__=None)
    assert names(odd) == ("types", "SimpleNamespace.__call__")


def test_the_function_that_runs_is_found_through_every_wrapper() -> None:
    assert innermost(partial(decorated)) is decorated.__wrapped__.__wrapped__.__wrapped__  # type: ignore[attr-defined]
    assert innermost(plain) is plain


def test_wrappers_that_go_round_in_a_circle_end() -> None:
    def first() -> None: ...
    def second() -> None: ...

    first.__wrapped__, second.__wrapped__ = second, first  # type: ignore[attr-defined]
    assert innermost(first) is None
    assert names(first)[1].endswith("first")
