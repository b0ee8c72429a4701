"""A recipe as a Python module."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from delete_lint.graph.collector import receiver_path
from delete_lint.graph.project import ProjectGraph
from delete_lint.graph.receiver import Receiver
from delete_lint.recipe import forms
from delete_lint.recipe.asked import BATCH_SIZE, Form
from delete_lint.recipe.deleting import checking, deleting, handlers
from delete_lint.recipe.layout import imported, paragraph
from delete_lint.recipe.making import recipe
from delete_lint.recipe.names import Names
from delete_lint.recipe.steps import Recipe
from delete_lint.recipe.tables import tables
from delete_lint.recipe.walking import walking


def recipe_text(
    graph: ProjectGraph,
    root: str,
    form: Form = "function",
    *,
    batch_size: int = BATCH_SIZE,
    mute_receivers: bool = False,
) -> str:
    """The module that deletes rows of this model in batches, formatted as ruff and black leave it."""
    return recipe_module(recipe(graph, root, mute_receivers=mute_receivers), form, batch_size)


def recipe_module(steps: Recipe, form: Form, batch_size: int = BATCH_SIZE) -> str:
    names = Names(steps.graph, steps.models)
    body = [
        *{"function": forms.function, "command": forms.command, "celery": forms.celery}[form](steps, names, batch_size),
        *checking(steps, names),
        *walking(steps),
        *deleting(steps),
    ]
    head = ["ModelClass = type[Model]", "Keys = list[Any]", ""]
    if steps.checks:
        head += ["#: How many of the rows that forbid a delete the exception carries.", "SHOWN = 10", ""]
    return "\n".join(
        [
            '"""' + "\n".join(_docstring(steps)),
            '"""',
            "",
            "from __future__ import annotations",
            "",
            *_imports(steps, names, form),
            "",
            *head,
            *tables(steps, names),
            "",
            *"\n".join(body).rstrip("\n").split("\n"),
            "",
        ]
    )


def _docstring(steps: Recipe) -> Iterator[str]:
    graph = steps.graph
    yield f"Deletes {steps.root} rows and what hangs on them, children first, in batches."
    yield ""
    yield from paragraph(
        f"Written by delete-lint for the models of this project on Django {graph.django}. Write it anew when a model "
        f"gets a relation or a receiver. It deletes what Django's delete() does, but each batch is committed by "
        f"itself: others see the rows go."
    )
    for note in _notes(steps):
        yield ""
        yield from paragraph(note)


def _notes(steps: Recipe) -> Iterator[str]:
    graph = steps.graph
    if steps.called:
        yield (
            f"Receivers are called once for each row: {_receivers(steps.called)}. What hangs on a row is gone by the "
            f"time they are called with it."
        )
    if steps.muted:
        yield f"Receivers are not called, as was asked for: {_receivers(steps.muted)}."
    if graph.unseen_listeners:
        packages = ", ".join(graph.unseen_listeners)
        yield f"Receivers that these packages connect cannot be seen in the source, and are not called: {packages}."
    if steps.overrides:
        yield (
            f"These models override delete(), which is not called, as Django's own cascade does not call it: "
            f"{', '.join(steps.overrides)}."
        )
    if steps.own_handlers:
        listed = ", ".join(f"{each.model}.{each.field} ({each.on_delete})" for each in steps.own_handlers)
        yield (
            f"LOOK AT THIS FIRST. An on_delete of the project's own is done as CASCADE where it calls CASCADE, and is "
            f"not done where it does not: {listed}."
        )
    left = defaultdict(list)
    for relation in steps.left:
        left[relation.on_delete].append(f"{relation.model}.{relation.field}")
    for handler, fields in left.items():
        yield f"{handler} leaves these to the database: {', '.join(fields)}."
    if any(pointer.relation.on_delete == "RESTRICT" for some in steps.held.values() for pointer in some):
        yield (
            "Where RESTRICT allows the delete because the rows go by another way, that is found out before the first "
            "row goes; a row that is added meanwhile goes as well."
        )
    if steps.unforeseen:
        beside = ", ".join(f"{each.model}.{each.field}" for each in steps.unforeseen)
        yield (
            f"DO_NOTHING beside DB_CASCADE in one model, which may take the row along or not: "
            f"{beside}. While a row still refers by it to one that is to go, the batch of that one fails, "
            f"though Django's delete() of all at once may not: have the row that refers deleted before, and start "
            f"again."
        )
    if steps.hiding:
        yield (
            f"Base managers hide rows of {', '.join(steps.hiding)}. A hidden row that is to go and refers to one that "
            f"goes before it makes the batch of that one fail, though Django's delete() does not: set what it refers "
            f"to to NULL, or have it deleted before, and start again."
        )
    unmanaged = [label for label in steps.going if not graph.models[label].managed]
    if unmanaged:
        yield f"Not managed by Django (a view?), and yet deleted from: {', '.join(unmanaged)}."


def _receivers(receivers: Iterable[Receiver]) -> str:
    return ", ".join(dict.fromkeys(receiver_path(receiver) for receiver in receivers))


def _imports(steps: Recipe, names: Names, form: Form) -> Iterator[str]:
    standard: dict[str, set[str]] = defaultdict(set)
    django: dict[str, set[str]] = defaultdict(set)
    standard["collections.abc"] |= {"Iterable", "Iterator"}
    standard["typing"].add("Any")
    django["django.db"].add("DEFAULT_DB_ALIAS")
    django["django.db.models"] |= {"Model", "QuerySet"}
    if steps.checks:
        standard["collections.abc"].add("Collection")
    if steps.tangled:
        standard["dataclasses"] |= {"dataclass", "field"}
        standard["contextlib"].add("ExitStack")
        standard["itertools"].add("chain")
        django["django.db"] |= {"connections", "transaction"}
        if steps.checks:
            standard["collections.abc"].add("Set")
    if steps.given:
        django["django.db"].add("IntegrityError")
    if steps.generic:
        standard["types"].add("SimpleNamespace")
    if steps.heard:
        django["django.db"].add("transaction")
        django["django.db.models.signals"] |= {"post_delete", "pre_delete"}
    if steps.protected:
        django["django.db.models"].add("ProtectedError")
    if steps.restricted:
        django["django.db.models"].add("RestrictedError")
        if any(each.relation.on_delete == "DO_NOTHING" for some in steps.restricted.values() for each in some):
            django["django.db"].add("IntegrityError")
            django["django.db.models"].add("DO_NOTHING")
    if "null" in handlers(steps) and handlers(steps) != {"null"}:
        django["django.db.models"].add("SET_NULL")
    if handlers(steps) >= {"default", "set"}:
        django["django.db.models"].add("SET_DEFAULT")
    if names.asks_registry or form == "celery":
        django["django.apps"].add("apps")
    if form == "command":
        django["django.core.management.base"] |= {"BaseCommand", "CommandParser"}
        if steps.checks:
            django["django.core.management.base"].add("CommandError")
        yield "import sys"
    if form == "celery":
        django["django.db"].add("OperationalError")
        django["celery"].add("shared_task")
    yield from _sorted(standard)
    yield ""
    for module, classes in names.imports(own=False):
        django[module] |= set(classes)
    yield from _sorted(django)
    own = list(names.imports(own=True))
    if own:
        yield ""
        for module, found in own:
            yield from imported(module, sorted(found, key=_by_kind))


def _sorted(modules: dict[str, set[str]]) -> Iterator[str]:
    for module, names in sorted(modules.items()):
        yield from imported(module, sorted(names, key=_by_kind))


def _by_kind(name: str) -> tuple[int, str]:
    """Constants, classes, then the rest, as isort has them."""
    bare = name.split(" ", maxsplit=1)[0]
    return (0 if bare.isupper() and len(bare) > 1 else 1 if bare[0].isupper() else 2, bare)
