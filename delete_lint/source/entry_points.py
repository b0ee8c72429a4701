"""Classes through which a request deletes: model admins, delete views, DRF viewsets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from delete_lint.graph.place import Place
from delete_lint.graph.site import EntryKind, EntryPoint
from delete_lint.source import syntax
from delete_lint.source.arguments import Arguments
from delete_lint.source.declarations import ClassDecl, Module
from delete_lint.source.frame import Frame
from delete_lint.source.trace import SilentTrace
from delete_lint.source.values import ClassValue, Constant, External, ListOf, Values, ordered

if TYPE_CHECKING:
    from delete_lint.source.evaluate import Evaluator

_REGISTER = re.compile("register")
_REGISTERS = re.compile(r"register\(")
_ADMIN = re.compile(r"(^|\.)\w*Admin$")
_DELETE_VIEW = re.compile(r"(^|\.)(DeleteView|DeletionMixin|BaseDeleteView)$")
_DRF = re.compile(
    r"(^|\.)(ModelViewSet|DestroyModelMixin|DestroyAPIView|RetrieveDestroyAPIView|RetrieveUpdateDestroyAPIView)$"
)
#: Methods and attributes by which a class takes the delete into its own hands.
_HANDLED: dict[EntryKind, frozenset[str]] = {
    "admin": frozenset({"has_delete_permission", "get_deleted_objects", "delete_model", "delete_queryset"}),
    "delete_view": frozenset({"form_valid", "delete", "post"}),
    "drf_destroy": frozenset({"perform_destroy", "destroy", "delete"}),
}
_NAMES = (
    "ModelAdmin", "DeleteView", "DeletionMixin", "BaseDeleteView", "ModelViewSet", "DestroyModelMixin",
    "DestroyAPIView", "RetrieveDestroyAPIView", "RetrieveUpdateDestroyAPIView", "UserAdmin",
)  # fmt: skip


class EntryPoints:
    """Finds the entry points of a project."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator

    def find(self) -> list[EntryPoint]:
        found = [*self._views(), *self._admins()]
        return sorted(found, key=lambda entry: (entry.place, entry.model))

    def _views(self) -> Iterator[EntryPoint]:
        project = self.evaluator.project
        names = sorted({name for base in _NAMES for name in project.possible_subclasses(base)})
        for name in names:
            for source, _ in project.class_names[name]:
                module = project.module_of(source)
                decl = module.classes.get(name) if module is not None else None
                if decl is None:
                    continue
                bases = project.external_bases(decl)
                kind: EntryKind
                if any(_DELETE_VIEW.search(base) for base in bases):
                    kind = "delete_view"
                elif any(_DRF.search(base) for base in bases):
                    kind = "drf_destroy"
                else:
                    continue
                model = self.evaluator.schema.subjects.model_behind(decl)
                if model is not None:
                    yield from self._entry(kind, decl, model)

    def _entry(self, kind: EntryKind, decl: ClassDecl, model: ClassDecl) -> Iterator[EntryPoint]:
        known = self.evaluator.schema.models.get(model)
        place = decl.place
        if known is None or known.abstract or place is None:
            return
        yield EntryPoint(
            kind=kind, name=decl.qualname, model=known.label, place=place, handled=self._handled(kind, decl)
        )

    def _handled(self, kind: EntryKind, decl: ClassDecl) -> bool:
        for base in self.evaluator.project.mro(decl):
            if not isinstance(base, ClassDecl):
                continue
            if any(name in base.functions for name in _HANDLED[kind]):
                return True
            if kind == "drf_destroy" and base.binds("http_method_names"):
                values = self.evaluator.attributes.class_attribute(base, "http_method_names")
                for value in values:
                    if isinstance(value, ListOf) and Constant("delete") not in value.element:
                        return True
            if kind == "admin" and base.binds("delete_confirmation_max_display"):
                return True
        return False

    def _admins(self) -> Iterator[EntryPoint]:
        project = self.evaluator.project
        for source in project.files_with(b"admin"):
            if not project.holds(source, b"register"):
                continue
            module = project.module_of(source)
            if module is None:
                continue
            for decl in module.classes.values():
                for node in decl.node.decorators if _decorated(module, decl) else ():
                    if isinstance(node, syntax.Call) and syntax.last_name(node.func) == "register":
                        args = self.evaluator.arguments(node, Frame(module))
                        for values in args.positional:
                            yield from self._registered(values, decl)
            yield from self._registrations(module)

    def _registrations(self, module: Module) -> Iterator[EntryPoint]:
        """``admin.site.register(Model, ModelAdmin)`` at the top level."""
        for block in module.blocks:
            if block.kind != "statement":
                continue
            if not module.file.holds(_REGISTERS, block.start - 1, block.end):
                continue
            trace = _RegisterTrace()
            self.evaluator.flow.block(module.file.statement(block), Frame(module, trace=trace))
            for args, place in trace.calls:
                classes = [value.decl for value in args.get(1, "admin_class") if isinstance(value, ClassValue)]
                for decl in classes:
                    yield from self._registered(args.get(0, "model_or_iterable"), decl)
                if len(args.positional) == 1 and not args.keywords:
                    yield from self._plain(args.positional[0], place)

    def _plain(self, values: Values, place: Place) -> Iterator[EntryPoint]:
        """``admin.site.register(Model)``: Django's own ``ModelAdmin``."""
        for value in ordered(values):
            for model in value.element if isinstance(value, ListOf) else (value,):
                known = self.evaluator.schema.models.get(model.decl) if isinstance(model, ClassValue) else None
                if known is not None and not known.abstract:
                    yield EntryPoint(kind="admin", name="ModelAdmin", model=known.label, place=place)

    def _registered(self, values: Values, admin: ClassDecl) -> Iterator[EntryPoint]:
        bases = self.evaluator.project.external_bases(admin)
        if not any(_ADMIN.search(base) for base in bases):
            return
        for value in ordered(values):
            models = value.element if isinstance(value, ListOf) else (value,)
            for model in models:
                if isinstance(model, ClassValue) and self.evaluator.schema.is_model(model.decl):
                    self.evaluator.schema.subjects.register(admin, model.decl)
                    yield from self._entry("admin", admin, model.decl)


class _RegisterTrace(SilentTrace):
    def __init__(self) -> None:
        self.calls: list[tuple[Arguments, Place]] = []

    def method_call(self, node: syntax.Call, bases: Values, name: str, args: Arguments, frame: Frame) -> None:
        if (
            name == "register"
            and syntax.last_name(node.func.value if isinstance(node.func, syntax.Attribute) else node) != ""
        ):
            if any(isinstance(base, External) and "admin" in base.dotted for base in bases):
                self.calls.append((args, frame.place(node.line, node.column, to_end=True)))


def _decorated(module: Module, decl: ClassDecl) -> bool:
    """Whether the lines above the ``class`` hold a ``register`` decorator; asked before anything is parsed."""
    if decl.block is None or decl.block.start == decl.block.line:
        return False
    return module.file.holds(_REGISTER, decl.block.start - 1, decl.block.line - 1)
