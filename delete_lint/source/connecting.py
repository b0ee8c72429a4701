"""Listening for ``signal.connect(…)``, and telling which receivers live on that are held weakly."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from delete_lint.source import syntax
from delete_lint.source.arguments import Arguments
from delete_lint.source.declarations import flat_statements
from delete_lint.source.frame import Frame
from delete_lint.source.muting import signal_name
from delete_lint.source.trace import SilentTrace, Trace
from delete_lint.source.values import External, Function, Instance, LambdaValue, Partial, Value, Values

if TYPE_CHECKING:
    from delete_lint.source.receivers import Receivers

_LOOP = re.compile(r"\bfor\s++([^:\n]{1,200}?)\s+in\s++([^:\n]+)")
_WORD = re.compile(r"[A-Za-z_]\w*")
_CONNECTS = re.compile(r"\.connect\(")
#: ``something.connect(``: the something.
_CONNECT = re.compile(r"\b(\w++)(?:\[[^\]]{0,200}+\]|\(\))?+\.connect\(")
#: Django's ``receiver`` used as a function, not as a decorator.
_RECEIVER_CALL = re.compile(r"(?<![@.\w])receiver\s*[(,)]")
#: Django's decorator, where it is defined and where it is imported from.
RECEIVER = ("django.dispatch.receiver", "django.dispatch.dispatcher.receiver")


class ConnectTrace(SilentTrace):
    """Hears ``signal.connect(…)`` and follows the project's functions that lead to it.

    Loops over what is written out are walked once for each element, so that pairs stay pairs.
    """

    unrolls = True

    def __init__(self, receivers: Receivers, depth: int = 0) -> None:
        self.receivers = receivers
        self.depth = depth

    def method_call(self, node: syntax.Call, bases: Values, name: str, args: Arguments, frame: Frame) -> None:
        if name == "connect":
            place = frame.place(node.line, node.column)
            if signal_name(bases) is not None:
                rest = Arguments(args.positional, args.keywords, args.rest, args.others)
                for target in args.get(0, "receiver"):
                    dead = self._dead(target, node, frame)
                    self.receivers.connect(bases, target, rest, place, dead, frame)
        if name == "connect_via":
            return

    def plain_call(self, node: syntax.Call, callees: Values, args: Arguments, frame: Frame) -> None:
        func = node.func
        if not isinstance(func, syntax.Call) and any(
            isinstance(value, External) and value.dotted in RECEIVER for value in callees
        ):
            self.receivers.pending.append(args)
        if isinstance(func, syntax.Call) and any(
            isinstance(value, External) and value.dotted in RECEIVER for value in callees
        ):
            evaluator = self.receivers.evaluator
            given = evaluator.arguments(func, frame.quiet())
            for target in args.get(0):
                place = frame.place(func.line, func.column)
                self.receivers.connect(
                    given.get(0, "signal"), target, given, place, self._dead(target, node, frame), frame
                )

    def defined(self, function: Function, node: syntax.Function, frame: Frame) -> None:
        """A function defined inside another: a ``@receiver`` on it holds it weakly."""
        dead = None
        if frame.function is not None and not _kept(node.name, frame.function.node.body):
            dead = f"{node.name} is local to {frame.function.name}() and held weakly: it is gone when that returns"
        for decorator in node.decorators:
            self.receivers.decorate(decorator, function, frame, dead)

    def follows(self, value: Function, args: Arguments, node: syntax.Call, frame: Frame) -> bool:
        if self.depth >= 5 or (value, args) in self.receivers.followed:
            return False
        decl = value.decl
        if decl.outer is None and decl.name not in self.receivers.names:
            if decl.block is None or not decl.module.file.holds(_CONNECTS, decl.block.start - 1, decl.block.end):
                return False
        self.receivers.followed.add((value, args))
        return True

    def inside(self, value: Function, node: syntax.Call, frame: Frame) -> Trace:
        return ConnectTrace(self.receivers, self.depth + 1)

    def _local(self, name: str, what: str, frame: Frame) -> str | None:
        """Why something that a local name holds does not live on; a name of the module does."""
        if frame.function is None or name not in frame.names or _kept(name, frame.function.node.body):
            return None
        return f"{what} is local to {frame.function.name}() and held weakly: it is gone when that returns"

    def _dead(self, target: Value, node: syntax.Call, frame: Frame) -> str | None:
        """Why a receiver that is held weakly does not live on."""
        argument = _receiver_argument(node)
        if isinstance(target, (LambdaValue, Partial)):
            what = "a lambda" if isinstance(target, LambdaValue) else "a partial"
            if not isinstance(argument, syntax.Name):
                return f"{what} is held weakly: it is gone at once"
            return self._local(argument.id, f"{what} ({argument.id})", frame)
        if isinstance(target, Function) and isinstance(target.bound, Instance):
            if isinstance(argument, syntax.Attribute) and isinstance(argument.value, syntax.Name):
                if target.bound.fresh and argument.value.id not in ("self", "cls"):
                    return self._local(argument.value.id, f"the object of {argument.value.id}.{argument.name}", frame)
        if (
            isinstance(target, Instance)
            and target.fresh
            and any(isinstance(a.value, syntax.Call) for a in node.args[:1])
        ):
            return f"a temporary {target.decl.name} is held weakly: it is gone at once"
        if isinstance(target, Function):
            bound = target.bound
            if isinstance(bound, Instance) and bound.fresh and _made_here(node):
                return f"a method of a temporary {bound.decl.name} is held weakly: it is gone at once"
            outer = target.decl.outer
            if outer is not None and target.closure is not None and not _kept(target.decl.name, outer.node.body):
                return f"{target.decl.name} is local to {outer.name}() and held weakly: it is gone when that returns"
        return None


#: What `connects` wants to see, among other things.
CONNECTING = re.compile(r"\.connect\(|receiver\s*[(,)]")


def connects(text: str, signals: list[str]) -> bool:
    """Whether the text of a function connects to something that may be a signal: databases are connected to, too."""
    if "receiver" in signals and _RECEIVER_CALL.search(text):
        return True
    names = _CONNECT.findall(text)
    if not names:
        return False
    looped = {word for target, _ in _LOOP.findall(text) for word in _WORD.findall(target)}
    return any(name in signals or name in looped or "sig" in name.lower() for name in names)


def is_receiver(value: Value) -> bool:
    """Django's ``receiver`` decorator itself."""
    return isinstance(value, External) and value.dotted in RECEIVER


def _receiver_argument(node: syntax.Call) -> syntax.Expr | None:
    for arg in node.args:
        if arg.keyword == "receiver":
            return arg.value
    return node.args[0].value if node.args and node.args[0].keyword is None else None


def _made_here(node: syntax.Call) -> bool:
    """Whether the receiver argument is a method of an object made in this very call."""
    for arg in node.args[:1]:
        if isinstance(arg.value, syntax.Attribute) and isinstance(arg.value.value, syntax.Call):
            return True
    return any(
        arg.keyword == "receiver"
        and isinstance(arg.value, syntax.Attribute)
        and isinstance(arg.value.value, syntax.Call)
        for arg in node.args
    )


def _kept(name: str, body: list[syntax.Stmt]) -> bool:
    """Whether a function hands a local function out, so that somebody may keep it: returns it, stores it in an
    attribute, a container or a global name."""
    for statement in flat_statements(body):
        if isinstance(statement, syntax.Return) and _mentions(statement.value, name):
            return True
        if isinstance(statement, syntax.Global) and name in statement.names:
            return True
        if isinstance(statement, syntax.Assign) and _mentions(statement.value, name):
            if any(isinstance(target, (syntax.Attribute, syntax.Subscript)) for target in statement.targets):
                return True
        if isinstance(statement, syntax.ExprStmt) and isinstance(statement.value, syntax.Call):
            func = statement.value.func
            if isinstance(func, syntax.Attribute) and func.name in ("append", "add", "setdefault"):
                if any(_mentions(arg.value, name) for arg in statement.value.args):
                    return True
    return False


def _mentions(node: syntax.Expr | None, name: str) -> bool:
    if isinstance(node, syntax.Name):
        return node.id == name
    if isinstance(node, syntax.Sequence):
        return any(_mentions(item, name) for item in node.items)
    if isinstance(node, syntax.Dict):
        return any(_mentions(item, name) for item in node.values)
    return False
