"""Annotations to values: what an object of the annotated type is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from delete_lint.source import syntax
from delete_lint.source.frame import Frame
from delete_lint.source.syntax import Expr
from delete_lint.source.values import (
    UNKNOWN,
    ClassValue,
    DictOf,
    External,
    Instance,
    ListOf,
    Manager,
    QuerySet,
    Value,
    Values,
    join,
    one,
)

if TYPE_CHECKING:
    from delete_lint.source.evaluate import Evaluator

_TRANSPARENT = frozenset(
    {"Optional", "Union", "Annotated", "Final", "ClassVar", "Required", "NotRequired", "Awaitable"}
)
_ITERABLES = frozenset(
    {
        "list", "List", "set", "Set", "frozenset", "FrozenSet", "Sequence", "Iterable", "Iterator", "Collection",
        "Generator", "AbstractSet", "MutableSequence", "deque", "AsyncIterator", "AsyncIterable", "Page",
    }
)  # fmt: skip
_MAPPINGS = frozenset({"dict", "Dict", "Mapping", "MutableMapping", "defaultdict", "DefaultDict", "OrderedDict"})
_QUERYSETS = frozenset({"QuerySet", "ValuesQuerySet", "QuerySetAny", "_QuerySet"})
_MANAGERS = frozenset({"Manager", "BaseManager", "RelatedManager", "ManyRelatedManager"})
_TEXT = re.compile(r"\s*([A-Za-z_][\w.]*)\s*(?:\[(.*)\])?\s*(?:\|(.*))?$", re.DOTALL)


def annotation(node: Expr, frame: Frame, evaluator: Evaluator) -> Values:
    """The values of an object with this annotation; unknown when it says nothing about models or classes."""
    if isinstance(node, syntax.Constant):
        return _text(node.value, frame, evaluator) if isinstance(node.value, str) else UNKNOWN
    if isinstance(node, syntax.BinOp) and node.op == "|":
        return join(annotation(node.left, frame, evaluator), annotation(node.right, frame, evaluator))
    if isinstance(node, syntax.Subscript):
        return _generic(node, frame, evaluator)
    if isinstance(node, (syntax.Name, syntax.Attribute)):
        name = node.id if isinstance(node, syntax.Name) else node.name
        if name == "Self":
            owner = frame
            while owner.self_value is None and owner.outer is not None:
                owner = owner.outer
            return _self_type(owner)
        return _instances(evaluator.eval(node, Frame(frame.module)), evaluator)
    return UNKNOWN


def _self_type(frame: Frame) -> Values:
    value = frame.self_value
    if isinstance(value, ClassValue):
        return one(Instance(value.decl))
    if value is not None:
        return one(value)
    return one(Instance(frame.owner)) if frame.owner is not None else UNKNOWN


def _instances(values: Values, evaluator: Evaluator) -> Values:
    found: set[Value] = set()
    for value in values:
        if isinstance(value, ClassValue):
            found.update(evaluator.calls.instantiated(value.decl))
        elif isinstance(value, External):
            last = value.dotted.rpartition(".")[2]
            if last in _QUERYSETS:
                found.add(QuerySet(None))
            elif last in _MANAGERS:
                found.add(Manager(None))
            elif not value.dotted.startswith(("builtins.", "typing.", "typing_extensions.", "collections.abc.")):
                found.add(value)
        elif isinstance(value, (Instance, QuerySet, ListOf)):
            found.add(value)  # an alias: ``type Rows = QuerySet[Row]`` and its like
    return frozenset(found)


def _generic(node: syntax.Subscript, frame: Frame, evaluator: Evaluator) -> Values:
    head = node.value
    name = head.id if isinstance(head, syntax.Name) else head.name if isinstance(head, syntax.Attribute) else ""
    inner = node.index.items if isinstance(node.index, syntax.Sequence) else [node.index]
    if name in _TRANSPARENT:
        taken = inner[:1] if name == "Annotated" else inner
        return join(*(annotation(item, frame, evaluator) for item in taken))
    if name in ("type", "Type"):
        return join(*(_classes(annotation(item, frame, evaluator)) for item in inner))
    if name in ("tuple", "Tuple"):
        if len(inner) == 2 and isinstance(inner[1], syntax.Opaque):
            return one(ListOf(annotation(inner[0], frame, evaluator)))
        items = tuple(annotation(item, frame, evaluator) for item in inner)
        return one(ListOf(join(*items), exact=items))
    if name in _ITERABLES:
        return one(ListOf(annotation(inner[0], frame, evaluator)))
    if name in _MAPPINGS:
        return one(DictOf(annotation(inner[-1], frame, evaluator)))
    if name in _QUERYSETS or name in _MANAGERS:
        return frozenset(
            QuerySet(value.decl) if name in _QUERYSETS else Manager(value.decl)
            for value in annotation(inner[0], frame, evaluator)
            if isinstance(value, Instance)
        ) or one(QuerySet(None) if name in _QUERYSETS else Manager(None))
    values = annotation(head, frame, evaluator)
    models = [
        value.decl
        for item in inner
        for value in annotation(item, frame, evaluator)
        if isinstance(value, Instance) and evaluator.schema.is_model(value.decl)
    ]
    if len(models) == 1:
        return frozenset(
            QuerySet(models[0], value.decl) if isinstance(value, QuerySet) and value.model is None else value
            for value in values
        )
    return values


def _classes(values: Values) -> Values:
    return frozenset(ClassValue(value.decl) if isinstance(value, Instance) else value for value in values)


def _text(text: str, frame: Frame, evaluator: Evaluator) -> Values:
    """An annotation in quotes; only names, subscripts and unions are read."""
    match = _TEXT.match(text)
    if match is None:
        return UNKNOWN
    node: Expr = dotted_name(match[1])
    if match[2] is not None:
        parts = split_at_commas(match[2])
        items: list[Expr] = [syntax.Constant(part, 0, 0) for part in parts]
        node = syntax.Subscript(node, items[0] if len(items) == 1 else syntax.Sequence("tuple", items))
    values = annotation(node, frame, evaluator)
    return join(values, _text(match[3], frame, evaluator)) if match[3] else values


def dotted_name(name: str) -> Expr:
    """The expression that a dotted name is."""
    first, *rest = name.split(".")
    node: Expr = syntax.Name(first, 0, 0)
    for part in rest:
        node = syntax.Attribute(node, part, 0, 0)
    return node


def split_at_commas(text: str) -> list[str]:
    """Split at the commas that stand outside brackets."""
    parts, depth, start = [], 0, 0
    for position, character in enumerate(text):
        if character == "[":
            depth += 1
        elif character == "]":
            depth -= 1
        elif character == "," and depth == 0:
            parts.append(text[start:position])
            start = position + 1
    return [*parts, text[start:]]
