"""How wide columns are, as far as their type tells."""

from __future__ import annotations

from typing import Any

from delete_lint.catalog.fields import field_class

#: Bytes of values that are all alike, by the type that a field gives itself out for.
_FIXED = {
    "AutoField": 4,
    "BigAutoField": 8,
    "BigIntegerField": 8,
    "BooleanField": 1,
    "DateField": 4,
    "DateTimeField": 8,
    "DecimalField": 8,
    "DurationField": 8,
    "FloatField": 8,
    "IntegerField": 4,
    "PositiveBigIntegerField": 8,
    "PositiveIntegerField": 4,
    "PositiveSmallIntegerField": 2,
    "SmallAutoField": 2,
    "SmallIntegerField": 2,
    "TimeField": 8,
    "UUIDField": 16,
}


def fixed_width(field: Any) -> int | None:
    """The bytes of a value, None where they depend on the value; a foreign key is as wide as what it points at."""
    while field.remote_field is not None and hasattr(field, "target_field"):
        field = field.target_field
    return _FIXED.get(field.get_internal_type())


def is_large(field: Any) -> bool:
    """Whether a column is of a kind that can hold any amount of data; one that is generated, as what it generates."""
    known = (field_class(f"{base.__module__}.{base.__qualname__}") for base in type(field).__mro__)
    if any(found is not None and found.kind == "large" for found in known):
        return True
    output = getattr(field, "output_field", None) if type(field).__name__ == "GeneratedField" else None
    return output is not None and is_large(output)
