"""Delete receivers and the work they do."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from delete_lint.graph.place import Place

DeleteSignal = Literal["pre_delete", "post_delete"]

#: Work that leaves the database: what ``blocking_receiver`` is about.
EXTERNAL_CATEGORIES = frozenset({"sleep", "http", "email", "subprocess", "storage", "search-index", "broker", "lock"})
#: Work on the database.
ORM_CATEGORIES = frozenset({"orm-query", "orm-loop", "orm-bulk-delete"})


@dataclass(frozen=True, slots=True)
class Hop:
    """One step of the way from a receiver to a piece of work: a call and the name of what is called."""

    place: Place
    call: str


@dataclass(frozen=True, slots=True)
class Work:
    """Something a receiver does in the same thread, before the commit, that takes time.

    ``path`` starts in the receiver's own body and ends with the call itself, so its length is the depth plus one.
    ``loop`` is the place of the innermost loop around the call on that path; ``literal_loop`` when it runs over a
    list that is written out there, and so a fixed number of times. ``clears`` for a delete in the receiver's own body:
    the label and the key of the rows that go, when they are rows that point at the instance by this key (or that the
    instance has under this name, a ``GenericRelation``).
    """

    category: str
    call: str
    path: tuple[Hop, ...]
    loop: Place | None = None
    literal_loop: bool = False
    clears: tuple[str, str] | None = None

    @property
    def place(self) -> Place:
        """Where the work stands in the receiver's own body."""
        return self.path[0].place


@dataclass(frozen=True, slots=True)
class Dispatch:
    """A task that a receiver enqueues; ``on_commit`` when it waits for ``transaction.on_commit``.

    ``path`` is as for `Work`; ``passes_instance`` when a model instance is among the arguments.
    """

    place: Place
    call: str
    on_commit: bool
    passes_instance: bool = False
    path: tuple[Hop, ...] = ()


@dataclass(frozen=True, slots=True)
class Creation:
    """A row that a receiver writes: ``fields`` are those that are given the instance being deleted (or its key).

    With ``through``, they are given the row that this foreign key of the instance points at, which goes as well when
    the delete started there.
    """

    place: Place
    model: str
    fields: tuple[str, ...]
    path: tuple[Hop, ...] = ()
    through: str = ""


@dataclass(frozen=True, slots=True)
class ParentRead:
    """A receiver follows a foreign key of the instance, which costs a query for each row."""

    place: Place
    field: str


@dataclass(frozen=True, slots=True)
class Registration:
    """One connection of a receiver: the decorator or the ``connect`` call. The running project does not know its
    place, and has one for every entry in the signal's list. ``gone`` when nothing is wrong with it but that the
    receiver is held weakly, and by nobody else."""

    place: Place | None
    signals: tuple[DeleteSignal, ...]
    senders: tuple[str, ...] | None
    weak: bool = True
    gone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """A function connected to ``pre_delete`` or ``post_delete``.

    ``name`` is qualified (``Registry.on_delete``, ``outer.inner``); ``senders`` are labels, None means every model.
    ``place`` is the ``def`` line. ``dead`` says in words why it never fires. ``origin_guard`` is true when it
    returns early unless the delete started at its own instance.
    ``sender_guard`` is true when a senderless receiver sorts models out by itself (``if sender is not X: return``).
    """

    module: str
    name: str
    place: Place | None
    signals: tuple[DeleteSignal, ...]
    senders: tuple[str, ...] | None
    registrations: tuple[Registration, ...] = ()
    own: bool = True
    package: str | None = None
    dead: str | None = None
    is_async: bool = False
    temporary: bool = False
    origin_guard: bool = False
    knows_origin: bool = False  # asks in some way where the delete started
    sender_guard: bool = False
    work: tuple[Work, ...] = ()
    dispatches: tuple[Dispatch, ...] = ()
    threads: tuple[Hop, ...] = ()
    creations: tuple[Creation, ...] = ()
    parent_reads: tuple[ParentRead, ...] = ()
    reads: tuple[str, ...] = ()  # fields of the instance that it reads, as far as its code can be read

    @property
    def alive(self) -> bool:
        return self.dead is None

    def work_in(self, categories: Collection[str]) -> list[Work]:
        """The shortest way to each call of these categories, in the order in which the ways start in its body."""
        shortest: dict[tuple[str, str], Work] = {}
        for work in sorted(self.work, key=lambda work: len(work.path)):
            if work.category in categories:
                shortest.setdefault((work.category, work.call), work)
        return sorted(shortest.values(), key=lambda work: work.place)

    def hears(self, label: str) -> bool:
        """Whether it fires for exactly this model; Django matches senders by identity, without inheritance.

        One that is connected for the time of a function only is left out: it is not there when others delete.
        """
        return self.alive and not self.temporary and (self.senders is None or label in self.senders)
