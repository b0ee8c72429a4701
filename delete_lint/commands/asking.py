"""The options of `delete-lint check`, and which of them exclude each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar, get_args

import click

from delete_lint.commands.completing import rule_list
from delete_lint.commands.reading import EXISTING_FILE, Common, names, reading_options
from delete_lint.findings import Severity
from delete_lint.settings import Format, Settings

F = TypeVar("F", bound=Callable[..., Any])

_FILE = click.Path(dir_okay=False, path_type=Path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the command line asks for, besides the `Common` options."""

    paths: tuple[str, ...]
    select: tuple[str, ...]
    ignore: tuple[str, ...]
    output_format: str | None
    fail_level: str | None
    exit_zero: bool
    max_depth: int | None
    max_models: int | None
    max_rows: int | None
    max_memory: str | None
    colour: bool | None
    output_file: Path | None
    statistics: bool
    show_files: bool
    show_settings: bool
    stdin_filename: str | None
    baseline: Path | None
    no_baseline: bool
    write_baseline: Path | None
    add_ignores: str | None
    since: str | None
    changed: bool
    fix: bool
    unsafe_fixes: bool
    diff: bool

    @classmethod
    def taken_from(cls, options: dict[str, Any]) -> Asked:
        """Takes them out of all options. Raises `click.UsageError` for those that exclude each other."""
        stdin = "-" in options["paths"]
        options["paths"] = tuple(path for path in options["paths"] if path != "-")
        asked = cls(**{field.name: options.pop(field.name) for field in fields(cls)})
        if stdin and asked.stdin_filename is None:
            raise click.UsageError("- stands for a text on stdin: --stdin-filename must say which file it is")
        for first, second in _conflicts(asked):
            raise click.UsageError(f"{first} and {second} exclude each other")
        return asked

    @property
    def roots(self) -> tuple[str, ...]:
        """The paths to lint."""
        return self.paths or (".",)

    @property
    def is_plain(self) -> bool:
        """Whether it is about files as they are on the disk, and only says what is found."""
        acts = (*_ACTS, "output_file", "since", "changed", "stdin_filename")
        return not any(getattr(self, name) for name in acts)

    def settings(self, common: Common) -> Settings:
        return common.settings(
            self.roots,
            select=names(self.select),
            ignore=names(self.ignore),
            output_format=self.output_format,
            fail_level=self.fail_level,
            max_depth=self.max_depth,
            max_models=self.max_models,
            max_rows=self.max_rows,
            max_memory=_size(self.max_memory),
            baseline="" if self.no_baseline else str(self.baseline) if self.baseline is not None else None,
        )


#: The formats in which findings can be counted.
_COUNTED = ("text", "full", "concise", "grouped", "json")
#: Each does something else than to print what is found.
_ACTS = ("show_files", "show_settings", "write_baseline", "add_ignores", "fix", "diff")


def _conflicts(asked: Asked) -> Iterator[tuple[str, str]]:
    acts = [name for name in _ACTS if getattr(asked, name)]
    for first, second in pairwise(acts):
        if (first, second) != ("fix", "diff"):  # as ruff has it, that is a diff
            yield _option(first), _option(second)
    for first, others in (
        ("statistics", ("show_files", "show_settings", "write_baseline", "add_ignores", "diff")),
        *((act, ("output_file", "output_format")) for act in acts if act != "fix"),
        ("no_baseline", ("baseline",)),
        ("since", ("changed", "stdin_filename", "write_baseline", "add_ignores", "diff", "show_files")),
        ("changed", ("stdin_filename", "write_baseline", "add_ignores", "diff", "show_files")),
        ("stdin_filename", ("write_baseline", "add_ignores", "fix", "diff", "show_files")),
    ):
        for second in others:
            if getattr(asked, first) and getattr(asked, second):
                yield _option(first), _option(second)
    if asked.statistics and asked.output_format not in (None, *_COUNTED):
        yield "--statistics", f"--format {asked.output_format}"


def _size(text: str | None) -> int | str | None:
    """A number without a unit is one of bytes."""
    return int(text) if text is not None and text.isdecimal() else text


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")


def checking_options(command: F) -> F:
    """Adds the options of `Asked`, and those of `Common`."""
    options = (
        click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path(allow_dash=True)),
        click.option(
            "--select", multiple=True, metavar="RULE,...", shell_complete=rule_list, help="Run only these rules."
        ),
        click.option(
            "--ignore", multiple=True, metavar="RULE,...", shell_complete=rule_list, help="Do not run these rules."
        ),
        click.option("--fix", is_flag=True, help="Put right what can be put right safely."),
        click.option(
            "--unsafe-fixes", is_flag=True, help="Count, show and apply fixes too that may change what the code does."
        ),
        click.option("--diff", is_flag=True, help="Show what --fix would change, and change nothing."),
        click.option(
            "--format",
            "--output-format",
            "output_format",
            type=click.Choice(get_args(Format)),
            help="How to print findings.  [default: text, for which full is another word]",
        ),
        click.option("-o", "--output-file", type=_FILE, help="Write the findings there."),
        click.option("--statistics", is_flag=True, help="Count the findings of each rule in place of showing them."),
        click.option("--fail-level", type=click.Choice(get_args(Severity)), help="What makes the exit status 1."),
        click.option("-e", "--exit-zero", is_flag=True, help="Findings do not change the exit status."),
        click.option(
            "--since",
            metavar="REV",
            help="Report what the working tree brings against its merge base with REV: findings in changed files, and "
            "those elsewhere that the change causes.",
        ),
        click.option(
            "--changed",
            is_flag=True,
            help="PATHs are the files that a commit changes, as pre-commit names them (without any, those that git "
            "says have changed): report on these, and on what the change causes elsewhere.",
        ),
        click.option("--baseline", type=EXISTING_FILE, help="Leave out the findings that this file knows."),
        click.option("--no-baseline", is_flag=True, help="Use no baseline, whatever the settings say."),
        click.option("--write-baseline", type=_FILE, help="Write the findings there, as known from now on."),
        click.option(
            "--add-ignores",
            metavar="REASON",
            help="Write a comment with this reason at each finding, so that it is not reported any more.",
        ),
        click.option("--max-depth", type=int, metavar="N", help="Levels beyond which a cascade is large."),
        click.option("--max-models", type=int, metavar="N", help="Reached models from which on a cascade is large."),
        click.option("--max-rows", type=int, metavar="N", help="With row counts: rows beyond which a delete is large."),
        click.option("--max-memory", metavar="SIZE", help='With row counts: the same for memory, "256 MB".'),
        click.option(
            "--stdin-filename",
            metavar="FILE",
            help="Read the text of this file from stdin, and report on it alone; PATHs, or the working folder, are the "
            "project that it is in.",
        ),
        click.option("--show-files", is_flag=True, help="List the files that would be linted."),
        click.option("--show-settings", is_flag=True, help="Show the settings that would be used, as TOML."),
        click.option("--color/--no-color", "colour", default=None, help="Colours or none, whatever the terminal."),
    )
    command = reading_options(command)
    for option in reversed(options):
        command = option(command)
    return command
