"""Packages of rules that settings name. The settings may be a stranger's, and so may be what lies beside them: it is
imported only if it is installed, or the user wants it to be."""

from __future__ import annotations

import os
import site
import sys
import sysconfig
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from delete_lint.config.keys import shown
from delete_lint.rule import Rule
from delete_lint.selection import PluginError, known_rules
from delete_lint.source.ignore import repository_root


def plugin_rules(
    plugins: Sequence[str], start: Path, file: Path | None, *, is_code_allowed: bool = False
) -> dict[str, Rule]:
    """All rules, by name, with those of the plugins that ``file`` names for what is linted at ``start``. Raises
    `PluginError`."""
    project = _project(start, file)
    if is_code_allowed:
        with _importable(project):
            return known_rules(plugins)
    for package in plugins:
        try:
            place = _place_in(project, package)
        except (Exception, SystemExit) as error:  # the package that it is in is the user's own code
            problem = f"cannot load the rules of {package}: {type(error).__name__}: {error}"
            raise PluginError(f"{problem} (install it; if it lies in the project, --allow-code runs it)") from error
        if place is not None:
            raise PluginError(
                f"plugins: {package} is not installed, but code of the project ({shown(Path(place))}): it runs only "
                "with --allow-code on the command line"
            )
    return known_rules(plugins)


def _project(start: Path, file: Path | None) -> tuple[str, ...]:
    """The real paths of what is linted, of the folder of its settings and the working folder, and of the repositories
    that these are in."""
    named = [os.path.abspath(start), os.getcwd(), *([os.path.dirname(os.path.abspath(file))] if file else [])]
    tops = [repository_root(folder) or folder for folder in named]
    return tuple(dict.fromkeys(map(os.path.realpath, (*named, *tops))))


def _place_in(project: Sequence[str], package: str) -> str | None:
    """Where in the project a package lies; None when it is installed. The packages that it is in are imported for
    that, each when it is known to be installed. Raises what they raise, and `ModuleNotFoundError`."""
    parts = package.split(".")
    for depth in range(1, len(parts) + 1):
        name = ".".join(parts[:depth])
        spec = find_spec(name)
        if spec is None:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        places: list[str] = [*(spec.submodule_search_locations or ())]
        places += [spec.origin] if spec.has_location and spec.origin else []
        for place in places:
            if _is_below(place, project) and not _is_below(place, _installed()):
                return place
        if depth < len(parts):
            import_module(name)
    return None


def _installed() -> Iterable[str]:
    """Where installers put packages for the running Python; its virtual environment may well lie in the project."""
    paths = sysconfig.get_paths()
    folders = [paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    with suppress(AttributeError):  # not all that makes an environment has these functions
        folders += [*site.getsitepackages(), site.getusersitepackages()]
    return map(os.path.realpath, folders)


def _is_below(path: str, folders: Iterable[str]) -> bool:
    real = os.path.realpath(path)
    return any(real == folder or real.startswith(os.path.join(folder, "")) for folder in folders)


@contextmanager
def _importable(project: Iterable[str]) -> Iterator[None]:
    """Has modules looked for in the project, after all other places."""
    before = list(sys.path)
    sys.path += [folder for folder in project if folder not in before]
    try:
        yield
    finally:
        sys.path[:] = before
