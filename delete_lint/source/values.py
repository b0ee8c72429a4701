"""What an expression may stand for, as far as it can be told from source.

An expression has a *set* of values, since branches differ; the empty set means "unknown". Values are immutable and
hashable, so that results can be remembered by them.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import TYPE_CHECKING, TypeAlias, cast

from delete_lint.graph.site import FilterKind

if TYPE_CHECKING:
    from delete_lint.source.declarations import ClassDecl, FunctionDecl, Module
    from delete_lint.source.frame import Frame
    from delete_lint.source.syntax import Lambda


@dataclass(frozen=True, slots=True)
class ModuleValue:
    """A module of the project."""

    module: Module


@dataclass(frozen=True, slots=True)
class External:
    """Something outside the project, by its dotted name; calls leave no trace in it, so that
    ``boto3.client("s3").delete_object`` is ``boto3.client.delete_object``."""

    dotted: str


@dataclass(frozen=True, slots=True)
class ClassValue:
    """A class itself."""

    decl: ClassDecl


@dataclass(frozen=True, slots=True)
class Instance:
    """An object of a class; ``guess`` when nothing but a variable's name says so.

    ``fresh`` for an object made in the expression at hand, which nothing else keeps alive. ``state`` is what its
    constructor put into its attributes. ``via`` is the class and the key that led to it, for a row reached by one.
    """

    decl: ClassDecl
    guess: bool = False
    fresh: bool = field(default=False, compare=False)
    state: tuple[tuple[str, Values], ...] = ()
    via: tuple[ClassDecl, str] | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Key:
    """The primary key of a row."""

    owner: Instance | AnyInstance


@dataclass(frozen=True, slots=True)
class AnyInstance:
    """A model instance of an unknown model."""


@dataclass(frozen=True, slots=True)
class Function:
    """A function or method of the project; ``bound`` is what its first parameter stands for."""

    decl: FunctionDecl
    bound: Value | None = None
    closure: Frame | None = field(default=None, compare=False, hash=False)


@dataclass(frozen=True, slots=True)
class LambdaValue:
    node: Lambda
    frame: Frame = field(compare=False, hash=False)


@dataclass(frozen=True, slots=True)
class Partial:
    """``functools.partial(func, …)``: positional and keyword arguments bound so far."""

    func: Value
    args: tuple[Values, ...] = ()
    keywords: tuple[tuple[str, Values], ...] = ()


@dataclass(frozen=True, slots=True)
class TaskMethod:
    """``task.delay`` and its like: calling it enqueues ``task`` (or runs it here, for ``.apply``)."""

    task: Value | None
    name: str


@dataclass(frozen=True, slots=True)
class Query:
    """How a queryset was narrowed, as far as it matters to a delete.

    ``bounded`` when the number of its rows has a limit, ``chunk`` when it is a piece of a larger whole.
    ``empty`` for ``none()``.
    """

    filter: FilterKind = "none"
    bounded: bool = False
    chunk: bool = False
    only: tuple[str, ...] = ()
    defer: tuple[str, ...] = ()
    values: bool = False
    keys: bool = False
    sliced: bool = False
    distinct: bool = False
    empty: bool = False
    fk: str | None = None


@dataclass(frozen=True, slots=True)
class Manager:
    """A manager; ``related`` for one that hangs on an instance (``parent.children``).

    ``decl`` is the project's own manager class, ``queryset`` the project's QuerySet class behind it, whose methods the
    manager has itself when it ``exposes`` them (``as_manager``, ``from_queryset``).
    """

    model: ClassDecl | None
    decl: ClassDecl | None = None
    queryset: ClassDecl | None = None
    related: str | None = None
    through: str | None = None
    guess: bool = False
    through_model: ClassDecl | None = None
    exposes: bool = False


@dataclass(frozen=True, slots=True)
class QuerySet:
    """A queryset; ``through`` is the label of an automatic many-to-many table, which has no class of its own."""

    model: ClassDecl | None
    decl: ClassDecl | None = None
    query: Query = Query()
    through: str | None = None
    guess: bool = False


@dataclass(frozen=True, slots=True)
class Through:
    """The class of an automatic many-to-many table (``Model.field.through``)."""

    label: str


@dataclass(frozen=True, slots=True)
class FieldFile:
    """What a ``FileField`` gives on an instance; calls on it touch the storage."""


@dataclass(frozen=True, slots=True)
class Constant:
    value: str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class ListOf:
    """Any iterable of these values; ``bounded`` when its length has a limit that was chosen in code.

    ``exact`` lists the elements of a literal in order, when they are known one by one.
    """

    element: Values
    bounded: bool = False
    keys: bool = False
    source: ClassDecl | None = None
    exact: tuple[Values, ...] | None = None


@dataclass(frozen=True, slots=True)
class DictOf:
    value: Values
    items: tuple[tuple[str, Values], ...] = ()
    pairs: tuple[tuple[Values, Values], ...] = ()


@dataclass(frozen=True, slots=True)
class Super:
    """``super()`` inside a method of ``decl``, on behalf of ``bound``."""

    decl: ClassDecl
    bound: Value


@dataclass(frozen=True, slots=True)
class FieldValue:
    """A field object or descriptor of a model, as reached through the class."""

    model: ClassDecl
    name: str


Value: TypeAlias = (
    ModuleValue
    | External
    | ClassValue
    | Instance
    | AnyInstance
    | Key
    | Function
    | LambdaValue
    | Partial
    | TaskMethod
    | Manager
    | QuerySet
    | Through
    | FieldFile
    | Constant
    | ListOf
    | DictOf
    | Super
    | FieldValue
)
Values: TypeAlias = frozenset[Value]

UNKNOWN: Values = frozenset()

#: More alternatives than this are no better than not knowing, and would make the sets grow with the project.
MOST_ALTERNATIVES = 200
#: Lists of pairs of lists … are told apart no further down than this.
_DEEPEST_SPELLED = 8


def join(*alternatives: Values) -> Values:
    """All values that any of the alternatives has.

    Beside an alternative that is unknown, constants are left out: they would pass for all that there is, and decide
    conditions.
    """
    found: set[Value] = set()
    unknown = False
    for values in alternatives:
        before = len(found)
        found.update(values)
        unknown = unknown or (len(found) == before and not values)
    if unknown:
        found = {value for value in found if not isinstance(value, Constant)}
    if len(found) > MOST_ALTERNATIVES:
        found = set(sorted(found, key=lambda value: spelled(value, _DEEPEST_SPELLED - 3))[:MOST_ALTERNATIVES])
    return frozenset(found)


def ordered(values: Values) -> list[Value]:
    """The values in an order that is the same in every run; what the settings say comes first."""
    if len(values) < 2:
        return list(values)
    return sorted(values, key=lambda value: (not _is_setting(value), spelled(value)))


def _is_setting(value: Value) -> bool:
    return isinstance(value, External) and value.dotted.startswith("django.conf.settings.")


def spelled(value: object, depth: int = 0) -> str:
    """A text for a value that does not depend on the order in which sets are walked."""
    if depth > _DEEPEST_SPELLED:
        return "…"
    kind = type(value)
    if kind is frozenset:
        return "{" + ", ".join(sorted([spelled(item, depth + 1) for item in cast("Values", value)])) + "}"
    if kind is tuple:
        return "(" + ", ".join([spelled(item, depth + 1) for item in cast("tuple[object, ...]", value)]) + ")"
    names = _compared(kind)
    if names is None:
        return repr(value)
    parts = [spelled(getattr(value, name), depth + 1) for name in names]
    return f"{kind.__name__}({', '.join(parts)})"


def _compared(kind: type[object]) -> tuple[str, ...] | None:
    """The names of the fields that values of a kind are compared by; None for what is none of the values here."""
    if kind.__module__ != __name__ or not is_dataclass(kind):
        return None
    if kind not in _compared_fields:
        _compared_fields[kind] = tuple(part.name for part in fields(kind) if part.compare)
    return _compared_fields[kind]


_compared_fields: dict[type[object], tuple[str, ...]] = {}


def stateless(value: Value) -> Value:
    """The value without what the objects in it hold: objects that hold objects would be told without end."""
    if isinstance(value, Instance):
        return replace(value, state=()) if value.state else value
    if isinstance(value, ListOf):
        exact = tuple(map(_stateless, value.exact)) if value.exact is not None else None
        return replace(value, element=_stateless(value.element), exact=exact)
    if isinstance(value, DictOf):
        items = tuple((name, _stateless(values)) for name, values in value.items)
        pairs = tuple((_stateless(keys), _stateless(values)) for keys, values in value.pairs)
        return DictOf(_stateless(value.value), items, pairs)
    if isinstance(value, Partial):
        keywords = tuple((name, _stateless(values)) for name, values in value.keywords)
        return Partial(stateless(value.func), tuple(map(_stateless, value.args)), keywords)
    if isinstance(value, (Function, Super)) and value.bound is not None:
        return replace(value, bound=stateless(value.bound))
    return value


def _stateless(values: Values) -> Values:
    return frozenset(map(stateless, values))


def one(value: Value) -> Values:
    return frozenset((value,))
