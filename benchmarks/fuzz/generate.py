"""Django code that nobody would write: models, managers, receivers, delete sites and what hides them, by hypothesis."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

Text: TypeAlias = SearchStrategy[str]

_MODELS = ("Order", "Line", "Parent", "Child", "Base", "Thing", "User", "Order2")
_FUNCTIONS = ("clean", "purge", "on_delete", "handle", "save", "delete", "ready", "get_queryset")
_APPS = ("shop", "stock", "a.b")
_FILES = ("models.py", "signals.py", "views.py", "admin.py", "apps.py", "managers.py", "tasks.py", "__init__.py")
_IMPORTS = (
    "from django.db import models, transaction",
    "from django.db.models.signals import post_delete, pre_delete",
    "from django.dispatch import receiver, Signal",
    "from django.db.models import *",
    "from django.contrib import admin",
    "from django.apps import AppConfig",
    "from django.contrib.contenttypes.fields import GenericForeignKey, GenericRelation",
    "from . import models, signals, views",
    "from .models import *",
    "from ..shop.models import Order, Line as Order2",
    "from shop.models import Order, Parent",
    "import shop.models as Thing, requests, time",
    "from stock import models as m\nfrom m import Base",
    "from functools import partial, wraps, lru_cache",
    "from celery import shared_task",
    "from __future__ import annotations",
)

_names = st.sampled_from(
    (*_MODELS, *_FUNCTIONS, "self", "instance", "sender", "qs", "objects", "x", "models", "kwargs")
)
_models = st.sampled_from(_MODELS)
_odd = st.sampled_from(
    ("None", "True", "0", "-1", "10**9", "1e400", "''", "'é\\ud800'", "b'x'", "...", "[]", "{}", "()", "*x", "**x", "__name__", "9" * 30)
)  # fmt: skip
_handlers = st.sampled_from(
    [
        "models.CASCADE",
        "models.SET_NULL",
        "models.PROTECT",
        "models.RESTRICT",
        "models.DO_NOTHING",
        "models.DB_CASCADE",
        "models.SET(0)",
        "models.SET(clean)",
        "models.SET_DEFAULT",
        "on_delete",
        "CASCADE",
        "partial(models.CASCADE)",
        "lambda*a:0",
    ]
)
_targets = st.one_of(
    _models,
    _models.map("'{}'".format),
    _models.map("'shop.{}'".format),
    st.sampled_from(("'self'", "'auth.User'", "settings.AUTH_USER_MODEL", "''", "'a.b.c'", "'.'", "'shop.'", "f'{x}'", "None")),
)  # fmt: skip


@st.composite
def _formatted(draw: Callable[[SearchStrategy[str]], str], pattern: str, *parts: Text) -> str:
    return pattern.format(*(draw(part) for part in parts))


def _extended(inner: Text) -> Text:
    arguments = st.lists(inner, max_size=3).map(", ".join)
    return st.one_of(
        _formatted("{}.{}", inner, _names),
        _formatted("{}.objects.filter({}={})", _models, _names, inner),
        _formatted("{}.objects.{}({})", _models, st.sampled_from(_QUERIES), arguments),
        _formatted("{}.{}({})", inner, st.sampled_from(_QUERIES), arguments),
        _formatted("{}({})", inner, arguments),
        _formatted("{}[{}]", inner, inner),
        _formatted("{}[:{}]", inner, inner),
        _formatted("({} {} {})", inner, st.sampled_from(("and", "or", "|", "&", "+", "in", "is not", ":=", "if x else")), inner),
        _formatted("(lambda {}: {})", _names, inner),
        _formatted("[{} for {} in {}]", inner, _names, inner),
        _formatted("(yield {})", inner),
        _formatted("super().{}({})", _names, inner),
        _formatted("f'{{{}!r:>{{x}}}}'", _names),
        _formatted("getattr({}, {})", inner, inner),
        _formatted("({}, {})", inner, inner),
        _formatted("transaction.on_commit({})", inner),
        _formatted("apps.get_model('shop', '{}')", _models),
    )  # fmt: skip


_QUERIES = ["all", "filter", "exclude", "get", "first", "delete", "adelete", "_raw_delete", "only", "defer", "select_related", "using", "distinct", "values", "values_list", "order_by", "iterator", "union", "create", "bulk_create", "update", "save", "delay", "apply_async", "connect", "disconnect", "none", "in_bulk", "aggregate"]  # fmt: skip

_expressions: Text = st.recursive(st.one_of(_names, _odd), _extended, max_leaves=5)

_fields = st.one_of(
    _formatted("{} = models.ForeignKey({}, {})", _names, _targets, _handlers),
    _formatted("{} = models.ForeignKey({}, on_delete={}, related_name={}, null={})", _names, _targets, _handlers, _expressions, _odd),
    _formatted("{} = models.OneToOneField({}, {}, parent_link=True)", _names, _targets, _handlers),
    _formatted("{} = models.ManyToManyField({}, through={}, symmetrical=False)", _names, _targets, _targets),
    _formatted("{} = GenericRelation({}, object_id_field={})", _names, _targets, _odd),
    _formatted("{} = GenericForeignKey({})", _names, _odd),
    _formatted("{} = models.{}()", _names, st.sampled_from(("JSONField", "TextField", "BinaryField", "FileField", "Manager", "_"))),
    _formatted("objects = {}.as_manager()", _names),
    _formatted("objects = {}", _expressions),
    _formatted("class Meta({}.Meta):\n    {} = {}", _models, st.sampled_from(("abstract", "proxy", "managed", "app_label", "base_manager_name", "db_table", "swappable", "unknown")), _expressions),
)  # fmt: skip


def _indented(text: str) -> str:
    return "\n".join("    " + line for line in text.split("\n"))


def _blocks(inner: Text) -> Text:
    body = st.lists(inner, min_size=1, max_size=3).map("\n".join).map(_indented)
    return st.one_of(
        _formatted("if {}:\n{}\nelse:\n{}", _expressions, body, body),
        _formatted("for {} in {}:\n{}", _names, _expressions, body),
        _formatted("while {}:\n{}", _expressions, body),
        _formatted("with {} as {}:\n{}", _expressions, _names, body),
        _formatted("try:\n{}\nexcept {}:\n{}\nfinally:\n{}", body, _expressions, body, body),
        _formatted("match {}:\n    case {}({}=x):\n{}", _expressions, _models, _names, body.map(_indented)),
        _formatted("def {}({}, **kwargs):\n{}", st.sampled_from(_FUNCTIONS), _names, body),
        _formatted("async def {}(instance, {}=None):\n{}", st.sampled_from(_FUNCTIONS), _names, body),
        _formatted("@receiver({}, sender={})\ndef {}(sender, instance, **kwargs):\n{}", st.sampled_from(("post_delete", "[pre_delete, post_delete]", "Signal()", "x")), _expressions, st.sampled_from(_FUNCTIONS), body),
        _formatted("@{}\nclass {}({}):\n{}", _expressions, _models, _expressions, body),
    )  # fmt: skip


_simple: Text = st.one_of(
    _formatted("{} = {}", _names, _expressions),
    _formatted("{}: {} = {}", _names, _targets, _expressions),
    _formatted("{}, {} = {}", _names, _names, _expressions),
    _formatted("{}.delete()", _expressions),
    _formatted("{}._raw_delete({})", _expressions, _odd),
    _formatted("{}.delay({})", _names, _expressions),
    _formatted("post_delete.connect({}, sender={})", _expressions, _targets),
    _formatted("post_delete.receivers = {}", _expressions),
    _formatted("return {}", _expressions),
    _formatted("del {}", _names),
    _formatted("global {}", _names),
    _formatted("from {} import {}", st.sampled_from(("shop", "stock.models", ".", "..", "x.y")), _names),
    _formatted("{}  # delete-lint: ignore[{}] {}", _expressions, st.sampled_from(("delete_in_loop", "x", "", "]")), _names),
    st.just("pass"),
    _expressions,
)  # fmt: skip
_statements: Text = st.recursive(_simple, _blocks, max_leaves=6)
_members = st.one_of(_fields, _fields, _statements)
_classes = _formatted(
    "class {}({}):\n{}",
    _models,
    st.lists(
        st.one_of(_models, st.sampled_from(("models.Model", "models.Model", "models.QuerySet", "models.Manager", "AppConfig", "admin.ModelAdmin", "metaclass=x", "*x", "Generic[T]"))),
        max_size=3,
    ).map(", ".join),
    st.lists(_members, min_size=1, max_size=4).map("\n".join).map(_indented),
)  # fmt: skip
_modules = st.lists(st.one_of(st.sampled_from(_IMPORTS), _classes, _classes, _statements), max_size=6).map(
    lambda parts: "\n".join([*_IMPORTS[:3], *parts, ""])
)
_paths = st.tuples(st.sampled_from(_APPS), st.sampled_from(_FILES)).map(
    lambda parts: f"{parts[0].replace('.', '/')}/{parts[1]}"
)

#: A few files of a project, by their names.
projects: SearchStrategy[dict[str, bytes]] = st.dictionaries(
    _paths, _modules.map(lambda text: text.encode("utf-8", "surrogatepass")), min_size=1, max_size=5
)
