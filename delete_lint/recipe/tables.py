"""The models and relations of a recipe, as tables of the code that is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from delete_lint.recipe.layout import comment, members, table
from delete_lint.recipe.names import Names
from delete_lint.recipe.steps import Pointer, Recipe


def has_columns(recipe: Recipe) -> bool:
    """Whether any relation refers to something else than the primary key of the rows at hand."""
    pointers = [*_pointers(recipe), *(each.pointer for some in recipe.settings.values() for each in some)]
    return any(pointer.column != "pk" for pointer in pointers)


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
            "RESTRICT, or DO_NOTHING with a constraint: rows that are known to go by another way (_check has seen to "
            "that), and have to be the first to go."
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
        yield from comment("Those among them that are sure to stay: what they are set to must stay as well.")
        given = [_entry(names, each.pointer, columns=False) for each in recipe.given]
        yield from members("GIVEN", "list[tuple[ModelClass, str]]", given)
    if recipe.protected:
        yield from comment("PROTECT: rows that forbid the delete.")
        yield from table("PROTECTED", listed, pointers(recipe.protected))
    if recipe.restricted:
        yield from comment("RESTRICT and its like: rows that forbid the delete, unless they go by another way.")
        yield from table("RESTRICTED", listed, pointers(recipe.restricted))
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


def _pointers(recipe: Recipe) -> Iterator[Pointer]:
    for found in (recipe.cascades, recipe.held, recipe.protected, recipe.restricted):
        for some in found.values():
            yield from some
