"""The state of walking one function: its names, and in which circumstances its code runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from delete_lint.graph.place import Place
from delete_lint.graph.site import Muting
from delete_lint.source.declarations import ClassDecl, FunctionDecl, Module
from delete_lint.source.syntax import For, Generator, While
from delete_lint.source.values import UNKNOWN, Value, Values

if TYPE_CHECKING:
    from delete_lint.source.trace import Trace


class LoopAround(Struct, frozen=True):
    """A loop (``for``, ``while`` or the ``for`` of a comprehension) and what it runs over."""

    place: Place
    values: Values = UNKNOWN
    node: For | While | Generator | None = None


class Around(Struct, frozen=True):
    """What stands around a statement: the loops, outermost first, that may run it more than once (a branch that
    ends in ``return`` or ``break`` runs once), and how receivers are muted."""

    loops: tuple[LoopAround, ...] = ()
    muted: Muting | None = None
    muted_at: Place | None = None
    muted_call: str = ""
    missing_is_caught: bool = False


@dataclass(eq=False)
class Frame:
    """Names of one function, class body or module while it is walked. ``outer`` holds the names of the closure."""

    module: Module
    function: FunctionDecl | None = None
    owner: ClassDecl | None = None
    names: dict[str, Values] = field(default_factory=dict)
    outer: Frame | None = None
    trace: Trace | None = None
    depth: int = 0
    around: Around = field(default_factory=Around)
    returned: set[Value] = field(default_factory=set)
    returns_unknown: bool = False
    yielded: set[Value] = field(default_factory=set)
    self_value: Value | None = None

    def __repr__(self) -> str:
        return f"<frame {self.function or self.module}>"

    def lookup(self, name: str) -> Values | None:
        """The values of a local or closure name, None when no function around binds it."""
        frame: Frame | None = self
        while frame is not None:
            found = frame.names.get(name)
            if found is not None:
                return found
            frame = frame.outer
        return None

    def quiet(self) -> Frame:
        """The same names without a trace, so that looking twice is not heard twice."""
        return Frame(self.module, self.function, self.owner, outer=self, depth=self.depth, self_value=self.self_value)

    def enter_loop(self, loop: LoopAround) -> Around:
        """Go into a loop; gives the former circumstances, to be restored."""
        former = self.around
        self.around = replace(former, loops=(*former.loops, loop))
        return former

    def place(self, line: int, column: int, to_end: bool = False) -> Place:
        return self.module.place(line, column, to_end)
