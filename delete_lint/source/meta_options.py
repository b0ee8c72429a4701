"""What a model's ``Meta`` says, its own and what it inherits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from delete_lint.source import syntax
from delete_lint.source.declarations import ClassDecl
from delete_lint.source.frame import Frame
from delete_lint.source.values import Constant

if TYPE_CHECKING:
    from delete_lint.source.evaluate import Evaluator
    from delete_lint.source.schema import ModelDecl


class MetaOptions:
    """Reads ``Meta`` classes."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator

    def own(self, decl: ClassDecl, name: str) -> str | None:
        meta = decl.classes.get("Meta")
        for assigned in meta.attributes.get(name, ()) if meta is not None else ():
            if isinstance(assigned.value, syntax.Constant) and isinstance(assigned.value.value, str):
                return assigned.value.value
        return None

    def read(self, model: ModelDecl) -> None:
        decl = model.decl
        if decl.known is not None:
            model.abstract = decl.known.abstract
            model.proxy = decl.known.proxy
            model.managed = decl.known.managed
            model.swappable = decl.known.swappable
            return
        meta = decl.classes.get("Meta")
        model.meta = meta or self._inherited(decl)
        for name in (
            "abstract",
            "proxy",
            "managed",
            "swappable",
            "base_manager_name",
            "app_label",
            "default_related_name",
        ):
            owner, assigned = self._option(decl, meta, name)
            if assigned is None or owner is None or owner.module is None:
                continue
            if name in ("abstract", "app_label") and owner is not meta:
                continue
            values = self.evaluator.eval(assigned, Frame(owner.module, owner=owner))
            value = next((v.value for v in values if isinstance(v, Constant)), None)
            if name == "abstract":
                model.abstract = value is True
            elif name == "proxy":
                model.proxy = value is True and owner is meta
            elif name == "managed":
                model.managed = value is not False
            elif name == "swappable":
                model.swappable = str(value) if value else None
            elif name == "default_related_name" and isinstance(value, str):
                model.default_related_name = value
            elif name == "base_manager_name" and isinstance(value, str):
                model.base_manager_name = value
                line = owner.attributes[name][-1]
                model.base_manager_place = (line.line, line.column)
        model.unique_sets = [*self._unique_together(decl, meta), *self._unique_constraints(decl, meta)]

    def _unique_together(self, decl: ClassDecl, meta: ClassDecl | None) -> Iterator[frozenset[str]]:
        """``unique_together``: one tuple of names, or several."""
        _, node = self._option(decl, meta, "unique_together")
        if isinstance(node, syntax.Sequence):
            inner = [item for item in node.items if isinstance(item, syntax.Sequence)]
            for sequence in inner or [node]:
                yield frozenset(_texts(sequence))

    def _unique_constraints(self, decl: ClassDecl, meta: ClassDecl | None) -> Iterator[frozenset[str]]:
        """``UniqueConstraint(fields=[…])`` without a condition."""
        _, node = self._option(decl, meta, "constraints")
        for item in node.items if isinstance(node, syntax.Sequence) else []:
            if not isinstance(item, syntax.Call) or any(arg.keyword == "condition" for arg in item.args):
                continue
            for arg in item.args:
                if arg.keyword == "fields" and isinstance(arg.value, syntax.Sequence):
                    yield frozenset(_texts(arg.value))

    def _inherited(self, decl: ClassDecl) -> ClassDecl | None:
        for base in self.evaluator.project.mro(decl)[1:]:
            if isinstance(base, ClassDecl) and base.known is None:
                if "Meta" in base.classes:
                    return base.classes["Meta"]
        return None

    def _option(
        self, decl: ClassDecl, meta: ClassDecl | None, name: str
    ) -> tuple[ClassDecl | None, syntax.Expr | None]:
        """An option of ``Meta`` and the class that sets it: its own, or one that it inherits (Django hands the
        ``Meta`` of an abstract parent down to a child without one)."""
        start = meta or self._inherited(decl)
        if start is None:
            return None, None
        for base in self.evaluator.project.mro(start):
            if isinstance(base, ClassDecl) and base.binds(name):
                return base, base.attributes[name][-1].value
        return None, None


def _texts(node: syntax.Sequence) -> list[str]:
    return [i.value for i in node.items if isinstance(i, syntax.Constant) and isinstance(i.value, str)]
