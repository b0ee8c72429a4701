"""`_raw_delete` on a sliced, distinct or values queryset: every row the filter matches is deleted.

``QuerySet._raw_delete`` clones the query into a ``DeleteQuery`` and keeps nothing but its tables and its ``WHERE``;
only ``QuerySet.delete`` has the guards that refuse such a queryset.
"""

from __future__ import annotations

from collections.abc import Iterator

from delete_lint.findings import Finding, Severity
from delete_lint.graph.collector import primary_key
from delete_lint.graph.describe import model_name
from delete_lint.graph.project import ProjectGraph
from delete_lint.graph.site import DeleteSite
from delete_lint.remedies import DeleteByKeys
from delete_lint.settings import Thresholds

SEVERITY: Severity = "error"


def check(graph: ProjectGraph, thresholds: Thresholds) -> Iterator[Finding]:
    for site in graph.deletes:
        if site.method != "_raw_delete" or site.guessed:
            continue
        narrowing = _narrowing(site)
        if narrowing is None:
            continue
        what, instead = narrowing
        rows = f"{model_name(graph, site.model)} row" if site.model is not None else "row"
        yield Finding(
            place=site.place,
            message=f"`_raw_delete` ignores {what}: every {rows} that the filter matches is deleted, without signals "
            "and without cascade",
            help=instead,
            identity=f"{site.scope}: {site.model}: {what}",
            remedy=_remedy(graph, site),
        )


def _remedy(graph: ProjectGraph, site: DeleteSite) -> DeleteByKeys | None:
    model = graph.models.get(site.model) if site.model is not None else None
    if model is None:
        return None
    key = primary_key(graph, model.label) if model.own else ("pk",)  # of another's only the general name is known
    return DeleteByKeys(site.place, key[0]) if len(key) == 1 else None


def _narrowing(site: DeleteSite) -> tuple[str, str] | None:
    """What the delete ignores, and what to write instead."""
    by_key = "then `filter(pk__in=keys)._raw_delete(using)`"
    if site.sliced:
        return "the slice", f'take the keys first, `keys = list(queryset.values_list("pk", flat=True)[:n])`, {by_key}'
    if site.distinct:
        return "`distinct()`", f"take the keys of the rows that are meant first, as a list, {by_key}"
    if site.values:
        return "`values()`", f"drop it; if it was meant to narrow the rows, take their keys first, as a list, {by_key}"
    return None
