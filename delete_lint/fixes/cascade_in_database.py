"""``DB_CASCADE`` in place of ``CASCADE``."""

from __future__ import annotations

import libcst as cst

from delete_lint.findings import Edit
from delete_lint.fixes.context import Context
from delete_lint.fixes.granted import Granted
from delete_lint.graph.place import Place
from delete_lint.remedies import CascadeInDatabase

_HOME = "django.db.models"
#: Where ``CASCADE`` is reached; ``DB_CASCADE`` is a public name of the first one only.
_MODULES = (_HOME, "django.db.models.deletion", "django.contrib.gis.db.models")
#: More fields than that are not for one edit; and each of them has a finding whose fix changes them all.
_MOST_FIELDS = 50


def fix(remedy: CascadeInDatabase, context: Context) -> Granted | None:
    if len(remedy.others) >= _MOST_FIELDS:
        return None
    edits: list[Edit] = []
    imports: dict[tuple[str, str], None] = {}
    for place in (remedy.field, *remedy.others):
        if place.file != remedy.field.file:
            return None
        here = context.at_line(place.line)
        handler = _handler_at(here, place)
        if handler is None:
            return None
        written = _written(here, handler)
        edits.append(here.replace(handler, written))
        if here.names.existing(_HOME, "DB_CASCADE", handler) != written and "." not in written:
            imports[_HOME, "DB_CASCADE"] = None
    several = "these cascades" if len(edits) > 1 else "the cascade"
    return Granted(
        f"leave {several} to the database: DB_CASCADE, which needs a migration", "unsafe", tuple(edits), tuple(imports)
    )


def _handler_at(context: Context, place: Place) -> cst.BaseExpression | None:
    """The ``CASCADE`` of the field that is declared at this place."""
    for node in context.nodes_at(place):
        value = node.value if isinstance(node, (cst.Assign, cst.AnnAssign)) else None
        if isinstance(value, cst.Call):
            handler = _argument(value)
            return handler if handler is not None and _is_cascade(context, handler) else None
    return None


def _argument(call: cst.Call) -> cst.BaseExpression | None:
    """``on_delete``, which is the second parameter of ``ForeignKey`` and ``OneToOneField``."""
    named = [arg.value for arg in call.args if arg.keyword is not None and arg.keyword.value == "on_delete"]
    if named:
        return named[0]
    first = call.args[:2]
    return first[1].value if len(first) == 2 and not any(arg.keyword or arg.star for arg in first) else None


def _is_cascade(context: Context, node: cst.BaseExpression) -> bool:
    if not isinstance(node, (cst.Name, cst.Attribute)):
        return False
    written = context.code(node)
    return any(context.names.existing(module, "CASCADE", node) == written for module in _MODULES) or (
        isinstance(node, cst.Attribute)
        and node.attr.value == "CASCADE"
        and any(_is_module(context, node.value, module) for module in _MODULES)
    )


def _is_module(context: Context, node: cst.BaseExpression, module: str) -> bool:
    package, _, name = module.rpartition(".")
    return context.names.existing(package, name, node) == context.code(node)


def _written(context: Context, handler: cst.BaseExpression) -> str:
    """``models.CASCADE`` stays an attribute of ``models``; a bare name becomes one."""
    if isinstance(handler, cst.Attribute) and any(
        _is_module(context, handler.value, module) for module in (_HOME, "django.contrib.gis.db.models")
    ):
        return f"{context.code(handler.value)}.DB_CASCADE"
    return context.name_for(_HOME, "DB_CASCADE", handler)
