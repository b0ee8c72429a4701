"""The project graph of a running project."""

from __future__ import annotations

from pathlib import Path

import django
from django.apps.registry import Apps, apps
from django.db import connections

from delete_lint.graph.project import DjangoVersion, ProjectGraph
from delete_lint.runtime.fields import Fields
from delete_lint.runtime.receivers import heard, receivers
from delete_lint.runtime.registry import Registry, abstract_label
from delete_lint.runtime.sources import Sources
from delete_lint.settings import Settings


def runtime_graph(root: Path | None = None, settings: Settings | None = None, registry: Apps = apps) -> ProjectGraph:
    """The project graph as Django's registries have it, after ``django.setup()``.

    Files are named relative to ``root`` (by default the working folder) where they are below it. No database is
    connected to, and no code of the project is called but its database routers.
    """
    root = root or Path.cwd()
    sources = Sources(root)
    read = Registry(registry, sources, Fields(sources, (settings or Settings()).field_classes))
    labels = {id(cls): abstract_label(cls) for cls in read.abstract} | {
        id(cls): cls._meta.label for cls in read.classes
    }
    signals = heard(labels, read.classes)
    dead = {
        abstract_label(cls): f"its sender {abstract_label(cls)} is abstract: signals are sent by concrete models"
        for cls in read.abstract
    } | {
        cls._meta.label: f"its sender {cls._meta.label} is swapped out for {cls._meta.swapped}: nothing deletes it"
        for cls in read.classes
        if cls._meta.swapped
    }
    return ProjectGraph(
        root=str(root),
        source="runtime",
        django=DjangoVersion(*django.VERSION[:2], source="the running project"),
        models=dict(sorted(read.models().items())),
        relations=tuple(read.relations()),
        receivers=tuple(receivers(signals, sources, dead)),
        databases=frozenset(_vendors()),
        files=sources.read,
        unheard=signals.unheard,
        problems=signals.problems,
    )


def _vendors() -> list[str]:
    """Vendors of the databases in the settings. The backends are imported, nothing is connected to."""
    found = []
    for alias in connections:
        try:
            found.append(connections[alias].vendor)
        except Exception:  # its driver is not installed, or its settings are wrong: Django will say so
            continue
    return [vendor for vendor in found if vendor != "unknown"]
