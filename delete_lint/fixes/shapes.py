"""What a syntax tree is to look like, declared: ``Call(func=Name("list"))`` fits every call of ``list``.

In the manner of `libcst.matchers`, of which this is the part that fixers need: that module takes longer to import than
all the rest of libcst, and every run whose findings may be fixed would wait for it. A shape has the name and the fields
of a node's class; what it does not name may be anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

import libcst as cst

from delete_lint.fixes.tree import children, field_names


class Shape:
    """What a node may look like."""

    def __or__(self, other: Shape) -> Shape:
        return OneOf(self, other)


@dataclass(frozen=True, slots=True)
class _Kind(Shape):
    kind: type[cst.CSTNode]
    fields: tuple[tuple[str, object], ...]


class OneOf(Shape):
    def __init__(self, *shapes: Shape) -> None:
        self.shapes = shapes


@dataclass(frozen=True, slots=True)
class DoesNotMatch(Shape):
    shape: Shape


@dataclass(frozen=True, slots=True)
class SaveMatchedNode(Shape):
    """`extract` gives the node that the shape fits by this name."""

    shape: Shape
    name: str


def __getattr__(name: str) -> Callable[..., Shape]:
    """The shape of a class of nodes."""
    return _of_kind(name)


@cache
def _of_kind(name: str) -> Callable[..., Shape]:
    kind = getattr(cst, name, None)
    if not (isinstance(kind, type) and issubclass(kind, cst.CSTNode)):
        raise AttributeError(f"libcst has no nodes called {name}")
    names = field_names(kind)

    def shape(*positional: object, **named: object) -> Shape:
        fields = {**dict(zip(names, positional, strict=False)), **named}
        if unknown := fields.keys() - set(names):
            raise TypeError(f"{name} has no {', '.join(sorted(unknown))}")
        return _Kind(kind, tuple(fields.items()))

    return shape


def matches(node: object, shape: Shape) -> bool:
    return extract(node, shape) is not None


def extract(node: object, shape: Shape) -> dict[str, cst.CSTNode] | None:
    """The nodes that are to be saved, None if the shape does not fit."""
    saved: dict[str, cst.CSTNode] = {}
    return saved if _fits(node, shape, saved) else None


def findall(tree: cst.CSTNode, shape: Shape) -> list[cst.CSTNode]:
    """The nodes that the shape fits, the tree itself among them, outer ones before those inside them."""
    return [node for node in _all(tree) if matches(node, shape)]


def extractall(tree: cst.CSTNode, shape: Shape) -> list[dict[str, cst.CSTNode]]:
    """`extract` of the nodes of `findall`."""
    return [found for node in _all(tree) if (found := extract(node, shape)) is not None]


def _all(tree: cst.CSTNode) -> Iterator[cst.CSTNode]:
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += reversed(list(children(node)))


def _fits(value: object, shape: object, saved: dict[str, cst.CSTNode]) -> bool:
    if isinstance(shape, _Kind):
        return type(value) is shape.kind and all(
            _fits(getattr(value, name), part, saved) for name, part in shape.fields
        )
    if isinstance(shape, OneOf):
        return any(_fits(value, each, saved) for each in shape.shapes)
    if isinstance(shape, DoesNotMatch):
        return not _fits(value, shape.shape, {})
    if isinstance(shape, SaveMatchedNode):
        if not isinstance(value, cst.CSTNode) or not _fits(value, shape.shape, saved):
            return False
        saved[shape.name] = value
        return True
    if isinstance(shape, list):
        return (
            isinstance(value, (list, tuple))
            and len(value) == len(shape)
            and all(_fits(*pair, saved) for pair in zip(value, shape, strict=True))
        )
    return value == shape
