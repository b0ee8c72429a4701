"""Small projects whose delete sites are fixed, and what Django does with both versions."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import django

from delete_lint.findings import Finding
from delete_lint.lint import lint
from delete_lint.settings import Settings
from tests.source.project import packaged, write

_RUNNER = Path(__file__).with_name("run_functions.py")


@dataclass(frozen=True)
class Observed:
    """What a function did: keys left by table, statements by verb and table, and what it returned or raised."""

    left: Mapping[str, Sequence[str]]
    sent: Mapping[str, int]
    outcome: str

    @property
    def statements(self) -> int:
        return sum(self.sent.values())


def project(folder: Path, files: Mapping[str, str]) -> Path:
    """The files on disk, each folder with Python a package."""
    write(folder, packaged(files))
    return folder


def findings(folder: Path, *rules: str, settings: Settings | None = None) -> list[Finding]:
    """What the rules (all of them without a name) say about a project of the Django that is installed, with fixes."""
    settings = settings or Settings(django_version=".".join(django.__version__.split(".")[:2]))
    report = lint([folder], replace(settings, select=rules), folder)
    assert not report.problems
    return list(report.findings)


def apply(folder: Path, found: Sequence[Finding]) -> None:
    """Writes the fixes into the files; every file must compile afterwards."""
    for name in {each.fix.file for each in found if each.fix is not None}:
        file = folder / name
        text = file.read_text(encoding="utf-8")
        edits = {edit for each in found if each.fix is not None and each.fix.file == name for edit in each.fix.edits}
        for edit in sorted(edits, reverse=True):
            text = text[: edit.begin] + edit.text + text[edit.end :]
        compile(text, name, "exec")
        file.write_text(text, encoding="utf-8")


def functions(source: str) -> dict[str, str]:
    """The text of each function at module level, comments included, by name."""
    lines = source.splitlines(keepends=True)
    nodes = [node for node in ast.parse(source).body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
    ends = [node.lineno - 1 for node in nodes[1:]] + [len(lines)]
    return {node.name: "".join(lines[node.lineno - 1 : end]) for node, end in zip(nodes, ends, strict=True)}


def run(folder: Path, module: str, names: Sequence[str]) -> dict[str, Observed]:
    """What each function does to a freshly filled database."""
    done = subprocess.run(
        [sys.executable, str(_RUNNER), str(folder), module, *names], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    lines: list[dict[str, Any]] = [json.loads(line) for line in done.stdout.splitlines()]
    return {name: Observed(**line) for name, line in zip(names, lines, strict=True)}
