"""What a rule asks to be done about a finding, as data: `delete_lint.fixes` knows how to write it into the source.

A remedy is a wish. Whether it can be granted shows only in the source, and a finding is fixable when it can.
"""

from __future__ import annotations

from msgspec import Struct

from delete_lint.graph.place import Place


class DeferToCommit(Struct, frozen=True):
    """Have a call run in ``transaction.on_commit``, with its arguments bound now. ``call`` is the place of the call."""

    call: Place


class DeleteAsQueryset(Struct, frozen=True):
    """Delete the rows of a loop with one call on the queryset that the loop runs over, of which it is to load these
    fields only (all of them with none named)."""

    loop: Place
    delete: Place
    fields: tuple[str, ...] = ()


class LoadOnly(Struct, frozen=True):
    """Have the queryset that is deleted load these fields only."""

    delete: Place
    fields: tuple[str, ...]


class DeleteByKeys(Struct, frozen=True):
    """Have ``_raw_delete`` work on the keys of exactly the rows that its queryset stands for. ``key`` is the field that
    is their primary key."""

    delete: Place
    key: str


class KeepOffManagers(Struct, frozen=True):
    """Give a queryset's ``delete`` method ``queryset_only = True``. ``method`` is its ``def``."""

    method: Place


class Cleared(Struct, frozen=True):
    """A delete of rows that go with the instance anyway. ``delete`` is the place of the method's name; ``key`` is the
    foreign key by which the rows point at the instance. ``by_primary_key`` when it holds the instance's primary key."""

    delete: Place
    key: str
    by_primary_key: bool = True


class GuardByOrigin(Struct, frozen=True):
    """Have a receiver return before these deletes unless the delete started at its own instance. ``receiver`` is its
    ``def``."""

    receiver: Place
    cleared: tuple[Cleared, ...]


class ConnectStrongly(Struct, frozen=True):
    """Have a signal keep its receiver: ``weak=False``. ``registration`` is the decorator or the ``connect`` call, by
    the name that is called; ``others`` are further ones of the same receiver. ``uid`` names the receiver where a
    connection has to be made only once."""

    registration: Place
    others: tuple[Place, ...] = ()
    uid: str = ""


class CascadeInDatabase(Struct, frozen=True):
    """Leave a relation's cascade to the database: ``DB_CASCADE`` in place of ``CASCADE``. ``field`` is the field;
    ``others`` are the fields that have to change together with it."""

    field: Place
    others: tuple[Place, ...] = ()


class DropSuppression(Struct, frozen=True):
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
