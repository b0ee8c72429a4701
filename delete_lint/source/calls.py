"""What a call gives: methods by what they are called on, functions by what they are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec.structs import replace

from delete_lint.catalog.tasks import dispatch_kind, gives_task
from delete_lint.source import syntax
from delete_lint.source.annotations import annotation
from delete_lint.source.arguments import NO_ARGUMENTS, Arguments, constant_text
from delete_lint.source.declarations import ClassDecl
from delete_lint.source.frame import Frame
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
    LambdaValue,
    ListOf,
    Manager,
    Partial,
    QuerySet,
    Super,
    TaskMethod,
    Value,
    Values,
    join,
    one,
    ordered,
)

if TYPE_CHECKING:
    from delete_lint.source.evaluate import Evaluator

#: Functions that give their argument's elements as a list.
_LISTS = frozenset({"list", "tuple", "set", "sorted", "reversed", "iter", "frozenset", "filter"})
#: Functions and classes that cut an iterable into pieces of limited length, by their last name.
_CHUNKERS = frozenset(
    {"batched", "chunked", "chunks", "chunk", "grouper", "ichunked", "chunked_iterable", "batch", "in_batches"}
)
#: Functions that hand on what they are given.
_IDENTITY = frozenset(
    {
        "copy.copy", "copy.deepcopy", "asgiref.sync.sync_to_async", "asgiref.sync.async_to_sync",
        "channels.db.database_sync_to_async", "django.utils.decorators.method_decorator",
        "functools.wraps", "functools.update_wrapper", "django.db.transaction.atomic",
    }
)  # fmt: skip
_ROW_SHORTCUTS = frozenset({"get_object_or_404", "aget_object_or_404", "get_object_or_none"})
_ROWS_SHORTCUTS = frozenset({"get_list_or_404", "aget_list_or_404"})
#: Ways to look a model class up by its label.
_MODEL_LOOKUPS = frozenset({"get_model", "get_registered_model", "load_model"})
#: Methods of generic views, forms and admins whose result is a row or the rows of the model behind the class.
_ROW_METHODS = frozenset({"get_object", "get_object_or_404", "get_instance", "get_form_instance"})
_ROWS_METHODS = frozenset({"get_queryset", "filter_queryset", "get_base_queryset", "get_filtered_queryset"})


#: ``field.name`` after ``isinstance(field, FileField)``.
_FILE_FIELD_NAME = re.compile(r"\b\w*(File|Image)Field\.(name|attname)$")


class Calls:
    """Results of calls, by the kind of what is called."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator

    # --- methods ------------------------------------------------------------------------------------------------

    def method(self, base: Value, name: str, args: Arguments, node: syntax.Call, frame: Frame) -> Values:
        """The result of ``base.name(args)``."""
        evaluator = self.evaluator
        if isinstance(base, (Manager, QuerySet)):
            return self._queryset_method(base, name, args, node, frame)
        if isinstance(base, ListOf):
            return self._list_method(base, name, args)
        if isinstance(base, DictOf):
            return self._dict_method(base, name, args)
        if isinstance(base, ClassValue):
            special = self._class_method(base, name, args)
            if special is not None:
                return special
        if isinstance(base, Super):
            return self._super_method(base, name, args, node, frame)
        if isinstance(base, External) and name == "get_queryset":
            return one(QuerySet(None))
        values = evaluator.attributes.get(
            base, name, node.func if isinstance(node.func, syntax.Attribute) else None, frame
        )
        if isinstance(base, Instance):
            known = self._instance_method(base, name, values, args, node, frame)
            if known is not None:
                return known
        if not values and name == "get_queryset":
            return UNKNOWN
        return join(*(self.apply(value, args, node, frame) for value in values))

    def method_of_unknown(self, func: syntax.Attribute, args: Arguments, node: syntax.Call, frame: Frame) -> Values:
        """A method of something unknown: the shape of a queryset call speaks for itself."""
        if func.name in ("filter", "exclude", "order_by", "select_related", "prefetch_related", "values_list", "only"):
            return self.evaluator.orm.queryset_method(QuerySet(None), func.name, args)
        found = self._lookup_model(func.name, args)
        if found:
            return found
        if func.name == "get_queryset":
            return one(QuerySet(None))
        return UNKNOWN

    def _queryset_method(
        self, base: Manager | QuerySet, name: str, args: Arguments, node: syntax.Call, frame: Frame
    ) -> Values:
        evaluator = self.evaluator
        function = evaluator.schema.managers.queryset_function(base, name)
        if function is not None and name != "delete":
            found = evaluator.invocation.invoke(Function(function, base), args, node, frame)
            return self._tied(found, base)
        if function is not None:
            evaluator.invocation.invoke(Function(function, base), args, node, frame)
        decl = base.queryset if isinstance(base, Manager) else base.decl
        if decl is None and isinstance(base, Manager) and base.decl is not None:
            decl = evaluator.schema.managers.queryset_of_manager(base.decl)
        return evaluator.orm.queryset_method(base, name, args, decl)

    def _tied(self, values: Values, base: Manager | QuerySet) -> Values:
        """Rows of an unknown model that a method gave are rows of the model that the method was called on."""
        found: set[Value] = set()
        for value in values:
            if isinstance(value, (Manager, QuerySet)) and value.model is None and value.through is None:
                found.add(replace(value, model=base.model, through=base.through))
            elif isinstance(value, AnyInstance) and base.model is not None:
                found.add(Instance(base.model))
            else:
                found.add(value)
        return frozenset(found)

    def _list_method(self, base: ListOf, name: str, args: Arguments) -> Values:
        if name in ("pop", "popleft", "popitem"):
            return base.element
        if name in ("page", "get_page", "__next__", "copy", "union", "difference", "intersection", "iter_pages"):
            return base.element if name in ("page", "get_page", "__next__") else one(base)
        return UNKNOWN

    def _dict_method(self, base: DictOf, name: str, args: Arguments) -> Values:
        if name in ("get", "pop", "setdefault"):
            key = constant_text(args.get(0))
            for item, values in base.items:
                if item == key:
                    return values
            return join(base.value, args.get(1))
        if name == "values":
            return one(ListOf(base.value))
        if name == "items" and base.pairs:
            rows = tuple(one(ListOf(join(*pair), exact=pair)) for pair in base.pairs)
            return one(ListOf(join(*rows), exact=rows))
        if name == "items":
            keys = frozenset(Constant(item) for item, _ in base.items)
            return one(ListOf(one(ListOf(join(keys, base.value), exact=(keys, base.value)))))
        if name == "keys":
            return one(ListOf(frozenset(Constant(item) for item, _ in base.items)))
        return one(base) if name == "copy" else UNKNOWN

    def _class_method(self, base: ClassValue, name: str, args: Arguments) -> Values | None:
        schema = self.evaluator.schema
        if name == "as_manager" and schema.managers.is_queryset(base.decl):
            return one(Manager(None, queryset=base.decl, exposes=True))
        if name == "from_queryset" and schema.managers.is_manager(base.decl):
            for value in args.get(0):
                if isinstance(value, ClassValue):
                    return one(Manager(None, base.decl, value.decl, exposes=True))
            return one(Manager(None, base.decl))
        return None

    def _instance_method(
        self, base: Instance, name: str, values: Values, args: Arguments, node: syntax.Call, frame: Frame
    ) -> Values | None:
        evaluator = self.evaluator
        if evaluator.schema.is_model(base.decl):
            if any(isinstance(value, Function) for value in values):
                return None
            return evaluator.orm.instance_method(base, name)
        found = UNKNOWN
        if any(isinstance(value, Function) for value in values):
            found = join(*(self.apply(value, args, node, frame) for value in values))
            return self._generic_method(base, name, frame) or found if _unknown_rows(found) else found
        return self._generic_method(base, name, frame) or None

    def _generic_method(self, base: Instance, name: str, frame: Frame) -> Values:
        """What the methods of Django's and DRF's generic classes give for the model behind the class."""
        evaluator = self.evaluator
        if name in _ROW_METHODS or name in _ROWS_METHODS or name == "save":
            queryset = evaluator.attributes.get(base, "queryset", None, frame)
            rows = [v for v in queryset if isinstance(v, (QuerySet, Manager)) and v.model is not None]
            if name in _ROWS_METHODS:
                if rows:
                    return frozenset(evaluator.orm.queryset(v) for v in rows)
                model = evaluator.schema.subjects.model_behind(base.decl)
                return one(QuerySet(model)) if model is not None else UNKNOWN
            if rows and name != "save":
                return join(*(evaluator.orm.row(v) for v in rows))
            model = evaluator.schema.subjects.model_behind(base.decl)
            return one(Instance(model)) if model is not None else UNKNOWN
        return UNKNOWN

    def _super_method(self, base: Super, name: str, args: Arguments, node: syntax.Call, frame: Frame) -> Values:
        evaluator = self.evaluator
        values = evaluator.attributes.get(base, name, None, frame)
        if values:
            found = join(*(self.apply(value, args, node, frame) for value in values))
            if found and not _unknown_rows(found):
                return found
        bound = base.bound
        if isinstance(bound, (Manager, QuerySet)):
            plain = evaluator.attributes.query_of_super(base)
            if plain is not None:
                decl = bound.queryset if isinstance(bound, Manager) else bound.decl
                if decl is None and isinstance(bound, Manager) and bound.decl is not None and name == "get_queryset":
                    decl = None
                return evaluator.orm.queryset_method(plain, name, args, decl)
        if isinstance(bound, Instance):
            if evaluator.schema.is_model(bound.decl):
                return evaluator.orm.instance_method(bound, name) or UNKNOWN
            if evaluator.schema.managers.is_manager(bound.decl) and name == "get_queryset":
                return one(QuerySet(None))
            return self._generic_method(bound, name, frame)
        return UNKNOWN

    # --- plain calls --------------------------------------------------------------------------------------------

    def apply(self, value: Value, args: Arguments, node: syntax.Call | None, frame: Frame) -> Values:
        """The result of calling a value."""
        evaluator = self.evaluator
        if isinstance(value, Function):
            special = self._lookup_model(value.decl.name, args)
            if special:
                return special
            return evaluator.invocation.invoke(value, args, node, frame)
        if isinstance(value, ClassValue):
            return self._construct(value.decl, args, node, frame)
        if isinstance(value, External):
            return self._external(value.dotted, args, node, frame)
        if isinstance(value, LambdaValue):
            return self.call_lambda(value, args, frame)
        if isinstance(value, Partial):
            return self.apply(value.func, args.behind(value.args, value.keywords), node, frame)
        if isinstance(value, TaskMethod):
            if value.task is not None and gives_task(value.name):
                return one(value.task)
            if value.task is not None and dispatch_kind(value.name) == "inline":
                return self.apply(value.task, args, node, frame)
            return UNKNOWN
        if isinstance(value, Instance):
            function = evaluator.project.find_method(value.decl, "__call__")
            return (
                evaluator.invocation.invoke(Function(function, value), args, node, frame)
                if function is not None
                else UNKNOWN
            )
        if isinstance(value, (Manager, QuerySet)):
            return one(value)
        return UNKNOWN

    def call_lambda(self, value: LambdaValue, args: Arguments, frame: Frame) -> Values:
        inner = Frame(
            value.frame.module, value.frame.function, value.frame.owner, outer=value.frame, trace=frame.trace,
            depth=frame.depth, around=frame.around, self_value=value.frame.self_value,
        )  # fmt: skip
        for position, param in enumerate(value.node.params):
            values = args.get(position, param.name) if param.kind in ("posonly", "plain", "kwonly") else UNKNOWN
            if not values and param.default is not None:
                values = self.evaluator.eval(param.default, value.frame)
            inner.names[param.name] = values
        return self.evaluator.eval(value.node.body, inner)

    def instantiated(self, decl: ClassDecl) -> Values:
        """An object of a class; a manager or queryset class gives one of those."""
        schema = self.evaluator.schema
        if schema.managers.is_queryset(decl):
            return one(QuerySet(schema.managers.model_of_queryset(decl), decl))
        if schema.managers.is_manager(decl):
            return one(
                Manager(schema.managers.model_of_queryset(decl), decl, schema.managers.queryset_of_manager(decl))
            )
        return one(Instance(decl))

    def _construct(self, decl: ClassDecl, args: Arguments, node: syntax.Call | None, frame: Frame) -> Values:
        schema = self.evaluator.schema
        if schema.managers.is_queryset(decl):
            models = [value.decl for value in ordered(args.get(0, "model")) if isinstance(value, ClassValue)]
            return one(QuerySet(models[0] if models else schema.managers.model_of_queryset(decl), decl))
        if schema.managers.is_manager(decl):
            return one(Manager(None, decl, schema.managers.queryset_of_manager(decl)))
        if schema.is_model(decl):
            return one(Instance(decl, fresh=True))
        state: dict[str, Values] = {}
        for name in ("__init__", "__post_init__"):
            function = self.evaluator.project.find_method(decl, name)
            if function is not None:
                given = args if name == "__init__" else NO_ARGUMENTS
                state.update(
                    self.evaluator.invocation.initialised(Function(function, Instance(decl)), given, node, frame)
                )
        if not state and decl.module is not None:
            state = self._dataclass_state(decl, args)
        return one(Instance(decl, fresh=True, state=tuple(sorted(state.items()))))

    def _dataclass_state(self, decl: ClassDecl, args: Arguments) -> dict[str, Values]:
        """Fields of a dataclass (or attrs, pydantic) class that the call gives."""
        names = [name for name, assigned in decl.attributes.items() if assigned[-1].annotation is not None]
        state = dict(zip(names, args.positional, strict=False))
        state.update((name, values) for name, values in args.keywords if name in decl.attributes)
        return {name: values for name, values in state.items() if values}

    def _lookup_model(self, name: str, args: Arguments) -> Values:
        """``get_model("app", "Model")`` and its like, Django's or a project's own around it."""
        if name not in _MODEL_LOOKUPS:
            return UNKNOWN
        first, second = constant_text(args.get(0, "app_label")), constant_text(args.get(1, "model_name"))
        if first is None:
            return UNKNOWN
        label = f"{first}.{second}" if second is not None and "." not in first else first
        decl = self.evaluator.schema.by_label(label)
        return one(ClassValue(decl)) if decl is not None else UNKNOWN

    def _external(self, dotted: str, args: Arguments, node: syntax.Call | None, frame: Frame) -> Values:
        evaluator = self.evaluator
        module, _, name = dotted.rpartition(".")
        if module == "builtins":
            return self._builtin(name, args, node, frame)
        if name in _ROW_SHORTCUTS or name in _ROWS_SHORTCUTS:
            rows = join(*(self.rows_of(value) for value in args.get(0, "klass")))
            return rows if name in _ROW_SHORTCUTS else one(ListOf(rows))
        if name in ("get_user_model", "get_user"):
            user = evaluator.schema.user_model()
            if user is None:
                return UNKNOWN
            return one(ClassValue(user)) if name == "get_user_model" else one(Instance(user))
        special = self._lookup_model(name, args)
        if special:
            return special
        if dotted == "functools.partial":
            positional, keywords = args.positional[1:], args.keywords
            return frozenset(Partial(value, positional, keywords) for value in args.get(0))
        if dotted == "typing.cast" and node is not None and node.args:
            return annotation(node.args[0].value, frame, evaluator) or args.get(1)
        if dotted in _IDENTITY:
            return args.get(0)
        if dotted in ("collections.defaultdict", "collections.OrderedDict"):
            return one(DictOf(UNKNOWN))
        if dotted == "collections.deque":
            return self._listed("deque", args.get(0), node, frame)
        if name in _CHUNKERS or dotted == "itertools.islice":
            return self._chunks(name, args)
        if dotted == "itertools.chain" or dotted == "itertools.chain.from_iterable":
            inner = join(*(join(*evaluator.elements(values)) for values in (*args.positional, args.rest)))
            if name == "from_iterable":
                inner = join(*evaluator.elements(inner))
            return one(ListOf(inner))
        if name == "Paginator" or name.endswith("Paginator"):
            element = join(*evaluator.elements(args.get(0, "object_list")))
            return one(ListOf(one(ListOf(element, bounded=True, source=_source(args.get(0))))))
        if dotted == "django.shortcuts._get_queryset":
            return frozenset(
                QuerySet(value.decl) if isinstance(value, ClassValue) else value for value in args.get(0, "klass")
            )
        if name == "get_model_name" and args.positional:
            first, second = constant_text(args.get(0)), constant_text(args.get(1))
            return one(Constant(f"{first}.{second}")) if first and second else UNKNOWN
        if name == "import_string" or dotted == "importlib.import_module":
            return self._import(self.text(args.get(0)), name)
        if name == "as_manager":
            return one(Manager(None))
        if name == "from_queryset":
            for value in args.get(0):
                if isinstance(value, ClassValue):
                    return one(Manager(None, queryset=value.decl, exposes=True))
        if name == "QuerySet" and "django.db.models" in dotted:
            models = [value.decl for value in ordered(args.get(0, "model")) if isinstance(value, ClassValue)]
            return one(QuerySet(models[0] if models else None))
        return one(External(dotted))

    def _builtin(self, name: str, args: Arguments, node: syntax.Call | None, frame: Frame) -> Values:
        evaluator = self.evaluator
        first = args.get(0)
        if name in _LISTS:
            values = args.get(1) if name == "filter" else first
            return self._listed(name, values, node, frame)
        if name == "enumerate":
            element = join(*evaluator.elements(first))
            return one(ListOf(one(ListOf(element, exact=(UNKNOWN, element)))))
        if name == "zip":
            items = tuple(join(*evaluator.elements(values)) for values in args.positional)
            return one(ListOf(one(ListOf(join(*items), exact=items))))
        if name in ("next", "max", "min", "anext"):
            return join(*evaluator.elements(first))
        if name == "map":
            elements = tuple(join(*evaluator.elements(values)) for values in args.positional[1:])
            return one(ListOf(join(*(self.apply(value, Arguments(elements), node, frame) for value in first))))
        if name == "getattr":
            texts = [v.value for v in ordered(args.get(1)) if isinstance(v, Constant) and isinstance(v.value, str)]
            if len(texts) > 1:  # a loop over names that are written out
                return join(*(evaluator.attributes.get(value, text, None, frame) for value in first for text in texts))
            attribute = constant_text(args.get(1))
            if attribute is None:
                is_file = any(isinstance(v, External) and _FILE_FIELD_NAME.search(v.dotted) for v in args.get(1))
                return one(FieldFile()) if is_file else UNKNOWN
            attr = syntax.Attribute(syntax.Opaque(), attribute, node.line, node.column) if node is not None else None
            found = join(*(evaluator.attributes.get(value, attribute, attr, frame) for value in first))
            return join(found, args.get(2))
        if name == "type":
            return frozenset(ClassValue(value.decl) for value in first if isinstance(value, Instance))
        if name == "dict":
            return one(DictOf(join(*(v for _, v in args.keywords)), args.keywords))
        if name == "vars":
            return UNKNOWN
        if name == "open":
            return one(External("builtins.open"))
        return UNKNOWN

    def _listed(self, name: str, values: Values, node: syntax.Call | None, frame: Frame) -> Values:
        lists = [value for value in values if isinstance(value, ListOf)]
        if len(lists) == 1 and len(values) == 1 and name in ("list", "tuple", "iter", "sorted", "reversed"):
            return one(replace(lists[0], exact=None if name in ("sorted", "reversed") else lists[0].exact))
        bounded = any(isinstance(value, QuerySet) and value.query.sliced for value in values)
        keys = any(isinstance(value, QuerySet) and value.query.values for value in values)
        element = join(*self.evaluator.elements(values))
        return one(ListOf(element, bounded=bounded, keys=keys, source=_source(values)))

    def _chunks(self, name: str, args: Arguments) -> Values:
        """Pieces of limited length of whatever iterable is among the arguments."""
        evaluator = self.evaluator
        source = None
        element: Values = UNKNOWN
        for values in args.positional:
            source = source or _source(values)
            element = join(element, *evaluator.elements(values))
        piece = ListOf(element, bounded=True, source=source)
        return one(piece) if name == "islice" else one(ListOf(one(piece), source=source))

    def _import(self, dotted: str | None, name: str) -> Values:
        if dotted is None:
            return UNKNOWN
        if name == "import_module":
            return self.evaluator.project.imported(dotted, None)
        module, _, attribute = dotted.rpartition(".")
        return self.evaluator.project.imported(module, attribute) if module else UNKNOWN

    def text(self, values: Values) -> str | None:
        """A string: a constant, or the value that the project's settings give to ``settings.NAME``."""
        for value in values:
            if isinstance(value, External) and value.dotted.startswith("django.conf.settings."):
                found = self.evaluator.apps.setting(value.dotted.rpartition(".")[2])
                if found is not None:
                    return found
        return constant_text(values)

    def named_result(self, name: str, args: Arguments) -> Values:
        """``get_node(info, id, only_type=Address)``: a getter whose result nobody can tell, given a class that is
        about one model, most likely gives a row of it."""
        if not name.startswith("get_"):
            return UNKNOWN
        schema = self.evaluator.schema
        models = set()
        for value in args.all_values():
            if isinstance(value, ClassValue):
                model = value.decl if schema.is_model(value.decl) else schema.subjects.model_behind(value.decl)
                if model is not None:
                    models.add(model)
        return one(Instance(models.pop(), guess=True)) if len(models) == 1 else UNKNOWN

    def rows_of(self, value: Value) -> Values:
        """A row of what ``get_object_or_404`` is given: a model, a manager or a queryset."""
        orm = self.evaluator.orm
        if isinstance(value, ClassValue) and self.evaluator.schema.is_model(value.decl):
            return one(Instance(value.decl))
        if isinstance(value, (Manager, QuerySet)):
            return orm.row(value)
        return UNKNOWN

    def model_of(self, value: Value) -> ClassDecl | None:
        """The model that a value speaks of, whichever way."""
        if isinstance(value, (ClassValue, Instance)):
            return value.decl if self.evaluator.schema.is_model(value.decl) else None
        if isinstance(value, (Manager, QuerySet)):
            return value.model
        return None


def _source(values: Values) -> ClassDecl | None:
    for value in values:
        if isinstance(value, (Manager, QuerySet)) and value.model is not None:
            return value.model
        if isinstance(value, ListOf) and value.source is not None:
            return value.source
    return None


def _unknown_rows(values: Values) -> bool:
    """Whether all that is known is that these are rows of some model, or nothing."""
    return all(
        isinstance(value, (AnyInstance, Constant))
        or (isinstance(value, (Manager, QuerySet)) and value.model is None and value.through is None)
        for value in values
    )
