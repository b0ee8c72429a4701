"""The environment variables that are read, and those that only look like one of them."""

from __future__ import annotations

from collections.abc import Iterable

PREFIX = "DELETE_LINT_"
KNOWN = (
    "DELETE_LINT_CACHE_DIR",
    "DELETE_LINT_DEBUG",
    "DELETE_LINT_NO_CACHE",
    "DELETE_LINT_PROCESSES",
    "DELETE_LINT_WATCH_FILE",
)
#: What delete-lint's own tests are told by.
_OF_TESTS = "DELETE_LINT_TEST_"


def unknown_variables(names: Iterable[str]) -> tuple[str, ...]:
    """A line about each name of a variable that nobody reads though it begins as ours do."""
    unknown = [n for n in names if n.startswith(PREFIX) and not n.startswith(_OF_TESTS) and n not in KNOWN]
    return tuple(f"unknown environment variable {name}{_nearest(name)}" for name in sorted(unknown))


def _nearest(name: str) -> str:
    import difflib

    # What they all begin with would make them all alike.
    ends = [known.removeprefix(PREFIX) for known in KNOWN]
    close = difflib.get_close_matches(name.removeprefix(PREFIX), ends, n=1)
    return f' (did you mean "{PREFIX}{close[0]}"?)' if close else ""
