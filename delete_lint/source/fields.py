"""The fields of a model: read off its class body, those of its abstract bases included."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from msgspec import Struct
from msgspec.structs import replace

from delete_lint.catalog.fields import FieldClass, FieldKind, field_class, named_field_class
from delete_lint.catalog.models import KnownField, swappable_default
from delete_lint.graph.model import BUILTIN_HANDLERS
from delete_lint.graph.place import Place
from delete_lint.source import syntax
from delete_lint.source.declarations import ClassDecl, flat_statements
from delete_lint.source.frame import Frame
from delete_lint.source.syntax import Expr
from delete_lint.source.values import ClassValue, Constant, External, Function, LambdaValue, Values, ordered

if TYPE_CHECKING:
    from delete_lint.source.evaluate import Evaluator
    from delete_lint.source.schema import ModelDecl

_CASCADE = re.compile("CASCADE")

Kind = Literal["plain", "virtual", "fk", "o2o", "m2m", "generic_relation", "generic_fk", "file"]

#: Positions of arguments that relation fields take without a keyword (``django/db/models/fields/related.py``).
_POSITIONS = {"to": 0, "on_delete": 1, "related_name": 2}


class FieldDecl(Struct, frozen=True, kw_only=True):
    """One field as it is on one model (an inherited one has the targets and names it gets there)."""

    name: str
    kind: Kind
    type: str
    large: bool = False
    target: ClassDecl | None = None
    related_name: str | None = None
    on_delete: str = "CASCADE"
    wraps_cascade: bool = False
    null: bool = False
    to_field: str | None = None
    through: ClassDecl | None = None
    db_constraint: bool = True
    primary_key: bool = False
    unique: bool = False
    parent_link: bool = False
    place: Place | None = None


class _FieldCall(Struct, frozen=True):
    """A field's constructor call, the frame to evaluate its arguments in, what the field's class adds to them."""

    node: syntax.Call
    frame: Frame
    known: FieldClass
    type: str
    defaults: dict[str, tuple[Expr, Frame]]

    @property
    def kind(self) -> Kind:
        return _plain(self.known.kind)

    @property
    def large(self) -> bool:
        return self.known.kind == "large"


class Fields:
    """Reads the fields of models."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator
        #: What the settings say that field classes (or functions that make a field) stand for.
        self.stand_ins = evaluator.field_classes
        self._calls: dict[ClassDecl, dict[str, _FieldCall | None]] = {}

    def fill(self, model: ModelDecl) -> None:
        """Find the model's own fields: those of its body and of its abstract bases and mixins."""
        if model.proxy:
            return
        project = self.evaluator.project
        inherited = {base for parent in model.parents for base in project.mro(parent)}
        for base in reversed(project.mro(model.decl)):
            if not isinstance(base, ClassDecl) or base in inherited:
                continue
            if base.known is not None:
                for field in base.known.fields:
                    self._add_known(model, field)
                continue
            for name, call in self._field_calls(base).items():
                if call is None:
                    model.fields.pop(name, None)
                else:
                    model.fields[name] = self._field(model, base, name, call)

    # --- finding fields -----------------------------------------------------------------------------------------

    def _field_calls(self, decl: ClassDecl) -> dict[str, _FieldCall | None]:
        """Names of a class body that are fields; None for a name that takes an inherited field away."""
        found = self._calls.get(decl)
        if found is None:
            assert decl.module is not None
            found = {}
            frame = Frame(decl.module, owner=decl)
            for name, assigned in decl.attributes.items():
                value = assigned[-1].value
                if isinstance(value, syntax.Constant) and value.value is None:
                    found[name] = None
                for candidate in assigned:
                    call = self.field_call(candidate.value, frame) if candidate.value is not None else None
                    if call is not None:
                        found[name] = call
            self._calls[decl] = found
        return found

    def field_call(self, node: Expr, frame: Frame, depth: int = 0) -> _FieldCall | None:
        """The field that an expression makes: a field class called, alone or inside the call of a wrapper."""
        if not isinstance(node, syntax.Call) or depth > 3:
            return None
        for value in ordered(self.evaluator.eval(node.func, frame)):
            if isinstance(value, External):
                known = self._known(value.dotted)
                if known is not None:
                    return _FieldCall(node, frame, known, value.dotted, {})
            elif isinstance(value, ClassValue):
                found = self._of_class(value.decl, node, frame)
                if found is not None:
                    return found
            elif isinstance(value, Function):
                found = self._made_by(value, node, frame) or self._returned(value, depth)
                if found is not None:
                    return found
        for arg in node.args:
            found = self.field_call(arg.value, frame, depth + 1)
            if found is not None:
                return found
        return None

    def _of_class(self, decl: ClassDecl, node: syntax.Call, frame: Frame) -> _FieldCall | None:
        for base in self.evaluator.project.mro(decl):
            known = self._stand_in(base.dotted) if isinstance(base, ClassDecl) else self._known(base.dotted)
            if known is not None:
                return _FieldCall(node, frame, known, decl.dotted, dict(self._defaults(decl)))
        return None

    def _known(self, dotted: str) -> FieldClass | None:
        return self._stand_in(dotted) or field_class(dotted)

    def _stand_in(self, dotted: str) -> FieldClass | None:
        name = self.stand_ins.get(dotted)
        return named_field_class(name) if name is not None else None

    def _returned(self, value: Function, depth: int) -> _FieldCall | None:
        """A function of the project that makes a field: the field that it returns."""
        decl = value.decl
        for statement in flat_statements(decl.node.body):
            if isinstance(statement, syntax.Return) and isinstance(statement.value, syntax.Call):
                found = self.field_call(statement.value, Frame(decl.module), depth + 1)
                if found is not None:
                    return found
        return None

    def _made_by(self, value: Function, node: syntax.Call, frame: Frame) -> _FieldCall | None:
        known = self._stand_in(value.decl.dotted)
        return _FieldCall(node, frame, known, value.decl.dotted, {}) if known is not None else None

    def _defaults(self, decl: ClassDecl) -> Iterator[tuple[str, tuple[Expr, Frame]]]:
        """Arguments that a project's field class fills in by itself in ``__init__``."""
        function = self.evaluator.project.find_method(decl, "__init__")
        if function is None:
            return
        frame = Frame(function.module)
        for param in function.node.params:
            if param.default is not None:
                yield param.name, (param.default, frame)
        for statement in flat_statements(function.node.body):
            if isinstance(statement, syntax.Assign):
                for target in statement.targets:
                    if isinstance(target, syntax.Subscript) and isinstance(target.index, syntax.Constant):
                        yield str(target.index.value), (statement.value, frame)
            call = statement.value if isinstance(statement, (syntax.ExprStmt, syntax.Assign)) else None
            if not isinstance(call, syntax.Call) or not isinstance(call.func, syntax.Attribute):
                continue
            if call.func.name == "setdefault" and len(call.args) == 2:
                key = call.args[0].value
                if isinstance(key, syntax.Constant):
                    yield str(key.value), (call.args[1].value, frame)
            elif call.func.name == "__init__":
                for position, arg in enumerate(call.args):
                    if arg.keyword is not None:
                        yield arg.keyword, (arg.value, frame)
                    elif not arg.star:
                        for name, index in _POSITIONS.items():
                            if index == position and not isinstance(arg.value, syntax.Name):
                                yield name, (arg.value, frame)

    # --- reading one field --------------------------------------------------------------------------------------

    def _field(self, model: ModelDecl, owner: ClassDecl, name: str, call: _FieldCall) -> FieldDecl:
        module = call.frame.module if owner.module is None else owner.module
        position = owner.attributes[name][-1]
        field = FieldDecl(
            name=name,
            kind=call.kind,
            type=call.type.rpartition(".")[2],
            large=call.large,
            place=module.place(position.line, position.column),
            null=self._flag(call, "null", default=call.known.null),
            primary_key=self._flag(call, "primary_key"),
            unique=self._flag(call, "unique") or self._flag(call, "primary_key") or call.kind == "o2o",
        )
        if call.kind == "generic_relation":
            return replace(field, target=self._generic_target(model, call))
        if call.kind not in ("fk", "o2o", "m2m"):
            return field
        on_delete, wraps = self._on_delete(call)
        through = self._expression(call, "through")
        return replace(
            field,
            target=self._target(model, *self._expression(call, "to")) or self._known_target(model, call.known.to),
            related_name=self._text(call, "related_name"),
            on_delete=on_delete,
            wraps_cascade=wraps,
            to_field=self._text(call, "to_field"),
            through=self._target(model, *through) if through[0] is not None else None,
            db_constraint=self._flag(call, "db_constraint", default=True),
            parent_link=self._flag(call, "parent_link"),
        )

    def _add_known(self, model: ModelDecl, known: KnownField) -> None:
        model.fields[known.name] = FieldDecl(
            name=known.name,
            kind=_plain(known.kind),
            type=known.type.rpartition(".")[2],
            large=known.kind == "large",
            target=self._known_target(model, known.to) or self._subclass_target(model, known.to_subclass_of),
            related_name=known.related_name,
            on_delete=known.on_delete or "CASCADE",
            null=known.null,
            unique=known.primary_key or known.kind == "o2o",
            primary_key=known.primary_key,
            through=self._known_target(model, known.through) or self._subclass_target(model, known.through_subclass_of),
            to_field=known.to_field,
            db_constraint=known.db_constraint,
            parent_link=known.parent_link,
        )

    def _known_target(self, model: ModelDecl, label: str | None) -> ClassDecl | None:
        return self._label_target(model, label) if label is not None else None

    def _subclass_target(self, model: ModelDecl, base: str | None) -> ClassDecl | None:
        """A target that the project makes: the class beside the model that inherits from a package's class."""
        if base is None or model.decl.module is None:
            return None
        for decl in model.decl.module.classes.values():
            for ancestor in self.evaluator.project.mro(decl):
                if isinstance(ancestor, ClassDecl) and ancestor.known is not None and ancestor.known.path == base:
                    return decl
        return None

    def _expression(self, call: _FieldCall, name: str) -> tuple[Expr | None, Frame]:
        """The argument of this name, as written in the call or filled in by the field's class."""
        for arg in call.node.args:
            if arg.keyword == name:
                return arg.value, call.frame
        position = _POSITIONS.get(name)
        if position is not None and call.kind == "m2m" and name != "to":
            position = None
        if position is not None and position < len(call.node.args):
            arg = call.node.args[position]
            if arg.keyword is None and not arg.star and not any(a.star for a in call.node.args[:position]):
                return arg.value, call.frame
        return call.defaults.get(name, (None, call.frame))

    def _values(self, call: _FieldCall, name: str) -> Values:
        expression, frame = self._expression(call, name)
        return self.evaluator.eval(expression, frame) if expression is not None else frozenset()

    def _flag(self, call: _FieldCall, name: str, default: bool = False) -> bool:
        for value in ordered(self._values(call, name)):
            if isinstance(value, Constant):
                return bool(value.value)
        return default

    def _text(self, call: _FieldCall, name: str) -> str | None:
        for value in ordered(self._values(call, name)):
            if isinstance(value, Constant) and isinstance(value.value, str):
                return value.value
        return None

    def _target(self, model: ModelDecl, expression: Expr | None, frame: Frame) -> ClassDecl | None:
        """The model that a relation's ``to`` (or ``through``) names."""
        if expression is None:
            return None
        for value in ordered(self.evaluator.eval(expression, frame)):
            if isinstance(value, ClassValue):
                return value.decl
            if isinstance(value, Constant) and isinstance(value.value, str):
                return self._label_target(model, value.value)
            if isinstance(value, External):
                if value.dotted == "django.conf.settings.AUTH_USER_MODEL":
                    return self.evaluator.schema.user_model()
                if value.dotted.startswith("django.conf.settings."):
                    label = self.evaluator.apps.setting(value.dotted.rpartition(".")[2])
                    return self._label_target(model, label) if label else None
        return None

    def _label_target(self, model: ModelDecl, label: str) -> ClassDecl | None:
        if label == "self":
            return model.decl
        if label.startswith("settings."):
            name = label.partition(".")[2]
            label = self.evaluator.apps.setting(name) or swappable_default(name) or label
        return self.evaluator.schema.by_label(label, model.app_label)

    def _generic_target(self, model: ModelDecl, call: _FieldCall) -> ClassDecl | None:
        expression, frame = self._expression(call, "to")
        found = self._target(model, expression, frame)
        if found is None:
            through = self._expression(call, "through")
            found = self._target(model, *through) if through[0] is not None else None
        return found or self._known_target(model, call.known.through or call.known.to)

    def _on_delete(self, call: _FieldCall) -> tuple[str, bool]:
        """The handler's name, and for a project's own function whether it calls ``CASCADE``."""
        expression, frame = self._expression(call, "on_delete")
        if expression is None:
            return call.known.on_delete or "CASCADE", False
        names: list[tuple[str, bool]] = []
        for value in ordered(self.evaluator.eval(expression, frame)):
            if isinstance(value, External):
                last = value.dotted.rpartition(".")[2]
                if last == "SET":
                    return self._set_kind(expression, frame), False
                names.append((last if last in BUILTIN_HANDLERS else value.dotted, False))
            elif isinstance(value, Function):
                names.append((value.decl.dotted, self._mentions_cascade(value)))
            elif isinstance(value, ClassValue):
                names.append((value.decl.dotted, False))
        if not names:
            name = expression.name if isinstance(expression, syntax.Attribute) else ""
            return (name if name in BUILTIN_HANDLERS else "CASCADE"), False
        names.sort(key=lambda pair: pair[0].startswith("DB_") is not self.evaluator.django.at_least(6, 1))
        return names[0]

    def _mentions_cascade(self, value: Function) -> bool:
        block = value.decl.block
        if block is None:
            return False
        return value.decl.module.file.holds(_CASCADE, block.start - 1, block.end)

    def _set_kind(self, expression: Expr, frame: Frame) -> str:
        """``SET(x)``: Django calls ``x`` when it is callable."""
        if isinstance(expression, syntax.Call) and expression.args:
            argument = expression.args[0].value
            for value in ordered(self.evaluator.eval(argument, frame)):
                if isinstance(value, (Function, LambdaValue, ClassValue, External)):
                    return "SET_CALLABLE"
        return "SET_VALUE"


def _plain(kind: FieldKind) -> Kind:
    """The kind without the distinction of large columns."""
    return "plain" if kind == "large" or kind == "column" else kind
