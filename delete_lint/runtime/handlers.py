"""``on_delete`` handlers by identity, as the collector tells them apart."""

from __future__ import annotations

from dataclasses import dataclass
from types import FunctionType
from typing import Any

from django.db import models

from delete_lint.graph.model import BUILTIN_HANDLERS
from delete_lint.runtime.callables import attribute, innermost, names
from delete_lint.runtime.sources import code_names

_BUILTIN = {id(getattr(models, name)): name for name in BUILTIN_HANDLERS if hasattr(models, name)}
#: How many calls deep a project's own handler is followed on its way to ``CASCADE``.
_CALLS = 3


@dataclass(frozen=True, slots=True)
class Handler:
    """The name that `Relation.on_delete` has for a handler, and what one of the project's own is like: whether it
    calls ``CASCADE``, and whether it is called without fetching rows (``lazy_sub_objs``)."""

    name: str
    wraps_cascade: bool = False
    lazy: bool = False


def handler(on_delete: Any) -> Handler:
    """What an ``on_delete`` is."""
    if (name := _BUILTIN.get(id(on_delete))) is not None:
        return Handler(name)
    if (value := _set_to(on_delete)) is not None:
        return Handler("SET_CALLABLE" if callable(value[0]) else "SET_VALUE")
    if not callable(on_delete):
        return Handler(str(on_delete))
    module, name = names(on_delete)
    name = name.removesuffix(".__call__")
    wraps = _leads_to_cascade(on_delete, _CALLS) or _holds_cascade(on_delete)
    return Handler(f"{module}.{name}" if module else name, wraps, bool(attribute(on_delete, "lazy_sub_objs")))


def _set_to(on_delete: Any) -> tuple[Any] | None:
    """The value that ``SET()`` was given, in a tuple."""
    deconstruct = attribute(on_delete, "deconstruct")
    if attribute(on_delete, "__module__") != "django.db.models.deletion" or not callable(deconstruct):
        return None
    _, arguments, _ = deconstruct()
    return (arguments[0],)


def _holds_cascade(on_delete: Any) -> bool:
    """Whether a partial or an instance was given ``CASCADE``."""
    given = (*(attribute(on_delete, "args") or ()), *(attribute(on_delete, "keywords") or {}).values())
    held = attribute(on_delete, "__dict__")
    return any(value is models.CASCADE for value in (*given, *(held.values() if isinstance(held, dict) else ())))


def _leads_to_cascade(value: Any, calls: int) -> bool:
    """Whether something is ``CASCADE``, or a function that names it or calls one that does."""
    if value is models.CASCADE:
        return True
    inner = innermost(value)
    if inner is not value and inner is models.CASCADE:
        return True
    functions = {id(each): each for each in (value, inner) if isinstance(each, FunctionType)}
    return any(_calls_cascade(function, calls) for function in functions.values())


def _calls_cascade(function: FunctionType, calls: int) -> bool:
    used = code_names(function.__code__)
    if "CASCADE" in used:
        return True
    cells = [cell.cell_contents for cell in function.__closure__ or () if _is_filled(cell)]
    known = [function.__globals__[name] for name in used if name in function.__globals__]
    defaults = [*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()]
    return any(
        value is models.CASCADE or (calls and isinstance(value, FunctionType) and _leads_to_cascade(value, calls - 1))
        for value in (*cells, *known, *defaults)
    )


def _is_filled(cell: Any) -> bool:
    try:
        return cell.cell_contents is not None
    except ValueError:
        return False
