"""Where the command line writes to: stdout, stderr and files, and what can go wrong there."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from delete_lint.output.style import printable, wants_colour


class Failure(click.ClickException):
    """The run cannot be done: a line on stderr for each reason, exit status 2."""

    exit_code = 2

    def __init__(self, *reasons: str) -> None:
        super().__init__("\n".join(reasons))
        self.reasons = reasons

    def show(self, file: Any = None) -> None:
        for reason in self.reasons:
            click.echo(f"delete-lint: {printable(reason)}", file=file, err=True)


def tolerate_any_terminal() -> None:
    """A terminal that cannot show a character shows its code; it must not end the run."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def coloured() -> bool:
    """Whether stdout gets colours when nobody asked for them or against them."""
    return wants_colour(sys.stdout, None)


def print_lines(lines: Iterable[str]) -> None:
    """Writes to stdout; a reader that has gone away (``| head``) is no error. Raises `Failure`."""
    text = "".join(f"{line}\n" for line in lines)
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        # What is still in the buffer would raise again when the interpreter ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            raise Failure(f"cannot write to stdout: {error.strerror or error}") from error


def print_json(document: dict[str, Any]) -> None:
    print_lines([json.dumps(document, indent=2)])


def tell(lines: Iterable[str]) -> None:
    """Writes to stderr, which is for what is not the answer."""
    for line in lines:
        sys.stderr.write(f"delete-lint: {printable(line)}\n")


def write_file(file: Path, lines: Iterable[str]) -> None:
    """Makes the folder that the file is in, if need be. Raises `Failure`."""
    try:
        if not file.parent.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("".join(line + "\n" for line in lines), encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise Failure(f"cannot write {file}: {error.strerror or error}") from error
