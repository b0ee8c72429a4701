"""Setting Django up as ``manage.py`` does: for the command line, which is started by itself.

This imports and runs the project's code. What goes wrong there is told in one line.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from pathlib import Path

from delete_lint.runtime.distributions import origin
from delete_lint.source.discover import Tree

_LONGEST = 300


class SetupError(Exception):
    """The project could not be set up: what failed, where, and what to do, in one line."""


def set_up(module: str, tree: Tree) -> tuple[str, ...]:
    """Make the project run that has this settings module; gives what is to be known about it, a line each.

    Raises `SetupError`.
    """
    first, last = import_folders(module, tree)
    sys.path[:0] = [folder for folder in first if folder not in sys.path[: len(first)]]
    sys.path += [folder for folder in last if folder not in sys.path]
    with output_to_stderr():
        try:
            _set_up(module)
        except (Exception, SystemExit) as error:
            raise SetupError(_told(error, module, first)) from error
        notes = tuple(_load_urls())
        _forget_local_functions()
    return notes


def _set_up(module: str) -> None:
    import django
    from django.conf import settings

    if settings.configured:
        used = getattr(settings, "SETTINGS_MODULE", None)
        if used != module:
            raise SetupError(f"django-settings: Django is set up in this process, with {used or 'other settings'}")
    os.environ["DJANGO_SETTINGS_MODULE"] = module
    django.setup()


def _load_urls() -> Iterator[str]:
    """A server has its views imported before the first request, and with them the receivers that they connect."""
    from django.conf import settings
    from django.urls import get_resolver

    if not getattr(settings, "ROOT_URLCONF", None):
        return
    try:
        get_resolver().url_patterns  # noqa: B018
    except (Exception, SystemExit) as error:
        yield f"the URLs could not be loaded, nor what their views connect: {_summary(error)}"


def _forget_local_functions() -> None:
    """Under ``DEBUG``, `Signal.connect` looks at the parameters of a receiver by way of a function that remembers its
    arguments. That keeps alive what is held weakly, and what is gone in production."""
    from django.utils import inspect

    for function in vars(inspect).values():
        clear = getattr(function, "cache_clear", None)
        if callable(clear):
            clear()


# --- where modules are looked for ---------------------------------------------------------------------------------


def import_folders(module: str, tree: Tree) -> tuple[list[str], list[str]]:
    """The folders to import from before all others: that of ``manage.py``, the working folder, and those roots of the
    named paths that have the settings; what has the settings goes before what has not. And those to import from after
    all others: the other roots, whose modules may have the names of better known ones."""
    roots = list(dict.fromkeys(source.root for source in tree.files))
    managed = [folder for folder in (*_upwards(tree.common), tree.root, *roots) if (folder / "manage.py").is_file()]
    found = dict.fromkeys([*managed, tree.root, *(root for root in roots if _has(root, module))])
    first = sorted(found, key=lambda folder: not _has(folder, module))
    return [os.fspath(folder) for folder in first], [os.fspath(root) for root in roots if root not in found]


def _has(folder: Path, module: str) -> bool:
    path = folder.joinpath(*module.split("."))
    return path.with_name(f"{path.name}.py").is_file() or path.is_dir()


def _upwards(folder: Path) -> Iterator[Path]:
    """A folder and those above it, as far as the repository goes."""
    for each in (folder, *folder.parents):
        yield each
        if (each / ".git").exists():
            return


# --- what the project prints --------------------------------------------------------------------------------------


@contextmanager
def output_to_stderr() -> Iterator[None]:
    """What the project's code prints is not our answer: Python's ``print``, and what other programs write that it
    starts."""
    sys.stdout.flush()
    with redirect_stdout(sys.stderr), _descriptor_to_stderr():
        yield


@contextmanager
def _descriptor_to_stderr() -> Iterator[None]:
    try:
        kept = os.dup(1)
    except OSError:  # stdout is closed
        yield
        return
    try:
        with suppress(OSError):
            os.dup2(2, 1)
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)


# --- what went wrong ----------------------------------------------------------------------------------------------


def _told(error: BaseException, module: str, folders: Iterable[str]) -> str:
    if isinstance(error, SetupError):
        return str(error)
    if isinstance(error, ModuleNotFoundError):
        missing = error.name or ""
        if module == missing or module.startswith(f"{missing}."):
            return (
                f'django-settings: there is no module "{missing}" in {", ".join(folders)} or among the installed '
                "packages: name the settings as DJANGO_SETTINGS_MODULE does, and the folder of manage.py as a path"
            )
        return (
            f"cannot set up {module}: {_summary(error)}: install delete-lint in the project's own environment, where "
            "the packages are that it imports"
        )
    return (
        f"cannot set up {module}: {_summary(error)}: run delete-lint in the project's own environment, with all that "
        "`python manage.py check` needs there"
    )


def _summary(error: BaseException) -> str:
    """Kind and message of an error, and the line of the project that it came from."""
    message = " ".join(str(error).split())
    kind = "sys.exit" if isinstance(error, SystemExit) else type(error).__name__
    text = f"{kind}: {message}" if message else kind
    text = text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
    where = _where(error)
    return f"{text} ({where})" if where is not None else text


def _where(error: BaseException) -> str | None:
    """The last line of the user's own code that was running, else that of a package."""
    if isinstance(error, SyntaxError) and error.filename is not None:
        return f"{_shown(error.filename)}:{error.lineno}"
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not frame.filename.startswith("<")]
    engine = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    outside = [frame for frame in frames if not frame.filename.startswith(engine)]
    origins = [(frame, origin(os.path.abspath(frame.filename))) for frame in outside]
    own = [frame for frame, whose in origins if whose.own]
    packages = [frame for frame, whose in origins if whose.package not in (None, "django")]
    last = next(reversed(own or packages), None)
    return f"{_shown(last.filename)}:{last.lineno}" if last is not None else None


def _shown(file: str) -> str:
    with suppress(ValueError):
        return Path(file).resolve().relative_to(Path.cwd()).as_posix()
    return Path(file).as_posix()
