"""A database of the tests' own on the MariaDB that an environment variable names."""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import unquote, urlsplit

#: ``mysql://user:password@127.0.0.1:3306``; the user must be able to create databases and users.
VARIABLE = "DELETE_LINT_TEST_MARIADB"


def settings() -> dict[str, Any] | None:
    """Django's settings for the server, without a database; None when there is no server."""
    url = urlsplit(os.environ.get(VARIABLE, ""))
    if not url.hostname:
        return None
    return {
        "ENGINE": "django.db.backends.mysql",
        "HOST": url.hostname,
        "PORT": str(url.port or 3306),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
    }
