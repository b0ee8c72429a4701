"""``Collector.collect`` over keys: which rows a delete takes along, found by asking for their keys only.

The steps are those of ``django/db/models/deletion.py``, in their order. What is asked of a class rather than of rows
(may it be fast-deleted, how many keys fit into a statement) is asked of Django's own ``Collector``; rows are tuples of
the few columns that the collector looks at, and a model is never instantiated.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any

import django
from django.db import connections
from django.db.models import Model, Q, QuerySet, signals
from django.db.models.deletion import Collector
from django.db.models.query import ModelIterable

from delete_lint.runtime.foresee.collected import (
    FastDelete,
    Objects,
    ProtectError,
    Reach,
    RestrictError,
    Update,
    name_of,
)
from delete_lint.runtime.foresee.handlers import SKIPPED, action_of, is_lazy
from delete_lint.runtime.foresee.joined import enter_joined
from delete_lint.runtime.foresee.ledger import Ledger
from delete_lint.runtime.foresee.limits import TooManyParametersError, most_parameters
from delete_lint.runtime.foresee.making import reads_when_made
from delete_lint.runtime.foresee.prefetch import count_prefetched
from delete_lint.runtime.foresee.read_only import Questions
from delete_lint.runtime.foresee.row_reads import RowRead, RowReads
from delete_lint.runtime.foresee.shapes import (
    Loaded,
    Row,
    Selection,
    Shape,
    all_candidates,
    concrete,
    other_links,
    parent_links,
    selection_of,
)

if TYPE_CHECKING:
    from delete_lint.runtime.foresee.generic import GenericRows

#: So many keys of loaded rows are remembered, to see how large such rows are.
_SAMPLE = 400


class Foresight:
    """Collects as ``Collector`` does. ``data`` holds the keys of the rows to delete one by one, by class."""

    def __init__(self, using: str, ledger: Ledger, questions: Questions) -> None:
        self.using = using
        self.ledger = ledger
        self.questions = questions
        self._django: Any = Collector(using=using)
        self._row_reads = RowReads(using, ledger)
        self.data: dict[type[Model], dict[Any, None]] = {}
        self.dependencies: dict[type[Model], set[type[Model]]] = defaultdict(set)
        self.fast: list[FastDelete] = []
        self.updates: dict[Any, Update] = {}
        self.restricted: dict[type[Model], dict[Any, set[Any]]] = {}
        self.reached: dict[str, Reach] = {}
        #: Keys of some of the rows that become instances.
        self.samples: dict[type[Model], list[Any]] = defaultdict(list)
        #: Foreign keys that are not followed although rows that they point at go.
        self.passed_over: set[Any] = set()
        self._shapes: dict[tuple[type[Model], bool], Shape] = {}
        self._selections: dict[tuple[type[Model], Any], Selection] = {}
        self._fast_by: dict[tuple[type[Model], Any], bool] = {}

    @cached_property
    def _generic(self) -> GenericRows:
        # Only where such a field is met: django.contrib.contenttypes need not be installed.
        from delete_lint.runtime.foresee.generic import GenericRows

        return GenericRows(self.using, self.ledger, self.questions)

    # --- what is known of a class ---------------------------------------------------------------------------------

    def shape(self, model: type[Model], slim: bool = False) -> Shape:
        return self._shapes.setdefault((model, slim), Shape(model, slim))

    def is_fast(self, model: type[Model], via: Any = None) -> bool:
        """``Collector.can_fast_delete``; receivers and relations do not change while a plan is made."""
        key = (model, via)
        if key not in self._fast_by:
            self._fast_by[key] = self._django.can_fast_delete(model, from_field=via)
        return self._fast_by[key]

    def keys_per_statement(self, model: type[Model], many: int) -> int | None:
        """How many of ``many`` keys Django puts into one statement that looks for related rows, None for all."""
        first = len(self._django.get_del_batches(range(many), [model._meta.pk])[0])
        return first if first < many else None

    def _meets(self, model: type[Model], level: int, by: str = "", under: type[Model] | None = None) -> None:
        above = under._meta.label if under is not None else ""
        reach = self.reached.setdefault(model._meta.label, Reach(level, under=above))
        if level < reach.level:
            reach.level, reach.under = level, above
        if by:
            reach.by[by] = None

    # --- collect --------------------------------------------------------------------------------------------------

    def collect(
        self,
        objects: Objects,
        *,
        source: type[Model] | None = None,
        nullable: bool = False,
        collect_related: bool = True,
        reverse_dependency: bool = False,
        keep_parents: bool = False,
        fail_on_restricted: bool = True,
        level: int = 0,
        via: tuple[Any, ...] = (),
    ) -> None:
        model = objects.model
        self._meets(model, level, under=source)
        if objects.queryset is not None and self.is_fast(model):
            self.fast.append(FastDelete(objects.queryset, source, via, root=source is None))
            return
        new = self._add(objects.shape, self.fetch(objects), source, nullable, reverse_dependency)
        if not new:
            return
        loaded = objects.loaded or Loaded(model, None)
        if not keep_parents:
            self._collect_parents(objects.shape, new, loaded, level)
        if not collect_related:
            return
        fast = self._follow(objects.shape, new, loaded, keep_parents, level)
        for child, fields in fast.items():
            for _, queryset in self._batches(child, fields, objects.shape, new, loaded):
                self.fast.append(FastDelete(queryset, model, tuple(fields), disjoint=len(fields) == 1))
        for private in model._meta.private_fields:
            if hasattr(private, "bulk_related_objects"):
                self._collect_generic(private, objects.shape, new, level)
        if fail_on_restricted:
            self._check_restricted()

    def fetch(self, objects: Objects) -> list[Row]:
        """The rows; asked for by their keys, if they have not been. The account has the SELECT that Django sends."""
        if objects.rows is None:
            assert objects.queryset is not None
            objects.rows, objects.loaded = self._fetch(objects.queryset, objects.shape, None)
            keys = [objects.shape.pk(row) for row in objects.rows]
            count_prefetched(objects.queryset, keys, self.using, self.ledger, self.questions)
        return objects.rows

    def _fetch(self, queryset: QuerySet[Any], shape: Shape, cached: Any) -> tuple[list[Row], Loaded]:
        key = (shape.model, cached)
        selection = self._selections.get(key) if cached is not None else None
        if selection is None:
            selection = self._selections[key] = selection_of(queryset, self.using)
        keys: Any = queryset.prefetch_related(None)
        if self._by_rowid(queryset, selection, shape):
            keys = keys.order_by("pk")
        before = self.questions.asked
        rows = list(keys.values_list(*shape.attnames))
        label = shape.model._meta.label
        whole = selection.columns is None
        self.ledger.select(label, self.questions.asked - before, len(rows), selection.columns)
        self.ledger.load(label, None if whole else selection.attnames, len(rows))
        sample = self.samples[shape.model]
        if len(sample) < _SAMPLE:
            sample += [shape.pk(row) for row in rows[:: max(len(rows) // _SAMPLE, 1)]]
        enter_joined(self.ledger, selection, *([keys] if rows else []))
        if rows:
            self._peculiar(queryset, whole)
        return rows, Loaded(shape.model, None if whole else set(selection.attnames))

    def _by_rowid(self, queryset: QuerySet[Any], selection: Selection, shape: Shape) -> bool:
        """SQLite reads whole rows in the order of their keys, but keys alone from whichever index is smallest; the
        order decides which rows share a batch."""
        query = queryset.query
        return (
            connections[self.using].vendor == "sqlite"
            and not query.where
            and not queryset.ordered
            and set(selection.attnames) > set(shape.attnames)
        )

    def _peculiar(self, queryset: QuerySet[Any], whole: bool) -> None:
        """Instances that are made in another way than Django's may come with queries of their own: django-polymorphic,
        or an ``__init__`` that keeps a column's old value, and so reads it for each row where it was left out."""
        label = queryset.model._meta.label
        made_by = vars(queryset)["_iterable_class"]
        if made_by is not ModelIterable:
            self.ledger.note(f"{label}: {made_by.__module__} makes its instances, with queries that are not counted")
        if not whole and (reader := reads_when_made(queryset.model)) is not None:
            self.ledger.note(f"{label}: {reader} may read columns that are not loaded, a query for each, not counted")

    def _add(
        self, shape: Shape, rows: list[Row], source: type[Model] | None, nullable: bool, reverse: bool
    ) -> list[Row]:
        """``Collector.add``: rows that were not collected yet. A row that a join yields twice stays twice."""
        if not rows:
            return []
        known = self.data.setdefault(shape.model, {})
        new = [row for row in rows if shape.pk(row) not in known]
        known.update((shape.pk(row), None) for row in new)
        if source is not None and not nullable:
            first, second = (shape.model, source) if reverse else (source, shape.model)
            self._depends(first, second)
        return new

    def _depends(self, model: type[Model], dependency: type[Model]) -> None:
        self.dependencies[concrete(model)].add(concrete(dependency))
        self.data.setdefault(dependency, {})

    # --- parents --------------------------------------------------------------------------------------------------

    def _collect_parents(self, shape: Shape, rows: list[Row], loaded: Loaded, level: int) -> None:
        for link in parent_links(shape.model):
            parent = link.remote_field.model
            slim = self.shape(parent, slim=True)
            self.passed_over.update(other_links(parent, link))
            self.collect(
                Objects(slim, rows=shape.of_parent(rows, slim), loaded=self._parents(link, shape, rows, loaded)),
                source=shape.model,
                collect_related=False,
                reverse_dependency=True,
                fail_on_restricted=False,
                level=level,
            )

    def _parents(self, link: Any, shape: Shape, rows: list[Row], loaded: Loaded) -> Loaded:
        """What is known of the parents of these rows, after Django has read them where a column was deferred."""
        parent = link.remote_field.model
        if link in loaded.cached_parents:
            return Loaded(parent, None)
        reads = [
            read
            for local in link.local_related_fields
            if not local.primary_key
            for read in self._row_reads.of_deferred(shape, loaded, local.attname, rows)
        ]
        if loaded.attnames is None or not loaded.missing(parent):
            self._row_reads.enter(reads)
            return Loaded(parent, None)
        selection = selection_of(parent._base_manager.using(self.using).all(), self.using)
        because = f"a row at a time, for the parent of each {shape.model._meta.label}"
        slim = self.shape(parent, slim=True)
        reads.append(RowRead(selection, [slim.pk(row) for row in shape.of_parent(rows, slim)], because))
        self._row_reads.enter(reads)
        return Loaded(parent, None if selection.columns is None else set(selection.attnames))

    # --- relations ------------------------------------------------------------------------------------------------

    def _follow(
        self, shape: Shape, new: list[Row], loaded: Loaded, keep_parents: bool, level: int
    ) -> dict[type[Model], list[Any]]:
        """Walks the relations that point at these rows; returns those whose rows go fast. Raises `ProtectError` at the
        end."""
        fast: dict[type[Model], list[Any]] = defaultdict(list)
        protected: dict[str, int] = defaultdict(int)
        for relation in all_candidates(shape.model):
            foreign_key = relation.field
            handler = foreign_key.remote_field.on_delete
            if keep_parents and _is_of_parent(relation, shape.model):
                self.passed_over.add(foreign_key)
                continue
            if handler in SKIPPED:
                continue
            child = relation.related_model
            self._meets(child, level + 1, name_of(foreign_key), shape.model)
            if self.is_fast(child, foreign_key):
                fast[child].append(foreign_key)
                continue
            for batch, pointing in self._batches(child, [foreign_key], shape, new, loaded):
                queryset = self._narrow(pointing)
                behind = Objects(self.shape(child), queryset)
                lazy = is_lazy(handler)
                if not lazy:
                    behind.rows, behind.loaded = self._fetch(queryset, behind.shape, foreign_key)
                if lazy or behind.rows:
                    try:
                        self._handle(handler, foreign_key, behind, len(batch), level)
                    except ProtectError as error:
                        for name, rows in error.rows.items():
                            protected[name] += rows
        if protected:
            raise ProtectError(dict(protected))
        return fast

    def _batches(
        self, child: type[Model], foreign_keys: list[Any], shape: Shape, new: list[Row], loaded: Loaded
    ) -> Iterator[tuple[list[Row], QuerySet[Any]]]:
        """As many rows as Django asks for in one statement, and what points at them."""
        at_hand = loaded
        for batch in self._django.get_del_batches(new, foreign_keys):
            at_hand = loaded.copy()  # of each batch a deferred column is read when its turn comes
            yield batch, self._pointing(child, foreign_keys, shape, batch, at_hand)
        loaded.attnames = at_hand.attnames

    def _pointing(
        self, child: type[Model], foreign_keys: list[Any], shape: Shape, batch: list[Row], loaded: Loaded
    ) -> QuerySet[Any]:
        """``Collector.related_objects``. To know what the foreign keys refer to, Django reads it from each object;
        for a deferred column that is a query."""
        wanted = Q()
        for foreign_key in foreign_keys:
            targets = foreign_key.foreign_related_fields
            for target in targets:
                self._row_reads.enter(self._row_reads.of_deferred(shape, loaded, target.attname, batch))
            values = shape.values(batch, targets[0].attname) if len(targets) == 1 else shape.stand_ins(batch)
            wanted |= Q(**{f"{foreign_key.name}__in": values})
        return child._base_manager.using(self.using).filter(wanted)

    def _narrow(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Only what other models refer to, where nobody listens; ``.only()`` without a name is no restriction."""
        model = queryset.model
        if queryset.query.select_related or self.listened_to(model):
            return queryset
        referenced = {
            target.attname for relation in all_candidates(model) for target in relation.field.foreign_related_fields
        }
        return queryset.only(*sorted(referenced))

    def listened_to(self, model: type[Model]) -> bool:
        return signals.pre_delete.has_listeners(model) or signals.post_delete.has_listeners(model)

    def _handle(self, handler: Any, foreign_key: Any, behind: Objects, parameters: int, level: int) -> None:
        """What the ``on_delete`` handler tells the collector to do with these rows."""
        action = action_of(handler)
        name = name_of(foreign_key)
        if action == "cascade":
            self.collect(
                behind,
                source=foreign_key.remote_field.model,
                nullable=foreign_key.null,
                fail_on_restricted=False,
                level=level + 1,
                via=(foreign_key,),
            )
            if foreign_key.null and not connections[self.using].features.can_defer_constraint_checks:
                update = self.updates.setdefault(foreign_key, Update(because="set free before the DELETE"))
                update.keys.update((behind.shape.pk(row), None) for row in self.fetch(behind))
        elif action == "protect":
            rows = len(self.fetch(behind))
            self.ledger.left[behind.model._meta.label] += rows
            raise ProtectError({name: rows})
        elif action == "restrict":
            kept = self.restricted.setdefault(behind.model, {}).setdefault(foreign_key, set())
            kept.update(behind.shape.pk(row) for row in self.fetch(behind))
            self._depends(foreign_key.remote_field.model, foreign_key.model)
        elif action == "set":
            update = self.updates.setdefault(foreign_key, Update())
            if behind.rows is None and behind.queryset is not None:
                update.querysets.append(behind.queryset)
                update.parameters += parameters
            else:
                update.keys.update((behind.shape.pk(row), None) for row in behind.rows or ())
        else:
            self.ledger.note(f"{name}: what {_handler_name(handler)} does with its rows cannot be foreseen")

    def _collect_generic(self, private: Any, shape: Shape, new: list[Row], level: int) -> None:
        found = self._generic.behind(private, shape, new)
        if found is None:
            return
        self._meets(found.model, level + 1, f"{shape.model._meta.label}.{private.name}", shape.model)
        if not self.is_fast(found.model) and found.query.where and len(new) + 1 > most_parameters(self.using):
            raise TooManyParametersError(f"{shape.model._meta.label}.{private.name}", len(new) + 1)
        self.collect(
            Objects(self.shape(found.model), found),
            source=shape.model,
            nullable=True,
            fail_on_restricted=False,
            level=level + 1,
            via=(private,),
        )

    # --- RESTRICT -------------------------------------------------------------------------------------------------

    def _check_restricted(self) -> None:
        """RestrictError rows that are deleted all the same are forgiven; fast-deleted ones cost a SELECT to find."""
        for model, keys in self.data.items():
            self._forgive(model, keys.keys())
        for fast in self.fast:
            if fast.model in self.restricted:
                self._forgive(fast.model, self._among(fast))
        rows = {name_of(by): len(keys) for fields in self.restricted.values() for by, keys in fields.items() if keys}
        if rows:
            for model, fields in self.restricted.items():
                self.ledger.left[model._meta.label] += sum(map(len, fields.values()))
            raise RestrictError(rows)

    def _forgive(self, model: type[Model], keys: Any) -> None:
        for restricted in self.restricted.get(model, {}).values():
            restricted.difference_update(keys)

    def _among(self, fast: FastDelete) -> set[Any]:
        """The restricted rows that a fast delete takes along; they become instances."""
        keys = {key for restricted in self.restricted[fast.model].values() for key in restricted}
        shape = self.shape(fast.model, slim=True)
        rows, _ = self._fetch(fast.queryset.filter(pk__in=list(keys)), shape, None)
        return {shape.pk(row) for row in rows}


def _is_of_parent(relation: Any, model: type[Model]) -> bool:
    """With ``keep_parents``, relations to the parents are left alone; through a proxy of one only since Django 6.0."""
    if django.VERSION >= (6, 0):
        return relation.model._meta.concrete_model in model._meta.all_parents
    return relation.model in model._meta.get_parent_list()


def _handler_name(handler: Any) -> str:
    return f"{getattr(handler, '__module__', '')}.{getattr(handler, '__qualname__', repr(handler))}"
