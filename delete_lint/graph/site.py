"""Places in the source where something is deleted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from delete_lint.graph.place import Place

SiteKind = Literal["queryset", "instance", "other"]
SiteMethod = Literal["delete", "adelete", "_raw_delete"]
#: What narrows the rows of a queryset: nothing, one key, a list of keys, a unique field, a parent, something else.
FilterKind = Literal["none", "pk", "pk-in", "unique", "fk", "other", "unknown"]
#: How receivers are kept from hearing a delete.
Muting = Literal["disconnect", "receivers_emptied", "muter"]


@dataclass(frozen=True, slots=True)
class Loop:
    """The loop around a delete site; ``model`` is set when it runs over the rows of a queryset.

    ``whole`` is what narrows that queryset when it can be deleted in one go: it is no slice, holds no values, and its
    ``delete()`` is Django's own.
    """

    place: Place
    model: str | None = None
    whole: FilterKind | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteSite:
    """One call of ``delete``, ``adelete`` or ``_raw_delete``, the ORM's or not (``kind`` "other").

    ``place`` spans from the method's name to the closing bracket. ``model`` is what is deleted, when that can be
    told. ``guessed`` when kind or model rest on nothing but a name. ``batched`` when the call runs on bounded
    slices, or after its children were deleted bottom-up in the same function. ``unbounded`` when one call can
    delete any number of rows. ``override_super`` for ``super().delete()`` inside a ``delete`` override.
    ``soft`` when the model's own ``delete()`` is called, and deletes no row.
    ``historical`` for code that a migration's ``RunPython`` runs, where receivers with a sender stay silent.
    ``of_parent`` when the queryset is that of a related manager, ``parent.children``.
    ``queryset_override`` when the queryset's class has a ``delete()`` of its own.
    ``only``/``defer``/``values``/``sliced``/``distinct`` are what the queryset was narrowed with.
    """

    place: Place
    kind: SiteKind
    method: SiteMethod = "delete"
    model: str | None = None
    scope: str = ""
    guessed: bool = False
    batched: bool = False
    unbounded: bool = False
    in_loop: bool = False
    loop: Loop | None = None
    filter: FilterKind = "unknown"
    only: tuple[str, ...] = ()
    defer: tuple[str, ...] = ()
    values: bool = False
    sliced: bool = False
    distinct: bool = False
    muted: Muting | None = None
    muted_at: Place | None = None
    muted_call: str = ""
    override_super: bool = False
    historical: bool = False
    keep_parents: bool = False
    soft: bool = False
    of_parent: bool = False
    queryset_override: bool = False
    leaf_first: tuple[str, ...] = ()  # labels whose rows the same function deletes before this call
    detail: str = ""


EntryKind = Literal["admin", "delete_view", "drf_destroy"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryPoint:
    """A class through which a request deletes: a ``ModelAdmin``, a ``DeleteView``, a DRF viewset with destroy.

    ``handled`` when the class takes the delete into its own hands (``has_delete_permission``,
    ``get_deleted_objects``, ``delete_model`` and ``delete_queryset``, ``perform_destroy``, ``form_valid`` …).
    """

    kind: EntryKind
    name: str
    model: str
    place: Place
    handled: bool = False


MuteKind = Literal["receivers_emptied", "disconnect"]


@dataclass(frozen=True, slots=True)
class Mute:
    """A stretch of code during which delete signals are muted; ``deletes`` when a delete runs inside it.

    ``scope`` is the function that it stands in.
    """

    place: Place
    kind: MuteKind
    call: str
    signals: tuple[str, ...]
    deletes: bool = False
    model: str | None = None
    scope: str = ""
