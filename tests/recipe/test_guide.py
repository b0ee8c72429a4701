"""docs/recipes.md shows the recipe that is written, for the models that it shows."""

from __future__ import annotations

import re
from pathlib import Path

from delete_lint.recipe.asked import FORMS
from tests.command import ROOT, delete_lint

GUIDE = (ROOT / "docs" / "recipes.md").read_text()


def test_the_recipe_on_the_page_is_the_one_that_is_written(tmp_path: Path) -> None:
    models, recipe = re.findall(r"```python\n(.*?)```\n", GUIDE, re.DOTALL)
    app = tmp_path / "src" / "files"
    app.mkdir(parents=True)
    (app / "__init__.py").write_text("")
    (app / "models.py").write_text(models)
    done = delete_lint("plan", "Account", "src", "--recipe", "--isolated", "--no-cache", folder=tmp_path)
    assert (done.returncode, done.stdout) == (0, recipe)
    (app / "cleanup.py").write_text(recipe)
    found = delete_lint("src", "--isolated", "--no-cache", folder=tmp_path)
    assert found.returncode == 0, found.stdout  # the linter has nothing against it


def test_the_forms_on_the_page_are_those_there_are() -> None:
    assert set(re.findall(r"--recipe=(\w+)", GUIDE)) == set(FORMS)
