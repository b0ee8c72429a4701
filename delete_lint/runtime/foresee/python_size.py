"""The bytes that values take in Python."""

from __future__ import annotations

import json
import sys
from typing import Any

import django
from django.db.models import Field, JSONField
from django.db.models.base import ModelState

from delete_lint.graph.memory import STRING, VALUES, Size

#: An empty ``list`` and an empty ``bytes``; a reference to an element.
_LIST, BYTES, _REFERENCE = 56, 33, 8
#: One instance of each of these integers is there already (``_PY_NSMALLNEGINTS``, ``_PY_NSMALLPOSINTS``).
_SMALL = range(-5, 257)


def deep_size(value: Any) -> int:
    """A value as `json.loads` makes it, with all that it holds. What is there in any case counts as nothing."""
    total = 0
    seen: set[int] = set()
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if each is None or isinstance(each, bool) or (isinstance(each, int) and each in _SMALL):
            continue
        if isinstance(each, str) and (not each or (len(each) == 1 and each < "\u0100")):
            continue
        if id(each) in seen:
            continue  # equal keys of the objects in one document are one string
        seen.add(id(each))
        total += sys.getsizeof(each)
        if isinstance(each, dict):
            waiting += each
            waiting += each.values()
        elif isinstance(each, list):
            waiting += each
    return total


def python_size(field: Field[Any, Any], stored: Any) -> Size:
    """What a stored value holds as the value of this field, and what the driver gave for it if that is another."""
    if stored is None:
        return Size(0, 0)
    if isinstance(stored, bytes | bytearray | memoryview):
        raw = BYTES + len(stored)
        return Size(raw if converts(field) else 0, raw)
    if not isinstance(stored, str):
        return Size(0, sys.getsizeof(stored))
    text = sys.getsizeof(stored)
    if isinstance(field, JSONField) or (converts(field) and stored[:1] in ("{", "[")):
        return Size(text, _parsed(stored) or text)
    kind = field.get_internal_type()
    if kind == "ArrayField":
        return Size(0, _array(field, stored))
    if kind == "HStoreField":
        pairs = stored.count('"=>')
        return Size(0, sys.getsizeof(dict.fromkeys(range(pairs))) + pairs * 2 * STRING + len(stored))
    return Size(text if converts(field) else 0, text)


def converts(field: Field[Any, Any]) -> bool:
    """Whether code of the project makes the value from what is stored (``from_db_value``)."""
    conversion = getattr(type(field), "from_db_value", None)
    return conversion is not None and not conversion.__module__.startswith("django.")


def _parsed(text: str) -> int:
    try:
        return deep_size(json.loads(text))
    except (ValueError, RecursionError):
        return 0


def _array(field: Any, stored: str) -> float:
    """An array by its text, ``{1,2,{3,4}}``."""
    elements = stored.count(",") + 1 if len(stored) > 2 else 0
    known = VALUES.get(field.base_field.get_internal_type())
    held = elements * known if known is not None else elements * STRING + len(stored)
    return _LIST * max(stored.count("{"), 1) + elements * _REFERENCE + held


def crowded_state() -> bool:
    """Whether each ``ModelState`` has a dictionary of its own in this process, see `row_bytes`."""
    state: Any = ModelState()
    state.adding = False
    state.db = ""
    if django.VERSION >= (6, 1):
        state.fetch_mode = None
    # A copy has names of its own; as large is only what shares none.
    return sys.getsizeof(vars(state)) == sys.getsizeof(dict(vars(state)))
