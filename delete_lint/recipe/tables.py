"""The models and relations of a recipe, as tables of the code that is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from delete_lint.recipe.layout import comment, members, table
from delete_lint.recipe.names import Names
from delete_lint.recipe.steps import Pointer, Recipe


def has_columns(recipe: Recipe) -> bool:
    """Whether any relation refers to something else than the primary key of the rows at hand."""
    return any(pointer.column != "pk" for pointer in all_pointers(recipe))


def tables(recipe: Recipe, names: Names) -> Iterator[str]:
    columns = has_columns(recipe)
    entry = "tuple[ModelClass, str, str]" if columns else "tuple[ModelClass, str]"
    listed = f"dict[ModelClass, list[{entry}]]"
    third = ", and which column of it is meant" if columns else ""

    def pointers(found: Mapping[str, Sequence[Pointer]]) -> Iterator[tuple[str, list[str]]]:
        for label, some in found.items():
            yield names[label], [_entry(names, pointer, columns) for pointer in some]

    def others(found: Mapping[str, Sequence[Any]], name: str) -> Iterator[tuple[str, list[str]]]:
        for label, some in found.items():
            yield names[label], [f'({names[each.model]}, "{getattr(each, name)}")' for each in some]

    yield from comment(f"What goes before the rows of a model: the rows whose field refers to them{third}.")
    yield from table("CASCADES", listed, pointers(recipe.cascades))
    if recipe.generic:
        yield from comment("The same for rows behind a GenericRelation.")
        yield from table("GENERIC", "dict[ModelClass, list[tuple[ModelClass, str]]]", others(recipe.generic, "name"))
    if recipe.held:
        yield from comment(
            "Rows that would hold others back, but are known to go by another way (_check has seen to that), and have "
            "to be the first to go."
        )
        yield from table("HELD", listed, pointers(recipe.held))
    if recipe.parents:
        yield from comment("Rows of multi-table parents that go with a row, and the field that holds their key.")
        yield from table("PARENTS", "dict[ModelClass, list[tuple[ModelClass, str]]]", others(recipe.parents, "column"))
    if recipe.settings:
        yield from comment("Rows that stay, and whose field is given another value.")
        yield from table(
            "UPDATES",
            listed,
            pointers({label: [each.pointer for each in some] for label, some in recipe.settings.items()}),
        )
    if recipe.given:
        yield from comment("Those among them that are not emptied: the rows that they are set to have to stay.")
        given = {label: [each.pointer for each in some] for label, some in recipe.given.items()}
        yield from table("GIVEN", listed, pointers(given))
    if recipe.protected:
        yield from comment("PROTECT: rows that forbid the delete.")
        yield from table("PROTECTED", listed, pointers(recipe.protected))
    if recipe.restricted:
        yield from comment("RESTRICT: rows that forbid the delete, unless they go by another way.")
        yield from table("RESTRICTED", listed, pointers(recipe.restricted))
    if recipe.dangling:
        yield from comment(f"{_left_by(recipe)}: the database forbids the delete, unless these rows go by another way.")
        yield from table("DANGLING", listed, pointers(recipe.dangling))
    if recipe.checks:
        yield from comment("What has to be walked through to find those.")
        checked = [names[label] for label in recipe.walked if label in recipe.checked]
        yield from members("CHECKED", "set[ModelClass]", checked)
    if recipe.heard:
        yield from comment("Models whose rows are loaded, because receivers are called with them.")
        yield from members("HEARD", "set[ModelClass]", [names[label] for label in recipe.heard])


def _entry(names: Names, pointer: Pointer, columns: bool) -> str:
    column = f', "{pointer.column}"' if columns else ""
    return f'({names[pointer.model]}, "{pointer.field}"{column})'


def _left_by(recipe: Recipe) -> str:
    handler = any(each.relation.on_delete == "DO_NOTHING" for some in recipe.dangling.values() for each in some)
    if not recipe.hidden:
        return "DO_NOTHING with a constraint"
    return f"{'DO_NOTHING with a constraint, and what' if handler else 'What'} a base manager hides"


def all_pointers(recipe: Recipe) -> Iterator[Pointer]:
    for found in (recipe.cascades, recipe.held, recipe.protected, recipe.restricted, recipe.dangling):
        for some in found.values():
            yield from some
    for settings in recipe.settings.values():
        yield from (setting.pointer for setting in settings)
