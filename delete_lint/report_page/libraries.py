"""The libraries that the page draws with, as they were built into delete-lint."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import Literal

_HERE = "delete_lint.report_page"


class MissingLibraryError(Exception):
    """A library was not built in: which one and what to do, in one line."""


@dataclass(frozen=True, slots=True)
class Library:
    """One library with its JavaScript; ``licence`` is an SPDX expression. What runs in a worker is a module."""

    name: str
    version: str
    licence: str
    does: str
    runs_in: Literal["page", "worker"]
    script: str


def libraries() -> tuple[Library, ...]:
    """All libraries, in the order in which the page loads them. Raises `MissingLibraryError`."""
    here = files(_HERE)
    found = []
    for entry in tomllib.loads((here / "libraries.toml").read_text("utf-8"))["library"]:
        try:
            script = (here / "bundled" / entry["file"]).read_text("utf-8")
        except OSError as error:
            raise MissingLibraryError(
                f"report: {entry['name']} was not built into this delete-lint: install a released wheel, or run "
                "`python hatch_build.py` in its source tree, which takes it from the package index"
            ) from error
        found.append(
            Library(
                name=entry["name"],
                version=entry["version"],
                licence=entry["licence"],
                does=entry["does"],
                runs_in=entry["runs_in"],
                script=script,
            )
        )
    return tuple(found)


def licences() -> str:
    """The licences of the libraries, in full."""
    return (files(_HERE) / "LICENSES.txt").read_text("utf-8")
