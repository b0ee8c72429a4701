"""What an attribute of a value stands for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from delete_lint.source import syntax
from delete_lint.source.annotations import annotation
from delete_lint.source.arguments import NO_ARGUMENTS
from delete_lint.source.declarations import ClassDecl, FunctionDecl, flat_statements
from delete_lint.source.frame import Frame
from delete_lint.source.values import (
    UNKNOWN,
    AnyInstance,
    ClassValue,
    Constant,
    DictOf,
    External,
    FieldFile,
    FieldValue,
    Function,
    Instance,
    Key,
    ListOf,
    Manager,
    ModuleValue,
    Query,
    QuerySet,
    Super,
    TaskMethod,
    Through,
    Value,
    Values,
    join,
    one,
)

if TYPE_CHECKING:
    from delete_lint.source.evaluate import Evaluator

#: Attributes that hold a manager, whatever class they are on.
MANAGER_NAMES = frozenset({"objects", "_default_manager", "_base_manager", "all_objects"})
#: So many overrides of an abstract method are followed.
MOST_OVERRIDES = 8
#: Attributes of generic classes that a package's class leaves for the project to fill.
_GENERIC = frozenset({"queryset", "object", "instance", "model", "object_list", "form", "cleaned_data", "user"})
_META = External("django.db.models.options.Options")


class Attributes:
    """Attribute access on every kind of value."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator
        self._set_in_methods: dict[tuple[ClassDecl, str], Values] = {}
        self._active: set[tuple[ClassDecl, str]] = set()
        """Attributes that are being evaluated: one that is made of itself ends here."""

    def forget(self) -> None:
        self._set_in_methods.clear()

    def get(self, value: Value, name: str, node: syntax.Attribute | None, frame: Frame) -> Values:
        """The values of ``value.name``; ``node`` is given when a trace may want to hear of the access."""
        if isinstance(value, ModuleValue):
            return self._of_module(value, name)
        if isinstance(value, External):
            return self._of_external(value, name)
        if isinstance(value, ClassValue):
            return self._of_class(value, name, frame)
        if isinstance(value, Instance):
            return self._of_instance(value, name, node, frame)
        if isinstance(value, Function):
            return one(TaskMethod(value, name))
        if isinstance(value, (Manager, QuerySet)):
            return self._of_queryset(value, name, node, frame)
        if isinstance(value, FieldFile):
            return one(External(f"django.db.models.fields.files.FieldFile.{name}"))
        if isinstance(value, FieldValue):
            return self._of_field(value, name)
        if isinstance(value, Super):
            return self._of_super(value, name)
        if isinstance(value, AnyInstance):
            if name in ("pk", "id"):
                return one(Key(value))
            guesses = self.evaluator.schema.guesses
            return one(_META) if name == "_meta" else guesses.by_attribute_name(name, frame.module)
        if isinstance(value, ListOf) and name in ("object_list", "queryset"):
            return one(value)
        if isinstance(value, DictOf):
            return UNKNOWN
        if isinstance(value, Through) and name in MANAGER_NAMES:
            return one(Manager(None, through=value.label))
        return UNKNOWN

    def of_unknown(self, node: syntax.Attribute, frame: Frame) -> Values:
        """An attribute of something unknown: a few names speak for themselves."""
        name = node.name
        schema = self.evaluator.schema
        if name in MANAGER_NAMES:
            return one(Manager(None))
        if name == "user" and syntax.last_name(node.value) in ("request", "_request", "req"):
            user = schema.user_model()
            return one(Instance(user)) if user is not None else UNKNOWN
        return schema.guesses.by_attribute_name(name, frame.module) or schema.guesses.by_role(name, frame.owner)

    def _of_module(self, value: ModuleValue, name: str) -> Values:
        module = value.module
        found = self.evaluator.global_name(module, name)
        if found and not all(isinstance(v, External) and v.dotted.startswith("builtins.") for v in found):
            return found
        if self.evaluator.project.is_package(f"{module.name}.{name}"):
            return self.evaluator.project.imported(f"{module.name}.{name}", None)
        return UNKNOWN

    def _of_external(self, value: External, name: str) -> Values:
        dotted = f"{value.dotted}.{name}"
        if self.evaluator.project.is_package(dotted):
            return self.evaluator.project.imported(dotted, None)
        if name in MANAGER_NAMES and _may_be_model(value.dotted):
            is_class = value.dotted.rpartition(".")[2][:1].isupper()
            return one(Manager(self.evaluator.project.guessed_model(value.dotted) if is_class else None))
        if name == "user" and value.dotted.endswith(("Request", "request")):
            user = self.evaluator.schema.user_model()
            return one(Instance(user)) if user is not None else UNKNOWN
        return self.evaluator.project.external(dotted)

    # --- classes ------------------------------------------------------------------------------------------------

    def _of_class(self, value: ClassValue, name: str, frame: Frame) -> Values:
        decl = value.decl
        evaluator = self.evaluator
        schema = evaluator.schema
        if name == "_meta":
            return self._meta(decl)
        is_model = schema.is_model(decl)
        if is_model and schema.ready and schema.field(decl, name) is not None:
            return one(FieldValue(decl, name))
        for base in evaluator.project.mro(decl):
            if not isinstance(base, ClassDecl):
                continue
            if name in base.functions:
                function = base.functions[name]
                return one(Function(function, value if function.is_classmethod else None))
            if name in base.classes:
                return one(ClassValue(base.classes[name]))
            if base.binds(name):
                found = self.class_attribute(base, name)
                if is_model:
                    found = self._as_manager(found, decl)
                    if name in MANAGER_NAMES and not any(isinstance(value, Manager) for value in found):
                        return one(Manager(decl))
                return found
        if is_model:
            if name in MANAGER_NAMES or name.endswith("_objects"):
                return one(Manager(decl))
            if name in ("DoesNotExist", "MultipleObjectsReturned"):
                return one(External(f"django.core.exceptions.{name}"))
            if schema.ready and schema.accessor(decl, name) is not None:
                return one(FieldValue(decl, name))
        if decl.known is not None:
            return one(External(f"{decl.dotted}.{name}"))
        if name in ("model", "queryset", "_meta"):
            return self._generic_attribute(Instance(decl), name)
        if name == "as_manager" or name == "from_queryset":
            return UNKNOWN
        external = evaluator.project.external_bases(decl)
        return one(External(f"{external[0]}.{name}")) if external and not is_model else UNKNOWN

    def _meta(self, decl: ClassDecl) -> Values:
        """``_meta`` of a model is Django's; of a serializer, form or mutation the nearest it has is ``Meta``."""
        if not self.evaluator.schema.is_model(decl):
            meta = self.evaluator.schema.subjects.meta_class(decl)
            if meta is not None:
                return one(ClassValue(meta))
        return one(_META)

    def _as_manager(self, values: Values, model: ClassDecl) -> Values:
        """Class attributes of a model that are managers, tied to the model."""
        found: set[Value] = set()
        for value in values:
            if isinstance(value, Manager):
                found.add(Manager(model, value.decl, value.queryset, exposes=value.exposes))
            elif isinstance(value, Instance) and self.evaluator.schema.managers.is_manager(value.decl):
                queryset = self.evaluator.schema.managers.queryset_of_manager(value.decl)
                found.add(Manager(model, value.decl, queryset))
            elif isinstance(value, External) and "anager" in value.dotted:
                found.add(Manager(model))
            else:
                found.add(value)
        return frozenset(found)

    def class_attribute(self, decl: ClassDecl, name: str) -> Values:
        """What a class-level assignment (or, failing that, its annotation) says."""
        assert decl.module is not None
        key = (decl, name)
        if key in self._active:
            return UNKNOWN
        self._active.add(key)
        try:
            frame = Frame(decl.module, owner=decl)
            found = []
            for assigned in decl.attributes[name]:
                values = self.evaluator.eval(assigned.value, frame) if assigned.value is not None else UNKNOWN
                if (not values or _only_none(values)) and assigned.annotation is not None:
                    values = annotation(assigned.annotation, frame, self.evaluator) or values
                found.append(values)
            return join(*found)
        finally:
            self._active.discard(key)

    # --- instances ----------------------------------------------------------------------------------------------

    def _of_instance(self, value: Instance, name: str, node: syntax.Attribute | None, frame: Frame) -> Values:
        decl = value.decl
        schema = self.evaluator.schema
        is_model = schema.is_model(decl)
        if is_model and schema.ready:
            if name in ("pk", "id") or (schema.is_primary_key(decl, name) and not schema.is_foreign_key(decl, name)):
                return one(Key(value))
            if name.endswith("_id"):
                parent = schema.accessor(decl, name.removesuffix("_id"))
                if parent is not None and parent.kind == "row" and parent.model is not None:
                    return one(Key(Instance(parent.model, via=(decl, parent.name))))
            if frame.trace is not None and schema.field(decl, name) is not None:
                frame.trace.read(value, name, frame)
            accessor = schema.accessor(decl, name)
            if accessor is not None:
                if frame.trace is not None and node is not None:
                    frame.trace.accessor(node, value, accessor, frame)
                return schema.accessor_values(accessor, value)
        for attribute, values in value.state:
            if attribute == name:
                return values
        if name == "__class__":
            return one(ClassValue(decl))
        if name == "_meta":
            return self._meta(decl)
        for base in self.evaluator.project.mro(decl):
            if not isinstance(base, ClassDecl):
                continue
            function = base.functions.get(name)
            if function is not None:
                bound = Function(
                    function, None if function.is_static else ClassValue(decl) if function.is_classmethod else value
                )
                if function.is_property:
                    return self._property(bound, node, frame)
                if _is_abstract(function):
                    return frozenset(self._overrides(base, name, value)) or one(bound)
                return one(bound)
            if base.binds(name):
                found = frozenset(v for v in self.class_attribute(base, name) if not _is_flag(v))
                if found:
                    return self._as_manager(found, decl) if is_model else found
                break
        if not is_model:
            found = self._set_by_methods(decl, name)
            if found and not _only_none(found):
                return found
            generic = self._generic_attribute(value, name)
            if generic:
                return generic
            external = self.evaluator.project.external_bases(decl)
            if external and decl.module is not None and not decl.binds(name):
                return self._inherited(external, name)
            return schema.guesses.by_attribute_name(name, frame.module)
        return UNKNOWN

    def _overrides(self, decl: ClassDecl, name: str, value: Instance) -> Iterator[Value]:
        """What subclasses do in the place of a method that only raises ``NotImplementedError``."""
        for child in self.evaluator.project.subclasses(decl)[:MOST_OVERRIDES]:
            function = child.functions.get(name)
            if function is not None:
                yield Function(function, Instance(child))

    def _inherited(self, external: list[str], name: str) -> Values:
        """A method that a package's class brings: known by that class's name, unless it is `object`."""
        if name in _GENERIC:
            return UNKNOWN
        for base in external:
            if not base.startswith(("builtins.object", "typing.", "abc.")):
                return one(External(f"{base}.{name}"))
        return UNKNOWN

    def _property(self, function: Function, node: syntax.Attribute | None, frame: Frame) -> Values:
        call = syntax.Call(node, [], node.line, node.column) if node is not None else None
        return self.evaluator.invocation.invoke(function, NO_ARGUMENTS, call, frame)

    def _set_by_methods(self, decl: ClassDecl, name: str) -> Values:
        """What methods of a class (``__init__`` first) assign to ``self.name``."""
        key = (decl, name)
        found = self._set_in_methods.get(key)
        if found is not None:
            return found
        self._set_in_methods[key] = UNKNOWN
        values: Values = UNKNOWN
        for base in self.evaluator.project.mro(decl):
            if not isinstance(base, ClassDecl) or base.module is None:
                continue
            needle = re.compile(re.escape(f"self.{name}"))
            for function in sorted(base.functions.values(), key=lambda f: f.name not in ("__init__", "__post_init__")):
                block = function.block
                if block is None or not base.module.file.holds(needle, block.start - 1, block.end):
                    continue
                values = join(values, self._assigned_in(function, name, decl))
                if values and not _only_none(values):
                    break
            if values and not _only_none(values):
                break
        self._set_in_methods[key] = values
        return values

    def _assigned_in(self, function: FunctionDecl, name: str, decl: ClassDecl) -> Values:
        target_name = function.node.params[0].name if function.node.params else "self"
        if not any(
            _assigns_attribute(statement, target_name, name) for statement in flat_statements(function.node.body)
        ):
            return UNKNOWN
        evaluator = self.evaluator
        if function in evaluator.walking:
            return UNKNOWN
        evaluator.walking.add(function)
        try:
            frame = evaluator.invocation.bind(Function(function, Instance(decl)), NO_ARGUMENTS, None)
            evaluator.flow.block(function.node.body, frame)
        finally:
            evaluator.walking.discard(function)
        return frame.names.get(f"{target_name}.{name}", UNKNOWN)

    def _generic_attribute(self, value: Instance, name: str) -> Values:
        """Attributes that Django's and DRF's generic classes set: ``self.object``, ``self.instance``, ``queryset`` …"""
        schema = self.evaluator.schema
        if name in ("object", "instance"):
            model = schema.subjects.model_behind(value.decl)
            return one(Instance(model)) if model is not None else UNKNOWN
        if name == "model":
            model = schema.subjects.model_behind(value.decl)
            return one(ClassValue(model)) if model is not None else UNKNOWN
        if name in ("queryset", "object_list"):
            model = schema.subjects.model_behind(value.decl)
            return one(QuerySet(model)) if model is not None else UNKNOWN
        if name == "request":
            return one(External("django.http.HttpRequest"))
        return UNKNOWN

    # --- querysets, fields, super -------------------------------------------------------------------------------

    def _of_queryset(self, value: Manager | QuerySet, name: str, node: syntax.Attribute | None, frame: Frame) -> Values:
        evaluator = self.evaluator
        if name == "model":
            return one(ClassValue(value.model)) if value.model is not None else UNKNOWN
        if name == "through" and isinstance(value, Manager):
            if value.through_model is not None:
                return one(ClassValue(value.through_model))
            return one(Through(value.through)) if value.through else UNKNOWN
        if name == "instance":
            return UNKNOWN
        function = evaluator.schema.managers.queryset_function(value, name)
        if function is not None:
            bound = Function(function, value)
            return self._property(bound, node, frame) if function.is_property else one(bound)
        return UNKNOWN

    def _of_field(self, value: FieldValue, name: str) -> Values:
        schema = self.evaluator.schema
        accessor = schema.accessor(value.model, value.name)
        if accessor is None:
            return UNKNOWN
        if name == "through":
            return schema.through_values(accessor)
        if name in ("field", "rel"):
            return one(value)
        if name in ("related_model", "model", "remote_field"):
            return one(ClassValue(accessor.model)) if accessor.model is not None else UNKNOWN
        return UNKNOWN

    def _of_super(self, value: Super, name: str) -> Values:
        evaluator = self.evaluator
        bound = value.bound
        start = value.decl
        if isinstance(bound, (Instance, ClassValue)):
            start = bound.decl
        elif isinstance(bound, Manager):
            start = bound.decl or bound.queryset or value.decl
        elif isinstance(bound, QuerySet):
            start = bound.decl or value.decl
        function = evaluator.project.find_method(start, name, after=value.decl)
        if function is not None:
            return one(Function(function, bound))
        if isinstance(bound, (Manager, QuerySet)):
            return UNKNOWN
        if isinstance(bound, Instance):
            return self._generic_attribute(bound, name)
        return UNKNOWN

    def query_of_super(self, value: Super) -> Manager | QuerySet | None:
        """The manager or queryset on whose behalf ``super()`` speaks."""
        bound = value.bound
        if isinstance(bound, QuerySet):
            return QuerySet(bound.model, None, bound.query, bound.through)
        if isinstance(bound, Manager):
            return Manager(bound.model, None, None, bound.related, bound.through)
        return None

    def rows_of(self, model: ClassDecl | None) -> Values:
        return one(QuerySet(model, query=Query(filter="unknown"))) if model is not None else UNKNOWN


def _is_abstract(function: FunctionDecl) -> bool:
    """Whether a method does nothing but raise ``NotImplementedError`` (or hold an abstract method's empty body)."""
    body = function.node.body
    if len(body) > 2 or not body:
        return False
    last = body[-1]
    if isinstance(last, syntax.Raise):
        exc = last.exc.func if isinstance(last.exc, syntax.Call) else last.exc
        return isinstance(exc, syntax.Name) and exc.id == "NotImplementedError"
    return "abstractmethod" in function.decorator_names


def _may_be_model(dotted: str) -> bool:
    """Whether ``.objects`` of something from a package is a manager: boto3's buckets have ``objects`` too."""
    parts = dotted.split(".")
    return "models" in parts or parts[0] == "django"


def _is_flag(value: Value) -> bool:
    """A constant that an instance or a subclass sets otherwise; only texts say something of their own."""
    return isinstance(value, Constant) and not isinstance(value.value, str)


def _only_none(values: Values) -> bool:
    return all(isinstance(value, Constant) for value in values)


def _assigns_attribute(statement: syntax.Stmt, target: str, name: str) -> bool:
    targets: list[syntax.Expr] = []
    if isinstance(statement, syntax.Assign):
        targets = statement.targets
    elif isinstance(statement, (syntax.AnnAssign, syntax.AugAssign)):
        targets = [statement.target]
    elif isinstance(statement, syntax.For):
        targets = [statement.target]
    elif isinstance(statement, syntax.With):
        targets = [item.target for item in statement.items if item.target is not None]
    for item in targets:
        parts = item.items if isinstance(item, syntax.Sequence) else [item]
        for part in parts:
            if (
                isinstance(part, syntax.Attribute)
                and part.name == name
                and isinstance(part.value, syntax.Name)
                and part.value.id == target
            ):
                return True
    return False
