"""Exact numbers, and samples of how wide columns are: for what a database does not know without looking.

Everything goes through Django's own ORM, past the project's managers, and gives back numbers only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import BinaryField, Count, F, Field, Func, IntegerField, Max, Min, Model, Sum
from django.db.models.query import QuerySet

ModelClass = type[Model]

#: Rows that are looked at to learn how wide columns are: so many times so many in a row, spread over the keys.
_PIECES = 10
_PIECE = 50


@dataclass(frozen=True, slots=True)
class Linked:
    """How many rows point at something, and how many of them at the same."""

    rows: int
    most: int


def all_rows(model: ModelClass, using: str) -> QuerySet[Any]:
    """A plain queryset, whatever the managers of the model make of theirs."""
    return QuerySet(model=model, using=using)


def count_rows(model: ModelClass, using: str) -> int:
    return all_rows(model, using).count()


def count_linked(rows: QuerySet[Any], columns: Sequence[str]) -> Linked:
    """How these rows are spread over the values of a key: one pass over its index."""
    keys = rows.filter(**{f"{column}__isnull": False for column in columns}).order_by()
    counted = keys.values(*columns).annotate(rows_of_key=Count("*"))
    found = counted.aggregate(linked=Sum("rows_of_key"), most=Max("rows_of_key"))
    return Linked(found["linked"] or 0, found["most"] or 0)


def sample_widths(model: ModelClass, using: str, fields: Sequence[Field[Any, Any]]) -> dict[str, float]:
    """Mean bytes of some columns, by name; NULL counts as nothing. Empty for an empty table."""
    lengths: list[tuple[int | None, ...]] = []
    octets = {f"octets_{number}": _Octets(F(field.attname), field) for number, field in enumerate(fields)}
    for piece, rows in _pieces(model, using):
        lengths += piece.annotate(**octets).values_list(*octets)[:rows]
    if not lengths:
        return {}
    return {
        field.name: sum(length or 0 for length in column) / len(lengths)
        for field, column in zip(fields, zip(*lengths, strict=True), strict=True)
    }


def _pieces(model: ModelClass, using: str) -> Iterator[tuple[QuerySet[Any], int]]:
    """Where to look, and at how many rows: along a key of whole numbers, else at both of its ends."""
    rows = all_rows(model, using)
    ends: Mapping[str, Any] = rows.aggregate(low=Min("pk"), high=Max("pk")) if _is_number(model) else {}
    low, high = ends.get("low"), ends.get("high")
    if isinstance(low, int) and isinstance(high, int) and high - low >= _PIECES * _PIECE:
        step = (high - low) / _PIECES
        for number in range(_PIECES):
            bounds = {"pk__gte": low + int(step * number), "pk__lt": low + int(step * (number + 1))}
            yield rows.filter(**bounds).order_by("pk"), _PIECE
    else:
        # Both ends of a short table are the same rows, which does not change the mean.
        for order in ("pk", "-pk"):
            yield rows.order_by(order), _PIECES * _PIECE // 2


def _is_number(model: ModelClass) -> bool:
    key: Any = model._meta.pk
    while key.remote_field is not None:
        key = key.target_field
    return isinstance(key, IntegerField)


class _Octets(Func):
    """The bytes of a value as it is sent to the client."""

    function = "LENGTHB"  # Oracle
    arity = 1

    def __init__(self, column: F, field: Field[Any, Any]) -> None:
        super().__init__(column, output_field=IntegerField())
        self.binary = isinstance(field, BinaryField)
        self.lob = field.get_internal_type() in ("TextField", "BinaryField", "JSONField")

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        value = "%(expressions)s" if self.binary else "(%(expressions)s)::text"
        return self.as_sql(compiler, connection, template=f"OCTET_LENGTH({value})", **context)

    def as_mysql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template="LENGTH(%(expressions)s)", **context)

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template="LENGTH(CAST(%(expressions)s AS BLOB))", **context)

    def as_oracle(self, compiler: Any, connection: Any, **context: Any) -> Any:
        function = "DBMS_LOB.GETLENGTH" if self.lob else self.function
        return self.as_sql(compiler, connection, function=function, **context)
