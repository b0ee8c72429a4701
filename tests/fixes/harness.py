"""Small projects that are written, linted, fixed, and linted again."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from delete_lint.config import load_settings
from delete_lint.findings import Finding
from delete_lint.fixes.apply import Applied, apply_fixes
from delete_lint.lint import lint
from delete_lint.report import Report


@dataclass(frozen=True, slots=True)
class Project:
    """A project on disk, each of whose folders is a package."""

    root: Path

    def lint(self) -> Report:
        report = lint([self.root], load_settings(self.root), self.root)
        assert not [problem for problem in report.problems if "fix" in problem], report.problems
        return report

    def findings(self, rule: str) -> list[Finding]:
        return [finding for finding in self.lint().findings if finding.rule == rule]

    def fix(self, *, unsafe: bool = True) -> Applied:
        """Fixes what can be fixed, and proves of the result what is to hold of every fix: all files compile, nothing
        that could be fixed is left, and fixing again changes nothing."""
        applied = apply_fixes(self.lint(), self.root, self.lint, unsafe=unsafe)
        assert not applied.problems
        for path in self.root.rglob("*.py"):
            compile(path.read_bytes(), str(path), "exec", dont_inherit=True)
        wanted = ("safe", "unsafe") if unsafe else ("safe",)
        assert not [finding for finding in applied.report.findings if finding.fixable in wanted]
        again = apply_fixes(self.lint(), self.root, self.lint, unsafe=unsafe)
        assert not again.changes
        assert not again.problems
        return applied

    def read(self, name: str) -> str:
        return (self.root / name).read_text(encoding="utf-8")


def project(folder: Path, files: Mapping[str, str]) -> Project:
    """Writes a project; every folder with Python in it is a package. Sources may be indented as a whole."""
    for name, source in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source_of(source), encoding="utf-8")
        if path.suffix == ".py":
            for parent in path.parents[: len(Path(name).parents) - 1]:
                (parent / "__init__.py").touch()
    return Project(folder)


def source_of(text: str) -> str:
    """A source from a string in a test, which may start on its second line and be indented."""
    return textwrap.dedent(text.removeprefix("\n"))


def fixed(folder: Path, rule: str, files: Mapping[str, str], name: str) -> str:
    """The file ``name`` of a small project after all fixes; the rule's findings are gone then, and there were some."""
    small = project(folder, files)
    before = small.findings(rule)
    assert before, f"{rule} finds nothing to fix"
    assert any(finding.fix is not None for finding in before), f"no finding of {rule} is fixable"
    applied = small.fix()
    assert applied.fixed.get(rule)
    assert not [finding for finding in applied.report.findings if finding.rule == rule]
    return small.read(name)


def unfixable(folder: Path, rule: str, files: Mapping[str, str]) -> None:
    """The rule finds something in this project, and none of it can be fixed."""
    found = project(folder, files).findings(rule)
    assert found, f"{rule} finds nothing"
    assert [finding.fix for finding in found if finding.fix is not None] == []
