"""Finding the function that stands at a line of a file: at its top, in a class, in another function, or a lambda."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import msgspec

from delete_lint.source import syntax
from delete_lint.source.arguments import NO_ARGUMENTS
from delete_lint.source.declarations import ClassDecl, FunctionDecl, Module, flat_blocks
from delete_lint.source.frame import Frame
from delete_lint.source.outline import Block
from delete_lint.source.syntax import Expr
from delete_lint.source.values import ClassValue, Function, Instance, LambdaValue, Value

if TYPE_CHECKING:
    from delete_lint.source.evaluate import Evaluator

LAMBDA = "<lambda>"


class Locator:
    """Finds functions by where they stand. Of what a closure holds, only that is known which its function binds by
    itself: what it was called with is not."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator
        self._closures: dict[FunctionDecl, Frame] = {}

    def find(self, module: Module, name: str, line: int) -> Function | LambdaValue | None:
        """The function of this qualified name that begins at this line, with its decorators or without. A file that
        has changed since it was imported may have it elsewhere."""
        last = name.rpartition(".")[2]
        for block, owner in _functions(module):
            if block.start <= line <= block.line and block.name == last and block.kind == "function":
                return Function(_declaration(module, block, owner))
        for block, owner in _functions(module):
            if block.start <= line <= block.end:
                found = self._inside(module, block, owner, last, line)
                if found is not None:
                    return found
        return _by_name(module, name)

    def _inside(
        self, module: Module, block: Block, owner: ClassDecl | None, name: str, line: int
    ) -> Function | LambdaValue | None:
        if block.kind == "function":
            decl = _declaration(module, block, owner)
            return self._within(Function(decl), [decl.node], name, line)
        if name == LAMBDA and block.kind in ("statement", "compound"):
            return _lambda(module.file.statement(block), line, Frame(module, owner=owner))
        return None

    def _within(
        self, outer: Function, nodes: list[syntax.Function], name: str, line: int
    ) -> Function | LambdaValue | None:
        """What stands inside a function, however deep."""
        frame = self._closure(outer)
        for node, cls in _definitions(outer.decl.node.body, outer.decl):
            decl = cls.functions[node.name] if cls is not None else outer.decl.local(node)
            function = Function(decl, closure=frame)
            if node.name == name and _begins(node) <= line <= node.line:
                return function
            found = self._within(function, [node], name, line)
            if found is not None:
                return found
        return _lambda(outer.decl.node.body, line, frame) if name == LAMBDA else None

    def _closure(self, function: Function) -> Frame:
        """The names of a function as they are when it has run."""
        decl = function.decl
        if decl not in self._closures:
            bound = _self_of(decl) if function.closure is None else None
            frame = self.evaluator.invocation.bind(Function(decl, bound, function.closure), NO_ARGUMENTS, None)
            self._closures[decl] = frame
            self.evaluator.flow.block(decl.node.body, frame)
        return self._closures[decl]


def _self_of(decl: FunctionDecl) -> Value | None:
    if decl.owner is None or decl.is_static:
        return None
    return ClassValue(decl.owner) if decl.is_classmethod else Instance(decl.owner)


def _functions(module: Module) -> Iterator[tuple[Block, ClassDecl | None]]:
    """The blocks of a module and those in its classes, with the class that they are in."""
    todo: list[tuple[Iterable[Block], ClassDecl | None]] = [(module.file.outline, None)]
    while todo:
        blocks, owner = todo.pop()
        for block in flat_blocks(tuple(blocks)):
            if block.kind == "class":
                classes = module.classes if owner is None else owner.classes
                decl = classes.get(block.name)
                if decl is None or decl.block is not block:
                    decl = ClassDecl(module, block, f"{owner.qualname}.{block.name}" if owner else block.name)
                todo.append((block.children, decl))
            else:
                yield block, owner


def _declaration(module: Module, block: Block, owner: ClassDecl | None) -> FunctionDecl:
    known = (owner.functions if owner is not None else module.functions).get(block.name)
    if known is not None and known.block is block:
        return known
    return FunctionDecl(module, block, f"{owner.qualname}.{block.name}" if owner else block.name, owner)


def _by_name(module: Module, name: str) -> Function | None:
    *path, last = name.split(".")
    if "<locals>" in path:
        return None
    functions, classes = module.functions, module.classes
    for part in path:
        decl = classes.get(part)
        if decl is None:
            return None
        functions, classes = decl.functions, decl.classes
    return Function(functions[last]) if last in functions else None


# --- in syntax ----------------------------------------------------------------------------------------------------


def _definitions(body: list[syntax.Stmt], outer: FunctionDecl) -> Iterator[tuple[syntax.Function, ClassDecl | None]]:
    """The functions that these statements define, and the methods of their classes, without what is in them."""
    for node in _nodes(body, (syntax.Function, syntax.Class)):
        if isinstance(node, syntax.Function):
            yield node, None
        elif isinstance(node, syntax.Class):
            decl = ClassDecl(outer.module, None, f"{outer.qualname}.{node.name}", node=node)
            yield from ((function.node, decl) for function in decl.functions.values())


def _lambda(body: list[syntax.Stmt], line: int, frame: Frame) -> LambdaValue | None:
    for node in _nodes(body, (syntax.Lambda,)):
        if isinstance(node, syntax.Lambda) and node.line == line:
            return LambdaValue(node, frame)
    return None


def _nodes(tree: object, kinds: tuple[type, ...]) -> Iterator[object]:
    """The nodes of these kinds, in order; not those inside of them, except for a lambda's."""
    if isinstance(tree, list):
        for item in tree:
            yield from _nodes(item, kinds)
    elif isinstance(tree, msgspec.Struct):
        if isinstance(tree, kinds):
            yield tree
            if not isinstance(tree, syntax.Lambda):
                return
        for name in tree.__struct_fields__:
            yield from _nodes(getattr(tree, name), kinds)


def _begins(node: syntax.Function) -> int:
    return min([node.line, *(line for decorator in node.decorators if (line := _line(decorator)))])


def _line(node: Expr) -> int:
    line = getattr(node, "line", 0)
    return line if isinstance(line, int) else 0
