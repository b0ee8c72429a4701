"""The generated projects: Python that hangs together, the same each time, with known mistakes and their clean twins."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.generate.project import MARK, Made, generate
from benchmarks.generate.shape import apps
from tests.command import document


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Made]:
    folder = tmp_path_factory.mktemp("generated")
    return folder, generate(folder)


def _planted(folder: Path) -> Iterator[tuple[str, str, int]]:
    for file in folder.rglob("*.py"):
        for number, line in enumerate(file.read_text().splitlines(), 1):
            if MARK in line:
                for rule in line.partition(MARK)[2].split(", "):
                    yield rule, str(file.relative_to(folder)), number


def test_what_is_measured_is_also_right_every_planted_mistake_is_found_and_nothing_else(
    project: tuple[Path, Made],
) -> None:
    folder, made = project
    found = document(".", folder=folder)
    assert sorted((each["rule"], each["file"], each["line"]) for each in found["findings"]) == sorted(_planted(folder))
    assert len(found["findings"]) == made.planted
    assert {each["rule"] for each in found["findings"]} == {
        "blocking_receiver",
        "delete_in_loop",
        "dispatch_before_commit",
        "set_null_fan_in",
        "unbatched_cascade",
    }
    assert found["summary"]["models"] == made.models
    assert found["summary"]["receivers"] == made.apps // 2


def test_generated_files_are_python_whose_imports_of_each_other_hold(project: tuple[Path, Made]) -> None:
    folder, made = project
    trees = {file: ast.parse(file.read_text()) for file in folder.rglob("*.py")}
    defined: dict[str, set[str]] = {}
    for file, tree in trees.items():
        parts = file.relative_to(folder).with_suffix("").parts
        module = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        defined[module] = set(_names(tree))
        if len(parts) > 1:
            defined.setdefault(".".join(parts[:-1]), set()).add(parts[-1])
    own = {module.partition(".")[0] for module in defined}
    missing = [
        f"{file.relative_to(folder)}: from {node.module} import {alias.name}"
        for file, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module and node.module.partition(".")[0] in own
        for alias in node.names
        if alias.name not in defined.get(node.module, ()) and f"{node.module}.{alias.name}" not in defined
    ]
    assert missing == []
    assert 50_000 < made.lines < 70_000


def _names(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            yield node.name
        elif isinstance(node, ast.ImportFrom):
            yield from (alias.asname or alias.name for alias in node.names)


def test_two_people_measure_the_same_project(project: tuple[Path, Made], tmp_path: Path) -> None:
    folder, made = project
    assert generate(tmp_path) == made
    texts = {file.relative_to(folder): file.read_bytes() for file in folder.rglob("*.py")}
    assert texts == {file.relative_to(tmp_path): file.read_bytes() for file in tmp_path.rglob("*.py")}


def test_a_larger_project_is_the_smaller_one_and_more_so_that_only_the_size_differs() -> None:
    small, large = apps(1, 0), apps(8, 0)
    assert large[: len(small)] == small
    assert len(large) == 8 * len(small)
    assert len({name for app in large for name in (app.name, *app.models)}) == sum(1 + len(app.models) for app in large)
