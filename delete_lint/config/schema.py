"""The settings as a JSON Schema, for editors: completion, descriptions, and mistakes underlined."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from delete_lint.config.keys import KEYS
from delete_lint.rule import load_rules
from delete_lint.settings import Settings

#: The draft that editors and schemastore.org go by.
DRAFT = "http://json-schema.org/draft-07/schema#"
#: Where the schema lies in the package.
FILE = "settings.schema.json"


def settings_schema(rules: Sequence[str] | None = None) -> dict[str, Any]:
    """The schema of ``delete-lint.toml``, and of the table ``tool.delete-lint`` in ``pyproject.toml``.

    It says what may be written; whether names of rules exist is left open where plugins may add some. ``rules`` are
    the names to offer, those of delete-lint itself by default.
    """
    offered = sorted(load_rules() if rules is None else rules)
    defaults = Settings()
    properties: dict[str, Any] = {}
    for name, key in sorted(KEYS.items()):
        properties[name] = {"description": key.about, **key.shape.schema(offered)}
        default = key.show(defaults)
        if default is not None:
            properties[name]["default"] = default
    return {
        "$schema": DRAFT,
        "title": "Settings of delete-lint",
        "description": "delete-lint.toml, or the table tool.delete-lint in pyproject.toml.",
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
    }


def schema_text() -> str:
    """The file's text."""
    return json.dumps(settings_schema(), indent=2) + "\n"
