"""Expressions to values: what a name, an attribute or a call stands for, found when somebody asks.

Nothing is run. A call of a project's function is answered from its annotation or by walking its body with what is
known of the arguments (`delete_lint.source.flow`); where walking would not end, the answer is "unknown".
"""

from __future__ import annotations

import builtins
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from delete_lint.catalog.tasks import is_task_decorator, plain_call
from delete_lint.source import syntax
from delete_lint.source.arguments import Arguments, ArgumentsBuilder, constant_text
from delete_lint.source.attributes import Attributes
from delete_lint.source.bases import written_bases
from delete_lint.source.calls import Calls
from delete_lint.source.declarations import ClassDecl, FunctionDecl, Module, flat_statements
from delete_lint.source.flow import Flow
from delete_lint.source.frame import Frame
from delete_lint.source.invocation import Invocation
from delete_lint.source.membership import Membership
from delete_lint.source.meta_options import MetaOptions
from delete_lint.source.orm import Orm, element_of
from delete_lint.source.project import Project
from delete_lint.source.questions import LONGEST_STATEMENT
from delete_lint.source.syntax import Expr, last_name
from delete_lint.source.values import (
    UNKNOWN,
    ClassValue,
    Constant,
    DictOf,
    External,
    Instance,
    LambdaValue,
    ListOf,
    Manager,
    QuerySet,
    Super,
    Value,
    Values,
    join,
    one,
)

if TYPE_CHECKING:
    from delete_lint.catalog.blocking import Catalog
    from delete_lint.graph.project import DjangoVersion
    from delete_lint.settings import Settings
    from delete_lint.source.apps import Apps
    from delete_lint.source.schema import Schema

_BUILTINS = frozenset(dir(builtins))
#: So many names may be made of one another.
_MOST_NAMES_DEEP = 30


class Evaluator:
    """Evaluates expressions of a project; remembers what calls and module-level names gave."""

    def __init__(
        self,
        project: Project,
        apps: Apps,
        schema: Schema,
        catalog: Catalog,
        settings: Settings,
        django: DjangoVersion,
    ) -> None:
        project.evaluating = self
        schema.evaluator = self
        schema.meta_options = MetaOptions(self)
        self.project = project
        self.django = django
        self.muters = frozenset(settings.muters)
        self.batchers = frozenset(settings.batchers)
        self.field_classes = settings.field_classes
        self.walking: set[FunctionDecl] = set()
        self.apps = apps
        self.schema = schema
        self.catalog = catalog
        self.orm = Orm(schema)
        self.attributes = Attributes(self)
        self.calls = Calls(self)
        self.flow = Flow(self)
        self.invocation = Invocation(self)
        self.membership = Membership(project)
        self._globals: dict[tuple[str, str], Values] = {}
        self._active: set[object] = set()
        self._dispatch: dict[type, Callable[[Any, Frame], Values]] = {
            syntax.Name: self._name,
            syntax.Attribute: self._attribute,
            syntax.Call: self._call,
            syntax.Subscript: self._subscript,
            syntax.Constant: lambda node, frame: one(Constant(node.value)),
            syntax.FString: self._fstring,
            syntax.Sequence: self._sequence,
            syntax.Dict: self._dict,
            syntax.Comprehension: self._comprehension,
            syntax.Lambda: lambda node, frame: one(LambdaValue(node, frame)),
            syntax.Conditional: self._conditional,
            syntax.BoolOp: self._boolop,
            syntax.Compare: self._compare,
            syntax.BinOp: self._binop,
            syntax.Unary: self._unary,
            syntax.Await: lambda node, frame: self.eval(node.value, frame),
            syntax.Yield: self._yield,
            syntax.Walrus: self._walrus,
            syntax.Starred: lambda node, frame: self.eval(node.value, frame),
            syntax.Slice: self._slice,
        }

    def eval(self, node: Expr, frame: Frame) -> Values:
        """The values of an expression in a frame; every call inside it is reported to the frame's trace."""
        method = self._dispatch.get(type(node))
        return method(node, frame) if method is not None else UNKNOWN

    def is_task(self, decl: FunctionDecl) -> bool:
        """Whether a decorator makes a task of this function."""
        frame = Frame(decl.module)
        for decorator in decl.node.decorators:
            func = decorator.func if isinstance(decorator, syntax.Call) else decorator
            names = {value.dotted for value in self.eval(func, frame) if isinstance(value, External)}
            if any(is_task_decorator(name) for name in names or {f"unknown.{last_name(func)}"}):
                return True
        return False

    def is_enqueued_by_call(self, decl: FunctionDecl) -> bool:
        """Whether a plain call of this function enqueues it, as Huey's tasks do."""
        if decl.block is not None and decl.block.start == decl.block.line:
            return False
        frame = Frame(decl.module)
        for decorator in decl.node.decorators:
            func = decorator.func if isinstance(decorator, syntax.Call) else decorator
            for value in self.eval(func, frame):
                if isinstance(value, External) and plain_call(value.dotted) == "dispatch":
                    return True
        return False

    # --- names --------------------------------------------------------------------------------------------------

    def global_name(self, module: Module, name: str) -> Values:
        """What a name means at the top level of a module, builtins included."""
        key = (module.name, name)
        found = self._globals.get(key)
        if found is not None:
            return found
        self._globals[key] = UNKNOWN  # a name that is defined by itself ends here
        values = self.project.member(module, name)
        if values is None:
            if name in module.assignments:
                values = self.assignment(module, name)
            elif name in _BUILTINS:
                values = one(External(f"builtins.{name}"))
            else:
                values = UNKNOWN
        # A flag of a module is set for tests, other settings, other platforms: it decides nothing.
        values = frozenset(v for v in values if not (isinstance(v, Constant) and not isinstance(v.value, str)))
        self._globals[key] = values
        return values

    def assignment(self, module: Module, name: str) -> Values:
        """See `delete_lint.source.project.Evaluating`: assignments and imports of one name count alike."""
        key = ("assignment", module.name, name)
        if key in self._active or len(self._active) == _MOST_NAMES_DEEP:
            return UNKNOWN
        self._active.add(key)
        try:
            found = [self.project.imported(target, original) for target, original in module.imported.get(name, ())]
            for block in module.assignments.get(name, ()):
                if block.stop - block.begin > LONGEST_STATEMENT:
                    found.append(UNKNOWN)
                    continue
                scratch = Frame(module)
                for statement in flat_statements(module.file.statement(block)):
                    self.flow.bind_statement(statement, scratch)
                found.append(scratch.names.get(name, UNKNOWN))
            return join(*found)
        finally:
            self._active.discard(key)

    def bases(self, decl: ClassDecl) -> list[ClassDecl | External]:
        """See `delete_lint.source.project.Evaluating`."""
        if decl.known is not None:
            return self.schema.known_bases(decl.known)
        if decl.module is None:
            return []
        frame = Frame(decl.module)
        found: list[ClassDecl | External] = []
        for base in written_bases(decl):
            for value in self.eval(base, frame):
                if isinstance(value, ClassValue) and value.decl is not decl:
                    found.append(value.decl)
                elif isinstance(value, External):
                    found.append(value)
                elif isinstance(value, Manager):
                    found.extend(base for base in (value.decl, value.queryset) if base is not None)
                    found.append(External("django.db.models.Manager"))
        return found

    def metaclass(self, decl: ClassDecl) -> ClassDecl | None:
        """The project's own metaclass of a class."""
        for base in self.project.mro(decl):
            if isinstance(base, ClassDecl) and base.module is not None:
                if base.block is not None and "metaclass" not in base.block.bases:
                    continue
                for arg in base.node.bases:
                    if arg.keyword == "metaclass":
                        for value in self.eval(arg.value, Frame(base.module)):
                            if isinstance(value, ClassValue):
                                return value.decl
        return None

    def forget(self) -> None:
        """Forget what was evaluated while the models were not all known yet."""
        self._globals.clear()
        self.invocation.forget()
        self.attributes.forget()

    def _name(self, node: syntax.Name, frame: Frame) -> Values:
        found = frame.lookup(node.id)
        if found:
            return found
        if found is None:
            owner = frame.owner if frame.function is None else None
            if owner is not None and node.id in owner.classes:
                return one(ClassValue(owner.classes[node.id]))
            return self.global_name(frame.module, node.id)
        return self.schema.guesses.by_variable_name(node.id, frame.module) or self.schema.guesses.by_role(
            node.id, _owner(frame)
        )

    # --- attributes and calls -----------------------------------------------------------------------------------

    def _attribute(self, node: syntax.Attribute, frame: Frame) -> Values:
        if isinstance(node.value, syntax.Name):
            known = frame.lookup(f"{node.value.id}.{node.name}")
            if known:
                return known
        values = self.eval(node.value, frame)
        if not values:
            return self.attributes.of_unknown(node, frame)
        return join(*(self.attributes.get(value, node.name, node, frame) for value in values))

    def _call(self, node: syntax.Call, frame: Frame) -> Values:
        func = node.func
        if isinstance(func, syntax.Name) and func.id == "super" and frame.lookup("super") is None:
            return self._super(node, frame)
        if isinstance(func, syntax.Attribute):
            bases = self.eval(func.value, frame)
            known: Values = UNKNOWN
            if isinstance(func.value, syntax.Name):
                known = frame.lookup(f"{func.value.id}.{func.name}") or UNKNOWN
            args = self.arguments(node, frame)
            self.flow.mutated(func, bases, args, frame)
            if frame.trace is not None:
                frame.trace.method_call(node, bases, func.name, args, frame)
            if known:
                return join(*(self.calls.apply(value, args, node, frame) for value in known))
            if not bases:
                return self.calls.method_of_unknown(func, args, node, frame)
            found = join(*(self.calls.method(base, func.name, args, node, frame) for base in bases))
            return found or self.calls.named_result(func.name, args)
        callees = self.eval(func, frame)
        args = self.arguments(node, frame)
        if frame.trace is not None:
            frame.trace.plain_call(node, callees, args, frame)
        return join(*(self.calls.apply(value, args, node, frame) for value in callees))

    def arguments(self, node: syntax.Call, frame: Frame) -> Arguments:
        builder = ArgumentsBuilder()
        for arg in node.args:
            builder.add(self.eval(arg.value, frame), arg.keyword, arg.star)
        return builder.build()

    def _super(self, node: syntax.Call, frame: Frame) -> Values:
        if len(node.args) == 2:
            classes = self.eval(node.args[0].value, frame)
            bound = self.eval(node.args[1].value, frame)
            return frozenset(
                Super(cls.decl, value)
                for cls in classes
                if isinstance(cls, ClassValue)
                for value in (bound or one(Instance(cls.decl)))
            )
        at: Frame | None = frame
        while at is not None and at.self_value is None:
            at = at.outer
        if at is None or at.self_value is None or at.owner is None:
            return UNKNOWN
        return one(Super(at.owner, at.self_value))

    # --- everything else ----------------------------------------------------------------------------------------

    def _subscript(self, node: syntax.Subscript, frame: Frame) -> Values:
        bases = self.eval(node.value, frame)
        index = node.index
        is_slice = isinstance(index, syntax.Slice)
        key = self.eval(index, frame)
        if frame.trace is not None and not is_slice:
            for base in bases:
                if isinstance(base, QuerySet):
                    frame.trace.query(node.value, "[]", base, frame)
        if not bases and isinstance(index, syntax.Slice) and index.upper is not None:
            return one(ListOf(UNKNOWN, bounded=True))
        return join(*(self._item(base, index, is_slice, key) for base in bases))

    def _item(self, base: Value, index: Expr, is_slice: bool, key: Values) -> Values:
        has_upper = isinstance(index, syntax.Slice) and index.upper is not None
        if isinstance(base, QuerySet):
            return self.orm.index(base, is_slice, has_upper)
        if isinstance(base, ListOf):
            if is_slice:
                return one(ListOf(base.element, bounded=base.bounded or has_upper, keys=base.keys, source=base.source))
            if base.exact is not None and len(key) == 1:
                (value,) = key
                if isinstance(value, Constant) and isinstance(value.value, int) and not isinstance(value.value, bool):
                    return base.exact[value.value] if -len(base.exact) <= value.value < len(base.exact) else UNKNOWN
            return base.element
        if isinstance(base, DictOf):
            name = constant_text(key)
            for item, values in base.items:
                if item == name:
                    return values
            return base.value
        if isinstance(base, (External, ClassValue)):
            return one(base)
        return UNKNOWN

    def _slice(self, node: syntax.Slice, frame: Frame) -> Values:
        for part in (node.lower, node.upper, node.step):
            if part is not None:
                self.eval(part, frame)
        return UNKNOWN

    def _fstring(self, node: syntax.FString, frame: Frame) -> Values:
        for value in node.values:
            self.eval(value, frame)
        return UNKNOWN

    def _sequence(self, node: syntax.Sequence, frame: Frame) -> Values:
        items: list[Values] = []
        spread: list[Values] = []
        for item in node.items:
            values = self.eval(item, frame)
            if isinstance(item, syntax.Starred):
                lists = [value for value in values if isinstance(value, ListOf)]
                if len(lists) == 1 and lists[0].exact is not None:
                    items.extend(lists[0].exact)
                else:
                    spread.extend(self.elements(values))
            else:
                items.append(values)
        element = join(*items, *spread)
        return one(ListOf(element, bounded=not spread, exact=None if spread else tuple(items)))

    def elements(self, values: Values) -> list[Values]:
        return [element_of(value, self.orm) for value in values]

    def _dict(self, node: syntax.Dict, frame: Frame) -> Values:
        items: list[tuple[str, Values]] = []
        others: list[Values] = []
        pairs: list[tuple[Values, Values]] = []
        for key, item in zip(node.keys, node.values, strict=True):
            values = self.eval(item, frame)
            keys = self.eval(key, frame) if key is not None else UNKNOWN
            pairs.append((keys, values))
            name = constant_text(keys) if key is not None else None
            if name is not None:
                items.append((name, values))
            elif key is None:
                for value in values:
                    if isinstance(value, DictOf):
                        items.extend(value.items)
                        others.append(value.value)
            else:
                others.append(values)
        everything = join(*(values for _, values in items), *others)
        return one(DictOf(everything, tuple(items), tuple(pairs) if None not in node.keys else ()))

    def _comprehension(self, node: syntax.Comprehension, frame: Frame) -> Values:
        inner = Frame(
            frame.module, frame.function, frame.owner, outer=frame, trace=frame.trace, depth=frame.depth,
            around=frame.around, self_value=frame.self_value,
        )  # fmt: skip
        bounded = False
        source: ClassDecl | None = None
        for position, generator in enumerate(node.generators):
            values = self.eval(generator.iter, inner if position else frame)
            if frame.trace is not None:
                frame.trace.iterated(generator.iter, values, frame)
            for value in values:
                if isinstance(value, QuerySet) and value.model is not None:
                    source = value.model
                if (isinstance(value, ListOf) and value.bounded) or (
                    isinstance(value, QuerySet) and value.query.sliced
                ):
                    bounded = True
            self.flow.assign(generator.target, join(*self.elements(values)), inner)
            self.flow.enter_comprehension(generator, values, inner)
            for condition in generator.conditions:
                self.eval(condition, inner)
        element = self.eval(node.element, inner)
        if node.kind == "dict" and node.value is not None:
            return one(DictOf(self.eval(node.value, inner)))
        return one(ListOf(element, bounded=bounded, source=source))

    def _conditional(self, node: syntax.Conditional, frame: Frame) -> Values:
        truth = self.known_truth(self.test(node.test, frame), frame)
        if truth is not None:
            return self.eval(node.body if truth else node.orelse, frame)
        return join(self.eval(node.body, frame), self.eval(node.orelse, frame))

    def test(self, node: Expr, frame: Frame) -> Values:
        """A condition: a queryset that is asked for its truth runs its query."""
        values = self.eval(node, frame)
        if frame.trace is not None:
            for value in values:
                if isinstance(value, QuerySet):
                    frame.trace.query(node, "bool", value, frame)
        return values

    def known_truth(self, values: Values, frame: Frame) -> bool | None:
        """As `truth`, for whoever may leave code out because of it: not for those that have to see every line."""
        return self.truth(values) if frame.trace is None or frame.trace.prunes else None

    def truth(self, values: Values) -> bool | None:
        """Whether these values are known to be true or false."""
        if len(values) == 1:
            (value,) = values
            if isinstance(value, Constant):
                return bool(value.value)
        return None

    def _boolop(self, node: syntax.BoolOp, frame: Frame) -> Values:
        left = self.eval(node.left, frame)
        truth = self.known_truth(left, frame)
        if truth is not None and truth is (node.op == "or"):
            return left
        if node.op == "or":
            right = self.eval(node.right, frame)
            return right if truth is False else join(left, right)
        names = dict(frame.names)
        self.flow.narrow(node.left, frame)
        right = self.eval(node.right, frame)
        frame.names = names
        # `unknown and False` is not known to be False: it may be whatever is unknown.
        return right if truth else frozenset(value for value in right if not isinstance(value, Constant))

    def _compare(self, node: syntax.Compare, frame: Frame) -> Values:
        left = self.eval(node.left, frame)
        rights = [self.eval(item, frame) for item in node.comparators]
        if frame.trace is not None:
            for op, right, item in zip(node.ops, rights, node.comparators, strict=True):
                if op in ("in", "not in"):
                    frame.trace.iterated(item, right, frame)
        if len(rights) == 1 and len(left) == 1 and len(rights[0]) == 1:
            (a,), (b,) = left, rights[0]
            if node.ops[0] in ("in", "not in"):
                held = self.membership.holds(b, a, node.comparators[0])
                return UNKNOWN if held is None else one(Constant(held is (node.ops[0] == "in")))
            if isinstance(a, Constant) and isinstance(b, Constant):
                if node.ops[0] in ("==", "is"):
                    return one(Constant(a.value == b.value))
                if node.ops[0] in ("!=", "is not"):
                    return one(Constant(a.value != b.value))
        return UNKNOWN

    def _binop(self, node: syntax.BinOp, frame: Frame) -> Values:
        left = self.eval(node.left, frame)
        right = self.eval(node.right, frame)
        if node.op in ("|", "&", "+", "-"):
            keep = (QuerySet, ListOf, External)
            joined = frozenset(v for v in (*left, *right) if isinstance(v, keep))
            if node.op == "+":
                a, b = constant_text(left), constant_text(right)
                if a is not None and b is not None:
                    return one(Constant(a + b))
            return joined
        return frozenset(v for v in left if isinstance(v, External))

    def _unary(self, node: syntax.Unary, frame: Frame) -> Values:
        if node.op == "not":
            truth = self.truth(self.test(node.operand, frame))
            return UNKNOWN if truth is None else one(Constant(not truth))
        values = self.eval(node.operand, frame)
        if node.op == "-" and len(values) == 1:
            (value,) = values
            if isinstance(value, Constant) and isinstance(value.value, (int, float)):
                return one(Constant(-value.value))
        return UNKNOWN

    def _yield(self, node: syntax.Yield, frame: Frame) -> Values:
        if node.value is None:
            frame.yielded.add(Constant(None))
            return UNKNOWN
        values = self.eval(node.value, frame)
        frame.yielded.update(join(*self.elements(values)) if node.is_from else values)
        return UNKNOWN

    def _walrus(self, node: syntax.Walrus, frame: Frame) -> Values:
        values = self.eval(node.value, frame)
        self.flow.assign(node.target, values, frame)
        return values


def _owner(frame: Frame) -> ClassDecl | None:
    at: Frame | None = frame
    while at is not None:
        if at.owner is not None:
            return at.owner
        at = at.outer
    return None
