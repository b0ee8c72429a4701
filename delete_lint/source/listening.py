"""Connections to receivers: what each one does, and when it does not do it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from delete_lint.graph.receiver import DeleteSignal, Receiver, Registration
from delete_lint.source import syntax
from delete_lint.source.arguments import Arguments
from delete_lint.source.declarations import FunctionDecl
from delete_lint.source.frame import Frame
from delete_lint.source.receivers import Connection
from delete_lint.source.values import (
    AnyInstance,
    ClassValue,
    External,
    Function,
    Instance,
    LambdaValue,
    Partial,
    Value,
    Values,
    one,
)
from delete_lint.source.work import Found, WorkTrace

if TYPE_CHECKING:
    from delete_lint.source.evaluate import Evaluator


_SIGNALS: tuple[DeleteSignal, ...] = ("pre_delete", "post_delete")


class Listening:
    """Makes one `Receiver` of all connections of one function."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator

    def receivers(self, connections: list[Connection]) -> list[Receiver]:
        groups: dict[object, list[Connection]] = {}
        for connection in sorted(connections, key=lambda connection: connection.dead is None):
            key = (self._identity(connection.function), connection.dead is None)
            groups.setdefault(key, []).append(connection)
        return [receiver for group in groups.values() if (receiver := self._receiver(group)) is not None]

    def _identity(self, value: Value) -> object:
        if isinstance(value, Partial):
            return self._identity(value.func)
        if isinstance(value, Function):
            return value.decl
        if isinstance(value, LambdaValue):
            return (value.node.line, value.node.column, value.frame.module.name)
        return value

    def _receiver(self, group: list[Connection]) -> Receiver | None:
        alive = [connection for connection in group if connection.dead is None]
        counted = alive or group
        signals: list[DeleteSignal] = [
            name for name in _SIGNALS if any(name in connection.signals for connection in counted)
        ]
        senders: set[str] | None = set()
        if any(connection.senders is None for connection in counted):
            senders = None
        else:
            senders = {label for connection in counted for label in connection.senders or ()}
        value = group[0].function
        while isinstance(value, Partial):
            value = value.func
        registrations = tuple(
            Registration(
                connection.place,
                connection.signals,
                None if connection.senders is None else tuple(sorted(connection.senders)),
                connection.weak,
            )
            for connection in sorted(group, key=lambda connection: connection.place)
        )
        labels = None if senders is None else tuple(sorted(senders))
        dead = None if alive else group[0].dead
        temporary = all(connection.temporary for connection in group)
        if isinstance(value, External):
            module, _, name = value.dotted.rpartition(".")
            return Receiver(
                module=module, name=name, place=None, signals=tuple(signals), senders=labels,
                registrations=registrations, own=False, package=module.partition(".")[0], dead=dead,
                temporary=temporary,
            )  # fmt: skip
        if isinstance(value, Instance):
            call = self.evaluator.project.find_method(value.decl, "__call__")
            if call is None:
                return None
            value = Function(call, value)
        found = Found()
        instances = self._instances(senders)
        self._walk(value, found, instances, senders)
        if isinstance(value, Function):
            decl = value.decl
            module, name, place = decl.module.name, decl.qualname, decl.place
            is_async, own = decl.node.is_async, decl.module.linted
        elif isinstance(value, LambdaValue):
            module, name = value.frame.module.name, "<lambda>"
            place = value.frame.place(value.node.line, value.node.column)
            is_async, own = False, value.frame.module.linted
        else:
            return None
        return Receiver(
            module=module,
            name=name,
            place=place,
            signals=tuple(signals),
            senders=labels,
            registrations=registrations,
            own=own,
            dead=dead,
            is_async=is_async,
            temporary=temporary,
            origin_guard=isinstance(value, Function) and _guards(value.decl, "origin"),
            knows_origin=isinstance(value, Function) and "origin" in _WORD.findall(_source(value)),
            sender_guard=isinstance(value, Function)
            and (_guards(value.decl, "sender") or _guards(value.decl, "instance")),
            work=tuple(sorted(found.work.values(), key=lambda w: (w.path[0].place, len(w.path), w.category, w.call))),
            dispatches=tuple(sorted(found.dispatches.values(), key=lambda d: d.place)),
            threads=tuple(sorted(found.threads.values(), key=lambda hop: hop.place)),
            creations=tuple(sorted(found.creations.values(), key=lambda c: c.place)),
            reads=tuple(sorted(found.reads)),
            parent_reads=tuple(sorted(found.parent_reads.values(), key=lambda r: r.place)),
        )

    def _instances(self, senders: set[str] | None) -> Values:
        if senders is None:
            return one(AnyInstance())
        found = set()
        for label in senders:
            decl = self.evaluator.schema.by_label(label)
            if decl is not None:
                found.add(Instance(decl))
        return frozenset(found) or one(AnyInstance())

    def _walk(self, value: Value, found: Found, instances: Values, senders: set[str] | None) -> None:
        """Walk the body with what Django passes: ``sender``, ``instance``, ``using``, ``origin``, ``signal``."""
        evaluator = self.evaluator
        classes = frozenset(ClassValue(v.decl) for v in instances if isinstance(v, Instance))
        args = Arguments(
            keywords=(
                ("sender", classes),
                ("instance", instances),
                ("using", frozenset()),
                ("origin", frozenset()),
                ("signal", frozenset()),
            )
        )
        trace = WorkTrace(evaluator, found, instances)
        if isinstance(value, Function):
            frame = evaluator.invocation.bind(value, args, None)
            self._by_position(value, frame, instances, classes)
            wrappers = self._wrappers(value)
            if any(_mentions_on_commit(wrapper) for wrapper in wrappers):
                trace = WorkTrace(evaluator, found, instances, deferred=True)
            frame.trace = trace
            evaluator.flow.block(value.decl.node.body, frame)
            for wrapper in wrappers:
                inner = evaluator.invocation.bind(wrapper, args, None)
                inner.trace = trace
                evaluator.flow.block(wrapper.decl.node.body, inner)
        elif isinstance(value, LambdaValue):
            frame = Frame(value.frame.module, value.frame.function, value.frame.owner, outer=value.frame, trace=trace)
            evaluator.calls.call_lambda(value, args, frame)

    def _wrappers(self, value: Function) -> list[Function]:
        """Functions that the project's own decorators put around a receiver."""
        evaluator = self.evaluator
        found: list[Function] = []
        frame = Frame(value.decl.module, owner=value.decl.owner)
        given = Arguments((frozenset((Function(value.decl),)),))
        for decorator in value.decl.node.decorators:
            for made in evaluator.eval(decorator, frame):
                if not isinstance(made, Function) or _CONNECTING.search(_source(made)):
                    continue
                wrapped = evaluator.invocation.result(made, given)
                found.extend(w for w in wrapped if isinstance(w, Function) and w.decl.outer is not None)
        return found

    def _by_position(self, value: Function, frame: Frame, instances: Values, classes: Values) -> None:
        """Parameters of a local function that a closure binds by default keep what they have."""
        for param in value.decl.node.params:
            if param.name == "instance" and not frame.names.get("instance"):
                frame.names["instance"] = instances
            if param.name == "sender" and not frame.names.get("sender"):
                frame.names["sender"] = classes


_WORD = re.compile(r"[A-Za-z_]\w*")
_CONNECTING = re.compile(r"\.connect\(|\breceiver\s*\(")


def _source(function: Function) -> str:
    """The text of a function, of the outermost one for a local function."""
    decl = function.decl
    while decl.outer is not None:
        decl = decl.outer
    if decl.block is None:
        return ""
    return "\n".join(decl.module.file.lines[decl.block.start - 1 : decl.block.end])


def _mentions_on_commit(function: Function) -> bool:
    """Whether a wrapper hands the receiver on to ``transaction.on_commit``."""
    return "on_commit(" in _source(function)


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
