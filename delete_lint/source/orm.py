"""What the methods of managers, querysets and model instances give back, and which of them ask the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from delete_lint.graph.site import FilterKind
from delete_lint.source.arguments import Arguments
from delete_lint.source.values import (
    UNKNOWN,
    AnyInstance,
    ClassValue,
    Constant,
    DictOf,
    External,
    Instance,
    ListOf,
    Manager,
    Query,
    QuerySet,
    Value,
    Values,
    join,
    one,
)

if TYPE_CHECKING:
    from delete_lint.source.declarations import ClassDecl
    from delete_lint.source.schema import Schema

#: Methods that give one row.
ROW = frozenset({"get", "first", "last", "latest", "earliest", "create"})
#: Methods that give (row, created).
ROW_AND_FLAG = frozenset({"get_or_create", "update_or_create"})
#: Methods that run at once and give no rows.
SCALAR = frozenset({"count", "exists", "aggregate", "update", "delete", "contains", "bulk_update", "explain"})
#: Methods that give a list of rows.
ROWS = frozenset({"bulk_create"})
#: Methods whose query runs only when the result is used.
LAZY = frozenset(
    {
        "all", "filter", "exclude", "order_by", "select_related", "prefetch_related", "annotate", "alias", "using",
        "reverse", "select_for_update", "union", "intersection", "difference", "extra", "complex_filter", "none",
        "get_queryset", "raw", "defer", "only", "distinct", "iterator", "aiterator", "values", "values_list", "dates",
        "datetimes", "in_bulk",
    }
)  # fmt: skip
#: Methods of a related manager that write.
RELATED_WRITES = frozenset({"add", "remove", "set", "clear"})
#: Methods that run a query (or a statement) when they are called.
IMMEDIATE = ROW | ROW_AND_FLAG | SCALAR | ROWS | {"in_bulk"}

#: Methods of tree packages (mptt, treebeard) on an instance.
_TREE_QUERYSETS = frozenset(
    {"get_descendants", "get_children", "get_ancestors", "get_siblings", "get_family", "get_leafnodes", "get_tree"}
)
_TREE_ROWS = frozenset({"get_parent", "get_root", "get_first_child", "get_last_child", "get_next_sibling"})

_NARROWEST: tuple[FilterKind, ...] = ("pk", "unique", "pk-in", "fk", "other", "unknown", "none")


def sync_name(name: str) -> str:
    """The name of the synchronous method behind an ``a…`` one (``aget`` → ``get``)."""
    if name.startswith("a") and (name[1:] in IMMEDIATE or name[1:] in RELATED_WRITES or name[1:] == "iterator"):
        return name[1:]
    return name


class Orm:
    """Results of ORM methods; the schema knows the fields."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema

    def row(self, value: Manager | QuerySet) -> Values:
        """A row of this queryset."""
        if value.model is None:
            return one(AnyInstance()) if value.through is None else UNKNOWN
        return one(Instance(value.model, guess=value.guess))

    def queryset(self, value: Manager | QuerySet, decl: ClassDecl | None = None) -> QuerySet:
        if isinstance(value, QuerySet):
            return value
        query = Query(filter="fk", fk=value.related) if value.related else Query()
        return QuerySet(value.model, decl or value.queryset, query, value.through, value.guess)

    def queryset_method(
        self, value: Manager | QuerySet, name: str, args: Arguments, decl: ClassDecl | None = None
    ) -> Values:
        """The result of a method that Django's own classes (or unknown ones of a package) provide."""
        name = sync_name(name)
        if name in ROW:
            return self.row(value)
        if name in ROW_AND_FLAG:
            return one(ListOf(join(self.row(value)), exact=(self.row(value), UNKNOWN)))
        if name.startswith("get_") and not name.endswith(("queryset", "s", "_qs")):
            return self.row(value)  # get_for_id, get_by_natural_key: a method of the manager's own that gives a row
        if name in SCALAR or name in RELATED_WRITES or name == "_raw_delete":
            return UNKNOWN
        if name in ROWS:
            return one(ListOf(self.row(value), source=value.model))
        if name == "in_bulk":
            return one(DictOf(self.row(value)))
        queryset = self.queryset(value, decl)
        if name in ("values", "values_list", "dates", "datetimes"):
            return one(replace(queryset, query=self._values(queryset, name, args)))
        if name in ("filter", "exclude", "complex_filter"):
            return one(replace(queryset, query=self._narrowed(queryset, name, args)))
        if name in ("only", "defer"):
            names = tuple(text for text in map(_text, args.positional) if text)
            former = queryset.query
            query = replace(former, only=names) if name == "only" else replace(former, defer=(*former.defer, *names))
            return one(replace(queryset, query=query))
        if name == "none":
            return one(replace(queryset, query=replace(queryset.query, filter="pk", bounded=True, empty=True)))
        if name == "distinct":
            return one(replace(queryset, query=replace(queryset.query, distinct=True)))
        if name not in LAZY and queryset.query.filter in ("none", "fk"):
            # A method that nobody here can read most likely narrows.
            return one(replace(queryset, query=replace(queryset.query, filter="other")))
        return one(queryset)

    def _values(self, queryset: QuerySet, name: str, args: Arguments) -> Query:
        keys = name == "values_list" and any(_text(a) in ("pk", "id") for a in args.positional)
        return replace(queryset.query, values=True, keys=keys)

    def _narrowed(self, queryset: QuerySet, name: str, args: Arguments) -> Query:
        query = queryset.query
        kinds: list[FilterKind] = [] if query.filter == "none" else [query.filter]
        bounded, chunk = query.bounded, query.chunk
        if name == "exclude":
            return replace(query, filter="other") if query.filter in ("none", "unknown") else query
        if args.positional or args.rest:
            kinds.append("other")
        if args.others or args.open:
            kinds.append("unknown")
        for key, values in args.keywords:
            kind = self._lookup_kind(queryset.model, key)
            kinds.append(kind)
            if kind == "pk-in":
                bounded = bounded or any(isinstance(v, ListOf) and v.bounded for v in values)
                chunk = chunk or any(
                    (isinstance(v, ListOf) and v.bounded and v.exact is None)
                    or (isinstance(v, QuerySet) and v.query.sliced)
                    for v in values
                )
        if not kinds:
            return query
        if self._is_window([key for key, _ in args.keywords], queryset.model):
            chunk = True
        if self._names_one_row(queryset.model, [key for key, _ in args.keywords]):
            kinds.append("unique")
        narrowest = min(kinds, key=_NARROWEST.index)
        return replace(query, filter=narrowest, bounded=bounded or chunk, chunk=chunk)

    def _is_window(self, keys: list[str], model: ClassDecl | None) -> bool:
        """Both ends of a stretch of keys: ``pk__gte=start, pk__lt=start + 1000``."""
        found = {key.partition("__")[2] for key in keys if self._is_key(key.partition("__")[0], model)}
        return "range" in found or bool(found & {"gt", "gte"} and found & {"lt", "lte"})

    def _names_one_row(self, model: ClassDecl | None, keys: list[str]) -> bool:
        """Whether these lookups cover a constraint that makes a row unique."""
        if model is None:
            return False
        exact = {key.removesuffix("__exact").removesuffix("_id") for key in keys}
        return any(fields <= exact for fields in self.schema.unique_sets(model))

    def _lookup_kind(self, model: ClassDecl | None, key: str) -> FilterKind:
        field, _, lookup = key.partition("__")
        if self._is_key(field, model):
            if lookup in ("", "exact"):
                return "pk"
            return "pk-in" if lookup == "in" else "other"
        if model is not None:
            if lookup in ("", "exact") and self.schema.is_unique(model, field.removesuffix("_id")):
                return "unique"
            if self.schema.is_foreign_key(model, field.removesuffix("_id")):
                return "fk"
        return "other"

    def _is_key(self, field: str, model: ClassDecl | None) -> bool:
        return field in ("pk", "id") or (model is not None and self.schema.is_primary_key(model, field))

    def index(self, value: QuerySet, is_slice: bool, has_upper: bool) -> Values:
        """``queryset[0]`` and ``queryset[:10]``."""
        if not is_slice:
            return UNKNOWN if value.query.values else self.row(value)
        query = replace(value.query, sliced=True, bounded=value.query.bounded or has_upper)
        return one(replace(value, query=query))

    def elements(self, value: Manager | QuerySet) -> Values:
        if isinstance(value, QuerySet) and value.query.values:
            return UNKNOWN
        return self.row(value)

    def instance_method(self, value: Instance, name: str) -> Values | None:
        """Methods that every model instance has, and those of the well-known tree packages."""
        if name in _TREE_QUERYSETS:
            return one(QuerySet(value.decl, query=Query(filter="fk"), guess=value.guess))
        if name in _TREE_ROWS or name.startswith(("get_next_by_", "get_previous_by_")):
            return one(Instance(value.decl, guess=value.guess))
        if name in ("save", "delete", "refresh_from_db", "full_clean", "asave", "adelete", "arefresh_from_db"):
            return UNKNOWN
        return None


def element_of(value: Value, orm: Orm) -> Values:
    """What iterating over a value gives."""
    if isinstance(value, (Manager, QuerySet)):
        return orm.elements(value)
    if isinstance(value, ListOf):
        return value.element
    if isinstance(value, External):
        return one(value)
    if isinstance(value, DictOf):
        return frozenset().union(*(keys for keys, _ in value.pairs)) or frozenset(
            Constant(name) for name, _ in value.items
        )
    if isinstance(value, ClassValue):
        return UNKNOWN
    return UNKNOWN


def _text(values: Values) -> str | None:
    for value in values:
        if isinstance(value, Constant) and isinstance(value.value, str):
            return value.value
    return None
