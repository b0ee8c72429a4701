"""A file's dotted name: without it imports, string references and app labels lead nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from delete_lint.settings import Settings
from delete_lint.source.discover import SourcePath, discover


def source(folder: Path, file: str, *others: str, path: str = ".") -> SourcePath:
    """The file as discovered in a tree that holds the others too; `!` marks text after the name."""
    for entry in (file, *others):
        name, _, text = entry.partition("!")
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    tree = discover([path], Settings(), folder)
    return next(found for found in (*tree.files, *tree.migrations, *tree.others) if found.path == folder / file)


@pytest.mark.parametrize(
    ("file", "others", "module"),
    [
        ("shop/models.py", ["manage.py", "shop/__init__.py"], "shop.models"),
        ("netbox/core/models.py", ["netbox/manage.py", "netbox/core/__init__.py"], "core.models"),
        ("src/shop/models.py", ["src/shop/__init__.py", "pyproject.toml"], "shop.models"),
        ("src/shop/models.py", ["src/shop/__init__.py", "manage.py"], "shop.models"),
        ("src/shop/models.py", ["src/__init__.py", "src/shop/__init__.py", "manage.py"], "src.shop.models"),
        ("apps/shop/models.py", ["apps/shop/__init__.py", "manage.py"], "apps.shop.models"),
        (
            "mysite/apps/shop/models.py",
            ["mysite/__init__.py", "mysite/apps/shop/__init__.py"],
            "mysite.apps.shop.models",
        ),
        ("backend/shop/models.py", ["backend/shop/__init__.py", "pyproject.toml"], "shop.models"),
        ("a/b/models.py", ["pyproject.toml"], "a.b.models"),
        ("shop/models.py", ["__init__.py", "manage.py", "shop/__init__.py"], "shop.models"),
        ("shop/models.py", ["__init__.py", ".git/HEAD", "shop/__init__.py"], "shop.models"),
        ("lib/app/models.py", ["lib/__init__.py", "lib/app/__init__.py", "lib/app/manage.py"], "lib.app.models"),
        ("one/shop/models.py", ["one/manage.py", "two/manage.py", "manage.py"], "shop.models"),
        (
            "two/libs/x/shop/models.py",
            ["two/manage.py", "two/libs/x/setup.py", "two/libs/x/shop/__init__.py"],
            "shop.models",
        ),
        ("my-project/shop/models.py", ["my-project/shop/__init__.py"], "shop.models"),
        ("shop/__init__.py", ["manage.py"], "shop"),
        ("shop/migrations/0001_initial.py", ["manage.py"], "shop.migrations.0001_initial"),
    ],
)
def test_the_import_root_is_where_python_would_look(file: str, others: list[str], module: str, tmp_path: Path) -> None:
    project = tmp_path / "project"
    assert source(project, file, *others).module == module


@pytest.mark.parametrize(
    ("metadata", "text"),
    [
        ("pyproject.toml", '[tool.setuptools]\npackage-dir = {"" = "lib"}\n'),
        ("pyproject.toml", '[tool.setuptools.packages.find]\nwhere = ["lib"]\n'),
        ("pyproject.toml", '[tool.poetry]\npackages = [{ include = "acme", from = "lib" }]\n'),
        ("pyproject.toml", '[tool.hatch.build.targets.wheel]\npackages = ["lib/acme"]\n'),
        ("setup.cfg", "[options]\npackage_dir =\n    =lib\n"),
        ("setup.cfg", "[options.packages.find]\nwhere = lib\n"),
    ],
)
def test_a_source_folder_is_taken_from_the_metadata(metadata: str, text: str, tmp_path: Path) -> None:
    """The namespace package `acme` has no __init__.py, so nothing else tells where it starts."""
    found = source(tmp_path / "project", "lib/acme/shop/models.py", "lib/acme/shop/__init__.py", f"{metadata}!{text}")
    assert found.module == "acme.shop.models"
    assert found.root == tmp_path / "project" / "lib"


def test_metadata_that_cannot_be_read_does_not_end_the_run(tmp_path: Path) -> None:
    others = ["shop/__init__.py", "pyproject.toml!= [", "setup.cfg!]["]
    assert source(tmp_path / "project", "shop/models.py", *others).module == "shop.models"


def test_a_single_file_knows_its_package(tmp_path: Path) -> None:
    project = tmp_path / "project"
    others = ["manage.py", "shop/__init__.py", "shop/orders/__init__.py"]
    assert (
        source(project, "shop/orders/models.py", *others, path="shop/orders/models.py").module == "shop.orders.models"
    )
    loose = tmp_path / "loose"
    others = ["proj/__init__.py", "proj/app/__init__.py"]
    assert source(loose, "proj/app/models.py", *others, path="proj/app/models.py").module == "proj.app.models"


def test_other_plausible_names_are_kept(tmp_path: Path) -> None:
    found = source(tmp_path / "one", "apps/shop/models.py", "apps/shop/__init__.py", "manage.py")
    assert found.aliases == ("shop.models",)
    found = source(tmp_path / "two", "src/shop/models.py", "src/shop/__init__.py", "manage.py")
    assert found.aliases == ("src.shop.models",)
    found = source(tmp_path / "three", "shop/models.py", "shop/__init__.py", "manage.py")
    assert found.aliases == ()
