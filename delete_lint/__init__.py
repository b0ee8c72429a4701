"""delete-lint: finds the deletes that will hurt a Django project."""

__version__ = "0.1.0"
