"""Finding delete sites: every call of ``delete``, ``adelete`` and ``_raw_delete``, and what it deletes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from msgspec import structs

from delete_lint.graph.site import DeleteSite, Loop, SiteKind, SiteMethod
from delete_lint.source import syntax
from delete_lint.source.arguments import NO_ARGUMENTS, Arguments
from delete_lint.source.callers import Callers
from delete_lint.source.declarations import ClassDecl, FunctionDecl, Module
from delete_lint.source.frame import Frame
from delete_lint.source.muting import mutes
from delete_lint.source.outline import Block
from delete_lint.source.trace import SilentTrace
from delete_lint.source.values import (
    AnyInstance,
    ClassValue,
    External,
    Function,
    Instance,
    LambdaValue,
    ListOf,
    Manager,
    Query,
    QuerySet,
    Super,
    Value,
    Values,
    ordered,
    spelled,
)
from delete_lint.source.whole import overrides_delete, whole

if TYPE_CHECKING:
    from delete_lint.source.evaluate import Evaluator

METHODS: tuple[SiteMethod, ...] = ("delete", "adelete", "_raw_delete")
_CALL = re.compile(r"\.\s*(?:a?delete|_raw_delete)\s*\(")
#: What a name that nobody can resolve most likely is, when something by this name is deleted *from*.
_NOT_ROWS = re.compile(
    r"(cache|storage|redis|client|session|bucket|blob|connection|registry|collection|store|backend|service|driver|"
    r"adapter|elasticsearch|router|mailbox|server|manager_class|pipeline|cursor|queue|_file|_index)s?$"
)
_NOT_ROWS_WORDS = frozenset(
    {"s3", "api", "http", "https", "conn", "request", "requests", "index", "file", "files", "fs", "path", "folder",
     "sftp", "ftp", "ldap", "es", "cookies", "app", "dict", "handler", "pipe", "zone"}
)  # fmt: skip
_KEYWORDS = frozenset({"using", "keep_parents"})


@dataclass(slots=True)
class _Site:
    """A site with what is only needed until its function has been walked."""

    site: DeleteSite
    root: str
    parameter: bool
    in_condition: bool


class Sites:
    """Finds the delete sites of a project."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator
        self.callers = Callers(evaluator)

    def find(self) -> list[DeleteSite]:
        found: dict[tuple[str, int, int], DeleteSite] = {}
        for source in self.evaluator.project.files_with(b"delete(", b"delete ("):
            module = self.evaluator.project.module_of(source)
            if module is None:
                continue
            for site in self.of_module(module):
                key = (site.place.file, site.place.line, site.place.column)
                known = found.get(key)
                if known is None or _better(site, known):
                    found[key] = site
        return sorted(found.values(), key=lambda site: site.place)

    def of_module(self, module: Module) -> Iterator[DeleteSite]:
        for block, owner in _blocks(module):
            if not module.file.holds(_CALL, block.start - 1, block.end):
                continue
            if block.kind == "function":
                functions = owner.functions if owner is not None else module.functions
                decl = functions.get(block.name)
                if decl is None or decl.block is not block:
                    qualname = f"{owner.qualname}.{block.name}" if owner is not None else block.name
                    decl = FunctionDecl(module, block, qualname, owner=owner)
                yield from self.of_function(decl)
            elif block.kind in ("statement", "compound"):
                trace = SiteTrace(self.evaluator, "")
                frame = Frame(module, owner=owner, trace=trace)
                self.evaluator.flow.block(module.file.statement(block), frame)
                yield from (found.site for found in trace.finished())

    def of_function(self, decl: FunctionDecl) -> list[DeleteSite]:
        """The sites of a function; where only a parameter would tell what is deleted, its callers are asked."""
        trace = self._walk(decl, {})
        unsure = {found.root for found in trace.sites if found.parameter and found.site.kind != "other"}
        if not unsure and any(found.site.model is None and found.site.kind != "other" for found in trace.sites):
            unsure = {param.name for param in decl.node.params[:4] if param.annotation is None} - {"self", "cls"}
        if unsure:
            given = {name: values for name in sorted(unsure) if (values := self.callers.argument(decl, name))}
            if given:
                trace = self._walk(decl, given)
        return [found.site for found in trace.finished()]

    def _walk(self, decl: FunctionDecl, given: dict[str, Values]) -> SiteTrace:
        owner = decl.owner
        bound: Value | None = None
        if owner is not None and not decl.is_static and decl.node.params:
            bound = self.bound(owner, decl)
        frame = self.evaluator.invocation.bind(Function(decl, bound), NO_ARGUMENTS, None)
        frame.names.update(given)
        trace = SiteTrace(self.evaluator, decl.qualname, tuple(param.name for param in decl.node.params))
        frame.trace = trace
        for decorator in decl.node.decorators:
            outside = Frame(decl.module, owner=owner, trace=trace)
            self.evaluator.eval(decorator, outside)
            muting = mutes(decorator, outside, self.evaluator)
            if muting is not None:
                frame.around = structs.replace(frame.around, muted=muting, muted_at=decl.place, muted_call=decl.name)
        self.evaluator.flow.block(decl.node.body, frame)
        trace.walk_inner()
        return trace

    def bound(self, owner: ClassDecl, decl: FunctionDecl) -> Value:
        """What ``self`` (or ``cls``) is in a method."""
        if decl.is_classmethod:
            return ClassValue(owner)
        for value in self.evaluator.calls.instantiated(owner):
            return value
        return Instance(owner)


class SiteTrace(SilentTrace):
    """Notes delete calls while a function is walked; lambdas and local functions are walked after it."""

    def __init__(self, evaluator: Evaluator, scope: str, parameters: tuple[str, ...] = ()) -> None:
        self.evaluator = evaluator
        self.scope = scope
        self.parameters = parameters
        self.sites: list[_Site] = []
        self.deleted: list[str] = []
        self._inner: list[Function] = []
        self._lambdas: set[int] = set()

    def method_call(self, node: syntax.Call, bases: Values, name: str, args: Arguments, frame: Frame) -> None:
        self._walk_lambdas(args, frame)
        if name in METHODS:
            self._note(node, bases, name, args, frame)
            return
        for base in bases:
            if isinstance(base, Instance) and self.evaluator.schema.is_model(base.decl):
                self._method_that_deletes(base.decl, name)
        if name in self.evaluator.batchers:
            self._remember_given(args)
            for base in bases:
                if isinstance(base, (QuerySet, Manager)):
                    self._remember(base.model)
        elif self.evaluator.batchers and any(
            isinstance(base, External) and f"{base.dotted}.{name}" in self.evaluator.batchers for base in bases
        ):
            self._remember_given(args)

    def plain_call(self, node: syntax.Call, callees: Values, args: Arguments, frame: Frame) -> None:
        self._walk_lambdas(args, frame)
        for callee in callees:
            if self._is_batcher(callee):
                self._remember_given(args)
            elif isinstance(callee, Function):
                self._helper(callee, args)

    def defined(self, function: Function, node: syntax.Function, frame: Frame) -> None:
        self._inner.append(function)

    def walk_inner(self) -> None:
        """Walk the functions that were defined inside, those inside them included."""
        while self._inner:
            function = self._inner.pop(0)
            frame = self.evaluator.invocation.bind(function, NO_ARGUMENTS, None)
            if function.closure is not None and frame.self_value is None:
                frame.self_value = function.closure.self_value
            frame.trace = self
            self.evaluator.flow.block(function.decl.node.body, frame)

    def _walk_lambdas(self, args: Arguments, frame: Frame) -> None:
        for value in args.all_values():
            if isinstance(value, LambdaValue) and id(value.node) not in self._lambdas:
                self._lambdas.add(id(value.node))
                self.evaluator.calls.call_lambda(value, NO_ARGUMENTS, frame)

    def _helper(self, callee: Function, args: Arguments) -> None:
        """A helper that deletes what it is given counts as a delete of that model in this function."""
        decl = callee.decl
        if decl.block is None:
            return
        if decl.module.file.holds(_CALL, decl.block.start - 1, decl.block.end):
            self._remember_given(args)

    def _method_that_deletes(self, decl: ClassDecl, name: str) -> None:
        """``project.delete_content()`` before ``project.delete()``: what the method deletes is gone by then."""
        function = self.evaluator.project.find_method(decl, name)
        if function is None or function.block is None or function in self.evaluator.walking:
            return
        if not function.module.file.holds(_CALL, function.block.start - 1, function.block.end):
            return
        self.evaluator.walking.add(function)
        try:
            for site in Sites(self.evaluator).of_function(function):
                if site.kind == "queryset" and site.model is not None and site.model not in self.deleted:
                    self.deleted.append(site.model)
        finally:
            self.evaluator.walking.discard(function)

    def _is_batcher(self, callee: Value) -> bool:
        """Whether the settings name this function as one that deletes in batches."""
        dotted = (
            callee.decl.dotted
            if isinstance(callee, Function)
            else callee.dotted
            if isinstance(callee, External)
            else ""
        )
        return self._names_batcher(dotted)

    def _names_batcher(self, dotted: str) -> bool:
        return dotted in self.evaluator.batchers or dotted.rpartition(".")[2] in self.evaluator.batchers

    def _remember_given(self, args: Arguments) -> None:
        for value in args.all_values():
            model = self.evaluator.calls.model_of(value)
            if model is not None and isinstance(value, (QuerySet, Manager, ClassValue)):
                self._remember(model)

    def _remember(self, model: ClassDecl | None) -> None:
        known = self.evaluator.schema.models.get(model) if model is not None else None
        if known is not None and known.label not in self.deleted:
            self.deleted.append(known.label)

    # --- one site -----------------------------------------------------------------------------------------------

    def _note(self, node: syntax.Call, bases: Values, name: str, args: Arguments, frame: Frame) -> None:
        assert isinstance(node.func, syntax.Attribute)
        base_node = node.func.value
        kind, value, guessed = self._classify(base_node, bases, args)
        model = self._label(value)
        query = value.query if isinstance(value, QuerySet) else Query()
        if isinstance(value, Manager):
            query = Query(filter="fk" if value.related else "none", fk=value.related)
        loops = frame.around.loops
        root = _root(base_node)
        parameter = root in self.parameters and (model is None or guessed)
        in_batcher = frame.function is not None and self._names_batcher(frame.function.dotted)
        batched = kind == "queryset" and (in_batcher or (bool(loops) and (query.chunk or query.sliced)))
        site = DeleteSite(
            place=frame.place(node.func.line, node.func.column, to_end=True),
            kind=kind,
            method=name,  # type: ignore[arg-type]
            model=model,
            scope=self.scope,
            guessed=guessed,
            batched=batched,
            unbounded=kind == "queryset" and query.filter not in ("pk", "unique") and not (query.bounded or in_batcher),
            in_loop=bool(loops) and kind != "other",
            loop=self._loop(frame) if kind != "other" else None,
            filter=query.filter if kind == "queryset" else "unknown",
            only=query.only,
            defer=query.defer,
            values=query.values,
            sliced=any(isinstance(base, QuerySet) and base.query.sliced for base in bases),
            distinct=any(isinstance(base, QuerySet) and base.query.distinct for base in bases),
            muted=frame.around.muted,
            muted_at=frame.around.muted_at,
            muted_call=frame.around.muted_call,
            override_super=any(isinstance(base, Super) for base in bases) and kind != "other",
            keep_parents=args.keyword("keep_parents") is not None,
            leaf_first=tuple(self.deleted),
            of_parent=query.fk is not None,
            queryset_override=isinstance(value, (QuerySet, Manager)) and overrides_delete(value, self.evaluator),
            soft=kind == "instance" and isinstance(value, Instance) and self._is_soft(value.decl),
        )
        self.sites.append(_Site(site, root, parameter, False))
        if kind == "queryset" and isinstance(value, (QuerySet, Manager)):
            self._remember(value.model)

    def _classify(self, node: syntax.Expr, bases: Values, args: Arguments) -> tuple[SiteKind, Value | None, bool]:
        """Kind, the value that is deleted, and whether that rests on a name alone."""
        ranked: list[tuple[int, str, SiteKind, Value]] = []
        schema = self.evaluator.schema
        full = frozenset(b for b in bases if not (isinstance(b, QuerySet) and b.query.empty))
        for base in full or bases:
            value: Value = base
            if isinstance(base, Super):
                value = base.bound
                if (
                    isinstance(value, Instance)
                    and not schema.is_model(value.decl)
                    and self._mixed_into_model(value.decl)
                ):
                    value = AnyInstance()
            if isinstance(value, (QuerySet, Manager)):
                known = value.model is not None or value.through is not None
                ranked.append((0 if known and not value.guess else 3, spelled(value), "queryset", value))
            elif isinstance(value, Instance) and schema.is_model(value.decl):
                ranked.append((4 if value.guess else 1, spelled(value), "instance", value))
            elif self._is_collector(value):
                ranked.append((2, "", "instance", value))
            elif isinstance(value, AnyInstance):
                ranked.append((5, "", "instance", value))
            elif isinstance(value, ClassValue) and schema.is_model(value.decl) and args.positional:
                ranked.append((2, spelled(value), "instance", Instance(value.decl)))
            else:
                ranked.append((6, spelled(value), "other", value))
        if ranked:
            rank, _, kind, value = min(ranked, key=lambda item: item[:2])
            refused = bool(args.positional) if isinstance(value, QuerySet) else _refused(args)
            if rank >= 3 and refused and not self._accepts(value, args):
                return "other", None, False
            return kind, value, getattr(value, "guess", False)
        name = _last_name(node).lower()
        if name.endswith(("queryset", "_qs")) or name == "qs":
            return "queryset", QuerySet(None, query=Query(filter="unknown")), True
        if _refused(args) or _NOT_ROWS.search(name) or name in _NOT_ROWS_WORDS:
            return "other", None, True
        return "instance", None, True

    def _is_soft(self, decl: ClassDecl) -> bool:
        """Whether a model's own ``delete()`` leaves the row where it is: it never hands on to another delete."""
        function = self.evaluator.project.find_method(decl, "delete")
        if function is None or function.block is None:
            return False
        text = function.module.file.between(function.block.line, function.block.end)
        return not _CALL.search(text) and "collector" not in text.lower()

    def _mixed_into_model(self, decl: ClassDecl) -> bool:
        """Whether a class that is no model itself is a base of one."""
        return any(self.evaluator.schema.is_model(child) for child in self.evaluator.project.subclasses(decl))

    def _accepts(self, value: Value, args: Arguments) -> bool:
        """Whether the model's own ``delete`` takes arguments like these."""
        decl = self.evaluator.calls.model_of(value)
        function = self.evaluator.project.find_method(decl, "delete") if decl is not None else None
        if function is None or args.positional:
            return False
        names = {param.name for param in function.node.params}
        return any(param.kind == "kwargs" for param in function.node.params) or all(
            k in names for k, _ in args.keywords
        )

    def _is_collector(self, value: Value) -> bool:
        """Django's own Collector deletes instances, of whatever models."""
        dotted = [value.dotted] if isinstance(value, External) else []
        if isinstance(value, Instance):
            dotted = self.evaluator.project.external_bases(value.decl)
        return any(name == "django.db.models.deletion.Collector" for name in dotted)

    def _label(self, value: Value | None) -> str | None:
        if isinstance(value, (QuerySet, Manager)) and value.through is not None:
            if isinstance(value, QuerySet) or value.related is None:
                if value.model is None:
                    return value.through
        decl = self.evaluator.calls.model_of(value) if value is not None else None
        if decl is None:
            return None
        model = self.evaluator.schema.models.get(decl)
        if model is None:
            model = self.evaluator.schema.add(decl)
        if model.abstract:
            concrete = self.evaluator.schema.concrete_of(decl)
            if concrete is not None:
                return self.evaluator.schema.models[concrete].label
            return None if model.decl.known is not None else model.label
        return model.label

    def _loop(self, frame: Frame) -> Loop | None:
        if not frame.around.loops:
            return None
        loop = frame.around.loops[-1]
        model: ClassDecl | None = None
        for value in ordered(loop.values):
            if isinstance(value, (QuerySet, Manager)):
                model = model or value.model
            elif isinstance(value, ListOf):
                model = model or value.source
        known = self.evaluator.schema.models.get(model) if model is not None else None
        return Loop(loop.place, known.label if known is not None else None, whole(loop.values, self.evaluator))

    def finished(self) -> list[_Site]:
        """The sites, with those of a batch helper marked: what it deletes outside of its loop is the small rest."""
        batched = {found.site.model for found in self.sites if found.site.batched}
        for found in self.sites if batched else ():
            site = found.site
            rest = found.root in self.parameters or (site.filter == "pk-in" and site.model in batched)
            if site.kind == "queryset" and not site.batched and rest:
                found.site = replace(site, batched=True, unbounded=False)
        for found in self.sites:
            if found.site.batched:
                found.site = replace(found.site, unbounded=False)
        return self.sites


def _refused(args: Arguments) -> bool:
    """Arguments that no ``delete`` of the ORM takes."""
    return bool(args.positional) or any(name not in _KEYWORDS for name, _ in args.keywords)


def _root(node: syntax.Expr) -> str:
    while True:
        if isinstance(node, syntax.Name):
            return node.id
        if isinstance(node, syntax.Call):
            node = node.func
        elif isinstance(node, (syntax.Attribute, syntax.Subscript, syntax.Await, syntax.Starred)):
            node = node.value
        else:
            return ""


def _last_name(node: syntax.Expr) -> str:
    while True:
        if isinstance(node, syntax.Name):
            return node.id
        if isinstance(node, syntax.Attribute):
            return node.name
        if isinstance(node, syntax.Call):
            node = node.func
        elif isinstance(node, (syntax.Subscript, syntax.Await)):
            node = node.value
        else:
            return ""


def _better(site: DeleteSite, known: DeleteSite) -> bool:
    return (site.model is not None, not site.guessed) > (known.model is not None, not known.guessed)


def _blocks(module: Module) -> Iterator[tuple[Block, ClassDecl | None]]:
    """Blocks that hold code of their own, with the class whose body they stand in."""
    for block in module.blocks:
        if block.kind in ("function", "statement"):
            yield block, None
        elif block.kind == "compound" and not block.children:
            yield block, None
    todo = list(module.classes.values())
    while todo:
        owner = todo.pop()
        todo.extend(owner.classes.values())
        if owner.block is None:
            continue
        stack = list(owner.block.children)
        while stack:
            block = stack.pop()
            if block.kind == "compound":
                stack.extend(block.children)
            elif block.kind in ("function", "statement"):
                yield block, owner
