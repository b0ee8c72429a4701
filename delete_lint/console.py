"""Where the command line writes to: stdout, stderr and files, and what can go wrong there."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from delete_lint.output.style import printable, wants_colour
from delete_lint.process import say, silence
from delete_lint.whole_file import target, write_whole


class Failure(click.ClickException):
    """The run cannot be done: a line on stderr for each reason, exit status 2."""

    exit_code = 2

    def __init__(self, *reasons: str) -> None:
        super().__init__("\n".join(reasons))
        self.reasons = reasons

    def show(self, file: Any = None) -> None:
        tell(self.reasons)


def tolerate_any_terminal() -> None:
    """A terminal that cannot show a character shows its code; it must not end the run."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def coloured() -> bool:
    """Whether stdout gets colours when nobody asked for them or against them."""
    return wants_colour(sys.stdout, None)


def print_lines(lines: Iterable[str]) -> None:
    """Writes to stdout as `print_text` does. Raises `Failure`."""
    print_text(as_text(lines))


def as_text(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def print_text(text: str) -> None:
    """Writes to stdout; a reader that has gone away (``| head``) is no error. Raises `Failure`."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        silence(sys.stdout)
        if not isinstance(error, BrokenPipeError):
            raise Failure(f"cannot write to stdout: {error.strerror or error}") from error


def print_json(document: dict[str, Any]) -> None:
    from delete_lint.output.document import document as written

    print_lines([written(document)])


def tell(lines: Iterable[str]) -> None:
    """Writes to stderr, which is for what is not the answer."""
    say(told(lines))


def told(lines: Iterable[str]) -> str:
    """What `tell` writes."""
    return "".join(f"delete-lint: {printable(line)}\n" for line in lines)


def write_file(file: Path, lines: Iterable[str]) -> None:
    """Makes the folder that the file is in, if need be. The file is there whole or not at all. Raises `Failure`."""
    try:
        target(file)
        if not file.parent.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
        text = "".join(line + "\n" for line in lines)
        write_whole(file, text.encode("utf-8", "backslashreplace"), is_in_place_enough=True)
    except OSError as error:
        raise Failure(f"cannot write {file}: {error.strerror or error}") from error
