"""The deletes that are weighed, with what is in their rows."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Case:
    """The rows of ``model`` go with their root, or as a queryset; ``heard`` are the models with a receiver."""

    model: str
    values: Callable[[int], Values] = lambda number: {}
    heard: tuple[str, ...] = ()
    queryset: bool = False


def _number(number: int) -> str:
    return f"{number:010d}"


def _document(shape: str) -> Callable[[int], Values]:
    """4 kB of JSON text."""
    if shape == "string":
        return lambda number: {"data": "x" * 4190 + _number(number)}
    if shape == "keys":
        return lambda number: {"data": {f"key{index}": "x" * 85 + _number(number) for index in range(40)}}
    if shape == "numbers":
        return lambda number: {"data": [1000 + number + index for index in range(700)]}
    return lambda number: {"data": {"id": number, "tags": ["a", "b"], "nested": {"price": 1.5, "ok": True}}}


def _person(number: int) -> Values:
    joined = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC) + datetime.timedelta(minutes=number)
    return {
        "name": f"Somebody Number {number}",
        "email": f"somebody.{number}@example.com",
        "age": number % 90,
        "visits": 1000 + number,
        "balance": Decimal(number) / 100,
        "joined": joined,
        "seen": joined if number % 2 else None,
        "born": joined.date(),
        "token": uuid.UUID(int=number << 64 | 1 << 127),
        "photo": f"photos/{number:08d}.jpg",
        "notes": "Called twice. " * (number % 10),
    }


def _numbers(count: int) -> Callable[[int], Values]:
    return lambda number: {f"number{index}": 1000 + number + index for index in range(count)}


def _place(number: int) -> Values:
    return {"title": f"Place {number}", "text": "x" * 500 + _number(number)}


CASES = {
    "bare": Case("Bare"),
    "bare, receiver": Case("Bare", heard=("Bare",)),
    "bare, receiver on the leaf": Case("Bare", heard=("BareLeaf",)),
    "JSON not read": Case("Document", _document("keys")),
    "JSON, forty keys": Case("Document", _document("keys"), heard=("Document",)),
    "JSON, one string": Case("Document", _document("string"), heard=("Document",)),
    "JSON, 700 numbers": Case("Document", _document("numbers"), heard=("Document",)),
    "JSON, small": Case("Document", _document("small"), heard=("Document",)),
    "JSON, as a queryset": Case("Document", _document("keys"), queryset=True),
    "text of 1 kB": Case("Article", lambda n: {"text": "x" * 990 + _number(n)}, heard=("Article",)),
    "text of 1000 Greek letters": Case("Article", lambda n: {"text": "λ" * 990 + _number(n)}, heard=("Article",)),
    "ordinary rows": Case("Person", _person, heard=("Person",)),
    "ordinary rows, keys only": Case("Person", _person),
    "20 columns": Case("Twenty", _numbers(18), heard=("Twenty",)),
    "60 columns": Case("Sixty", _numbers(58), heard=("Sixty",)),
    "60 columns, keys only": Case("Sixty", _numbers(58)),
    "UUID keys": Case("Named"),
    "UUID keys, receiver on the leaf": Case("Named", heard=("NamedLeaf",)),
    "inherited": Case("Hotel", _place),
    "inherited, receiver": Case("Hotel", _place, heard=("Hotel",)),
    "inherited, by its own relation": Case("Shop", _place),
}
