"""The Django app: ``INSTALLED_APPS += ["delete_lint"]``."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, register


class DeleteLintConfig(AppConfig):
    name = "delete_lint"
    verbose_name = "delete-lint"

    def ready(self) -> None:
        register(_check, "delete_lint")


def _check(app_configs: Sequence[AppConfig] | None = None, **kwargs: Any) -> list[CheckMessage]:
    # All objects of the project are there by now, and looking through them for garbage would take most of the time.
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        # Imported when checks run, which not every command does.
        from delete_lint.checks import check

        return check(app_configs, **kwargs)
    finally:
        if was_enabled:
            gc.enable()
