"""Who calls a function, by name: calls in its own file, and in files that import it or its module.

What is called by another name, passed on as a value or found at runtime is not seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from delete_lint.report import SourceText

#: A call of these may be one of anything.
_COMMON = frozenset(
    ("__init__", "delete", "save", "handle", "run", "get", "post", "put", "create", "update", "destroy", "form_valid")
)
_IMPORT = re.compile(r"^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+)?import[ \t]+(\([^)]*\)|[^#\n]*)", re.MULTILINE)
_NAME = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Function:
    """A function by its file and qualified name."""

    file: str
    scope: str

    @property
    def name(self) -> str:
        return self.scope.rpartition(".")[2]

    @property
    def owner(self) -> str:
        """The class that it is a method of, or nothing."""
        return self.scope.rpartition(".")[0].rpartition(".")[2]

    @property
    def module(self) -> str:
        """The last name of its module, by which it is imported."""
        folder, _, stem = self.file.removesuffix(".py").rpartition("/")
        return stem if stem != "__init__" else folder.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class _File:
    name: str
    text: str
    #: Imported names with the last name of the module that they are imported from, or nothing.
    imported: dict[str, str]


def calls(functions: Iterable[Function], sources: Mapping[str, SourceText]) -> Iterator[tuple[Function, str, int]]:
    """Functions with the file and line of each call of them."""
    wanted: dict[str, list[Function]] = {}
    for function in functions:
        if function.name and function.name not in _COMMON:
            wanted.setdefault(function.name, []).append(function)
    if not wanted:
        return
    called = re.compile(rf"(?:\b(\w+)\s*\.\s*)?\b({'|'.join(map(re.escape, sorted(wanted)))})\s*\(")
    for name in sources:
        text = "\n".join(sources[name].lines)
        matches = [match for match in called.finditer(text) if not _is_definition(text, match.start(2))]
        if not matches:
            continue
        file = _File(name, text, _imported(text))
        for match in matches:
            for function in wanted[match[2]]:
                if _means(file, function, match[1] or ""):
                    yield function, name, text.count("\n", 0, match.start()) + 1


def _is_definition(text: str, start: int) -> bool:
    line = text[text.rfind("\n", 0, start) + 1 : start]
    return line.rstrip().endswith("def") or line.lstrip().startswith("#")


def _imported(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for module, names in _IMPORT.findall(text):
        last = module.rpartition(".")[2]
        for name in _NAME.findall(names):
            found.setdefault(name, last)
    return found


def _means(file: _File, function: Function, before: str) -> bool:
    """Whether a call, of which ``before`` stands in front of the dot, is one of this function."""
    if function.owner:
        # Of an object nobody knows the class; that the file speaks of it makes it likely.
        return bool(before) and (file.name == function.file or function.owner in file.imported)
    if before:
        return before == function.module and before in file.imported
    if function.name in file.imported:
        return file.imported[function.name] in (function.module, function.file.rpartition("/")[0].rpartition("/")[2])
    return file.name == function.file
