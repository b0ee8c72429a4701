"""What an expression may stand for, as far as it can be told from source.

An expression has a *set* of values, since branches differ; the empty set means "unknown". Values are immutable and
hashable, so that results can be remembered by them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias, cast

from msgspec import Struct
from msgspec.structs import replace

from delete_lint.graph.site import FilterKind

if TYPE_CHECKING:
    from delete_lint.source.declarations import ClassDecl, FunctionDecl, Module
    from delete_lint.source.frame import Frame
    from delete_lint.source.syntax import Lambda


class ModuleValue(Struct, frozen=True):
    """A module of the project."""

    module: Module


class External(Struct, frozen=True):
    """Something outside the project, by its dotted name; calls leave no trace in it, so that
    ``boto3.client("s3").delete_object`` is ``boto3.client.delete_object``."""

    dotted: str


class ClassValue(Struct, frozen=True):
    """A class itself."""

    decl: ClassDecl


class Instance(Struct, frozen=True, eq=False):
    """An object of a class; ``guess`` when nothing but a variable's name says so.

    ``fresh`` for an object made in the expression at hand, which nothing else keeps alive. ``state`` is what its
    constructor put into its attributes. ``via`` is the class and the key that led to it, for a row reached by one.
    Neither ``fresh`` nor ``via`` makes it another value.
    """

    decl: ClassDecl
    guess: bool = False
    fresh: bool = False
    state: tuple[tuple[str, Values], ...] = ()
    via: tuple[ClassDecl, str] | None = None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Instance):
            return NotImplemented
        return self.decl is other.decl and self.guess == other.guess and self.state == other.state

    def __hash__(self) -> int:
        return hash((self.decl, self.guess, self.state))


class Key(Struct, frozen=True):
    """The primary key of a row."""

    owner: Instance | AnyInstance


class AnyInstance(Struct, frozen=True):
    """A model instance of an unknown model."""


class Function(Struct, frozen=True, eq=False):
    """A function or method of the project; ``bound`` is what its first parameter stands for. Whatever its ``closure``,
    it is the same value."""

    decl: FunctionDecl
    bound: Value | None = None
    closure: Frame | None = None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Function):
            return NotImplemented
        return self.decl is other.decl and self.bound == other.bound

    def __hash__(self) -> int:
        return hash((self.decl, self.bound))


class LambdaValue(Struct, frozen=True, eq=False):
    node: Lambda
    frame: Frame

    def __eq__(self, other: object) -> bool:
        return self.node is other.node if isinstance(other, LambdaValue) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.node)


class Partial(Struct, frozen=True):
    """``functools.partial(func, …)``: positional and keyword arguments bound so far."""

    func: Value
    args: tuple[Values, ...] = ()
    keywords: tuple[tuple[str, Values], ...] = ()


class TaskMethod(Struct, frozen=True):
    """``task.delay`` and its like: calling it enqueues ``task`` (or runs it here, for ``.apply``)."""

    task: Value | None
    name: str


class Query(Struct, frozen=True):
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


class Manager(Struct, frozen=True):
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


class QuerySet(Struct, frozen=True):
    """A queryset; ``through`` is the label of an automatic many-to-many table, which has no class of its own."""

    model: ClassDecl | None
    decl: ClassDecl | None = None
    query: Query = Query()
    through: str | None = None
    guess: bool = False


class Through(Struct, frozen=True):
    """The class of an automatic many-to-many table (``Model.field.through``)."""

    label: str


class FieldFile(Struct, frozen=True):
    """What a ``FileField`` gives on an instance; calls on it touch the storage."""


class Constant(Struct, frozen=True):
    value: str | int | float | bool | None


class ListOf(Struct, frozen=True):
    """Any iterable of these values; ``bounded`` when its length has a limit that was chosen in code.

    ``exact`` lists the elements of a literal in order, when they are known one by one.
    """

    element: Values
    bounded: bool = False
    keys: bool = False
    source: ClassDecl | None = None
    exact: tuple[Values, ...] | None = None


class DictOf(Struct, frozen=True):
    value: Values
    items: tuple[tuple[str, Values], ...] = ()
    pairs: tuple[tuple[Values, Values], ...] = ()


class Super(Struct, frozen=True):
    """``super()`` inside a method of ``decl``, on behalf of ``bound``."""

    decl: ClassDecl
    bound: Value


class FieldValue(Struct, frozen=True):
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
    if len(alternatives) == 1 and len(alternatives[0]) <= MOST_ALTERNATIVES:
        return alternatives[0]
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
    if kind.__module__ != __name__ or not issubclass(kind, Struct):
        return None
    return _COMPARED.get(kind, kind.__struct_fields__)


_COMPARED: dict[type[object], tuple[str, ...]] = {
    Instance: ("decl", "guess", "state"),
    Function: ("decl", "bound"),
    LambdaValue: ("node",),
}


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
