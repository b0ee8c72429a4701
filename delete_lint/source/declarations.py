"""Modules, classes and functions of the project, as they are written: read block by block, when somebody asks."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from functools import cached_property
from typing import TypeVar, overload

from delete_lint.catalog.models import KnownModel
from delete_lint.graph.place import Place
from delete_lint.source import syntax
from delete_lint.source.file import SourceFile
from delete_lint.source.outline import Block
from delete_lint.source.syntax import Expr, Stmt

_D = TypeVar("_D")
_V = TypeVar("_V")

_TYPE_CHECKING = re.compile(r"\s*if[ \t]+(?:\w+\.)?TYPE_CHECKING[ \t]*:")
_BRANCH = re.compile(r"(?:else|elif)\b")


class Module:
    """One module of the project and what its top level binds."""

    def __init__(self, name: str, file: SourceFile, is_package: bool, linted: bool = True) -> None:
        self.name = name
        self.file = file
        self.is_package = is_package
        self.linted = linted

    def __repr__(self) -> str:
        return f"<module {self.name}>"

    @property
    def package(self) -> str:
        """The package that relative imports start from."""
        return self.name if self.is_package else self.name.rpartition(".")[0]

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """All blocks of the top level, those inside ``if``, ``try`` and the like included."""
        return tuple(flat_blocks(self.file.outline))

    @cached_property
    def classes(self) -> dict[str, ClassDecl]:
        unmade = {block.begin for compound in self.blocks for block in self._never_made(compound)}
        return {
            block.name: ClassDecl(self, block, block.name)
            for block in self.blocks
            if block.kind == "class" and block.begin not in unmade
        }

    def _never_made(self, compound: Block) -> Iterator[Block]:
        """The classes under ``if TYPE_CHECKING:``, which are there for type checkers and never when the code runs."""
        classes = [block for block in compound.children if block.kind == "class"]
        if compound.kind != "compound" or not classes:
            return
        lines = self.text_of(compound).split("\n")
        if not _TYPE_CHECKING.match(lines[0]):
            return
        indent = len(lines[0]) - len(lines[0].lstrip())
        branches = (number for number, line in enumerate(lines) if _BRANCH.match(line[indent:]))
        first = next(branches, len(lines))
        yield from (block for block in classes if block.start - compound.start < first)

    @cached_property
    def functions(self) -> dict[str, FunctionDecl]:
        found = {block.name: FunctionDecl(self, block, block.name) for block in self.blocks if block.kind == "function"}
        return LookedUp(found, self.file.asked.missed)

    @cached_property
    def all_functions(self) -> tuple[FunctionDecl, ...]:
        """Functions and methods, those of nested classes included."""
        found = list(self.functions.values())
        todo = list(self.classes.values())
        while todo:
            decl = todo.pop()
            found.extend(decl.functions.values())
            todo.extend(decl.classes.values())
        return tuple(found)

    def text_of(self, block: Block | None) -> str:
        """The source of a block, decorators included; empty for none."""
        return self.file.between(block.start - 1, block.end) if block is not None else ""

    @cached_property
    def assignments(self) -> dict[str, list[Block]]:
        """Top-level names and the statements that bind them; a compound statement binds by what stands in it."""
        found: dict[str, list[Block]] = {}
        for block in self.blocks:
            if block.kind == "statement":
                for name in block.names:
                    found.setdefault(name, []).append(block)
        return LookedUp(found, self.file.asked.missed)

    @cached_property
    def imported(self) -> dict[str, list[tuple[str, str | None]]]:
        """Local name → (module, name in it); the name is None where the module itself is bound."""
        found: dict[str, list[tuple[str, str | None]]] = {}
        for statement in self.file.imports:
            for local, target in self.bindings(statement):
                found.setdefault(local, []).append(target)
        return LookedUp(found, self.file.asked.missed)

    def importing(self, names: Collection[str]) -> list[str]:
        """The local names under which any of these is imported, from whatever module."""
        self.file.asked.sought.update(names)
        return [local for local, targets in self.imported.items() if any(name in names for _, name in targets)]

    @cached_property
    def star_imports(self) -> list[str]:
        return [
            self.absolute(statement.module or "", statement.level)
            for statement in self.file.imports
            for name in statement.names
            if name.name == "*"
        ]

    def absolute(self, module: str, level: int) -> str:
        if not level:
            return module
        base = self.package
        for _ in range(level - 1):
            base = base.rpartition(".")[0]
        return f"{base}.{module}" if module and base else module or base

    def bindings(self, statement: syntax.Import) -> Iterator[tuple[str, tuple[str, str | None]]]:
        """What an import statement binds: local name and (module, name)."""
        for name in statement.names:
            if statement.module is None and not statement.level:
                if name.alias:
                    yield name.alias, (name.name, None)
                else:
                    yield name.name.partition(".")[0], (name.name.partition(".")[0], None)
            elif name.name != "*":
                yield name.alias or name.name, (self.absolute(statement.module or "", statement.level), name.name)

    def place(self, line: int, column: int, to_end: bool = False) -> Place:
        """The place of a name in this module; with ``to_end`` up to the closing bracket of its call."""
        if to_end:
            end_line, end_column = self.file.extent(line, column)
            return Place(self.file.name, line, column, end_line, end_column)
        return Place(self.file.name, line, column)


class FunctionDecl:
    """A function or method. ``outer`` is set for one that is defined inside another function."""

    def __init__(
        self,
        module: Module,
        block: Block | None,
        qualname: str,
        owner: ClassDecl | None = None,
        node: syntax.Function | None = None,
        outer: FunctionDecl | None = None,
    ) -> None:
        self.module = module
        self.block = block
        self.qualname = qualname
        self.owner = owner
        self.outer = outer
        self._node = node
        self._locals: dict[int, FunctionDecl] = {}

    def __repr__(self) -> str:
        return f"<function {self.module.name}.{self.qualname}>"

    @property
    def name(self) -> str:
        return self.qualname.rpartition(".")[2]

    @property
    def dotted(self) -> str:
        return f"{self.module.name}.{self.qualname}"

    @property
    def node(self) -> syntax.Function:
        if self._node is None:
            assert self.block is not None
            self._node = self.module.file.function(self.block)
        return self._node

    @property
    def place(self) -> Place:
        node = self.node
        return Place(self.module.file.name, node.line, node.column)

    def local(self, node: syntax.Function, owner: ClassDecl | None = None) -> FunctionDecl:
        """The declaration of a function that is defined inside this one."""
        found = self._locals.get(id(node))
        if found is None:
            found = FunctionDecl(
                self.module, None, f"{self.qualname}.{node.name}", owner=owner or self.owner, node=node, outer=self
            )
            self._locals[id(node)] = found
        return found

    @cached_property
    def decorator_names(self) -> tuple[str, ...]:
        """The last names of the decorators, without their arguments."""
        names = []
        for decorator in self.node.decorators:
            func = decorator.func if isinstance(decorator, syntax.Call) else decorator
            if isinstance(func, syntax.Attribute):
                names.append(func.name)
            elif isinstance(func, syntax.Name):
                names.append(func.id)
        return tuple(names)

    @property
    def is_property(self) -> bool:
        return any(name in ("property", "cached_property", "classproperty", "setter") for name in self.decorator_names)

    @property
    def is_static(self) -> bool:
        return "staticmethod" in self.decorator_names

    @property
    def is_classmethod(self) -> bool:
        return "classmethod" in self.decorator_names or self.name in ("__init_subclass__", "__class_getitem__")


class ClassDecl:
    """A class of the project, or a known class of an installed package (``known``)."""

    def __init__(
        self,
        module: Module | None,
        block: Block | None,
        qualname: str,
        known: KnownModel | None = None,
        node: syntax.Class | None = None,
    ) -> None:
        self.module = module
        self.block = block
        self.qualname = qualname
        self.known = known
        self._node = node

    def __repr__(self) -> str:
        return f"<class {self.dotted}>"

    @property
    def name(self) -> str:
        return self.qualname.rpartition(".")[2]

    @property
    def dotted(self) -> str:
        module = self.module.name if self.module else self.known.module if self.known else ""
        return f"{module}.{self.qualname}"

    @cached_property
    def node(self) -> syntax.Class:
        if self._node is not None:
            return self._node
        if self.module is None or self.block is None:
            return syntax.Class(self.name, [], [], [], 0, 0)
        return self.module.file.class_shell(self.block)

    @property
    def place(self) -> Place | None:
        if self.module is None:
            return None
        return Place(self.module.file.name, self.node.line, self.node.column)

    @cached_property
    def functions(self) -> dict[str, FunctionDecl]:
        """Methods by name; of several with one name (property and setter) the first."""
        found: dict[str, FunctionDecl] = {}
        if self.module is not None and self.block is not None:
            for block in flat_blocks(self.block.children):
                if block.kind == "function" and block.name not in found:
                    found[block.name] = FunctionDecl(self.module, block, f"{self.qualname}.{block.name}", owner=self)
        elif self.module is not None:
            for statement in self.node.body:
                if isinstance(statement, syntax.Function):
                    found.setdefault(
                        statement.name,
                        FunctionDecl(self.module, None, f"{self.qualname}.{statement.name}", self, statement),
                    )
        return LookedUp(found, self.module.file.asked.missed) if self.module is not None else found

    @cached_property
    def classes(self) -> dict[str, ClassDecl]:
        """Nested classes by name."""
        if self.module is None:
            return {}
        if self.block is None:
            return {
                node.name: ClassDecl(self.module, None, f"{self.qualname}.{node.name}", node=node)
                for node in self.node.body
                if isinstance(node, syntax.Class)
            }
        return {
            block.name: ClassDecl(self.module, block, f"{self.qualname}.{block.name}")
            for block in flat_blocks(self.block.children)
            if block.kind == "class"
        }

    def binds(self, name: str) -> bool:
        """Whether a class-level assignment or annotation has this name. The outline knows for most, unparsed."""
        return (self.block is None or name in self._outlined_names) and name in self.attributes

    @cached_property
    def _outlined_names(self) -> frozenset[str]:
        assert self.block is not None
        return frozenset(name for block in flat_blocks(self.block.children) for name in block.names)

    @cached_property
    def attributes(self) -> dict[str, list[Assigned]]:
        """Class-level assignments and annotations by name, in order."""
        found: dict[str, list[Assigned]] = {}
        for statement in flat_statements(self.node.body):
            if isinstance(statement, syntax.Assign):
                for target in statement.targets:
                    if isinstance(target, syntax.Name):
                        found.setdefault(target.id, []).append(
                            Assigned(statement.value, None, target.line, target.column)
                        )
            elif isinstance(statement, syntax.AnnAssign) and isinstance(statement.target, syntax.Name):
                target = statement.target
                found.setdefault(target.id, []).append(
                    Assigned(statement.value, statement.annotation, target.line, target.column)
                )
        return found


class LookedUp(dict[str, _V]):
    """Notes the names that somebody looked up, and that are not there, among those that were ``missed``."""

    def __init__(self, found: Mapping[str, _V], missed: set[str]) -> None:
        super().__init__(found)
        self._missed = missed

    def __contains__(self, name: object) -> bool:
        if super().__contains__(name):
            return True
        self._missed.add(str(name))
        return False

    @overload
    def get(self, key: str, default: None = None, /) -> _V | None: ...
    @overload
    def get(self, key: str, default: _V, /) -> _V: ...
    @overload
    def get(self, key: str, default: _D, /) -> _V | _D: ...
    def get(self, key: str, default: object = None, /) -> object:
        if key in self:
            return self[key]
        return default


class Assigned:
    """One class-level binding: the value, the annotation (either may be missing) and where it stands."""

    __slots__ = ("annotation", "column", "line", "value")

    def __init__(self, value: Expr | None, annotation: Expr | None, line: int, column: int) -> None:
        self.value = value
        self.annotation = annotation
        self.line = line
        self.column = column


def flat_blocks(blocks: tuple[Block, ...] | list[Block]) -> Iterator[Block]:
    """Blocks and the blocks inside compound statements, which come right after their compound."""
    for block in blocks:
        yield block
        if block.kind == "compound":
            yield from flat_blocks(block.children)


def flat_statements(body: list[Stmt]) -> Iterator[Stmt]:
    """Statements that may run when a body runs, those of all branches included."""
    for statement in body:
        yield statement
        if isinstance(statement, (syntax.If, syntax.For, syntax.While)):
            yield from flat_statements(statement.body)
            yield from flat_statements(statement.orelse)
        elif isinstance(statement, syntax.With):
            yield from flat_statements(statement.body)
        elif isinstance(statement, syntax.Try):
            yield from flat_statements(statement.body)
            for handler in statement.handlers:
                yield from flat_statements(handler.body)
            yield from flat_statements(statement.orelse)
            yield from flat_statements(statement.final)
        elif isinstance(statement, syntax.Match):
            for case in statement.cases:
                yield from flat_statements(case.body)
