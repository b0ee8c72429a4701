"""What a file is called from the top of a checkout, for services that know no working folder."""

from __future__ import annotations

import os


def name_in_checkout(name: str, variable: str) -> str:
    """The name of a file in a report, relative to the folder that an environment variable of the service names; as it
    is when there is no such folder or the file is not in it."""
    top = os.environ.get(variable)
    if not top:
        return name
    below = os.path.relpath(os.path.abspath(name), top)
    return name if below.split(os.sep, 1)[0] == os.pardir else below.replace(os.sep, "/")
