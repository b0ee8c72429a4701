"""Calling the project's functions: parameters bound, bodies walked, results remembered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from delete_lint.source import syntax
from delete_lint.source.annotations import annotation
from delete_lint.source.arguments import NO_ARGUMENTS, Arguments
from delete_lint.source.declarations import FunctionDecl
from delete_lint.source.frame import Frame
from delete_lint.source.values import (
    UNKNOWN,
    Constant,
    DictOf,
    External,
    Function,
    Instance,
    ListOf,
    Manager,
    QuerySet,
    Values,
    join,
    one,
    stateless,
)

if TYPE_CHECKING:
    from delete_lint.source.evaluate import Evaluator

#: How many calls deep the result of a call is looked for.
MOST_CALLS_DEEP = 8
#: How many bodies are walked to answer what one call gives.
MOST_WALKS = 250


class Invocation:
    """Answers what a call of a project's function gives."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator
        self._results: dict[object, Values] = {}
        self._active: set[object] = set()
        self._walks = 0
        self._overridden: dict[FunctionDecl, bool] = {}

    def _may_walk(self, depth: int) -> bool:
        """Whether the call that was asked about may cost one more walk: code that calls much with ever other
        arguments would be walked without end."""
        if depth <= 1:
            self._walks = 0
        self._walks += 1
        return self._walks <= MOST_WALKS

    def forget(self) -> None:
        self._results.clear()

    def invoke(self, value: Function, args: Arguments, node: syntax.Call | None, frame: Frame) -> Values:
        """The result of calling a function of the project; its body is followed when the trace wants to."""
        trace = frame.trace
        if value.decl.name == "__init__" and frame.self_value is not None and frame.self_value == value.bound:
            for name, values in self.initialised(value, args, node, frame).items():
                frame.names.setdefault(f"{_self_name(frame)}.{name}", values)
            return UNKNOWN
        if trace is not None and node is not None and trace.follows(value, args, node, frame):
            inner = self.bind(value, args, frame)
            inner.trace = trace.inside(value, node, frame)
            return self.run(value.decl, inner)
        return self.result(value, args, frame.depth)

    def initialised(
        self, value: Function, args: Arguments, node: syntax.Call | None, frame: Frame
    ) -> dict[str, Values]:
        """What a constructor (and those it calls by ``super()``) puts into the attributes of its object."""
        decl = value.decl
        if decl in self._active or frame.depth >= MOST_CALLS_DEEP or not self._may_walk(frame.depth):
            return {}
        self._active.add(decl)
        try:
            inner = self.bind(value, args, frame)
            if frame.trace is not None and node is not None and frame.trace.follows(value, args, node, frame):
                inner.trace = frame.trace.inside(value, node, frame)
            self.evaluator.flow.block(decl.node.body, inner)
        finally:
            self._active.discard(decl)
        prefix = f"{decl.node.params[0].name}." if decl.node.params else "self."
        state = {}
        for name, values in inner.names.items():
            if name.startswith(prefix) and values:
                state[name.removeprefix(prefix)] = frozenset(map(stateless, values))
        return state

    def result(self, value: Function, args: Arguments, depth: int = 0) -> Values:
        """The result of a call without following what it does, remembered by function and arguments."""
        decl = value.decl
        key = (decl, value.bound, args)
        found = self._results.get(key)
        if found is not None:
            return found
        if depth >= MOST_CALLS_DEEP or decl in self._active or not self._may_walk(depth):
            return self.declared_result(value)
        self._active.add(decl)
        try:
            frame = self.bind(value, args, None)
            frame.depth = depth + 1
            values = self.run(decl, frame)
        finally:
            self._active.discard(decl)
        self._results[key] = values
        return values

    def run(self, decl: FunctionDecl, frame: Frame) -> Values:
        """Walk a body in a frame with bound parameters; gives what it returns."""
        ended = self.evaluator.flow.block(decl.node.body, frame)
        declared = self.declared(decl, frame)
        if frame.yielded:
            context = any(name.endswith("contextmanager") for name in decl.decorator_names)
            return frozenset(frame.yielded) if context else one(ListOf(frozenset(frame.yielded)))
        walked = frozenset(frame.returned)
        if frame.returns_unknown or (not ended and walked) or self._is_overridden(decl, frame):
            walked = frozenset(value for value in walked if not isinstance(value, Constant))
        if not walked or _vague(walked) or (declared and all(isinstance(value, External) for value in walked)):
            return declared or walked
        return walked

    def _is_overridden(self, decl: FunctionDecl, frame: Frame) -> bool:
        """Whether a subclass may answer in its place: what a hook of a base class returns decides nothing."""
        owner = decl.owner
        if owner is None or not frame.returned or not any(isinstance(value, Constant) for value in frame.returned):
            return False
        if decl not in self._overridden:
            children = self.evaluator.project.subclasses(owner)
            self._overridden[decl] = any(decl.name in child.functions for child in children)
        return self._overridden[decl]

    def declared_result(self, value: Function) -> Values:
        frame = Frame(value.decl.module, value.decl, value.decl.owner, self_value=value.bound)
        return self.declared(value.decl, frame)

    def declared(self, decl: FunctionDecl, frame: Frame) -> Values:
        """What the return annotation says."""
        return annotation(decl.node.returns, frame, self.evaluator) if decl.node.returns is not None else UNKNOWN

    def bind(self, value: Function, args: Arguments, caller: Frame | None) -> Frame:
        """A frame for a call: parameters bound to arguments, else to their defaults, else to their annotations."""
        decl = value.decl
        owner = decl.owner
        frame = Frame(decl.module, decl, owner, outer=value.closure, self_value=value.bound)
        if caller is not None:
            frame.depth = caller.depth + 1
        given = args.bound_to(value.bound) if value.bound is not None and not decl.is_static else args
        keywords = dict(given.keywords)
        position = 0
        for param in decl.node.params:
            if param.kind == "star":
                extra = given.positional[position:]
                exact = extra if not given.rest and (extra or args is not NO_ARGUMENTS) else None
                if not extra and not given.rest and param.annotation is not None:
                    declared = annotation(param.annotation, frame, self.evaluator)
                    frame.names[param.name] = one(ListOf(declared))
                    continue
                frame.names[param.name] = one(ListOf(join(*extra, given.rest), exact=exact))
                continue
            if param.kind == "kwargs" and not keywords and param.annotation is not None:
                frame.names[param.name] = one(DictOf(annotation(param.annotation, frame, self.evaluator)))
                continue
            if param.kind == "kwargs":
                frame.names[param.name] = one(
                    DictOf(join(*keywords.values(), given.others), tuple(sorted(keywords.items())))
                )
                continue
            values = UNKNOWN
            if param.name in keywords:
                values = keywords.pop(param.name)
            elif param.kind != "kwonly":
                values = given.positional[position] if position < len(given.positional) else given.rest
            if param.kind in ("posonly", "plain"):
                position += 1
            if not values and param.default is not None:
                values = self.evaluator.eval(param.default, Frame(decl.module))
                if args is NO_ARGUMENTS or args.open:  # nobody knows the call, so a constant must not decide conditions
                    values = frozenset(value for value in values if not isinstance(value, Constant))
            if (not values or _vague(values)) and param.annotation is not None:
                values = annotation(param.annotation, frame, self.evaluator) or values
            frame.names[param.name] = values
        return frame


def _self_name(frame: Frame) -> str:
    params = frame.function.node.params if frame.function is not None else []
    return params[0].name if params else "self"


def _vague(values: Values) -> bool:
    """Whether nothing is known but that it is None, or a queryset or row of an unknown model."""
    return all(
        value == Constant(None)
        or (isinstance(value, (QuerySet, Manager)) and value.model is None and value.through is None)
        or (isinstance(value, Instance) and value.guess)
        for value in values
    )
