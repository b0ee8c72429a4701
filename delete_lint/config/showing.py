"""Settings written out as a settings file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from delete_lint.config.keys import KEYS, shown
from delete_lint.inert import UNPRINTABLE
from delete_lint.settings import Settings

#: TOML allows one of these in no string, and terminals and CI services obey the others.
_ACTING = re.compile(rf"{UNPRINTABLE}|(?<=#)#")


def settings_toml(settings: Settings) -> Iterator[str]:
    """The lines of a ``delete-lint.toml`` that says all that the settings say, defaults included."""
    yield f"# from {_escaped(shown(settings.file))}" if settings.file is not None else "# from no file"
    for what, patterns in (("exclude", settings.exclude_here), ("extend-exclude", settings.extend_exclude_here)):
        if patterns:
            yield f"# --{what} {_escaped(','.join(patterns))}"
    tables: list[str] = []
    for key, entry in sorted(KEYS.items()):
        value = entry.show(settings)
        if value is None:
            yield f"# {key} is not set"
        elif isinstance(value, Mapping) and value:
            tables += ["", f"[{key}]", *(f"{_name(name)} = {_value(inner)}" for name, inner in value.items())]
        elif not isinstance(value, Mapping):
            yield f"{key} = {_value(value)}"
    yield from tables


def _value(value: object) -> str:
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:_}"
    # What JSON has for booleans and strings is TOML too.
    return _escaped(json.dumps(value, ensure_ascii=False))


def _escaped(text: str) -> str:
    return _ACTING.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def _name(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _value(name)
