"""Which run a command line asks for: of the project, of a change, or of one text; with or without a baseline."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from delete_lint.commands.asking import Asked
from delete_lint.commands.reading import Common, setup_errors_told
from delete_lint.console import Failure

if TYPE_CHECKING:
    from delete_lint.baseline import Baseline
    from delete_lint.progress import Progress
    from delete_lint.report import Report
    from delete_lint.settings import Settings

_NOTHING: Mapping[str, bytes] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Linting:
    """Lints, as often as is needed."""

    asked: Asked
    common: Common
    settings: Settings

    def report(self, contents: Mapping[str, bytes] = _NOTHING) -> Report:
        """``contents`` of files, by name, go in place of what the disk has. Raises `Failure`."""
        progress = self.common.progress()
        try:
            with setup_errors_told(self.settings):
                if self.asked.since is not None or self.asked.changed:
                    return self._change(progress)
                if self.asked.stdin_filename is not None:
                    return self._stdin(self.asked.stdin_filename, progress)
                return self._lint(progress, self._baseline(), contents)
        finally:
            progress.clear()

    def against(self, file: Path) -> Report:
        """The report with what the baseline in this file knows told apart; all is new without such a file, or when
        nothing is in it yet."""
        progress = self.common.progress()
        try:
            with setup_errors_told(self.settings):
                return self._lint(progress, _read(file) if _is_written(file) else None, _NOTHING)
        finally:
            progress.clear()

    def _lint(self, progress: Progress, baseline: Baseline | None, contents: Mapping[str, bytes]) -> Report:
        from delete_lint.lint import lint

        return lint(self.asked.roots, self.settings, Path.cwd(), progress, baseline=baseline, contents=contents)

    def _baseline(self) -> Baseline | None:
        return _read(self.settings.baseline) if self.settings.baseline is not None else None

    def _change(self, progress: Progress) -> Report:
        from delete_lint.changes import lint_changed, lint_since
        from delete_lint.git import GitError

        here = Path.cwd()
        try:
            if self.asked.since is None:
                return lint_changed(self.asked.paths, self.settings, here, progress, baseline=self._baseline())
            return lint_since(
                self.asked.roots,
                self.settings,
                here,
                progress,
                since=self.asked.since,
                baseline=self._baseline(),
            )
        except GitError as error:
            raise Failure(str(error)) from error

    def _stdin(self, file: str, progress: Progress) -> Report:
        """What there is to say of a text on stdin, in the midst of its project."""
        name = _name(file)
        report = self._lint(progress, self._baseline(), {name: sys.stdin.buffer.read()})
        suppressed = tuple(each for each in report.suppressed if each.finding.place.file == name)
        missing = f"{file} is not among the files that are linted, which --show-files lists: nothing is said of it"
        return replace(
            report,
            warnings=report.warnings if name in report.files else (*report.warnings, missing),
            findings=tuple(finding for finding in report.findings if finding.place.file == name),
            suppressed=suppressed,
            baselined=(known := tuple(finding for finding in report.baselined if finding.place.file == name)),
            gone=(),
            summary=replace(report.summary, suppressed=len(suppressed), baselined=len(known)),
        )


def _name(file: str) -> str:
    """What reports call a file."""
    from delete_lint.source.ignore import below

    path = os.path.abspath(file)
    return below(os.getcwd(), path) or path.replace(os.sep, "/")


def _read(file: Path) -> Baseline:
    from delete_lint.baseline import BaselineError, read_baseline

    try:
        return read_baseline(_shown(file))
    except BaselineError as error:
        raise Failure(str(error)) from error


def _is_written(file: Path) -> bool:
    return file.exists() and (not file.is_file() or file.stat().st_size > 0)


def _shown(file: Path) -> Path:
    """Seen from the working folder, as messages name it."""
    try:
        return file.absolute().relative_to(Path.cwd())
    except ValueError:
        return file
