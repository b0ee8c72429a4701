"""Connections to receivers: who connected what, and for which senders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from delete_lint.graph.receiver import DeleteSignal, Receiver, Registration
from delete_lint.source.body import read_body
from delete_lint.source.receivers import Connection
from delete_lint.source.values import External, Function, Instance, LambdaValue, Partial, Value

if TYPE_CHECKING:
    from delete_lint.source.evaluate import Evaluator


_SIGNALS: tuple[DeleteSignal, ...] = ("pre_delete", "post_delete")


class Listening:
    """Makes one `Receiver` of all connections of one function."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator

    def receivers(self, connections: list[Connection]) -> list[Receiver]:
        groups: dict[object, list[Connection]] = {}
        for connection in sorted(connections, key=lambda connection: connection.dead is None):
            key = (self._identity(connection.function), connection.dead is None)
            groups.setdefault(key, []).append(connection)
        return [receiver for group in groups.values() if (receiver := self._receiver(group)) is not None]

    def _identity(self, value: Value) -> object:
        if isinstance(value, Partial):
            return self._identity(value.func)
        if isinstance(value, Function):
            return value.decl
        if isinstance(value, LambdaValue):
            return (value.node.line, value.node.column, value.frame.module.name)
        return value

    def _receiver(self, group: list[Connection]) -> Receiver | None:
        alive = [connection for connection in group if connection.dead is None]
        counted = alive or group
        signals: list[DeleteSignal] = [
            name for name in _SIGNALS if any(name in connection.signals for connection in counted)
        ]
        senders: set[str] | None = set()
        if any(connection.senders is None for connection in counted):
            senders = None
        else:
            senders = {label for connection in counted for label in connection.senders or ()}
        value = group[0].function
        while isinstance(value, Partial):
            value = value.func
        registrations = tuple(
            Registration(
                connection.place,
                connection.signals,
                None if connection.senders is None else tuple(sorted(connection.senders)),
                connection.weak,
                connection.gone,
            )
            for connection in sorted(group, key=lambda connection: connection.place)
        )
        labels = None if senders is None else tuple(sorted(senders))
        dead = None if alive else group[0].dead
        temporary = all(connection.temporary for connection in group)
        if isinstance(value, External):
            module, _, name = value.dotted.rpartition(".")
            return Receiver(
                module=module, name=name, place=None, signals=tuple(signals), senders=labels,
                registrations=registrations, own=False, package=module.partition(".")[0], dead=dead,
                temporary=temporary,
            )  # fmt: skip
        if isinstance(value, Instance):
            call = self.evaluator.project.find_method(value.decl, "__call__")
            if call is None:
                return None
            value = Function(call, value)
        if isinstance(value, Function):
            decl = value.decl
            module, name, place = decl.module.name, decl.qualname, decl.place
            is_async, own = decl.node.is_async, decl.module.linted
        elif isinstance(value, LambdaValue):
            module, name = value.frame.module.name, "<lambda>"
            place = value.frame.place(value.node.line, value.node.column)
            is_async, own = False, value.frame.module.linted
        else:
            return None
        receiver = Receiver(
            module=module, name=name, place=place, signals=tuple(signals), senders=labels,
            registrations=registrations, own=own, dead=dead, is_async=is_async, temporary=temporary,
        )  # fmt: skip
        return read_body(self.evaluator, (value,), senders).of(receiver)
