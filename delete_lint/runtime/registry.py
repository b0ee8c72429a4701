"""The models of the app registry."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from types import FunctionType
from typing import Any

from django.apps.registry import Apps
from django.db import models, router

from delete_lint.graph.model import RUN_ON_LOADING, Model, Relation
from delete_lint.graph.place import Place
from delete_lint.runtime.callables import innermost, module_origin
from delete_lint.runtime.distributions import Origin, origin
from delete_lint.runtime.fields import Fields, ModelClass
from delete_lint.runtime.sources import Sources, code_names, module_file

#: QuerySet methods that leave rows out.
_NARROWING = frozenset({"filter", "exclude", "none", "extra", "complex_filter"})


class Registry:
    """Reads every installed model, the swapped-out and the automatic ones too, and the abstract ones behind them."""

    def __init__(self, apps: Apps, sources: Sources, fields: Fields) -> None:
        self.sources = sources
        self.fields = fields
        self.classes: tuple[ModelClass, ...] = tuple(apps.get_models(include_auto_created=True, include_swapped=True))
        self.abstract: tuple[ModelClass, ...] = tuple(_abstract_bases(self.classes))
        self._routed: bool = bool(router.routers)

    def models(self) -> dict[str, Model]:
        """Models by label. An abstract one gives way to an installed one of the same label."""
        found = {cls._meta.label: self._model(cls) for cls in self.classes}
        for cls in self.abstract:
            found.setdefault(abstract_label(cls), self._model(cls))
        return found

    def relations(self) -> Iterator[Relation]:
        """Edges in Django's order. Nothing looks at the keys of a swapped-out model."""
        for cls in self.classes:
            if not cls._meta.swapped:
                yield from self.fields.relations(cls)

    def _model(self, cls: ModelClass) -> Model:
        opts: Any = cls._meta
        whose = _origin(cls)
        owner = None if opts.abstract else _owner_of(cls, "delete")
        manager, filters = (None, False) if opts.abstract else _base_manager(cls)
        return Model(
            label=abstract_label(cls) if opts.abstract else opts.label,
            module=cls.__module__,
            name=cls.__name__,
            place=self._place(cls),
            abstract=opts.abstract,
            proxy=opts.proxy,
            concrete="" if opts.abstract else opts.concrete_model._meta.label,
            auto_created=bool(opts.auto_created),
            managed=opts.managed,
            swapped=opts.swapped or None,
            own=whose.own,
            package=whose.package,
            parents=() if opts.proxy else tuple(parent._meta.label for parent in opts.parents),
            fields=() if opts.proxy else self.fields.columns(cls),
            delete_override=self._override_place(owner) if owner is not None else None,
            override_owner=owner.__qualname__ if owner is not None else None,
            loading_override=any(_owner_of(cls, name) is not None for name in RUN_ON_LOADING),
            base_manager=manager,
            base_manager_filters=filters,
            base_manager_place=self.sources.option_place(cls, "base_manager_name") if manager else None,
            database=None if opts.abstract else self._database(cls),
        )

    def _place(self, cls: ModelClass) -> Place | None:
        """The ``class`` line; of an automatic many-to-many table the line of the field that it belongs to."""
        owner: Any = cls._meta.auto_created
        if not owner:
            return self.sources.class_place(cls)
        for field in owner._meta.local_many_to_many:
            if field.remote_field.through is cls:
                return self.sources.attribute_place(owner, field.name) or self.sources.class_place(owner)
        return None

    def _override_place(self, owner: type) -> Place | None:
        function = innermost(vars(owner)["delete"])
        return (self.sources.function_place(function) if function is not None else None) or (
            self.sources.class_place(owner)
        )

    def _database(self, cls: ModelClass) -> str | None:
        """Where rows are written, by what the project's routers say when they are asked for no row in particular."""
        if not self._routed:
            return "default"
        try:
            return router.db_for_write(cls)
        except Exception:
            return None


def abstract_label(cls: ModelClass) -> str:
    """A label for an abstract model, which belongs to no app unless its module does."""
    return f"{cls._meta.app_label or cls.__module__}.{cls.__name__}"


def _abstract_bases(classes: Iterable[ModelClass]) -> Iterator[ModelClass]:
    bases: dict[Any, None] = dict.fromkeys(base for cls in classes for base in cls.__mro__)
    for base in bases:
        if "_meta" in vars(base) and base._meta.abstract:
            yield base


def _origin(cls: ModelClass) -> Origin:
    if module_file(cls.__module__) is not None:
        return module_origin(cls.__module__)
    # Made on the spot, in the name of a module that has no file: its app has a folder.
    config: Any = getattr(cls._meta, "app_config", None)
    return origin(os.path.join(config.path, "models.py")) if config is not None else module_origin(cls.__module__)


def _owner_of(cls: ModelClass, method: str) -> type | None:
    """The class whose body holds the method that is called for this model, unless it is Django's."""
    for base in cls.__mro__:
        if base is models.Model:
            return None
        if method in vars(base):
            return base
    return None


def _base_manager(cls: ModelClass) -> tuple[str | None, bool]:
    """The class of a base manager that is not Django's, and whether it leaves rows out.

    The manager is not asked for rows, since its code may go to the database: the names that it uses tell.
    """
    manager = type(cls._base_manager)
    if manager is models.Manager and not cls._meta.base_manager_name:
        return None, False
    rows = getattr(manager, "_queryset_class", models.QuerySet)
    return manager.__qualname__, _narrows(manager, "get_queryset", rows)


def _narrows(cls: type, method: str, rows: type) -> bool:
    """Whether a method, or a QuerySet method that it calls, filters."""
    used = _names_used(cls, method)
    return bool(used & _NARROWING) or any(
        _names_used(rows, name) & _NARROWING for name in used if not hasattr(models.QuerySet, name)
    )


def _names_used(cls: type, method: str) -> set[str]:
    """Names in the overrides of a method, up to Django's own."""
    found: set[str] = set()
    for base in cls.__mro__:
        function = vars(base).get(method)
        if isinstance(function, FunctionType) and not base.__module__.startswith("django."):
            found |= code_names(function.__code__)
    return found
