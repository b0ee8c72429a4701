"""Rows behind a ``GenericRelation``, and behind other private fields with ``bulk_related_objects``."""

from __future__ import annotations

from typing import Any

from django.contrib.contenttypes.fields import GenericRelation
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, QuerySet

from delete_lint.runtime.foresee.ledger import Ledger
from delete_lint.runtime.foresee.read_only import Questions
from delete_lint.runtime.foresee.shapes import Row, Shape, concrete


class GenericRows:
    """Finds them without filling Django's cache of content types, which the delete that is foreseen may find cold."""

    def __init__(self, using: str, ledger: Ledger, questions: Questions) -> None:
        self._using = using
        self._ledger = ledger
        self._questions = questions
        self._known: dict[tuple[str, str], Any] = {}

    def behind(self, private: Any, shape: Shape, rows: list[Row]) -> QuerySet[Any] | None:
        """The queryset that ``bulk_related_objects`` makes; None where it has no rows to delete."""
        keys = [shape.pk(row) for row in rows]
        if type(private).bulk_related_objects is GenericRelation.bulk_related_objects:
            content_type = self._content_type(private)
            manager = private.remote_field.model._base_manager.db_manager(self._using)
            found: QuerySet[Any] = manager.filter(
                **{
                    f"{private.content_type_field_name}__pk": content_type,
                    f"{private.object_id_field_name}__in": keys,
                }
            )
            return found
        return self._by_its_own_way(private, shape, rows)

    def _content_type(self, private: Any) -> Any:
        model: type[Model] = private.model
        options = concrete(model)._meta if private.for_concrete_model else model._meta
        key = (options.app_label, str(options.model_name))
        cached = ContentType.objects._cache.get(self._using, {})  # type: ignore[attr-defined]
        if key in cached:
            return cached[key].pk
        if key not in self._known:
            found = ContentType.objects.using(self._using).filter(app_label=key[0], model=key[1])
            self._known[key] = found.values_list("pk", flat=True).first()
            label = ContentType._meta.label
            missing = self._known[key] is None
            self._ledger.select(
                label, 2 if missing else 1, 0 if missing else 1, None, "the cache of content types is cold"
            )
            self._ledger.load(label, None, 0 if missing else 1)
            if missing:
                self._ledger.note(f"the content type of {options.label} does not exist yet: Django creates it")
        return self._known[key]

    def _by_its_own_way(self, private: Any, shape: Shape, rows: list[Row]) -> QuerySet[Any] | None:
        """taggit's and other packages' fields have a ``bulk_related_objects`` of their own, which is asked."""
        before = self._questions.asked
        found = private.bulk_related_objects(shape.stand_ins(rows), self._using)
        asked = self._questions.asked - before
        label = shape.model._meta.label
        if isinstance(found, QuerySet):
            return found
        if asked or found:
            self._ledger.note(f"{label}.{private.name}: what its bulk_related_objects does is not counted")
        return None
