"""What a rule asks to be done about a finding, as data: `delete_lint.fixes` knows how to write it into the source.

A remedy is a wish. Whether it can be granted shows only in the source, and a finding is fixable when it can.
"""

from __future__ import annotations

from dataclasses import dataclass

from delete_lint.graph.place import Place


@dataclass(frozen=True, slots=True)
class DeferToCommit:
    """Have a call run in ``transaction.on_commit``, with its arguments bound now. ``call`` is the place of the call."""

    call: Place


@dataclass(frozen=True, slots=True)
class DeleteAsQueryset:
    """Delete the rows of a loop with one call on the queryset that the loop runs over, of which it is to load these
    fields only (all of them with none named)."""

    loop: Place
    delete: Place
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LoadOnly:
    """Have the queryset that is deleted load these fields only."""

    delete: Place
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DeleteByKeys:
    """Have ``_raw_delete`` work on the keys of exactly the rows that its queryset stands for. ``key`` is the field that
    is their primary key."""

    delete: Place
    key: str


@dataclass(frozen=True, slots=True)
class KeepOffManagers:
    """Give a queryset's ``delete`` method ``queryset_only = True``. ``method`` is its ``def``."""

    method: Place


@dataclass(frozen=True, slots=True)
class Cleared:
    """A delete of rows that go with the instance anyway. ``delete`` is the place of the method's name; ``key`` is the
    foreign key by which the rows point at the instance. ``by_primary_key`` when it holds the instance's primary key."""

    delete: Place
    key: str
    by_primary_key: bool = True


@dataclass(frozen=True, slots=True)
class GuardByOrigin:
    """Have a receiver return before these deletes unless the delete started at its own instance. ``receiver`` is its
    ``def``."""

    receiver: Place
    cleared: tuple[Cleared, ...]


@dataclass(frozen=True, slots=True)
class ConnectStrongly:
    """Have a signal keep its receiver: ``weak=False``. ``registration`` is the decorator or the ``connect`` call, by
    the name that is called; ``others`` are further ones of the same receiver. ``uid`` names the receiver where a
    connection has to be made only once."""

    registration: Place
    others: tuple[Place, ...] = ()
    uid: str = ""


@dataclass(frozen=True, slots=True)
class CascadeInDatabase:
    """Leave a relation's cascade to the database: ``DB_CASCADE`` in place of ``CASCADE``. ``field`` is the field;
    ``others`` are the fields that have to change together with it."""

    field: Place
    others: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class DropSuppression:
    """Take rules out of a suppression comment, or the whole comment with ``rules`` None."""

    comment: Place
    rules: tuple[str, ...] | None = None


Remedy = (
    DeferToCommit
    | DeleteAsQueryset
    | LoadOnly
    | DeleteByKeys
    | KeepOffManagers
    | GuardByOrigin
    | ConnectStrongly
    | CascadeInDatabase
    | DropSuppression
)
