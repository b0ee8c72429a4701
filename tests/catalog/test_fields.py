"""Known field classes, checked against Django's own."""

from __future__ import annotations

import subprocess
import sys

import pytest

from delete_lint.catalog.data import load
from delete_lint.catalog.fields import field_class, field_kind, is_large


@pytest.mark.parametrize(
    ("dotted", "kind"),
    [
        ("django.db.models.ForeignKey", "fk"),
        ("django.db.models.fields.related.ForeignKey", "fk"),
        ("django.contrib.gis.db.models.ForeignKey", "fk"),
        ("django.db.models.fields.related.OneToOneField", "o2o"),
        ("django.db.models.ManyToManyField", "m2m"),
        ("django.db.models.fields.files.ImageField", "file"),
        ("django.db.models.fields.json.JSONField", "large"),
        ("django.contrib.postgres.fields.ArrayField", "large"),
        ("django.contrib.postgres.fields.array.ArrayField", "large"),
        ("django.contrib.postgres.fields.jsonb.JSONField", "large"),
        ("django.contrib.postgres.search.SearchVectorField", "large"),
        ("django.contrib.gis.db.models.PointField", "column"),
        ("django.contrib.gis.db.models.fields.PolygonField", "large"),
        ("django.contrib.contenttypes.fields.GenericRelation", "generic_relation"),
        ("django.contrib.contenttypes.fields.GenericForeignKey", "generic_fk"),
        ("mptt.fields.TreeForeignKey", "fk"),
        ("mptt.models.TreeForeignKey", "fk"),
        ("modelcluster.fields.ParentalKey", "fk"),
        ("modelcluster.fields.ParentalManyToManyField", "m2m"),
        ("sortedm2m.fields.SortedManyToManyField", "m2m"),
        ("annoying.fields.AutoOneToOneField", "o2o"),
        ("taggit.managers.TaggableManager", "generic_relation"),
        ("wagtail.core.fields.StreamField", "large"),
        ("wagtail.fields.RichTextField", "large"),
        ("ckeditor_uploader.fields.RichTextUploadingField", "large"),
        ("pgvector.django.vector.VectorField", "large"),
        ("sorl.thumbnail.ImageField", "file"),
        ("easy_thumbnails.fields.ThumbnailerImageField", "file"),
        ("djongo.models.ForeignKey", "fk"),
    ],
)
def test_a_field_is_known_by_any_path_it_is_imported_from(dotted: str, kind: str) -> None:
    assert field_kind(dotted) == kind
    assert is_large(dotted) == (kind == "large")


@pytest.mark.parametrize(
    "dotted",
    [
        "django.forms.JSONField",
        "django.contrib.postgres.forms.JSONField",
        "django.db.models.Model",
        "django.db.models.Index",
        "shop.fields.JSONField",
        "JSONField",
    ],
)
def test_what_is_no_model_field_is_not_taken_for_one(dotted: str) -> None:
    assert field_kind(dotted) is None


def test_a_key_whose_class_fixes_its_target_has_one() -> None:
    image = field_class("filer.fields.image.FilerImageField")
    assert image is not None
    assert (image.kind, image.to, image.on_delete) == ("fk", "settings.FILER_IMAGE_MODEL", None)
    page = field_class("cms.models.fields.PageField")
    assert page is not None
    assert (page.to, page.on_delete) == ("cms.Page", "CASCADE")


def test_no_class_has_two_kinds() -> None:
    data = load("fields")
    for table in (data["django"], data["classes"]):
        names = [name for names in table.values() for name in names]
        assert len(names) == len(set(names))
    assert set(data["defaults"]) <= {name for names in data["classes"].values() for name in names}


def test_every_field_class_of_the_installed_django_is_known_for_what_it_is() -> None:
    """Large and relational classes are told by what they inherit from, which is how the running project tells."""
    code = """
import django
from django.conf import settings
settings.configure(INSTALLED_APPS=["django.contrib.contenttypes"])
django.setup()
from django.contrib.contenttypes import fields as generic
from django.db import models
for name, value in vars(models).items():
    if isinstance(value, type) and issubclass(value, models.Field) and value is not models.Field:
        kinds = {"fk": models.ForeignObject, "o2o": models.OneToOneField, "m2m": models.ManyToManyField,
                 "file": models.FileField, "large": (models.TextField, models.JSONField, models.BinaryField)}
        kind = [kind for kind, base in kinds.items() if issubclass(value, base)] or ["column"]
        if name == "CompositePrimaryKey":
            kind = ["virtual"]
        print(f"{value.__module__}.{name}", kind[-1] if "o2o" not in kind else "o2o")
        print(f"django.db.models.{name}", kind[-1] if "o2o" not in kind else "o2o")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    actual = dict(line.split() for line in done.stdout.splitlines())
    assert len(actual) > 50
    assert {name: field_kind(name) for name in actual} == actual
