"""How a recipe is started: as a function, as a management command, as Celery tasks."""

from __future__ import annotations

import re
from collections.abc import Iterator

from delete_lint.recipe.names import Names
from delete_lint.recipe.steps import Recipe


def function_name(recipe: Recipe) -> str:
    """``delete_order_line_rows`` for a model called OrderLine."""
    name = recipe.root.rpartition(".")[2]
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return f"delete_{words.lower()}_rows"


def function(recipe: Recipe, names: Names, batch_size: int) -> Iterator[str]:
    root = names[recipe.root]
    lines = [
        "",
        f"def {function_name(recipe)}(",
        "    keys: Iterable[Any],",
        "    *,",
        "    using: str = DEFAULT_DB_ALIAS,",
        f"    batch_size: int = {batch_size},",
        ") -> None:",
        '    """Deletes the rows with these keys, and what hangs on them.',
        "",
        "    When it was killed, start it again with the same keys: what is left is found again,",
        "    because a row goes only after everything that refers to it.",
        '    """',
        f"    keys = {_all_keys(recipe, root)}",
    ]
    if recipe.checks:
        lines.append("    _check(keys, using, batch_size)")
    lines += ["    for start in range(0, len(keys), batch_size):", "        some = keys[start : start + batch_size]"]
    if recipe.heard:
        lines.append(f"        origin = _rows({root}, some, using)")
    lines += [*_loop(recipe, root, "some", "batch_size", " " * 8)]
    yield "\n".join(lines) + "\n"
    yield from _cleaning(recipe)


def _all_keys(recipe: Recipe, model: str) -> str:
    return f"_clean({model}, keys)" if recipe.compares else "list(keys)"


def _cleaning(recipe: Recipe) -> Iterator[str]:
    """The function that makes keys comparable."""
    if recipe.compares:
        yield _CLEAN_COMPOSITE if recipe.composite else _CLEAN


_CLEAN = '''
def _clean(model: ModelClass, keys: Iterable[Any]) -> Keys:
    """Keys as the database gives them, also if they came as text."""
    pk: Any = model._meta.pk
    return [pk.to_python(key) for key in keys]
'''

_CLEAN_COMPOSITE = '''
def _clean(model: ModelClass, keys: Iterable[Any]) -> Keys:
    """Keys as the database gives them, also if they came as text or as JSON's lists."""
    fields: list[Any] = model._meta.pk_fields
    if len(fields) == 1:
        return [fields[0].to_python(key) for key in keys]
    return [
        tuple(field.to_python(part) for field, part in zip(fields, key, strict=True))
        for key in keys
    ]
'''


def _loop(recipe: Recipe, root: str, keys: str, size: str, pad: str) -> list[str]:
    batch = "batch" if recipe.tangled else "model, page"
    return [
        f"{pad}for {batch} in _leaf_first({root}, {keys}, using, {size}):",
        f"{pad}    _delete({batch}, using{_rest(recipe, size)})",
    ]


def _rest(recipe: Recipe, size: str) -> str:
    return f"{f', {size}' if recipe.settings else ''}{', origin' if recipe.heard else ''}"


def command(recipe: Recipe, names: Names, batch_size: int) -> Iterator[str]:
    yield from function(recipe, names, batch_size)
    root = names[recipe.root]
    refusals = [
        *(["ProtectedError"] if recipe.protected else []),
        *(["RestrictedError"] if recipe.restricted else []),
        *(["IntegrityError"] if recipe.dangling or recipe.given else []),
    ]
    key = "KEY,KEY" if recipe.composite_root else "KEY"
    call = f'{function_name(recipe)}(keys, using=using, batch_size=options["batch_size"])'
    lines = [
        "",
        "class Command(BaseCommand):",
        f'    help = "Deletes {recipe.root} rows and all that hangs on them, in batches."',
        "",
        "    def add_arguments(self, parser: CommandParser) -> None:",
        f'        parser.add_argument("keys", nargs="+", metavar="{key}", help="or - for stdin")',
        '        parser.add_argument("--database", default=DEFAULT_DB_ALIAS)',
        f'        parser.add_argument("--batch-size", type=int, default={batch_size})',
        "",
        "    def handle(self, *args: Any, **options: Any) -> None:",
        '        keys = options["keys"]',
        '        if keys == ["-"]:',
        "            keys = sys.stdin.read().split()",
        *_read_keys(recipe, root),
        '        using = options["database"]',
    ]
    if refusals:
        caught = refusals[0] if len(refusals) == 1 else f"({', '.join(refusals)})"
        lines += [
            "        try:",
            f"            {call}",
            f"        except {caught} as error:",
            "            raise CommandError(str(error.args[0])) from error",
        ]
    else:
        lines.append(f"        {call}")
    yield "\n".join(lines) + "\n"


def _read_keys(recipe: Recipe, root: str) -> list[str]:
    if recipe.composite_root:
        return ['        keys = [key.split(",") for key in keys]']
    if recipe.compares:
        return []
    return [f"        pk: Any = {root}._meta.pk", "        keys = [pk.to_python(key) for key in keys]"]


def celery(recipe: Recipe, names: Names, batch_size: int) -> Iterator[str]:
    name = function_name(recipe)
    root = names[recipe.root]
    lines = [
        "",
        "#: A task that a killed worker had begun is done again by another one, which is right:",
        "#: what is gone is gone. Redis gives it out again after its visibility_timeout.",
        "TASK: dict[str, Any] = {",
        '    "acks_late": True,',
        '    "reject_on_worker_lost": True,',
        '    "autoretry_for": (OperationalError,),',
        '    "retry_backoff": True,',
        '    "max_retries": None,',
        "}",
        "",
        "",
        f"def {name}(",
        "    keys: Iterable[Any],",
        "    *,",
        "    using: str = DEFAULT_DB_ALIAS,",
        f"    batch_size: int = {batch_size},",
        ") -> None:",
        '    """Has workers delete the rows with these keys, and what hangs on them.',
        "",
        "    What was interrupted can be started again with the same keys.",
        '    """',
        f"    start_{name}.delay(list(keys), using, batch_size)",
        "",
        "",
        "@shared_task(**TASK)",
        f"def start_{name}(keys: Keys, using: str, size: int) -> None:",
        '    """Sends a task for every page of rows right below the roots, then for the roots."""',
    ]
    if recipe.compares:
        lines.append(f"    keys = _clean({root}, keys)")
    if recipe.checks:
        lines.append("    _check(keys, using, size)")
    found = "child, _, page" if recipe.tangled else "child, page"
    below = f"_below({root}, some, using, size{', None' if recipe.checks else ''})"
    lines += [
        "    for start in range(0, len(keys), size):",
        "        some = keys[start : start + size]",
        f"        for {found} in {below}:",
        "            delete_next_batch.delay(child._meta.label, page, using, size)",
        f'        delete_next_batch.delay("{recipe.root}", some, using, size)',
        "",
        "",
        "@shared_task(**TASK)",
        "def delete_next_batch(label: str, keys: Keys, using: str, size: int) -> None:",
        '    """Deletes one batch of what hangs on these rows and sends the task for the next;',
        "    when nothing hangs on them any more, the rows themselves.",
        '    """',
        "    top = apps.get_model(label)",
    ]
    if recipe.compares:
        lines.append("    keys = _clean(top, keys)")
    if recipe.heard:
        lines += [
            "    # Receivers are told of which model the delete started with, not of which rows.",
            f"    origin = QuerySet({root}, using=using).none()",
        ]
    if recipe.tangled:
        lines += [
            "    batch = next(_leaf_first(top, keys, using, size))",
            f"    _delete(batch, using{_rest(recipe, 'size')})",
            "    if batch.rows[0] != (top, keys):",
        ]
    else:
        lines += [
            "    model, page = next(_leaf_first(top, keys, using, size))",
            f"    _delete(model, page, using{_rest(recipe, 'size')})",
            "    if (model, page) != (top, keys):",
        ]
    lines.append("        delete_next_batch.delay(label, keys, using, size)")
    yield "\n".join(lines) + "\n"
    yield from _cleaning(recipe)
