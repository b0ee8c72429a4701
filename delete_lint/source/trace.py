"""Listening to a walk: what a trace is told while expressions are evaluated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from delete_lint.source import syntax
from delete_lint.source.arguments import Arguments
from delete_lint.source.syntax import Expr
from delete_lint.source.values import Function, Instance, Manager, QuerySet, Values

if TYPE_CHECKING:
    from delete_lint.source.frame import Frame
    from delete_lint.source.schema import Accessor


class Trace(Protocol):
    """Hears of calls, queries and accesses in the order in which they are written.

    ``prunes`` tells whether branches that a constant rules out may be left out of the walk, ``unrolls`` whether loops
    over a list that is written out are walked once for each element.
    """

    prunes: bool
    unrolls: bool

    def method_call(self, node: syntax.Call, bases: Values, name: str, args: Arguments, frame: Frame) -> None:
        """``bases.name(args)``, before it is evaluated further."""

    def plain_call(self, node: syntax.Call, callees: Values, args: Arguments, frame: Frame) -> None:
        """``callee(args)``."""

    def query(self, node: Expr, name: str, value: Manager | QuerySet, frame: Frame) -> None:
        """A queryset that is evaluated without a method call (a slice, a truth value)."""

    def iterated(self, node: Expr, values: Values, frame: Frame) -> None:
        """Something is iterated over, or searched with ``in``."""

    def entered(self, node: Expr, values: Values, frame: Frame) -> None:
        """A ``with`` statement enters something."""

    def accessor(self, node: syntax.Attribute, owner: Instance, accessor: Accessor, frame: Frame) -> None:
        """A relation is followed from an instance."""

    def read(self, owner: Instance, name: str, frame: Frame) -> None:
        """A field of a row is read."""

    def defined(self, function: Function, node: syntax.Function, frame: Frame) -> None:
        """A function is defined inside another one."""

    def follows(self, value: Function, args: Arguments, node: syntax.Call, frame: Frame) -> bool:
        """Whether the body of this function is to be walked with this trace."""

    def inside(self, value: Function, node: syntax.Call, frame: Frame) -> Trace:
        """The trace to walk that body with."""


class SilentTrace:
    """A trace that hears everything and does nothing: the base of those that care for some of it."""

    prunes = False
    unrolls = False

    def method_call(self, node: syntax.Call, bases: Values, name: str, args: Arguments, frame: Frame) -> None:
        return

    def plain_call(self, node: syntax.Call, callees: Values, args: Arguments, frame: Frame) -> None:
        return

    def query(self, node: Expr, name: str, value: Manager | QuerySet, frame: Frame) -> None:
        return

    def iterated(self, node: Expr, values: Values, frame: Frame) -> None:
        return

    def entered(self, node: Expr, values: Values, frame: Frame) -> None:
        return

    def accessor(self, node: syntax.Attribute, owner: Instance, accessor: Accessor, frame: Frame) -> None:
        return

    def assigned(self, node: syntax.Attribute, values: Values, frame: Frame) -> None:
        return

    def read(self, owner: Instance, name: str, frame: Frame) -> None:
        return

    def defined(self, function: Function, node: syntax.Function, frame: Frame) -> None:
        return

    def follows(self, value: Function, args: Arguments, node: syntax.Call, frame: Frame) -> bool:
        return False

    def inside(self, value: Function, node: syntax.Call, frame: Frame) -> Trace:
        return self
