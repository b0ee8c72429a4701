"""``delete.queryset_only = True`` below a queryset's ``delete``: managers are made without it.

Unsafe, because ``Model.objects.delete()`` and ``parent.children.delete()`` are gone afterwards, and somebody may call
them, in a template or another project.
"""

from __future__ import annotations

import re

import libcst as cst

from delete_lint.findings import Edit
from delete_lint.fixes import shapes as m
from delete_lint.fixes.context import Context
from delete_lint.fixes.granted import Granted
from delete_lint.remedies import KeepOffManagers

#: Objects of these are bound anew on every access, and what stands on the function is not what a manager looks at.
_REBOUND = m.Decorator(decorator=m.Name("staticmethod") | m.Name("classmethod") | m.Name("property"))
_MARK = m.Attribute(value=m.Name("delete"), attr=m.Name("queryset_only"))


def fix(remedy: KeepOffManagers, context: Context) -> Granted | None:
    method = next((node for node in context.nodes_at(remedy.method) if isinstance(node, cst.FunctionDef)), None)
    if method is None or any(m.matches(decorator, _REBOUND) for decorator in method.decorators):
        return None
    body = context.parent(method)
    owner = context.parent(body) if body is not None else None
    if not isinstance(owner, cst.ClassDef) or _binds_otherwise(owner, method) or m.findall(owner, _MARK):
        return None
    name = method.name.value
    begin = context.text.rfind("\n", 0, context.span(method)[0]) + 1
    indent = context.text[begin : context.span(method)[0]]
    at = _end(context, method, indent)
    return Granted(
        "keep `delete` off the managers", "unsafe", (Edit(at, at, f"\n\n{indent}{name}.queryset_only = True"),)
    )


def _binds_otherwise(owner: cst.ClassDef, method: cst.FunctionDef) -> bool:
    """Whether it is not sure that the name stands for this method below it."""
    name = m.Name(method.name.value)
    methods = m.findall(owner.body, m.FunctionDef(name=name))
    return len(methods) > 1 or bool(m.findall(owner.body, m.AssignTarget(name) | m.AnnAssign(name)))


def _end(context: Context, method: cst.FunctionDef, indent: str) -> int:
    """The end of the method's last line; comments that are indented like its body belong to it."""
    text = context.text
    end = _line_end(text, context.span(method)[1])
    deeper = re.compile(rf"(?:\n[ \t]*)*\n{re.escape(indent)}[ \t]+#[^\n]*")
    while comment := deeper.match(text, end):
        end = comment.end()
    return end


def _line_end(text: str, offset: int) -> int:
    end = text.find("\n", offset)
    return len(text) if end < 0 else end
