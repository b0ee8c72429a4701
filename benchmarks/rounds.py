"""Random graphs, a round of them for each seed, until there are enough: what `predict` and `recipe` compare on."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.runtime.random_worlds import Plan, plans

_LONGEST = 6000


class Counting(Protocol):
    """A tally of what was compared."""

    graphs: int


def rounds(
    each: Callable[[Plan], None],
    tally: Counting,
    *,
    graphs: int,
    size: int,
    first: int,
    seconds: float = float("inf"),
    shrink: bool = True,
) -> tuple[int, int]:
    """Gives ``each`` so many graphs, ``size`` of them for a seed, from the seed ``first`` on; begins no round after so
    many ``seconds``. What fails is printed, and the next seed goes on. Returns how many seeds failed, and the next."""
    failures, number, start = 0, first, time.monotonic()
    while tally.graphs < graphs and time.monotonic() - start < seconds:
        try:
            _round(number, min(size, graphs - tally.graphs), each, shrink)
        except Exception as failure:
            failures += 1
            notes = getattr(failure, "__notes__", ())
            print(f"seed {number}:", str(failure)[:_LONGEST], *notes, sep="\n", flush=True)
        number += 1
    return failures, number


def _round(number: int, graphs: int, each: Callable[[Plan], None], shrink: bool) -> None:
    @seed(number)
    @settings(
        max_examples=graphs,
        deadline=None,
        database=None,
        phases=[Phase.generate, *([Phase.shrink] if shrink else [])],
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )
    @given(plans(dense=True))
    def run(plan: Plan) -> None:
        each(plan)

    run()
