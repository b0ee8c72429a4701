"""``weak=False`` for a receiver that nobody but its signal would keep."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst
from libcst.metadata import Assignment, Scope

from delete_lint.findings import Edit
from delete_lint.fixes import shapes as m
from delete_lint.fixes.context import Context
from delete_lint.fixes.granted import Granted
from delete_lint.graph.place import Place
from delete_lint.remedies import ConnectStrongly

#: The parameters of ``Signal.connect`` in order.
_PARAMETERS = ("receiver", "sender", "weak", "dispatch_uid")


def fix(remedy: ConnectStrongly, context: Context) -> Granted | None:
    edits: list[Edit] = []
    named = False
    for place in (remedy.registration, *remedy.others):
        if place.file != remedy.registration.file:
            return None
        here = context.at_line(place.line)
        call = _call_at(here, place)
        connection = _Connection(here, call) if call is not None else None
        found = connection.strong(remedy) if connection is not None and connection.is_readable else None
        if connection is None or found is None:
            return None
        edits += found
        named = named or connection.is_repeated
    how = "weak=False and a dispatch_uid" if named else "weak=False"
    return Granted(f"have the signal keep the receiver ({how}); it begins to run", "unsafe", tuple(edits))


def _call_at(context: Context, place: Place) -> cst.Call | None:
    """The call whose name stands at this place."""
    for name in context.nodes_at(place):
        if isinstance(name, cst.Name):
            for node in context.parents(name):
                if isinstance(node, cst.Call):
                    called = node.func.attr if isinstance(node.func, cst.Attribute) else node.func
                    return node if called is name else None
    return None


class _Connection:
    """A call of ``Signal.connect`` or of Django's ``receiver``."""

    def __init__(self, context: Context, call: cst.Call) -> None:
        self.context = context
        self.call = call
        self.is_connect = m.matches(call.func, m.Attribute(attr=m.Name("connect")))
        names = _PARAMETERS if self.is_connect else ("signal",)
        positional = [arg for arg in call.args if arg.keyword is None]
        self.arguments = {name: arg.value for name, arg in zip(names, positional, strict=False)}
        self.arguments |= {arg.keyword.value: arg.value for arg in call.args if arg.keyword is not None}
        self.is_readable = (
            (self.is_connect or self._is_djangos_receiver())
            and len(positional) <= len(names)
            and not any(arg.star for arg in call.args)
        )

    def _is_djangos_receiver(self) -> bool:
        written = self.context.code(self.call.func)
        return any(
            self.context.names.existing(module, "receiver", self.call) == written
            for module in ("django.dispatch", "django.dispatch.dispatcher")
        )

    # --- how often it is made ---------------------------------------------------------------------------------------

    @property
    def functions(self) -> list[cst.FunctionDef]:
        """The functions that have to run for the connection to be made, from the inside out."""
        around = [node for node in self.context.parents(self.call) if isinstance(node, cst.FunctionDef)]
        return [node for node in around if node is not self.decorated]

    @property
    def decorated(self) -> cst.FunctionDef | None:
        for node in self.context.parents(self.call):
            if isinstance(node, cst.Decorator):
                function = self.context.parent(node)
                return function if isinstance(function, cst.FunctionDef) and node.decorator is self.call else None
        return None

    @property
    def is_repeated(self) -> bool:
        """Whether it may be made more than once: by any function but the ``ready`` of an app's configuration."""
        functions = self.functions
        return bool(functions) and not (len(functions) == 1 and self._is_ready(functions[0]))

    def _is_ready(self, function: cst.FunctionDef) -> bool:
        owner = next((node for node in self.context.parents(function) if isinstance(node, cst.ClassDef)), None)
        return (
            owner is not None
            and function.name.value == "ready"
            and any(self.context.code(base.value).endswith("Config") for base in owner.bases)
        )

    # --- what is connected ------------------------------------------------------------------------------------------

    @property
    def target(self) -> cst.CSTNode | None:
        """The definition of the receiver: a local function, or the expression that makes it. None when it comes from
        elsewhere, where others may keep it."""
        if self.decorated is not None:
            return self.decorated
        if not self.is_connect:
            applied = self.context.parent(self.call)
            args = applied.args if isinstance(applied, cst.Call) and applied.func is self.call else ()
            given = args[0].value if len(args) == 1 else None
        else:
            given = self.arguments.get("receiver")
        if isinstance(given, cst.Attribute) and isinstance(given.value, cst.Name):
            return self._made(given.value)
        return self._made(given) if isinstance(given, cst.Name) else given

    def _made(self, name: cst.Name) -> cst.CSTNode | None:
        """What the one assignment to a local name, or the one function of this name, gives it."""
        scope = self.context.tree.scopes.get(self.call)
        found = list(_local(scope, name.value))
        if len(found) != 1:
            return None
        node = found[0].node
        if isinstance(node, cst.FunctionDef):
            return node
        statement = next((each for each in self.context.parents(node) if isinstance(each, cst.Assign)), None)
        if statement is None or [target.target for target in statement.targets] != [node]:
            return None
        return statement.value

    def _captures(self, target: cst.CSTNode, names: set[str]) -> bool:
        return any(node.value in names for node in m.findall(target, m.Name()) if isinstance(node, cst.Name))

    def _sees_the_last_of(self, target: cst.CSTNode) -> bool:
        """Whether the receiver's body, which runs later, reads what a loop around it gives other values. Defaults of
        parameters were bound in time."""
        if not isinstance(target, (cst.FunctionDef, cst.Lambda)):
            return False
        scope = self.context.tree.scopes.get(target.body)
        own = {each.name for each in scope.assignments} if scope is not None else set()
        return self._captures(target.body, self._looped(target) - own)

    def _looped(self, target: cst.CSTNode) -> set[str]:
        """Names that a loop around the receiver gives one value after the other."""
        found: set[str] = set()
        for node in self.context.parents(target):
            if isinstance(node, cst.FunctionDef):
                break
            if isinstance(node, (cst.For, cst.While)):
                found.update(
                    name.value
                    for each in m.findall(node, m.AssignTarget() | m.For() | m.NamedExpr() | m.AnnAssign())
                    for name in m.findall(_bound_by(each), m.Name())
                    if isinstance(name, cst.Name)
                )
        return found

    def _varying(self, target: cst.CSTNode) -> set[str]:
        """Names of the functions around that may stand for something else the next time these run. The sender is none
        of them: for another sender the signal makes a connection of its own."""
        scope: Scope | None = self.context.tree.scopes.get(self.call)
        found: set[str] = set()
        while scope is not None and scope is not scope.globals:
            found.update(
                each.name
                for each in scope.assignments
                if isinstance(each, Assignment)
                and not isinstance(each.node, (cst.Import, cst.ImportFrom))
                and each.node is not target
            )
            scope = scope.parent
        sender = self.arguments.get("sender")
        return found - {sender.value} if isinstance(sender, cst.Name) else found

    # --- the edit ---------------------------------------------------------------------------------------------------

    def strong(self, remedy: ConnectStrongly) -> list[Edit] | None:
        target = self.target
        if target is None:
            return None
        if self._sees_the_last_of(target):
            return None
        added = ["weak=False"]
        edits: list[Edit] = []
        if (weak := self.arguments.get("weak")) is not None:
            if not m.matches(weak, m.Name("True")):
                return None
            edits.append(self.context.replace(weak, "False"))
            added = []
        if self.is_repeated and "dispatch_uid" not in self.arguments:
            if not remedy.uid or '"' in remedy.uid or self._captures(target, self._varying(target)):
                return None
            if not isinstance(target, cst.FunctionDef) and not (_is_plain_method(target) and not remedy.others):
                return None  # nothing tells it from others that are made at the same place
            added.append(f'dispatch_uid="{remedy.uid}"')
        return [*edits, *self._with(added)]

    def _with(self, added: list[str]) -> list[Edit]:
        """The call with more arguments, each on a line of its own where the last one is."""
        if not added:
            return []
        text = self.context.text
        last = self.call.args[-1]
        begin, end = self.context.span(last)
        line = text.rfind("\n", 0, begin) + 1
        close = self.context.span(self.call)[1] - 1
        if text[line:begin].strip():
            return [Edit(end, end, "".join(f", {each}" for each in added))]
        indent = text[line:begin]
        above = text.rfind("\n", 0, close) + 1
        if above > end and not text[above:close].strip() and isinstance(last.comma, cst.Comma):
            return [Edit(above, above, "".join(f"{indent}{each},\n" for each in added))]
        return [Edit(end, end, "".join(f",\n{indent}{each}" for each in added))]


def _local(scope: Scope | None, name: str) -> Iterator[Assignment]:
    """What binds a name that is local to a function; a name of the module keeps its receiver by itself."""
    while scope is not None and scope is not scope.globals:
        found = [each for each in scope.assignments if each.name == name and isinstance(each, Assignment)]
        if found:
            yield from found
            return
        scope = scope.parent


def _bound_by(node: cst.CSTNode) -> cst.CSTNode:
    return node.target if isinstance(node, (cst.AssignTarget, cst.For, cst.NamedExpr, cst.AnnAssign)) else node


def _is_plain_method(target: cst.CSTNode) -> bool:
    """``Index().remove``, of an object that is like any other of its class."""
    return m.matches(target, m.Attribute(value=m.Call(func=m.Name(), args=[])))
