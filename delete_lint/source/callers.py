"""What a function is called with: asked when only a parameter would tell."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from delete_lint.source import syntax
from delete_lint.source.arguments import NO_ARGUMENTS, Arguments
from delete_lint.source.declarations import ClassDecl, FunctionDecl
from delete_lint.source.frame import Frame
from delete_lint.source.trace import SilentTrace
from delete_lint.source.values import (
    UNKNOWN,
    ClassValue,
    External,
    FieldFile,
    Function,
    Instance,
    ListOf,
    Manager,
    Query,
    QuerySet,
    Values,
    join,
)

if TYPE_CHECKING:
    from delete_lint.source.discover import SourcePath
    from delete_lint.source.evaluate import Evaluator

#: More callers than this are not asked: a name that is called so often says little, and asking takes time.
MOST_CALLERS = 12
#: After so many searches through all files, one list of all calls is made instead.
_MOST_SEARCHES = 30

_CALL = rb"\s*\(|\.(?:delay|apply_async|enqueue)\b"
_called = re.compile(rb"\b([A-Za-z_]\w*+)(?=%b)" % _CALL)


class Callers:
    """Finds the calls of a function by its name, and evaluates what they pass."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator
        self._asked: dict[tuple[FunctionDecl, str], Values] = {}
        self._searches = 0

    def argument(self, decl: FunctionDecl, name: str) -> Values:
        """What callers pass for a parameter; unknown when there are too many or none says."""
        key = (decl, name)
        if key not in self._asked:
            self._asked[key] = UNKNOWN
            self._asked[key] = self._find(decl, name)
        return self._asked[key]

    def _find(self, decl: FunctionDecl, name: str) -> Values:
        names = [param.name for param in decl.node.params]
        if name not in names or decl.name in ("__init__", "handle", "delete", "save", "get", "post", "run"):
            return UNKNOWN
        if name == "queryset" and decl.owner is None:
            rows = self._admin_rows(decl)
            if rows:
                return rows
        position = names.index(name)
        if decl.owner is not None and not decl.is_static:
            position -= 1
        values: list[Values] = []
        for count, caller in enumerate(self._calling(decl)):
            if count >= MOST_CALLERS:
                break
            trace = _CallTrace(decl.name)
            owner = self._on_behalf_of(caller, decl)
            if owner is None and caller.owner is not None and decl.owner is not None:
                trace.ignored = ("self", "cls", "super")
            self._walk(caller, trace, owner or caller.owner)
            values.extend(args.get(position, name) for args in trace.calls)
        return frozenset(value for value in join(*values) if _telling(value))

    def _admin_rows(self, decl: FunctionDecl) -> Values:
        """The rows that an admin action is given: a function that a ``ModelAdmin`` beside it lists in ``actions``."""
        for admin in decl.module.classes.values():
            if not admin.binds("actions"):
                continue
            actions = self.evaluator.attributes.class_attribute(admin, "actions")
            listed = {
                value for actions_list in actions if isinstance(actions_list, ListOf) for value in actions_list.element
            }
            model = self.evaluator.schema.subjects.model_behind(admin)
            if Function(decl) in listed and model is not None:
                return frozenset((QuerySet(model, query=Query(filter="unknown")),))
        return UNKNOWN

    def _on_behalf_of(self, caller: FunctionDecl, decl: FunctionDecl) -> ClassDecl | None:
        """The class that ``self`` is when a method of this one or of a base or child of it calls another."""
        if caller.owner is None or decl.owner is None:
            return None
        if caller.owner in self.evaluator.project.mro(decl.owner):
            return decl.owner
        return caller.owner if decl.owner in self.evaluator.project.mro(caller.owner) else None

    def _walk(self, caller: FunctionDecl, trace: _CallTrace, owner: ClassDecl | None) -> None:
        evaluator = self.evaluator
        if caller in evaluator.walking:
            return
        evaluator.walking.add(caller)
        try:
            bound = None
            if owner is not None and not caller.is_static:
                bound = ClassValue(owner) if caller.is_classmethod else next(iter(evaluator.calls.instantiated(owner)))
            frame = evaluator.invocation.bind(Function(caller, bound), NO_ARGUMENTS, None)
            frame.trace = trace
            evaluator.flow.block(caller.node.body, frame)
        finally:
            evaluator.walking.discard(caller)

    def _calling(self, decl: FunctionDecl) -> Iterator[FunctionDecl]:
        pattern = re.compile(
            rf"\b{re.escape(decl.name)}\s*\(|\b{re.escape(decl.name)}\.(?:delay|apply_async|enqueue)\b"
        )
        for source in self._files_calling(decl.name):
            module = self.evaluator.project.module_of(source)
            if module is None:
                continue
            for caller in module.all_functions:
                block = caller.block
                if caller is decl or block is None:
                    continue
                if module.file.holds(pattern, block.line, block.end):
                    yield caller

    def _files_calling(self, name: str) -> Iterator[SourcePath]:
        """Files whose bytes look as if something of this name were called in them."""
        project = self.evaluator.project
        needle = name.encode()
        if not name.isascii():  # where such a word ends is not seen in bytes
            yield from project.files_with(needle)
            return
        self._searches += 1
        called = re.compile(rb"\b%b(?=%b)" % (needle, _CALL))
        if self._searches > _MOST_SEARCHES:
            calling = self._called.get(needle, ())
            project.contents.questions.note_holders(called, calling, len(project.tree.files))
            yield from (project.tree.files[index] for index in calling)
            return
        for source in project.files_with(needle):
            if project.matches(source, called):
                yield source

    @cached_property
    def _called(self) -> dict[bytes, list[int]]:
        """The files in which each name is called, by their index, for all names at once: it costs as much as some
        forty searches."""
        found: dict[bytes, list[int]] = {}
        for index, data in enumerate(self.evaluator.project.all_bytes()):
            for name in set(_called.findall(data)):
                found.setdefault(name, []).append(index)
        return found


class _CallTrace(SilentTrace):
    """Notes the arguments of calls by a name."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.calls: list[Arguments] = []
        #: Names on which a method of this name is another class's.
        self.ignored: tuple[str, ...] = ()

    def method_call(self, node: syntax.Call, bases: Values, name: str, args: Arguments, frame: Frame) -> None:
        if name == self.name:
            func = node.func
            on = func.value.id if isinstance(func, syntax.Attribute) and isinstance(func.value, syntax.Name) else ""
            if on not in self.ignored:
                self.calls.append(args)
        elif name in ("delay", "apply_async", "enqueue", "delay_on_commit") and _names(node.func, self.name):
            self.calls.append(_task_arguments(args) if name == "apply_async" else args)

    def plain_call(self, node: syntax.Call, callees: Values, args: Arguments, frame: Frame) -> None:
        if isinstance(node.func, syntax.Name) and node.func.id == self.name:
            self.calls.append(args)


def _names(func: syntax.Expr, name: str) -> bool:
    value = func.value if isinstance(func, syntax.Attribute) else func
    return (isinstance(value, syntax.Name) and value.id == name) or (
        isinstance(value, syntax.Attribute) and value.name == name
    )


def _task_arguments(args: Arguments) -> Arguments:
    """``apply_async(args=[…])`` passes the elements of its list."""
    for value in args.get(0, "args"):
        if isinstance(value, ListOf) and value.exact is not None:
            return Arguments(value.exact)
    return NO_ARGUMENTS


def _telling(value: object) -> bool:
    if isinstance(value, (QuerySet, Manager)):
        return (value.model is not None or value.through is not None) and not value.guess
    if isinstance(value, Instance):
        return not value.guess
    return isinstance(value, (ClassValue, ListOf, FieldFile, External))
