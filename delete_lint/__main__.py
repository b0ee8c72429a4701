"""``python -m delete_lint``."""

from delete_lint.cli import main

if __name__ == "__main__":
    main()
