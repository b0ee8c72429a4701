"""The floor: start Python, import libcst, and `ast.parse` the files of a list in two processes. Nothing is asked of
them, nothing is said: what reads these files with either parser cannot be faster.

    python -m benchmarks.speed.floor LIST
"""

from __future__ import annotations

import ast
import os
import sys

import libcst  # noqa: F401


def parse(files: list[str]) -> None:
    for file in files:
        with open(file, "rb") as stream:
            data = stream.read()
        try:
            ast.parse(data)
        except (SyntaxError, ValueError):
            pass  # a newer Python's, an older one's, or none


def main() -> None:
    with open(sys.argv[1]) as stream:
        files = stream.read().splitlines()
    files.sort(key=os.path.getsize)
    child = os.fork()
    parse(files[::2] if child else files[1::2])
    if not child:
        os._exit(0)
    os.waitpid(child, 0)


if __name__ == "__main__":
    main()
