"""What a receiver does in the same thread and before the commit: the trace that follows its calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field

from delete_lint.catalog.tasks import dispatch_kind
from delete_lint.graph.place import Place
from delete_lint.graph.receiver import Creation, Dispatch, Hop, ParentRead, Work
from delete_lint.source import syntax
from delete_lint.source.arguments import NO_ARGUMENTS, Arguments
from delete_lint.source.declarations import ClassDecl
from delete_lint.source.frame import Frame
from delete_lint.source.hanging import cleared
from delete_lint.source.orm import IMMEDIATE, RELATED_WRITES, sync_name
from delete_lint.source.syntax import Expr
from delete_lint.source.trace import SilentTrace, Trace
from delete_lint.source.values import (
    UNKNOWN,
    AnyInstance,
    ClassValue,
    Constant,
    DictOf,
    External,
    FieldFile,
    Function,
    Instance,
    Key,
    LambdaValue,
    ListOf,
    Manager,
    ModuleValue,
    Partial,
    QuerySet,
    Super,
    TaskMethod,
    Value,
    Values,
    ordered,
)

if TYPE_CHECKING:
    from delete_lint.source.evaluate import Evaluator
    from delete_lint.source.schema import Accessor

#: How many function borders a path of calls may cross; what lies deeper is true but too far to be read.
MOST_BORDERS = 4
#: How many calls of one receiver are followed in all: three times what the busiest of many projects needs.
MOST_FOLLOWED = 500

#: Method names that enqueue a task whatever they are called on.
_PLAIN_DISPATCH = frozenset({"delay", "apply_async", "delay_on_commit", "apply_async_on_commit", "send_task"})
_FIELD_FILE = "django.db.models.fields.files.FieldFile"
#: Builtins that run through what they are given.
_CONSUMERS = frozenset(
    {"list", "tuple", "set", "frozenset", "sorted", "len", "any", "all", "sum", "max", "min", "bool", "dict", "next",
     "enumerate", "zip", "map", "filter", "reversed"}
)  # fmt: skip
_CREATES = frozenset({"create", "get_or_create", "update_or_create"})


class Found(Struct):
    """What the walk of one receiver has found so far."""

    work: dict[tuple[str, str, tuple[Place, ...]], Work] = field(default_factory=dict)
    dispatches: dict[Place, Dispatch] = field(default_factory=dict)
    threads: dict[Place, Hop] = field(default_factory=dict)
    creations: dict[Place, Creation] = field(default_factory=dict)
    made: dict[Place, Creation] = field(default_factory=dict)  # objects that are not known to be saved yet
    reads: set[str] = field(default_factory=set)
    parent_reads: dict[str, ParentRead] = field(default_factory=dict)
    visited: dict[tuple[object, ...], int] = field(default_factory=dict)


class WorkTrace(SilentTrace):
    """Notes work, dispatches, threads and writes, on whatever path of calls leads to them.

    Branches that a constant argument rules out are not work of this receiver.
    With ``deferred`` the code runs after the commit: only its dispatches are noted, as such.
    """

    prunes = True

    def __init__(
        self,
        evaluator: Evaluator,
        found: Found,
        instances: Values = UNKNOWN,
        path: tuple[Hop, ...] = (),
        loop: Place | None = None,
        deferred: bool = False,
    ) -> None:
        self.evaluator = evaluator
        self.found = found
        self.instances = instances
        self.path = path
        self.loop = loop
        self.literal_loop = False
        self.deferred = deferred

    # --- what the walk tells ------------------------------------------------------------------------------------

    def method_call(self, node: syntax.Call, bases: Values, name: str, args: Arguments, frame: Frame) -> None:
        place = frame.place(node.line, node.column)
        if not bases:
            if name in _PLAIN_DISPATCH:
                self._dispatch(place, f"….{name}", name, args)
            return
        for base in ordered(bases):
            if isinstance(base, ModuleValue):
                self.plain_call(node, self.evaluator.attributes.get(base, name, None, frame), args, frame)
            self._method(base, name, place, node, args, frame)

    def plain_call(self, node: syntax.Call, callees: Values, args: Arguments, frame: Frame) -> None:
        place = frame.place(node.line, node.column)
        for value in ordered(callees):
            callee = value
            while isinstance(callee, Partial):
                callee = callee.func
            if isinstance(callee, External):
                module, _, name = callee.dotted.rpartition(".")
                if module == "builtins" and name in _CONSUMERS:
                    for values in args.positional:
                        self._consumed(values, name, place, frame)
                self._external(callee.dotted, place, args, frame)
            elif isinstance(callee, Function) and self.evaluator.catalog.added(callee.decl.dotted):
                self._external(callee.decl.dotted, place, args, frame)
            elif isinstance(callee, TaskMethod):
                self._task_method(callee, place, args)
            elif isinstance(callee, Function) and self.evaluator.is_enqueued_by_call(callee.decl):
                self._dispatch(place, callee.decl.qualname, "delay", args)
            elif isinstance(callee, ClassValue) and self.evaluator.schema.is_model(callee.decl):
                self._created(callee.decl, place, args, saved=False)

    def query(self, node: Expr, name: str, value: Manager | QuerySet, frame: Frame) -> None:
        self._work("orm-query", f"{_model(value)} queryset", _place(node, frame), frame)

    def iterated(self, node: Expr, values: Values, frame: Frame) -> None:
        self._consumed(values, "iteration", _place(node, frame), frame)

    def entered(self, node: Expr, values: Values, frame: Frame) -> None:
        for value in ordered(values):
            if isinstance(value, External) and self.evaluator.catalog.category(value.dotted) in (None, "none"):
                self._external(f"{value.dotted}.__enter__", _place(node, frame), NO_ARGUMENTS, frame)

    def accessor(self, node: syntax.Attribute, owner: Instance, accessor: Accessor, frame: Frame) -> None:
        if accessor.kind not in ("row", "reverse_row", "generic_row"):
            return
        place = frame.place(node.line, node.column)
        self._work("orm-query", f"{owner.decl.name}.{accessor.name}", place, frame)
        known = not self.path and accessor.kind == "row" and owner in self.instances
        if known and not self.deferred and not frame.around.missing_is_caught:
            # Django remembers what the key led to: the second read of it costs nothing.
            self.found.parent_reads.setdefault(accessor.name, ParentRead(place, accessor.name))

    def defined(self, function: Function, node: syntax.Function, frame: Frame) -> None:
        """``@transaction.on_commit`` on a local function runs it after the commit."""
        for decorator in node.decorators:
            quiet = frame.quiet()
            for value in self.evaluator.eval(decorator, quiet):
                if isinstance(value, External) and value.dotted.endswith(".on_commit"):
                    self._defer(function, frame.place(node.line, node.column), frame)

    def read(self, owner: Instance, name: str, frame: Frame) -> None:
        if owner in self.instances and not self.deferred:
            self.found.reads.add(name)

    def follows(self, value: Function, args: Arguments, node: syntax.Call, frame: Frame) -> bool:
        if len(self.path) >= MOST_BORDERS or self.evaluator.is_enqueued_by_call(value.decl):
            return False
        catalog, dotted = self.evaluator.catalog, value.decl.dotted
        if (catalog.added(dotted) if value.decl.module.linted else catalog.category(dotted)) is not None:
            # What is known of a function, from the settings or of an installed package, says more than its body would.
            self._external(dotted, frame.place(node.line, node.column), args, frame)
            return False
        key = (value, args, self.deferred, self._in_loop(frame) is not None)
        seen = self.found.visited.get(key)
        if (seen is not None and seen <= len(self.path)) or len(self.found.visited) >= MOST_FOLLOWED:
            return False
        self.found.visited[key] = len(self.path)
        return True

    def inside(self, value: Function, node: syntax.Call, frame: Frame) -> Trace:
        hop = Hop(frame.place(node.line, node.column), value.decl.qualname)
        trace = WorkTrace(
            self.evaluator, self.found, self.instances, (*self.path, hop), self._in_loop(frame), self.deferred
        )
        trace.literal_loop = _is_literal(frame.around.loops[-1].values) if frame.around.loops else self.literal_loop
        return trace

    # --- noting -------------------------------------------------------------------------------------------------

    def _in_loop(self, frame: Frame) -> Place | None:
        return frame.around.loops[-1].place if frame.around.loops else self.loop

    def _work(
        self, category: str, call: str, place: Place, frame: Frame, clears: tuple[str, str] | None = None
    ) -> None:
        if self.deferred:
            return
        path = (*self.path, Hop(place, call))
        loop = self._in_loop(frame)
        literal = _is_literal(frame.around.loops[-1].values) if frame.around.loops else self.literal_loop
        self._add(Work(category, call, path, loop, literal, clears))
        if loop is not None and category in ("orm-query", "orm-bulk-delete"):
            self._add(Work("orm-loop", call, path, loop, literal, clears))

    def _add(self, work: Work) -> None:
        key = (work.category, work.call, tuple(hop.place for hop in work.path))
        self.found.work.setdefault(key, work)

    def _method(self, base: Value, name: str, place: Place, node: syntax.Call, args: Arguments, frame: Frame) -> None:
        if isinstance(base, External):
            dotted = f"{base.dotted}.{name}"
            if name in _PLAIN_DISPATCH and self.evaluator.catalog.category(dotted) is None:
                self._dispatch(place, dotted, name, args)
            self._external(dotted, place, args, frame)
        elif isinstance(base, FieldFile):
            self._external(f"{_FIELD_FILE}.{name}", place, args, frame)
            if name == "delete" and args.keyword("save") != frozenset((Constant(False),)) and not args.positional:
                self._work("orm-query", "save", place, frame)  # FieldFile.delete() saves the row unless told not to
        elif isinstance(base, (Manager, QuerySet)):
            self._queryset(base, name, place, args, frame, node)
        elif isinstance(base, Instance) and self.evaluator.schema.is_model(base.decl):
            self._instance(base.decl.name, name, place, frame, node)
            self._inherited(base.decl, name, place, args, frame)
        elif isinstance(base, AnyInstance):
            self._instance("row", name, place, frame)
        elif isinstance(base, (Instance, ClassValue)):
            self._inherited(base.decl, name, place, args, frame)
        elif isinstance(base, Super):
            self._super(base, name, place, args, frame)
        elif isinstance(base, (Function, TaskMethod)):
            task = base if isinstance(base, Function) else None
            if dispatch_kind(name) is not None:
                self._task_method(TaskMethod(task, name), place, args)

    def _inherited(self, decl: ClassDecl, name: str, place: Place, args: Arguments, frame: Frame) -> None:
        """A method that a package's class brings: ``class Api(requests.Session)``, ``user.email_user()``."""
        if self.evaluator.project.find_method(decl, name) is not None:
            return
        for base in self.evaluator.project.mro(decl):
            if isinstance(base, External):
                self._external(f"{base.dotted}.{name}", place, args, frame)
            elif base.known is not None:
                self._external(f"{base.known.path}.{name}", place, args, frame)

    def _queryset(
        self,
        base: Manager | QuerySet,
        name: str,
        place: Place,
        args: Arguments,
        frame: Frame,
        node: syntax.Call | None = None,
    ) -> None:
        name = sync_name(name)
        call = f"{_model(base)}.{name}"
        if name == "select_for_update":
            self._work("lock", call, place, frame)
        elif name in ("delete", "_raw_delete"):
            self._work("orm-bulk-delete", call, place, frame, self._cleared(node, frame))
            self._work("orm-query", call, place, frame)
        elif name in IMMEDIATE or (name in RELATED_WRITES and isinstance(base, Manager) and base.related):
            self._work("orm-query", call, place, frame)
            if name == "bulk_create" and base.model is not None:
                self._saved(base.model.name)
            if name in _CREATES and base.model is not None:
                self._created(base.model, place, args)
                self._created_through(base, place, node, frame)

    def _cleared(self, node: syntax.Call | None, frame: Frame) -> tuple[str, str] | None:
        if node is None or self.path or self.deferred:
            return None
        return cleared(node, self.instances, self.evaluator, frame)

    def _instance(self, model: str, name: str, place: Place, frame: Frame, node: syntax.Call | None = None) -> None:
        name = name.removeprefix("a") if name in ("asave", "adelete", "arefresh_from_db") else name
        if name == "save":
            self._saved(model)
        if name == "delete":
            self._work("orm-bulk-delete", f"{model}.delete", place, frame, self._cleared(node, frame))
            self._work("orm-query", f"{model}.delete", place, frame)
        elif name in ("save", "refresh_from_db"):
            self._work("orm-query", f"{model}.{name}", place, frame)

    def _saved(self, model: str) -> None:
        """An object of this model is saved: those that were made on the way become rows."""
        for place, creation in list(self.found.made.items()):
            if creation.model.rpartition(".")[2] == model and not self.deferred:
                self.found.creations.setdefault(place, self.found.made.pop(place))

    def _super(self, base: Super, name: str, place: Place, args: Arguments, frame: Frame) -> None:
        bound = base.bound
        if isinstance(bound, Instance) and self.evaluator.schema.is_model(bound.decl):
            if not self.evaluator.project.find_method(bound.decl, name, after=base.decl):
                self._instance(bound.decl.name, name, place, frame)
        elif isinstance(bound, (Manager, QuerySet)):
            self._queryset(bound, name, place, args, frame)

    def _consumed(self, values: Values, name: str, place: Place, frame: Frame) -> None:
        for value in ordered(values):
            if isinstance(value, (Manager, QuerySet)):
                self._work("orm-query", f"{_model(value)} {name}", place, frame)

    def _created(self, model: ClassDecl, place: Place, args: Arguments, saved: bool = True) -> None:
        if self.deferred:
            return
        fields = tuple(name for name, values in args.keywords if self._names_instance(values))
        through = ""
        if not fields:
            found = [(name, key) for name, values in args.keywords if (key := self._parent_key(values))]
            fields, through = tuple(name for name, _ in found), found[0][1] if found else ""
        if fields and model in self.evaluator.schema.models:
            known = self.evaluator.schema
            fields = tuple(
                name.removesuffix("_id") if known.is_foreign_key(model, name.removesuffix("_id")) else name
                for name in fields
            )
            label = self.evaluator.schema.models[model].label
            path = (*self.path, Hop(place, f"{model.name}.create"))
            creation = Creation(self._outer(place), label, fields, path, through)
            if saved:
                self.found.creations.setdefault(place, creation)
            else:
                self.found.made.setdefault(place, creation)

    def _created_through(self, base: Manager | QuerySet, place: Place, node: syntax.Call | None, frame: Frame) -> None:
        """``instance.logs.create(…)``: the related manager fills in the key."""
        func = node.func if node is not None else None
        owner = func.value if isinstance(func, syntax.Attribute) else None
        if not isinstance(base, Manager) or base.related is None or not isinstance(owner, syntax.Attribute):
            return
        quiet = frame.quiet()
        owners = self.evaluator.eval(owner.value, quiet)
        if base.model is None or not owners & self.instances:
            return
        for value in owners:
            accessor = self.evaluator.schema.accessor(value.decl, base.related) if isinstance(value, Instance) else None
            if accessor is not None and accessor.kind == "rows" and accessor.field is not None and not self.deferred:
                label = self.evaluator.schema.models[base.model].label
                path = (*self.path, Hop(place, f"{base.model.name}.create"))
                creation = Creation(self._outer(place), label, (accessor.field.name,), path)
                self.found.creations.setdefault(place, creation)

    def _names_instance(self, values: Values) -> bool:
        """Whether these are the instance being deleted, or its key."""
        return any(
            value in self.instances or (isinstance(value, Key) and value.owner in self.instances) for value in values
        )

    def _parent_key(self, values: Values) -> str:
        """The foreign key of the instance being deleted that led to these values, when one did."""
        for value in ordered(values):
            row = value.owner if isinstance(value, Key) else value
            if isinstance(row, Instance) and row.via is not None and Instance(row.via[0]) in self.instances:
                return row.via[1]
        return ""

    def _outer(self, place: Place) -> Place:
        return self.path[0].place if self.path else place

    # --- calls of things outside the project --------------------------------------------------------------------

    def _external(self, dotted: str, place: Place, args: Arguments, frame: Frame) -> None:
        if dotted.endswith((".on_commit", "run_on_commit")):
            for value in args.get(0, "func"):
                self._defer(value, place, frame)
            return
        category = self.evaluator.catalog.category(dotted)
        if category is None or category == "none":
            return
        if category == "dispatch":
            self._dispatch(place, dotted, dotted.rpartition(".")[2], args)
        elif category == "thread":
            if not self.deferred:
                self.found.threads.setdefault(self._outer(place), Hop(self._outer(place), dotted))
        else:
            self._work(category, dotted, place, frame)

    def _task_method(self, method: TaskMethod, place: Place, args: Arguments) -> None:
        kind = dispatch_kind(method.name)
        if kind is None or kind == "inline":
            return
        task = method.task.decl if isinstance(method.task, Function) else None
        if task is not None and method.name not in _PLAIN_DISPATCH and not self.evaluator.is_task(task):
            return
        self._dispatch(place, f"{task.qualname if task else '…'}.{method.name}", method.name, args)

    def _dispatch(self, place: Place, call: str, name: str, args: Arguments) -> None:
        on_commit = self.deferred or dispatch_kind(name) == "dispatch_on_commit"
        passes = any(isinstance(value, (Instance, AnyInstance)) for value in _deep(args))
        outer = self._outer(place)
        path = (*self.path, Hop(place, call))
        known = self.found.dispatches.get(place)
        if known is None or (known.on_commit and not on_commit):
            self.found.dispatches[place] = Dispatch(outer, call, on_commit, passes, path)

    def _defer(self, value: Value, place: Place, frame: Frame) -> None:
        """What is handed to ``on_commit`` runs after the commit."""
        trace = WorkTrace(self.evaluator, self.found, self.instances, self.path, None, deferred=True)
        later = Frame(frame.module, frame.function, frame.owner, outer=frame, trace=trace, depth=frame.depth)
        inner: Value = value
        args = NO_ARGUMENTS
        while isinstance(inner, Partial):
            args = args.behind(inner.args, inner.keywords)
            inner = inner.func
        if isinstance(inner, TaskMethod):
            trace._task_method(inner, place, args)
        elif isinstance(inner, LambdaValue):
            self.evaluator.calls.call_lambda(inner, args, later)
        elif isinstance(inner, Function):
            call = syntax.Call(syntax.Opaque(), [], place.line, place.column)
            self.evaluator.invocation.invoke(inner, args, call, later)


def _is_literal(values: Values) -> bool:
    return bool(values) and all(isinstance(value, ListOf) and value.exact is not None for value in values)


def _deep(args: Arguments) -> set[Value]:
    """The values that are passed, and those in the lists and dictionaries among them."""
    found: set[Value] = set()
    todo = list(args.all_values())
    while todo:
        value = todo.pop()
        if value not in found:
            found.add(value)
            if isinstance(value, (ListOf, DictOf)):
                todo += value.element if isinstance(value, ListOf) else value.value
    return found


def _model(value: Manager | QuerySet) -> str:
    if value.model is not None:
        return value.model.name
    return value.through or "queryset"


def _place(node: Expr, frame: Frame) -> Place:
    """The place of an expression: of its last name."""
    while True:
        if isinstance(node, (syntax.Name, syntax.Attribute, syntax.Call, syntax.Constant, syntax.Lambda)):
            return frame.place(node.line, node.column)
        if isinstance(node, (syntax.Starred, syntax.Await, syntax.Subscript, syntax.Walrus)):
            node = node.value
        elif isinstance(node, syntax.Unary):
            node = node.operand
        elif isinstance(node, (syntax.BoolOp, syntax.BinOp)):
            node = node.left
        elif isinstance(node, syntax.Conditional):
            node = node.body
        else:
            return frame.place(frame.function.node.line if frame.function else 1, 1)
