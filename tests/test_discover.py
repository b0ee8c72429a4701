"""Which files are linted, and which are only known."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from delete_lint.settings import Settings
from delete_lint.source.discover import PathError, SourcePath, common_folder, discover


def write(folder: Path, *names: str, text: str = "") -> None:
    for name in names:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def names(sources: tuple[SourcePath, ...]) -> list[str]:
    return [source.name for source in sources]


def linted(folder: Path, *paths: str, settings: Settings | None = None) -> list[str]:
    return names(discover(paths or (".",), settings or Settings(), folder).files)


def test_tests_and_migrations_are_known_but_not_linted(tmp_path: Path) -> None:
    write(
        tmp_path,
        "shop/models.py",
        "shop/migrations/0001_initial.py",
        "shop/tests/test_models.py",
        "shop/tests/migrations/0001_initial.py",
        "shop/test_views.py",
        "shop/views_test.py",
        "shop/tests2.py",
        "shop/test2.py",
        "conftest.py",
        "shop/data_migrations/move.py",
        "shop/contest.py",
    )
    tree = discover(["."], Settings(), tmp_path)
    assert names(tree.files) == ["shop/contest.py", "shop/data_migrations/move.py", "shop/models.py", "shop/tests2.py"]
    assert names(tree.migrations) == ["shop/migrations/0001_initial.py"]
    assert names(tree.others) == [
        "conftest.py",
        "shop/test2.py",
        "shop/test_views.py",
        "shop/tests/migrations/0001_initial.py",
        "shop/tests/test_models.py",
        "shop/views_test.py",
    ]


def test_tests_and_migrations_are_linted_when_asked_for(tmp_path: Path) -> None:
    write(tmp_path, "shop/migrations/0001_initial.py", "shop/tests/test_models.py", "shop/tests/migrations/0001.py")
    assert linted(tmp_path, settings=Settings(include_migrations=True)) == ["shop/migrations/0001_initial.py"]
    assert linted(tmp_path, settings=Settings(include_tests=True)) == ["shop/tests/test_models.py"]
    assert len(linted(tmp_path, settings=Settings(include_tests=True, include_migrations=True))) == 3


def test_a_project_inside_a_tests_folder_can_be_linted(tmp_path: Path) -> None:
    write(tmp_path, "tests/project/shop/models.py", "tests/project/shop/tests/models.py")
    assert linted(tmp_path, "tests/project") == ["tests/project/shop/models.py"]


def test_a_file_that_is_named_is_linted_whatever_it_is(tmp_path: Path) -> None:
    write(tmp_path, ".gitignore", text="ignored.py\n")
    write(tmp_path, "ignored.py", "shop/migrations/0001.py", "tests/test_a.py", ".venv/x.py", "script")
    named = ["ignored.py", "shop/migrations/0001.py", "tests/test_a.py", ".venv/x.py", "script"]
    tree = discover([".", *named], Settings(), tmp_path)
    assert sorted(names(tree.files)) == sorted(named)
    assert not tree.migrations
    assert not tree.others


def test_what_is_not_the_projects_code_is_left_out(tmp_path: Path) -> None:
    write(
        tmp_path,
        "shop/models.py",
        "shop/models.pyi",
        "shop/__pycache__/models.py",
        "shop/._models.py",
        ".worktrees/other/shop/models.py",
        "node_modules/gyp/gyp.py",
        "odd-name/pyvenv.cfg",
        "odd-name/lib/python3.12/site.py",
        "lib/site-packages/django/db/models.py",
        "build/lib/shop/models.py",
        "env/models.py",
    )
    assert linted(tmp_path) == ["shop/models.py"]


def test_a_package_called_build_is_the_projects_own(tmp_path: Path) -> None:
    write(tmp_path, "build/__init__.py", "build/models.py")
    assert linted(tmp_path) == ["build/__init__.py", "build/models.py"]


def test_exclude_replaces_the_built_in_names_and_extend_exclude_adds_to_them(tmp_path: Path) -> None:
    write(tmp_path, "shop/models.py", "legacy/models.py", "dist/models.py")
    assert linted(tmp_path, settings=Settings(exclude=("legacy",))) == ["dist/models.py", "shop/models.py"]
    assert linted(tmp_path, settings=Settings(extend_exclude=("/legacy",))) == ["shop/models.py"]


def test_excludes_are_relative_to_the_settings_file(tmp_path: Path) -> None:
    write(tmp_path, "back/shop/models.py", "back/models.py")
    settings = Settings(extend_exclude=("/shop",), file=tmp_path / "back" / "pyproject.toml")
    assert linted(tmp_path, settings=settings) == ["back/models.py"]


def test_gitignore_files_above_a_named_folder_count_up_to_the_repository(tmp_path: Path) -> None:
    write(tmp_path, ".gitignore", text="*.py\n")
    repository = tmp_path / "repository"
    write(repository, ".gitignore", text="generated.py\n/back/local.py\n")
    write(repository, ".git/HEAD", "back/shop/generated.py", "back/local.py", "back/shop/models.py")
    assert linted(repository / "back", "shop", ".") == ["shop/models.py"]


def test_an_ignored_folder_that_is_named_is_linted(tmp_path: Path) -> None:
    write(tmp_path, ".gitignore", text="scratch/\n")
    write(tmp_path, "scratch/shop/models.py")
    assert linted(tmp_path, "scratch/shop") == ["scratch/shop/models.py"]


def test_a_submodule_has_its_own_idea_of_what_to_ignore(tmp_path: Path) -> None:
    write(tmp_path, ".gitignore", text="models.py\n")
    write(tmp_path, ".git/HEAD", "models.py", "sub/.git", "sub/models.py")
    assert linted(tmp_path) == ["sub/models.py"]


def test_a_worktree_obeys_the_excludes_of_its_repository(tmp_path: Path) -> None:
    write(tmp_path, "main/.git/info/exclude", text="local.py\n")
    write(tmp_path, "main/.git/worktrees/other/commondir", text="../..\n")
    write(tmp_path, "other/.git", text=f"gitdir: {tmp_path}/main/.git/worktrees/other\n")
    write(tmp_path, "other/local.py", "other/models.py")
    assert linted(tmp_path / "other") == ["models.py"]


def test_links_neither_loop_nor_count_twice(tmp_path: Path) -> None:
    write(tmp_path, "project/shop/models.py", "elsewhere/extra.py")
    project = tmp_path / "project"
    (project / "shop" / "again").symlink_to(project, target_is_directory=True)
    (project / "same.py").symlink_to(project / "shop" / "models.py")
    (project / "extra.py").symlink_to(tmp_path / "elsewhere" / "extra.py")
    (project / "gone.py").symlink_to(project / "nowhere.py")
    (project / "circle.py").symlink_to(project / "circle.py")
    assert linted(project) == ["extra.py", "shop/models.py"]


def test_a_folder_named_through_a_link_is_linted(tmp_path: Path) -> None:
    write(tmp_path, "real/models.py")
    (tmp_path / "link").symlink_to(tmp_path / "real", target_is_directory=True)
    assert linted(tmp_path, "link") == ["link/models.py"]


@pytest.mark.skipif(os.name == "nt" or os.getuid() == 0, reason="root can list every folder")
def test_a_folder_that_cannot_be_listed_is_told(tmp_path: Path) -> None:
    write(tmp_path, "shop/models.py", "secret/models.py")
    (tmp_path / "secret").chmod(0)
    try:
        tree = discover(["."], Settings(), tmp_path)
    finally:
        (tmp_path / "secret").chmod(0o755)
    assert names(tree.files) == ["shop/models.py"]
    assert [problem.name for problem in tree.problems] == ["secret"]
    assert "Permission denied" in tree.problems[0].message


def test_names_are_relative_to_the_working_folder_and_absolute_outside_it(tmp_path: Path) -> None:
    write(tmp_path, "work/shop/models.py", "other/models.py")
    tree = discover(["shop", "../other", tmp_path / "work" / "shop" / "models.py"], Settings(), tmp_path / "work")
    assert names(tree.files) == [f"{tmp_path.as_posix()}/other/models.py", "shop/models.py"]
    assert tree.root == tmp_path / "work"
    assert tree.common == tmp_path


def test_the_common_folder_of_a_file_is_its_own(tmp_path: Path) -> None:
    write(tmp_path, "shop/models.py", "shop/orders/models.py")
    assert common_folder(["shop/models.py"], tmp_path) == tmp_path / "shop"
    assert common_folder(["shop/models.py", "shop/orders"], tmp_path) == tmp_path / "shop"


@pytest.mark.parametrize(
    ("path", "nearest"),
    [
        ("shop/modles.py", "shop/models.py"),
        ("shp/models.py", "shop"),
        ("./shp", "./shop"),
        ("shp/orders/deep", "shop"),
        ("shop/orders/modles.py", "shop/orders/models.py"),
    ],
)
def test_a_mistyped_path_is_answered_with_the_nearest_name(path: str, nearest: str, tmp_path: Path) -> None:
    write(tmp_path, "shop/models.py", "shop/orders/models.py")
    with pytest.raises(PathError) as raised:
        discover([path], Settings(), tmp_path)
    assert str(raised.value) == f"no such file or folder: {path} (did you mean {nearest}?)"


def test_a_path_like_nothing_else_is_just_missing(tmp_path: Path) -> None:
    for path in ("zzz", "\0", "a" * 5000):
        with pytest.raises(PathError, match=r"^no such file or folder: "):
            discover([path], Settings(), tmp_path)


def test_what_was_left_out_can_be_told(tmp_path: Path) -> None:
    write(tmp_path, ".gitignore", text="local.py\n")
    write(tmp_path, "local.py", "node_modules/a.py", "legacy/a.py", "box/pyvenv.cfg")
    tree = discover(["."], Settings(extend_exclude=("legacy",)), tmp_path)
    assert {(skipped.name, skipped.reason) for skipped in tree.skipped} == {
        ("local.py", "ignored by git"),
        ("node_modules", "left out by its name"),
        ("legacy", "excluded by the settings"),
        ("box", "a virtual environment"),
    }


def test_four_thousand_files_are_found_at_once(tmp_path: Path) -> None:
    write(tmp_path, ".gitignore", text="\n".join(["*.log", "/media/", "docs/_build", "*.egg*", "local_*.py"] * 8))
    for app in range(80):
        folder = tmp_path / f"app{app}" / "inner"
        folder.mkdir(parents=True)
        for number in range(50):
            (folder / f"module{number}.py").touch()
    start = time.perf_counter()
    found = linted(tmp_path)
    assert len(found) == 4000
    assert time.perf_counter() - start < 1
