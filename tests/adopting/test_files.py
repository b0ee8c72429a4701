"""What the guide shows of files is what stands in ``examples/adopting``, and those who read such files take them."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from delete_lint import __version__
from tests.adopting.guide import BLOCKS, FILES, GUIDE, HOME_PAGE, INSTALLED, SHELLS
from tests.command import ROOT


def test_what_the_guide_shows_of_a_file_stands_there_word_for_word() -> None:
    for block in BLOCKS:
        if block.is_of_a_file:
            assert block.file is not None, block.text
            assert f"\n{block.text}" in "\n" + (FILES / block.file).read_text(), block.file
        else:
            assert block.language in ("console", *SHELLS), block.text


def test_the_guide_shows_every_file_that_there_is_for_it() -> None:
    there = {path.relative_to(FILES) for path in FILES.rglob("*") if path.is_file() and "__pycache__" not in path.parts}
    assert {block.file for block in BLOCKS if block.is_of_a_file} == {path.as_posix() for path in there}


def test_the_links_of_the_guide_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)", GUIDE.read_text()):
        assert (GUIDE.parent / target).exists(), target


def test_the_guide_and_its_files_name_one_version_and_one_home() -> None:
    for file in (GUIDE, *FILES.rglob("*.yml"), *FILES.rglob("*.yaml")):
        text = file.read_text()
        assert set(re.findall(r"v\d+\.\d+\.\d+", text)) <= {f"v{__version__}"}, file
        assert set(re.findall(r"https://github\.com/[\w-]+/[\w-]+", text)) <= {HOME_PAGE}, file
        assert all(f'"{INSTALLED}"' in line for line in text.splitlines() if "pip install" in line), file


@pytest.mark.parametrize("file", sorted(FILES.glob(".github/workflows/*")), ids=lambda file: file.name)
def test_the_workflows_are_such_that_github_takes_them(file: Path) -> None:
    _check("check_jsonschema", "--builtin-schema", "vendor.github-workflows", str(file))


def test_the_pipeline_is_such_that_gitlab_takes_it() -> None:
    schema = ("--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci")
    _check("check_jsonschema", *schema, str(FILES / ".gitlab-ci.yml"))


def test_the_hooks_and_how_they_are_configured_are_such_that_pre_commit_takes_them_without_a_warning() -> None:
    assert not _check("pre_commit", "validate-config", str(FILES / ".pre-commit-config.yaml"))
    assert not _check("pre_commit", "validate-manifest", str(ROOT / ".pre-commit-hooks.yaml"))


def test_the_settings_are_such_that_editors_take_them(tmp_path: Path) -> None:
    """An editor has a schema for the whole of pyproject.toml, with that of the table in it."""
    schema = f'{{"properties": {{"tool": {{"properties": {{"delete-lint": {{"$ref": "{_SCHEMA.as_uri()}"}}}}}}}}}}'
    (tmp_path / "schema.json").write_text(schema)
    for file in FILES.rglob("pyproject.toml"):
        assert tomllib.loads(file.read_text())["tool"]["delete-lint"]
        _check("check_jsonschema", "--schemafile", str(tmp_path / "schema.json"), str(file))


_SCHEMA = ROOT / "delete_lint" / "settings.schema.json"


def _check(module: str, *arguments: str) -> str:
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout
    return done.stdout
