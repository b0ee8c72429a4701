"""What the body of a receiver does."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

from delete_lint.graph.receiver import Creation, Dispatch, Hop, ParentRead, Receiver, Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What reading a body told; the fields are those of `Receiver`."""

    work: tuple[Work, ...] = ()
    dispatches: tuple[Dispatch, ...] = ()
    threads: tuple[Hop, ...] = ()
    creations: tuple[Creation, ...] = ()
    parent_reads: tuple[ParentRead, ...] = ()
    reads: tuple[str, ...] = ()
    origin_guard: bool = False
    knows_origin: bool = False
    sender_guard: bool = False

    def of(self, receiver: Receiver) -> Receiver:
        """The receiver with this as its body."""
        return replace(receiver, **{field.name: getattr(self, field.name) for field in fields(self)})
