"""Finding settings files, and reading them and the command line."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from delete_lint import disk
from delete_lint.config.keys import KEYS, counts_of, measured_of, shown
from delete_lint.config.shapes import DOTTED_NAMES, RULES, STRINGS, SettingsError, Written
from delete_lint.measured_file import FILE as MEASURED_FILE
from delete_lint.row_counts_file import FILE as ROW_COUNTS_FILE
from delete_lint.rule import Rule
from delete_lint.selection import PluginError, known_rules, unknown_name
from delete_lint.settings import Settings

TABLE = "tool.delete-lint"
FILE = "delete-lint.toml"

#: Other spellings of the table's name, which would be passed over.
_MISSPELT = re.compile(r"delete[-_ ]?lint", re.IGNORECASE)
_ANY_SPELLING = re.compile(rb"delete[-_ ]?lint", re.IGNORECASE)


def load_settings(
    start: Path,
    overrides: Mapping[str, object] | None = None,
    *,
    config: Path | None = None,
    isolated: bool = False,
    is_code_allowed: bool = False,
) -> Settings:
    """The settings for what is linted at ``start``.

    ``overrides`` are the command line's, by key; they go before the file's, but ``ignore`` and ``extend-exclude`` add
    to it, and a rule that is selected by name runs even when the file ignores it. ``config`` names the file,
    ``isolated`` means none. Raises `SettingsError`, with all that is wrong.

    The file may be a stranger's. Unless ``is_code_allowed``, what it names is imported only if it is installed:
    `Settings.refused` tells of ``django-settings`` that are not used for that, and other ``plugins`` are an error.
    """
    # Patterns are relative to its folder, and are held against absolute paths.
    file = Path(os.path.abspath(config)) if config is not None else None if isolated else find_file(start)
    written = _read(file, required=config is not None) if file is not None else {}
    given = dict(overrides or {})
    known, problems = _known(written, shown(file), start, file, is_code_allowed)
    if problems:  # without these rules, what else is written about rules may seem wrong
        raise SettingsError(*problems)
    settings, problems = _apply(Settings(file=file), written, shown(file), known)
    if "row-counts" not in written and "row-counts" not in given and not isolated:
        settings, wrong = _with_counts_found(settings, start)
        problems += wrong
    if "measured" not in written and "measured" not in given and not isolated:
        settings, wrong = _with_measured_found(settings, start)
        problems += wrong
    if not is_code_allowed and "django-settings" not in given:
        settings = _without_code(settings)
    settings, wrong = _with_overrides(settings, given, known)
    if problems or wrong:
        raise SettingsError(*problems, *wrong)
    return settings


def usable_settings(
    start: Path, written: Mapping[str, object] | None = None, where: str = "", *, is_code_allowed: bool = False
) -> tuple[Settings, tuple[str, ...]]:
    """As `load_settings`, for whoever has other things to say that a wrong setting must not hide: the settings as far
    as they can be used, and what is wrong with the others, a line each.

    ``written`` is what stands at ``where`` when that is no file.
    """
    file = None
    try:
        if written is None:
            file = find_file(start)
            where = shown(file)
            written = _read(file, required=False) if file is not None else {}
    except SettingsError as error:
        return Settings(), error.problems
    known, problems = _known(written, where, start, file, is_code_allowed)
    settings = Settings(file=file)
    if "row-counts" not in written:
        settings, wrong = _with_counts_found(settings, start)
        problems += wrong
    if "measured" not in written:
        settings, wrong = _with_measured_found(settings, start)
        problems += wrong
    # A package of rules that cannot be loaded has been told.
    usable = {key: value for key, value in written.items() if key != "plugins" or not problems}
    settings, wrong = _apply(settings, usable, where, known)
    return settings, tuple(dict.fromkeys((*problems, *wrong)))


def _known(
    written: Mapping[str, object], where: str, start: Path, file: Path | None, is_code_allowed: bool
) -> tuple[dict[str, Rule], list[str]]:
    """The rules there are, and what is wrong with those of plugins."""
    try:
        plugins = DOTTED_NAMES.read(Written(where, "plugins", written.get("plugins", ())))
    except SettingsError:  # told when the key itself is read
        return known_rules(), []
    if not plugins:
        return known_rules(), []
    from delete_lint.config.plugins import plugin_rules

    try:
        return plugin_rules(plugins, start, file, is_code_allowed=is_code_allowed), []
    except PluginError as error:
        return known_rules(), [f"{where}: {error}"]


def _without_code(settings: Settings) -> Settings:
    if settings.django_settings is None:
        return settings
    refused = (
        f"{shown(settings.file)}: django-settings is not used: that would run the project's code, which takes "
        f"--allow-code or --django-settings {settings.django_settings} on the command line"
    )
    return replace(settings, django_settings=None, refused=(refused,))


def _apply(
    settings: Settings, written: Mapping[str, object], where: str, known: Collection[str]
) -> tuple[Settings, list[str]]:
    """The settings with what is written, as far as that can be used, and what is wrong with the rest."""
    problems = [f"{where}: {_unknown(key, value)}" for key, value in written.items() if key not in KEYS]
    for key, entry in KEYS.items():
        if key in written:
            try:
                settings = entry.read(settings, Written(where, key, written[key], known))
            except SettingsError as error:
                problems += error.problems
    return settings, problems


def _unknown(key: str, value: object) -> str:
    if isinstance(value, Mapping) and (key == "tool" or _ANY_SPELLING.fullmatch(key.encode())):
        return f'unknown setting "{key}": only pyproject.toml has a table [{TABLE}], here the keys stand at the top'
    return unknown_name("setting", key, KEYS)


def _with_overrides(settings: Settings, given: dict[str, object], known: Collection[str]) -> tuple[Settings, list[str]]:
    before = settings
    try:
        named = set(RULES.read(Written("", "select", given.get("select", ()), known)))
        exclude = STRINGS.read(Written("", "exclude", given["exclude"])) if "exclude" in given else None
        further = STRINGS.read(Written("", "extend-exclude", given.get("extend-exclude", ())))
    except SettingsError as error:
        return settings, list(error.problems)
    # What the command line excludes is relative to the working folder, wherever the file is.
    settings = replace(settings, exclude_here=exclude, extend_exclude_here=further)
    here = {key: value for key, value in given.items() if key not in ("exclude", "extend-exclude")}
    settings, problems = _apply(settings, here, "", known)
    kept = (rule for rule in before.ignore if rule not in named)
    added = settings.ignore if "ignore" in given else ()
    return replace(settings, ignore=tuple(dict.fromkeys((*kept, *added)))), problems


def _with_counts_found(settings: Settings, start: Path) -> tuple[Settings, list[str]]:
    """Row counts are found as the settings are."""
    try:
        found = _nearest(start, ROW_COUNTS_FILE)
        return replace(settings, row_counts=counts_of(found)) if found is not None else settings, []
    except SettingsError as error:
        return settings, list(error.problems)


def _with_measured_found(settings: Settings, start: Path) -> tuple[Settings, list[str]]:
    """So are measurements."""
    try:
        found = _nearest(start, MEASURED_FILE)
        return replace(settings, measured=measured_of(found)) if found is not None else settings, []
    except SettingsError as error:
        return settings, list(error.problems)


# --- files --------------------------------------------------------------------------------------------------------


def find_file(start: Path) -> Path | None:
    """The nearest settings file in ``start`` or above it, not beyond the repository."""
    for folder in _upwards(start):
        if _may_hold(folder / FILE):
            return folder / FILE
        pyproject = folder / "pyproject.toml"
        # Told from the bytes first: other people's broken pyproject.toml is no business of ours.
        if disk.is_file(pyproject) and _ANY_SPELLING.search(_bytes(pyproject)) and _table(pyproject) is not None:
            return pyproject
    return None


def _bytes(file: Path) -> bytes:
    try:
        return disk.read(file)
    except OSError as error:
        raise SettingsError(f"{shown(file)}: cannot be read: {error.strerror or error}") from error


def _nearest(start: Path, name: str) -> Path | None:
    return next((folder / name for folder in _upwards(start) if _may_hold(folder / name)), None)


def _may_hold(file: Path) -> bool:
    """Whether a file is meant: a pipe or a device is one that cannot be read, and that has to be said."""
    return disk.kind(file) in ("file", "other")


def _upwards(start: Path) -> Iterator[Path]:
    for folder in (start, *start.parents):
        yield folder
        if disk.exists(folder / ".git"):
            break


def _read(file: Path, *, required: bool) -> dict[str, Any]:
    if file.name != "pyproject.toml":
        return _parse(file)
    table = _table(file)
    if table is None and required:
        raise SettingsError(f"{shown(file)}: has no table [{TABLE}]")
    return table or {}


def _table(pyproject: Path) -> dict[str, Any] | None:
    tool = _parse(pyproject).get("tool")
    if not isinstance(tool, dict):
        return None
    for name in tool:
        if name != "delete-lint" and _MISSPELT.fullmatch(name):
            raise SettingsError(f'{shown(pyproject)}: unknown table "tool.{name}" (did you mean "{TABLE}"?)')
    table = tool.get("delete-lint")
    if table is not None and not isinstance(table, dict):
        raise SettingsError(f"{shown(pyproject)}: {TABLE} must be a table, not {table!r}")
    return table


def _parse(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(disk.read_text(file, "utf-8-sig"))
    except OSError as error:
        raise SettingsError(f"{shown(file)}: cannot be read: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise SettingsError(f"{shown(file)}: not valid TOML: {error}") from error
