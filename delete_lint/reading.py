"""The project graph of a run: from source alone, or joined with the running project that the settings name."""

from __future__ import annotations

import time
from dataclasses import replace

from delete_lint.progress import Progress, silent
from delete_lint.settings import Settings
from delete_lint.source.discover import Tree
from delete_lint.source.facts import Known
from delete_lint.source.front import Reading, read_project


def read(tree: Tree, settings: Settings, progress: Progress = silent, known: Known | None = None) -> Reading:
    """Reads a tree. With ``django-settings`` the project is set up, which runs its code; else nothing is run. What is
    ``known`` of files is not read again.

    Raises `delete_lint.runtime.setup.SetupError`.
    """
    if settings.django_settings is None:
        return read_project(tree, settings, progress, known)
    from delete_lint.runtime.linted import running_project

    progress("setting up Django")
    start = time.perf_counter()
    running = running_project(settings.django_settings, tree, settings)
    running_since = time.perf_counter()
    reading = read_project(tree, settings, progress, known)
    progress("asking the running project")
    graph, notes = running.joined(reading.graph)
    return replace(reading, graph=graph, notes=(*notes, f"setting up Django: {running_since - start:.2f} s"))
