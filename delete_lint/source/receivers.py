"""Finding delete receivers: every way in which a project connects them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from msgspec import Struct, field

from delete_lint.graph.place import Place
from delete_lint.graph.receiver import DeleteSignal
from delete_lint.source import syntax
from delete_lint.source.arguments import NO_ARGUMENTS, Arguments
from delete_lint.source.connecting import CONNECTING, RECEIVER, ConnectTrace, connects, is_receiver
from delete_lint.source.declarations import ClassDecl, FunctionDecl, Module
from delete_lint.source.frame import Frame
from delete_lint.source.muting import signal_name
from delete_lint.source.outline import Block
from delete_lint.source.values import (
    ClassValue,
    Constant,
    External,
    Function,
    Instance,
    ListOf,
    Partial,
    Through,
    Value,
    Values,
)

if TYPE_CHECKING:
    from delete_lint.source.evaluate import Evaluator

_WORD = re.compile(r"[A-Za-z_]\w*")
_MARKED = re.compile("@receiver")
_LOOP = re.compile(r"\bfor\s++([^:\n]{1,200}?)\s+in\s++([^:\n]+)")


class Connection(Struct):
    """One connection as it was found: which function, to which signals and senders, where and how.

    ``senders`` None means every model; an empty set with ``unknown`` means that nobody could tell.
    """

    function: Value
    signals: tuple[DeleteSignal, ...]
    senders: frozenset[str] | None
    place: Place
    weak: bool
    dead: str | None = None
    gone: bool = False  # dead for no other reason than that nobody keeps it
    temporary: bool = False
    unknown: bool = False
    models: tuple[ClassDecl, ...] = field(default=())


class Receivers:
    """Finds the connections of a project."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator
        self.project = evaluator.project
        self.connections: list[Connection] = []
        #: Calls of ``receiver(…)`` whose result is not applied where they stand, but handed out.
        self.pending: list[Arguments] = []
        self.names: set[str] = set()
        #: What modules call them, remembered once all names are known.
        self._aliases_known: dict[Module, list[str]] = {}
        #: Functions that were followed, with what they were called with: once is enough to hear what they connect.
        self.followed: set[tuple[Function, Arguments]] = set()

    def find(self) -> list[Connection]:
        """All connections to ``pre_delete`` and ``post_delete`` in linted files."""
        self._find_connecting_names()
        for module in self._modules():
            self._module(module)
        return self._without_shadows()

    # --- where to look ------------------------------------------------------------------------------------------

    def _find_connecting_names(self) -> None:
        """Names of the functions that connect what they are given: who calls them, connects."""
        for source in self.project.files_with(b"signal", b"django.dispatch", b"class_prepared"):
            if not self.project.holds(source, b".connect(") and not self.project.holds(source, b"receiver("):
                continue
            module = self.project.module_of(source)
            if module is None:
                continue
            signals = self._aliases(module)
            for decl in module.all_functions:
                block = decl.block
                if block is None or not module.file.holds(CONNECTING, block.start - 1, block.end):
                    continue
                if connects(module.text_of(block), signals):
                    self.names.add(decl.name)
                    if decl.owner is not None and decl.name in ("__init__", "__new__", "__call__"):
                        self.names.add(decl.owner.name)
        for _ in range(3):
            if not self._add_callers():
                break
        self.names -= {"ready", "__init__", "__new__", "__call__", "__init_subclass__", "contribute_to_class"}

    def _add_callers(self) -> bool:
        """Functions that hand a parameter of their own on to one which connects do so, too."""
        before = len(self.names)
        if not before:
            return False
        calls = re.compile(r"\b(?:" + "|".join(map(re.escape, sorted(self.names))) + r")\s*\(([^()]*)\)")
        for source in self.project.files_with(*(name.encode() for name in sorted(self.names))):
            module = self.project.module_of(source)
            for decl in module.all_functions if module is not None else ():
                if decl.block is None or decl.name in self.names:
                    continue
                if not decl.module.file.holds(calls, decl.block.line - 1, decl.block.end):
                    continue
                header, _, body = decl.module.file.between(decl.block.line - 1, decl.block.end).partition("\n")
                params = set(_WORD.findall(header.partition("(")[2])) - {"self", "cls"}
                for target, iterated in _LOOP.findall(body):
                    if params.intersection(_WORD.findall(iterated)):
                        params.update(_WORD.findall(target))
                if any(params.intersection(_WORD.findall(match[1])) for match in calls.finditer(body)):
                    self.names.add(decl.name)
        return len(self.names) > before

    def _modules(self) -> Iterator[Module]:
        needles = [b"pre_delete", b"post_delete", *(name.encode() for name in sorted(self.names))]
        for source in self.project.files_with(*needles):
            module = self.project.module_of(source)
            # The names of helpers are words that code without Django uses, too.
            if module is not None and (
                self.project.holds(source, b"django")
                or self.project.holds(source, b"_delete")
                or self._imports_helper(module)
            ):
                yield module

    def _imports_helper(self, module: Module) -> bool:
        return bool(module.importing(self.names))

    def _is_interesting(self, module: Module, begin: int, end: int) -> bool:
        names = sorted({*self.names, *self._known_aliases(module)})
        return module.file.holds(_any_of((".connect(", *(f"{name}(" for name in names))), begin, end)

    def _module(self, module: Module) -> None:
        for block in module.blocks:
            if block.kind == "statement" and self._is_interesting(module, block.start - 1, block.end):
                frame = Frame(module, trace=ConnectTrace(self))
                self.evaluator.flow.block(module.file.statement(block), frame)
            elif (
                block.kind == "compound"
                and not _holds_definitions(block)
                and self._is_interesting(module, block.start - 1, block.end)
            ):
                frame = Frame(module, trace=ConnectTrace(self))
                self.evaluator.flow.block(module.file.statement(block), frame)
            elif block.kind == "compound" and self._is_interesting(module, block.start - 1, block.end):
                self._compound(module, block)
        for decl in module.all_functions:
            self._function(module, decl)
        for cls in module.classes.values():
            self._decorated_class(module, cls)

    def _decorated_class(self, module: Module, cls: ClassDecl) -> None:
        """A class decorator of the project that connects receivers for the class."""
        block = cls.block
        if block is None or block.start == block.line:
            return
        if self.names and module.file.holds(_any_of(tuple(sorted(self.names))), block.start - 1, block.line - 1):
            for decorator in cls.node.decorators:
                self.decorate(decorator, ClassValue(cls), Frame(module, trace=ConnectTrace(self)), dead=None)

    def _compound(self, module: Module, block: Block) -> None:
        """A compound statement that defines functions is walked whole, its functions bound to their declarations."""
        frame = Frame(module, trace=ConnectTrace(self))
        self.evaluator.flow.block(module.file.statement(block), frame)

    def _function(self, module: Module, decl: FunctionDecl) -> None:
        block = decl.block
        if block is None:
            return
        telling = _any_of(("receiver", "_delete", *sorted({*self.names, *self._known_aliases(module)})))
        if block.start < block.line and module.file.holds(telling, block.start - 1, block.line - 1):
            self._decorated(decl)
        if self._is_interesting(module, block.line - 1, block.end) or module.file.holds(
            _MARKED, block.line - 1, block.end
        ):
            self._body(decl)

    def _aliases(self, module: Module) -> list[str]:
        """Other names under which a module imports ``receiver`` and the delete signals."""
        return module.importing({"receiver", "pre_delete", "post_delete", *self.names})

    def _known_aliases(self, module: Module) -> list[str]:
        found = self._aliases_known.get(module)
        if found is None:
            found = self._aliases_known[module] = self._aliases(module)
        return found

    def _decorated(self, decl: FunctionDecl) -> None:
        frame = Frame(decl.module, owner=decl.owner, trace=ConnectTrace(self))
        target: Value = Function(decl)
        for decorator in decl.node.decorators:
            self.decorate(decorator, target, frame, dead=None)

    def decorate(self, decorator: syntax.Expr, target: Value, frame: Frame, dead: str | None) -> None:
        """Apply one decorator to a function: Django's ``receiver``, or the project's own that connects."""
        evaluator = self.evaluator
        if isinstance(decorator, syntax.Call):
            callees = evaluator.eval(decorator.func, frame.quiet())
            partials = [value for value in callees if isinstance(value, Partial) and is_receiver(value.func)]
            if partials or any(is_receiver(value) for value in callees):
                args = evaluator.arguments(decorator, frame.quiet())
                if partials:
                    args = args.behind(partials[0].args, partials[0].keywords)
                place = frame.place(decorator.line, decorator.column)
                self.connect(args.get(0, "signal"), target, args, place, dead, frame)
                return
            if not any(self._is_connecting(value) for value in callees):
                return
        before = len(self.connections)
        self.pending.clear()
        values = evaluator.eval(decorator, frame)
        line, column = _position_of(decorator)
        if any(isinstance(value, External) and value.dotted in RECEIVER for value in values):
            for args in self.pending or self._kept_receivers(decorator, frame):
                self.connect(args.get(0, "signal"), target, args, frame.place(line, column), dead, frame)
        for value in values:
            if isinstance(value, Function) and (isinstance(decorator, syntax.Call) or self._is_connecting(value)):
                call = decorator if isinstance(decorator, syntax.Call) else _call_of(decorator)
                evaluator.invocation.invoke(value, Arguments((frozenset((target,)),)), call, frame)
            elif isinstance(value, Instance):
                function = self.project.find_method(value.decl, "__call__")
                if function is not None and isinstance(decorator, syntax.Call):
                    evaluator.invocation.invoke(
                        Function(function, value), Arguments((frozenset((target,)),)), decorator, frame
                    )
        for connection in self.connections[before:]:
            if isinstance(connection.function, Function) and connection.function.decl.outer is not None:
                # The decorator connects a wrapper around the function: who reads the code knows it by its own name.
                connection.function = target
                connection.place = frame.place(line, column)

    def _kept_receivers(self, decorator: syntax.Expr, frame: Frame) -> list[Arguments]:
        """``on_order = receiver(post_delete, sender=Order)``, later ``@on_order``: what the name was made with."""
        if not isinstance(decorator, syntax.Name):
            return []
        found = []
        for block in frame.module.assignments.get(decorator.id, ()):
            for statement in frame.module.file.statement(block):
                value = statement.value if isinstance(statement, syntax.Assign) else None
                if isinstance(value, syntax.Call):
                    found.append(self.evaluator.arguments(value, frame.quiet()))
        return found

    def _is_connecting(self, value: Value) -> bool:
        if isinstance(value, Function):
            return value.decl.name in self.names or value.decl.outer is not None
        return isinstance(value, ClassValue) and value.decl.name in self.names

    def _body(self, decl: FunctionDecl) -> None:
        """Walk a function that connects, once for each thing that its first parameter may be."""
        for bound in self._bound(decl):
            function = Function(decl, bound)
            frame = self.evaluator.invocation.bind(function, NO_ARGUMENTS, None)
            if decl.name == "contribute_to_class" and len(decl.node.params) > 1:
                models = self._models_with_field(decl.owner)
                frame.names[decl.node.params[1].name] = frozenset(ClassValue(model) for model in models)
            frame.trace = ConnectTrace(self)
            self.evaluator.flow.block(decl.node.body, frame)

    def _bound(self, decl: FunctionDecl) -> list[Value | None]:
        owner = decl.owner
        if owner is None or decl.is_static:
            return [None]
        if decl.name == "__init_subclass__":
            return [ClassValue(child) for child in self.project.subclasses(owner)]
        if self._is_metaclass(owner):
            users = [model for model in self.evaluator.schema.models if self.evaluator.metaclass(model) is owner]
            return [ClassValue(model) for model in users]
        return [ClassValue(owner) if decl.is_classmethod else Instance(owner)]

    def _is_metaclass(self, decl: ClassDecl) -> bool:
        return any(
            base in ("builtins.type", "django.db.models.base.ModelBase") or base.endswith(".ModelBase")
            for base in self.project.external_bases(decl)
        )

    def _models_with_field(self, owner: ClassDecl | None) -> list[ClassDecl]:
        """Models that have a field of this class."""
        if owner is None:
            return []
        family = {owner.name, *(child.name for child in self.project.subclasses(owner))}
        return [
            decl
            for decl, model in self.evaluator.schema.models.items()
            if not model.abstract and any(field.type in family for field in model.fields.values())
        ]

    # --- what was found -----------------------------------------------------------------------------------------

    def connect(
        self, signals: Values, target: Value, args: Arguments, place: Place, dead: str | None, frame: Frame
    ) -> None:
        """Note a connection of ``target`` to the delete signals among ``signals``."""
        names: list[DeleteSignal] = []
        for value in signals:
            inner = [frozenset((value,))] if not isinstance(value, ListOf) else [value.element]
            for values in inner:
                for single in values:
                    name = signal_name(frozenset((single,)))
                    if name is not None and name not in names:
                        names.append(name)  # type: ignore[arg-type]
        if not names:
            return
        sender = args.keyword("sender")
        weak = not any(value == Constant(False) for value in args.keyword("weak") or ())
        connection = Connection(target, tuple(sorted(names, reverse=True)), None, place, weak)
        if sender is None and len(args.positional) > 1:
            sender = args.positional[1]
            if len(args.positional) > 2:
                weak = connection.weak = not any(value == Constant(False) for value in args.positional[2])
        if sender is not None:
            self._set_senders(connection, sender)
        elif args.others or args.rest or args.open:
            connection.senders, connection.unknown = frozenset(), True
        connection.temporary = self._is_temporary(frame)
        # A local one that is disconnected again lives for as long as it is wanted.
        connection.gone = connection.dead is None and weak and dead is not None and not connection.temporary
        connection.dead = dead if connection.gone else connection.dead
        self.connections.append(connection)

    def _set_senders(self, connection: Connection, sender: Values) -> None:
        labels: set[str] = set()
        if sender == frozenset((Constant(None),)):
            return
        for value in sender:
            if isinstance(value, ListOf):
                connection.dead = "a list is given as sender, and Django compares senders by identity"
            elif isinstance(value, Through):
                connection.dead = (
                    "its sender is an automatic many-to-many table, for which Django sends no delete signals"
                )
                owner, _, name = value.label.rpartition(".")
                labels.add(f"{owner}_{name}")
            else:
                self._add_sender(connection, value, labels)
        connection.senders = frozenset(labels)
        connection.unknown = not labels and connection.dead is None

    def _add_sender(self, connection: Connection, value: Value, labels: set[str]) -> None:
        schema = self.evaluator.schema
        decl: ClassDecl | None = None
        if isinstance(value, ClassValue):
            decl = value.decl
        elif isinstance(value, Constant) and isinstance(value.value, str):
            decl = schema.by_label(value.value)
            if decl is None:
                labels.add(value.value)
        elif isinstance(value, External) and value.dotted == "django.conf.settings.AUTH_USER_MODEL":
            decl = schema.user_model()
        elif isinstance(value, External) and value.dotted.startswith("django.conf.settings."):
            label = self.evaluator.apps.setting(value.dotted.rpartition(".")[2])
            decl = schema.by_label(label) if label else None
        elif isinstance(value, External) and value.dotted.rpartition(".")[2][:1].isupper():
            decl = self.project.guessed_model(value.dotted)
        if decl is None:
            return
        model = schema.models.get(decl)
        if model is None:
            if not schema.is_model(decl):
                return
            model = schema.add(decl)
        labels.add(model.label)
        if model.abstract:
            connection.dead = f"its sender {model.label} is abstract: signals are sent by concrete models"

    def _is_temporary(self, frame: Frame) -> bool:
        """Connected and disconnected again in one function."""
        function = frame.function
        if function is None:
            return False
        return ".disconnect(" in function.module.text_of(function.block) if function.block is not None else False

    def _without_shadows(self) -> list[Connection]:
        """Connections whose senders nobody could tell give way to others of the same call that are known."""
        known = {c.place for c in self.connections if not c.unknown}
        seen: dict[tuple[object, ...], Connection] = {}
        for c in self.connections:
            if c.unknown and c.place in known:
                continue
            key = (c.function, c.signals, c.senders, c.place)
            seen.setdefault(key, c)
        return list(seen.values())


@cache
def _any_of(words: tuple[str, ...]) -> re.Pattern[str]:
    """Any of these, wherever it stands."""
    return re.compile("|".join(map(re.escape, words)))


def _holds_definitions(block: Block) -> bool:
    return any(
        child.kind in ("function", "class") or (child.kind == "compound" and _holds_definitions(child))
        for child in block.children
    )


def _position_of(node: syntax.Expr) -> tuple[int, int]:
    if isinstance(node, (syntax.Call, syntax.Name, syntax.Attribute)):
        return node.line, node.column
    return 1, 1


def _call_of(node: syntax.Expr) -> syntax.Call:
    if isinstance(node, (syntax.Name, syntax.Attribute)):
        return syntax.Call(node, [], node.line, node.column)
    return syntax.Call(node, [], 1, 1)
