"""Going on when delete-lint itself, or a rule of somebody's, fails at a file: without that file, and saying so.

Which file was being looked at is read off the traceback, so that nothing has to be handed around for it.
"""

from __future__ import annotations

import hashlib
import traceback
from collections.abc import Callable, Collection, Iterator
from typing import TypeVar

from delete_lint.findings import Finding
from delete_lint.graph.place import Place
from delete_lint.internal_errors import InternalError, internal_error, is_failure, note_input
from delete_lint.source.discover import Tree

T = TypeVar("T")

#: So many files are left out before a run is given up.
MOST = 20


def failed(what: str, error: BaseException, tree: Tree, package: str = "delete_lint") -> InternalError:
    """Tells of an exception while something was done with a tree. What is no failure is raised again."""
    if not is_failure(error):
        raise error
    names = {source.name for source in (*tree.files, *tree.migrations, *tree.others)}
    place = next(_places(error, names), None)
    return internal_error(what, error, place, _digest(tree, place), package)


def surviving(what: str, tree: Tree, attempt: Callable[[Tree], T]) -> tuple[T, tuple[InternalError, ...]]:
    """The outcome of an attempt, which is made again without the file that it failed at, as though it were empty, and
    so on. Raises what has to do with no file, and what goes on for too long."""
    errors: list[InternalError] = []
    names = {source.name for source in (*tree.files, *tree.migrations, *tree.others)}
    left = tree
    while True:
        try:
            return attempt(left), tuple(errors)
        except BaseException as error:
            place = next(_places(error, names), None) if isinstance(error, Exception) or is_failure(error) else None
            if place is None or len(errors) == MOST or isinstance(error, SystemExit):
                if is_failure(error):
                    note_input(error, _digest(tree, place))
                raise
            errors.append(internal_error(what, error, place, _digest(tree, place)))
            names.remove(place.file)
            left = left.with_contents({place.file: b""})


def _digest(tree: Tree, place: Place | None) -> str:
    """Of the bytes of the file, else of all files."""
    digest = hashlib.sha256()
    for source in (*tree.files, *tree.migrations, *tree.others):
        if place is None or source.name == place.file:
            try:
                digest.update(source.read_bytes())
            except (OSError, MemoryError):
                digest.update(b"\0")
    return digest.hexdigest()[:16]


def _places(error: BaseException, names: Collection[str]) -> Iterator[Place]:
    """The files of these names that were being looked at, from the innermost frame on, each with the line if that can
    be told."""
    from delete_lint.source.outline import Block
    from delete_lint.source.syntax import Node

    line = 0
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    for frame in reversed(frames):
        values = list(frame.f_locals.values())
        if not line:
            lines = (getattr(value, "line", 0) for value in values if isinstance(value, (Node, Block)))
            line = next((found for found in lines if found), 0)
        for value in values:
            place = _place(value)
            if place is not None and place.file in names:
                yield place if place.line else Place(place.file, line or 1)


def _place(value: object) -> Place | None:
    """Where something stands that may be found in a frame; line 0 when only the file is known."""
    from delete_lint.graph.model import Model
    from delete_lint.graph.receiver import Receiver
    from delete_lint.graph.site import DeleteSite
    from delete_lint.source.declarations import ClassDecl, FunctionDecl, Module
    from delete_lint.source.discover import SourcePath
    from delete_lint.source.file import SourceFile
    from delete_lint.source.frame import Frame

    match value:
        case Place():
            return value
        case Model() | Receiver() | DeleteSite() | Finding():
            return value.place
        case SourceFile() | SourcePath():
            return Place(value.name, 0)
        case Module():
            return Place(value.file.name, 0)
        case ClassDecl() | FunctionDecl() | Frame():
            return Place(value.module.file.name, 0) if value.module is not None else None
        case _:
            return None
