"""A Django project that is linted together with its source: by the command line, in a process of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

from tests.runtime.small_project import Project

SETTINGS = ("--django-settings", "config.settings")


class LintedProject(Project):
    """What stands in ``site-packages`` is installed, with a record of its files."""

    def install(self, package: str, files: Mapping[str, str]) -> None:
        """A distribution whose one package has this name."""
        named = {f"{package}/__init__.py": "", **{f"{package}/{name}": text for name, text in files.items()}}
        info = f"{package}-1.0.dist-info"
        named[f"{info}/METADATA"] = f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n"
        named[f"{info}/RECORD"] = "".join(f"{name},,\n" for name in (*named, f"{info}/RECORD"))
        self.write({f"site-packages/{name}": text for name, text in named.items()})

    def lint(self, *arguments: str, cwd: Path | None = None, **settings: Any) -> CompletedProcess[str]:
        return self._run(["-m", "delete_lint", *arguments], settings, cwd)

    def findings(self, *arguments: str) -> list[tuple[str, str, int]]:
        """Rule, file and line of what is found."""
        done = self.lint(*arguments, "--format", "json")
        assert done.returncode in (0, 1), done.stderr
        return [(each["rule"], each["file"], each["line"]) for each in json.loads(done.stdout)["findings"]]

    def graph(self, *arguments: str) -> dict[str, Any]:
        done = self.lint("graph", *arguments, "--format", "json")
        assert done.returncode == 0, done.stderr
        document: dict[str, Any] = json.loads(done.stdout)
        return document


def named(document: dict[str, Any], kind: str, name: str) -> dict[str, Any]:
    """The one model or receiver of this label or name."""
    (found,) = [each for each in document[kind] if name in (each.get("label"), each.get("name"))]
    assert isinstance(found, dict)
    return found
