"""``python -m delete_lint``, and ``delete-lint``."""

import sys

# Python has put the working folder first on the path, from which nothing may be imported: what is linted is in it, and
# it may have a `click.py` of its own. With `-P` or PYTHONSAFEPATH it has not.
if __name__ == "__main__" and not sys.flags.safe_path:
    del sys.path[0]

from delete_lint.version import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn


def main() -> "NoReturn":
    """Runs the command line and ends the process. Nothing more is imported than what is needed for that."""
    arguments = sys.argv[1:]
    if arguments in (["--version"], ["-V"]):
        try:
            print(f"delete-lint {__version__}", flush=True)
            sys.exit(0)
        except OSError:  # the long way knows what to say of a stdout that cannot be written to
            pass
    try:
        from delete_lint.cache.answers import tell_again

        status = tell_again(arguments)
        if status is not None:
            sys.exit(status)
        from delete_lint.cli import main as run

        run()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
