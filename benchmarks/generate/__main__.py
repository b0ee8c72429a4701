"""Write a generated Django project.

python -m benchmarks.generate FOLDER [--factor N] [--seed N]
"""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.generate.project import generate


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="written to, and made if it is not there")
    parser.add_argument("--factor", type=int, default=1, help="how many times 60,000 lines")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    made = generate(arguments.folder, arguments.factor, arguments.seed)
    print(f"{made.files} files, {made.lines} lines, {made.apps} apps, {made.models} models, {made.planted} mistakes")


if __name__ == "__main__":
    main()
