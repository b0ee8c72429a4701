"""Models of Django's contrib apps and of well-known packages; the data are in ``models.toml`` and ``packages/``.

Each package has a file of its own, read when the first of its models is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from msgspec import Struct

from delete_lint.catalog.data import load
from delete_lint.catalog.fields import FieldKind, field_kind


class KnownField(Struct, frozen=True, kw_only=True):
    """One field that a known model declares in its own body.

    ``type`` is the field class, ``to`` and ``through`` are labels, ``self`` or ``settings.NAME``. Where the target
    is made by the project (``to_subclass_of``), it is the class in the module of the inheriting class that
    inherits from the one named. ``content_type`` and ``object_id`` are the fields of a generic relation or key.
    """

    name: str
    type: str
    kind: FieldKind
    to: str | None = None
    to_subclass_of: str | None = None
    through: str | None = None
    through_subclass_of: str | None = None
    on_delete: str | None = None
    related_name: str | None = None
    to_field: str | None = None
    null: bool = False
    primary_key: bool = False
    parent_link: bool = False
    db_constraint: bool = True
    content_type: str | None = None
    object_id: str | None = None


class KnownModel(Struct, frozen=True, kw_only=True):
    """A model class that need not be read from source.

    ``fields`` are those of its own body, `all_fields` has the inherited ones too. ``bases`` are dotted names of
    model classes. ``swappable`` is the setting that replaces it. ``queryset_delete`` is the QuerySet class of its
    default manager when that overrides ``delete``.
    """

    path: str
    label: str
    also: tuple[str, ...] = ()
    abstract: bool = False
    proxy: bool = False
    managed: bool = True
    swappable: str | None = None
    bases: tuple[str, ...] = ()
    delete: bool = False
    queryset_delete: str | None = None
    base_manager: str | None = None
    fields: tuple[KnownField, ...] = ()

    @property
    def module(self) -> str:
        return self.path.rpartition(".")[0]

    @property
    def name(self) -> str:
        return self.path.rpartition(".")[2]

    @property
    def app_label(self) -> str:
        return self.label.partition(".")[0]


class _Package(Struct, frozen=True):
    models: tuple[KnownModel, ...]
    by_path: Mapping[str, KnownModel]
    by_name: Mapping[str, KnownModel]
    by_label: Mapping[str, KnownModel]


def known_model(dotted: str) -> KnownModel | None:
    """The model class of this name.

    A package's models are found under any of its ``models`` modules, since packages move and re-export them:
    ``wagtail.core.models.Page`` is ``wagtail.models.Page``.
    """
    parts = dotted.split(".")
    package = _package(parts[0])
    if package is None:
        return None
    if (found := package.by_path.get(dotted)) is not None:
        return found
    if "models" in parts[1:-1] and parts[0] != "django":
        return package.by_name.get(parts[-1])
    return None


def known_by_label(label: str) -> KnownModel | None:
    """The concrete model of this label; the case of the class name does not matter, as in Django's references."""
    app_label, _, name = label.partition(".")
    for package_name in _packages_of_app().get(app_label, ("django",)):
        package = _package(package_name)
        if package is not None and (found := package.by_label.get(f"{app_label}.{name.lower()}")) is not None:
            return found
    return None


def known_models(app: str) -> tuple[KnownModel, ...]:
    """The concrete models of an app by its import path, as ``INSTALLED_APPS`` names it."""
    package = _package(app.partition(".")[0])
    if package is None:
        return ()
    module = f"{app}.models"
    return tuple(
        model
        for model in package.models
        if not model.abstract and (model.module == module or model.module.startswith(f"{module}."))
    )


def all_fields(model: KnownModel) -> tuple[KnownField, ...]:
    """The fields of a model with those of its abstract bases; what a class declares hides what it inherits."""
    fields: dict[str, KnownField] = {}
    for cls in _abstract_line(model):
        for field in cls.fields:
            fields.setdefault(field.name, field)
    return tuple(fields.values())


def overrides_delete(model: KnownModel) -> bool:
    """Whether its own body or an abstract base of it overrides ``delete()``."""
    return any(cls.delete for cls in _abstract_line(model))


def swappable_default(setting: str) -> str | None:
    """The label that stands for a setting such as ``AUTH_USER_MODEL`` when the project does not set it."""
    settings: Mapping[str, str] = _index()["settings"]
    return settings.get(setting)


def getter_setting(dotted: str) -> str | None:
    """The setting whose model a function gives: ``AUTH_USER_MODEL`` for ``django.contrib.auth.get_user_model``."""
    getters: Mapping[str, str] = _index()["getters"]
    return getters.get(dotted)


def _abstract_line(model: KnownModel) -> Iterator[KnownModel]:
    yield model
    for base in model.bases:
        known = known_model(base)
        if known is not None and known.abstract:
            yield from _abstract_line(known)


@cache
def _index() -> dict[str, Any]:
    return load("models")


@cache
def _packages_of_app() -> dict[str, list[str]]:
    packages: dict[str, list[str]] = {}
    for name, app_labels in _index()["packages"].items():
        for app_label in app_labels:
            packages.setdefault(app_label, []).append(name)
    return packages


@cache
def _package(name: str) -> _Package | None:
    if name == "django":
        return _build(_index()["model"])
    if name in _index()["packages"]:
        return _build(load(f"packages/{name}")["model"])
    return None


def _build(entries: list[dict[str, Any]]) -> _Package:
    models = tuple(_model(entry) for entry in entries)
    by_path = {path: model for model in models for path in (model.path, *model.also)}
    names = [model.name for model in models]
    by_name = {model.name: model for model in models if names.count(model.name) == 1}
    by_label = {f"{model.app_label}.{model.name.lower()}": model for model in models if not model.abstract}
    return _Package(models, by_path, by_name, by_label)


def _model(entry: dict[str, Any]) -> KnownModel:
    values = dict(entry)
    primary_key = values.pop("primary_key", None)
    fields = [
        _field(name.removesuffix("?"), type_, {"null": name.endswith("?"), "primary_key": name == primary_key})
        for type_, names in values.pop("columns", {}).items()
        for name in names
    ]
    for name, given in values.pop("relations", {}).items():
        arguments = dict(given)
        fields.append(_field(name, arguments.pop("type"), arguments))
    for key in ("also", "bases"):
        values[key] = tuple(values.get(key, ()))
    return KnownModel(fields=tuple(fields), **values)


def _field(name: str, type_: str, arguments: dict[str, Any]) -> KnownField:
    dotted = type_ if "." in type_ else f"django.db.models.{type_}"
    kind = field_kind(dotted)
    if kind is None:
        raise ValueError(f"fields.toml does not know the class of the field {name!r}: {dotted}")
    return KnownField(name=name, type=dotted, kind=kind, **arguments)
