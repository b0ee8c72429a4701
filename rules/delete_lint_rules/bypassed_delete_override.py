"""A queryset or a cascade deletes rows whose model overrides `delete()`, which will not be called."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from delete_lint.findings import Finding, Note, Severity
from delete_lint.graph.cascade import cascade
from delete_lint.graph.describe import listed, model_name, model_names
from delete_lint.graph.model import Model, Relation
from delete_lint.graph.place import Place
from delete_lint.graph.project import ProjectGraph
from delete_lint.graph.site import DeleteSite
from delete_lint.settings import Thresholds

SEVERITY: Severity = "warning"


def check(graph: ProjectGraph, thresholds: Thresholds) -> Iterator[Finding]:
    if not any(model.delete_override for model in graph.models.values()):
        return
    yield from _by_querysets(graph)
    yield from _by_cascades(graph)


def _by_querysets(graph: ProjectGraph) -> Iterator[Finding]:
    # A QuerySet class with a `delete` of its own has taken care of its rows.
    handled = {label for queryset in graph.queryset_classes for label in queryset.models}
    for site in graph.deletes:
        if site.kind != "queryset" or site.model is None or site.override_super or site.model in handled:
            continue
        model = graph.seen_by(site).models.get(site.model)
        if model is None or model.delete_override is None or _inside_the_override(site, model):
            continue
        name = model_name(graph, model.label)
        yield Finding(
            place=site.place,
            message=f"`{_owner(model)}.delete()` is not called for these {name} rows: a queryset deletes them without "
            "asking the model",
            help=f"call `delete()` on each {name}, give the QuerySet class a `delete` that does the same, or move what "
            "the override does into a receiver of the delete signals, which every delete calls",
            identity=f"{site.scope}: {model.label}",
            notes=(Note(model.delete_override, f"`{_owner(model)}.delete()` is skipped"),),
        )


def _by_cascades(graph: ProjectGraph) -> Iterator[Finding]:
    """One finding for each override, however many models share it and however many cascades pass it by."""
    roots = _deleted_roots(graph)
    reaching: dict[str, list[str]] = defaultdict(list)
    for root in roots:
        for label in _reached(graph, root):
            reaching[label].append(root)
    sharing: dict[Place, list[Model]] = defaultdict(list)
    for model in graph.own_models():
        if model.delete_override is not None and model.label in reaching:
            sharing[model.delete_override].append(model)
    for place, models in sharing.items():
        parents = list(dict.fromkeys(root for model in models for root in reaching[model.label]))
        rows = model_names(graph, [model.label for model in models])
        yield Finding(
            place=place,
            message=f"`{_owner(models[0])}.delete()` is not called when {rows} rows go with "
            f"{_one_of(graph, parents)}: a cascade deletes them without asking the model",
            help="move what has to happen for every deleted row into a receiver of the delete signals, or delete the "
            f"{rows} rows one by one before their parent",
            identity=f"{_owner(models[0])}.delete: cascade",
            subjects=tuple(models),
            notes=tuple(Note(roots[root].place, f"{model_name(graph, root)} is deleted here") for root in parents[:3]),
        )


def _deleted_roots(graph: ProjectGraph) -> dict[str, DeleteSite]:
    """The models that the project deletes, each with one call that does."""
    roots: dict[str, DeleteSite] = {}
    for site in graph.deletes:
        if site.kind == "other" or site.method == "_raw_delete" or site.model not in graph.models:
            continue
        if not (site.historical or site.guessed or site.override_super):
            roots.setdefault(site.model, site)
    return roots


def _reached(graph: ProjectGraph, root: str) -> set[str]:
    """Models whose rows go with a root's. The root's multi-table parents are not among them: its own `delete()` is
    theirs. The root is, where it points at itself."""
    whole = cascade(graph, root)
    return {edge.model for edge in whole.by_effect("delete") if not _same_object(graph, edge.relation)}


def _same_object(graph: ProjectGraph, relation: Relation) -> bool:
    """Whether a row and its multi-table child share the override, which is then asked, or not, for the parent."""
    if relation.kind != "parent_link":
        return False
    child, parent = graph.models.get(relation.model), graph.models.get(graph.concrete(relation.target))
    return child is not None and parent is not None and child.delete_override == parent.delete_override


def _owner(model: Model) -> str:
    return model.override_owner or model.name


def _inside_the_override(site: DeleteSite, model: Model) -> bool:
    """The override deletes its own row by a queryset, to get past itself."""
    owner, _, function = site.scope.rpartition(".")
    return function == "delete" and owner.rpartition(".")[2] in (_owner(model).rpartition(".")[2], model.name)


def _one_of(graph: ProjectGraph, labels: list[str]) -> str:
    names = [model_name(graph, label) for label in labels]
    article = "an" if names[0][:1] in "AEIO" else "a"
    return f"{article} {names[0]}" if len(names) == 1 else f"one of {listed(names)}"
