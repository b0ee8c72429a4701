"""What stands behind a callable: its name as Python says it, the function with its code, whose code it is.

Anything callable can be connected to a signal or given as ``on_delete``: functions behind decorators, partials, bound
methods, lambdas, instances with ``__call__``, functions written in C. Objects may answer `getattr` with anything, or
raise; nothing here trusts them to.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import partial
from types import FunctionType
from typing import Any

from delete_lint.graph.place import Place
from delete_lint.runtime.distributions import OWN, Origin, origin
from delete_lint.runtime.sources import Sources, function_file, module_file

#: Wrappers in each other; a proxy that gives out a new proxy at every turn would go on for ever.
_DEPTH = 100


@dataclass(frozen=True, slots=True)
class Described:
    """A callable: ``module`` and ``name`` are its ``__module__`` and ``__qualname__``; the place is its ``def`` line,
    under the decorators that say what they wrap."""

    module: str
    name: str
    place: Place | None
    origin: Origin
    function: FunctionType | None


def describe(target: Any, sources: Sources) -> Described:
    """A bound method is described by its function, a partial by what it calls, an instance by its ``__call__``."""
    module, name = names(target)
    function = innermost(target)
    place = sources.function_place(function) if function is not None else None
    if place is None and isinstance(target, type):
        place = sources.class_place(target)
    return Described(module, name, place, _origin(module, function), function)


def names(target: Any) -> tuple[str, str]:
    """``__module__`` and ``__qualname__``."""
    for _ in range(_DEPTH):
        if (behind := attribute(target, "__func__")) is not None:
            target = behind
        elif isinstance(name := attribute(target, "__qualname__"), str):
            module = attribute(target, "__module__")
            return (module if isinstance(module, str) else ""), name
        elif isinstance(target, partial):
            target = target.func
        else:
            break
    return type(target).__module__, f"{type(target).__qualname__}.__call__"


def innermost(target: Any) -> FunctionType | None:
    """The Python function that runs in the end; None for a class or where there is only C."""
    for _ in range(_DEPTH):
        if isinstance(target, FunctionType):
            if "__wrapped__" not in vars(target):
                return target
            target = vars(target)["__wrapped__"]
        elif isinstance(target, partial):
            target = target.func
        elif isinstance(target, type):
            return None
        elif (behind := attribute(target, "__func__")) is not None:
            target = behind
        elif (behind := attribute(target, "__wrapped__")) is not None:
            target = behind
        else:
            break
    call = type(target).__call__
    return call if isinstance(call, FunctionType) else None


def attribute(target: Any, name: str) -> Any:
    """An attribute, None when there is none or when asking for it fails."""
    try:
        return getattr(target, name, None)
    except Exception:
        return None


def module_origin(module: str) -> Origin:
    """Whose code an imported module is."""
    file = module_file(module)
    if file is None:
        file = attribute(sys.modules.get(module), "__file__")
    if isinstance(file, str):
        return origin(file)
    top = module.partition(".")[0]
    return Origin(False) if top in sys.stdlib_module_names or top == "builtins" else OWN


def _origin(module: str, function: FunctionType | None) -> Origin:
    file = function_file(function) if function is not None else None
    if file is not None:
        return origin(file)
    return module_origin(function.__module__ or module if function is not None else module)
