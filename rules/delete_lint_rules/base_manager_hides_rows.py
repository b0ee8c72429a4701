"""`Meta.base_manager_name` names a manager that filters: a cascade does not see the hidden rows and fails."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from delete_lint.findings import Finding, Note, Severity
from delete_lint.graph.describe import handler_name, model_names, relation_name
from delete_lint.graph.model import SKIP_HANDLERS, Model, Relation
from delete_lint.graph.place import Place
from delete_lint.graph.project import ProjectGraph
from delete_lint.settings import Thresholds

SEVERITY: Severity = "warning"


def check(graph: ProjectGraph, thresholds: Thresholds) -> Iterator[Finding]:
    hiding: dict[Place, list[tuple[Model, list[Relation]]]] = defaultdict(list)
    for model in graph.own_models():
        if not model.base_manager_filters or model.abstract or model.proxy:
            continue
        place = model.base_manager_place or model.place
        keys = [relation for relation in graph.pointing_from(model.label) if _collected(relation)]
        if place is not None and keys:
            hiding[place].append((model, keys))
    for place, found in hiding.items():
        keys = [relation for _, relations in found for relation in relations]
        models = [model for model, _ in found]
        rows = model_names(graph, [model.label for model in models])
        manager = models[0].base_manager
        yield Finding(
            place=place,
            message=f"the base manager{f' `{manager}`' if manager else ''} filters, so a delete of "
            f"{model_names(graph, [relation.target for relation in keys])} does not see the hidden {rows} rows: they "
            f"stay, still pointing at the deleted row, and the delete fails with an IntegrityError {_when(graph)}",
            help="remove `base_manager_name`, so that cascades use a plain manager; the manager that filters can stay "
            "the default one, which cascades never use",
            identity=models[0].label if len(models) == 1 else f"base manager {manager}",
            subjects=tuple(models),
            notes=tuple(
                Note(relation.place, f"{relation_name(graph, relation)} ({handler_name(relation)})")
                for relation in keys[:5]
                if relation.place is not None
            ),
        )


def _collected(relation: Relation) -> bool:
    """Whether a delete of the target looks for rows behind this relation. Without a constraint the hidden rows are
    left behind quietly, and a parent link joins rows that go together."""
    return relation.kind != "generic" and relation.on_delete not in SKIP_HANDLERS and relation.db_constraint


def _when(graph: ProjectGraph) -> str:
    return "at once" if graph.databases == {"mysql"} else "at commit"
