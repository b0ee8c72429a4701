"""Which databases a system check has been asked to look at."""

from __future__ import annotations

import sys
from collections.abc import Iterable

import django
from django.core.checks.registry import CheckRegistry
from django.core.management.base import BaseCommand
from django.db import connections

#: From here on a check is given every alias when nobody has named one.
_EVERY_ALIAS = (6, 1)
#: They name databases for Django's own checks: one that is about to be changed, and those of tests, which are empty.
_ASK_FOR_OTHERS = frozenset({"django.core.management.commands.migrate", "django.test.runner"})


def asked_databases(given: Iterable[str] | None) -> tuple[str, ...]:
    """The aliases that ``--database`` names, out of what a check is ``given``.

    Where Django gives every alias, only the command that runs the checks knows whether it was asked for any. A caller
    of ``run_checks`` that names them all on such a Django is taken for one that names none: better no look into a
    database than one that nobody wanted.
    """
    aliases = tuple(given or ())
    if not aliases:
        return ()
    asked: tuple[str, ...] | None = None
    by_registry = False
    frame = sys._getframe(1)
    while frame.f_back is not None:
        if frame.f_globals.get("__name__") in _ASK_FOR_OTHERS:
            return ()
        if asked is None and frame.f_code is BaseCommand.check.__code__:
            if any(cls.__module__ in _ASK_FOR_OTHERS for cls in type(frame.f_locals["self"]).__mro__):
                return ()
            asked = tuple(frame.f_locals["databases"] or ())
        by_registry = by_registry or frame.f_code is CheckRegistry.run_checks.__code__
        frame = frame.f_back
    if asked is not None:
        return asked
    every = by_registry and django.VERSION[:2] >= _EVERY_ALIAS and set(aliases) == set(connections)
    return () if every else aliases
