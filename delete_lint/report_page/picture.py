"""Models, relations and plans as the page wants them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from delete_lint.graph.cascade import Edge, cascade, edges_at
from delete_lint.graph.collector import SlowReason, large_fields, relation_path, why_slow
from delete_lint.graph.describe import causes, counted, handler_name, listed
from delete_lint.graph.estimate import ONE, estimate, table_rows
from delete_lint.graph.model import Model
from delete_lint.graph.plan import DeletePlan, Statement, delete_plan
from delete_lint.graph.project import ProjectGraph
from delete_lint.graph.receiver import Receiver
from delete_lint.graph.weight import about_bytes, about_rows
from delete_lint.output.document import JSON
from delete_lint.output.plan_words import of_every_model, short_names, why_slow_in_short
from delete_lint.report_page.encoding import Numbers, Places, Texts, row

#: What a model's colour and shape stand for: the reason that can be changed comes before the one that cannot.
Colour = Literal["fast", "hindered", "receiver", "other", "relations"]

_LOADED = {"none": 0, "some": 1, "whole": 2}
#: A sum of more terms than this is told as their number.
_TERMS = 12


def colour(reasons: Sequence[SlowReason]) -> Colour:
    """Fast, or what makes it slow: nothing but receivers for every model; a receiver; a GenericRelation, a parent table
    or an own ``on_delete``; other models that refer to it."""
    kinds = {reason.reason for reason in reasons if not of_every_model(reason)}
    if not kinds:
        return "hindered" if reasons else "fast"
    if "receiver" in kinds:
        return "receiver"
    return "other" if kinds & {"generic_relation", "parent", "custom_on_delete", "not_cascade"} else "relations"


class Picture:
    """Everything about the models of one graph. Numbers of models are places in `labels`, of edges in `edges`."""

    def __init__(self, graph: ProjectGraph, places: Places, texts: Texts) -> None:
        self.graph = graph
        self.places = places
        self.texts = texts
        self.labels = sorted(label for label in graph.models if graph.is_installed(label))
        self.number = Numbers(self.labels)
        self.short = short_names(graph)
        self.receivers: Sequence[Receiver] = sorted(
            graph.receivers, key=lambda each: (not each.own, each.module, each.name, str(each.place))
        )
        self.receiver_number = {id(receiver): number for number, receiver in enumerate(self.receivers)}
        self._edges: dict[int, tuple[int, Edge]] = {}
        for label in self.labels:
            for edge in edges_at(graph, label):
                if edge.model in self.number:
                    self._edges.setdefault(id(edge), (len(self._edges), edge))

    # --- models -----------------------------------------------------------------------------------------------------

    def models(self) -> list[JSON]:
        return [self._model(self.graph.models[label]) for label in self.labels]

    def _model(self, model: Model) -> JSON:
        graph, label = self.graph, model.label
        reasons = why_slow(graph, label)
        reached = cascade(graph, label)
        plan = delete_plan(graph, label)
        found = estimate(reached, ONE, fetched=True)
        return {
            "label": label,
            "name": self.short(label),
            "app": label.partition(".")[0],
            "place": self.places(model.place),
            "own": model.own,
            "package": model.package,
            "colour": colour(reasons),
            "because": self.texts(self.places.text(why_slow_in_short(r for r in reasons if not of_every_model(r)))),
            "why": [self._reason(reason) for reason in reasons],
            "is": [word for word, given in _kinds(model) if given],
            "large": list(large_fields(graph, label)),
            "override": self.places(model.delete_override),
            "reach": len(reached.models),
            "depth": reached.depth,
            "rows": table_rows(graph, label),
            "weight": None
            if found is None
            else [about_rows(found.rows), about_bytes(found.bytes), found.rows.worst, found.bytes.worst],
            "plan": self._plan(plan),
        }

    def _reason(self, reason: SlowReason) -> list[JSON]:
        """Words, place, and the number of the receiver, if it is one."""
        number = self.receiver_number.get(id(reason.receiver)) if reason.receiver is not None else None
        return row(self.places.text(causes(self.graph, [reason])), self.places(reason.place), number)

    # --- relations --------------------------------------------------------------------------------------------------

    def edges(self) -> list[JSON]:
        """Child, target, field, handler, effect, how much is loaded, columns, by whose fault, fast, place."""
        return [self._edge(edge) for _, edge in self._edges.values()]

    def _edge(self, edge: Edge) -> list[JSON]:
        relation = edge.relation
        target = self.graph.concrete(relation.target)
        loaded = "whole" if edge.columns is None else "some" if edge.columns else "none"
        generic = relation.kind == "generic"
        return row(
            self.number(edge.model),
            self.number(target) if target in self.number else -1,
            relation.field,
            "GenericRelation" if generic else handler_name(relation),
            edge.effect,
            _LOADED[loaded],
            self.texts(", ".join(edge.columns or ())),
            self.texts(self._faults(edge.slow_because)),
            self.texts(self._faults(edge.wide_because)),
            int(edge.fast),
            self.places(relation.place),
            self.texts(relation_path(relation)),
        )

    def _faults(self, reasons: Sequence[SlowReason]) -> str:
        own = [reason for reason in reasons if not of_every_model(reason)]
        if reasons and not own:
            return "the receivers for every model"
        return self.places.text(causes(self.graph, own, 4))

    # --- plans ------------------------------------------------------------------------------------------------------

    def _plan(self, plan: DeletePlan) -> JSON:
        return {
            "tables": [
                row(
                    self.number(table.label),
                    table.level,
                    int(table.fast),
                    self.number(table.child) if table.child in self.number else -1,
                    [self._statement(statement) for statement in table.own],
                )
                for table in plan.tables
                if table.label in self.number
            ],
            "ways": [
                row(
                    self.number(way.under) if way.under in self.number else -1,
                    self._edges[id(way.edge)][0],
                    [self._statement(statement) for statement in way.statements],
                )
                for way in plan.ways
                if id(way.edge) in self._edges
            ],
            "receivers": [
                row(
                    self.receiver_number[id(run.receiver)],
                    self.number.all(run.models),
                    self._sum(run.calls.short(self.short), "terms"),
                )
                for run in plan.receivers
            ],
            "sums": [self._sum(plan.total(verb).short(self.short), "terms") for verb in ("SELECT", "UPDATE", "DELETE")],
            "at_least": [plan.at_least(verb) for verb in ("SELECT", "UPDATE", "DELETE")],
            "loaded": self._sum(plan.loaded.short(self.short), "models"),
            "transaction": plan.transaction,
            "refused": [
                listed([f"{relation_path(each)} ({handler_name(each)})" for each in group], 8) for group in plan.refused
            ],
        }

    def _statement(self, statement: Statement) -> list[JSON]:
        columns = "*" if statement.columns is None else ", ".join(statement.columns)
        return row(
            self.texts(statement.verb),
            self.texts(self.short(statement.table)),
            self.texts(("≥ " if statement.at_least else "") + statement.count.short(self.short)),
            self.texts(columns),
            self.texts(statement.because),
        )

    def _sum(self, terms: list[str], noun: str) -> int:
        if len(terms) > _TERMS:
            return self.texts(f"{' + '.join(terms[:3])} + … ({counted(len(terms), noun.removesuffix('s'))})")
        return self.texts(" + ".join(terms))


def _kinds(model: Model) -> Iterator[tuple[str, bool]]:
    yield "many-to-many table", model.auto_created
    yield "proxy", model.proxy
    yield "unmanaged", not model.managed
    yield "child table", bool(model.parents)
    yield f"database {model.database}", model.database not in (None, "default")
