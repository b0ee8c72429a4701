"""What runs when a row becomes an instance, beyond Django's own ``Model.__init__``."""

from __future__ import annotations

from django.db.models import Model


def reads_when_made(model: type[Model]) -> str | None:
    """What the project runs for each instance that is made, in words; None when nothing but Django's own code does.

    Many an ``__init__`` keeps the value that a column had. Where the collector leaves the column out, reading it there
    is a query for each row (``DeferredAttribute.__get__``, ``Model.refresh_from_db``).
    """
    for name, own in (("__init__", Model.__init__), ("from_db", Model.from_db)):
        found = getattr(model, name)
        if getattr(found, "__func__", found) is not getattr(own, "__func__", own):
            return f"its {name}() ({getattr(found, '__module__', None) or model.__module__})"
    return None
