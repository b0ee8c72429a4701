"""What the columns of a few rows would hold in Python, asked of the database without making an instance of a row.

Values are read as the database has them, never through the project's fields: a field with a conversion of its own
(encrypted, validated, slow) would run code of the project, and that is for the delete itself to do.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import DatabaseError, connections
from django.db.models import BinaryField, F, IntegerField, JSONField, Model, QuerySet, TextField
from django.db.models.expressions import Expression, ExpressionWrapper
from django.db.models.functions import Cast, Length

from delete_lint.graph.memory import JSON_FACTOR, STRING, VALUES, Size
from delete_lint.runtime.foresee.python_size import BYTES, converts, python_size

#: A sample has so many rows, of a queryset in so many stretches, and so many characters of their values are read.
_ROWS = 200
_STRETCHES = 8
_CHARACTERS = 4_000_000

#: Columns of at most so many characters are not worth a look.
_SHORT = 30


def variable_columns(model: type[Model], attnames: Iterable[str] | None = None) -> list[str]:
    """The columns of a row whose values are of any size, of those that are read (None for all)."""
    wanted = None if attnames is None else frozenset(attnames)
    return [
        field.attname
        for field in model._meta.concrete_fields
        if (wanted is None or field.attname in wanted) and not field.is_relation and _is_variable(field)
    ]


def _is_variable(field: Any) -> bool:
    if field.max_length is None:
        return field.get_internal_type() not in VALUES
    return bool(field.max_length > _SHORT)


def column_sizes(
    model: type[Model], attnames: Iterable[str], rows: QuerySet[Any] | Sequence[Any], using: str
) -> dict[str, Size]:
    """Mean sizes of these columns in the rows with these primary keys, or in those of a queryset, by a sample of them.

    Empty if the database refuses to tell.
    """
    wanted = frozenset(attnames)
    fields = [field for field in model._meta.concrete_fields if field.attname in wanted]
    if not fields:
        return {}
    try:
        keys = _some_keys(rows, using)
        lengths = _read(model, keys, using, {field.attname: _length(field, using) for field in fields})
        read = [field for field in fields if not _is_binary(field)]
        few = _within(lengths, [field.attname for field in read])
        values = _read(model, few, using, {field.attname: _stored(field, using) for field in read})
    except DatabaseError:
        return {}
    return {field.attname: _mean(field, lengths, values) for field in fields} if lengths else {}


def _some_keys(rows: QuerySet[Any] | Sequence[Any], using: str) -> list[Any]:
    if isinstance(rows, QuerySet):
        keys = rows.using(using).order_by().values_list("pk", flat=True)
        count = keys.count()
        if count <= _ROWS:
            return list(keys)
        length = _ROWS // _STRETCHES
        starts = (number * (count - length) // (_STRETCHES - 1) for number in range(_STRETCHES))
        return list(dict.fromkeys(key for start in starts for key in keys[start : start + length]))
    step = max(len(rows) / _ROWS, 1)
    return [rows[int(number * step)] for number in range(min(_ROWS, len(rows)))]


Row = dict[str, Any]


def _read(model: type[Model], keys: list[Any], using: str, columns: dict[str, Expression]) -> dict[Any, Row]:
    """Expressions of the rows with these keys, by key. Of no manager: one of the project may hide rows or make more."""
    if not columns or not keys:
        return {}
    plain: QuerySet[Any] = QuerySet(model=model, using=using)
    found = plain.filter(pk__in=keys).order_by().values_list("pk", *columns.values())
    return {key: dict(zip(columns, values, strict=True)) for key, *values in found}


def _stored(field: Any, using: str) -> Expression:
    """What the database has, as text where the driver would make objects of it; the field is not asked."""
    output: Any = BinaryField() if _is_binary(field) else TextField()
    if connections[using].vendor == "postgresql" and not _is_binary(field):
        return Cast(F(field.attname), output)
    return ExpressionWrapper(F(field.attname), output)


def _length(field: Any, using: str) -> Expression:
    return Length(_stored(field, using), output_field=IntegerField())


def _is_binary(field: Any) -> bool:
    return bool(field.get_internal_type() == "BinaryField")


def _within(lengths: dict[Any, Row], names: list[str]) -> list[Any]:
    """Keys of rows, spread over the sample, whose values are together not too long to be read."""
    order = list(lengths)
    spread = [key for start in range(_STRETCHES) for key in order[start::_STRETCHES]]
    chosen = []
    left = _CHARACTERS
    for key in spread:
        length = sum(lengths[key][name] or 0 for name in names)
        if length <= left:
            chosen.append(key)
            left -= length
    return chosen


def _mean(field: Any, lengths: dict[Any, Row], values: dict[Any, Row]) -> Size:
    """The values that were read stand for the others, in proportion to their lengths."""
    name = field.attname
    known = [row[name] for row in lengths.values() if row[name] is not None]
    length = sum(known) / len(lengths)
    read = [(python_size(field, values[key][name]), lengths[key][name] or 0) for key in values if name in values[key]]
    seen = sum(chars for _, chars in read)
    if seen:
        raw, value = (sum(getattr(size, part) for size, _ in read) for part in Size._fields)
        return Size(raw * length / seen, value * length / seen)
    header = (BYTES if _is_binary(field) else STRING) * len(known) / len(lengths)
    if isinstance(field, JSONField):
        return Size(header + length, header + length * JSON_FACTOR)
    return Size(header + length if converts(field) else 0, header + length)
