"""Settings of a run, as dataclasses; `delete_lint.config` reads them from files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from delete_lint.findings import Severity
from delete_lint.graph.measured import Measured
from delete_lint.graph.row_counts import RowCounts

#: ``full`` is another word for text.
Format = Literal["text", "full", "concise", "grouped", "json", "jsonl", "sarif", "github", "gitlab", "junit", "rdjson"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """When a cascade is large. Read off the graph: deeper than ``max_depth`` levels, or ``max_models`` models or more
    reached. Where there are row counts, these decide instead: more than ``max_rows`` rows deleted, or more than
    ``max_memory`` bytes held by the rows that are loaded, in the worst case."""

    max_depth: int = 2
    max_models: int = 8
    max_rows: int = 10_000
    max_memory: int = 256_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that ``[tool.delete-lint]`` can say; the names are those of the keys, with underscores.

    ``blocking`` adds dotted names to the table of blocking calls (name → category); a name listed in
    ``not_blocking`` is known not to block. ``field_classes`` maps dotted names of field classes to the Django field
    they stand for. ``batchers`` are dotted names of the project's own functions that delete in batches, ``muters``
    of its own context managers and decorators that mute delete receivers. ``row_counts`` are those of the file that
    the key names, else of the ``delete-lint-counts.toml`` that is found as the settings are. ``measured`` are the
    measurements of the file that its key names, else of the ``delete-lint-measured.json`` found likewise.
    ``third_party`` has the system checks of a running project report on installed packages too, and ``check_level`` is
    the highest level at which they report anything. ``baseline`` is the file of known findings, ``output_format`` how
    the command line prints findings. ``django_settings`` is the settings module of the project to set up and ask; only
    the command line does that. ``cache_dir`` is the folder in which a run keeps for the next what it learnt; without
    one it keeps nothing, and the command line has a folder of its own for that.

    Four are no keys. ``file`` is where the settings were read from, and the patterns are relative to its folder
    (without one, to the working folder); ``exclude_here`` and ``extend_exclude_here`` are those patterns of the command
    line, which are always relative to the working folder: the first goes in place of ``exclude``. ``refused`` tells
    what was asked for and is not done, a line each: of the file, what nobody allowed; of the environment, what nobody
    knows.
    """

    file: Path | None = None
    exclude_here: tuple[str, ...] | None = None
    extend_exclude_here: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    per_file_ignores: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    exclude: tuple[str, ...] = ()
    extend_exclude: tuple[str, ...] = ()
    include_tests: bool = False
    include_migrations: bool = False
    severity: Mapping[str, Severity] = field(default_factory=dict)
    fail_level: Severity = "warning"
    output_format: Format = "text"
    baseline: Path | None = None
    thresholds: Thresholds = field(default_factory=Thresholds)
    blocking: Mapping[str, str] = field(default_factory=dict)
    not_blocking: tuple[str, ...] = ()
    field_classes: Mapping[str, str] = field(default_factory=dict)
    batchers: tuple[str, ...] = ()
    muters: tuple[str, ...] = ()
    django_version: str | None = None
    plugins: tuple[str, ...] = ()
    row_counts: RowCounts | None = None
    measured: Measured | None = None
    third_party: bool = False
    check_level: Severity = "error"
    django_settings: str | None = None
    cache_dir: Path | None = None
