"""Known models, checked against the installed Django's contrib apps and against each other."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from delete_lint.catalog import models
from delete_lint.catalog.data import load
from delete_lint.catalog.models import (
    KnownModel,
    all_fields,
    getter_setting,
    known_by_label,
    known_model,
    known_models,
    overrides_delete,
    swappable_default,
)

#: Made by the installed Django, in a process of its own: every model class of its contrib apps, as it really is.
CONTRIB = """
import importlib, inspect, json, sys
import django
from django.conf import settings
apps = ["contenttypes", "auth", "sessions", "sites", "messages", "admin", "flatpages", "redirects"]
settings.configure(
    INSTALLED_APPS=[f"django.contrib.{app}" for app in apps], SITE_ID=1, DEFAULT_AUTO_FIELD="django.db.models.AutoField"
)
django.setup()
from django.db import models

def relation(field):
    to = field.remote_field.model
    setting = field.swappable_setting
    return {
        "to": f"settings.{setting}" if setting else to if isinstance(to, str) else to._meta.label,
        "on_delete": getattr(field.remote_field.on_delete, "__name__", None),
        "related_name": getattr(field, "_related_name", None),
        "accessor": None if isinstance(to, str) else field.remote_field.get_accessor_name(),
    }

found = {}
for app in apps:
    for suffix in ("models", "base_user", "base_session"):
        try:
            module = importlib.import_module(f"django.contrib.{app}.{suffix}")
        except ModuleNotFoundError:
            continue
        for name, cls in vars(module).items():
            if inspect.isclass(cls) and issubclass(cls, models.Model) and cls.__module__ == module.__name__:
                meta = cls._meta
                fields = [*meta.local_fields, *meta.local_many_to_many, *meta.private_fields]
                found[f"{cls.__module__}.{name}"] = {
                    "label": meta.label, "abstract": meta.abstract, "proxy": meta.proxy, "managed": meta.managed,
                    "swappable": meta.swappable, "delete": cls.delete is not models.Model.delete,
                    "bases": [f"{b.__module__}.{b.__name__}" for b in cls.__bases__
                              if issubclass(b, models.Model) and b is not models.Model],
                    "fields": {
                        f.name: {"type": f"{type(f).__module__}.{type(f).__name__}", "null": f.null,
                                 "primary_key": f.primary_key, **(relation(f) if f.is_relation else {})}
                        for f in fields if not f.auto_created
                    },
                }
json.dump(found, sys.stdout)
"""


@pytest.fixture(scope="module")
def contrib() -> dict[str, Any]:
    done = subprocess.run([sys.executable, "-c", CONTRIB], capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_every_contrib_model_is_known_and_no_other(contrib: dict[str, Any]) -> None:
    assert {entry["path"] for entry in load("models")["model"]} == set(contrib)


def test_contrib_models_are_as_the_installed_django_has_them(contrib: dict[str, Any]) -> None:
    for path, actual in contrib.items():
        known = known_model(path)
        assert known is not None
        said = {
            "label": known.label,
            "abstract": known.abstract,
            "proxy": known.proxy,
            "managed": known.managed,
            "swappable": known.swappable,
            "delete": overrides_delete(known),
            "bases": list(known.bases),
        }
        assert said == {key: actual[key] for key in said}, path


def test_fields_and_relations_of_contrib_models_are_django_s_own(contrib: dict[str, Any]) -> None:
    for path, actual in contrib.items():
        known = known_model(path)
        assert known is not None
        said = {field.name: field for field in all_fields(known)}
        assert set(said) == set(actual["fields"]), path
        for name, field in actual["fields"].items():
            about = f"{path}.{name}"
            assert said[name].type.rpartition(".")[2] == field["type"].rpartition(".")[2], about
            assert said[name].null == field["null"], about
            assert said[name].primary_key == field["primary_key"], about
            assert said[name].to == field.get("to"), about
            assert said[name].on_delete == field.get("on_delete"), about
            assert said[name].related_name == field.get("related_name"), about
            if field.get("accessor") is not None:
                default = known.name.lower() + ("" if said[name].kind == "o2o" else "_set")
                assert (said[name].related_name or default) == field["accessor"], about


@pytest.mark.parametrize(
    ("dotted", "label"),
    [
        ("django.contrib.auth.models.User", "auth.User"),
        ("django.contrib.auth.models.AbstractBaseUser", "auth.AbstractBaseUser"),
        ("wagtail.models.Page", "wagtailcore.Page"),
        ("wagtail.core.models.Page", "wagtailcore.Page"),
        ("wagtail.models.media.Collection", "wagtailcore.Collection"),
        ("oauth2_provider.models.AbstractApplication", "oauth2_provider.AbstractApplication"),
        ("cms.models.CMSPlugin", "cms.CMSPlugin"),
        ("django_lifecycle.LifecycleModel", "django_lifecycle.LifecycleModel"),
        ("taggit.models.TaggedItemBase", "taggit.TaggedItemBase"),
    ],
)
def test_a_model_is_known_by_any_path_it_is_imported_from(dotted: str, label: str) -> None:
    known = known_model(dotted)
    assert known is not None
    assert known.label == label


@pytest.mark.parametrize(
    "dotted",
    ["shop.models.Order", "django.db.models.Model", "django.contrib.auth.forms.UserCreationForm", "taggit.forms.Tag"],
)
def test_what_is_no_known_model_is_not_taken_for_one(dotted: str) -> None:
    assert known_model(dotted) is None


def test_labels_are_found_whatever_the_case_of_the_class_name_but_not_for_abstract_classes() -> None:
    user = known_by_label("auth.user")
    assert user is not None
    assert user.path == "django.contrib.auth.models.User"
    address = known_by_label("account.EmailAddress")
    assert address is not None
    assert address.path == "allauth.account.models.EmailAddress"
    assert known_by_label("taggit.TagBase") is None
    assert known_by_label("shop.Order") is None


def test_the_models_of_an_installed_app_are_those_of_its_own_models_module() -> None:
    assert [model.label for model in known_models("rest_framework.authtoken")] == [
        "authtoken.Token",
        "authtoken.TokenProxy",
    ]
    assert {model.app_label for model in known_models("wagtail")} == {"wagtailcore"}
    assert {model.label for model in known_models("django.contrib.auth")} == {
        "auth.Group",
        "auth.Permission",
        "auth.User",
    }
    assert known_models("shop") == ()


def test_a_child_of_abstract_bases_has_their_fields_and_delete() -> None:
    flag = known_by_label("waffle.Flag")
    assert flag is not None
    assert {"users", "groups", "name"} <= {field.name for field in all_fields(flag)}
    assert overrides_delete(flag)


def test_a_package_that_makes_keys_between_the_project_s_own_models_says_to_which() -> None:
    user = known_model("organizations.abstract.AbstractOrganizationUser")
    assert user is not None
    organization = {field.name: field for field in user.fields}["organization"]
    assert organization.to is None
    assert organization.to_subclass_of == "organizations.base.AbstractBaseOrganization"
    assert organization.on_delete == "CASCADE"


def test_settings_that_swap_models_have_the_defaults_of_their_packages() -> None:
    assert swappable_default("AUTH_USER_MODEL") == "auth.User"
    assert swappable_default("SHOP_ORDER_MODEL") is None
    assert getter_setting("django.contrib.auth.get_user_model") == "AUTH_USER_MODEL"
    assert getter_setting("shop.get_order_model") is None


# --- the data against themselves -------------------------------------------------------------------------------------


def _everything() -> Iterator[KnownModel]:
    for name in ("django", *load("models")["packages"]):
        package = models._package(name)
        assert package is not None
        yield from package.models


def test_every_file_of_packages_is_listed_with_just_the_app_labels_it_has() -> None:
    stems = {path.stem for path in Path(models.__file__).with_name("packages").glob("*.toml")}
    listed: dict[str, list[str]] = load("models")["packages"]
    assert stems == set(listed)
    for name, app_labels in listed.items():
        package = models._package(name)
        assert package is not None
        assert sorted({model.app_label for model in package.models}) == app_labels
        assert {model.path.partition(".")[0] for model in package.models} == {name}


def test_every_base_of_a_known_model_is_known() -> None:
    assert [(model.path, base) for model in _everything() for base in model.bases if known_model(base) is None] == []


def test_every_relation_of_a_known_model_leads_to_one() -> None:
    astray = []
    for model in _everything():
        for field in model.fields:
            for target in (field.to, field.through):
                label = target
                if label is not None and label.startswith("settings."):
                    label = swappable_default(label.removeprefix("settings."))
                if target not in (None, "self", "settings.TENANT_MODEL") and (
                    label is None or known_by_label(label) is None
                ):
                    astray.append((model.path, field.name, target))
            made = (field.to_subclass_of, field.through_subclass_of)
            astray.extend(
                (model.path, field.name, base) for base in made if base is not None and known_model(base) is None
            )
    assert astray == []


def test_every_key_says_what_happens_on_delete() -> None:
    keys = [(model.path, field) for model in _everything() for field in model.fields if field.kind in ("fk", "o2o")]
    assert [(path, field.name) for path, field in keys if field.on_delete is None] == []
    assert [(path, field.name) for path, field in keys if field.on_delete == "SET_NULL" and not field.null] == []


def test_every_swappable_model_is_the_default_of_its_setting() -> None:
    for model in _everything():
        if model.swappable is not None:
            assert swappable_default(model.swappable) == model.label
    settings: dict[str, str] = load("models")["settings"]
    assert [label for label in settings.values() if known_by_label(label) is None] == []
