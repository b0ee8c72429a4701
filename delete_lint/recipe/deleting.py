"""The part of a recipe that acts: what it sets, what it deletes, whom it tells."""

from __future__ import annotations

from collections.abc import Iterator

from delete_lint.recipe.layout import WIDTH
from delete_lint.recipe.steps import Recipe
from delete_lint.recipe.tables import has_columns


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
            other = "other._meta.concrete_model" if recipe.proxies else "other"
            lines += [
                "            # A key that refers to a row of a parent that goes later is kept: its row is",
                "            # found by it again.",
                "            relation: Any = model._meta.get_field(name)",
                "            target = relation.related_model._meta.concrete_model",
                "            pointing = _rows(model, keys, using)",
                f"            for other, gone in {rows}:",
                f"                if {other} is target:",
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
            lines += [f"    if {_empties(recipe)}:", "        return None"]
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


def emptying_database(recipe: Recipe) -> bool:
    """Whether the recipe empties keys itself that the database would empty."""
    return any(each.pointer.relation.on_delete == "DB_SET_NULL" for some in recipe.settings.values() for each in some)


def _empties(recipe: Recipe) -> str:
    return "on_delete in (DB_SET_NULL, SET_NULL)" if emptying_database(recipe) else "on_delete is SET_NULL"
