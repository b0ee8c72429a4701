"""Small projects, written to disk and read into a project graph."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

from delete_lint.graph.project import ProjectGraph
from delete_lint.graph.receiver import Receiver
from delete_lint.graph.site import DeleteSite
from delete_lint.settings import Settings
from delete_lint.source.discover import discover
from delete_lint.source.front import read_project


def write(folder: Path, files: Mapping[str, str]) -> None:
    """Write these files as they are; nothing becomes a package by itself."""
    for name, text in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(dedent(text), encoding="utf-8")


def packaged(files: Mapping[str, str]) -> dict[str, str]:
    """The files with an empty ``__init__.py`` in every folder that holds Python."""
    folders = {parent for name in files if name.endswith(".py") for parent in list(Path(name).parents)[:-1]}
    return {f"{folder.as_posix()}/__init__.py": "" for folder in sorted(folders)} | dict(files)


def graph_of(folder: Path, settings: Settings | None = None) -> ProjectGraph:
    """Read what is on disk; all of it must be readable."""
    settings = settings or Settings()
    reading = read_project(discover([folder], settings, folder), settings)
    assert reading.errors == ()
    return reading.graph


def read(folder: Path, files: Mapping[str, str], settings: Settings | None = None) -> ProjectGraph:
    """The project graph of these files; every folder that holds Python is a package."""
    write(folder, packaged(files))
    return graph_of(folder, settings)


def read_shop(folder: Path, models: str, settings: Settings | None = None, /, **modules: str) -> ProjectGraph:
    """The graph of an app ``shop``: its ``models`` (``models`` of Django is imported) and other modules by name."""
    files = {"shop/models.py": "from django.db import models\n" + dedent(models)}
    files |= {f"shop/{name}.py": text for name, text in modules.items()}
    return read(folder, files, settings)


def edges(graph: ProjectGraph, label: str) -> set[tuple[str, str, str, str]]:
    """What points at a model: (model, field, kind, on_delete)."""
    return {(edge.model, edge.field, edge.kind, edge.on_delete) for edge in graph.pointing_at(label)}


def the_receiver(graph: ProjectGraph) -> Receiver:
    (found,) = graph.receivers
    return found


def the_site(graph: ProjectGraph) -> DeleteSite:
    (found,) = graph.deletes
    return found


def spelled(value: object) -> str | None:
    """An id for a parameter: a text is its own; what holds a set has no text that is the same in every process."""
    return value if isinstance(value, str) else None
