"""Where classes, fields and functions of the running project stand in its source, found without parsing it.

Hundreds of models are looked up at every start, so this is a search for ``class Order`` in the bytes of a file. Where
two places look alike, the outline of the file decides. What has no source (made with ``type()``, by ``exec``, shipped
as ``.pyc`` only) has no place, or only the line that its code object names.
"""

from __future__ import annotations

import os
import re
import sys
from bisect import bisect_right
from collections.abc import Iterator
from functools import cached_property
from itertools import chain
from pathlib import Path
from types import CodeType, FunctionType, ModuleType

from delete_lint.graph.place import Place
from delete_lint.runtime.distributions import is_library
from delete_lint.source.outline import Block, outline

_WORD = re.compile(rb"\w")
_DEFINITION = re.compile(rb"\n([ \t]*)(?:class |def |async |@)")
_INDENT = re.compile(rb":[^\n]*\n(?:[ \t]*(?:#[^\n]*)?\n)*([ \t]+)")


class SourceFile:
    """The bytes of one file, and what stands where in them."""

    def __init__(self, data: bytes) -> None:
        lines = data if b"\r" not in data else data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        self.data = b"\n" + lines  # so that every line has a line end before it
        self._attributes: dict[int, dict[str, int]] = {}

    @cached_property
    def _line_starts(self) -> list[int]:
        return [match.end() for match in re.finditer(rb"\n", self.data)]

    @cached_property
    def _definitions(self) -> list[tuple[int, int]]:
        """Where classes and functions start, and how far they are indented."""
        return [(match.end(1), match.end(1) - match.start(1)) for match in _DEFINITION.finditer(self.data)]

    @cached_property
    def _blocks(self) -> list[Block]:
        return outline(self.data[1:].decode("utf-8", "replace"))

    def line_at(self, offset: int) -> int:
        return bisect_right(self._line_starts, offset)

    def offset_of(self, line: int) -> int | None:
        return self._line_starts[line - 1] if 0 < line <= len(self._line_starts) else None

    def class_line(self, cls: type) -> int | None:
        """The ``class`` line of a class that was made in this file."""
        lines = [self.line_at(offset) for offset in self._statements(f"class {cls.__name__}".encode())]
        if len(lines) < 2:
            return lines[0] if lines else None
        # Python 3.13 notes where a class begins, its decorators included; before, its methods know where they stand.
        begins = vars(cls).get("__firstlineno__")
        if isinstance(begins, int):
            return next((line for line in lines if line >= begins), None)
        body = min(_method_lines(cls), default=0)
        above = [line for line in lines if line < body]
        return above[-1] if above else _outlined(self._blocks, cls.__qualname__.split(".")) or lines[-1]

    def option_line(self, class_line: int, name: str) -> int | None:
        """The line in the ``Meta`` of a class that assigns to a name."""
        body = self._body(class_line)
        offset = next(self._statements(name.encode(), body[1]), None) if body is not None else None
        return self.line_at(offset) if body is not None and offset is not None and offset < body[2] else None

    def _body(self, class_line: int) -> tuple[bytes, int, int] | None:
        """The indentation of the body of a class, where it starts and where it ends."""
        begin = self.offset_of(class_line)
        inside = _INDENT.search(self.data, begin) if begin is not None else None
        if begin is None or inside is None:
            return None
        indent = len(inside[1])
        following = self._definitions[bisect_right(self._definitions, (begin + indent, 0)) :]
        end = next((offset - deep for offset, deep in following if deep < indent), len(self.data))
        return inside[1], inside.start(), end

    def attributes(self, class_line: int) -> dict[str, int]:
        """The names that the body of a class assigns to, and the (last) lines where it does."""
        found = self._attributes.get(class_line)
        if found is None:
            body = self._body(class_line)
            found = self._attributes[class_line] = self._assigned(*body) if body is not None else {}
        return found

    def _assigned(self, indent: bytes, begin: int, end: int) -> dict[str, int]:
        pattern = re.compile(rb"\n%s(\w+)[ \t]*(?::[^=\n]+)?=(?!=)" % indent)
        return {
            match[1].decode("utf-8", "replace"): self.line_at(match.start(1))
            for match in pattern.finditer(self.data, begin, end)
        }

    def def_line(self, code: CodeType) -> int:
        """The ``def`` line of a function; its code begins at the first decorator."""
        first = code.co_firstlineno
        begin = self.offset_of(first)
        if begin is None or not self.data[begin : begin + 999].lstrip(b" \t").startswith(b"@"):
            return first
        name = code.co_name.encode()
        found = [next(self._statements(words + name, begin), None) for words in (b"def ", b"async def ")]
        return min((self.line_at(offset) for offset in found if offset is not None), default=first)

    def _statements(self, words: bytes, begin: int = 0) -> Iterator[int]:
        """Offsets at which a line starts with these words, whatever its indentation."""
        offset = self.data.find(words, begin)
        while offset >= 0:
            line = self.data.rfind(b"\n", 0, offset) + 1
            end = offset + len(words)
            if not self.data[line:offset].strip(b" \t") and not _WORD.match(self.data[end : end + 1]):
                yield offset
            offset = self.data.find(words, end)


def _method_lines(cls: type) -> Iterator[int]:
    """Where the functions begin that were written in the body of this class."""
    for name, value in vars(cls).items():
        if isinstance(value, FunctionType) and value.__code__.co_qualname == f"{cls.__qualname__}.{name}":
            yield value.__code__.co_firstlineno


def _outlined(blocks: list[Block] | tuple[Block, ...], path: list[str]) -> int | None:
    """The line of the class at the end of a path of names; functions have no insides in an outline."""
    for block in reversed(blocks):
        if block.kind == "class" and block.name == path[0]:
            line = block.line if len(path) == 1 else _outlined(block.children, path[1:])
        else:
            line = _outlined(block.children, path) if block.kind == "compound" else None
        if line is not None:
            return line
    return None


class Sources:
    """The source files of the running project; places are named relative to ``root`` where they are below it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._prefix = os.path.join(os.path.realpath(root), "")
        self._files: dict[str, SourceFile | None] = {}
        self._names: dict[str, str] = {}
        self._bodies: dict[type, list[tuple[str, dict[str, int]]]] = {}
        self._classes: dict[type, tuple[SourceFile, Place] | None] = {}

    @property
    def read(self) -> int:
        """How many files were looked into."""
        return sum(file is not None for file in self._files.values())

    def class_place(self, cls: type) -> Place | None:
        """The ``class`` line of a class."""
        found = self._class(cls)
        return found[1] if found is not None else None

    def attribute_place(self, cls: type, name: str) -> Place | None:
        """The line that gives a class this attribute: in its own body, or in that of a base."""
        bodies = self._bodies.get(cls)
        if bodies is None:
            bodies = self._bodies[cls] = [
                (place.file, source.attributes(place.line)) for source, place in self._with_source(cls)
            ]
        for file, attributes in bodies:
            if (line := attributes.get(name)) is not None:
                return Place(file, line)
        return None

    def option_place(self, cls: type, name: str) -> Place | None:
        """The line that gives a model this option: in its own ``Meta``, or in that of a base."""
        for source, place in self._with_source(cls):
            if (line := source.option_line(place.line, name)) is not None:
                return Place(place.file, line)
        return None

    def _with_source(self, cls: type) -> Iterator[tuple[SourceFile, Place]]:
        """A class and its bases, as far as they have a source."""
        return filter(None, map(self._class, cls.__mro__))

    def _class(self, cls: type) -> tuple[SourceFile, Place] | None:
        if cls not in self._classes:
            modules = chain((cls.__module__,), _modules_with(cls))
            self._classes[cls] = next(filter(None, (self._class_in(module, cls) for module in modules)), None)
        return self._classes[cls]

    def _class_in(self, module: str, cls: type) -> tuple[SourceFile, Place] | None:
        file = module_file(module)
        source = self._file(file, sys.modules.get(module)) if file is not None else None
        line = source.class_line(cls) if source is not None else None
        return (source, self._place(file, line)) if file is not None and source is not None and line else None

    def function_place(self, function: FunctionType) -> Place | None:
        """The ``def`` line of a function; None when its code comes from no file."""
        code = function.__code__
        file = function_file(function)
        if file is None:
            return None
        source = self._file(file, sys.modules.get(function.__module__ or ""))
        return self._place(file, source.def_line(code) if source is not None else code.co_firstlineno)

    def _place(self, file: str, line: int) -> Place:
        return Place(self._name(file), line)

    def _name(self, file: str) -> str:
        name = self._names.get(file)
        if name is None:
            # The project may have been found through a link; packages are spared the time it takes to follow one.
            real = file if file.startswith(self._prefix) or is_library(file) else os.path.realpath(file)
            name = real[len(self._prefix) :] if real.startswith(self._prefix) else file
            name = self._names[file] = name.replace(os.sep, "/")
        return name

    def _file(self, file: str, module: ModuleType | None) -> SourceFile | None:
        if file not in self._files:
            data = _data(file, module)
            self._files[file] = SourceFile(data) if data is not None else None
        return self._files[file]


def _modules_with(cls: type) -> Iterator[str]:
    """Modules that may hold a class which gives out a package above them as its ``__module__``."""
    package = f"{cls.__module__}."
    for name, module in list(sys.modules.items()):
        if name.startswith(package) and getattr(module, "__dict__", {}).get(cls.__name__) is cls:
            yield name


def code_names(code: CodeType) -> set[str]:
    """Globals and attributes that a function names, its local functions included."""
    found = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            found |= code_names(constant)
    return found


def module_file(name: str) -> str | None:
    """The source file of an imported module, whether it is (still) there or not."""
    module = sys.modules.get(name)
    file = getattr(module, "__file__", None)
    if not isinstance(file, str):
        return None
    if file.endswith(".pyc"):
        file = f"{file.removesuffix('.pyc')}.py"
    return os.path.abspath(file) if file.endswith((".py", ".pyw")) else None


def function_file(function: FunctionType) -> str | None:
    """The file that a function was compiled from; code from ``exec`` calls itself ``<string>`` or the like."""
    file = function.__code__.co_filename
    if file.startswith("<"):
        return None
    if os.path.isabs(file) and os.path.exists(file):
        return file
    # Compiled elsewhere, or under a path relative to a folder that is no longer the working one.
    own = module_file(function.__globals__.get("__name__") or "")
    return own if own is not None and os.path.basename(own) == os.path.basename(file) else os.path.abspath(file)


def _data(file: str, module: ModuleType | None) -> bytes | None:
    try:
        with open(file, "rb") as opened:
            return opened.read()
    except OSError:
        pass
    # In an archive, only its loader can tell.
    try:
        text = module.__loader__.get_source(module.__name__)  # type: ignore[union-attr]
    except Exception:
        return None
    return text.encode() if isinstance(text, str) else None
