"""The exact plan of one delete for people: the cascade as a tree with its numbers, as EXPLAIN shows a query."""

from __future__ import annotations

from collections.abc import Iterator

from delete_lint.graph.describe import counted, listed
from delete_lint.graph.exact_plan import ExactPlan, ReceiverCalls
from delete_lint.output.exact_tree import ExactTree
from delete_lint.output.plan_layout import Cell, TreeLine, tree, wrapped
from delete_lint.output.plan_words import listening_to_every_model, of_every_model, size, vendor_name, whereabouts
from delete_lint.output.style import Style, marked, printable_lines


def exact_text(plan: ExactPlan, call: str = "", colour: bool = False) -> str:
    """What this delete does on its database. ``call`` is how it is written in code."""
    style = marked(colour)
    text = ExactTree(plan)
    *lines, last = [*tree([*text.lines(), text.total()], style, text.header)]
    return printable_lines(
        [
            style(exact_headline(plan, call), "bold"),
            *_every_model(plan, style),
            "",
            *lines,
            style(last, "bold"),
            *_error(plan, style),
            *_receivers(plan.receivers, style),
            "",
            *wrapped(_transaction(plan), style),
            *wrapped(_price(plan), style),
            *(line for note in plan.notes for line in wrapped(f"note: {note}", style, "dim")),
        ]
    )


def exact_headline(plan: ExactPlan, call: str = "") -> str:
    """The call, and the database that was asked."""
    what = call or f"{plan.root}: delete() of {'an instance' if plan.call == 'instance' else 'a queryset'}"
    return f"{what}  on the database {plan.database} ({vendor_name(plan.vendor)}), Django {plan.django}"


def _every_model(plan: ExactPlan, style: Style) -> Iterator[str]:
    slow = [table for table in plan.tables if not table.fast and table.slow_because]
    reasons = {reason.by: reason for table in slow for reason in table.slow_because if of_every_model(reason)}
    if reasons:
        freed = [table for table in slow if all(map(of_every_model, table.slow_because))]
        rows = sum(table.rows_loaded for table in freed)
        gain = f"{counted(rows, 'row').replace(str(rows), f'{rows:,}')} would not be loaded" if rows else ""
        yield from wrapped(listening_to_every_model(list(reasons.values()), gain), style, "yellow")


def _error(plan: ExactPlan, style: Style) -> Iterator[str]:
    if plan.error is None:
        return
    yield ""
    by = listed(plan.stopped_by, 8) or "what is in the way"
    consequence = (
        "nothing is deleted; the SELECTs are sent all the same"
        if plan.error in ("ProtectedError", "RestrictedError")
        else "everything is rolled back"
    )
    yield from wrapped(f"{plan.error}: {by}. {consequence[0].upper()}{consequence[1:]}.", style, "red")


def _receivers(receivers: tuple[ReceiverCalls, ...], style: Style) -> Iterator[str]:
    if not receivers:
        return
    yield ""
    lines = []
    for each in receivers:
        where = whereabouts(each.place, each.package)
        models = each.models[0] if len(each.models) == 1 else counted(len(each.models), "model")
        cells = (Cell(f"{each.calls:,}", right=True), Cell(models), Cell(where, "dim"))
        lines.append(TreeLine("  ", "  ", each.name, cells=cells))
    header = (Cell("calls", right=True), Cell("for each row of"))
    yield style("receivers, called inside the transaction", "bold")
    yield from tree(lines, style, header)


def _transaction(plan: ExactPlan) -> str:
    selects = counted(plan.selects, "SELECT")
    if plan.error in ("ProtectedError", "RestrictedError"):
        return f"{selects} in autocommit, and no transaction."
    if not plan.transaction:
        before = f"{selects} first. " if plan.selects else ""
        return f"{before}One DELETE, without a transaction and without receivers."
    calls = sum(each.calls for each in plan.receivers)
    inside = [
        *([_number(plan.updates, "UPDATE")] if plan.updates else []),
        _number(plan.deletes, "DELETE"),
        *([_number(calls, "call") + " of receivers"] if calls else []),
    ]
    before = f"; {_number(plan.selects, 'SELECT')} before it, in autocommit" if plan.selects else ""
    return f"One transaction holds {listed(inside)}{before}."


def _price(plan: ExactPlan) -> str:
    loaded = sum(plan.rows_loaded.values())
    text = f"{_number(loaded, 'row')} loaded and held until delete() returns" if loaded else "No row is loaded"
    if plan.peak_bytes:
        text += f", about {size(plan.peak_bytes)} at the peak"
    text += "."
    if plan.seconds is not None:
        text += f" Takes roughly {_duration(plan.seconds)}, receivers' own work aside."
    return text


def _number(number: int, noun: str) -> str:
    return f"{number:,} {noun if number == 1 else noun + 's'}"


def _duration(seconds: float) -> str:
    """Two digits are as many as an estimate has."""
    for limit, length, unit in ((1, 0.001, "ms"), (120, 1, "s"), (7200, 60, "min")):
        if seconds < limit:
            return f"{float(f'{max(seconds / length, 0.1):.2g}'):g} {unit}"
    return f"{float(f'{seconds / 3600:.2g}'):,g} h"
