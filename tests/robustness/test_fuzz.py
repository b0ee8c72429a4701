"""Inputs that nobody wrote: a bounded number of them here, a great many with ``python -m benchmarks.fuzz --long``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.fuzz.campaign import campaign, tally_of
from benchmarks.fuzz.corpus import linted
from benchmarks.fuzz.worker import MEMORY

_ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(("kind", "inputs"), [("mutated", 400), ("generated", 120)])
def test_no_input_brings_a_run_down_or_holds_it_up(kind: str, inputs: int, tmp_path: Path) -> None:
    tally = campaign(
        kind, inputs=inputs, seconds=60, first=1_000_000, sources=[_ROOT / "examples", _ROOT / "benchmarks"]
    )
    assert tally.inputs > 0
    assert tally.memory <= MEMORY
    assert tally.faults == {}


def test_a_long_run_is_taken_up_where_it_was_left(tmp_path: Path) -> None:
    state = tmp_path / "state.jsonl"
    sources = [_ROOT / "examples"]
    first = campaign("mutated", inputs=5, state=state, sources=sources)
    second = campaign("mutated", inputs=first.inputs + 1, state=state, sources=sources)
    seeds = [json.loads(line)["end"] for line in state.read_text(encoding="utf-8").splitlines()]
    assert seeds == list(range(second.next)), "a seed was tried twice, or not at all"
    assert tally_of(state).inputs == second.inputs > first.inputs


def test_a_project_of_somebody_else_is_linted_whole() -> None:
    outcome = linted(_ROOT / "tests" / "articles")
    assert outcome.fault == ""
    assert outcome.files > 0
