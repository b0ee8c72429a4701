"""Packages whose delete receivers do not show in the project's source; data in ``listeners.toml``."""

from __future__ import annotations

from functools import cache

from delete_lint.catalog.data import load


@cache
def listening_packages() -> tuple[str, ...]:
    """The import names of the packages."""
    return tuple(load("listeners")["packages"])
