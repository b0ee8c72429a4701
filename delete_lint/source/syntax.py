"""The facts of a block of code: a small syntax tree, made from libcst's, that can be stored and compared.

It keeps what linking needs and drops white space, comments and the spelling of things. Lines and columns count from
1. A `Call` or `Attribute` stands where the called or accessed *name* stands (``a.b.delete()`` at ``delete``), since
chains run over several lines.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec


class Node(msgspec.Struct, frozen=True, gc=False, tag=True, array_like=True, eq=False):
    """A node of the tree. Nodes are compared and hashed by identity."""


# --- expressions ------------------------------------------------------------------------------------------------


class Name(Node, frozen=True, gc=False, eq=False):
    id: str
    line: int
    column: int


class Attribute(Node, frozen=True, gc=False, eq=False):
    """``value.name``; the position is that of ``name``."""

    value: Expr
    name: str
    line: int
    column: int


class Arg(Node, frozen=True, gc=False, eq=False):
    """An argument of a call or a base of a class; ``star`` is 1 for ``*x`` and 2 for ``**x``."""

    value: Expr
    keyword: str | None = None
    star: int = 0


class Call(Node, frozen=True, gc=False, eq=False):
    """``func(args)``; the position is that of the called name (of the last token before the bracket otherwise)."""

    func: Expr
    args: list[Arg]
    line: int
    column: int


class Subscript(Node, frozen=True, gc=False, eq=False):
    """``value[index]``; several indices are a tuple `Sequence`."""

    value: Expr
    index: Expr


class Slice(Node, frozen=True, gc=False, eq=False):
    lower: Expr | None
    upper: Expr | None
    step: Expr | None


class Constant(Node, frozen=True, gc=False, eq=False):
    """A string (implicit concatenation joined), number, True, False or None. Bytes and ``...`` are `Opaque`."""

    value: str | int | float | bool | None
    line: int
    column: int


class FString(Node, frozen=True, gc=False, eq=False):
    """An f-string or t-string: its expressions in order, and the literal text in front of the first one."""

    prefix: str
    values: list[Expr]
    line: int
    column: int


class Sequence(Node, frozen=True, gc=False, eq=False):
    kind: Literal["tuple", "list", "set"]
    items: list[Expr]


class Dict(Node, frozen=True, gc=False, eq=False):
    """A key is None for ``**other``."""

    keys: list[Expr | None]
    values: list[Expr]


class Generator(Node, frozen=True, gc=False, eq=False):
    """One ``for target in iter if …`` of a comprehension; line and column are those of ``for``'s target."""

    target: Expr
    iter: Expr
    conditions: list[Expr]


class Comprehension(Node, frozen=True, gc=False, eq=False):
    """``value`` is set for a dict comprehension, whose ``element`` is the key."""

    kind: Literal["list", "set", "dict", "generator"]
    element: Expr
    value: Expr | None
    generators: list[Generator]


class Lambda(Node, frozen=True, gc=False, eq=False):
    params: list[Param]
    body: Expr
    line: int
    column: int


class Conditional(Node, frozen=True, gc=False, eq=False):
    test: Expr
    body: Expr
    orelse: Expr


class BoolOp(Node, frozen=True, gc=False, eq=False):
    """``a and b``, ``a or b``."""

    op: Literal["and", "or"]
    left: Expr
    right: Expr


class Compare(Node, frozen=True, gc=False, eq=False):
    """Operators as written: ``==``, ``is not``, ``not in`` …"""

    left: Expr
    ops: list[str]
    comparators: list[Expr]


class BinOp(Node, frozen=True, gc=False, eq=False):
    op: str
    left: Expr
    right: Expr


class Unary(Node, frozen=True, gc=False, eq=False):
    op: Literal["not", "-", "+", "~"]
    operand: Expr


class Await(Node, frozen=True, gc=False, eq=False):
    value: Expr


class Yield(Node, frozen=True, gc=False, eq=False):
    value: Expr | None
    is_from: bool = False


class Walrus(Node, frozen=True, gc=False, eq=False):
    target: Expr
    value: Expr


class Starred(Node, frozen=True, gc=False, eq=False):
    value: Expr


class Opaque(Node, frozen=True, gc=False, eq=False):
    """Something that linking never asks about."""


Expr: TypeAlias = (
    Name
    | Attribute
    | Call
    | Subscript
    | Slice
    | Constant
    | FString
    | Sequence
    | Dict
    | Comprehension
    | Lambda
    | Conditional
    | BoolOp
    | Compare
    | BinOp
    | Unary
    | Await
    | Yield
    | Walrus
    | Starred
    | Opaque
)


# --- statements -------------------------------------------------------------------------------------------------


class Param(Node, frozen=True, gc=False, eq=False):
    name: str
    annotation: Expr | None = None
    default: Expr | None = None
    kind: Literal["posonly", "plain", "star", "kwonly", "kwargs"] = "plain"


class Assign(Node, frozen=True, gc=False, eq=False):
    targets: list[Expr]
    value: Expr
    line: int
    column: int


class AugAssign(Node, frozen=True, gc=False, eq=False):
    target: Expr
    op: str
    value: Expr
    line: int
    column: int


class AnnAssign(Node, frozen=True, gc=False, eq=False):
    target: Expr
    annotation: Expr
    value: Expr | None
    line: int
    column: int


class ExprStmt(Node, frozen=True, gc=False, eq=False):
    value: Expr
    line: int
    column: int


class Return(Node, frozen=True, gc=False, eq=False):
    value: Expr | None
    line: int
    column: int


class Raise(Node, frozen=True, gc=False, eq=False):
    exc: Expr | None
    line: int
    column: int


class Delete(Node, frozen=True, gc=False, eq=False):
    """The ``del`` statement."""

    targets: list[Expr]
    line: int
    column: int


class Assert(Node, frozen=True, gc=False, eq=False):
    test: Expr
    line: int
    column: int


class Jump(Node, frozen=True, gc=False, eq=False):
    kind: Literal["pass", "break", "continue"]
    line: int
    column: int


class Global(Node, frozen=True, gc=False, eq=False):
    """``global`` and ``nonlocal``."""

    names: list[str]


class ImportedName(Node, frozen=True, gc=False, eq=False):
    """``name`` as written (dotted for ``import a.b``), ``alias`` after ``as``. ``*`` for a star import."""

    name: str
    alias: str | None = None


class Import(Node, frozen=True, gc=False, eq=False):
    """``import a.b as c`` when ``module`` is None, else ``from module import …``; ``level`` counts leading dots."""

    module: str | None
    names: list[ImportedName]
    level: int = 0
    line: int = 0


class If(Node, frozen=True, gc=False, eq=False):
    test: Expr
    body: list[Stmt]
    orelse: list[Stmt]
    line: int
    column: int


class For(Node, frozen=True, gc=False, eq=False):
    target: Expr
    iter: Expr
    body: list[Stmt]
    orelse: list[Stmt]
    line: int
    column: int


class While(Node, frozen=True, gc=False, eq=False):
    test: Expr
    body: list[Stmt]
    orelse: list[Stmt]
    line: int
    column: int


class WithItem(Node, frozen=True, gc=False, eq=False):
    value: Expr
    target: Expr | None = None


class With(Node, frozen=True, gc=False, eq=False):
    items: list[WithItem]
    body: list[Stmt]
    line: int
    column: int


class Handler(Node, frozen=True, gc=False, eq=False):
    """One ``except`` (or ``except*``) clause."""

    exception: Expr | None
    name: str | None
    body: list[Stmt]


class Try(Node, frozen=True, gc=False, eq=False):
    body: list[Stmt]
    handlers: list[Handler]
    orelse: list[Stmt]
    final: list[Stmt]
    line: int
    column: int


class Case(Node, frozen=True, gc=False, eq=False):
    """One ``case``: the names its pattern binds, the guard and the body."""

    binds: list[str]
    guard: Expr | None
    body: list[Stmt]


class Match(Node, frozen=True, gc=False, eq=False):
    subject: Expr
    cases: list[Case]
    line: int
    column: int


class Function(Node, frozen=True, gc=False, eq=False):
    """``line`` and ``column`` are those of the function's *name*'s line and of ``def`` (or ``async``)."""

    name: str
    params: list[Param]
    body: list[Stmt]
    decorators: list[Expr]
    returns: Expr | None
    is_async: bool
    line: int
    column: int


class Class(Node, frozen=True, gc=False, eq=False):
    """In a class *shell* the body holds everything but its functions (nested classes are shells too)."""

    name: str
    bases: list[Arg]
    body: list[Stmt]
    decorators: list[Expr]
    line: int
    column: int


Stmt: TypeAlias = (
    Assign
    | AugAssign
    | AnnAssign
    | ExprStmt
    | Return
    | Raise
    | Delete
    | Assert
    | Jump
    | Global
    | Import
    | If
    | For
    | While
    | With
    | Try
    | Match
    | Function
    | Class
)


def last_name(node: Expr) -> str:
    """The name at the end of a dotted one, empty for what is none."""
    if isinstance(node, Attribute):
        return node.name
    return node.id if isinstance(node, Name) else ""
