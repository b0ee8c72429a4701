"""The part of a recipe that acts: what it checks before, what it sets, what it deletes, whom it tells."""

from __future__ import annotations

from collections.abc import Iterator

from delete_lint.recipe.layout import WIDTH
from delete_lint.recipe.names import Names
from delete_lint.recipe.steps import Recipe
from delete_lint.recipe.tables import has_columns


def checking(recipe: Recipe, names: Names) -> Iterator[str]:
    """The functions that raise what Django would raise."""
    if recipe.given:
        yield _checking_values(recipe, names)
    if not recipe.checks:
        return
    column = ", column" if has_columns(recipe) else ""
    meant = ", model, column" if column else ""
    root = names[recipe.root]
    protects, restricts, tangled = bool(recipe.protected), bool(recipe.restricted), recipe.tangled
    lines = [
        "",
        "def _check(keys: Keys, using: str, size: int) -> None:",
        '    """Raises what Django\'s own delete() would, before the first row goes."""',
    ]
    if tangled:
        lines += [
            "    # Rows that were looked at: they can be reached in more than one way.",
            "    seen: set[tuple[ModelClass, Any]] = set()",
        ]
    if restricts:
        lines.append("    restricting: dict[tuple[ModelClass, str], set[Any]] = {}")
    lines.append("    for start in range(0, len(keys), size):")
    lines.append("        some = keys[start : start + size]")
    if tangled:
        lines += [
            f"        for batch in _leaf_first({root}, some, using, size, CHECKED, seen):",
            "            for model, found in batch.rows:",
        ]
        pad, here = " " * 16, "found"
    else:
        lines.append(f"        for model, found in _leaf_first({root}, some, using, size, CHECKED):")
        pad, here = " " * 12, "found"
    if protects:
        lines += [
            f"{pad}for child, name{column} in PROTECTED.get(model, []):",
            f"{pad}    rows = _pointing(child, name{meant}, {here}, using)",
            f"{pad}    if protecting := set(rows[:SHOWN]):",
            f"{pad}        raise ProtectedError(_refusal(child, name), protecting)",
        ]
    if restricts:
        lines += [
            f"{pad}for child, name{column} in RESTRICTED.get(model, []):",
            f"{pad}    rows = _pointing(child, name{meant}, {here}, using)",
            f"{pad}    for page in _pages(rows, size):",
            f"{pad}        restricting.setdefault((child, name), set()).update(page)",
        ]
    if tangled:
        identity = "model._meta.concrete_model" if _proxies(recipe) else "model"
        rows = "[*batch.rows, *batch.also]" if recipe.parents else "batch.rows"
        lines += [
            f"            for model, found in {rows}:",
            f"                seen.update(({identity}, key) for key in found)",
        ]
    if restricts:
        handler = any(each.relation.on_delete == "DO_NOTHING" for some in recipe.restricted.values() for each in some)
        lines += [*(['    dangling = ""'] if handler else []), "    for (child, name), held in restricting.items():"]
        if tangled:
            lines.append("        staying = [key for key in held if (child, key) not in seen][:SHOWN]")
        else:
            lines.append("        staying = list(held)[:SHOWN]")
        if handler:
            lines += [
                "        handler = child._meta.get_field(name).remote_field.on_delete",
                "        if staying and handler is DO_NOTHING:",
                "            # Django leaves this one to the database, which would refuse.",
                "            dangling = dangling or _refusal(child, name)",
                "        elif staying:",
            ]
        else:
            lines.append("        if staying:")
        lines += [
            "            rows = _rows(child, staying, using)",
            "            raise RestrictedError(_refusal(child, name), set(rows))",
        ]
        if handler:
            lines += ["    if dangling:", "        raise IntegrityError(dangling)"]
    lines += [
        "",
        "",
        "def _refusal(child: ModelClass, name: str) -> str:",
        '    return f"Cannot delete these rows: {child._meta.label}.{name} refers to them"',
    ]
    yield "\n".join(lines) + "\n"


def _checking_values(recipe: Recipe, names: Names) -> str:
    root = names[recipe.root]
    meant = f', {root}, "pk"' if has_columns(recipe) else ""
    return f"""
def _check_values(keys: Keys, using: str, size: int) -> None:
    \"\"\"Fails as Django's own delete() would at its end, before the first row goes.\"\"\"
    pk: Any = {root}._meta.pk
    going = {{pk.to_python(key) for key in keys}}
    for start in range(0, len(keys), size):
        some = keys[start : start + size]
        for child, name in GIVEN:
            if not _pointing(child, name{meant}, some, using).exists():
                continue
            value = _value(child, name)
            if pk.to_python(getattr(value, "pk", value)) in going:
                raise IntegrityError(
                    "Cannot delete these rows: one of them is what"
                    f" {{child._meta.label}}.{{name}} is set to when others go"
                )
"""


def deleting(recipe: Recipe) -> Iterator[str]:
    """The function that deletes one batch."""
    tangled, heard, updates = recipe.tangled, bool(recipe.heard), bool(recipe.settings)
    given = "batch: Batch" if tangled else "model: ModelClass, keys: Keys"
    size = ", size: int" if updates else ""
    origin = ", origin: QuerySet[Any]" if heard else ""
    signature = f"def _delete({given}, using: str{size}{origin}) -> None:"
    if len(signature) > 88:
        signature = f"def _delete(\n    {given}, using: str{size}{origin}\n) -> None:"
    lines = ["", signature, f'    """Deletes one batch{_in_transaction(recipe)}."""']
    pad = "    "
    if updates:
        if tangled:
            lines.append("    for model, keys in batch.rows:")
            pad = " " * 8
        column = ", column" if has_columns(recipe) else ""
        lines += [
            f"{pad}for child, name{column} in UPDATES.get(model, []):",
            f"{pad}    pointing = _pointing(child, name{', model, column' if column else ''}, keys, using)",
            f"{pad}    for page in _pages(pointing, size):",
            f"{pad}        _rows(child, page, using).update(**{{name: {_value(recipe)}}})",
        ]
    if not tangled and not heard:
        lines.append("    _rows(model, keys, using)._raw_delete(using)")
        yield "\n".join(lines) + "\n"
        yield from _values(recipe)
        return
    if tangled:
        rows = "[*batch.rows, *batch.also]" if recipe.parents else "batch.rows"
        lines += [
            "    with ExitStack() as stack:",
            "        stack.enter_context(transaction.atomic(using))",
            "        if batch.ring:",
            "            # MySQL and MariaDB check each row at once, and no order of these rows is",
            "            # right in their eyes; elsewhere this does nothing.",
            "            stack.enter_context(connections[using].constraint_checks_disabled())",
        ]
        if heard:
            lines += [
                "        heard = [",
                "            (model, instance)",
                f"            for model, keys in {rows}",
                "            for instance in _instances(model, keys, using)",
                "        ]",
                "        for model, instance in heard:",
                *_send("pre_delete", " " * 12),
            ]
        lines.append("        for model, name, keys in batch.emptied:")
        if recipe.parents:
            same = "_meta.concrete_model" if _proxies(recipe) else ""
            other, target = (f"other.{same}", f"target.{same}") if same else ("other", "target")
            lines += [
                "            # A key that refers to a row of a parent that goes later is kept: its row is",
                "            # found by it again.",
                "            target: Any = model._meta.get_field(name).related_model",
                "            pointing = _rows(model, keys, using)",
                f"            for other, gone in {rows}:",
                f"                if {other} is {target}:",
                '                    pointing.filter(**{f"{name}__pk__in": gone}).update(**{name: None})',
            ]
        else:
            lines.append("            _rows(model, keys, using).update(**{name: None})")
        lines += [
            f"        for model, keys in {rows}:",
            "            _rows(model, keys, using)._raw_delete(using)",
        ]
        if heard:
            lines += ["        for model, instance in heard:", *_send("post_delete", " " * 12)]
    else:
        lines += [
            "    with transaction.atomic(using):",
            "        instances = _instances(model, keys, using)",
            "        for instance in instances:",
            *_send("pre_delete", " " * 12),
            "        _rows(model, keys, using)._raw_delete(using)",
            "        for instance in instances:",
            *_send("post_delete", " " * 12),
        ]
    yield "\n".join(lines) + "\n"
    if heard:
        yield _INSTANCES
    yield from _values(recipe)


def _in_transaction(recipe: Recipe) -> str:
    what = " in a transaction of its own" if recipe.tangled or recipe.heard else ""
    return f"{what}, once nothing hangs on it"


def _send(signal: str, pad: str) -> list[str]:
    given = "sender=model, instance=instance, using=using, origin=origin"
    line = f"{pad}{signal}.send({given})"
    return [line] if len(line) <= WIDTH else [f"{pad}{signal}.send(", f"{pad}    {given}", f"{pad})"]


_INSTANCES = '''
def _instances(model: ModelClass, keys: Keys, using: str) -> list[Any]:
    """The rows that receivers are called with; locked, so that they are called once."""
    if model not in HEARD:
        return []
    rows = _rows(model, keys, using).select_for_update().order_by("pk")
    locked = list(rows.values_list("pk", flat=True))
    return list(_rows(model, locked, using).order_by("pk"))
'''


def handlers(recipe: Recipe) -> set[str]:
    """What rows that stay are set to: null, default, set."""
    return {setting.value for some in recipe.settings.values() for setting in some}


def _value(recipe: Recipe) -> str:
    return "None" if handlers(recipe) == {"null"} else "_value(child, name)"


def _values(recipe: Recipe) -> Iterator[str]:
    used = handlers(recipe)
    if used <= {"null"}:
        return
    lines = [
        "",
        "def _value(child: ModelClass, name: str) -> Any:",
        '    """What on_delete says that this field is to be set to."""',
        "    field: Any = child._meta.get_field(name)",
    ]
    if used == {"default"}:
        lines.append("    return field.get_default()")
    else:
        lines.append("    on_delete = field.remote_field.on_delete")
        if "null" in used:
            lines += ["    if on_delete is SET_NULL:", "        return None"]
        if "default" in used and "set" not in used:
            lines.append("    return field.get_default()")
        else:
            if "default" in used:
                lines += ["    if on_delete is SET_DEFAULT:", "        return field.get_default()"]
            lines += [
                "    # SET(value) keeps its value where migrations look for it.",
                "    _, (value,), _ = on_delete.deconstruct()",
                "    return value() if callable(value) else value",
            ]
    yield "\n".join(lines) + "\n"


def _proxies(recipe: Recipe) -> bool:
    return any(recipe.graph.models[label].proxy for label in recipe.going)
