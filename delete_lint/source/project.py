"""The project as source: which module has which file, what a name means in a module, who inherits from whom."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any, Protocol

from delete_lint.catalog.models import KnownModel, known_model
from delete_lint.source.contents import Contents
from delete_lint.source.declarations import ClassDecl, FunctionDecl, Module
from delete_lint.source.discover import SourcePath, Tree
from delete_lint.source.facts import Known
from delete_lint.source.file import SourceFile, Unreadable
from delete_lint.source.questions import Holders
from delete_lint.source.values import UNKNOWN, ClassValue, External, Function, ModuleValue, Values, join, one

_CLASS = re.compile(rb"^[ \t]*class[ \t]+(\w+)(?:\[[^\]\n]*\])?[ \t]*\(([^)]{0,4000}+)\)", re.MULTILINE)
_AT_ONCE = 200
#: So many modules may hand a name on to one another; Python's own stack does for little more of them.
_LONGEST_WAY = 60
_WORD = re.compile(rb"[A-Za-z_]\w*")


class Evaluating(Protocol):
    """What needs expressions to be evaluated."""

    def assignment(self, module: Module, name: str) -> Values:
        """What a name that a top-level statement binds stands for."""

    def bases(self, decl: ClassDecl) -> list[ClassDecl | External]:
        """The bases of a class as written, unknown ones left out."""


class Project:
    """All files of a tree, opened when they are needed.

    Files that are known but not linted (tests, migrations) take part in name resolution only.
    """

    def __init__(self, tree: Tree, known: Known | None = None) -> None:
        self.tree = tree
        self.contents = Contents(known)
        self.unreadable: list[tuple[str, int, int, str]] = []
        self._paths: dict[str, SourcePath] = {}
        self.linted = {source.name for source in tree.files}
        for group in (tree.files, tree.migrations, tree.others):
            for source in group:
                self._paths.setdefault(source.module, source)
        for source in tree.files:
            for alias in source.aliases:
                self._paths.setdefault(alias, source)
        self._bytes: dict[str, bytes] = {}
        self._files: dict[str, SourceFile | None] = {}
        self._modules: dict[str, Module | None] = {}
        self._by_file: dict[str, Module] = {}
        self._known: dict[str, ClassDecl] = {}
        self._packages = {prefix for name in self._paths for prefix in _prefixes(name)}
        self.evaluating: Evaluating
        self._mro: dict[ClassDecl, tuple[ClassDecl | External, ...]] = {}
        self._ways = 0

    # --- files and modules --------------------------------------------------------------------------------------

    def holds(self, source: SourcePath, needle: bytes) -> bool:
        """Whether the file's bytes hold some."""
        found = needle in self._bytes_of(source)
        self.contents.questions.held.setdefault(needle, {})[source.name] = found
        return found

    def matches(self, source: SourcePath, pattern: re.Pattern[bytes], needle: bytes = b"") -> bool:
        """Whether a pattern is found in the file's bytes. Where there is no ``needle``, it is not."""
        data = self._bytes_of(source)
        found = needle in data and pattern.search(data) is not None
        self.contents.questions.matched.setdefault(pattern, {})[source.name] = found
        return found

    def found(self, source: SourcePath, pattern: re.Pattern[bytes], needle: bytes = b"") -> list[Any]:
        """What `re.Pattern.findall` gives for the file's bytes. Where there is no ``needle``, there is nothing."""
        data = self._bytes_of(source)
        found = pattern.findall(data) if needle in data else []
        self.contents.questions.note_found(source.name, pattern, found)
        return found

    def all_bytes(self) -> Iterator[bytes]:
        """The bytes of all linted files. What is made of them has to be noted by who asks (`Questions`)."""
        return map(self._bytes_of, self.tree.files)

    def _bytes_of(self, source: SourcePath) -> bytes:
        """A file that cannot be read is noted as such and taken as empty."""
        found = self._bytes.get(source.name)
        if found is None:
            try:
                found = self.contents.data(source)
            except OSError as error:
                found = b""
                self.note_unreadable(source.name, 1, 1, f"cannot be read: {error.strerror or error}")
            self._bytes[source.name] = found
        return found

    def file(self, source: SourcePath) -> SourceFile | None:
        if source.name not in self._files:
            try:
                self._files[source.name] = self._opened(source)
            except Unreadable as error:
                self._files[source.name] = None
                self.note_unreadable(source.name, error.line, error.column, error.message)
        return self._files[source.name]

    def open_early(self, source: SourcePath) -> None:
        """Outline a file before anybody asks for it. What is odd about it is told of when somebody does."""
        if source.name not in self._files:
            try:
                file = self._opened(source)
            except Unreadable:
                return
            if file.is_sound:
                self._files[source.name] = file

    def _opened(self, source: SourcePath) -> SourceFile:
        # What cannot be read is taken as empty.
        return self.contents.open(source) if self._bytes_of(source) else SourceFile(source.name, b"")

    def note_unreadable(self, name: str, line: int, column: int, message: str) -> None:
        if name in self.linted:
            self.unreadable.append((name, line, column, message))

    @property
    def opened(self) -> dict[str, SourceFile]:
        """Files that were looked into, by name."""
        return {name: file for name, file in self._files.items() if file is not None}

    def module_of(self, source: SourcePath) -> Module | None:
        """The one `Module` of a file, under whatever name it is asked for."""
        module = self._by_file.get(source.name)
        if module is None:
            file = self.file(source)
            if file is None:
                return None
            is_package = os.path.basename(source.location) == "__init__.py"
            module = Module(source.module, file, is_package, source.name in self.linted)
            self._by_file[source.name] = module
        return module

    def module(self, name: str) -> Module | None:
        """The module of this dotted name, None when it is not of this project."""
        if name not in self._modules:
            source = self.source_of(name)
            self._modules[name] = self.module_of(source) if source is not None else None
        return self._modules[name]

    def source_of(self, name: str) -> SourcePath | None:
        """The file of a module of the project."""
        return self._paths.get(name)

    def is_opaque(self, module: Module, name: str) -> bool:
        """Whether a name of a module is taken for what is known of it, and its source is not looked at."""
        return False

    def is_package(self, name: str) -> bool:
        """Whether a dotted name is a module of the project or a folder that holds some."""
        return name in self._paths or name in self._packages

    def linted_modules(self) -> Iterator[Module]:
        for source in self.tree.files:
            module = self.module_of(source)
            if module is not None:
                yield module

    def files_with(self, *needles: bytes) -> Iterator[SourcePath]:
        """Linted files whose bytes hold any of these."""
        noted = self.contents.questions.needles.setdefault(needles, Holders())
        files = self.tree.files
        told = 0
        while told < len(noted.holders) or noted.seen < len(files):
            if told < len(noted.holders):
                yield files[noted.holders[told]]
                told += 1
                continue
            data = self._bytes_of(files[noted.seen])
            if any(needle in data for needle in needles):
                noted.holders.append(noted.seen)
            noted.seen += 1

    def mentioned(self, needles: Iterable[bytes]) -> set[bytes]:
        """Those of the needles that some linted file holds."""
        wanted = set(needles)
        found: set[bytes] = set()
        for start in range(0, len(self.tree.files), _AT_ONCE):
            # One search through many files takes less time than many searches.
            together = b"\n".join(map(self._bytes_of, self.tree.files[start : start + _AT_ONCE]))
            found |= {needle for needle in wanted - found if needle in together}
        self.contents.questions.mentioned.update((needle, needle in found) for needle in wanted)
        return found

    # --- names --------------------------------------------------------------------------------------------------

    def member(self, module: Module, name: str, seen: frozenset[tuple[str, str]] = frozenset()) -> Values | None:
        """What ``name`` stands for at the top level of a module; None when nothing binds it there.

        Assignments are left to the caller, who evaluates them: they give an empty set here only through imports.
        """
        key = (module.name, name)
        if key in seen:
            return None
        seen = seen | {key}
        if self.is_opaque(module, name):
            return self.external(f"{module.name}.{name}")
        if name in module.classes:
            return one(ClassValue(module.classes[name]))
        if name in module.functions:
            return one(Function(module.functions[name]))
        if name in module.assignments:
            return None
        found = [self.imported(target, original, seen) for target, original in module.imported.get(name, ())]
        if found:
            return join(*found)
        for star in module.star_imports:
            target = self.module(star)
            if target is not None:
                values = self._exported(target, name, seen)
                if values is not None:
                    return values
        if module.is_package and self.is_package(f"{module.name}.{name}"):
            return self._submodule(f"{module.name}.{name}")
        return None

    def _exported(self, module: Module, name: str, seen: frozenset[tuple[str, str]]) -> Values | None:
        if self._ways == _LONGEST_WAY:
            return None
        self._ways += 1
        try:
            values = self.member(module, name, seen)
            if values is None and name in module.assignments:
                return self.evaluating.assignment(module, name)
            return values
        finally:
            self._ways -= 1

    def imported(self, target: str, original: str | None, seen: frozenset[tuple[str, str]] = frozenset()) -> Values:
        """What an import binds: ``original`` of module ``target``, or the module itself."""
        if original is None:
            return self._submodule(target) if self.is_package(target) else one(External(target))
        module = self.module(target)
        if module is not None:
            values = self._exported(module, original, seen)
            if values is not None:
                return values
        if self.is_package(f"{target}.{original}"):
            return self._submodule(f"{target}.{original}")
        if module is not None or self.is_package(target):
            for star in module.star_imports if module is not None else ():
                if self.module(star) is None and not self.is_package(star):
                    return self.external(f"{star}.{original}")
            return UNKNOWN
        return self.external(f"{target}.{original}")

    def _submodule(self, name: str) -> Values:
        module = self.module(name)
        if module is None:
            # A namespace package: it has no file, so its members are looked up by dotted name.
            return one(External(name))
        return one(ModuleValue(module))

    def external(self, dotted: str) -> Values:
        """A dotted name outside the project; a known model of an installed package is a class."""
        known = known_model(dotted)
        if known is not None:
            return one(ClassValue(self.known_class(known)))
        return one(External(dotted))

    def known_class(self, known: KnownModel) -> ClassDecl:
        """The one `ClassDecl` of a known model."""
        decl = self._known.get(known.path)
        if decl is None:
            decl = self._known[known.path] = ClassDecl(None, None, known.name, known=known)
        return decl

    def guessed_model(self, dotted: str) -> ClassDecl:
        """A model of a package that nobody knows, by its dotted name; its app is the package before ``models``."""
        decl = self._known.get(dotted)
        if decl is None:
            module, _, name = dotted.rpartition(".")
            known = KnownModel(path=dotted, label=f"{_app_of(module)}.{name}")
            decl = self._known[dotted] = ClassDecl(None, None, name, known=known)
        return decl

    # --- classes ------------------------------------------------------------------------------------------------

    def mro(self, decl: ClassDecl) -> tuple[ClassDecl | External, ...]:
        """The class, its bases and theirs, in an order that agrees with Python's for sound hierarchies."""
        found = self._mro.get(decl)
        if found is None:
            # A loop where there would be a recursion as deep as the longest line of ancestors.
            self._mro[decl] = (decl,)  # a class that inherits from itself ends here
            line = [decl]
            while (base := self._unread_base(line[-1])) is not None:
                self._mro[base] = (base,)
                line.append(base)
            for each in reversed(line):
                lines = [self.mro(b) if isinstance(b, ClassDecl) else (b,) for b in self.evaluating.bases(each)]
                self._mro[each] = (each, *_merge(lines))
            found = self._mro[decl]
        return found

    def _unread_base(self, decl: ClassDecl) -> ClassDecl | None:
        bases = self.evaluating.bases(decl)
        return next((base for base in bases if isinstance(base, ClassDecl) and base not in self._mro), None)

    def external_bases(self, decl: ClassDecl) -> list[str]:
        """Dotted names of the classes from outside the project that this one inherits from."""
        return [base.dotted for base in self.mro(decl) if isinstance(base, External)]

    def find_method(self, decl: ClassDecl, name: str, after: ClassDecl | None = None) -> FunctionDecl | None:
        """The method as Python would find it; with ``after`` as ``super()`` of that class would."""
        skip = after is not None
        for base in self.mro(decl):
            if skip:
                skip = base is not after
                continue
            if isinstance(base, ClassDecl):
                found = base.functions.get(name)
                if found is not None:
                    return found
                if base.binds(name):
                    return None
        return None

    @cached_property
    def class_names(self) -> dict[str, list[tuple[SourcePath, tuple[str, ...]]]]:
        """Class name → the files that define one, with the last names of its bases; read off the bytes."""
        found: dict[str, list[tuple[SourcePath, tuple[str, ...]]]] = {}
        for source in self.tree.files:
            for name, between in self.found(source, _CLASS, b"class "):
                bases = tuple(word.decode() for word in _WORD.findall(between))
                found.setdefault(name.decode(), []).append((source, bases))
        return found

    @cached_property
    def subclass_names(self) -> dict[str, set[str]]:
        """Last name of a base → names of classes that may inherit from it directly."""
        found: dict[str, set[str]] = {}
        for name, places in self.class_names.items():
            for _, bases in places:
                for base in bases:
                    found.setdefault(base, set()).add(name)
        return found

    def possible_subclasses(self, name: str) -> set[str]:
        """Names of classes that may inherit from a class of this name, however indirectly."""
        found: set[str] = set()
        todo = [name]
        while todo:
            for child in self.subclass_names.get(todo.pop(), ()):
                if child not in found:
                    found.add(child)
                    todo.append(child)
        return found

    def subclasses(self, decl: ClassDecl) -> list[ClassDecl]:
        """All classes of the linted files that inherit from this one."""
        found = []
        for name in sorted(self.possible_subclasses(decl.name)):
            for source, _ in self.class_names[name]:
                module = self.module_of(source)
                candidate = module.classes.get(name) if module is not None else None
                if candidate is not None and candidate is not decl and decl in self.mro(candidate):
                    found.append(candidate)
        return found


def _app_of(module: str) -> str:
    parts = module.split(".")
    return parts[parts.index("models", 1) - 1] if "models" in parts[1:] else parts[-1]


def _prefixes(name: str) -> Iterator[str]:
    while "." in name:
        name = name.rpartition(".")[0]
        yield name


def _merge(lines: list[tuple[ClassDecl | External, ...]]) -> list[ClassDecl | External]:
    """C3 merge; where no consistent order exists, the first candidate is taken instead of an error."""
    todo = [list(line) for line in lines if line]
    if len(todo) == 1:
        return todo[0]
    merged: list[ClassDecl | External] = []
    while todo:
        for line in todo:
            head = line[0]
            if not any(head in other[1:] for other in todo):
                break
        else:
            head = todo[0][0]
        merged.append(head)
        todo = [[base for base in line if base != head] for line in todo]
        todo = [line for line in todo if line]
    return merged
