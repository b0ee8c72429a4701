"""Recipes against Django's own delete, by the thousand: python -m benchmarks.recipe.random_graphs --graphs 2000

Random models with random rows are deleted from by Django and by the recipe for them; rows that are left, receivers that
were called and refusals are held against each other, and each recipe is killed once and started again.
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
from tests.recipe.against_django import Tally, check  # noqa: E402

ROUND = 5


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--graphs", type=int, default=2000)
    parser.add_argument("--database", choices=DATABASES, default="sqlite")
    parser.add_argument("--seconds", type=float, default=1e9, help="begin no further round after so long")
    parser.add_argument("--shrink", action="store_true", help="make failing ones small, which takes its time")
    parser.add_argument("--seed", type=int, default=0, help="of the first five graphs; the next have the next")
    arguments = parser.parse_args()
    if reason := missing(arguments.database):
        parser.error(reason)
    tally, start = Tally(), time.monotonic()
    with connected(arguments.database) as alias:
        failures, number = rounds(
            lambda plan: check(plan, alias, tally),
            tally,
            graphs=arguments.graphs,
            size=ROUND,
            first=arguments.seed,
            seconds=arguments.seconds,
            shrink=arguments.shrink,
        )
    print(f"Django {django.get_version()}, {arguments.database}, seeds {arguments.seed} to {number - 1}:")
    print(f"  {tally.graphs} graphs, {tally.deletes} deletes of {tally.rows} rows, {tally.kills} killed and done again")
    print(f"  {failures} seeds with one that ended otherwise; ends: {dict(tally.outcomes)}")
    print(f"  {time.monotonic() - start:.0f} s")
    return min(failures, 1)


if __name__ == "__main__":
    sys.exit(main())
