"""``.only("pk")`` before ``.delete()``: the rows that are deleted come without the columns that nobody looks at."""

from __future__ import annotations

import libcst as cst

from delete_lint.findings import Edit
from delete_lint.fixes.context import Context
from delete_lint.fixes.granted import Granted
from delete_lint.fixes.querysets import before_dot, chain, definitions, is_queryset, method_call, quoted
from delete_lint.remedies import LoadOnly

#: `only` and `defer` take the place of each other; a prefetch reads keys that would be deferred then, row by row.
_IN_THE_WAY = frozenset({"only", "defer", "prefetch_related"})


def fix(remedy: LoadOnly, context: Context) -> Granted | None:
    found = method_call(context, remedy.delete)
    if found is None:
        return None
    _, method = found
    if not is_queryset(context, method.value) or _in_the_way(context, method.value):
        return None
    at, line = before_dot(context, method)
    fields = quoted(remedy.fields, context.code(method.value))
    edit = Edit(at, at, f".only({fields}){line}")
    return Granted(f"load {_words(remedy.fields)} only", "safe", (edit,))


def _in_the_way(context: Context, node: cst.BaseExpression) -> bool:
    todo = [node]
    seen: set[str] = set()
    while todo:
        found = chain(todo.pop())
        if not _IN_THE_WAY.isdisjoint(found.names):
            return True
        root = found.root
        if isinstance(root, cst.Name) and root.value not in seen:
            seen.add(root.value)
            todo += definitions(context, root) or ()
    return False


def _words(fields: tuple[str, ...]) -> str:
    return " and ".join("the key" if name == "pk" else f"`{name}`" for name in fields)
