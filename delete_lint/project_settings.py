"""The settings of a running project: ``DELETE_LINT`` in Django's settings, or the file that is found near it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from delete_lint.config import KEYS, SettingsError, find_file, usable_settings
from delete_lint.selection import unknown_name
from delete_lint.settings import Settings

NAME = "DELETE_LINT"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectSettings:
    """What was found: ``settings`` as far as they can be used, ``problems`` with the others, a line each.

    Patterns are relative to ``base``.
    """

    settings: Settings
    base: Path
    problems: tuple[str, ...] = ()


def project_settings() -> ProjectSettings:
    """The settings of the project that runs.

    ``DELETE_LINT`` has the keys of ``[tool.delete-lint]``, with dashes or underscores. Where it stands, no file is
    read; else it is the nearest one to ``BASE_DIR``, or to the working folder.
    """
    from django.conf import settings as django_settings

    folders = tuple(_folders(getattr(django_settings, "BASE_DIR", None)))
    written = getattr(django_settings, NAME, None)
    if written is not None:
        return _from_dict(written, folders[0])
    start = next((folder for folder in folders if _has_file(folder)), folders[0])
    # The code of the project runs as it is.
    settings, problems = usable_settings(start, is_code_allowed=True)
    return ProjectSettings(
        settings=settings, base=settings.file.parent if settings.file is not None else start, problems=problems
    )


def _folders(base: object) -> Iterable[Path]:
    if isinstance(base, (str, os.PathLike)) and str(base):
        yield Path(base).absolute()
    yield Path.cwd()


def _has_file(folder: Path) -> bool:
    try:
        return find_file(folder) is not None
    except SettingsError:
        return True


def _from_dict(written: object, base: Path) -> ProjectSettings:
    if not isinstance(written, Mapping):
        problem = f"{NAME}: must be a dict of settings, not {type(written).__name__}"
        return ProjectSettings(settings=Settings(), base=base, problems=(problem,))
    known: dict[str, object] = {}
    problems: list[str] = []
    for name, value in written.items():
        key = name.replace("_", "-") if isinstance(name, str) else ""
        if key not in KEYS:
            # In the spelling that the user has chosen.
            names = [other.replace("-", "_") for other in KEYS] if "-" not in str(name) else KEYS
            problems.append(f"{NAME}: {unknown_name('setting', str(name), names)}")
        elif key in known:
            problems.append(f"{NAME}: {key} stands there twice, with a dash and with an underscore")
        else:
            known[key] = _as_in_a_file(key, value, base)
    settings, further = usable_settings(base, known, NAME, is_code_allowed=True)
    return ProjectSettings(settings=settings, base=base, problems=(*problems, *further))


def _as_in_a_file(key: str, value: object, base: Path) -> object:
    if key in ("row-counts", "baseline", "measured") and isinstance(value, (str, os.PathLike)) and str(value):
        return os.fspath(base / value)
    return value
