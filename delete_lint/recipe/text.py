"""A recipe as a Python module."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from delete_lint.graph.collector import receiver_path
from delete_lint.graph.project import ProjectGraph
from delete_lint.graph.receiver import Receiver
from delete_lint.recipe import forms
from delete_lint.recipe.asked import BATCH_SIZE, Form
from delete_lint.recipe.checking import checking
from delete_lint.recipe.deleting import deleting, emptying_database, handlers
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
    if steps.protected or steps.restricted:
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
    yield from _called(steps)
    yield from _left(steps)
    yield from _refused(steps)


def _called(steps: Recipe) -> Iterator[str]:
    """Whose code runs, and whose does not."""
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


def _left(steps: Recipe) -> Iterator[str]:
    """What the database does."""
    left = defaultdict(list)
    for relation in steps.left:
        left[relation.on_delete].append(f"{relation.model}.{relation.field}")
    for handler, fields in left.items():
        aside = ""
        if handler == "DB_SET_DEFAULT":
            aside = " The row that one is set to must not be among those that go: the batch that it is in would fail."
        yield f"{handler} leaves these to the database: {', '.join(fields)}.{aside}"
    if steps.untold and not steps.muted:
        yield (
            f"Receivers do not hear of rows of {', '.join(steps.untold)} that the database takes along, by DB_CASCADE, "
            f"with a row of an earlier batch. Django tells them of each row whose key is given."
        )
    if steps.along:
        yield (
            f"Rows of {', '.join(steps.along)} go by DB_CASCADE. The recipe finds them itself all the same, because "
            f"rows that go may refer to each other by DO_NOTHING."
        )
    if steps.siblings:
        yield (
            f"Where rows of two models extend one and the same row of {', '.join(steps.siblings)}, the batch of the "
            f"first may fail while the other one is there: have that deleted before. Django's delete() fails if one of "
            f"them is to stay."
        )
    unmanaged = [label for label in steps.going if not steps.graph.models[label].managed]
    if unmanaged:
        yield f"Not managed by Django (a view?), and yet deleted from: {', '.join(unmanaged)}."


def _refused(steps: Recipe) -> Iterator[str]:
    """What is refused, and what is not."""
    if any(pointer.relation.on_delete == "RESTRICT" for some in steps.held.values() for pointer in some):
        yield (
            "Where RESTRICT allows the delete because the rows go by another way, that is found out before the first "
            "row goes; a row that is added meanwhile goes as well."
        )
    if steps.unexcused:
        yield (
            f"Django refuses to delete rows as those of a proxy when others refer to them by "
            f"{', '.join(steps.unexcused)}, even if these go as well. Here they are deleted."
        )
    if steps.hidden:
        yield (
            f"Base managers hide rows of {', '.join(steps.hidden)} from Django, but not from the database. Where a "
            f"hidden row refers to one that goes and is not itself among those that go, nothing is deleted."
        )
    if steps.given:
        given = dict.fromkeys(
            f"{each.pointer.model}.{each.pointer.field}" for some in steps.given.values() for each in some
        )
        yield (
            f"Where a row that {', '.join(given)} would be set to goes as well, nothing is deleted; Django's own "
            f"delete() fails so only if the row to be set stays."
        )


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
    if steps.dangling or steps.given:
        django["django.db"].add("IntegrityError")
    if steps.half_hidden:
        django["django.db.models"] |= {"DO_NOTHING", "RESTRICT"}
    if steps.generic:
        standard["types"].add("SimpleNamespace")
    if steps.heard:
        django["django.db"].add("transaction")
        django["django.db.models.signals"] |= {"post_delete", "pre_delete"}
    if steps.protected:
        django["django.db.models"].add("ProtectedError")
    if steps.restricted:
        django["django.db.models"].add("RestrictedError")
    if "null" in handlers(steps) and handlers(steps) != {"null"}:
        django["django.db.models"] |= {"SET_NULL", *(["DB_SET_NULL"] if emptying_database(steps) else [])}
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
