"""The part of a recipe that looks through all rows before the first one goes, and raises what Django would raise."""

from __future__ import annotations

from collections.abc import Iterator

from delete_lint.recipe.names import Names
from delete_lint.recipe.steps import Recipe
from delete_lint.recipe.tables import has_columns


def checking(recipe: Recipe, names: Names) -> Iterator[str]:
    """The functions that do so."""
    if not recipe.checks:
        return
    lines = [
        "",
        "def _check(keys: Keys, using: str, size: int) -> None:",
        '    """Raises what Django\'s own delete() would, before the first row goes."""',
        *_memory(recipe),
        "    for start in range(0, len(keys), size):",
        "        some = keys[start : start + size]",
    ]
    root = names[recipe.root]
    remember = f"seen.update(({'model._meta.concrete_model' if recipe.proxies else 'model'}, key) for key in found)"
    if recipe.tangled:
        rows = "[*batch.rows, *batch.also]" if recipe.parents else "batch.rows"
        lines += [
            f"        for batch in _leaf_first({root}, some, using, size, CHECKED, seen):",
            "            for model, found in batch.rows:",
            *(" " * 16 + line for line in _looking(recipe)),
            f"            for model, found in {rows}:",
            f"                {remember}",
        ]
    else:
        lines.append(f"        for model, found in _leaf_first({root}, some, using, size, CHECKED):")
        lines += [" " * 12 + line for line in _looking(recipe)]
        if recipe.given:
            lines += [f"            if {_is_value(recipe, names)}:", f"                {remember}"]
    lines += _verdict(recipe)
    if recipe.protected or recipe.restricted or recipe.dangling:
        lines += [
            "",
            "",
            "def _refusal(child: ModelClass, name: str) -> str:",
            '    return f"Cannot delete these rows: {child._meta.label}.{name} refers to them"',
        ]
    yield "\n".join(lines) + "\n"
    if recipe.given:
        yield _CHECK_VALUE


def _memory(recipe: Recipe) -> Iterator[str]:
    if recipe.tangled:
        yield "    # Rows that were looked at: they can be reached in more than one way."
    elif recipe.given:
        yield "    # Rows that go and that others might be set to."
    if recipe.tangled or recipe.given:
        yield "    seen: set[tuple[ModelClass, Any]] = set()"
    if recipe.restricted:
        yield "    restricting: dict[tuple[ModelClass, str], set[Any]] = {}"
    if recipe.dangling:
        yield "    dangling: dict[tuple[ModelClass, str], set[Any]] = {}"
    if recipe.given:
        yield "    given: set[tuple[ModelClass, str]] = set()"


def _looking(recipe: Recipe) -> Iterator[str]:
    """What refers to the rows that were ``found``."""
    columns = has_columns(recipe)
    way = "child, name, column" if columns else "child, name"
    meant = f"child, name{', model, column' if columns else ''}, found, using"
    if recipe.protected:
        yield f"for {way} in PROTECTED.get(model, []):"
        yield f"    rows = _pointing({meant})"
        yield "    if protecting := set(rows[:SHOWN]):"
        yield "        raise ProtectedError(_refusal(child, name), protecting)"
    if recipe.restricted:
        yield f"for {way} in RESTRICTED.get(model, []):"
        yield f"    rows = _pointing({meant})"
        yield "    for page in _pages(rows, size):"
        yield "        restricting.setdefault((child, name), set()).update(page)"
    if recipe.dangling:
        yield f"for {way} in DANGLING.get(model, []):"
        yield f"    rows = _referring({meant})"
        yield "    for page in _pages(rows, size):"
        yield "        dangling.setdefault((child, name), set()).update(page)"
    if recipe.given:
        yield f"for {way} in GIVEN.get(model, []):"
        yield f"    if _pointing({meant}).exists():"
        yield "        given.add((child, name))"


def _is_value(recipe: Recipe, names: Names) -> str:
    targets = [names[label] for label in recipe.values]
    return f"model is {targets[0]}" if len(targets) == 1 else f"model in ({', '.join(targets)})"


def _verdict(recipe: Recipe) -> Iterator[str]:
    """What is raised at the end, in Django's order: only then it is known what goes."""
    if recipe.restricted:
        yield "    for (child, name), held in restricting.items():"
        if recipe.tangled:
            yield "        staying = [key for key in held if (child, key) not in seen][:SHOWN]"
        else:
            yield "        staying = list(held)[:SHOWN]"
        yield "        if staying:"
        yield "            rows = _rows(child, staying, using)"
        yield "            raise RestrictedError(_refusal(child, name), set(rows))"
    if recipe.dangling:
        yield "    # Django leaves these to the database, which would refuse."
        yield "    for (child, name), held in dangling.items():"
        yield f"        if {'any((child, key) not in seen for key in held)' if recipe.tangled else 'held'}:"
        yield "            raise IntegrityError(_refusal(child, name))"
    if recipe.given:
        yield "    for child, name in given:"
        yield "        _check_value(child, name, using, seen)"


_CHECK_VALUE = '''
def _check_value(
    child: ModelClass, name: str, using: str, seen: set[tuple[ModelClass, Any]]
) -> None:
    """Fails where what rows are set to goes as well.

    So does Django's own delete() at its end, but not for rows that go by another way:
    have those deleted before.
    """
    value = _value(child, name)
    if value is None:
        return
    relation: Any = child._meta.get_field(name)
    target: ModelClass = relation.related_model._meta.concrete_model
    column = relation.target_field.attname
    meant = {column: getattr(value, column, value)}
    rows: QuerySet[Any] = QuerySet(target, using=using).filter(**meant)
    key = rows.values_list("pk", flat=True).first()
    if key is None or (target, key) in seen:
        raise IntegrityError(
            f"Cannot delete these rows in batches: {child._meta.label}.{name} is set to"
            f" {value}, which goes as well or does not exist"
        )
'''
