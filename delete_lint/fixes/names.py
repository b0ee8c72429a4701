"""Under which name something is reached at a place of a file, by the imports that are there or will be added."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import count

import libcst as cst
from libcst import helpers
from libcst.metadata import Assignment, ClassScope, GlobalScope, Scope

from delete_lint.fixes import shapes as m
from delete_lint.fixes.tree import Tree
from delete_lint.source.outline import Block
from delete_lint.source.syntax import Import

_always_runs = re.compile(r"\s*(?:try|with)\b")
_has_case = re.compile(r"^[ \t]*case\b", re.MULTILINE)
_other_branch = re.compile(r"^[ \t]*(?:except|else|finally)\b", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Binding:
    """What a name at module level may stand for.

    ``origin`` is the dotted name of what was imported, None for everything else. ``module`` is the longer one that
    ``import a.b`` loads besides binding ``a``. An import is ``sure`` when the module's body cannot be run without it.
    """

    line: int
    origin: str | None = None
    module: str = ""
    sure: bool = False


class Names:
    """The names of one file around one top-level block."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._text = tree.source.text
        self._answers: dict[tuple[str, str, cst.CSTNode], str | None] = {}

    def reach(self, module: str, name: str, at: cst.CSTNode) -> str:
        """How ``module.name`` is written there: as it can be now, or as the name that an import is to bind."""
        return self.existing(module, name, at) or self._new(module, name, at)

    def existing(self, module: str, name: str, at: cst.CSTNode) -> str | None:
        """How ``module.name`` is written there by the imports that are there."""
        asked = (module, name, at)
        if asked not in self._answers:
            scope = self._scope(at)
            found = {*self._local_ways(module, name, at, scope), *self._module_ways(module, name, at)}
            best = min(found, key=lambda way: (way.count("."), way != name, len(way), way), default=None)
            self._answers[asked] = best
        return self._answers[asked]

    def _new(self, module: str, name: str, at: cst.CSTNode) -> str:
        alias = f"{module.rpartition('.')[2]}_{name}"
        candidates = (alias + "_" * times for times in count())
        if self._is_free(name, f"{module}.{name}", at):
            return name
        return next(each for each in candidates if self._is_free(each, f"{module}.{name}", at))

    # --- ways by imports of the module ------------------------------------------------------------------------------

    def _module_ways(self, module: str, name: str, at: cst.CSTNode) -> Iterator[str]:
        # A function runs after its module was imported, everything else as it stands.
        before = self._tree.line_of(self._tree.spans[at][0]) if self.runs_at_import(at) else None
        for bound, bindings in self._bindings.items():
            if not all(binding.origin == bindings[0].origin for binding in bindings):
                continue
            usable = (each for each in bindings if each.sure and (before is None or each.line < before))
            ways = {way for each in usable if (way := _way(bound, each, module, name)) is not None}
            if ways and not self._hidden(bound, at) and not self._has_odd_binding(bound):
                yield from ways

    def _is_free(self, name: str, origin: str, at: cst.CSTNode) -> bool:
        """Whether an import at module level may bind the name and it is what the name then stands for."""
        return (
            all(binding.origin == origin for binding in self._bindings.get(name, ()))
            and not self._hidden(name, at)
            and not self._has_odd_binding(name)
        )

    def _has_odd_binding(self, name: str) -> bool:
        """Whether there may be one that the outline does not show: by a ``global`` statement, a star import, or the
        header of a compound statement."""
        word = re.compile(rf"(?<![\w.]){re.escape(name)}\b(?!\s*=[^=])")
        if self._has_star and word.search(self._text) and name not in self._bindings:
            return True
        if re.search(rf"\bglobal\b[^\n#]*\b{re.escape(name)}\b", self._text):
            return True
        return any(
            re.search(rf"\b(?:for|as|case|def|import)\b[^\n]*\b{re.escape(name)}\b|\b{re.escape(name)}\s*:=", text)
            for text in self._compound_texts
        )

    @cached_property
    def _compound_texts(self) -> list[str]:
        """What stands in compound statements, line by line, without the imports in them."""
        return [
            line
            for block in self._tree.source.outline
            if block.kind == "compound"
            for line in self._text[block.begin : block.stop].split("\n")
            if not re.match(r"\s*(?:from|import)\b", line)
        ]

    @property
    def _has_star(self) -> bool:
        return "*" in self._bindings

    @cached_property
    def _bindings(self) -> dict[str, list[Binding]]:
        """What the module binds, as far as its outline shows it."""
        found: defaultdict[str, list[Binding]] = defaultdict(list)
        for statement in self._tree.source.imports:
            sure = self._is_sure(statement.line)
            for bound, origin, loaded in _imported(statement):
                found[bound].append(Binding(statement.line, origin, loaded, sure))
        for block in _flat(self._tree.source.outline):
            for name in (block.name, *block.names):
                if name:
                    found[name].append(Binding(block.line))
        return dict(found)

    def _is_sure(self, line: int) -> bool:
        for block in self._tree.source.outline:
            if block.start <= line <= block.end:
                if block.kind != "compound":
                    return True
                above = self._text[block.begin : self._tree.line_starts[line - 1]]
                return _always_runs.match(above) is not None and not _other_branch.search(above)
        return False

    # --- scopes around a place --------------------------------------------------------------------------------------

    def _scope(self, at: cst.CSTNode) -> Scope:
        for node in (at, *self._tree.around(at)):
            scope = self._tree.scopes.get(node)
            if scope is not None:
                return scope
        raise AssertionError("a module has a scope")

    def runs_at_import(self, at: cst.CSTNode) -> bool:
        """Whether what stands there is run when the module is imported, and not by a call."""
        scope = self._scope(at)
        while isinstance(scope, ClassScope):
            scope = scope.parent
        return isinstance(scope, GlobalScope)

    def _hidden(self, name: str, at: cst.CSTNode) -> bool:
        """Whether a scope inside the module binds the name, for whoever asks there."""
        found = _assignments(name, self._scope(at))
        return any(not isinstance(each.scope, GlobalScope) for each in found) or name in self._captured(at)

    def _captured(self, at: cst.CSTNode) -> set[str]:
        """The names that ``case`` patterns in the functions around a place bind, which libcst's scopes do not have."""
        if not _has_case.search(self._text):
            return set()
        name = m.SaveMatchedNode(m.Name(), "name")
        pattern = m.MatchAs(name=name) | m.MatchStar(name=name) | m.MatchMapping(rest=name)
        captured: set[str] = set()
        for function in self._tree.around(at):
            if isinstance(function, cst.FunctionDef):
                found = (each["name"] for each in m.extractall(function, pattern))
                captured |= {each.value for each in found if isinstance(each, cst.Name)}
        return captured

    def _local_ways(self, module: str, name: str, at: cst.CSTNode, scope: Scope) -> Iterator[str]:
        """By an import in a function around the place that has run when the place is reached."""
        outer = scope
        names = {each.name for each in scope.assignments}
        while not isinstance(outer, GlobalScope):
            outer = outer.parent
            names |= {each.name for each in outer.assignments}
        for bound in names:
            found = _assignments(bound, scope)
            if len(found) != 1 or isinstance(found[0].scope, GlobalScope):
                continue
            statement = found[0].node
            if isinstance(statement, cst.ImportFrom) and self._comes_before(statement, at):
                for each, origin in _local_imports(statement):
                    if each == bound and origin in (module, f"{module}.{name}"):
                        yield bound if origin != module else f"{bound}.{name}"

    def _comes_before(self, statement: cst.CSTNode, at: cst.CSTNode) -> bool:
        line = self._tree.parents[statement]
        suite = self._tree.parents[line]
        return suite in self._tree.around(at) and self._tree.spans[line][1] <= self._tree.spans[at][0]


def _way(bound: str, binding: Binding, module: str, name: str) -> str | None:
    """How ``module.name`` is written by means of this import."""
    if binding.origin == f"{module}.{name}":
        return bound
    if binding.origin == module:
        return f"{bound}.{name}"
    if binding.module and f"{binding.module}.".startswith(f"{module}."):
        return f"{module}.{name}"
    return None


def _assignments(name: str, scope: Scope) -> list[Assignment]:
    return [found for found in scope[name] if isinstance(found, Assignment)]


def _imported(statement: Import) -> Iterator[tuple[str, str | None, str]]:
    """What an import binds: the name, what it stands for, and the module that it loads besides."""
    for each in statement.names:
        if statement.module is None:
            root = each.name.partition(".")[0]
            yield (each.alias, each.name, "") if each.alias else (root, root, each.name)
        elif statement.level:
            yield each.alias or each.name, "." * statement.level + f"{statement.module}.{each.name}", ""
        else:
            yield each.alias or each.name, f"{statement.module}.{each.name}", ""


def _local_imports(statement: cst.ImportFrom) -> Iterator[tuple[str, str]]:
    module = helpers.get_full_name_for_node(statement.module) if statement.module is not None else None
    if module is None or statement.relative or isinstance(statement.names, cst.ImportStar):
        return
    for each in statement.names:
        name = each.evaluated_name
        yield each.evaluated_alias or name, f"{module}.{name}"


def _flat(blocks: list[Block] | tuple[Block, ...]) -> Iterator[Block]:
    """The blocks at module level, those in compound statements included."""
    for block in blocks:
        yield block
        if block.kind == "compound":
            yield from _flat(block.children)
