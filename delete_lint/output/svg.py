"""What is written in Graphviz's language as SVG, drawn by Graphviz: as pygraphviz brings it, or the program ``dot``."""

from __future__ import annotations

import shutil
import subprocess
from importlib import import_module
from importlib.util import find_spec
from typing import Any

#: Seconds after which a drawing is given up: what is so entangled would not be read either.
_LONGEST = 300


class DrawingError(Exception):
    """It could not be drawn: why and what to do, in one line."""


def svg(written: str) -> str:
    """Raises `DrawingError`."""
    program = shutil.which("dot")
    if find_spec("pygraphviz") is not None:
        drawn = _by_library(written)
    elif program is not None:
        drawn = _by_program(written, program)
    else:
        raise DrawingError(
            "svg: there is no Graphviz to draw with: `pip install pygraphviz`, which brings it, or install the program "
            "`dot`; `--format dot` writes what it would draw"
        )
    return drawn.decode("utf-8").rstrip("\n")


def _by_library(written: str) -> bytes:
    pygraphviz: Any = import_module("pygraphviz")
    try:
        drawn: bytes = pygraphviz.AGraph(string=written).draw(format="svg", prog="dot")
    except (OSError, ValueError, RuntimeError) as error:
        raise DrawingError(f"svg: pygraphviz cannot draw it: {_first_line(str(error))}") from error
    return drawn


def _by_program(written: str, program: str) -> bytes:
    try:
        done = subprocess.run(
            [program, "-Tsvg"], input=written.encode(), capture_output=True, timeout=_LONGEST, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise DrawingError(f"svg: {program} was not done after {_LONGEST} seconds: draw one model's cascade") from error
    except OSError as error:
        raise DrawingError(f"svg: {program} cannot be run: {error.strerror or error}") from error
    if done.returncode:
        told = _first_line(done.stderr.decode("utf-8", "replace"))
        raise DrawingError(f"svg: {program} ended with status {done.returncode}: {told}")
    return done.stdout


def _first_line(text: str) -> str:
    return next(iter(text.strip().splitlines()), "no reason was given")
