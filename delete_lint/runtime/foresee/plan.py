"""The exact plan of one delete, made without doing it and without loading its rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import django
from django.db import connections, router
from django.db.models import Manager, Model, QuerySet

from delete_lint.graph.collector import receiver_path, why_slow
from delete_lint.graph.exact_plan import DeleteError, ExactPlan, ReceiverCalls, TableCost
from delete_lint.graph.project import ProjectGraph
from delete_lint.runtime.foresee.collect import Foresight
from delete_lint.runtime.foresee.collected import Objects, ProtectError, RestrictError
from delete_lint.runtime.foresee.constraints import ConstraintError
from delete_lint.runtime.foresee.execute import execute
from delete_lint.runtime.foresee.ledger import Ledger
from delete_lint.runtime.foresee.limits import TooManyParametersError
from delete_lint.runtime.foresee.read_only import only_questions
from delete_lint.runtime.foresee.row_reads import MissingError
from delete_lint.runtime.foresee.shapes import Loaded, Row, Shape, parent_links
from delete_lint.runtime.foresee.weigh import Weight, weigh


def plan(
    objects: QuerySet[Any] | Manager[Any] | Model,
    using: str | None = None,
    keep_parents: bool = False,
    graph: ProjectGraph | None = None,
) -> ExactPlan:
    """What ``objects.delete()`` would do on its database. ``keep_parents`` is for an instance, as in ``Model.delete``.

    Only SELECTs are sent, of keys and counts; anything else is refused. Raises what ``delete()`` itself would raise
    before it sends a statement: ``TypeError`` for a sliced queryset or one of values, ``ValueError`` for an instance
    that was never saved, ``NotSupportedError`` for a union.
    """
    if isinstance(objects, Manager):
        objects = objects.all()
    if isinstance(objects, QuerySet):
        if keep_parents:
            raise TypeError("keep_parents is for the delete() of an instance; that of a queryset has no such argument")
        queryset = _as_deleted(objects if using is None else objects.using(using))
        using = queryset.db
        model = queryset.model
    elif isinstance(objects, Model):
        queryset = None
        model = type(objects)
        if objects.pk is None:
            raise ValueError(f"{model._meta.object_name} object can't be deleted because it has no primary key.")
        using = using or router.db_for_write(model, instance=objects)
    else:
        raise TypeError(f"a queryset or an instance of a model can be deleted, not {objects!r}")

    ledger = Ledger()
    error: DeleteError | None = None
    stopped_by: tuple[str, ...] = ()
    with only_questions(using) as questions:
        found = Foresight(using, ledger, questions)
        root = Objects(found.shape(model), queryset)
        if isinstance(objects, Model):
            root.rows, root.loaded = [_row(objects, root.shape, using)], _loaded(objects)
        try:
            found.collect(root, keep_parents=keep_parents)
            execute(found)
        except ProtectError as stop:
            error, stopped_by = "ProtectedError", _counted(stop.rows)
        except RestrictError as stop:
            error, stopped_by = "RestrictedError", _counted(stop.rows)
        except MissingError as stop:
            error, stopped_by = "DoesNotExist", (stop.text,)
        except ConstraintError as stop:
            error, stopped_by = "IntegrityError", (stop.text,)
        except TooManyParametersError as stop:
            error = "OperationalError"
            stopped_by = (
                f"{stop.what}: {stop.parameters} parameters in one statement are more than the database takes",
            )
    transaction = any(step.verb == "BEGIN" for step in ledger.steps)
    if graph is None:
        from delete_lint.runtime.front import runtime_graph

        graph = runtime_graph(registry=model._meta.apps)
    with only_questions(using):
        weight = weigh(found, graph, model, keep_parents)
    return ExactPlan(
        root=model._meta.label,
        call="queryset" if queryset is not None else "instance",
        django=".".join(map(str, django.VERSION[:2])),
        database=using,
        vendor=_vendor(using),
        keep_parents=keep_parents,
        selects=ledger.statements("SELECT"),
        updates=ledger.statements("UPDATE"),
        deletes=ledger.statements("DELETE"),
        rows_deleted={} if error else _without_zeros(ledger.deleted),
        rows_loaded=ledger.rows_loaded,
        rows_updated={} if error else _without_zeros(ledger.updated),
        columns=dict(ledger.columns),
        peak_bytes=weight.peak,
        error=error,
        stopped_by=stopped_by,
        transaction=transaction,
        tables=tuple(_tables(found, graph, weight)),
        receivers=() if error or not transaction else tuple(_receivers(found, graph)),
        steps=tuple(ledger.steps),
        notes=tuple(ledger.notes),
    )


def _as_deleted(queryset: QuerySet[Any]) -> QuerySet[Any]:
    """The queryset as ``QuerySet.delete`` collects it, after the checks that it makes."""
    anything: Any = queryset
    anything._not_support_combined_queries("delete")
    if queryset.query.is_sliced:
        raise TypeError("Cannot use 'limit' or 'offset' with delete().")
    if queryset.query.distinct_fields or (queryset.query.distinct and django.VERSION < (5, 0)):
        raise TypeError("Cannot call delete() after .distinct().")
    if anything._fields is not None:
        raise TypeError("Cannot call delete() after .values() or .values_list()")
    chained = anything._chain()
    chained._for_write = True
    chained.query.select_for_update = False
    chained.query.select_related = False
    chained.query.clear_ordering(force=True)
    result: QuerySet[Any] = chained
    return result


def _row(instance: Model, shape: Shape, using: str) -> Row:
    """What the collector looks at, from the instance itself; deferred columns are asked for without filling them in."""
    missing = [name for name in shape.attnames if name not in instance.__dict__]
    values = dict(instance.__dict__)
    if missing:
        kept = type(instance)._base_manager.using(using).filter(pk=instance.pk).values(*missing).first()
        values.update(kept or dict.fromkeys(missing))
    return tuple(values[name] for name in shape.attnames)


def _loaded(instance: Model) -> Loaded:
    model = type(instance)
    deferred = instance.get_deferred_fields()
    cached = frozenset(link for link in parent_links(model) if link.is_cached(instance))
    if not deferred:
        return Loaded(model, None, cached)
    return Loaded(model, {each.attname for each in model._meta.concrete_fields} - deferred, cached)


def _vendor(using: str) -> str:
    connection: Any = connections[using]
    return "mariadb" if getattr(connection, "mysql_is_mariadb", False) else str(connection.vendor)


def _counted(rows: Mapping[str, int]) -> tuple[str, ...]:
    return tuple(f"{name}: {count} row{'' if count == 1 else 's'}" for name, count in rows.items())


def _without_zeros(counts: Mapping[str, int]) -> dict[str, int]:
    return {label: count for label, count in counts.items() if count}


def _tables(found: Foresight, graph: ProjectGraph, weight: Weight) -> Iterable[TableCost]:
    ledger = found.ledger
    loaded = ledger.rows_loaded
    slow = {model._meta.label for model, keys in found.data.items() if keys}
    extra = [label for label in (*loaded, *ledger.deleted, *ledger.updated) if label not in found.reached]
    for label in dict.fromkeys((*found.reached, *extra)):
        reach = found.reached.get(label)
        yield TableCost(
            label=label,
            level=reach.level if reach else 0,
            by=tuple(reach.by) if reach else (),
            fast=label not in slow and not loaded.get(label),
            under=reach.under if reach else "",
            slow_because=why_slow(graph, label) if label in graph.models else (),
            selects=ledger.statements("SELECT", label),
            updates=ledger.statements("UPDATE", label),
            deletes=ledger.statements("DELETE", label),
            rows_deleted=ledger.deleted[label],
            rows_loaded=loaded.get(label, 0),
            rows_updated=ledger.updated[label],
            rows_left=ledger.left[label],
            columns=ledger.columns.get(label, ()),
            bytes=weight.held.get(label, 0),
        )


def _receivers(found: Foresight, graph: ProjectGraph) -> Iterable[ReceiverCalls]:
    """Signals are sent for rows that are deleted one by one, not for automatic many-to-many tables."""
    rows = {model._meta.label: len(keys) for model, keys in found.data.items() if keys and not model._meta.auto_created}
    heard: dict[int, list[str]] = {}
    for label in rows:
        for receiver in graph.receivers_of(label):
            heard.setdefault(id(receiver), []).append(label)
    for receiver in graph.receivers:
        if labels := heard.get(id(receiver)):
            yield ReceiverCalls(
                name=receiver_path(receiver),
                place=receiver.place,
                package=receiver.package,
                models=tuple(labels),
                calls=len(receiver.signals) * sum(rows[label] for label in labels),
            )
