"""Models and the relations between them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from delete_lint.graph.place import Place

RelationKind = Literal["fk", "o2o", "m2m_through", "parent_link", "generic"]

#: ``on_delete`` values that Django's collector does not look at (``django/db/models/deletion.py``).
SKIP_HANDLERS = frozenset({"DO_NOTHING", "DB_CASCADE", "DB_SET_NULL", "DB_SET_DEFAULT"})

#: ``on_delete`` values that Django itself ships; any other name is a function of the project's own.
BUILTIN_HANDLERS = SKIP_HANDLERS | {
    "CASCADE",
    "PROTECT",
    "RESTRICT",
    "SET_NULL",
    "SET_DEFAULT",
    "SET_VALUE",
    "SET_CALLABLE",
}


#: Methods of a model that run for each instance that the collector loads.
RUN_ON_LOADING = ("__init__", "from_db", "__eq__", "__hash__")


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """One edge: rows of ``model`` point at ``target`` through ``field``.

    ``on_delete`` is the name of Django's handler; ``SET(value)`` is ``SET_VALUE`` and ``SET(callable)`` is
    ``SET_CALLABLE``, because Django treats them differently from 5.1 on (ticket 35073). A function of the
    project's own stands under its dotted name; ``wraps_cascade`` tells whether it calls ``CASCADE``, ``lazy`` whether
    it is marked to be called without the rows being fetched (``lazy_sub_objs``).

    A ``generic`` edge stands for a ``GenericRelation`` on ``target``: deleting ``target`` deletes rows of
    ``model``. Its ``field`` is the name of the ``GenericRelation``. It has ``on_delete`` ``CASCADE`` and is not
    among Django's candidate relations.
    """

    model: str
    target: str
    field: str
    kind: RelationKind
    on_delete: str
    null: bool = False
    to_field: str | None = None
    db_constraint: bool = True
    wraps_cascade: bool = False
    lazy: bool = False
    place: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One concrete column of a model; ``large`` for JSON, text, binary, array columns and subclasses of them."""

    name: str
    column: str
    type: str
    large: bool = False
    primary_key: bool = False
    is_file: bool = False
    null: bool = False
    place: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One model. ``label`` is ``app_label.ClassName`` as Django's ``_meta.label``.

    ``parents`` are the labels of the concrete models it inherits from by multi-table inheritance, nearest first,
    as ``_meta.parents``. ``own`` tells whether it belongs to the user's code rather than to an installed package.
    ``base_manager`` is the class named by ``Meta.base_manager_name``. ``loading_override`` when it has a method of its
    own that runs for each row that the collector loads (``__init__``, ``from_db``, ``__eq__``, ``__hash__``), or may
    have a receiver of ``post_init``: they may read any column. ``inherits_delete`` when a package's class that it
    inherits from overrides ``delete()``. ``unread_base`` when it inherits from a class that nobody has read, which may
    bring anything: a ``delete()``, a table of its own.
    """

    label: str
    module: str
    name: str
    place: Place | None = None
    abstract: bool = False
    proxy: bool = False
    concrete: str = ""  # label of the concrete model: differs from `label` for a proxy
    auto_created: bool = False
    managed: bool = True
    swapped: str | None = None
    own: bool = True
    package: str | None = None
    parents: tuple[str, ...] = ()
    fields: tuple[Field, ...] = ()
    delete_override: Place | None = None
    override_owner: str | None = None  # class whose body holds the delete() override
    loading_override: bool = False
    inherits_delete: bool = False
    unread_base: bool = False
    base_manager: str | None = None
    base_manager_filters: bool = False
    base_manager_place: Place | None = None
    database: str | None = None

    @property
    def large_fields(self) -> tuple[str, ...]:
        return tuple(f.name for f in self.fields if f.large)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuerySetClass:
    """A QuerySet subclass of the project that overrides ``delete``.

    ``exposed_by`` is the place of the ``as_manager()`` / ``from_queryset()`` call that turns it into a manager,
    which then has ``delete`` unless ``delete.queryset_only`` is True (``Manager._get_queryset_methods``).
    """

    module: str
    name: str
    delete: Place
    queryset_only: bool = False
    exposed_by: Place | None = None
    models: tuple[str, ...] = field(default=())
