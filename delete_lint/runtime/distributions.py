"""Which installed distribution a file comes from, or that it is the user's own.

`importlib.metadata.packages_distributions` reads the metadata of everything that is installed; here only the
distributions are looked at whose name promises something, and the others when none of them has the file.
"""

from __future__ import annotations

import os
import re
import sys
import sysconfig
from dataclasses import dataclass
from functools import cache

_LIBRARIES = ("site-packages", "dist-packages")
_METADATA = re.compile(r"(?P<name>.+?)-[^-]+(?:-py[\d.]+)?\.(?:dist|egg)-info$")


@dataclass(frozen=True, slots=True)
class Origin:
    """Whose code something is: the user's ``own``, or that of an installed ``package`` (where that can be told)."""

    own: bool
    package: str | None = None


OWN = Origin(True)


def is_library(file: str) -> bool:
    """Whether a file lies in a folder that only installers write to."""
    return any(f"{os.sep}{name}{os.sep}" in file for name in _LIBRARIES)


def origin(file: str) -> Origin:
    """Whose code stands in this file (an absolute path).

    Own is what no installer has put where it is: the project, and what is installed in editable form.
    """
    return _origin(os.path.dirname(file), os.path.basename(file) if _is_top_level(file) else "")


@cache
def _origin(folder: str, file: str) -> Origin:
    """Answers for a folder, since a package does not share one with another; for a file at the top of a library,
    for it alone."""
    path = os.path.join(folder, file) if file else folder
    for name in _LIBRARIES:
        library, found, inside = path.rpartition(f"{os.sep}{name}{os.sep}")
        if found:
            inside = _recorded(inside, file)
            return Origin(False, _distribution(f"{library}{os.sep}{name}", inside) or _top_level(inside))
    if os.path.join(path, "").startswith(_standard_library()):
        return Origin(False)
    root = _import_root(path)
    if root is None:
        return OWN
    inside = _recorded(os.path.relpath(path, root), file)
    if os.path.isfile(root) or root.endswith(".egg"):
        egg = re.match(r"(.+?)-\d.*\.egg$", os.path.basename(root))
        return Origin(False, _normal(egg[1]) if egg else _zipped(root, inside) or _top_level(inside))
    # A folder that packages were copied into beside the user's code (``pip install --target .``).
    package = next((name for name, info in _installed(root) if f"\n{inside}" in _record(info)), None)
    return Origin(False, package) if package is not None else OWN


def _recorded(inside: str, file: str) -> str:
    """How a ``RECORD`` begins the line of a file, or the lines of the files in a folder."""
    return f"{inside.replace(os.sep, '/')}{',' if file else '/'}"


def _is_top_level(file: str) -> bool:
    return os.path.basename(os.path.dirname(file)) in _LIBRARIES


def _top_level(inside: str) -> str:
    return re.split("[/,]", inside, maxsplit=1)[0].removesuffix(".py")


@cache
def _standard_library() -> tuple[str, ...]:
    return tuple({os.path.join(sysconfig.get_path(name), "") for name in ("stdlib", "platstdlib")})


def _import_root(path: str) -> str | None:
    """The entry of ``sys.path`` that a module was found in."""
    entries = (os.path.abspath(entry) for entry in sys.path)
    return max((entry for entry in entries if path.startswith(os.path.join(entry, ""))), key=len, default=None)


def _distribution(library: str, inside: str) -> str | None:
    """The distribution that put this file or folder into a library, by what it recorded when it was installed."""
    top = _bare(_top_level(inside))
    promising = sorted(_installed(library), key=lambda found: top not in _bare(found[0]))
    for name, info in promising:
        if f"\n{inside}" in _record(info):
            return name
    # Some installers, those of Linux distributions among them, leave no record.
    for name, info in promising:
        if _bare(name) == top or f"\n{_top_level(inside)}\n" in _read(os.path.join(info, "top_level.txt")):
            return name
    return None


@cache
def _installed(library: str) -> tuple[tuple[str, str], ...]:
    """Names of the distributions in a library, with the folder of their metadata."""
    try:
        entries = sorted(os.listdir(library))
    except OSError:
        return ()
    matches = ((entry, _METADATA.match(entry)) for entry in entries)
    return tuple((_normal(match["name"]), os.path.join(library, entry)) for entry, match in matches if match)


@cache
def _record(info: str) -> str:
    return _read(os.path.join(info, "RECORD"))


def _read(file: str) -> str:
    try:
        with open(file, encoding="utf-8", errors="replace") as opened:
            return f"\n{opened.read()}\n"
    except OSError:
        return ""


def _zipped(archive: str, inside: str) -> str | None:
    from importlib.metadata import distributions

    for found in distributions(path=[archive]):
        if f"\n{inside}" in f"\n{found.read_text('RECORD') or ''}":
            return _normal(found.metadata["Name"])
    return None


def _normal(name: str) -> str:
    """A name as the package index spells it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _bare(name: str) -> str:
    return re.sub(r"[-_.]+", "", name).lower()
