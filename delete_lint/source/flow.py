"""Statements: what they bind, in which branches and loops their code runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from delete_lint.graph.site import Muting
from delete_lint.source import syntax
from delete_lint.source.annotations import annotation
from delete_lint.source.arguments import Arguments
from delete_lint.source.declarations import ClassDecl
from delete_lint.source.frame import Around, Frame, LoopAround
from delete_lint.source.muting import mutes, signal_name, unmutes
from delete_lint.source.orm import element_of
from delete_lint.source.syntax import Expr, Stmt
from delete_lint.source.values import (
    UNKNOWN,
    ClassValue,
    Constant,
    DictOf,
    External,
    Function,
    Instance,
    ListOf,
    Manager,
    QuerySet,
    Value,
    Values,
    join,
    one,
)

if TYPE_CHECKING:
    from delete_lint.source.evaluate import Evaluator

_GROWING = frozenset({"append", "add", "extend", "update", "appendleft", "insert"})

#: Loops over more elements than this are walked once for all.
LONGEST_UNROLLED = 40
_NONE: Values = one(Constant(None))

Names = dict[str, Values]


class Flow:
    """Walks statements in order. A branch is walked on a copy of the names, which are joined where branches meet;
    a loop's body is walked once, so what a later pass would bind to an earlier name is not seen."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator

    # --- blocks -------------------------------------------------------------------------------------------------

    def block(self, statements: Sequence[Stmt], frame: Frame) -> bool:
        """Walk statements; tells whether the end of the block is never reached."""
        former = frame.around
        if former.loops and statements:
            last = statements[-1]
            if isinstance(last, (syntax.Return, syntax.Raise)):
                frame.around = replace(former, loops=())
            elif isinstance(last, syntax.Jump) and last.kind == "break":
                frame.around = replace(former, loops=former.loops[:-1])
        inside = frame.around.loops
        ended = False
        for statement in statements:
            if self.statement(statement, frame):
                ended = True
                break
        if inside is not former.loops:
            frame.around = replace(frame.around, loops=former.loops)
        return ended

    def statement(self, statement: Stmt, frame: Frame) -> bool:
        """Walk one statement; tells whether what follows it is never reached."""
        if isinstance(statement, syntax.ExprStmt):
            self.evaluator.eval(statement.value, frame)
            self._note_muting(statement.value, frame)
            return False
        if isinstance(statement, syntax.Return):
            values = self.evaluator.eval(statement.value, frame) if statement.value is not None else _NONE
            frame.returned.update(values)
            frame.returns_unknown = frame.returns_unknown or not values
            return True
        if isinstance(statement, syntax.Raise):
            if statement.exc is not None:
                self.evaluator.eval(statement.exc, frame)
            return True
        if isinstance(statement, syntax.Jump):
            return statement.kind != "pass"
        if isinstance(statement, syntax.If):
            return self._if(statement, frame)
        if isinstance(statement, (syntax.For, syntax.While)):
            return self._loop(statement, frame)
        if isinstance(statement, syntax.With):
            return self._with(statement, frame)
        if isinstance(statement, syntax.Try):
            return self._try(statement, frame)
        if isinstance(statement, syntax.Match):
            return self._match(statement, frame)
        self.bind_statement(statement, frame)
        return False

    def bind_statement(self, statement: Stmt, frame: Frame) -> None:
        """Walk a statement that binds names and has no body of its own kind; others are let go."""
        if isinstance(statement, syntax.Assign):
            values = self.evaluator.eval(statement.value, frame)
            for target in statement.targets:
                self.assign(target, values, frame)
        elif isinstance(statement, syntax.AnnAssign):
            values = self.evaluator.eval(statement.value, frame) if statement.value is not None else UNKNOWN
            values = values or annotation(statement.annotation, frame, self.evaluator)
            self.assign(statement.target, values, frame)
        elif isinstance(statement, syntax.AugAssign):
            values = join(self.evaluator.eval(statement.target, frame), self.evaluator.eval(statement.value, frame))
            self.assign(statement.target, values, frame)
        elif isinstance(statement, syntax.Function):
            self._define(statement, frame)
        elif isinstance(statement, syntax.Class):
            qualname = f"{frame.function.qualname}.{statement.name}" if frame.function else statement.name
            frame.names[statement.name] = one(ClassValue(ClassDecl(frame.module, None, qualname, node=statement)))
        elif isinstance(statement, syntax.Import):
            for local, (module, original) in frame.module.bindings(statement):
                frame.names[local] = self.evaluator.project.imported(module, original)
        elif isinstance(statement, syntax.Assert):
            self.evaluator.eval(statement.test, frame)
            self.narrow(statement.test, frame)
        elif isinstance(statement, syntax.Delete):
            for target in statement.targets:
                if not isinstance(target, syntax.Name):
                    self.evaluator.eval(target, frame)

    def _define(self, statement: syntax.Function, frame: Frame) -> None:
        if frame.function is not None:
            decl = frame.function.local(statement)
            function = Function(decl, closure=frame)
            frame.names[statement.name] = one(function)
            if frame.trace is not None:
                frame.trace.defined(function, statement, frame)
        elif statement.name in frame.module.functions:
            frame.names[statement.name] = one(Function(frame.module.functions[statement.name]))

    # --- names --------------------------------------------------------------------------------------------------

    def assign(self, target: Expr, values: Values, frame: Frame) -> None:
        if isinstance(target, syntax.Name):
            frame.names[target.id] = values
            for key in [key for key in frame.names if key.startswith(f"{target.id}.")]:
                del frame.names[key]
        elif isinstance(target, syntax.Sequence):
            self._unpack(target.items, values, frame)
        elif isinstance(target, syntax.Starred):
            self.assign(target.value, one(ListOf(values)), frame)
        elif isinstance(target, syntax.Attribute):
            if target.name == "receivers":
                self._receivers_assigned(target, values, frame)
            if isinstance(target.value, syntax.Name):
                frame.names[f"{target.value.id}.{target.name}"] = values
        elif isinstance(target, syntax.Subscript):
            self._store(target, values, frame)

    def _unpack(self, targets: list[Expr], values: Values, frame: Frame) -> None:
        exact = [value.exact for value in values if isinstance(value, ListOf) and value.exact is not None]
        exact = [items for items in exact if len(items) == len(targets)]
        element = join(*(element_of(value, self.evaluator.orm) for value in values))
        for position, target in enumerate(targets):
            found = join(*(items[position] for items in exact)) if exact else element
            self.assign(target, found, frame)

    def _receivers_assigned(self, target: syntax.Attribute, values: Values, frame: Frame) -> None:
        """``post_delete.receivers = []`` mutes until the former list is put back."""
        if signal_name(self.evaluator.eval(target.value, frame)) is None:
            return
        if any(isinstance(value, ListOf) and value.exact == () for value in values):
            frame.around = _muted(target, "receivers_emptied", frame)
        else:
            frame.around = replace(frame.around, muted=None)

    def _store(self, target: syntax.Subscript, values: Values, frame: Frame) -> None:
        self.evaluator.eval(target.index, frame)
        if not isinstance(target.value, syntax.Name):
            self.evaluator.eval(target.value, frame)
            return
        name = target.value.id
        found: set[Value] = set()
        for value in frame.lookup(name) or UNKNOWN:
            if isinstance(value, DictOf):
                found.add(replace(value, value=join(value.value, values), pairs=()))
            elif isinstance(value, ListOf):
                found.add(ListOf(join(value.element, values), value.bounded, source=value.source))
        if found:
            frame.names[name] = frozenset(found)

    def mutated(self, func: syntax.Attribute, bases: Values, args: Arguments, frame: Frame) -> None:
        """``name.append(x)`` and its like: the list has one more element."""
        if func.name not in _GROWING:
            return
        values = args.get(len(args.positional) - 1)
        if func.name in ("extend", "update"):
            values = join(*self.evaluator.elements(values))
        if isinstance(func.value, syntax.Subscript) and isinstance(func.value.value, syntax.Name):
            name = func.value.value.id
            found = frame.lookup(name) or UNKNOWN
            if any(isinstance(value, DictOf) for value in found):
                lists = frozenset(ListOf(join(v.element, values)) for v in bases if isinstance(v, ListOf))
                grown = lists or one(ListOf(values))
                frame.names[name] = frozenset(DictOf(grown) if isinstance(v, DictOf) else v for v in found)
            return
        if not isinstance(func.value, syntax.Name):
            return
        name = func.value.id
        if any(isinstance(value, ListOf) for value in bases) and frame.lookup(name):
            frame.names[name] = frozenset(
                ListOf(join(value.element, values), keys=value.keys, source=value.source)
                if isinstance(value, ListOf)
                else value
                for value in bases
            )

    def narrow(self, test: Expr, frame: Frame, truth: bool = True) -> None:
        """What a condition that holds says about names: ``isinstance`` with a class, ``type(x) is C``, a length."""
        if isinstance(test, syntax.BoolOp) and test.op == "and" and truth:
            self.narrow(test.left, frame)
            self.narrow(test.right, frame)
        elif isinstance(test, syntax.Unary) and test.op == "not":
            self.narrow(test.operand, frame, not truth)
        elif truth and isinstance(test, syntax.Compare) and len(test.ops) == 1:
            left, right = test.left, test.comparators[0]
            if test.ops[0] in ("is", "==") and _called(left) == "type":
                self._narrow_to(_argument(left), right, frame)
            elif test.ops[0] in (">=", ">", "==") and _called(left) == "len":
                self._bounded(_argument(left), frame)
        elif truth and _called(test) == "isinstance" and isinstance(test, syntax.Call) and len(test.args) == 2:
            self._narrow_to(_argument(test), test.args[1].value, frame)

    def _bounded(self, node: Expr | None, frame: Frame) -> None:
        """``if len(keys) >= 100``: what is gathered is flushed when there is enough of it."""
        if isinstance(node, syntax.Name):
            values = frame.lookup(node.id) or one(ListOf(UNKNOWN))
            frame.names[node.id] = frozenset(
                replace(value, bounded=True, exact=None) if isinstance(value, ListOf) else value for value in values
            )

    def _narrow_to(self, node: Expr | None, classes_node: Expr, frame: Frame) -> None:
        key = _key(node)
        if key is not None:
            classes = self.evaluator.eval(classes_node, frame.quiet())
            inner = [value.element for value in classes if isinstance(value, ListOf)]
            classes = frozenset().union(classes, *inner)
            instances: Values = frozenset(
                Instance(value.decl) if isinstance(value, ClassValue) else value
                for value in classes
                if isinstance(value, ClassValue)
                or (isinstance(value, External) and not value.dotted.startswith("builtins."))
            )
            if instances:
                frame.names[key] = instances

    # --- branches -----------------------------------------------------------------------------------------------

    def _if(self, statement: syntax.If, frame: Frame) -> bool:
        truth = self.evaluator.known_truth(self.evaluator.test(statement.test, frame), frame)
        if truth is not None:
            return self.block(statement.body if truth else statement.orelse, frame)
        before = dict(frame.names)
        muted = frame.around.muted
        self.narrow(statement.test, frame)
        ended = self.block(statement.body, frame)
        after_body = frame.names
        frame.names = before
        frame.around = replace(frame.around, muted=muted)
        self.narrow(statement.test, frame, truth=False)
        else_ended = self.block(statement.orelse, frame)
        if else_ended:
            frame.names = after_body
        elif not ended:
            _merge(frame, after_body)
        return ended and else_ended

    def _loop(self, statement: syntax.For | syntax.While, frame: Frame) -> bool:
        evaluator = self.evaluator
        values = UNKNOWN
        if isinstance(statement, syntax.For):
            values = evaluator.eval(statement.iter, frame)
            if frame.trace is not None:
                frame.trace.iterated(statement.iter, values, frame)
        before = dict(frame.names)
        loop = LoopAround(frame.place(statement.line, statement.column), values, statement)
        former = frame.enter_loop(loop)
        if isinstance(statement, syntax.For) and frame.trace is not None and frame.trace.unrolls:
            for exact in _written_out(values)[:-1]:
                self.assign(statement.target, exact, frame)
                self.block(statement.body, frame)
            values = one(ListOf(_written_out(values)[-1])) if _written_out(values) else values
        if isinstance(statement, syntax.For):
            elements = join(*evaluator.elements(values)) or self._elements_of_argument(statement.iter, frame)
            self.assign(statement.target, elements, frame)
        else:
            evaluator.test(statement.test, frame)
        self.block(statement.body, frame)
        frame.around = replace(frame.around, loops=former.loops)
        _merge(frame, before)
        self.block(statement.orelse, frame)
        return False

    def _elements_of_argument(self, node: Expr, frame: Frame) -> Values:
        """``for row in track(rows, …)``: a call that nobody can read most likely hands on what it is given."""
        if not isinstance(node, syntax.Call) or not node.args or node.args[0].star:
            return UNKNOWN
        values = self.evaluator.eval(node.args[0].value, frame.quiet())
        return join(*(element_of(v, self.evaluator.orm) for v in values if isinstance(v, (QuerySet, Manager, ListOf))))

    def enter_comprehension(self, generator: syntax.Generator, values: Values, frame: Frame) -> None:
        """The rest of a comprehension runs once for each element."""
        line, column = _position(generator.target)
        frame.enter_loop(LoopAround(frame.place(line, column), values, generator))

    def _with(self, statement: syntax.With, frame: Frame) -> bool:
        former = frame.around
        for item in statement.items:
            values = self.evaluator.eval(item.value, frame)
            if frame.trace is not None:
                frame.trace.entered(item.value, values, frame)
            muting = mutes(item.value, frame, self.evaluator)
            if muting is not None:
                frame.around = _muted(item.value, muting, frame)
            if item.target is not None:
                self.assign(item.target, self._entered(item.value, values, frame), frame)
            elif frame.trace is not None:
                self._entered(item.value, values, frame)
        ended = self.block(statement.body, frame)
        frame.around = replace(former, loops=frame.around.loops)
        return ended

    def _entered(self, node: Expr, values: Values, frame: Frame) -> Values:
        """What ``__enter__`` gives: of a project's class what its method says, else the object itself."""
        found = []
        for value in values:
            function = None
            if isinstance(value, Instance):
                function = self.evaluator.project.find_method(value.decl, "__enter__")
            if function is not None:
                line, column = _position(node)
                call = syntax.Call(node, [], line, column)
                found.append(self.evaluator.invocation.invoke(Function(function, value), Arguments(), call, frame))
            else:
                found.append(one(value))
        return join(*found)

    def _try(self, statement: syntax.Try, frame: Frame) -> bool:
        before = dict(frame.names)
        former = frame.around
        if any(_catches_missing(handler) for handler in statement.handlers):
            frame.around = replace(former, missing_is_caught=True)
        ended = self.block(statement.body, frame)
        frame.around = replace(frame.around, missing_is_caught=former.missing_is_caught)
        if not ended:
            ended = self.block(statement.orelse, frame)
        after_body = dict(frame.names)
        outcomes = [] if ended else [after_body]
        handlers_ended = True
        for handler in statement.handlers:
            frame.names = dict(before)
            _merge(frame, after_body)
            if handler.name is not None:
                frame.names[handler.name] = UNKNOWN
            if not self.block(handler.body, frame):
                handlers_ended = False
                outcomes.append(frame.names)
        frame.names = dict(outcomes[0]) if outcomes else after_body
        for names in outcomes[1:]:
            _merge(frame, names)
        final_ended = self.block(statement.final, frame)
        return final_ended or (ended and handlers_ended)

    def _match(self, statement: syntax.Match, frame: Frame) -> bool:
        subject = self.evaluator.eval(statement.subject, frame)
        before = dict(frame.names)
        outcomes: list[Names] = []
        for case in statement.cases:
            frame.names = dict(before)
            for name in case.binds:
                frame.names[name] = subject if len(case.binds) == 1 else UNKNOWN
            if case.guard is not None:
                self.evaluator.eval(case.guard, frame)
            if not self.block(case.body, frame):
                outcomes.append(frame.names)
        frame.names = before
        for names in outcomes:
            _merge(frame, names)
        return False

    def _note_muting(self, node: Expr, frame: Frame) -> None:
        """``post_delete.disconnect(…)`` mutes from here on, ``connect`` ends it."""
        muting = mutes(node, frame, self.evaluator)
        if muting is not None:
            frame.around = _muted(node, muting, frame)
        elif frame.around.muted is not None and unmutes(node, frame, self.evaluator):
            frame.around = replace(frame.around, muted=None)


def _written_out(values: Values) -> tuple[Values, ...]:
    """The elements of a list that is written out and not long."""
    if len(values) == 1:
        (value,) = values
        if isinstance(value, ListOf) and value.exact is not None and len(value.exact) <= LONGEST_UNROLLED:
            return value.exact
    return ()


def _catches_missing(handler: syntax.Handler) -> bool:
    """``except X.DoesNotExist``, also among others and under its base's name."""
    exceptions = handler.exception.items if isinstance(handler.exception, syntax.Sequence) else [handler.exception]
    names = [
        e.name if isinstance(e, syntax.Attribute) else e.id if isinstance(e, syntax.Name) else "" for e in exceptions
    ]
    return any(name in ("DoesNotExist", "ObjectDoesNotExist", "Exception") for name in names)


def _called(node: Expr) -> str:
    """The name of a plain function that is called."""
    return node.func.id if isinstance(node, syntax.Call) and isinstance(node.func, syntax.Name) else ""


def _argument(node: Expr) -> Expr | None:
    return node.args[0].value if isinstance(node, syntax.Call) and node.args else None


def _key(node: Expr | None) -> str | None:
    """The key under which a frame keeps a name, or an attribute of a name."""
    if isinstance(node, syntax.Name):
        return node.id
    if isinstance(node, syntax.Attribute) and isinstance(node.value, syntax.Name):
        return f"{node.value.id}.{node.name}"
    return None


def _muted(node: Expr, muting: Muting, frame: Frame) -> Around:
    line, column = _position(node)
    return replace(frame.around, muted=muting, muted_at=frame.place(line, column), muted_call=_spelled(node))


def _spelled(node: Expr) -> str:
    """A call or attribute as written, without its arguments."""
    if isinstance(node, syntax.Call):
        return _spelled(node.func)
    if isinstance(node, syntax.Attribute):
        return f"{_spelled(node.value)}.{node.name}"
    return node.id if isinstance(node, syntax.Name) else "…"


def _merge(frame: Frame, other: Names) -> None:
    """Join the names of another branch into the frame's."""
    names = frame.names
    for name, values in other.items():
        mine = names.get(name)
        names[name] = values if mine is None else mine if mine == values else join(mine, values)


def _position(node: Expr) -> tuple[int, int]:
    """Where an expression stands, as near as its nodes tell."""
    while True:
        if isinstance(node, (syntax.Name, syntax.Attribute, syntax.Call, syntax.Constant, syntax.Lambda)):
            return node.line, node.column
        if isinstance(node, syntax.Sequence) and node.items:
            node = node.items[0]
        elif isinstance(node, (syntax.Starred, syntax.Await, syntax.Subscript, syntax.Unary)):
            node = node.operand if isinstance(node, syntax.Unary) else node.value
        else:
            return 1, 1
