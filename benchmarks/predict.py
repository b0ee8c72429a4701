"""Deletes foreseen against deletes done, by the thousand: python -m benchmarks.predict --graphs 2000 --database sqlite

Random models with random rows are deleted from; every statement, row, column and refusal is held against what
`delete_lint.plan` said before. The same seed makes the same models. A failing one is made small and printed as Python,
to be pasted into tests/runtime/test_predicted_against_real.py; the run goes on with the next seed.
"""

from __future__ import annotations

import argparse
import sys
import time

import django

from tests.databases.connect import DATABASES, connected, missing
from tests.databases.django_settings import configure

configure()  # before there are models

from benchmarks.rounds import rounds  # noqa: E402
from tests.runtime.predict import Tally, check  # noqa: E402

#: Graphs of one seed: enough for Hypothesis to find its way to the odd ones.
ROUND = 100


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--graphs", type=int, default=2000)
    parser.add_argument("--database", choices=DATABASES, default="sqlite")
    parser.add_argument("--seed", type=int, default=0, help="of the first hundred graphs; the next have the next")
    arguments = parser.parse_args()
    if reason := missing(arguments.database):
        parser.error(reason)
    tally, start = Tally(), time.monotonic()
    with connected(arguments.database) as alias:
        failures, number = rounds(
            lambda plan: check(plan, alias, tally), tally, graphs=arguments.graphs, size=ROUND, first=arguments.seed
        )
    print(f"Django {django.get_version()}, {arguments.database}, seeds {arguments.seed} to {number - 1}:")
    print(f"  {tally.graphs} graphs, {tally.deletes} deletes, {failures} seeds with one that was not foreseen")
    print(f"  statements: {dict(tally.statements)}")
    print(f"  ended with: {dict(tally.errors)}")
    print(f"  {time.monotonic() - start:.0f} s")
    return min(failures, 1)


if __name__ == "__main__":
    sys.exit(main())
