"""What commands print: to the terminal whatever it can show, or into a file."""

from __future__ import annotations

import io
import os
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from delete_lint.output.style import printable, wants_colour
from delete_lint.whole_file import write_whole


def refusal(reason: str) -> CommandError:
    """Why a command cannot be done, for Django to print; names in it, whoever chose them, do nothing there."""
    return CommandError(printable(reason))


def coloured(command: BaseCommand, options: dict[str, Any]) -> bool:
    """As ``--no-color`` and ``--force-color`` say, else as the environment and the terminal do."""
    if options.get("output_file") or options.get("no_color"):
        return bool(options.get("force_color"))
    stream: Any = command.stdout
    return wants_colour(stream, True if options.get("force_color") else None)


def show(command: BaseCommand, text: str, options: dict[str, Any]) -> None:
    """Writes to the ``--output-file`` if there is one, else to stdout; a reader that has gone away is no error."""
    file = options.get("output_file")
    if file:
        try:
            write_whole(file, f"{text}\n".encode("utf-8", "backslashreplace"), is_in_place_enough=True)
        except OSError as error:
            raise refusal(f"cannot write {file}: {error.strerror or error}") from error
        return
    stream: Any = getattr(command.stdout, "_out", command.stdout)
    if isinstance(stream, io.TextIOWrapper):
        # A terminal that cannot show a character shows its code.
        stream.reconfigure(errors="backslashreplace")
    try:
        command.stdout.write(text)
        command.stdout.flush()
    except BrokenPipeError:
        # What is still in the buffer would raise again when the interpreter ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
