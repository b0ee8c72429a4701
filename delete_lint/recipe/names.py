"""How the models of a recipe are named in its code, and what it imports for that."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from delete_lint.graph.model import Model
from delete_lint.graph.project import ProjectGraph

#: Names that a recipe uses itself.
TAKEN = frozenset(
    {
        "Any",
        "Batch",
        "BaseCommand",
        "Collection",
        "Command",
        "CommandError",
        "CommandParser",
        "DEFAULT_DB_ALIAS",
        "IntegrityError",
        "Iterable",
        "Iterator",
        "Keys",
        "Model",
        "ModelClass",
        "OperationalError",
        "ProtectedError",
        "QuerySet",
        "RestrictedError",
        "SimpleNamespace",
    }
)


class Names:
    """The expression for each model, and the imports behind them.

    A model that cannot be imported by its name is asked of Django's registry; the table of a ``ManyToManyField`` is
    ``Order.tags.through`` where its owner can be told.
    """

    def __init__(self, graph: ProjectGraph, labels: Sequence[str]) -> None:
        self._graph = graph
        #: Module, class and alias (or None) of each import, the user's own modules apart from installed packages'.
        self._imports: dict[bool, dict[str, dict[str, str | None]]] = {True: {}, False: {}}
        self.asks_registry = False
        owners = {label: _owner(graph, label) for label in labels}
        imported = dict.fromkeys(owner[0] if (owner := owners[label]) else label for label in labels)
        classes = Counter(graph.models[label].name for label in imported)
        self._names = {
            label: self._import(graph.models[label], classes[graph.models[label].name] > 1) for label in imported
        }
        for label, owner in owners.items():
            if owner is not None:
                self._names[label] = f"{self._names[owner[0]]}.{owner[1]}.through"

    def __getitem__(self, label: str) -> str:
        return self._names[label]

    def imports(self, own: bool) -> Iterator[tuple[str, list[str]]]:
        """Modules in order, each with what to import from it."""
        for module, classes in sorted(self._imports[own].items()):
            yield module, [name if alias is None else f"{name} as {alias}" for name, alias in sorted(classes.items())]

    def _import(self, model: Model, ambiguous: bool) -> str:
        app, _, _ = model.label.partition(".")
        if not model.name.isidentifier() or not model.module or model.auto_created:
            self.asks_registry = True
            return f'apps.get_model("{model.label}")'
        alias = f"{app.title().replace('_', '')}{model.name}" if ambiguous or model.name in TAKEN else None
        self._imports[model.own].setdefault(model.module, {})[model.name] = alias
        return alias or model.name


def _owner(graph: ProjectGraph, label: str) -> tuple[str, str] | None:
    """The model and the field that an automatic table of a ``ManyToManyField`` is named after."""
    model = graph.models[label]
    if not model.auto_created:
        return None
    app, _, name = label.rpartition(".")
    ends: dict[str, None] = defaultdict()
    for relation in graph.pointing_from(label):
        ends[relation.target] = None
        ends[graph.concrete(relation.target)] = None
    for end in sorted(ends, key=len, reverse=True):
        owner, _, stem = end.rpartition(".")
        field = name[len(stem) + 1 :]
        if owner == app and name.startswith(f"{stem}_") and field.isidentifier() and end in graph.models:
            return end, field
    return None
