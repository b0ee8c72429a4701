"""A small project before and after its fixes, both run by Django on databases of their own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.fixes import harness
from tests.runtime.small_project import Project

#: Makes the tables of the app ``shop`` and its receivers' notes; ``seen`` runs something and tells what it did.
PRELUDE = """
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

tables = list(apps.get_app_config("shop").get_models(include_auto_created=True))
with connection.schema_editor() as editor:
    for model in tables:
        editor.create_model(model)

def rows():
    return {model._meta.label: sorted(map(str, model.objects.values_list())) for model in tables}

def seen(what):
    with CaptureQueriesContext(connection) as queries:
        returned = what()
    sent = [query["sql"].split()[0] for query in queries if not query["sql"].startswith(("BEGIN", "COMMIT", "PRAGMA"))]
    return {"rows": rows(), "sent": sent, "returned": returned}
"""


class Both:
    """The project as it was written, and as the fixes of one rule left it."""

    def __init__(self, folder: Path, rule: str, files: Mapping[str, str]) -> None:
        files = {"pyproject.toml": f'[tool.delete-lint]\nselect = ["{rule}"]\n', **files}
        packages: dict[str, str] = {
            f"{parent}/__init__.py": "" for name in files for parent in Path(name).parents if parent.name
        }
        files = {**packages, **{name: harness.source_of(text) for name, text in files.items()}}
        self.before = Project(folder / "before", ["shop"], files)
        self.after = Project(folder / "after", ["shop"], files)
        self.applied = harness.Project(self.after.folder).fix()
        assert self.applied.changes

    def ask(self, code: str) -> tuple[Any, Any]:
        """What the code leaves in ``answer``, before and after."""
        before, after = (each.ask(f"{PRELUDE}\n{harness.source_of(code)}") for each in (self.before, self.after))
        return before, after
