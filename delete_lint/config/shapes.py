"""What may be written for a setting: one shape each for reading it and for its JSON Schema."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from delete_lint.catalog.fields import field_class_names, named_field_class
from delete_lint.graph.named import did_you_mean
from delete_lint.selection import unknown_name

T = TypeVar("T")
Schema = dict[str, Any]

_PART = r"[A-Za-z_\u0080-\uffff][0-9A-Za-z_\u0080-\uffff]*"
#: Names of Python, parted by dots; the same expression for Python and for whoever reads the JSON Schema.
DOTTED = rf"{_PART}(\.{_PART})*"
#: The same, or all that lies below: `package.Class.*`.
CALL = rf"{DOTTED}(\.\*)?"
VERSION = r"[0-9]+\.[0-9]+(\.[0-9A-Za-z_]+)*"

_UNITS = {
    unit: 1000**power if len(unit) < 3 else 1024**power
    for power, units in enumerate((("B",), ("kB", "KB", "KiB"), ("MB", "MiB"), ("GB", "GiB"), ("TB", "TiB")))
    for unit in units
}
SIZE = rf"\s*(?=[0-9.]*[1-9])([0-9]+(?:\.[0-9]+)?)\s*({'|'.join(_UNITS)})\s*"


class SettingsError(Exception):
    """Settings that cannot be used: for each where it stands and what is wrong with it, in one line."""

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Written:
    """What is written for a key, and where; ``file`` is empty for the command line. ``known`` are the rules."""

    file: str
    key: str
    value: Any
    known: Collection[str] = ()

    def of(self, key: str, value: object) -> Written:
        """Something that is written below the same key."""
        return Written(self.file, key, value, self.known)

    def error(self, problem: str) -> SettingsError:
        return SettingsError(f"{self.file}: {problem}" if self.file else f"--{self.key}: {problem}")

    def must_be(self, what: str, hint: str = "") -> SettingsError:
        return self.error(f"{self.key} must be {what}, not {_shown(self.value)}{hint}")


def _shown(value: object) -> str:
    text = "true" if value is True else "false" if value is False else repr(value)
    return text if len(text) <= 60 else text[:57] + "…"


@dataclass(frozen=True, slots=True)
class Shape(Generic[T]):
    """``read`` raises `SettingsError`; ``schema`` makes the JSON Schema, given the names of the rules there are."""

    read: Callable[[Written], T]
    schema: Callable[[Sequence[str]], Schema]


def _boolean(written: Written) -> bool:
    if isinstance(written.value, bool):
        return written.value
    raise written.must_be("true or false")


def _count(written: Written) -> int:
    if isinstance(written.value, int) and not isinstance(written.value, bool) and written.value >= 1:
        return written.value
    raise written.must_be("a whole number of at least 1")


def _size(written: Written) -> int:
    if not isinstance(written.value, str):
        return _count(written)
    size = re.fullmatch(SIZE, written.value)
    if size is None:
        raise written.must_be('a size such as "256 MB"')
    return max(1, int(float(size[1]) * _UNITS[size[2]]))


def _strings(written: Written) -> tuple[str, ...]:
    if isinstance(written.value, (list, tuple)) and all(isinstance(item, str) for item in written.value):
        return tuple(written.value)
    raise written.must_be("a list of strings")


def _dotted_name(written: Written) -> str:
    if isinstance(written.value, str):
        _check_dotted(written, written.value)
        return written.value
    raise written.must_be('a dotted name such as "mysite.settings"')


def _dotted_names(written: Written) -> tuple[str, ...]:
    for name in (names := _strings(written)):
        _check_dotted(written, name)
    return names


def _calls(written: Written) -> tuple[str, ...]:
    for name in (names := _strings(written)):
        _check_dotted(written, name, CALL)
    return names


def _check_dotted(written: Written, name: str, pattern: str = DOTTED) -> None:
    if re.fullmatch(pattern, name) is None:
        raise written.error(f'{written.key}: "{name}" is no dotted name such as "shop.search.push"')


def _rules(written: Written) -> tuple[str, ...]:
    names = _strings(written)
    problems: list[str] = []
    for name in names:
        try:
            _check_rule(written, name)
        except SettingsError as error:
            problems += error.problems
    if problems:
        raise SettingsError(*problems)
    return names


def _check_rule(written: Written, name: str) -> None:
    if name not in written.known:
        where = f"{written.key}: " if written.file else ""
        raise written.error(where + unknown_name("rule", name, written.known))


def _version(written: Written) -> str:
    if isinstance(written.value, str) and re.fullmatch(VERSION, written.value):
        return written.value
    raise written.must_be('a version in quotes such as "5.2"')


def _path(written: Written) -> str:
    if isinstance(written.value, str) and "\0" not in written.value:
        return written.value
    raise written.must_be("the path of a file in quotes")


def _folder(written: Written) -> str:
    if isinstance(written.value, str) and written.value and "\0" not in written.value:
        return written.value
    raise written.must_be("the path of a folder in quotes")


def _table(written: Written, of_what: str) -> Mapping[str, object]:
    if isinstance(written.value, Mapping) and all(isinstance(key, str) for key in written.value):
        return written.value
    raise written.must_be(f"a table of {of_what}")


def _rules_by_pattern(written: Written) -> Mapping[str, tuple[str, ...]]:
    return {
        pattern: _rules(written.of(f'per-file-ignores of "{pattern}"', rules))
        for pattern, rules in _table(written, "patterns").items()
    }


def _field_classes(written: Written) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for name, value in _table(written, "strings").items():
        _check_dotted(written, name)
        found[name] = _dotted_name(written.of(f"field class of {name}", value))
    for stand_in in found.values():
        if named_field_class(stand_in) is None:
            raise written.error(
                f'{written.key}: "{stand_in}" is no model field that is known, such as "ForeignKey" or '
                f'"django.db.models.JSONField"{did_you_mean(stand_in, field_class_names())}'
            )
    return found


def one_of(options: Sequence[str]) -> Shape[str]:
    def read(written: Written) -> str:
        if isinstance(written.value, str) and written.value in options:
            return written.value
        hint = did_you_mean(written.value, options) if isinstance(written.value, str) else ""
        raise written.must_be("one of " + ", ".join(f'"{option}"' for option in options), hint)

    return Shape(read, lambda rules: {"enum": list(options)})


def by_rule(options: Sequence[str]) -> Shape[Mapping[str, str]]:
    """A table from rules to one of the options."""
    choice = one_of(options)

    def read(written: Written) -> Mapping[str, str]:
        found: dict[str, str] = {}
        for name, value in _table(written, "rules").items():
            _check_rule(written, name)
            found[name] = choice.read(written.of(f"{written.key} of {name}", value))
        return found

    def schema(rules: Sequence[str]) -> Schema:
        # Rules of plugins are not known beforehand.
        properties = {rule: choice.schema(rules) for rule in rules}
        return {"type": "object", "properties": properties, "additionalProperties": choice.schema(rules)}

    return Shape(read, schema)


def by_call(options: Sequence[str]) -> Shape[Mapping[str, str]]:
    """A table from dotted names of calls to one of the options."""
    choice = one_of(options)

    def read(written: Written) -> Mapping[str, str]:
        found: dict[str, str] = {}
        for name, value in _table(written, "strings").items():
            _check_dotted(written, name, CALL)
            found[name] = choice.read(written.of(f"{written.key} category of {name}", value))
        return found

    return Shape(read, lambda rules: _by_name(CALL, choice.schema(rules)))


def _by_name(pattern: str, values: Schema) -> Schema:
    return {"type": "object", "propertyNames": {"pattern": f"^{pattern}$"}, "additionalProperties": values}


def _rule_list(rules: Sequence[str]) -> Schema:
    # The second half is for rules of plugins; an editor offers the first.
    return {"type": "array", "items": {"anyOf": [{"enum": list(rules)}, {"type": "string"}]}}


_DOTTED_NAME: Schema = {"type": "string", "pattern": f"^{DOTTED}$"}

BOOLEAN = Shape(_boolean, lambda rules: {"type": "boolean"})
COUNT = Shape(_count, lambda rules: {"type": "integer", "minimum": 1})
BYTES = Shape(
    _size, lambda rules: {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "string", "pattern": f"^{SIZE}$"}]}
)
STRINGS = Shape(_strings, lambda rules: {"type": "array", "items": {"type": "string"}})
DOTTED_NAME = Shape(_dotted_name, lambda rules: _DOTTED_NAME)
DOTTED_NAMES = Shape(_dotted_names, lambda rules: {"type": "array", "items": _DOTTED_NAME})
CALLS = Shape(_calls, lambda rules: {"type": "array", "items": {"type": "string", "pattern": f"^{CALL}$"}})
RULES = Shape(_rules, _rule_list)
DJANGO_VERSION = Shape(_version, lambda rules: {"type": "string", "pattern": f"^{VERSION}$"})
PATH = Shape(_path, lambda rules: {"type": "string", "pattern": "^[^\\u0000]*$"})
FOLDER = Shape(_folder, lambda rules: {"type": "string", "pattern": "^[^\\u0000]+$"})
RULES_BY_PATTERN = Shape(_rules_by_pattern, lambda rules: {"type": "object", "additionalProperties": _rule_list(rules)})
FIELD_CLASSES = Shape(_field_classes, lambda rules: _by_name(DOTTED, _DOTTED_NAME))
