"""Settings from ``pyproject.toml`` or ``delete-lint.toml`` and from the command line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, get_args

from delete_lint.findings import SEVERITIES, Severity
from delete_lint.graph.receiver import EXTERNAL_CATEGORIES
from delete_lint.graph.row_counts import RowCounts
from delete_lint.row_counts_file import FILE as ROW_COUNTS_FILE
from delete_lint.row_counts_file import RowCountsError, read_row_counts
from delete_lint.selection import PluginError, known_rules, unknown_name
from delete_lint.settings import Settings, Thresholds

TABLE = "tool.delete-lint"
FILE = "delete-lint.toml"
#: A call in one of these categories takes time; ``cache`` is known but light.
CATEGORIES = tuple(sorted(EXTERNAL_CATEGORIES | {"cache"}))


class SettingsError(Exception):
    """A setting that cannot be used: where it stands and what is wrong with it, in one line."""


def load_settings(
    start: Path, overrides: Mapping[str, object] | None = None, *, config: Path | None = None, isolated: bool = False
) -> Settings:
    """The settings for what is linted at ``start``.

    ``overrides`` are the command line's, by key; they go before the file's, but ``ignore`` adds to it, and a rule
    that is selected by name runs even when the file ignores it. ``config`` names the file, ``isolated`` means none.
    """
    file = config if config is not None else None if isolated else find_file(start)
    written = _read(file, required=config is not None) if file is not None else {}
    given = dict(overrides or {})
    try:
        rules = known_rules(_strings(_Value(_shown(file), "plugins", written.get("plugins", []))))
    except PluginError as error:
        raise SettingsError(f"{_shown(file)}: {error}") from error
    settings = _apply(Settings(file=file), written, _shown(file), rules)
    selected = given.get("select")
    if selected:
        named = set(_strings(_Value("--select", "select", selected)))
        settings = replace(settings, ignore=tuple(rule for rule in settings.ignore if rule not in named))
    if "row-counts" not in written and not isolated:
        found = _nearest(start, ROW_COUNTS_FILE)
        settings = replace(settings, row_counts=_counts_of(found) if found is not None else None)
    before = settings.ignore
    settings = _apply(settings, given, "", rules)
    return replace(settings, ignore=tuple(dict.fromkeys((*before, *settings.ignore))))


def usable_settings(
    start: Path, written: Mapping[str, object] | None = None, where: str = ""
) -> tuple[Settings, tuple[str, ...]]:
    """As `load_settings`, for whoever has other things to say that a wrong setting must not hide: the settings as far
    as they can be used, and what is wrong with the others, a line each.

    ``written`` is what stands at ``where`` when that is no file.
    """
    file = None
    problems: list[str] = []
    try:
        if written is None:
            file = find_file(start)
            where = _shown(file)
            written = _read(file, required=False) if file is not None else {}
    except SettingsError as error:
        return Settings(), (str(error),)
    known = known_rules()
    try:
        known = known_rules(_strings(_Value(where, "plugins", written.get("plugins", []))))
    except PluginError as error:
        problems.append(f"{where}: {error}")
        written = {key: value for key, value in written.items() if key != "plugins"}
    except SettingsError:  # no list of strings, as is told below
        pass
    settings = Settings(file=file)
    try:
        if "row-counts" not in written and (found := _nearest(start, ROW_COUNTS_FILE)) is not None:
            settings = replace(settings, row_counts=_counts_of(found))
    except SettingsError as error:
        problems.append(str(error))
    for key, value in sorted(written.items(), key=lambda entry: _order(entry[0])):
        try:
            settings = _apply(settings, {key: value}, where, known)
        except SettingsError as error:
            problems.append(str(error))
    return settings, tuple(problems)


def _order(key: str) -> int:
    return KEYS.index(key) if key in _SETTERS else -1


def find_file(start: Path) -> Path | None:
    """The nearest settings file in ``start`` or above it, not beyond the repository."""
    for folder in _upwards(start):
        if (folder / FILE).is_file():
            return folder / FILE
        pyproject = folder / "pyproject.toml"
        # Told from the bytes first: other people's broken pyproject.toml is no business of ours.
        if pyproject.is_file() and b"delete-lint" in pyproject.read_bytes() and _table(pyproject) is not None:
            return pyproject
    return None


def _nearest(start: Path, name: str) -> Path | None:
    return next((folder / name for folder in _upwards(start) if (folder / name).is_file()), None)


def _upwards(start: Path) -> Iterator[Path]:
    for folder in (start, *start.parents):
        yield folder
        if (folder / ".git").exists():
            break


def _table(pyproject: Path) -> dict[str, Any] | None:
    tool = _parse(pyproject).get("tool")
    table = tool.get("delete-lint") if isinstance(tool, dict) else None
    return table if isinstance(table, dict) else None


def _parse(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"{_shown(file)}: cannot be read: {error.strerror or error}") from error
    except ValueError as error:
        raise SettingsError(f"{_shown(file)}: not valid TOML: {error}") from error


def _read(file: Path, *, required: bool) -> dict[str, Any]:
    if file.name != "pyproject.toml":
        return _parse(file)
    table = _table(file)
    if table is None and required:
        raise SettingsError(f"{_shown(file)}: has no table [{TABLE}]")
    return table or {}


def _shown(file: Path | None) -> str:
    if file is None:
        return "settings"
    try:
        return file.absolute().relative_to(Path.cwd()).as_posix()
    except ValueError:
        return file.as_posix()


# --- keys ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Value:
    """What is written for a key, and where; ``file`` is empty for the command line."""

    file: str
    key: str
    value: Any

    def error(self, problem: str) -> SettingsError:
        return SettingsError(f"{self.file}: {problem}" if self.file else f"--{self.key}: {problem}")

    def must_be(self, what: str) -> SettingsError:
        return self.error(f"{self.key} must be {what}, not {_written(self.value)}")


def _written(value: object) -> str:
    text = "true" if value is True else "false" if value is False else repr(value)
    return text if len(text) <= 60 else text[:57] + "…"


def _boolean(value: _Value) -> bool:
    if isinstance(value.value, bool):
        return value.value
    raise value.must_be("true or false")


def _count(value: _Value) -> int:
    if isinstance(value.value, int) and not isinstance(value.value, bool) and value.value >= 1:
        return value.value
    raise value.must_be("a whole number of at least 1")


_UNITS = {
    unit: 1000**power if len(unit) < 3 else 1024**power
    for power, units in enumerate((("B",), ("kB", "KB", "KiB"), ("MB", "MiB"), ("GB", "GiB"), ("TB", "TiB")))
    for unit in units
}


def _bytes(value: _Value) -> int:
    """A number of bytes, or a string with a unit."""
    if isinstance(value.value, str):
        size = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([kKMGT]?i?B)", value.value.strip())
        if size is not None and size[2] in _UNITS and float(size[1]) > 0:
            return int(float(size[1]) * _UNITS[size[2]])
        raise value.must_be('a size such as "256 MB"')
    return _count(value)


def _counts_of(file: Path) -> RowCounts:
    try:
        return read_row_counts(file, _shown(file))
    except RowCountsError as error:
        raise SettingsError(str(error)) from error


def _strings(value: _Value) -> tuple[str, ...]:
    if isinstance(value.value, (list, tuple)) and all(isinstance(item, str) for item in value.value):
        return tuple(value.value)
    raise value.must_be("a list of strings")


def _string_table(value: _Value) -> dict[str, str]:
    if isinstance(value.value, dict) and all(isinstance(item, str) for item in value.value.values()):
        return dict(value.value)
    raise value.must_be("a table of strings")


def _dotted_names(value: _Value) -> tuple[str, ...]:
    for name in (names := _strings(value)):
        _check_dotted(value, name)
    return names


def _dotted_name(value: _Value) -> str:
    if isinstance(value.value, str):
        _check_dotted(value, value.value)
        return value.value
    raise value.must_be('a dotted name such as "mysite.settings"')


def _check_dotted(value: _Value, name: str) -> None:
    if not all(part.isidentifier() for part in name.split(".")):
        raise value.error(f'{value.key}: "{name}" is no dotted name such as "shop.search.push"')


def _one_of(value: _Value, options: Collection[str]) -> str:
    if isinstance(value.value, str) and value.value in options:
        return value.value
    raise value.must_be("one of " + ", ".join(f'"{option}"' for option in options))


def _rules(value: _Value, known: Collection[str]) -> tuple[str, ...]:
    for name in (names := _strings(value)):
        _check_rule(value, name, known)
    return names


def _check_rule(value: _Value, name: str, known: Collection[str]) -> None:
    if name not in known:
        where = f"{value.key}: " if value.file else ""
        raise value.error(where + unknown_name("rule", name, known))


def _severity(settings: Settings, value: _Value, known: Collection[str]) -> Settings:
    """``severity = { rule = "error" | "warning" | "info" | "off" }``; a rule that is off is one to ignore."""
    if not isinstance(value.value, dict):
        raise value.must_be("a table of rules")
    levels: dict[str, Severity] = {}
    off: list[str] = []
    for name, level in value.value.items():
        _check_rule(value, name, known)
        chosen = _one_of(_Value(value.file, f"severity of {name}", level), (*SEVERITIES, "off"))
        if chosen == "off":
            off.append(name)
        else:
            levels[name] = _as_severity(chosen)
    return replace(settings, severity=levels, ignore=(*settings.ignore, *off))


def _as_severity(name: str) -> Severity:
    return next(level for level in SEVERITIES if level == name)


def _per_file_ignores(settings: Settings, value: _Value, known: Collection[str]) -> Settings:
    if not isinstance(value.value, dict):
        raise value.must_be("a table of patterns")
    ignores = {
        pattern: _rules(_Value(value.file, f'per-file-ignores of "{pattern}"', rules), known)
        for pattern, rules in value.value.items()
    }
    return replace(settings, per_file_ignores=ignores)


def _blocking(settings: Settings, value: _Value, known: Collection[str]) -> Settings:
    table = _string_table(value)
    for name, category in table.items():
        _check_dotted(value, name)
        _one_of(_Value(value.file, f"blocking category of {name}", category), CATEGORIES)
    return replace(settings, blocking=table)


def _django_version(settings: Settings, value: _Value, known: Collection[str]) -> Settings:
    if not isinstance(value.value, str) or re.fullmatch(r"\d+\.\d+(\.\w+)*", value.value) is None:
        raise value.must_be('a version in quotes such as "5.2"')
    return replace(settings, django_version=value.value)


Setter = Callable[[Settings, _Value, Collection[str]], Settings]


def _plain(reader: Callable[[_Value], object]) -> Setter:
    """The setter of a key that is the field's name and needs nothing but its value."""

    def apply(settings: Settings, value: _Value, known: Collection[str]) -> Settings:
        read: Any = reader(value)
        return replace(settings, **{value.key.replace("-", "_"): read})

    return apply


def _rule_names(settings: Settings, value: _Value, known: Collection[str]) -> Settings:
    names: Any = _rules(value, known)
    return replace(settings, **{value.key: names})


def _threshold(reader: Callable[[_Value], int]) -> Setter:
    def apply(settings: Settings, value: _Value, known: Collection[str]) -> Settings:
        limit: Any = reader(value)
        thresholds: Thresholds = replace(settings.thresholds, **{value.key.replace("-", "_"): limit})
        return replace(settings, thresholds=thresholds)

    return apply


def _row_counts(settings: Settings, value: _Value, known: Collection[str]) -> Settings:
    """The file is named relative to that of the settings; an empty name means none."""
    if not isinstance(value.value, str):
        raise value.must_be("the path of a file in quotes")
    if not value.value:
        return replace(settings, row_counts=None)
    folder = settings.file.parent if value.file and settings.file is not None else Path.cwd()
    try:
        return replace(settings, row_counts=_counts_of(folder / value.value))
    except SettingsError as error:
        raise error if (folder / value.value).exists() else value.error(f"row-counts: {error}") from error


_SETTERS: dict[str, Setter] = {
    "select": _rule_names,
    "ignore": _rule_names,
    # After `ignore`, which it adds to.
    "severity": _severity,
    "per-file-ignores": _per_file_ignores,
    "exclude": _plain(_strings),
    "extend-exclude": _plain(_strings),
    "include-tests": _plain(_boolean),
    "include-migrations": _plain(_boolean),
    "fail-level": _plain(lambda value: _one_of(value, get_args(Severity))),
    "max-depth": _threshold(_count),
    "max-models": _threshold(_count),
    "max-rows": _threshold(_count),
    "max-memory": _threshold(_bytes),
    "row-counts": _row_counts,
    "blocking": _blocking,
    "not-blocking": _plain(_dotted_names),
    "field-classes": _plain(_string_table),
    "batchers": _plain(_dotted_names),
    "muters": _plain(_dotted_names),
    "django-version": _django_version,
    "django-settings": _plain(_dotted_name),
    "plugins": _plain(_dotted_names),
    "third-party": _plain(_boolean),
    "check-level": _plain(lambda value: _one_of(value, get_args(Severity))),
}
KEYS = tuple(_SETTERS)


def _apply(settings: Settings, written: Mapping[str, object], file: str, known: Collection[str]) -> Settings:
    for key in written:
        if key not in _SETTERS:
            raise SettingsError(f"{file}: {unknown_name('setting', key, KEYS)}")
    for key, setter in _SETTERS.items():
        if key in written:
            settings = setter(settings, _Value(file, key, written[key]), known)
    return settings
