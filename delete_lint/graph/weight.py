"""What a delete site weighs by the row counts, and the words for it."""

from __future__ import annotations

from collections.abc import Callable

from delete_lint.graph.cascade import Cascade
from delete_lint.graph.describe import deletes_one, model_names
from delete_lint.graph.estimate import ONE, Amount, Estimate, estimate, table_rows
from delete_lint.graph.project import ProjectGraph
from delete_lint.graph.site import DeleteSite

#: What part of a table a filter is taken to let through. Nobody can tell; the whole table is seldom meant.
_PASSING = 1 / 10


def weigh(reached: Cascade, site: DeleteSite, *, fetched: bool | None = None) -> Estimate | None:
    """What a call deletes and holds; None without row counts. ``fetched`` when it is known better than by the site
    whether the rows of the root become instances."""
    rows = table_rows(reached.graph, reached.root)
    if rows is None:
        return None
    by_queryset = site.kind == "queryset" if fetched is None else fetched
    return estimate(reached, _start(reached.graph, site, reached.root, rows), fetched=by_queryset)


def _start(graph: ProjectGraph, site: DeleteSite, label: str, rows: int) -> Amount:
    """How many of the rows of a table a call deletes itself."""
    if deletes_one(site) or not (site.unbounded or site.filter == "none"):
        return ONE
    if site.filter == "none":
        return Amount(rows, rows)
    counts = graph.row_counts
    table = counts.tables.get(graph.concrete(label)) if counts is not None else None
    if _of_a_parent(site) and table is not None and table.per:
        # Whose rows they are is not known: of the parent with most.
        return Amount(
            min(fan_out.mean for fan_out in table.per.values()), max(fan_out.worst for fan_out in table.per.values())
        )
    passing = max(rows * _PASSING, min(rows, 1))
    return Amount(passing, passing)


def _of_a_parent(site: DeleteSite) -> bool:
    return site.kind == "queryset" and site.filter == "fk"


def about_rows(rows: Amount, site: DeleteSite | None = None) -> str:
    """For example ``about 4,000 rows (worst: 1.2 million)``, or ``up to 1.2 million rows`` where the call deletes the
    rows of some parent."""
    if site is not None and _of_a_parent(site):
        return f"up to {_rows(rows.worst)}"
    return f"about {_rows(rows.mean)}{_worst(rows, number)}"


def about_bytes(held: Amount, site: DeleteSite | None = None) -> str:
    """For example ``about 12 MB (worst: 4.1 GB)``."""
    if site is not None and _of_a_parent(site):
        return f"up to {size(held.worst)}"
    return f"about {size(held.mean)}{_worst(held, size)}"


def proviso(site: DeleteSite) -> str:
    """What to add to a sentence with numbers of a queryset of which nobody can tell how many rows it has."""
    if deletes_one(site) or site.filter == "none" or not site.unbounded or _of_a_parent(site):
        return ""
    return ", if a tenth of the table passes the filter"


def _worst(amount: Amount, words: Callable[[float], str]) -> str:
    mean, worst = words(amount.mean), words(amount.worst)
    return f" (worst: {worst})" if worst != mean else ""


def _rows(rows: float) -> str:
    return f"{number(rows)} {'row' if round(rows) == 1 else 'rows'}"


def number(count: float) -> str:
    """The first two digits of a number: ``4,100``, ``1.2 million``."""
    count = two_digits(count)
    for unit, name in ((10**9, "billion"), (10**6, "million")):
        if count >= unit:
            return f"{count / unit:g} {name}"
    return f"{count:,}"


def size(count: float) -> str:
    """The first two digits of a number of bytes: ``310 bytes``, ``4.1 GB``."""
    count = two_digits(count)
    for unit, name in ((10**12, "TB"), (10**9, "GB"), (10**6, "MB"), (10**3, "kB")):
        if count >= unit:
            return f"{count / unit:g} {name}"
    return f"{count:g} bytes"


def two_digits(number: float) -> int:
    """A whole number rounded to its first two digits."""
    return int(float(f"{round(number):.1e}"))


def not_counted(graph: ProjectGraph, found: Estimate) -> str:
    """What to add where a part of the cascade is missing from the row counts; views have no rows of their own."""
    labels = [label for label in found.uncounted if label not in graph.models or graph.models[label].managed]
    return f"; not counted: {model_names(graph, labels)}" if labels else ""
