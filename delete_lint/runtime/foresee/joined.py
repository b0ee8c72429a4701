"""Rows of other models that come along in a SELECT, by ``select_related`` in a manager: they become instances too."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from delete_lint.runtime.foresee.ledger import Ledger
from delete_lint.runtime.foresee.shapes import Selection


def enter_joined(ledger: Ledger, selection: Selection, *fetched: QuerySet[Any]) -> None:
    for model, path, columns in selection.joined:
        label = model._meta.label
        ledger.read(label, columns)
        rows = sum(queryset.filter(**{f"{path}__isnull": False}).count() for queryset in fetched)
        ledger.load(label, columns, rows)
