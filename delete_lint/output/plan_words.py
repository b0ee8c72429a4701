"""Words of delete plans that all of their forms share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from delete_lint.graph.collector import SlowReason
from delete_lint.graph.describe import counted, listed
from delete_lint.graph.place import Place
from delete_lint.graph.project import ProjectGraph

#: Vendors as Django names them, and as their makers do.
VENDORS = {
    "postgresql": "PostgreSQL",
    "mysql": "MySQL",
    "mariadb": "MariaDB",
    "sqlite": "SQLite",
    "oracle": "Oracle",
    "microsoft": "SQL Server",
}

#: How many receivers or relations are named among the reasons.
_NAMED = 2


def vendor_name(vendor: str) -> str:
    return VENDORS.get(vendor, vendor)


def short_names(graph: ProjectGraph) -> Callable[[str], str]:
    """Class names for labels, where only one model has them."""
    alike = Counter(label.rpartition(".")[2] for label in graph.models)

    def name(label: str) -> str:
        short = label.rpartition(".")[2]
        return short if alike[short] <= 1 else label

    return name


def why_slow_in_short(reasons: Iterable[SlowReason]) -> str:
    """All reasons of one model, what is alike told together: ``receiver shop.signals.audit; 3 relations``."""
    kinds: dict[str, list[SlowReason]] = {}
    for reason in reasons:
        kinds.setdefault(_kind(reason), []).append(reason)
    return "; ".join(_told(kind, alike) for kind, alike in kinds.items())


def _kind(reason: SlowReason) -> str:
    if reason.reason in ("receiver", "parent", "generic_relation", "custom_on_delete", "not_cascade"):
        return reason.reason
    return "relation"


def _told(kind: str, reasons: list[SlowReason]) -> str:
    names = [reason.by for reason in reasons]
    several = len(reasons) > 1
    if kind == "receiver":
        return f"receiver{'s' if several else ''} {listed(names, _NAMED + 1)}"
    if kind == "parent":
        return f"child table of {listed(names)}"
    if kind == "generic_relation":
        return counted(len(names), "GenericRelation") if len(names) > _NAMED else f"GenericRelation {listed(names)}"
    if kind == "custom_on_delete":
        handlers = [reason.relation.on_delete for reason in reasons if reason.relation is not None] or names
        return f"on_delete is {listed(handlers)}, not CASCADE itself"
    if kind == "not_cascade":
        return f"on_delete of {listed(names)} is not CASCADE"
    return counted(len(names), "relation") if len(names) > _NAMED else f"referred to by {listed(names)}"


def of_every_model(reason: SlowReason) -> bool:
    """Whether a receiver without a sender is to blame: told of once, not for each model."""
    return reason.receiver is not None and reason.receiver.senders is None


def listening_to_every_model(reasons: Sequence[SlowReason], gain: str) -> str:
    """The sentence about receivers without a sender, and what would be gained without them."""
    names = listed([f"{reason.by} ({reason.place})" if reason.place else reason.by for reason in reasons])
    alone = len(reasons) == 1
    without = f"; without {'it' if alone else 'them'} {gain}" if gain else ""
    return f"{names} {'listens' if alone else 'listen'} to every model, so none is fast{without}."


def whereabouts(place: Place | None, package: str | None) -> str:
    """Where a receiver stands; of one from a package its name tells the module."""
    if package:
        return f"package {package}, line {place.line}" if place is not None else f"package {package}"
    return str(place) if place is not None else ""


def size(number: int) -> str:
    """Bytes as people write them: ``31.2 MB``."""
    if number < 1000:
        return f"{number} B"
    value = float(number)
    for unit in ("kB", "MB", "GB"):
        value /= 1000
        if value < 999.5:
            return f"{value:.{1 if value < 99.95 else 0}f} {unit}"
    return f"{value / 1000:,.1f} TB"
