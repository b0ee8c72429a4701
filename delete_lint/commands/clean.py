"""`delete-lint clean`: the cache, removed."""

from __future__ import annotations

from pathlib import Path

import click

from delete_lint.commands.reading import CACHE_DIR, EXISTING_FILE, Common
from delete_lint.console import Failure, tell


@click.command(short_help="Remove the cache.")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--config", type=EXISTING_FILE, help="Settings file.")
@click.option("--isolated", is_flag=True, help="Read no settings file.")
@CACHE_DIR
def command(paths: tuple[str, ...], config: Path | None, isolated: bool, cache_dir: Path | None) -> int:
    """Remove what runs on these paths, or on the working folder, keep for the next. Nothing else is touched."""
    from delete_lint.cache.folder import clean
    from delete_lint.config.keys import shown

    folder = Common(config=config, isolated=isolated, cache_dir=cache_dir).settings(paths or (".",)).cache_dir
    if folder is None or not folder.is_dir():
        tell(["there is no cache"])
        return 0
    try:
        freed = clean(folder)
    except OSError as error:
        raise Failure(f"cannot remove the cache in {shown(folder)}: {error.strerror or error}") from error
    tell([f"removed the cache in {shown(folder)}: {freed / 1_000_000:.1f} MB"])
    return 0
