"""The symbolic delete plan of a model for people: the cascade as a tree, as EXPLAIN shows a query."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from delete_lint.graph.collector import relation_path
from delete_lint.graph.count import Sum
from delete_lint.graph.describe import counted, handler_name, listed
from delete_lint.graph.immediate_constraints import IMMEDIATE
from delete_lint.graph.model import Relation
from delete_lint.graph.plan import DeletePlan
from delete_lint.graph.project import ProjectGraph
from delete_lint.graph.receiver import EXTERNAL_CATEGORIES
from delete_lint.output.plan_layout import Cell, TreeLine, listing, tree, wrapped
from delete_lint.output.plan_tree import VERBS, PlanTree, told_of_every_model
from delete_lint.output.plan_words import short_names, vendor_name, whereabouts
from delete_lint.output.style import Style, marked, printable_lines

#: From how many terms on a sum is told in words.
_TERMS = 24


def plan_text(graph: ProjectGraph, plan: DeletePlan, colour: bool = False) -> str:
    """What a delete does: each relation it follows with its statements, then the sums."""
    style = marked(colour)
    text = _PlanText(graph, plan)
    return printable_lines(
        [
            style(headline(plan), "bold"),
            *wrapped(text.symbols(), style, "dim"),
            *wrapped(told_of_every_model(plan), style, "yellow"),
            "",
            *tree(list(PlanTree(graph, plan).lines()), style),
            "",
            *text.totals(style),
            *text.dangers(style),
            *text.receivers(style),
            "",
            *text.transaction(style),
        ]
    )


def headline(plan: DeletePlan) -> str:
    """The call as it stands in code, and for which Django and databases the plan is."""
    name = plan.root.rpartition(".")[2]
    keep = "keep_parents=True" if plan.keep_parents else ""
    call = f"{name}.objects.filter(…).delete()" if plan.call == "queryset" else f"{name}.objects.get(…).delete({keep})"
    where = f", {listed(map(_either, plan.databases))}" if plan.databases else ""
    return f"{call}  on Django {plan.django}{where}"


def _either(vendor: str) -> str:
    """Without a connection Django cannot tell the two apart."""
    return "MySQL or MariaDB" if vendor == "mysql" else vendor_name(vendor)


class _PlanText:
    def __init__(self, graph: ProjectGraph, plan: DeletePlan) -> None:
        self.graph = graph
        self.plan = plan
        self.name = short_names(graph)

    # --- below the tree -------------------------------------------------------------------------------------------

    def totals(self, style: Style) -> Iterator[str]:
        for verb in VERBS:
            more = "≥ " if self.plan.at_least(verb) else ""
            yield from listing(f"{verb:<10}{more}", self._terms(self.plan.total(verb)), style, separator=" +")
        loaded = self.plan.loaded
        if len(loaded.terms) > _TERMS:
            held = [f"the rows of {len(loaded.terms)} models, until delete() returns"]
        elif loaded.terms:
            *first, last = loaded.short(self.name)
            held = [*first, f"{last} rows, until delete() returns"]
        else:
            held = ["nothing is loaded"]
        yield from listing("in memory ", held, style, separator=" +")

    def _terms(self, total: Sum) -> list[str]:
        """The terms of a sum; of very many only their kinds, which the tree tells one by one."""
        if len(total.terms) <= _TERMS:
            return total.short(self.name)
        constant = sum(times for times, count in total.terms if not count.of)
        kinds: Counter[str] = Counter()
        for times, count in total.terms:
            if count.of:
                kinds[{1: "n", 100: "⌈n/100⌉"}.get(count.chunk or 0, "⌈p/b⌉")] += times
        terms = [f"{kind} for each of {number} lines" for kind, number in kinds.items()]
        return [*([str(constant)] if constant else []), *terms]

    def dangers(self, style: Style) -> Iterator[str]:
        refusing = [way.edge.relation for way in self.plan.ways if way.edge.effect == "refuse"]
        named = list(dict.fromkeys(map(_refusal, refusing)))
        if named:
            yield ""
            yield from wrapped(f"Stopped by a row behind {listed(named, 8).replace(' and ', ' or ')}.", style, "yellow")
        if self.plan.refused:
            known = IMMEDIATE.intersection(self.plan.databases)
            where = f"{_either('mysql')} refuses it" if known else "On MySQL and MariaDB it is refused"
            keys = [
                " with ".join(f"{relation_path(r)} ({handler_name(r)})" for r in group) for group in self.plan.refused
            ]
            yield ""
            yield from wrapped(
                f"{where} with error 1451 where rows refer to each other by "
                f"{listed(keys, 8)}: Django cannot order such a delete, and the constraint is checked at once.",
                style,
                "yellow",
            )

    def receivers(self, style: Style) -> Iterator[str]:
        if not self.plan.receivers:
            return
        yield ""
        yield style("receivers, and the rows for each of which they are called inside the transaction", "bold")
        lines = []
        for run in self.plan.receivers:
            calls = run.calls.short(self.name)
            if len(calls) > 3:
                times = f"{len(run.receiver.signals)}·" if len(run.receiver.signals) > 1 else ""
                calls = [f"{times}rows of {counted(len(run.models), 'model')}"]
            where = whereabouts(run.place, None if run.receiver.own else run.receiver.package)
            blocking = sorted({work.category for work in run.receiver.work if work.category in EXTERNAL_CATEGORIES})
            blocks = f"blocks: {', '.join(blocking)}" if blocking else ""
            cells = (Cell(" + ".join(calls)), Cell(where, "dim"), Cell(blocks, "red"))
            lines.append(TreeLine("  ", "  ", run.name, cells=cells))
        yield from tree(lines, style)

    def transaction(self, style: Style) -> Iterator[str]:
        plan = self.plan
        if plan.fast:
            how = "One DELETE in a transaction" if plan.transaction else "One DELETE, without a transaction"
            yield from wrapped(f"{how}; no row is fetched and no receiver is called.", style)
            return
        yield from wrapped(
            "The SELECTs come first, in autocommit. One transaction then holds it all: BEGIN, pre_delete receivers, "
            "fast DELETEs, UPDATEs, DELETEs by primary key with their post_delete receivers, COMMIT.",
            style,
        )
        if any(way.edge.relation.kind == "generic" for way in plan.ways):
            yield from wrapped(
                "Content types are looked up once in a process: a SELECT more for each model with a GenericRelation.",
                style,
            )
        if plan.call == "queryset":
            yield from wrapped("An instance that is at hand saves the SELECT of the root.", style)

    def symbols(self) -> str:
        """What the letters of the tree stand for."""
        counts = [statement.count for statement in self.plan.statements if statement.count.of]
        symbols = []
        if any(count.chunk in (1, 100) for count in counts):
            symbols.append("n: rows of the line's model")
        if any(count.chunk not in (1, 100) for count in counts):
            symbols.append("p: rows of the model above it")
        if any(count.chunk is None for count in counts):
            symbols.append(f"b: keys in one statement, {self.plan.keys_per_statement}")
        if any(statement.at_least for statement in self.plan.statements):
            symbols.append("≥: again for each further relation or level on which rows are found")
        if symbols:
            symbols.append("for no rows nothing is sent")
        return "; ".join(symbols)


def _refusal(relation: Relation) -> str:
    forgiven = ", unless it goes as well" if relation.on_delete == "RESTRICT" else ""
    return f"{relation_path(relation)} ({relation.on_delete}{forgiven})"
