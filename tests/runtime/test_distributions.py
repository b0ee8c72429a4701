"""Whose code is it? A package's model taken for the user's own is reported to somebody who cannot change it."""

from __future__ import annotations

import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import django
import pytest
from django.contrib.contenttypes import models as contenttypes

from delete_lint.runtime import distributions
from delete_lint.runtime.distributions import OWN, Origin, origin


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    def forget() -> None:
        for cached in (distributions._origin, distributions._installed, distributions._record):
            cached.cache_clear()

    forget()
    yield
    forget()


@pytest.fixture
def library(tmp_path: Path) -> Path:
    folder = tmp_path / ".venv" / "lib" / "python3.12" / "site-packages"
    folder.mkdir(parents=True)
    return folder


def install(library: Path, distribution: str, *files: str, record: bool = True, top_level: str = "") -> None:
    info = library / f"{distribution}.dist-info"
    info.mkdir()
    for file in files:
        (library / file).parent.mkdir(parents=True, exist_ok=True)
        (library / file).write_text("")
    if record:
        (info / "RECORD").write_text("".join(f"{file},sha256=x,0\n" for file in files))
    if top_level:
        (info / "top_level.txt").write_text(f"{top_level}\n")


def test_the_installed_django_is_the_package_django() -> None:
    assert origin(django.__file__) == origin(contenttypes.__file__) == Origin(False, "django")


def test_a_package_is_named_as_it_is_installed_and_not_as_it_is_imported(library: Path) -> None:
    install(library, "djangorestframework-3.16.0", "rest_framework/authtoken/models.py", "rest_framework/__init__.py")
    install(library, "Django_Filter.Extras-1.0", "filters/models.py")
    assert origin(str(library / "rest_framework/authtoken/models.py")) == Origin(False, "djangorestframework")
    assert origin(str(library / "filters/models.py")) == Origin(False, "django-filter-extras")


def test_packages_that_share_a_namespace_are_told_apart(library: Path) -> None:
    install(library, "shop-1.0", "shop/__init__.py", "shop/core/models.py")
    install(library, "shop_reviews-2.1", "shop/reviews/models.py")
    assert origin(str(library / "shop/reviews/models.py")) == Origin(False, "shop-reviews")
    assert origin(str(library / "shop/core/models.py")) == Origin(False, "shop")


def test_a_name_that_begins_like_another_is_not_taken_for_it(library: Path) -> None:
    install(library, "shopping-1.0", "shopping/models.py", "shops.py")
    install(library, "my_shop-1.0", "shop/models.py", "shop.py")
    assert origin(str(library / "shop/models.py")) == origin(str(library / "shop.py")) == Origin(False, "my-shop")
    assert origin(str(library / "shops.py")) == Origin(False, "shopping")


def test_a_module_at_the_top_of_the_library_has_the_package_that_brought_it(library: Path) -> None:
    install(library, "one-1.0", "one_signals.py")
    install(library, "two-1.0", "two_signals.py")
    assert origin(str(library / "one_signals.py")) == Origin(False, "one")
    assert origin(str(library / "two_signals.py")) == Origin(False, "two")


def test_packages_of_a_linux_distribution_keep_no_record(tmp_path: Path) -> None:
    library = tmp_path / "python3" / "dist-packages"
    library.mkdir(parents=True)
    install(library, "djangorestframework-3.14.0", "rest_framework/models.py", record=False, top_level="rest_framework")
    install(library, "Taggit-4.0", "taggit/models.py", record=False)
    assert origin(str(library / "rest_framework/models.py")) == Origin(False, "djangorestframework")
    assert origin(str(library / "taggit/models.py")) == Origin(False, "taggit")


def test_a_package_without_any_metadata_is_still_not_the_users_own(library: Path) -> None:
    assert origin(str(library / "vendored" / "models.py")) == Origin(False, "vendored")


def test_the_project_is_the_users_own_and_so_is_what_is_installed_in_editable_form(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "src" / "shop.egg-info").mkdir(parents=True)
    monkeypatch.setattr(sys, "path", [str(tmp_path / "src"), *sys.path])
    assert origin(str(tmp_path / "src" / "shop" / "models.py")) == OWN
    assert origin(str(tmp_path / "elsewhere" / "models.py")) == OWN


def test_packages_copied_beside_the_project_are_not_the_users_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, "django_taggit-6.1", "taggit/__init__.py", "taggit/models.py")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    assert origin(str(tmp_path / "taggit" / "models.py")) == Origin(False, "django-taggit")
    assert origin(str(tmp_path / "shop" / "models.py")) == OWN


def test_a_package_in_an_archive_has_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = tmp_path / "django_taggit-6.1-py3-none-any.whl"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("taggit/models.py", "")
        packed.writestr("django_taggit-6.1.dist-info/METADATA", "Metadata-Version: 2.1\nName: django-taggit\n")
        packed.writestr("django_taggit-6.1.dist-info/RECORD", "taggit/__init__.py,,\ntaggit/models.py,,\n")
        packed.writestr("loose/models.py", "")
    monkeypatch.setattr(sys, "path", [str(archive), *sys.path])
    assert origin(str(archive / "taggit" / "models.py")) == Origin(False, "django-taggit")
    assert origin(str(archive / "loose" / "models.py")) == Origin(False, "loose")


def test_an_egg_has_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    egg = tmp_path / "eggs" / "django_taggit-6.1-py3.12.egg"
    egg.mkdir(parents=True)
    monkeypatch.setattr(sys, "path", [str(egg), *sys.path])
    assert origin(str(egg / "taggit" / "models.py")) == Origin(False, "django-taggit")
