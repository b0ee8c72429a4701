"""The static front end as a whole: a tree of files to a project graph."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from delete_lint.catalog.blocking import Catalog
from delete_lint.graph.measured import Measured, renamed
from delete_lint.graph.project import ProjectGraph
from delete_lint.graph.row_counts import RowCounts
from delete_lint.internal_errors import InternalError
from delete_lint.progress import Progress, silent
from delete_lint.settings import Settings
from delete_lint.source.apps import Apps
from delete_lint.source.contents import Contents
from delete_lint.source.declarations import ClassDecl
from delete_lint.source.discover import Tree
from delete_lint.source.django_version import find_django_version
from delete_lint.source.draw import Draw
from delete_lint.source.entry_points import EntryPoints
from delete_lint.source.evaluate import Evaluator
from delete_lint.source.facts import Known
from delete_lint.source.file import SourceFile
from delete_lint.source.historical import HistoricalSites
from delete_lint.source.ignore import below
from delete_lint.source.outline import is_mostly_needed
from delete_lint.source.project import Project
from delete_lint.source.receivers import Receivers
from delete_lint.source.schema import Schema
from delete_lint.source.sites import Sites

#: Names of Django's own bases: where the search for model classes starts.
_ROOTS = ("Model", "AbstractUser", "AbstractBaseUser", "PermissionsMixin")


@dataclass(frozen=True, slots=True)
class UnreadableFile:
    """A file (or a block of one) that could not be read: where and why."""

    path: str
    line: int
    column: int
    message: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read: the graph, what could not be read, the files that were opened on the way, what else is to be
    known about the reading, a line each, and the contents of all files so far as they were read. ``failures`` are
    about files that were left out because delete-lint failed at them."""

    graph: ProjectGraph
    errors: tuple[UnreadableFile, ...]
    sources: Mapping[str, SourceFile]
    notes: tuple[str, ...] = ()
    contents: Contents = field(default_factory=Contents)
    failures: tuple[InternalError, ...] = ()


def read_project(tree: Tree, settings: Settings, progress: Progress = silent, known: Known | None = None) -> Reading:
    """Read a tree of files into a project graph, without importing or running any of them. What is ``known`` of a
    file's bytes is not read again, and what turns out is added to it."""
    project = Project(tree, known)
    apps = Apps(project)
    schema = Schema(project, apps)
    django = find_django_version(tree.common, settings)
    evaluator = Evaluator(project, apps, schema, Catalog(settings.blocking, settings.not_blocking), settings, django)
    progress("reading models")
    _outline_from_the_back(project)
    schema.build(_model_classes(project, schema))
    progress("reading receivers")
    connections = Receivers(evaluator).find()
    entry_points = EntryPoints(evaluator).find()
    progress("reading delete sites")
    sites = Sites(evaluator)
    deletes = [*sites.find(), *HistoricalSites(evaluator, sites).find()]
    draw = Draw(evaluator)
    graph = draw.graph(tree, django, connections, deletes, entry_points)
    graph = replace(graph, row_counts=_row_counts(tree, settings), measured=_measured(tree, settings))
    return Reading(graph, tuple(_errors(project)), project.opened, contents=project.contents)


def _outline_from_the_back(project: Project) -> None:
    """Outlines what will be needed, up to where a second process has come that does so from the front."""
    beside = project.contents.known.beside
    if beside.process is None:
        return
    for number in range(len(project.tree.files) - 1, -1, -1):
        if number <= beside.outlined:
            break
        source = project.tree.files[number]
        if is_mostly_needed(project.contents.data(source)):
            project.open_early(source)
    beside.need_no_more_outlines()


def _row_counts(tree: Tree, settings: Settings) -> RowCounts | None:
    """Those of the settings; their file is named as all others are."""
    counts = settings.row_counts
    if counts is None:
        return None
    inside = below(os.fspath(tree.root), os.path.abspath(counts.source))
    return replace(counts, source=inside or counts.source)


def _measured(tree: Tree, settings: Settings) -> Measured | None:
    """Those of the settings, with all files named as the others are."""
    return renamed(settings.measured, os.fspath(tree.root)) if settings.measured is not None else None


def _errors(project: Project) -> Iterator[UnreadableFile]:
    """What could not be read of the files that were opened, the first fault of each."""
    found = [UnreadableFile(*entry) for entry in project.unreadable]
    for name, file in project.opened.items():
        if name in project.linted:
            faults = sorted(file.check(), key=lambda e: (e.line, e.column, e.message))
            found.extend(UnreadableFile(name, e.line, e.column, e.message) for e in faults[:1])
    yield from sorted(found, key=lambda e: (e.path, e.line))


def _model_classes(project: Project, schema: Schema) -> Iterator[ClassDecl]:
    """Classes that may be models: by the names of their bases, and those with a base from a package's ``models``."""
    names: set[str] = set()
    for root in _ROOTS:
        names |= project.possible_subclasses(root)
    for name, places in project.class_names.items():
        if name in names:
            continue
        for source, bases in places:
            if any(base not in project.class_names or base == name for base in bases):
                if any(project.holds(source, needle) for needle in (b"models import", b".models", b"models.")):
                    names.add(name)
                    names |= project.possible_subclasses(name)
                    break
    for name in sorted(names):
        for source, _ in project.class_names[name]:
            module = project.module_of(source)
            decl = module.classes.get(name) if module is not None else None
            if decl is not None:
                yield decl
