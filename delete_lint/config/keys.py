"""The one table of settings: how each key is written, what it means, and where its value goes."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar, get_args

from delete_lint import disk
from delete_lint.config import shapes
from delete_lint.config.shapes import SettingsError, Shape, Written
from delete_lint.findings import SEVERITIES, Severity
from delete_lint.graph.measured import Measured
from delete_lint.graph.receiver import EXTERNAL_CATEGORIES
from delete_lint.graph.row_counts import RowCounts
from delete_lint.measured_file import FILE as MEASURED_FILE
from delete_lint.measured_file import MeasuredError, read_measured
from delete_lint.row_counts_file import FILE as ROW_COUNTS_FILE
from delete_lint.row_counts_file import RowCountsError, read_row_counts
from delete_lint.settings import Format, Settings

T = TypeVar("T")

#: A call in one of these categories takes time; ``cache`` is known but light.
CATEGORIES = tuple(sorted(EXTERNAL_CATEGORIES | {"cache"}))
LEVELS: tuple[Severity, ...] = get_args(Severity)


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A setting. ``about`` is a sentence for editors, ``shape`` what may be written.

    ``read`` puts what is written into the settings, ``show`` gives it back in the form in which it is written, or None
    where there is nothing to write.
    """

    about: str
    shape: Shape[Any]
    read: Callable[[Settings, Written], Settings]
    show: Callable[[Settings], object]


def _plain(field: str, shape: Shape[T], about: str) -> Key:
    """A key whose value is that of a field."""

    def read(settings: Settings, written: Written) -> Settings:
        value: Any = shape.read(written)
        return replace(settings, **{field: value})

    return Key(about=about, shape=shape, read=read, show=lambda settings: getattr(settings, field))


def _threshold(field: str, shape: Shape[int], about: str) -> Key:
    def read(settings: Settings, written: Written) -> Settings:
        limit: Any = shape.read(written)
        return replace(settings, thresholds=replace(settings.thresholds, **{field: limit}))

    return Key(about=about, shape=shape, read=read, show=lambda settings: getattr(settings.thresholds, field))


_SEVERITY: Shape[Mapping[str, str]] = shapes.by_rule((*SEVERITIES, "off"))


def _severity(settings: Settings, written: Written) -> Settings:
    """A rule that is off is one to ignore."""
    levels = _SEVERITY.read(written)
    severity = {name: level for name, chosen in levels.items() for level in SEVERITIES if level == chosen}
    off = (name for name, chosen in levels.items() if chosen == "off")
    return replace(settings, severity=severity, ignore=(*settings.ignore, *off))


def _row_counts(settings: Settings, written: Written) -> Settings:
    name = shapes.PATH.read(written)
    if not name:
        return replace(settings, row_counts=None)
    file = _folder(settings, written) / name
    try:
        return replace(settings, row_counts=counts_of(file))
    except SettingsError as error:
        raise error if disk.exists(file) else written.error(f"row-counts: {error}") from error


def counts_of(file: Path) -> RowCounts:
    """Raises `SettingsError`."""
    try:
        return read_row_counts(file, shown(file))
    except RowCountsError as error:
        raise SettingsError(str(error)) from error


def _measured(settings: Settings, written: Written) -> Settings:
    name = shapes.PATH.read(written)
    if not name:
        return replace(settings, measured=None)
    file = _folder(settings, written) / name
    try:
        return replace(settings, measured=measured_of(file))
    except SettingsError as error:
        raise error if disk.exists(file) else written.error(f"measured: {error}") from error


def measured_of(file: Path) -> Measured:
    """Raises `SettingsError`."""
    try:
        return read_measured(file, shown(file))
    except MeasuredError as error:
        raise SettingsError(str(error)) from error


def _baseline(settings: Settings, written: Written) -> Settings:
    name = shapes.PATH.read(written)
    return replace(settings, baseline=_folder(settings, written) / name if name else None)


def _cache_dir(settings: Settings, written: Written) -> Settings:
    return replace(settings, cache_dir=_folder(settings, written) / shapes.FOLDER.read(written))


def _folder(settings: Settings, written: Written) -> Path:
    """What paths are relative to: the folder of the settings file, on the command line the working folder."""
    return settings.file.parent if written.file and settings.file is not None else Path.cwd()


def _relative(settings: Settings, path: str | Path | None) -> str | None:
    if path is None:
        return None
    folder = settings.file.parent if settings.file is not None else Path.cwd()
    try:
        return os.path.relpath(path, folder).replace(os.sep, "/")
    except ValueError:  # another drive
        return os.fspath(path)


def shown(file: Path | None) -> str:
    """What messages call a file."""
    if file is None:
        return "settings"
    try:
        return file.absolute().relative_to(Path.cwd()).as_posix()
    except ValueError:
        return file.as_posix()


#: In the order in which they are read: `severity` adds to `ignore`.
KEYS: dict[str, Key] = {
    "select": _plain("select", shapes.RULES, "Names of the rules to run; without any, all of them."),
    "ignore": _plain("ignore", shapes.RULES, "Names of rules not to run."),
    "severity": Key(
        about="Severities of rules in place of their own; a rule that is off does not run.",
        shape=_SEVERITY,
        read=_severity,
        show=lambda settings: settings.severity,
    ),
    "per-file-ignores": _plain(
        "per_file_ignores",
        shapes.RULES_BY_PATTERN,
        "Patterns of files, as in .gitignore, and the rules that are not run on them.",
    ),
    "exclude": _plain(
        "exclude",
        shapes.STRINGS,
        "Patterns, as in .gitignore, of what is not linted, in place of virtual environments, build folders and the "
        "like.",
    ),
    "extend-exclude": _plain(
        "extend_exclude",
        shapes.STRINGS,
        "Patterns, as in .gitignore, of what is not linted, besides virtual environments, build folders and the like.",
    ),
    "include-tests": _plain("include_tests", shapes.BOOLEAN, "Lint tests too."),
    "include-migrations": _plain(
        "include_migrations", shapes.BOOLEAN, "Lint migrations too, and not only what RunPython runs."
    ),
    "fail-level": _plain("fail_level", shapes.one_of(LEVELS), "Findings from this severity on make the exit status 1."),
    "output-format": _plain(
        "output_format", shapes.one_of(get_args(Format)), "How findings are printed when --format does not say."
    ),
    "baseline": Key(
        about="The baseline, relative to the settings file: findings that it knows are not reported. Empty for none.",
        shape=shapes.PATH,
        read=_baseline,
        show=lambda settings: _relative(settings, settings.baseline),
    ),
    "max-depth": _threshold(
        "max_depth", shapes.COUNT, "Without row counts: a cascade over more levels than this is large."
    ),
    "max-models": _threshold(
        "max_models", shapes.COUNT, "Without row counts: a cascade that reaches this many models is large."
    ),
    "max-rows": _threshold("max_rows", shapes.COUNT, "With row counts: a delete of more rows than this is large."),
    "max-memory": _threshold(
        "max_memory",
        shapes.BYTES,
        'With row counts: a delete that holds more than this in memory is large; bytes, or a size such as "256 MB".',
    ),
    "row-counts": Key(
        about=f"The file of row counts, relative to the settings file, if it is not called {ROW_COUNTS_FILE}. Empty "
        "for none.",
        shape=shapes.PATH,
        read=_row_counts,
        show=lambda settings: _relative(settings, settings.row_counts.source if settings.row_counts else None),
    ),
    "measured": Key(
        about=f"The file of measurements that delete_lint.watch() has written, relative to the settings file, if it is "
        f"not called {MEASURED_FILE}. Empty for none.",
        shape=shapes.PATH,
        read=_measured,
        show=lambda settings: _relative(settings, settings.measured.source if settings.measured else None),
    ),
    "blocking": _plain(
        "blocking",
        shapes.by_call(CATEGORIES),
        "Dotted names of further calls that block, each with its category; `package.*` for all that lies below.",
    ),
    "not-blocking": _plain(
        "not_blocking",
        shapes.CALLS,
        "Dotted names of calls that do not block, whatever the table of blocking names says.",
    ),
    "field-classes": _plain(
        "field_classes",
        shapes.FIELD_CLASSES,
        'Dotted names of field classes and the model field that each stands for: "ForeignKey", '
        '"django.db.models.JSONField".',
    ),
    "batchers": _plain(
        "batchers", shapes.DOTTED_NAMES, "Functions of the project that delete in batches what they are given."
    ),
    "muters": _plain(
        "muters",
        shapes.DOTTED_NAMES,
        "Context managers and decorators of the project that mute the receivers of delete signals.",
    ),
    "django-version": _plain(
        "django_version",
        shapes.DJANGO_VERSION,
        "The Django that the project runs on; without it what the project pins, else the newest.",
    ),
    "django-settings": _plain(
        "django_settings",
        shapes.DOTTED_NAME,
        "The settings module of the project: set it up, which runs its code and so takes --allow-code, and ask Django "
        "itself.",
    ),
    "cache-dir": Key(
        about="The folder, relative to the settings file, in which a run keeps what it learns of files for the next.",
        shape=shapes.FOLDER,
        read=_cache_dir,
        show=lambda settings: _relative(settings, settings.cache_dir),
    ),
    "plugins": _plain(
        "plugins",
        shapes.DOTTED_NAMES,
        "Packages with rules of your own; one that is not installed but lies in the project takes --allow-code.",
    ),
    "third-party": _plain(
        "third_party", shapes.BOOLEAN, "In the system checks: report what installed packages do as well."
    ),
    "check-level": _plain(
        "check_level", shapes.one_of(LEVELS), "In the system checks: the highest level at which anything is reported."
    ),
}
