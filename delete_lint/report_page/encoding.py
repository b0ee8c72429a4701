"""Numbers for names: the page's data names each model, relation, receiver and text once."""

from __future__ import annotations

import os
from collections.abc import Iterable

from delete_lint.graph.place import Place
from delete_lint.output.document import JSON


class Numbers:
    """The number of each key, in the order in which they were given."""

    def __init__(self, keys: Iterable[str]) -> None:
        self._numbers = {key: number for number, key in enumerate(keys)}

    def __call__(self, key: str) -> int:
        """Raises `KeyError` for what is not there."""
        return self._numbers[key]

    def all(self, keys: Iterable[str]) -> list[int]:
        """Those of the keys that are there."""
        return [self._numbers[key] for key in keys if key in self._numbers]

    def __contains__(self, key: str) -> bool:
        return key in self._numbers


class Texts:
    """Texts that come again and again, by number; 0 is the empty one."""

    def __init__(self) -> None:
        self._numbers = {"": 0}

    def __call__(self, text: str) -> int:
        return self._numbers.setdefault(text, len(self._numbers))

    @property
    def all(self) -> list[str]:
        return list(self._numbers)


class Places:
    """Places as the page names them: ``shop/models.py:12``. What lies outside of the working folder is named from
    the folder that all of it lies in: a page that is passed on tells nothing about the machine it was made on."""

    def __init__(self, files: Iterable[str]) -> None:
        absolute = [file for file in files if os.path.isabs(file)]
        common = os.path.commonpath([os.path.dirname(file) for file in absolute]) if absolute else ""
        self._prefix = f"{common.rstrip('/')}/" if common else ""

    def file(self, name: str) -> str:
        if self._prefix and name.startswith(self._prefix):
            return name.removeprefix(self._prefix)
        return f"…/{name.rpartition('/')[2]}" if os.path.isabs(name) else name

    def __call__(self, place: Place | None) -> str:
        return "" if place is None else f"{self.file(place.file)}:{place.line}"

    def text(self, text: str) -> str:
        """A sentence with the places in it shortened."""
        return text.replace(self._prefix, "") if self._prefix else text


def row(*values: JSON) -> list[JSON]:
    return list(values)
