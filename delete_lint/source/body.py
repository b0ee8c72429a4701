"""What one receiver's body does: its work, what it enqueues and writes, and when it does nothing."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING

from delete_lint.graph.body import Body
from delete_lint.source import syntax
from delete_lint.source.arguments import Arguments
from delete_lint.source.declarations import FunctionDecl
from delete_lint.source.frame import Frame
from delete_lint.source.values import (
    AnyInstance,
    ClassValue,
    Function,
    Instance,
    LambdaValue,
    Value,
    Values,
    one,
)
from delete_lint.source.work import Found, WorkTrace

if TYPE_CHECKING:
    from delete_lint.source.evaluate import Evaluator

_WORD = re.compile(r"[A-Za-z_]\w*")
_CONNECTING = re.compile(r"\.connect\(|\breceiver\s*\(")


def read_body(evaluator: Evaluator, values: Iterable[Value], senders: Collection[str] | None) -> Body:
    """Walk the body of a receiver that hears these senders (None: every model), and what it calls. ``values`` are its
    function, once for each object that it is a method of."""
    found = Found()
    walk = _Walk(evaluator, found, _instances(evaluator, senders))
    decl: FunctionDecl | None = None
    for value in values:
        walk.receiver(value)
        decl = value.decl if isinstance(value, Function) else None
    return Body(
        work=tuple(sorted(found.work.values(), key=lambda w: (w.path[0].place, len(w.path), w.category, w.call))),
        dispatches=tuple(sorted(found.dispatches.values(), key=lambda d: d.place)),
        threads=tuple(sorted(found.threads.values(), key=lambda hop: hop.place)),
        creations=tuple(sorted(found.creations.values(), key=lambda c: c.place)),
        parent_reads=tuple(sorted(found.parent_reads.values(), key=lambda r: r.place)),
        reads=tuple(sorted(found.reads)),
        origin_guard=decl is not None and _guards(decl, "origin"),
        knows_origin=decl is not None and "origin" in _WORD.findall(_source(decl)),
        sender_guard=decl is not None and (_guards(decl, "sender") or _guards(decl, "instance")),
    )


def _instances(evaluator: Evaluator, senders: Collection[str] | None) -> Values:
    """The rows that the receiver is given."""
    labels = senders if senders is not None else ()
    found = [decl for label in labels if (decl := evaluator.schema.by_label(label)) is not None]
    return frozenset(map(Instance, found)) or one(AnyInstance())


class _Walk:
    """Walks a receiver with what Django passes: ``sender``, ``instance``, ``using``, ``origin``, ``signal``."""

    def __init__(self, evaluator: Evaluator, found: Found, instances: Values) -> None:
        self.evaluator = evaluator
        self.found = found
        self.instances = instances
        self.classes: Values = frozenset(ClassValue(v.decl) for v in instances if isinstance(v, Instance))
        self.args = Arguments(
            keywords=(
                ("sender", self.classes),
                ("instance", instances),
                ("using", frozenset()),
                ("origin", frozenset()),
                ("signal", frozenset()),
            )
        )

    def receiver(self, value: Value) -> None:
        if isinstance(value, Function):
            self._function(value)
        elif isinstance(value, LambdaValue):
            trace = WorkTrace(self.evaluator, self.found, self.instances)
            outer = value.frame
            frame = Frame(outer.module, outer.function, outer.owner, outer=outer, trace=trace)
            self.evaluator.calls.call_lambda(value, self.args, frame)

    def _function(self, value: Function) -> None:
        evaluator = self.evaluator
        frame = evaluator.invocation.bind(value, self.args, None)
        self._by_position(value, frame)
        wrappers = self._wrappers(value)
        deferred = any(_mentions_on_commit(wrapper.decl) for wrapper in wrappers)
        trace = WorkTrace(evaluator, self.found, self.instances, deferred=deferred)
        frame.trace = trace
        evaluator.flow.block(value.decl.node.body, frame)
        for wrapper in wrappers:
            inner = evaluator.invocation.bind(wrapper, self.args, None)
            inner.trace = trace
            evaluator.flow.block(wrapper.decl.node.body, inner)

    def _wrappers(self, value: Function) -> list[Function]:
        """Functions that the project's own decorators put around a receiver."""
        evaluator = self.evaluator
        found: list[Function] = []
        frame = Frame(value.decl.module, owner=value.decl.owner)
        given = Arguments((frozenset((Function(value.decl),)),))
        for decorator in value.decl.node.decorators:
            for made in evaluator.eval(decorator, frame):
                if not isinstance(made, Function) or _CONNECTING.search(_source(made.decl)):
                    continue
                wrapped = evaluator.invocation.result(made, given)
                found.extend(w for w in wrapped if isinstance(w, Function) and w.decl.outer is not None)
        return found

    def _by_position(self, value: Function, frame: Frame) -> None:
        """Parameters of a local function that a closure binds by default keep what they have."""
        for param in value.decl.node.params:
            if param.name == "instance" and not frame.names.get("instance"):
                frame.names["instance"] = self.instances
            if param.name == "sender" and not frame.names.get("sender"):
                frame.names["sender"] = self.classes


def _source(decl: FunctionDecl) -> str:
    """The text of a function, of the outermost one for a local function."""
    while decl.outer is not None:
        decl = decl.outer
    if decl.block is None:
        return ""
    return decl.module.file.between(decl.block.start - 1, decl.block.end)


def _mentions_on_commit(decl: FunctionDecl) -> bool:
    """Whether a wrapper hands the receiver on to ``transaction.on_commit``."""
    return "on_commit(" in _source(decl)


def _guards(decl: FunctionDecl, name: str) -> bool:
    """Whether the body returns early by a condition on this keyword, or does everything under one."""
    body = [s for s in decl.node.body if not _is_docstring(s)]
    known = {name}
    for position, statement in enumerate(body):
        if isinstance(statement, syntax.Assign) and _mentions(statement.value, known):
            known.update(target.id for target in statement.targets if isinstance(target, syntax.Name))
        if not isinstance(statement, syntax.If) or not _mentions(statement.test, known):
            continue
        if name == "instance" and not _is_type_test(statement.test):
            continue
        if statement.body and isinstance(statement.body[-1], (syntax.Return, syntax.Raise)):
            return True
        if position == len(body) - 1 and not statement.orelse:
            return True
    return False


def _is_type_test(node: syntax.Expr) -> bool:
    return any(isinstance(n, syntax.Name) and n.id in ("isinstance", "issubclass", "type") for n in _walk_expr(node))


def _is_docstring(statement: syntax.Stmt) -> bool:
    return isinstance(statement, syntax.ExprStmt) and isinstance(statement.value, syntax.Constant)


def _mentions(node: syntax.Expr, names: set[str]) -> bool:
    return any(
        (isinstance(part, syntax.Name) and part.id in names)
        or (isinstance(part, syntax.Constant) and isinstance(part.value, str) and part.value in names)
        for part in _walk_expr(node)
    )


def _walk_expr(node: syntax.Expr) -> Iterator[syntax.Expr]:
    """An expression and the expressions inside it that matter to a condition."""
    todo: list[syntax.Expr] = [node]
    while todo:
        current = todo.pop()
        yield current
        if isinstance(current, (syntax.Attribute, syntax.Starred, syntax.Await)):
            todo.append(current.value)
        elif isinstance(current, syntax.Call):
            todo.append(current.func)
            todo.extend(arg.value for arg in current.args)
        elif isinstance(current, syntax.Subscript):
            todo.extend((current.value, current.index))
        elif isinstance(current, syntax.BoolOp):
            todo.extend((current.left, current.right))
        elif isinstance(current, syntax.Compare):
            todo.append(current.left)
            todo.extend(current.comparators)
        elif isinstance(current, syntax.Unary):
            todo.append(current.operand)
        elif isinstance(current, syntax.Sequence):
            todo.extend(current.items)
