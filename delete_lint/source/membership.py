"""What ``text in container`` comes to, where the container is written out."""

from __future__ import annotations

import re
from collections.abc import Iterable

from delete_lint.source.arguments import constant_text
from delete_lint.source.project import Project
from delete_lint.source.syntax import Expr, last_name
from delete_lint.source.values import Constant, DictOf, ListOf, Value, Values

_METHODS = rb"add|append|clear|discard|extend|insert|pop|popitem|remove|setdefault|update"
_CHANGED = rb"\b%b\s*(?:\[[^\]\n]*\]\s*=(?!=)|[|+]=|\.(?:" + _METHODS + rb")\s*\()"


class Membership:
    """Answers for lists, tuples, sets and dicts of texts that nobody in the project seems to change."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._changed: dict[str, bool] = {}

    def holds(self, container: Value, value: Value, node: Expr) -> bool | None:
        """Whether the container, written as ``node``, holds the value; None when nobody can tell."""
        if not isinstance(value, Constant) or not isinstance(value.value, str):
            return None
        held: Iterable[Values] = ()
        if isinstance(container, DictOf):
            held = [keys for keys, _ in container.pairs]
        elif isinstance(container, ListOf):
            held = container.exact or ()
        texts = {constant_text(values) if len(values) == 1 else None for values in held}
        if not texts or None in texts:
            return None
        name = last_name(node)
        return None if name and self._is_changed(name) else value.value in texts

    def _is_changed(self, name: str) -> bool:
        """Whether some code looks as if it changed a container of this name."""
        found = self._changed.get(name)
        if found is None:
            needle = name.encode()
            pattern = re.compile(_CHANGED % re.escape(needle))
            holding = self._project.files_with(needle)
            found = self._changed[name] = any(self._project.matches(source, pattern) for source in holding)
        return found
