"""`Watch`: a context manager and a decorator that keeps a record of the deletes inside it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import wraps
from inspect import iscoroutinefunction
from pathlib import Path
from types import TracebackType
from typing import Any, ParamSpec, TypeVar

from delete_lint.graph.measured import Measured
from delete_lint.measured_file import write_measured
from delete_lint.watching.hooks import watching
from delete_lint.watching.record import Deletion, Record
from delete_lint.watching.scopes import active, everywhere
from delete_lint.watching.scopes import lock as _lock

P = ParamSpec("P")
R = TypeVar("R")


class Watch:
    """Deletes that are started inside, in this context and in those copied from it (tasks, ``adelete``), not in other
    threads unless ``everywhere``. It can be entered again and again, also inside itself, and keeps one record."""

    def __init__(
        self,
        file: str | os.PathLike[str] | None = None,
        *,
        findings: str | os.PathLike[str] | None = None,
        quiet: bool = False,
        everywhere: bool = False,
    ) -> None:
        self.record = Record()
        self.file = Path(file) if file is not None else None
        self.findings = Path(findings) if findings is not None else None
        self.quiet = quiet
        self.everywhere = everywhere
        self._entered = 0

    @property
    def deletes(self) -> tuple[Deletion, ...]:
        """The last thousand deletes, each when it had ended."""
        return self.record.deletes

    @property
    def measured(self) -> Measured:
        """Sums over all deletes, by receiver and by line."""
        return self.record.measured

    def report(self) -> str:
        """What was slow and what was costly, as text. With findings the report tells what the linter did not foresee,
        and what it made too much of. Raises `delete_lint.watching.foreseen.FindingsError`."""
        from delete_lint.watching.foreseen import read_findings
        from delete_lint.watching.text import report

        here = Path.cwd()
        foreseen = read_findings(self.findings, here) if self.findings is not None else None
        return report(self.measured, self.record.count, here, foreseen)

    def write(self, file: str | os.PathLike[str]) -> None:
        """Writes the sums as JSON, for the setting ``measured``."""
        write_measured(self.measured, Path(file))

    def __enter__(self) -> Watch:
        watching.enter()
        with _lock:
            self._entered += 1
            if self.everywhere:
                everywhere.append(self.record)
        if not self.everywhere:
            active.set((*active.get(), self.record))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Not by a token: a fixture may be left in another context than it was entered in.
        if not self.everywhere:
            here = list(reversed(active.get()))
            if self.record in here:
                here.remove(self.record)
            active.set(tuple(reversed(here)))
        with _lock:
            if self.everywhere:
                everywhere.remove(self.record)
            self._entered -= 1
            is_last = self._entered == 0
        watching.leave()
        if is_last:
            self._ended(error)

    def _ended(self, error: BaseException | None) -> None:
        """The report and the file. What was raised inside matters more than what goes wrong here."""
        from delete_lint.watching.foreseen import FindingsError

        try:
            if self.file is not None:
                self.write(self.file)
            if not self.quiet:
                print(self.report(), end="", file=sys.stderr)
        except (OSError, FindingsError) as wrong:
            if error is None:
                raise
            print(f"delete-lint: {wrong}", file=sys.stderr)

    def __call__(self, function: Callable[P, R]) -> Callable[P, R]:
        """Watches every call of a function; of an ``async def`` until it has been awaited."""
        if iscoroutinefunction(function):
            waited: Callable[P, Any] = function

            @wraps(function)
            async def awaiting(*args: P.args, **kwargs: P.kwargs) -> Any:
                with self:
                    return await waited(*args, **kwargs)

            return awaiting  # type: ignore[return-value]

        @wraps(function)
        def watched(*args: P.args, **kwargs: P.kwargs) -> R:
            with self:
                return function(*args, **kwargs)

        return watched
