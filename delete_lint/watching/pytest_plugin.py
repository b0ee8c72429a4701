"""pytest: ``--delete-lint`` watches every delete of a run, the fixture ``delete_watch`` those of one test.

Loaded by every pytest of the environment: nothing is imported here that takes time, and no Django, until somebody asks.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from delete_lint.watching.watch import Watch

#: What a worker of pytest-xdist hands to the process that reports.
_OUTPUT = "delete_lint_measured"


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of this plugin."""
    group = parser.getgroup("delete-lint", "deletes and their receivers")
    group.addoption(
        "--delete-lint",
        action="store_true",
        dest="delete_lint",
        help="watch what Django deletes during the tests, and tell the slowest receivers and the costliest deletes",
    )
    group.addoption(
        "--delete-lint-json",
        metavar="FILE",
        dest="delete_lint_json",
        help="write what was measured to FILE, which delete-lint weighs its findings with; means --delete-lint",
    )
    group.addoption(
        "--delete-lint-findings",
        metavar="FILE",
        dest="delete_lint_findings",
        help="what `delete-lint --format json` has printed, to tell what was not foreseen, in place of linting the "
        "project; means --delete-lint",
    )


@pytest.fixture
def delete_watch() -> Iterator[Watch]:
    """Watches the deletes of a test; `Watch.deletes` has them, and `Watch.report` tells of them."""
    import delete_lint

    with delete_lint.watch(quiet=True) as watch:
        yield watch


def pytest_configure(config: pytest.Config) -> None:
    """Brings in what watches a whole run, when it is asked for."""
    option = config.option
    if option.delete_lint or option.delete_lint_json or option.delete_lint_findings:
        config.pluginmanager.register(_Run(config), "delete-lint-run")


class _Run:
    """One run of the tests, or a worker's part of it."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.watch: Watch | None = None

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        """Everything counts from here on, in all threads."""
        import delete_lint

        self.watch = delete_lint.watch(quiet=True, everywhere=True)
        self.watch.__enter__()

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        """What a worker has seen goes to whom it works for."""
        if self.watch is None:
            return
        self.watch.__exit__(None, None, None)
        output: dict[str, str] | None = getattr(self.config, "workeroutput", None)
        if output is not None:
            from delete_lint.measured_file import render

            output[_OUTPUT] = render(self.watch.measured, self.config.rootpath)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Takes in what a worker has seen; one that was killed has told nothing."""
        told = getattr(node, "workeroutput", {}).get(_OUTPUT)
        if told is not None and self.watch is not None:
            from delete_lint.measured_file import parse

            self.watch.record.add_measured(parse(told, self.config.rootpath))

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """The report, and the file."""
        if self.watch is None:
            return
        from delete_lint.watching.text import report

        measured, root = self.watch.measured, self.config.rootpath
        terminalreporter.section("deletes")
        terminalreporter.write(report(measured, self.watch.record.count, root, self._foreseen(terminalreporter)))
        if (file := self.config.option.delete_lint_json) is not None:
            try:
                self.watch.write(file)
            except OSError as error:
                terminalreporter.write_line(f"delete-lint: {file}: cannot be written: {error.strerror}", red=True)

    def _foreseen(self, terminalreporter: Any) -> Any:
        """What the linter says of the project; without it the report says the rest."""
        from pathlib import Path

        from delete_lint.watching.foreseen import lint_project, read_findings

        if self.watch is None or not self.watch.measured.deletes:
            return None
        try:
            if (file := self.config.option.delete_lint_findings) is not None:
                return read_findings(Path(file), Path.cwd())
            return lint_project(self.config.rootpath)
        except Exception as error:
            terminalreporter.write_line(f"delete-lint: not compared with its findings: {error}")
            return None
