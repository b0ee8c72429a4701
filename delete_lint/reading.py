"""The project graph of a run: from source alone, or joined with the running project that the settings name."""

from __future__ import annotations

import time
from dataclasses import replace

from delete_lint.progress import Progress, silent
from delete_lint.settings import Settings
from delete_lint.source.discover import Tree
from delete_lint.source.facts import Known
from delete_lint.source.front import Reading, read_project
from delete_lint.surviving import surviving


def read(tree: Tree, settings: Settings, progress: Progress = silent, known: Known | None = None) -> Reading:
    """Reads a tree, without the files that delete-lint fails at. With ``django-settings`` the project is set up, which
    runs its code; else nothing is run. What is ``known`` of files is not read again.

    Raises `delete_lint.runtime.setup.SetupError`.
    """
    if settings.django_settings is None:
        return _read(tree, settings, progress, known)
    from delete_lint.runtime.linted import running_project

    progress("setting up Django")
    start = time.perf_counter()
    running = running_project(settings.django_settings, tree, settings)
    running_since = time.perf_counter()
    reading = _read(tree, settings, progress, known)
    progress("asking the running project")
    graph, notes = running.joined(reading.graph)
    return replace(reading, graph=graph, notes=(*notes, f"setting up Django: {running_since - start:.2f} s"))


def _read(tree: Tree, settings: Settings, progress: Progress, known: Known | None) -> Reading:
    reading, failures = surviving("reading", tree, lambda left: read_project(left, settings, progress, known))
    if not failures:
        return reading
    # Whoever goes on with these files, to show them or to look for mistakes, is to see what is really in them.
    files = {failure.place.file for failure in failures if failure.place is not None}
    reading.contents.forget(files)
    sources = {name: source for name, source in reading.sources.items() if name not in files}
    return replace(reading, sources=sources, failures=failures)
