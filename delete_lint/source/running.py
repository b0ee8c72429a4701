"""What a running project tells of its code, in words that need no Django: its modules, classes, models and settings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

from msgspec import Struct, field

if TYPE_CHECKING:
    from delete_lint.source.fields import Kind


class ClassName(NamedTuple):
    """A class by its module and its qualified name."""

    module: str
    name: str


class RegisteredField(Struct, frozen=True, kw_only=True):
    """A field that a model has, its own or inherited."""

    name: str
    kind: Kind
    type: str
    primary_key: bool = False
    unique: bool = False
    null: bool = False


class RegisteredAccessor(Struct, frozen=True, kw_only=True):
    """A name on an instance that leads to other rows or to a file, as `delete_lint.source.schema.Accessor` has it.

    ``model`` and ``through`` are labels; ``field`` is the name of the key behind a reverse accessor. ``automatic`` is
    ``Model.field`` with its app for a many-to-many table that Django makes.
    """

    name: str
    kind: str
    model: str | None = None
    field: str | None = None
    through: str | None = None
    automatic: str | None = None


class RegisteredModel(Struct, frozen=True, kw_only=True):
    """One model of the registry. ``line`` are the classes it inherits from, in Python's order; ``managers`` are the
    classes of its managers and of their querysets, inherited ones included."""

    label: str
    cls: ClassName
    concrete: str
    proxy: bool = False
    managed: bool = True
    line: tuple[ClassName, ...] = ()
    fields: Mapping[str, RegisteredField] = field(default_factory=dict)
    accessors: Mapping[str, RegisteredAccessor] = field(default_factory=dict)
    managers: frozenset[ClassName] = frozenset()
    unique_sets: tuple[frozenset[str], ...] = ()


class Target(Struct, frozen=True, kw_only=True):
    """A receiver whose body is wanted: the function that stands at a line of a file.

    ``name`` is its ``__qualname__``, ``senders`` are labels (None for every model). ``bound`` are the classes of the
    objects whose method it is connected as.
    """

    module: str
    name: str
    file: Path
    line: int
    senders: tuple[str, ...] | None
    bound: tuple[ClassName, ...] = ()


class Running(Protocol):
    """A running project, as far as reading its source asks for it."""

    @property
    def models(self) -> Mapping[str, RegisteredModel]:
        """All models by label."""

    def file_of(self, module: str) -> Path | None:
        """The source file of a module that may be read; None for all that is known by its name only."""

    def name_of(self, file: Path) -> str:
        """How places call a file."""

    def is_own(self, module: str) -> bool:
        """Whether a module is the user's own, and not an installed package's."""

    def subclasses(self, cls: ClassName) -> Iterable[ClassName]:
        """All classes that inherit from this one."""

    def setting(self, name: str) -> str | None:
        """A setting that is a string."""

    def app_label(self, module: str) -> str | None:
        """The label of the app that a module belongs to."""
