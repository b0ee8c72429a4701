"""What commands have in common that read a project: their options, its settings, the reading itself."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from delete_lint.console import Failure, tell
from delete_lint.variables import unknown_variables

if TYPE_CHECKING:
    from delete_lint.graph.project import ProjectGraph
    from delete_lint.progress import TerminalProgress
    from delete_lint.settings import Settings
    from delete_lint.source.front import Reading

F = TypeVar("F", bound=Callable[..., Any])

EXISTING_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
CACHE_DIR = click.option(
    "--cache-dir",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="DELETE_LINT_CACHE_DIR",
    help="Keep there for the next run what this one learns of files.  [default: .delete_lint_cache beside the settings "
    "file, else in the working folder; env: DELETE_LINT_CACHE_DIR]",
)
ALLOW_CODE = click.option(
    "--allow-code",
    is_flag=True,
    help="Run what the settings file names of the project's own code: its django-settings, and plugins that are not "
    "installed.",
)


@dataclass(frozen=True, slots=True)
class Common:
    """The options of every command that reads a project."""

    config: Path | None = None
    isolated: bool = False
    include_tests: bool = False
    include_migrations: bool = False
    exclude: tuple[str, ...] = ()
    extend_exclude: tuple[str, ...] = ()
    django_version: str | None = None
    django_settings: str | None = None
    allow_code: bool = False
    quiet: bool = False
    verbose: bool = False
    cache_dir: Path | None = None
    no_cache: bool = False

    @classmethod
    def taken_from(cls, options: dict[str, Any]) -> Common:
        """Takes its options out of all those of a command."""
        return cls(**{name: options.pop(name) for name in cls.__dataclass_fields__})

    def settings(self, paths: Sequence[str], **overrides: object) -> Settings:
        """The settings for these paths; ``overrides`` are those by name that the command has besides, None for what is
        not given."""
        from delete_lint.cache.folder import default_folder
        from delete_lint.config import SettingsError, load_settings
        from delete_lint.source.beside import PROCESSES
        from delete_lint.source.discover import PathError, common_folder
        from delete_lint.whole_file import leads_out

        if self.isolated and self.config is not None:
            raise click.UsageError("--isolated and --config exclude each other")
        if (processes := os.environ.get(PROCESSES)) and not processes.isdecimal():
            raise Failure(f'{PROCESSES} must be a whole number, not "{processes}"')
        given = {
            "include-tests": self.include_tests or None,
            "include-migrations": self.include_migrations or None,
            "exclude": names(self.exclude),
            "extend-exclude": names(self.extend_exclude),
            "django-version": self.django_version,
            "django-settings": self.django_settings,
            "cache-dir": os.fspath(self.cache_dir) if self.cache_dir is not None else None,
            **{key.replace("_", "-"): value for key, value in overrides.items()},
        }
        try:
            settings = load_settings(
                common_folder(paths, Path.cwd()),
                {key: value for key, value in given.items() if value is not None},
                config=self.config,
                isolated=self.isolated,
                is_code_allowed=self.allow_code,
            )
        except PathError as error:
            raise Failure(f"{error}{_or_command(paths)}") from error
        except SettingsError as error:
            raise Failure(*error.problems) from error
        # With what is told here a remembered answer begins, too.
        settings = replace(settings, refused=(*unknown_variables(os.environ), *settings.refused))
        if not self.quiet:
            tell(f"warning: {line}" for line in settings.refused)
        cache = None if self.no_cache else settings.cache_dir or default_folder(settings, Path.cwd())
        if cache is not None and leads_out(cache) and self.cache_dir is None:
            cache = None  # a link that came with the project must not have us write elsewhere
        return replace(settings, cache_dir=cache)

    def progress(self) -> TerminalProgress:
        from delete_lint.progress import TerminalProgress

        return TerminalProgress(sys.stderr if sys.stderr.isatty() and not self.quiet else None)


def reading_options(command: F) -> F:
    """Adds the options of `Common`."""
    options = (
        click.option("--config", type=EXISTING_FILE, help="Settings file."),
        click.option("--isolated", is_flag=True, help="Read no settings file."),
        click.option("--include-tests", is_flag=True, help="Lint tests too."),
        click.option("--include-migrations", is_flag=True, help="Lint migrations too."),
        click.option(
            "--exclude",
            multiple=True,
            metavar="PATTERN,...",
            help="Leave out what matches, as in .gitignore, in place of virtual environments, build folders and the "
            "like.",
        ),
        click.option("--extend-exclude", multiple=True, metavar="PATTERN,...", help="Leave these out as well."),
        click.option("--django-version", metavar="X.Y", help="The Django that the project runs on."),
        click.option(
            "--django-settings",
            metavar="MODULE",
            help="Set this project up and ask Django itself, installed apps included. This imports and runs the "
            "project's code; nothing else here does, but --allow-code.",
        ),
        ALLOW_CODE,
        CACHE_DIR,
        click.option(
            "-n",
            "--no-cache",
            is_flag=True,
            envvar="DELETE_LINT_NO_CACHE",
            help="Read everything anew, and keep nothing.  [env: DELETE_LINT_NO_CACHE]",
        ),
        click.option("-q", "--quiet", is_flag=True, help="No summary and no progress."),
        click.option("-v", "--verbose", is_flag=True, help="Tell on stderr what was left out, and timings."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def names(values: Sequence[str]) -> list[str] | None:
    """Names given as `--select a,b --select c`; None when there are none."""
    return [name.strip() for value in values for name in value.split(",") if name.strip()] or None


def read(paths: Sequence[str], common: Common) -> Reading:
    """The graph of a project."""
    settings = common.settings(paths)
    from delete_lint import reading
    from delete_lint.cache.remembered import remembered
    from delete_lint.source.discover import discover

    progress = common.progress()
    try:
        with setup_errors_told(settings), remembered(settings) as known:
            found = reading.read(discover(paths, settings, Path.cwd()), settings, progress, known)
    finally:
        progress.clear()
    if common.verbose:
        tell(found.notes)
    tell(f"warning: {problem}" for problem in found.graph.problems)
    return found


@contextmanager
def setup_errors_told(settings: Settings) -> Iterator[None]:
    """What goes wrong in the project's own code takes one line."""
    if settings.django_settings is None:
        yield
        return
    from delete_lint.runtime.setup import SetupError

    try:
        yield
    except SetupError as error:
        if os.environ.get("DELETE_LINT_DEBUG"):
            raise
        raise Failure(str(error)) from error


def named_model(graph: ProjectGraph, name: str) -> str:
    """The label that a name on the command line stands for."""
    from delete_lint.graph import named

    try:
        return named.named_model(graph, name)
    except named.UnknownModelError as error:
        raise Failure(str(error)) from error


def status(reading: Reading) -> int:
    """The exit status of a command that shows a graph. Tells what was not seen; a graph of nothing is no graph."""
    tell(f"error: {error.path}:{error.line}:{error.column}: {error.message}" for error in reading.errors)
    tell(f"error: {failure.line}" for failure in reading.failures)
    if os.environ.get("DELETE_LINT_DEBUG"):
        tell(line for failure in reading.failures for line in failure.traceback)
    if reading.failures:
        return 2
    if any(reading.graph.own_models()):
        return 0
    tell(["error: no model found: is the path right?"])
    return 2


def _or_command(paths: Sequence[str]) -> str:
    """A path that is not there may be a command that was mistyped."""
    import difflib

    group = click.get_current_context().find_root().command
    if not paths or os.path.exists(paths[0]) or not isinstance(group, click.Group):
        return ""
    close = difflib.get_close_matches(paths[0], group.list_commands(click.get_current_context()), n=1)
    return f' (or did you mean the command "{close[0]}"?)' if close else ""
